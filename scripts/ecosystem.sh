#!/usr/bin/env bash
# The ecosystem's own tools on what the release build made: no patch, and no configuration of theirs. See docs/ecosystem.md.
#   scripts/ecosystem.sh [STEP...]   presets, benchmarks, subxt, upgrade, chopsticks, hash; all of them without one
# A tool that is not in PATH is built once, into a folder below Cargo's target folder.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

export GRIDBID_NODE="${GRIDBID_NODE:-$CARGO_TARGET_DIR/release/node}"
readonly WASM="${WASM:-$CARGO_TARGET_DIR/release/wbuild/runtime/runtime.compact.compressed.wasm}"
readonly TOOLS="$CARGO_TARGET_DIR/ecosystem-tools"
export PATH="$PATH:$TOOLS/bin" NO_COLOR=1
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
fail() {
    echo "ecosystem: $*" >&2
    exit 1
}
# Installs a command's crate, of the version that is known to work, where the command is missing.
tool() {
    command -v "$1" >/dev/null ||
        CARGO_TARGET_DIR="$TOOLS/target" cargo install --locked --root "$TOOLS" --version "$3" "$2"
}
# Builds the runtime's Wasm with a feature and says where it is.
wasm_with() {
    cargo build --locked --release -p runtime-wasm --features "$1" >&2
    echo "$CARGO_TARGET_DIR/release/wbuild/runtime/$1.compact.compressed.wasm"
}

presets() {
    step "chain-spec-builder reads the runtime's presets"
    tool chain-spec-builder staging-chain-spec-builder 22.0.0
    chain-spec-builder list-presets -r "$WASM"
    for preset in development local_testnet; do
        chain-spec-builder -c "$work/$preset.json" create -r "$WASM" named-preset "$preset"
        chain-spec-builder verify "$work/$preset.json"
        echo "$preset: $(wc -c <"$work/$preset.json") bytes, verified"
    done
}

benchmarks() {
    step "frame-omni-bencher runs the benchmarks"
    tool frame-omni-bencher frame-omni-bencher 0.28.0
    [ -n "${GRIDBID_BENCHMARKS:-}" ] || GRIDBID_BENCHMARKS=$(wasm_with runtime-benchmarks)
    # Two steps, once, for no time in particular: that each runs and holds. scripts/weights.sh measures.
    timeout 1200 frame-omni-bencher v1 benchmark pallet --runtime "$GRIDBID_BENCHMARKS" \
        --genesis-builder runtime --genesis-builder-preset development \
        --pallet '*' --extrinsic '*' --steps 2 --repeat 1 --min-duration 0 >"$work/benchmarks.txt"
    sed -n 's/^Pallet: "\([^"]*\)".*/\1/p' "$work/benchmarks.txt" | uniq -c
    echo "$(grep -c '^Pallet:' "$work/benchmarks.txt") benchmarks"
}

explore() { timeout 60 subxt explore --url "ws://127.0.0.1:$port" "$@"; }

subxt_explores() {
    step "subxt explores the running chain"
    tool subxt subxt-cli 0.51.1
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    "$GRIDBID_NODE" --dev --tmp --no-prometheus --rpc-port "$port" >"$work/node.log" 2>&1 &
    node=$!
    for _ in $(seq 300); do
        subxt metadata --url "ws://127.0.0.1:$port" -f bytes >"$work/metadata.scale" 2>/dev/null && break
        kill -0 "$node" 2>/dev/null || fail "the node ended: $(tail -n 5 "$work/node.log")"
        sleep 1
    done
    explore pallet BlindAuction calls seal
    explore pallet EnergyTasks calls release '{ day: 0, positions: (v"Buy"(10000), v"Sell" { energy: 5000, reserve: 380000000 }) }'
    explore api MarketApi grid_prices --execute '({ day: 0, period: 0 })' | tee "$work/prices.txt"
    grep -q 425000000 "$work/prices.txt" || fail "the tariff is not in the answer"
    subxt codegen --file "$work/metadata.scale" >"$work/gridbid.rs"
    echo "an interface of $(wc -c <"$work/gridbid.rs") bytes for Rust from $(wc -c <"$work/metadata.scale") bytes of metadata"
    kill "$node" && wait "$node" || true
    node=
}

upgrade() {
    step "frame-remote-externalities: an upgrade on the state of a running market"
    [ -n "${GRIDBID_UPGRADE:-}" ] || GRIDBID_UPGRADE=$(wasm_with try-runtime)
    export GRIDBID_UPGRADE
    cargo test --locked --manifest-path tests/remote/Cargo.toml -- --nocapture
}

# Node.js 22, which Chopsticks needs, comes from npm, too.
npm_ci() {
    command -v npm >/dev/null || fail "npm is missing: scripts/setup.sh installs it"
    for folder in js ecosystem; do
        (cd "tests/$folder" && npm ci --silent --no-audit --no-fund)
    done
}

chopsticks() {
    step "Chopsticks forks the chain and passes a period"
    npm_ci
    (cd tests/ecosystem && timeout 900 npm test --silent)
}

hash() {
    step "CheckMetadataHash: the hash in the Wasm is the one that wallets compute"
    npm_ci
    [ -n "${GRIDBID_RELEASE:-}" ] || GRIDBID_RELEASE=$(wasm_with metadata-hash)
    export GRIDBID_RELEASE
    (cd tests/ecosystem && timeout 900 npm run --silent hash)
}

[ $# -gt 0 ] || set -- presets benchmarks subxt upgrade chopsticks hash
for name in "$@"; do
    case $name in
        presets | benchmarks | upgrade | chopsticks | hash) "$name" ;;
        subxt) subxt_explores ;;
        *) fail "no step $name: presets, benchmarks, subxt, upgrade, chopsticks, hash" ;;
    esac
done
