//! The next runtime: this one with a higher spec version, and nothing else. `scripts/network.sh` upgrades to it.

pub use wasm::WASM_BINARY;

/// What the build made of the runtime.
#[allow(dead_code, missing_docs)]
mod wasm {
    include!(concat!(env!("OUT_DIR"), "/next_runtime"));
}
