//! Builds the runtime's Wasm with the next spec version, beside the runtime's own.

use std::path::PathBuf;
use substrate_wasm_builder::WasmBuilder;

fn main() -> Result<(), &'static str> {
    WasmBuilder::new()
        .with_project(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))?
        .import_memory()
        .export_heap_base()
        .enable_feature("increment-spec-version")
        .set_file_name("next_runtime")
        .build();
    Ok(())
}
