//! Member by day: what is there, estimated, missing.

use crate::value::Register;
use jiff::civil::Date;

/// The header of the table as a file.
pub const HEADER: &str = "date,day,member,register,periods,measured,estimated,filled,missing";

/// A member's register on a day, in periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The date.
    pub date: Date,
    /// The day's number: below zero in the history.
    pub day: i64,
    /// The member's name.
    pub member: String,
    /// The register.
    pub register: Register,
    /// How many the meter counted.
    pub measured: usize,
    /// How many somebody estimated, or are shares of a longer time.
    pub estimated: usize,
    /// How many were missing, and were filled as was asked for.
    pub filled: usize,
    /// How many are missing.
    pub missing: usize,
}

impl Row {
    /// How many periods the day has.
    pub fn periods(&self) -> usize {
        self.measured + self.estimated + self.filled + self.missing
    }

    /// Whether the meter counted all of them.
    pub fn is_measured(&self) -> bool {
        self.measured == self.periods()
    }

    fn line(&self) -> String {
        let Self { date, day, member, register, measured, estimated, filled, missing } = self;
        let (register, periods) = (register.name(), self.periods());
        format!("{date},{day},{member},{register},{periods},{measured},{estimated},{filled},{missing}\n")
    }
}

/// The table as a CSV.
pub fn csv(rows: &[Row]) -> String {
    std::iter::once(format!("{HEADER}\n")).chain(rows.iter().map(Row::line)).collect()
}
