//! `gridbid simulate`: market days without a chain.

use crate::output::{Format, print_and_write, read};
use crate::progress::Progress;
use crate::results::Results;
use crate::tables;
use anyhow::Result;
use std::path::Path;

/// Plays, prints and writes the days.
pub fn run(folder: &Path, days: u32, out: Option<&Path>, format: Format) -> Result<()> {
    let scenario = read(folder)?;
    let periods = u64::from(scenario.calendar.periods_per_day);
    let mut progress = Progress::of_simulation(u64::from(days).saturating_mul(periods));
    let results = Results::of_simulation(&scenario, days, |day| {
        progress.show(u64::from(day).saturating_mul(periods), &format!("day {day}"));
    });
    progress.finish();
    print_and_write(&results, Some(folder), out, format)?;
    tables::check_balance(&results)
}
