//! `gridbid compare`: two bill files line by line.

use crate::differences::differences;
use crate::failure::{Kind, failure};
use crate::output::{Format, note, print_json};
use anyhow::{Context, Result};
use scenario::report::{ESTIMATED, HEADER};
use std::path::Path;

/// The most differences that are shown.
const SHOWN: usize = 20;

/// Compares two files of bill lines; fails where they differ in anything.
pub fn run(first: &Path, second: &Path, format: Format) -> Result<()> {
    let (mut one, mut other) = (BillLines::read(first)?, BillLines::read(second)?);
    if one.estimates != other.estimates {
        note(format, &format!("one of the files is older and has no {ESTIMATED}: the rest is compared"))?;
        (one, other) = (one.without_estimates(), other.without_estimates());
    }
    let found = differences(&one.text, &other.text);
    let lines = one.text.lines().count();
    if format == Format::Json {
        print_json(&serde_json::json!({ "lines": lines, "differences": found }))?;
    }
    if found.is_empty() {
        let files = format!("{} and {}", first.display(), second.display());
        return note(format, &format!("{files} agree in all {lines} lines"));
    }
    let mut message = format!("{} and {} differ:", first.display(), second.display());
    for difference in found.iter().take(SHOWN) {
        message.push_str("\n  ");
        message.push_str(difference);
    }
    if found.len() > SHOWN {
        message.push_str(&format!("\n  and {} more", found.len() - SHOWN));
    }
    Err(failure(Kind::Differs, message))
}

/// A file of bill lines.
struct BillLines {
    text: String,
    /// Whether it tells what is estimated; older ones end with the column before.
    estimates: bool,
}

impl BillLines {
    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))
            .map_err(|error| failure(Kind::BadInput, format!("{error:#}")))?;
        let header = HEADER.join(",");
        let found = text.lines().next().unwrap_or_default();
        let estimates = found == header;
        if estimates
            || header.strip_suffix(ESTIMATED).and_then(|older| older.strip_suffix(',')) == Some(found)
        {
            return Ok(Self { text, estimates });
        }
        let found: String = found.chars().take(header.len()).collect();
        let what = "is no bill_lines.csv: its first line should be";
        Err(failure(Kind::BadInput, format!("{} {what}\n  {header}\nand is\n  {found}", path.display())))
    }

    /// The same in the older form.
    fn without_estimates(self) -> Self {
        if !self.estimates {
            return self;
        }
        let shorter = |line: &str| format!("{}\n", line.rsplit_once(',').map_or(line, |(rest, _)| rest));
        Self { text: self.text.lines().map(shorter).collect(), estimates: false }
    }
}
