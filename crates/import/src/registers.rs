//! What a register showed, made energies.
//!
//! A pure function of what was read, by the clock of the readings: when and in which order they came does not matter, so
//! late ones fall into their places. It serves files and, called with the last readings again, meters that send.

use crate::decimal::FineEnergy;
use jiff::Timestamp;
use market::Power;

/// What a register showed at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The moment, by the meter's clock.
    pub at: Timestamp,
    /// What it showed.
    pub register: FineEnergy,
}

/// What is known of a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meter {
    /// The most that goes through it: what is more is no energy.
    pub limit: Power,
    /// Where its register starts over from nothing, if it does.
    pub modulus: Option<FineEnergy>,
}

/// Energy between two readings that follow one another, by their places in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between {
    /// The reading at its start.
    pub from: usize,
    /// The reading at its end.
    pub to: usize,
    /// What the register counted.
    pub energy: FineEnergy,
}

/// What is said of a reading that does not simply count on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// It is left out: what was counted before it and behind it fits together without it.
    Outlier,
    /// It is left out: it is the last, and does not follow from what was before. The next one will tell.
    Unconfirmed,
    /// It is left out: the reading with this place has the same moment, and another value.
    Contradicts(usize),
    /// The register counts anew from here, or it is another meter's: what went through since the reading before is not
    /// known.
    Reset,
    /// The register has gone round to nothing since the reading before.
    Rollover,
}

/// What readings come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// The energies, in the order of time. Where one does not begin where the one before ends, a gap is between them.
    pub energies: Vec<Between>,
    /// What is to be said of readings, by their places in the list.
    pub remarks: Vec<(usize, Remark)>,
    /// How many readings were there before, with the same moment and value.
    pub repeated: u64,
}

/// What readings of one register come to.
///
/// From one to the next the register counts up, by at most what the meter's limit allows in that time (and one step of
/// its last place), or goes round. A reading that does not follow so is looked at with those behind it: where a later
/// one follows from what was before, all between them are outliers; where none does, the register was reset, and the
/// time before the reset is a gap.
pub fn energies(readings: &[Reading], meter: &Meter) -> Counted {
    let mut counted = Counted::default();
    let kept = one_a_moment(readings, &mut counted);
    let resolution = resolution(&kept);
    let step = |from: &(usize, Reading), to: &(usize, Reading)| step(&from.1, &to.1, meter, resolution);
    let mut rest = kept.as_slice();
    let mut base: Option<(usize, Reading)> = None;
    while let Some((here, behind)) = rest.split_first() {
        let Some(before) = base else {
            base = Some(*here);
            rest = behind;
            continue;
        };
        if let Some((energy, went_round)) = step(&before, here) {
            counted.energies.push(Between { from: before.0, to: here.0, energy });
            if went_round {
                counted.remarks.push((here.0, Remark::Rollover));
            }
            base = Some(*here);
            rest = behind;
            continue;
        }
        // Those that follow from one another, but not from what was before.
        let run =
            1 + rest.windows(2).take_while(|pair| matches!(pair, [a, b] if step(a, b).is_some())).count();
        let (strange, later) = rest.split_at(run.min(rest.len()));
        match later.first() {
            Some(next) if step(&before, next).is_some() => {
                counted.remarks.extend(strange.iter().map(|(place, _)| (*place, Remark::Outlier)));
                rest = later;
            }
            None if strange.len() == 1 => {
                counted.remarks.push((here.0, Remark::Unconfirmed));
                rest = later;
            }
            _ => {
                counted.remarks.push((here.0, Remark::Reset));
                base = Some(*here);
                rest = behind;
            }
        }
    }
    counted.remarks.sort_by_key(|(place, _)| *place);
    counted
}

/// The readings in the order of time with their places, the first of each moment.
fn one_a_moment(readings: &[Reading], counted: &mut Counted) -> Vec<(usize, Reading)> {
    let mut order: Vec<(usize, Reading)> = readings.iter().copied().enumerate().collect();
    order.sort_by_key(|(place, reading)| (reading.at, *place));
    let mut kept: Vec<(usize, Reading)> = Vec::with_capacity(order.len());
    for (place, reading) in order {
        match kept.last() {
            Some((_, last)) if *last == reading => counted.repeated += 1,
            Some((first, last)) if last.at == reading.at => {
                counted.remarks.push((place, Remark::Contradicts(*first)));
            }
            _ => kept.push((place, reading)),
        }
    }
    kept
}

/// The step of the register's last place, at most a kilowatt-hour: a power of ten that all readings are multiples of.
fn resolution(readings: &[(usize, Reading)]) -> i128 {
    let divides =
        |power: i64| readings.iter().all(|(_, reading)| reading.register.milliwatt_hours() % power == 0);
    let powers = std::iter::successors(Some(1_i64), |power| power.checked_mul(10)).take(7);
    powers.take_while(|power| divides(*power)).last().unwrap_or(1).into()
}

/// The energy from one reading to a later one and whether the register went round; `None` where it cannot be.
fn step(from: &Reading, to: &Reading, meter: &Meter, resolution: i128) -> Option<(FineEnergy, bool)> {
    let time = i128::from(to.at.as_millisecond()) - i128::from(from.at.as_millisecond());
    // Watts over milliseconds, in milliwatt-hours.
    let most = i128::from(meter.limit.watts()).saturating_mul(time) / 3_600 + resolution;
    let fits = |energy: i64| (0..=most).contains(&i128::from(energy));
    let plain = to.register.milliwatt_hours().checked_sub(from.register.milliwatt_hours())?;
    if fits(plain) {
        return Some((FineEnergy::from_milliwatt_hours(plain), false));
    }
    let round = plain.checked_add(meter.modulus?.milliwatt_hours())?;
    (plain < 0 && fits(round)).then_some((FineEnergy::from_milliwatt_hours(round), true))
}

