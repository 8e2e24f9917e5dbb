//! A meter's values, made energies of intervals that do not overlap.

use crate::decimal::FineEnergy;
use crate::registers::{Meter, Reading, Remark, energies};
use crate::spread::Span;
use crate::value::{Place, Value};
use market::Power;

/// What is said of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where it stands.
    pub place: Place,
    /// What is said: of a mistake, what was expected.
    pub message: String,
    /// Another place that it is about.
    pub other: Option<Place>,
}

/// A meter's energies, and what is to be said of its values.
#[derive(Clone, Debug, Default)]
pub struct Metered {
    /// The energies, in the order of time.
    pub spans: Vec<Span>,
    /// Values that contradict one another: nothing can be made of them.
    pub mistakes: Vec<Note>,
    /// Values that are left out, and what else is strange.
    pub notes: Vec<Note>,
    /// How many values were there before.
    pub repeated: u64,
    /// How many values a later file, or a measured value, took the place of.
    pub replaced: u64,
}

fn note(place: Place, message: impl Into<String>) -> Note {
    Note { place, message: message.into(), other: None }
}

/// What one register's values come to.
pub fn metered(values: &[Value], meter: &Meter) -> Metered {
    let mut metered = Metered::default();
    let (snapshots, intervals): (Vec<Value>, Vec<Value>) =
        values.iter().copied().partition(Value::is_snapshot);
    if let (Some(snapshot), Some(interval)) = (snapshots.first(), intervals.first()) {
        metered.mistakes.push(Note {
            other: Some(interval.place),
            ..note(
                snapshot.place,
                "expected either what the register showed or energies of intervals, found both",
            )
        });
    } else if intervals.is_empty() {
        of_register(&snapshots, meter, &mut metered);
    } else {
        of_intervals(intervals, meter.limit, &mut metered);
    }
    metered
}

fn of_register(values: &[Value], meter: &Meter, metered: &mut Metered) {
    let readings: Vec<Reading> =
        values.iter().map(|value| Reading { at: value.from, register: value.energy }).collect();
    let counted = energies(&readings, meter);
    metered.repeated = counted.repeated;
    for between in counted.energies {
        let (Some(from), Some(to)) = (values.get(between.from), values.get(between.to)) else { continue };
        metered.spans.push(Span {
            from: from.from,
            to: to.from,
            energy: between.energy,
            quality: from.quality.min(to.quality),
        });
    }
    for (place, remark) in counted.remarks {
        let Some(value) = values.get(place) else { continue };
        let shown = kwh(value.energy);
        let at = value.place;
        let left_out = match remark {
            Remark::Outlier => format!("{shown} kWh fits nothing before and behind it: left out"),
            Remark::Unconfirmed => {
                format!("{shown} kWh does not follow from what was before, and is the last: left out")
            }
            Remark::Reset => {
                format!("the register starts over at {shown} kWh: what went through before is not known")
            }
            Remark::Rollover => format!("the register has gone round to {shown} kWh"),
            Remark::Contradicts(first) => {
                let message = format!("{shown} kWh at {}, and another value before it", value.from);
                let other = values.get(first).map(|first| first.place);
                metered.mistakes.push(Note { other, ..note(at, message) });
                continue;
            }
        };
        metered.notes.push(note(at, left_out));
    }
}

