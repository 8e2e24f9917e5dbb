//! Builds the runtime's Wasm with the next spec version, beside the runtime's own.

use std::path::Path;
use substrate_wasm_builder::WasmBuilder;

fn main() -> Result<(), &'static str> {
    // The builder compares paths as they are written.
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the runtime is the folder above")?;
    WasmBuilder::new()
        .with_project(runtime.join("Cargo.toml"))?
        .import_memory()
        .export_heap_base()
        .enable_feature("increment-spec-version")
        .set_file_name("next_runtime")
        .build();
    Ok(())
}
