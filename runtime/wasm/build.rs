//! Builds the runtime's Wasm with the features of this crate that are on, beside the runtime's own; none without any.

use std::env;
use std::path::Path;
use substrate_wasm_builder::WasmBuilder;

const FEATURES: [&str; 4] = ["increment-spec-version", "metadata-hash", "runtime-benchmarks", "try-runtime"];

fn main() -> Result<(), &'static str> {
    let enabled = FEATURES.into_iter().filter(|feature| env::var_os(variable_of(feature)).is_some());
    let name = enabled.collect::<Vec<_>>().join("+");
    if name.is_empty() {
        return Ok(());
    }
    // The builder compares paths as they are written. It gives the runtime what this crate has of its features.
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the runtime is the folder above")?;
    let builder = WasmBuilder::new()
        .with_project(runtime.join("Cargo.toml"))?
        .import_memory()
        .export_heap_base()
        .set_file_name(name);
    #[cfg(feature = "metadata-hash")]
    let builder = builder.enable_metadata_hash("ETH", 18);
    builder.build();
    Ok(())
}

/// What tells a build script that a feature is on.
fn variable_of(feature: &str) -> String {
    format!("CARGO_FEATURE_{}", feature.to_uppercase().replace('-', "_"))
}
