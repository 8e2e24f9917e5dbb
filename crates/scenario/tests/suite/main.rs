//! Scenarios from their files to their reports.

mod best_response;
mod chain;
mod gateway;
mod mistakes;
mod money;
mod paper;
mod schema;
mod shell;
mod shipped;
mod withholding;

#[path = "../../examples/scenarios/rules.rs"]
mod rules;

use scenario::scenario::paper::FILES;
use scenario::{Files, Mistakes, Scenario};
use std::path::{Path, PathBuf};

/// The folder of a shipped scenario.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name)
}

/// The paper's scenario with one text replaced in one of its files.
fn changed(file: &str, from: &str, to: &str) -> Result<Scenario, Mistakes> {
    let edit = |(name, text): (&str, &str)| {
        assert!(name != file || text.contains(from), "{file} has no {from}");
        (name.to_owned(), if name == file { text.replacen(from, to, 1) } else { text.to_owned() })
    };
    Scenario::from_files(&Files::new("x", FILES.map(edit)))
}
