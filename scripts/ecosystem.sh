#!/usr/bin/env bash
# The ecosystem's own tools on what the release build made: no patch, no configuration of theirs. Needs in PATH
# chain-spec-builder, frame-omni-bencher and subxt (cargo install --locked staging-chain-spec-builder frame-omni-bencher
# subxt-cli), and node's npm.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

export GRIDBID_NODE="${GRIDBID_NODE:-$CARGO_TARGET_DIR/release/node}"
readonly WASM="$CARGO_TARGET_DIR/release/wbuild/runtime/runtime.compact.compressed.wasm"
for tool in chain-spec-builder frame-omni-bencher subxt npm; do
    command -v "$tool" >/dev/null || { echo "ecosystem: $tool is missing" >&2; exit 1; }
done
for file in "$GRIDBID_NODE" "$WASM"; do
    [ -e "$file" ] || { echo "ecosystem: $file is missing: cargo build --locked --release makes it" >&2; exit 1; }
done
work=$(mktemp -d)
node=
cleanup() {
    [ -z "$node" ] || { kill "$node" 2>/dev/null && wait "$node" 2>/dev/null; } || true
    rm -rf "$work"
}
trap cleanup EXIT

step() { printf '\n== %s\n' "$*"; }

step "chain-spec-builder reads the runtime's presets"
chain-spec-builder list-presets -r "$WASM"
for preset in development local_testnet; do
    chain-spec-builder -c "$work/$preset.json" create -r "$WASM" named-preset "$preset"
    chain-spec-builder verify "$work/$preset.json"
done

step "frame-omni-bencher runs the benchmarks"
cargo build --locked --release -p runtime --features runtime-benchmarks --target-dir "$CARGO_TARGET_DIR/benchmarks"
frame-omni-bencher v1 benchmark pallet --pallet '*' --extrinsic '*' --steps 2 --repeat 1 \
    --runtime "$CARGO_TARGET_DIR/benchmarks/release/wbuild/runtime/runtime.compact.compressed.wasm"

step "subxt explores the running chain"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$GRIDBID_NODE" --dev --tmp --no-prometheus --rpc-port "$port" >"$work/node.log" 2>&1 &
node=$!
for _ in $(seq 120); do
    subxt metadata --url "ws://127.0.0.1:$port" -f bytes >"$work/metadata.scale" 2>/dev/null && break
    sleep 1
done
subxt explore --file "$work/metadata.scale" pallet BlindAuction calls seal
subxt explore --file "$work/metadata.scale" api MarketApi bill
subxt codegen --file "$work/metadata.scale" >"$work/gridbid.rs"
wc -l "$work/gridbid.rs"

step "Chopsticks forks the chain and passes a period"
(cd tests/ecosystem && npm ci --silent --no-audit --no-fund && npm test --silent)
