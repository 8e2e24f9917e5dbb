#!/usr/bin/env bash
# Measures every call and step of the market's pallets on the runtime's Wasm and writes their weights.rs.
#   scripts/weights.sh [STEPS [REPEATS]]   defaults: 50 20
# Run it on an idle machine: what it writes is what the chain charges.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

readonly bencher_version=0.28.0 steps=${1:-50} repeats=${2:-20}
readonly tools="$CARGO_TARGET_DIR/weights-tools"
bencher="$tools/bin/frame-omni-bencher"

if ! [ -x "$bencher" ] || ! "$bencher" --version | grep -q "$bencher_version"; then
    cargo install --locked frame-omni-bencher --version "$bencher_version" --root "$tools"
fi
cargo build --locked --release -p runtime --features runtime-benchmarks --target-dir "$CARGO_TARGET_DIR/benchmarks"
wasm="$CARGO_TARGET_DIR/benchmarks/release/wbuild/runtime/runtime.compact.compressed.wasm"

for pallet in participants energy_tasks blind_auction settlement; do
    "$bencher" v1 benchmark pallet \
        --runtime "$wasm" \
        --genesis-builder runtime --genesis-builder-preset development \
        --pallet "pallet_$pallet" --extrinsic '*' \
        --steps "$steps" --repeat "$repeats" \
        --template scripts/weights.hbs \
        --output "pallets/${pallet//_/-}/src/weights.rs"
done
git diff --stat -- 'pallets/*/src/weights.rs'