fn of_intervals(mut values: Vec<Value>, limit: Power, metered: &mut Metered) {
    let most = |value: &Value| {
        let time = i128::from(value.to.as_millisecond() - value.from.as_millisecond());
        i128::from(limit.watts()) * time / 3_600
    };
    values.retain(|value| {
        let is_too_much = i128::from(value.energy.milliwatt_hours()) > most(value);
        if is_too_much {
            let message = format!(
                "{} kWh from {} is more than the tie line carries, {} kW: left out",
                kwh(value.energy),
                value.from,
                limit
            );
            metered.notes.push(note(value.place, message));
        }
        !is_too_much
    });
    values.sort_by_key(|value| (value.from, value.to, value.made, value.quality, value.place));
    let mut kept: Vec<Value> = Vec::with_capacity(values.len());
    for value in values {
        let Some(before) = kept.last_mut() else {
            kept.push(value);
            continue;
        };
        let is_same = (before.from, before.to) == (value.from, value.to);
        if is_same && before.energy == value.energy {
            metered.repeated += 1;
            before.quality = before.quality.max(value.quality);
        } else if is_same && (before.made, before.quality) < (value.made, value.quality) {
            metered.replaced += 1;
            *before = value;
        } else if value.from < before.to {
            let what = if is_same { "and another value" } else { "and a value of a time that overlaps it" };
            let message = format!("{} kWh from {}, {what} before it", kwh(value.energy), value.from);
            metered.mistakes.push(Note { other: Some(before.place), ..note(value.place, message) });
        } else {
            kept.push(value);
        }
    }
    metered.spans = kept
        .iter()
        .map(|value| Span { from: value.from, to: value.to, energy: value.energy, quality: value.quality })
        .collect();
}

/// An energy in kWh with as many places as it has.
pub fn kwh(energy: FineEnergy) -> String {
    let value = energy.milliwatt_hours();
    let text = format!("{}.{:06}", value / 1_000_000, value.unsigned_abs() % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Quality;
    use jiff::Timestamp;

    const METER: Meter = Meter { limit: Power::from_watts(30_000), modulus: None };

    fn value(hour: i64, watt_hours: i64, quality: Quality, made: i64, line: u64) -> Value {
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        Value {
            from: at(hour),
            to: at(hour + 1),
            energy: FineEnergy::from_milliwatt_hours(watt_hours * 1_000),
            quality,
            made: Some(at(made)),
            place: Place { file: 0, line },
        }
    }

    #[test]
    fn value_should_be_the_best_one_when_there_are_several() {
        let (measured, estimated) = (Quality::Measured, Quality::Estimated);
        for (two, energy) in [
            ([value(0, 5, measured, 0, 1), value(0, 6, estimated, 1, 2)], 6),
            ([value(0, 6, estimated, 0, 1), value(0, 5, measured, 0, 2)], 5),
            ([value(0, 5, measured, 1, 1), value(0, 6, measured, 0, 2)], 5),
        ] {
            let of = metered(&two, &METER);
            assert_eq!((of.replaced, of.mistakes.len(), of.spans.len()), (1, 0, 1), "{of:?}");
            assert_eq!(of.spans[0].energy.milliwatt_hours(), energy * 1_000);
        }
        let of = metered(&[value(0, 5, measured, 0, 1), value(0, 5, measured, 0, 2)], &METER);
        assert_eq!((of.repeated, of.spans.len(), of.mistakes.len()), (1, 1, 0));
    }

    #[test]
    fn value_should_be_a_mistake_when_it_contradicts_another() {
        let measured = Quality::Measured;
        let longer = |value: Value| Value { to: value.to + jiff::SignedDuration::from_mins(1), ..value };
        for two in [
            [value(0, 5, measured, 0, 1), value(0, 6, measured, 0, 2)],
            [longer(value(0, 5, measured, 0, 1)), value(1, 6, measured, 0, 2)],
        ] {
            let of = metered(&two, &METER);
            let places = of.mistakes.first().map(|note| (note.place.line, note.other.unwrap().line));
            assert_eq!(places, Some((2, 1)), "{of:?}");
        }
    }

    #[test]
    fn value_should_be_left_out_when_the_tie_line_cannot_carry_it() {
        let of = metered(&[value(0, 53_700_000, Quality::Measured, 0, 7)], &METER);
        assert_eq!((of.spans.len(), of.notes.len()), (0, 1));
        assert!(of.notes[0].message.starts_with("53700 kWh from 1970-01-01T00:00:00Z is more"), "{of:?}");
        assert_eq!(metered(&[value(0, 30_000, Quality::Measured, 0, 7)], &METER).spans.len(), 1);
    }
}
