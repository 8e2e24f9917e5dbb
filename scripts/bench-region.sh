#!/usr/bin/env bash
# Regions of three sizes, each on a node of its own through one delivery period: what of a bid's cost grows with the bids.
#   scripts/bench-region.sh [MEMBERS...]   defaults: 1000 10000 100000
# Members sign themselves, as households do; GRIDBID_SIGNER=agent has their agents sign, as sites do.
# The largest needs about 4 GiB of memory and half an hour on two cores. Each run's figures go to out/region/MEMBERS, the
# table of all to out/region/slope.csv.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

readonly out=out/region
[ $# -gt 0 ] || set -- 1000 10000 100000
cargo build --locked --release -p node -p client
mkdir -p "$out"
rm -f "$out/slope.csv"
for members in "$@"; do
    printf '\n== %s members\n' "$members"
    "$CARGO_TARGET_DIR/release/gridbid" load --members "$members" --signer "${GRIDBID_SIGNER:-member}" --out "$out/$members"
    [ -e "$out/slope.csv" ] || head -n 1 "$out/$members/slope.csv" >"$out/slope.csv"
    tail -n 1 "$out/$members/slope.csv" >>"$out/slope.csv"
done
printf '\n'
column -s, -t "$out/slope.csv" 2>/dev/null || cat "$out/slope.csv"
