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
step "expects in runtime code"
# Clippy denies them but where a macro makes some of its own.
if grep -rn '\.expect(' --include='*.rs' crates/market/src pallets/*/src runtime/src |
    grep -vE '/(tests|mock|testing)[./]|qed"'; then
    echo "an expect in runtime code needs a proof that ends in qed" >&2
    exit 1
fi
step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps "${features[@]}"
