//! What the commands read of a scenario, print, and write into a folder.

use crate::failure::{Kind, failure};
use crate::results::Results;
use crate::whole::write_whole;
use crate::{figures, tables};
use anyhow::{Context, Result, anyhow};
use scenario::Scenario;
use scenario::report::{BILL_LINES, REPORT};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// As JSON, for programs: one document, or one a line where results go on coming.
    Json,
}

/// Prints what a function writes, down to whoever reads it.
///
/// # Errors
/// [`Kind::Unread`] where nobody reads it any more, as in `gridbid ... | head`; a failure where it cannot be written,
/// as into a file on a full disk. Nothing that was printed is lost in silence.
pub fn print_with(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => failure(Kind::Unread, "the output was closed"),
        _ => anyhow!("cannot write to standard output: {error}"),
    })
}

/// Prints a text.
///
/// # Errors
/// As [`print_with`].
pub fn print(text: impl Display) -> Result<()> {
    print_with(|out| write!(out, "{text}"))
}

/// Prints a text and ends the line.
///
/// # Errors
/// As [`print_with`].
pub fn print_line(text: impl Display) -> Result<()> {
    print_with(|out| writeln!(out, "{text}"))
}

/// Prints a JSON document.
///
/// # Errors
/// As [`print_with`].
pub fn print_json(value: &impl Serialize) -> Result<()> {
    print_line(serde_json::to_string_pretty(value)?)
}

/// Prints a JSON document as one line.
///
/// # Errors
/// As [`print_with`].
pub fn print_json_line(value: &impl Serialize) -> Result<()> {
    print_line(serde_json::to_string(value)?)
}

/// Tells a person something on standard error. Where that is gone, as a closed terminal, nobody is there to be told.
pub fn tell(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Tells a person how far something is, over what was told last.
pub fn tell_over(text: impl Display) {
    let _ = write!(io::stderr(), "\r{text}   ");
}

/// Reads a scenario; all its mistakes make one failure.
pub fn read(folder: &Path) -> Result<Scenario> {
    Scenario::read(folder).map_err(|mistakes| failure(Kind::BadInput, mistakes))
}

/// Tells a person something beside the results.
pub fn note(format: Format, text: &str) -> Result<()> {
    match format {
        Format::Text => print_line(text),
        Format::Json => {
            tell(text);
            Ok(())
        }
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
        Format::Json => print_with(|out| results.report.write_json(out))?,
        Format::Text => print_tables(results, folder)?,
    }
    let Some(out) = out else { return Ok(()) };
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    write_whole(&out.join(BILL_LINES), |file| results.report.write_csv(file))?;
    write_whole(&out.join(REPORT), |file| results.report.write_json(file))?;
    let mut written = vec![BILL_LINES, REPORT];
    written.extend(figures::write(results, results.first_day(), out)?);
    note(format, &format!("written to {}: {}", out.display(), written.join(", ")))
}

fn print_tables(results: &Results, folder: Option<&Path>) -> Result<()> {
    let days = results.days();
    let last = days.iter().next_back().copied().unwrap_or_default();
    let span = if days.len() == 1 {
        format!("day {last}")
    } else {
        format!("days {} to {last}", results.first_day())
    };
    print_line(format_args!("{}, {span}\n\n{}", results.report.name, tables::participants(results)))?;
    match folder.map(|folder| tables::table_4(results, folder)).transpose()?.flatten() {
        Some(table) => print_line(table),
        None => Ok(()),
    }
}
