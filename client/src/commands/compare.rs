//! `gridbid compare`: two bill files line by line.

use crate::differences::differences;
use crate::failure::{Kind, failure};
use crate::output::{Format, note, print_json};
use anyhow::{Context, Result};
use std::path::Path;

/// The most differences that are shown.
const SHOWN: usize = 20;

/// Compares two files of bill lines; fails where they differ in anything.
pub fn run(first: &Path, second: &Path, format: Format) -> Result<()> {
    let read = |path: &Path| {
        std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))
            .map_err(|error| failure(Kind::BadInput, format!("{error:#}")))
    };
    let (one, other) = (read(first)?, read(second)?);
    let found = differences(&one, &other);
    if format == Format::Json {
        print_json(&serde_json::json!({ "lines": one.lines().count(), "differences": found }))?;
    }
    if found.is_empty() {
        note(
            format,
            &format!(
                "{} and {} agree in all {} lines",
                first.display(),
                second.display(),
                one.lines().count()
            ),
        );
        return Ok(());
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
