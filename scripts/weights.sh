#!/usr/bin/env bash
# Measures every call and step of the market's pallets on the runtime's Wasm, writes their weights.rs, and prints what
# they come to beside a plain transfer that the same run measured.
#   scripts/weights.sh [STEPS [REPEATS]]   defaults: 50 20
# Run it on an idle machine: what it writes is what the chain charges. It needs libclang-dev beside what setup.sh brings.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

readonly bencher_version=0.28.0 steps=${1:-50} repeats=${2:-20}
readonly tools="$CARGO_TARGET_DIR/weights-tools" out=out/weights
bencher="$tools/bin/frame-omni-bencher"

if ! [ -x "$bencher" ] || ! "$bencher" --version | grep -q "$bencher_version"; then
    cargo install --locked frame-omni-bencher --version "$bencher_version" --root "$tools"
fi
cargo build --locked --release -p runtime-wasm --features runtime-benchmarks

market=(pallet_participants pallet_terms pallet_energy_tasks pallet_blind_auction pallet_settlement pallet_offices validators)
# What a transfer is made of.
others=(pallet_balances pallet_transaction_payment frame_system_extensions)
rm -rf "$out"
mkdir -p "$out"
"$bencher" v1 benchmark pallet \
    --runtime "$CARGO_TARGET_DIR/release/wbuild/runtime/runtime-benchmarks.compact.compressed.wasm" \
    --genesis-builder runtime --genesis-builder-preset development \
    --pallets "${market[@]}" "${others[@]}" --extrinsic '*' \
    --steps "$steps" --repeat "$repeats" --min-duration 2 \
    --template scripts/weights.hbs --output "$out" >"$out/bencher.log"

for pallet in participants terms energy_tasks blind_auction settlement offices; do
    cp "$out/pallet_$pallet.rs" "pallets/${pallet//_/-}/src/weights.rs"
done
# The runtime takes the SDK's crates by their own names.
own='use core::marker::PhantomData;\nuse frame_support::{traits::Get, weights::{Weight, constants::ParityDbWeight}};'
sed "s/use frame::weights_prelude::\*;/$own/" \
    "$out/validators.rs" >runtime/src/validators/weights.rs
git diff --stat -- '*/weights.rs'
python3 scripts/weights.py "$out"
