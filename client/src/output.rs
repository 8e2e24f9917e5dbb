//! What the commands read of a scenario, print, and write into a folder.

use crate::failure::{Kind, failure};
use crate::progress::Progress;
use crate::results::Results;
use crate::{figures, tables};
use anyhow::{Context, Result};
use scenario::Scenario;
use scenario::report::{BILL_LINES, REPORT};
use std::path::Path;

/// Reads a scenario; all its mistakes make one failure.
pub fn read(folder: &Path) -> Result<Scenario> {
    Scenario::read(folder).map_err(|mistakes| failure(Kind::BadInput, mistakes))
}

/// `gridbid simulate`.
pub fn simulate(folder: &Path, days: u32, out: Option<&Path>) -> Result<()> {
    let scenario = read(folder)?;
    let periods = u64::from(scenario.calendar.periods_per_day);
    let mut progress = Progress::of_simulation(u64::from(days).saturating_mul(periods));
    let results = Results::of_simulation(&scenario, days, |day| {
        progress.show(u64::from(day).saturating_mul(periods), &format!("day {day}"));
    });
    progress.finish();
    print_and_write(&results, Some(folder), out)?;
    tables::check_balance(&results)
}

/// Prints the tables, the paper's too where the scenario's folder has them, and writes the files.
pub fn print_and_write(results: &Results, folder: Option<&Path>, out: Option<&Path>) -> Result<()> {
    let days = results.days();
    let last = days.iter().next_back().copied().unwrap_or_default();
    let span = if days.len() == 1 {
        format!("day {last}")
    } else {
        format!("days {} to {last}", results.first_day())
    };
    println!("{}, {span}\n\n{}", results.report.name, tables::participants(results));
    if let Some(table) = folder.map(|folder| tables::table_4(results, folder)).transpose()?.flatten() {
        println!("{table}");
    }
    let Some(out) = out else { return Ok(()) };
    results.report.write_to(out).with_context(|| format!("cannot write into {}", out.display()))?;
    let mut written = vec![BILL_LINES, REPORT];
    written.extend(figures::write(results, results.first_day(), out)?);
    println!("written to {}: {}", out.display(), written.join(", "));
    Ok(())
}
