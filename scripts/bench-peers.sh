#!/usr/bin/env bash
# Gridbid beside what one would take instead, in one run on one machine: each of its transactions beside a plain
# transfer on the same chain, its clearing beside PyMarket and NumPy on the same book, and the same sealed-bid auction
# as a Solidity contract on hardhat's development node.
# Prints tables with ratios; the figures go to peers.csv and import.csv in out/bench-peers.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

readonly peers=scripts/bench-peers out=out/bench-peers
# PyMarket gets the smallest book, ten times that takes it many minutes; contracts get the bids of a small town.
readonly small=1000 large=100000 offers=10 contract_bids=2000
readonly mainnet_gas=60000000 no_limit=1000000000000

say() { printf 'bench-peers: %s\n' "$*" >&2; }

mkdir -p "$out"
say "Python's part"
[ -d "$out/python" ] || python3 -m venv "$out/python"
"$out/python/bin/pip" install --quiet --disable-pip-version-check -r "$peers/requirements.txt"
say "the contract's part"
(cd "$peers" && npm ci --silent --no-audit --no-fund)
say "Gridbid's part"
# With both packages, so that the SDK is the one of the release build.
cargo bench --locked --no-run -p node -p client --bench import
cargo build --locked --release -p market --features serde --example book

: >"$out/clearing.csv"
for bids in $small 10000 $large; do
    book="$out/book-$bids.csv"
    printf '%s,Gridbid,%s\n' "$bids" "$("$CARGO_TARGET_DIR/release/examples/book" "$bids" $offers "$book")" >>"$out/clearing.csv"
    pymarket=()
    [ "$bids" != $small ] || pymarket=(--pymarket)
    "$out/python/bin/python" "$peers/clearing.py" "$book" "${pymarket[@]}" | sed "s/^/$bids,/" >>"$out/clearing.csv"
done

: >"$out/auction.csv"
export HARDHAT_DISABLE_TELEMETRY_PROMPT=true
"$CARGO_TARGET_DIR/release/examples/book" $contract_bids $offers "$out/book-contract.csv" >/dev/null
book="$PWD/$out/book-contract.csv"
for limit in $mainnet_gas $no_limit; do
    (cd "$peers" && BLOCK_GAS_LIMIT=$limit node auction.cjs "$book") >>"$out/auction.csv"
done

cargo bench --locked --quiet -p node -p client --bench import -- --csv "$PWD/$out/import.csv" >"$out/import.md"

say "$(uname -m), $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(rustc --version)"
say "$(python3 --version), node $(node --version), $(tr '\n' ' ' <"$peers/requirements.txt")"
"$out/python/bin/python" "$peers/table.py" "$out/clearing.csv" "$out/auction.csv" "$out/peers.csv"
echo
cat "$out/import.md"
say "written: $out/peers.csv, $out/import.csv"
