#!/usr/bin/env bash
# Formatting, lints, documentation, structure and dependencies: what every commit must pass.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

# The Wasm is built once, by the release build; here the sources alone count.
export SKIP_WASM_BUILD=1
features=(--features runtime-benchmarks,try-runtime)

# Installs a tool of a version that is known to work, once, below Cargo's target folder.
readonly TOOLS="$CARGO_TARGET_DIR/check-tools"
export PATH="$TOOLS/bin:$PATH"
tool() {
    "$1" --version 2>/dev/null | grep -qF "$2" ||
        CARGO_TARGET_DIR="$TOOLS/target" cargo install --locked --quiet --root "$TOOLS" --version "$2" "$1"
}

step() { printf '\n== %s\n' "$*"; }

step "formatting"
cargo fmt --all --check
step "structure"
scripts/structure.py --self-test
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
step "dependencies: licences, sources, and what nobody uses"
tool cargo-deny 0.20.2
tool cargo-machete 0.9.2
cargo deny --log-level error check --hide-inclusion-graph licenses bans sources
if timeout 60 cargo deny --log-level off fetch db 2>/dev/null; then
    cargo deny --log-level error check --hide-inclusion-graph advisories
else
    echo "check: advisories can't be fetched here, and were not looked at" >&2
fi
cargo machete --with-metadata
step "workspaces of their own compile"
for workspace in zombienet tests/remote; do
    cargo check --locked --all-targets --manifest-path "$workspace/Cargo.toml"
done
