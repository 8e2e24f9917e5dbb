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

measure() { # PALLET FILE
    "$bencher" v1 benchmark pallet \
        --runtime "$wasm" \
        --genesis-builder runtime --genesis-builder-preset development \
        --pallet "$1" --extrinsic '*' \
        --steps "$steps" --repeat "$repeats" \
        --template scripts/weights.hbs \
        --output "$2"
}
for pallet in participants energy_tasks blind_auction settlement; do
    measure "pallet_$pallet" "pallets/${pallet//_/-}/src/weights.rs"
done
measure validators runtime/src/validators/weights.rs
# The runtime takes the SDK's crates by their own names.
sed -i 's/use frame::deps::frame_support/use frame_support/; s/use frame::traits/use frame_support::traits/' \
    runtime/src/validators/weights.rs
git diff --stat -- '*/weights.rs'
