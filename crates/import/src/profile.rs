//! How a file is laid out.

use crate::decimal::Unit;
use crate::text::Lines;
use crate::time::{Format, Label};
use crate::value::Register;
use encoding_rs::Encoding;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// The profiles that are known by name.
pub const NAMED: [(&str, &str); 4] = [
    ("eda", include_str!("../profiles/eda.toml")),
    ("datadis", include_str!("../profiles/datadis.toml")),
    ("enedis", include_str!("../profiles/enedis.toml")),
    ("green-button", include_str!("../profiles/green-button.toml")),
];

/// A file's layout.
#[derive(Clone, Debug)]
pub enum Profile {
    /// A table of separated values.
    Csv(Box<Csv>),
    /// The consumption record of the Austrian energy market's data exchange.
    CrMsg,
    /// Green Button's Atom feed.
    GreenButton,
}

/// What a profile is of.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Layout {
    Csv,
    CrMsg,
    GreenButton,
}

/// What all profiles begin with.
#[derive(Deserialize)]
struct Head {
    format: Layout,
}

/// A profile of which nothing else is to be said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    #[serde(rename = "format")]
    _format: Layout,
}

/// A table of separated values.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Csv {
    #[serde(rename = "format")]
    _format: Layout,
    /// Its encoding, unless a mark at its start says another.
    #[serde(default = "utf_8", deserialize_with = "encoding")]
    pub encoding: &'static Encoding,
    /// What stands between its columns.
    #[serde(default = "comma", deserialize_with = "separator")]
    pub separator: u8,
    /// What stands before decimals.
    #[serde(default = "point")]
    pub decimal: char,
    /// What stands between thousands, if anything.
    pub thousands: Option<char>,
    /// What a cell without a value has.
    #[serde(default = "nothing")]
    pub missing: Vec<String>,
    /// When a value is of.
    pub time: Time,
    /// The column of the meter's id; without one the file's name is the id.
    pub meter: Option<String>,
    /// The values, one or more in a line.
    pub value: Vec<ValueColumn>,
    /// Which values are the meter's own.
    pub quality: Option<Quality>,
    /// Which lines are read.
    pub only: Option<Only>,
}

/// When a value is of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// The column, or the columns that make a time with a space between.
    pub columns: Vec<String>,
    /// How it is written.
    #[serde(deserialize_with = "format")]
    pub format: Format,
    /// The zone of the clock that it shows, where it has no offset.
    #[serde(default, deserialize_with = "zone")]
    pub zone: Option<TimeZone>,
    /// The column with the interval's number in the day, from 1, where there is one: the time is only a date then.
    pub counted: Option<String>,
    /// Whether the time is an interval's start or its end.
    #[serde(default = "start", deserialize_with = "label")]
    pub label: Label,
    /// How many minutes an interval has, where no column says so.
    pub minutes: Option<u16>,
    /// The column that says so: a number of minutes, or a duration as `PT30M`. A file may be without it where `minutes`
    /// is given.
    pub minutes_column: Option<String>,
}

/// A column of values.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueColumn {
    /// Its name.
    pub column: String,
    /// Whether the file may be without it.
    #[serde(default)]
    pub optional: bool,
    /// Whether a value is an interval's, or what the register showed.
    #[serde(default)]
    pub kind: Kind,
    /// What it is in.
    pub unit: Option<Unit>,
    /// The column that says so.
    pub unit_column: Option<String>,
    /// What it counts.
    pub register: Option<Register>,
    /// The column that says so.
    pub register_column: Option<String>,
    /// What that column has for energy that comes in.
    #[serde(default, rename = "in")]
    pub inward: Vec<String>,
    /// What it has for energy that goes out.
    #[serde(default, rename = "out")]
    pub outward: Vec<String>,
}

/// What a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The energy, or the mean power, of an interval.
    #[default]
    Interval,
    /// What the register showed.
    Register,
}

/// Which values are the meter's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// The column that says so.
    pub column: String,
    /// Whether the file may be without it: then all are the meter's own.
    #[serde(default)]
    pub optional: bool,
    /// What it has where the meter counted.
    pub measured: Vec<String>,
    /// What it has where somebody estimated.
    pub estimated: Vec<String>,
}

/// Which lines are read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// The column that says so.
    pub column: String,
    /// What it has in them.
    pub is: Vec<String>,
}

