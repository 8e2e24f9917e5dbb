#!/usr/bin/env bash
# Builds a release: node and client, with the hash of the metadata in the runtime (CheckMetadataHash), which compiles the
# Wasm twice. Prints what a release's notes name: checksums, the versions, and the hash that wallets show.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

cargo build --locked --release -p node -p client --features runtime/metadata-hash
readonly built="$CARGO_TARGET_DIR/release"
readonly wasm="$built/wbuild/runtime/runtime.compact.compressed.wasm"
sha256sum "$built/node" "$built/gridbid" "$wasm"
"$built/node" --version
# A running chain takes what a wallet signs with the hash that it computes, and the hash is printed.
GRIDBID_NODE="$built/node" GRIDBID_RELEASE="$wasm" WASM="$wasm" scripts/ecosystem.sh hash
