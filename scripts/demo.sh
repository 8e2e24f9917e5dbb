#!/usr/bin/env bash
# One market day of the paper on a real node with real off-chain workers; figures and bills in out/paper/.
#   --keep   leaves the node up afterwards, at a person's pace, for Polkadot.js Apps
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

case "${1:-}" in
    "" | --keep) ;;
    *) echo "usage: scripts/demo.sh [--keep]" >&2; exit 2 ;;
esac
./scripts/setup.sh
cargo build --locked --release
# gridbid starts the node, and stops it on every way out.
exec "$CARGO_TARGET_DIR/release/gridbid" run scenarios/paper --days 1 --out out/paper "$@"