impl Profile {
    /// A profile by its name; `None` where there is none.
    pub fn named(name: &str) -> Option<Result<Self, (u64, String)>> {
        NAMED.into_iter().find(|(other, _)| *other == name).map(|(_, text)| Self::read(text))
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// The line, and what was expected.
    pub fn read(toml: &str) -> Result<Self, (u64, String)> {
        let lines = Lines::of(toml);
        let wrong = |error: toml::de::Error| {
            (lines.line(error.span().map_or(0, |span| span.start)), error.message().trim().to_owned())
        };
        let Head { format } = toml::from_str(toml).map_err(wrong)?;
        match format {
            Layout::Csv => {
                let csv: Csv = toml::from_str(toml).map_err(wrong)?;
                csv.check().map_err(|message| (1, message))?;
                Ok(Self::Csv(Box::new(csv)))
            }
            Layout::CrMsg => toml::from_str(toml).map_err(wrong).map(|Plain { .. }| Self::CrMsg),
            Layout::GreenButton => toml::from_str(toml).map_err(wrong).map(|Plain { .. }| Self::GreenButton),
        }
    }
}

impl Csv {
    fn check(&self) -> Result<(), String> {
        let one_of = |what: &str, has: [bool; 2]| match has {
            [true, true] => Err(format!("expected {what} or {what}_column, found both")),
            [false, false] => Err(format!("expected {what} or {what}_column, found neither")),
            _ => Ok(()),
        };
        if self.time.columns.is_empty() || self.value.is_empty() {
            return Err("expected at least one column of time and one [[value]]".into());
        }
        if self.decimal == char::from(self.separator) {
            return Err("separator and decimal are the same".into());
        }
        let has_intervals = self.value.iter().any(|value| value.kind == Kind::Interval);
        if has_intervals && self.time.minutes.is_none() && self.time.minutes_column.is_none() {
            return Err("expected minutes: how long an interval is".into());
        }
        if self.time.minutes == Some(0) {
            return Err("expected minutes from 1, found 0".into());
        }
        if self.time.counted.is_some() && self.time.zone.is_none() {
            return Err("an interval's number needs the zone whose days it counts in".into());
        }
        for value in &self.value {
            one_of("unit", [value.unit.is_some(), value.unit_column.is_some()])?;
            one_of("register", [value.register.is_some(), value.register_column.is_some()])?;
            if value.register_column.is_some() && value.inward.is_empty() && value.outward.is_empty() {
                return Err("register_column needs `in` and `out`: what the column has for each".into());
            }
            if value.kind == Kind::Register && value.unit.is_some_and(Unit::is_power) {
                return Err("a register shows energy: its unit is Wh, kWh or MWh".into());
            }
        }
        Ok(())
    }
}

fn utf_8() -> &'static Encoding {
    encoding_rs::UTF_8
}

fn comma() -> u8 {
    b','
}

fn point() -> char {
    '.'
}

fn nothing() -> Vec<String> {
    vec![String::new()]
}

fn start() -> Label {
    Label::Start
}

fn encoding<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static Encoding, D::Error> {
    let name = String::deserialize(deserializer)?;
    Encoding::for_label(name.as_bytes()).ok_or_else(|| {
        D::Error::custom(format!("expected an encoding as utf-8 or windows-1252, found {name}"))
    })
}

fn separator<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.as_bytes() {
        [byte]
            if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\r' | b'\n') =>
        {
            Ok(*byte)
        }
        _ => Err(D::Error::custom(format!(
            "expected one character between columns, as \";\", found \"{text}\""
        ))),
    }
}

fn format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Format, D::Error> {
    let name = String::deserialize(deserializer)?;
    Format::named(&name).ok_or_else(|| {
        D::Error::custom(format!("expected iso, unix, unix-ms or a pattern as %d.%m.%Y %H:%M, found {name}"))
    })
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TimeZone>, D::Error> {
    let name = String::deserialize(deserializer)?;
    TimeZone::get(&name)
        .map(Some)
        .map_err(|_| D::Error::custom(format!("expected a time zone as Europe/Vienna or UTC, found {name}")))
}

fn label<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Label, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "start" => Ok(Label::Start),
        "end" => Ok(Label::End),
        other => Err(D::Error::custom(format!("expected start or end, found {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_should_be_read_when_it_is_known_by_name() {
        for (name, _) in NAMED {
            assert!(Profile::named(name).unwrap().is_ok(), "{name}: {:?}", Profile::named(name));
        }
        assert!(Profile::named("edf").is_none());
    }

    const PLAIN: &str = "format = \"csv\"\n[time]\ncolumns = [\"t\"]\nformat = \"iso\"\nminutes = 15\n[[value]]\n\
                         column = \"kWh\"\nunit = \"kWh\"\nregister = \"in\"\n";

    #[test]
    fn profile_should_be_refused_with_its_line_when_it_has_a_mistake() {
        assert!(Profile::read(PLAIN).is_ok());
        for (from, to, word) in [
            ("\"in\"", "\"inn\"", "unknown variant `inn`"),
            ("\"kWh\"\nreg", "\"kwatt\"\nreg", "unknown variant `kwatt`"),
            ("\"iso\"", "\"ISO 8601\"", "expected iso, unix"),
            ("minutes = 15", "minuts = 15", "unknown field `minuts`"),
            ("minutes = 15", "minutes = 15\nzone = \"Europe/Wien\"", "Europe/Vienna"),
            ("minutes = 15", "", "expected minutes"),
            ("unit = \"kWh\"", "", "unit or unit_column, found neither"),
            ("unit = \"kWh\"", "unit = \"kW\"\nkind = \"register\"", "a register shows energy"),
            ("\"csv\"", "\"xls\"", "unknown variant `xls`"),
        ] {
            assert!(PLAIN.contains(from), "{from}");
            let (line, message) = Profile::read(&PLAIN.replace(from, to)).unwrap_err();
            assert!(line >= 1 && message.contains(word), "{line}: {message}");
        }
    }
}
