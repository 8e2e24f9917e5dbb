//! Writes the CSVs of the shipped scenarios: `cargo run -p scenario --example scenarios`.

mod rules;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let table = std::fs::read_to_string(root.join("paper/table4.csv"))?;
    for (name, files) in [
        ("paper", rules::paper(&table)),
        ("paper-month", rules::paper_month(&table)),
        ("district", rules::district()),
    ] {
        for (file, text) in files {
            let path = root.join(name).join(file);
            std::fs::write(&path, text)?;
            println!("{}", path.display());
        }
    }
    Ok(())
}
