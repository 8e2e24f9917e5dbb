//! `gridbid import`: makes a scenario folder of the values of real meters (`docs/import.md`).

use crate::failure::{Kind, failure};
use crate::output::{Format, print, print_json, print_line, tell};
use crate::tables::table;
use crate::whole::write_folder;
use anyhow::Result;
use import::completeness::Row;
use import::guess::guess;
use import::{Job, Placed};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The most days and notes that are shown one by one.
const SHOWN: usize = 40;

/// What to import, and where to.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plan: an import.toml with a scenario.toml beside it
    #[arg(required_unless_present = "guess")]
    plan: Option<PathBuf>,
    /// Where the plan's files are, if not beside it
    #[arg(long)]
    data: Option<PathBuf>,
    /// The new scenario folder; without it nothing is written
    #[arg(long)]
    out: Option<PathBuf>,
    /// Fills gaps with the same periods of the nearest day
    #[arg(long)]
    fill: bool,
    /// Shows the profile that a file seems to need, and does nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "data", "out", "fill"])]
    guess: Option<PathBuf>,
}

/// Imports, or guesses a profile.
pub fn run(args: &Args, format: Format) -> Result<()> {
    match (&args.guess, &args.plan) {
        (Some(file), _) => show_guess(file, format),
        (None, Some(plan)) => import(plan, args, format),
        (None, None) => Err(failure(Kind::BadInput, "a plan or --guess tells what to do")),
    }
}

fn show_guess(file: &Path, format: Format) -> Result<()> {
    let bad = |what: String| failure(Kind::BadInput, format!("{}: {what}", file.display()));
    let bytes = std::fs::read(file).map_err(|error| bad(error.to_string()))?;
    let profile = guess(&bytes).map_err(bad)?;
    match format {
        Format::Json => print_json(&json!({ "profile": profile })),
        Format::Text => print(format_args!(
            "# What {} seems to be: look at it, answer what is left open, and save it as a .toml\n{profile}",
            file.display()
        )),
    }
}

fn import(plan: &Path, args: &Args, format: Format) -> Result<()> {
    if let Some(out) = args.out.as_ref().filter(|out| out.exists()) {
        return Err(failure(
            Kind::BadInput,
            format!("{} is there already: expected a new folder", out.display()),
        ));
    }
    let bad = |mistakes: scenario::Mistakes| failure(Kind::BadInput, mistakes);
    let mut placed = Job::read(plan, args.data.as_deref()).and_then(Job::place).map_err(bad)?;
    if args.fill {
        placed.fill();
    }
    let rows = placed.completeness();
    let name = args.out.as_deref().unwrap_or(Path::new("scenario")).display().to_string();
    // Gaps are told behind the table that shows them.
    let files = placed.folder(&name);
    if let (Some(out), Ok(files)) = (&args.out, &files) {
        write_folder(out, files)?;
    }
    match format {
        Format::Json => print_json(&as_json(&placed, &rows, args, files.is_ok()))?,
        Format::Text => print_tables(&placed, &rows)?,
    }
    let files = files.map_err(bad)?;
    match (&args.out, format) {
        (Some(out), Format::Text) => {
            let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
            print_line(format_args!("written to {}: {}", out.display(), names.join(", ")))
        }
        (None, Format::Text) => print_line("nothing is written without --out"),
        (_, Format::Json) => Ok(()),
    }
}

fn print_tables(placed: &Placed, rows: &[Row]) -> Result<()> {
    let counts = placed.counts();
    print_line(format_args!(
        "{} values: {} before or behind the days, {} there already, {} replaced; {} lines left alone\n\n{}",
        counts.values,
        counts.outside,
        counts.repeated,
        counts.replaced,
        counts.left_alone,
        table(&by_member(rows))
    ))?;
    let others: Vec<&Row> = rows.iter().filter(|row| !row.is_measured()).collect();
    if !others.is_empty() {
        print_line(format_args!("days that are not all measured:\n\n{}", table(&by_day(&others))))?;
    }
    for note in placed.notes().iter().take(SHOWN) {
        tell(note);
    }
    if let Some(more) = placed.notes().len().checked_sub(SHOWN).filter(|more| *more > 0) {
        tell(format_args!("and {more} more"));
    }
    Ok(())
}

fn heading(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// One line for each member and register.
fn by_member(rows: &[Row]) -> Vec<Vec<String>> {
    let names =
        ["member", "register", "from", "to", "days", "periods", "measured", "estimated", "filled", "missing"];
    let mut lines = vec![heading(&names)];
    for of in rows.chunk_by(|one, other| (&one.member, one.register) == (&other.member, other.register)) {
        let (Some(first), Some(last)) = (of.first(), of.last()) else { continue };
        let sum = |of_row: fn(&Row) -> usize| of.iter().map(of_row).sum::<usize>().to_string();
        lines.push(vec![
            first.member.clone(),
            first.register.name().into(),
            first.date.to_string(),
            last.date.to_string(),
            of.len().to_string(),
            sum(Row::periods),
            sum(|row| row.measured),
            sum(|row| row.estimated),
            sum(|row| row.filled),
            sum(|row| row.missing),
        ]);
    }
    lines
}

/// One line for each day on which something is not measured.
fn by_day(rows: &[&Row]) -> Vec<Vec<String>> {
    let mut lines =
        vec![heading(&["member", "register", "date", "measured", "estimated", "filled", "missing"])];
    lines.extend(rows.iter().take(SHOWN).map(|row| {
        let counts = [row.measured, row.estimated, row.filled, row.missing].map(|count| count.to_string());
        [row.member.clone(), row.register.name().into(), row.date.to_string()]
            .into_iter()
            .chain(counts)
            .collect()
    }));
    if let Some(more) = rows.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        lines.push(vec![format!("and {more} more")]);
    }
    lines
}

fn as_json(placed: &Placed, rows: &[Row], args: &Args, is_whole: bool) -> Value {
    let counts = placed.counts();
    let row = |row: &Row| {
        json!({
            "date": row.date.to_string(), "day": row.day, "member": row.member, "register": row.register.name(),
            "measured": row.measured, "estimated": row.estimated, "filled": row.filled, "missing": row.missing,
        })
    };
    json!({
        "values": counts.values,
        "outside": counts.outside,
        "repeated": counts.repeated,
        "replaced": counts.replaced,
        "leftAlone": counts.left_alone,
        "completeness": rows.iter().map(row).collect::<Vec<_>>(),
        "notes": placed.notes().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "out": args.out.as_ref().filter(|_| is_whole).map(|out| out.to_string_lossy()),
    })
}
