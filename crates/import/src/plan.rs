//! Which files and meters are whose: `import.toml`.

use crate::decimal::{Decimal, FineEnergy, Unit};
use crate::text::Lines;
use crate::value::Register;
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

/// The most days.
const MAX_DAYS: u32 = 3_660;

/// A plan as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    first_day: Spanned<toml::value::Datetime>,
    days: Spanned<u32>,
    #[serde(default)]
    leave_out: Vec<String>,
    files: Vec<RawFiles>,
    meter: Vec<Spanned<RawMeter>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFiles {
    profile: Spanned<String>,
    paths: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMeter {
    id: String,
    member: String,
    register: Option<Register>,
    scale: Option<Spanned<toml::Value>>,
    modulus_kwh: Option<Spanned<toml::Value>>,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The date of day 0. The days of the history are before it.
    pub first_day: Date,
    /// How many days there are from it on.
    pub days: u32,
    /// Meters that are in the files and nobody's.
    pub leave_out: Vec<String>,
    /// The files.
    pub files: Vec<Files>,
    /// The meters.
    pub meters: Vec<Meter>,
}

/// Files of one layout.
#[derive(Clone, Debug)]
pub struct Files {
    /// The name or the path of their profile.
    pub profile: String,
    /// The line on which it is named.
    pub line: u64,
    /// Files, or folders whose files are read, with their lines.
    pub paths: Vec<(String, u64)>,
}

/// A meter of a member.
#[derive(Clone, Debug)]
pub struct Meter {
    /// Its id in the files.
    pub id: String,
    /// The member's name.
    pub member: String,
    /// Which of its registers counts; both where none is named.
    pub register: Option<Register>,
    /// What its values are multiplied by.
    pub scale: Decimal,
    /// Where its registers start over.
    pub modulus: Option<FineEnergy>,
    /// The line on which it begins.
    pub line: u64,
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// Lines, and what was expected in them.
    pub fn read(text: &str) -> Result<Self, Vec<(u64, String)>> {
        let lines = Lines::of(text);
        let raw: Raw = toml::from_str(text).map_err(|error| {
            vec![(lines.line(error.span().map_or(0, |span| span.start)), error.message().trim().to_owned())]
        })?;
        let mut mistakes = Vec::new();
        let date = raw.first_day.get_ref().to_string();
        let first_day = date.parse::<Date>().ok().filter(|_| date.len() == 10);
        if first_day.is_none() {
            let line = lines.line(raw.first_day.span().start);
            mistakes.push((line, format!("expected first_day to be a date as 2021-02-22, found {date}")));
        }
        let days = *raw.days.get_ref();
        if !(1..=MAX_DAYS).contains(&days) {
            let line = lines.line(raw.days.span().start);
            mistakes.push((line, format!("expected days from 1 to {MAX_DAYS}, found {days}")));
        }
        let mut meters: Vec<Meter> = Vec::new();
        for at in &raw.meter {
            let line = lines.line(at.span().start);
            match meter(text, at.get_ref(), line) {
                Ok(meter) => {
                    let is_same = |other: &&Meter| {
                        (&other.id, &other.member) == (&meter.id, &meter.member)
                            && (other.register.is_none()
                                || meter.register.is_none()
                                || other.register == meter.register)
                    };
                    if let Some(other) = meters.iter().find(is_same) {
                        mistakes.push((
                            line,
                            format!("the meter is {}'s already, in line {}", meter.member, other.line),
                        ));
                    }
                    meters.push(meter);
                }
                Err(message) => mistakes.push((line, message)),
            }
        }
        let files = raw.files.iter().map(|files| Files {
            profile: files.profile.get_ref().clone(),
            line: lines.line(files.profile.span().start),
            paths: files.paths.iter().map(|at| (at.get_ref().clone(), lines.line(at.span().start))).collect(),
        });
        let files = files.collect();
        match first_day {
            Some(first_day) if mistakes.is_empty() => {
                Ok(Self { first_day, days, leave_out: raw.leave_out, files, meters })
            }
            _ => Err(mistakes),
        }
    }
}

fn meter(text: &str, raw: &RawMeter, line: u64) -> Result<Meter, String> {
    // The digits as they stand: TOML would make a float of them.
    let decimal = |at: &Spanned<toml::Value>| {
        let written = text.get(at.span()).unwrap_or_default().trim_matches('"');
        let read = Decimal::parse(written, '.', None)?;
        if read.is_positive() { Ok(read) } else { Err(format!("expected a number above 0, found {written}")) }
    };
    let scale =
        raw.scale.as_ref().map_or(Ok(Decimal::ONE), decimal).map_err(|why| format!("scale: {why}"))?;
    let modulus =
        raw.modulus_kwh.as_ref().map(decimal).transpose().map_err(|why| format!("modulus_kwh: {why}"))?;
    let modulus = match modulus {
        None => None,
        Some(kwh) => Some(kwh.energy(Unit::KWh, 0).ok_or("modulus_kwh is out of range")?),
    };
    Ok(Meter { id: raw.id.clone(), member: raw.member.clone(), register: raw.register, scale, modulus, line })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "first_day = 2021-02-22\ndays = 37\n[[files]]\nprofile = \"eda\"\npaths = [\"a.xml\"]\n[[meter]]\n\
                        id = \"AT1\"\nmember = \"H1\"\nregister = \"in\"\nscale = 8.50\n";

    #[test]
    fn plan_should_be_read() {
        let plan = Plan::read(PLAN).unwrap();
        assert_eq!((plan.days, plan.files[0].line, plan.meters[0].line), (37, 4, 6));
        assert_eq!(plan.meters[0].scale, Decimal::parse("8.50", '.', None).unwrap());
    }

    #[test]
    fn plan_should_be_refused_with_its_line_when_it_has_a_mistake() {
        let twice = format!("{PLAN}[[meter]]\nid = \"AT1\"\nmember = \"H1\"\n");
        for (text, line, word) in [
            // Input 18: a misspelt word is never taken for another.
            (PLAN.replace("\"in\"", "\"inn\""), 9, "unknown variant `inn`, expected `in` or `out`"),
            (PLAN.replace("member", "membr"), 8, "unknown field `membr`"),
            (PLAN.replace("2021-02-22", "2021-02-22T10:00:00"), 1, "a date as 2021-02-22"),
            (PLAN.replace("= 37", "= 0"), 2, "days from 1 to 3660"),
            (PLAN.replace("8.50", "\"8,5\""), 6, "scale: expected a number"),
            (PLAN.replace("8.50", "0"), 6, "above 0"),
            (twice, 11, "H1's already, in line 6"),
        ] {
            let mistakes = Plan::read(&text).unwrap_err();
            assert_eq!(mistakes[0].0, line, "{mistakes:?}");
            assert!(mistakes[0].1.contains(word), "{mistakes:?}");
        }
    }
}
