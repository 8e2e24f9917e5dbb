//! What the commands read of a scenario, print, and write into a folder.

use crate::failure::{Kind, failure};
use crate::results::Results;
use crate::{figures, tables};
use anyhow::{Context, Result};
use scenario::Scenario;
use scenario::report::{BILL_LINES, REPORT};
use serde::Serialize;
use std::path::Path;

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// As JSON, for programs: one document, or one a line where results go on coming.
    Json,
}

/// Prints a JSON document.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Prints a JSON document as one line.
pub fn print_json_line(value: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}

/// Reads a scenario; all its mistakes make one failure.
pub fn read(folder: &Path) -> Result<Scenario> {
    Scenario::read(folder).map_err(|mistakes| failure(Kind::BadInput, mistakes))
}

/// Tells a person something beside the results.
pub fn note(format: Format, text: &str) {
    match format {
        Format::Text => println!("{text}"),
        Format::Json => eprintln!("{text}"),
    }
}

/// Prints the tables, the paper's too where the scenario's folder has them, or the report, and writes the files.
pub fn print_and_write(
    results: &Results,
    folder: Option<&Path>,
    out: Option<&Path>,
    format: Format,
) -> Result<()> {
    match format {
        Format::Json => results.report.write_json(std::io::stdout().lock())?,
        Format::Text => print_tables(results, folder)?,
    }
    let Some(out) = out else { return Ok(()) };
    results.report.write_to(out).with_context(|| format!("cannot write into {}", out.display()))?;
    let mut written = vec![BILL_LINES, REPORT];
    written.extend(figures::write(results, results.first_day(), out)?);
    note(format, &format!("written to {}: {}", out.display(), written.join(", ")));
    Ok(())
}

fn print_tables(results: &Results, folder: Option<&Path>) -> Result<()> {
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
    Ok(())
}
