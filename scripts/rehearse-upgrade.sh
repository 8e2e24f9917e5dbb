#!/usr/bin/env bash
# Rehearses this checkout's runtime on the state of a running chain: scripts/rehearse-upgrade.sh ws://127.0.0.1:9944
# It reads the node's latest finalized state by RPC and changes nothing there. See docs/upgrades.md.
#   GRIDBID_UPGRADE   the runtime's Wasm, built with the feature try-runtime; made if it is not named
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
url="${1:?the RPC of a node, as in ws://127.0.0.1:9944}"

if [ -z "${GRIDBID_UPGRADE:-}" ]; then
    cargo build --locked --release -p runtime-wasm --features try-runtime
    GRIDBID_UPGRADE="$CARGO_TARGET_DIR/release/wbuild/runtime/try-runtime.compact.compressed.wasm"
fi
cargo run --locked --manifest-path tests/remote/Cargo.toml -- "$GRIDBID_UPGRADE" "$url"
