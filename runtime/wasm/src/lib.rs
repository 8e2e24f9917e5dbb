//! The runtime's Wasm with features of the runtime, without the SDK for the host: what its build script makes is in
//! `wbuild/runtime` of the build, named by its features, as in `try-runtime.compact.compressed.wasm`.
