#!/usr/bin/env bash
# Everything that has to hold: lints and documentation, unit and property tests, and market days on the real node.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
./scripts/setup.sh

step() { printf '\n== %s\n' "$*"; }

step "node and client (release)"
cargo build --locked --release

./scripts/check.sh

# The Wasm was built above.
export SKIP_WASM_BUILD=1
step "market and scenarios"
cargo test --locked -p market --features serde
cargo test --locked -p scenario
cargo test --locked -p inputs
step "workers, pallets and runtime"
cargo test --locked -p worker
for package in pallet-participants pallet-terms pallet-energy-tasks pallet-blind-auction pallet-settlement runtime fuzz; do
    cargo test --locked -p "$package" --features runtime-benchmarks,try-runtime
done

step "node and client against the real node"
export GRIDBID_NODE="$CARGO_TARGET_DIR/release/node"
# Without the skipping: it would build the runtime again.
env -u SKIP_WASM_BUILD cargo test --locked --release -p node -p client

step "a member's day by hand, through @polkadot/api"
(cd tests/js && npm ci --silent --no-audit --no-fund && npm test --silent)

step "the ecosystem's tools that take no build of their own"
./scripts/ecosystem.sh chopsticks
