#!/usr/bin/env bash
# Everything that has to hold: checks, unit and property tests, and a market day on the real node.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
./scripts/setup.sh

step() { printf '\n== %s\n' "$*"; }

step "node and client (release)"
cargo build --locked --release

./scripts/check.sh

step "market, scenarios, pallets and runtime"
SKIP_WASM_BUILD=1 cargo test --locked --workspace --exclude node --exclude client \
    --features runtime-benchmarks,try-runtime

step "node and client against the real node"
export GRIDBID_NODE="$CARGO_TARGET_DIR/release/node"
SKIP_WASM_BUILD=1 cargo test --locked --release -p node -p client

step "a member's day by hand, through @polkadot/api"
(cd tests/js && npm ci --silent --no-audit --no-fund && npm test --silent)
