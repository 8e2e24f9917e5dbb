#!/usr/bin/env bash
# Formatting, lints and documentation: what every commit must pass.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

# The Wasm is built once, by the release build; here the sources alone count.
export SKIP_WASM_BUILD=1
features=(--features runtime-benchmarks,try-runtime)

step() { printf '\n== %s\n' "$*"; }

step "formatting"
cargo fmt --all --check
step "lints"
cargo clippy --locked --workspace --all-targets "${features[@]}" -- -D warnings
step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps "${features[@]}"
