//! What files say of meters.

use crate::decimal::FineEnergy;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a meter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Register {
    /// Energy that its owner takes.
    In,
    /// Energy that its owner gives.
    Out,
}

impl Register {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// Where an energy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// Somebody worked it out.
    Estimated,
    /// The meter counted it.
    Measured,
}

/// Where something stands: a file's number among those read, and a line in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file's number.
    pub file: usize,
    /// The line, from 1.
    pub line: u64,
}

/// What a file says: of a moment what a register showed, of an interval how much energy it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// Where the interval begins, or the moment.
    pub from: Timestamp,
    /// Where it ends: at `from` where it is a moment.
    pub to: Timestamp,
    /// The energy, or what the register showed.
    pub energy: FineEnergy,
    /// Whether the meter counted it.
    pub quality: Quality,
    /// When the file was made, where it says so: a later one's values take the place of an earlier one's.
    pub made: Option<Timestamp>,
    /// Where it stands.
    pub place: Place,
}

impl Value {
    /// Whether it is what a register showed.
    pub fn is_snapshot(&self) -> bool {
        self.from == self.to
    }
}

/// A meter by its id in the files, and one of its registers.
pub type Series = (String, Register);

/// What was found in files, and what was wrong.
#[derive(Debug, Default)]
pub struct Found {
    /// The values, in the order of the files.
    pub values: BTreeMap<Series, Vec<Value>>,
    /// What could not be read.
    pub mistakes: Vec<(Option<Place>, String)>,
    /// The lines or values that a profile leaves alone.
    pub left_alone: u64,
}

impl Found {
    /// Adds a value.
    pub fn push(&mut self, meter: &str, register: Register, value: Value) {
        // Most values are of the series before.
        if let Some(values) = self.values.get_mut(&(meter.to_owned(), register)) {
            values.push(value);
        } else {
            self.values.insert((meter.to_owned(), register), vec![value]);
        }
    }

    /// Notes what could not be read.
    pub fn wrong(&mut self, place: Place, message: impl Into<String>) {
        self.mistakes.push((Some(place), message.into()));
    }
}

/// A file as it is read.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its number.
    pub number: usize,
    /// Its name without what comes behind the last point: its meter's, where it names none.
    pub stem: &'a str,
}

impl File<'_> {
    /// A place in it.
    pub fn at(&self, line: u64) -> Place {
        Place { file: self.number, line }
    }
}