#[cfg(test)]
mod tests {
    use super::*;

    const METER: Meter = Meter { limit: Power::from_watts(30_000), modulus: None };

    /// Readings in kWh at hours.
    fn readings(of: &[(i64, i64)]) -> Vec<Reading> {
        let reading = |(hour, watt_hours): &(i64, i64)| Reading {
            at: Timestamp::from_second(hour * 3_600).unwrap(),
            register: FineEnergy::from_milliwatt_hours(watt_hours * 1_000),
        };
        of.iter().map(reading).collect()
    }

    /// Energies in watt-hours with their ends, and remarks.
    type Of = (Vec<(usize, usize, i64)>, Vec<(usize, Remark)>);

    fn counted(of: &[(i64, i64)], meter: &Meter) -> Of {
        let Counted { energies, remarks, .. } = energies(&readings(of), meter);
        let energies = energies.iter().map(|of| (of.from, of.to, of.energy.milliwatt_hours() / 1_000));
        (energies.collect(), remarks)
    }

    #[test]
    fn outlier_should_be_left_out_when_the_register_recovers() {
        // Input 7: a counter that reads nothing once would be 13,423.7 kWh in the hour behind.
        for strange in [0, 53_700_000] {
            let read = [(0, 13_423_700), (1, strange), (2, 13_423_700), (3, 13_424_100)];
            let expected = (vec![(0, 2, 0), (2, 3, 400)], vec![(1, Remark::Outlier)]);
            assert_eq!(counted(&read, &METER), expected);
        }
        let read = [(0, 13_423_700), (1, 0), (2, 0), (3, 100), (4, 13_424_000)];
        let outliers = (1..=3).map(|place| (place, Remark::Outlier)).collect();
        assert_eq!(counted(&read, &METER), (vec![(0, 4, 300)], outliers));
    }

    #[test]
    fn register_should_start_over_when_it_was_reset() {
        let read = [(0, 13_423_700), (1, 13_424_000), (2, 0), (3, 400), (4, 900)];
        let expected = vec![(0, 1, 300), (2, 3, 400), (3, 4, 500)];
        assert_eq!(counted(&read, &METER), (expected, vec![(2, Remark::Reset)]));
        // Whether a last one is a reset or an outlier cannot be told.
        let read = [(0, 13_423_700), (1, 13_424_000), (2, 0)];
        assert_eq!(counted(&read, &METER), (vec![(0, 1, 300)], vec![(2, Remark::Unconfirmed)]));
    }

    #[test]
    fn register_should_go_round_when_it_has_a_modulus() {
        // Input 8, in tenths of a watt-hour.
        let fine = |at: i64, register: i64| Reading {
            at: Timestamp::from_second(at).unwrap(),
            register: FineEnergy::from_milliwatt_hours(register),
        };
        let read = [fine(0, 838_857_600), fine(900, 12_400)];
        let modulus = Some(FineEnergy::from_milliwatt_hours(838_860_800));
        let Counted { energies: of, remarks, .. } = energies(&read, &Meter { modulus, ..METER });
        assert_eq!(of.first().map(|of| of.energy.milliwatt_hours()), Some(15_600));
        assert_eq!(remarks, [(1, Remark::Rollover)]);
        assert_eq!(
            energies(&read, &METER).remarks,
            [(1, Remark::Unconfirmed)],
            "without one it is no energy"
        );
    }

    #[test]
    fn reading_should_count_once_when_it_comes_again() {
        // Input 9: payload clocks of 17:00, 17:00 and 19:00.
        let Counted { energies: of, remarks, repeated } =
            energies(&readings(&[(17, 100_000), (17, 100_000), (19, 108_056)]), &METER);
        let energy = FineEnergy::from_milliwatt_hours(8_056_000);
        assert_eq!((of, remarks, repeated), (vec![Between { from: 0, to: 2, energy }], vec![], 1));
    }

    #[test]
    fn reading_should_be_refused_when_its_moment_has_another_value() {
        let read = [(17, 100_000), (17, 100_100), (18, 101_000)];
        assert_eq!(counted(&read, &METER), (vec![(0, 2, 1_000)], vec![(1, Remark::Contradicts(0))]));
    }

    #[test]
    fn reading_should_fall_into_its_place_when_it_is_late() {
        let read = [(0, 1_000), (2, 1_700), (3, 2_000), (1, 1_200)];
        assert_eq!(counted(&read, &METER), (vec![(0, 3, 200), (3, 1, 500), (1, 2, 300)], vec![]));
    }

    #[test]
    fn energies_should_be_what_the_register_counted_whatever_the_order() {
        let mut read = [(0, 0), (1, 20_000), (2, 20_000), (4, 80_000), (9, 90_500)];
        for turn in 0..read.len() {
            read.rotate_left(turn);
            let (of, remarks) = counted(&read, &METER);
            let sum: i64 = of.iter().map(|(_, _, energy)| energy).sum();
            assert_eq!((sum, remarks), (90_500, vec![]), "{read:?}");
        }
    }
}
