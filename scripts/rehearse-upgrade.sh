#!/usr/bin/env bash
# Rehearses this checkout's runtime on the state of a running chain: scripts/rehearse-upgrade.sh http://127.0.0.1:9944
# It reads the node's latest finalized state by RPC and changes nothing there. See docs/upgrades.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
url="${1:?the RPC of a node, as in http://127.0.0.1:9944}"
GRIDBID_SNAPSHOT="$(mktemp)"
export GRIDBID_SNAPSHOT
trap 'rm -f "$GRIDBID_SNAPSHOT"' EXIT

node tests/js/snapshot.mjs "$url" "$GRIDBID_SNAPSHOT"
# The rehearsal runs the runtime as it is compiled for tests, not its Wasm.
SKIP_WASM_BUILD=1 cargo test --locked -p runtime --features runtime-benchmarks,try-runtime --test upgrade -- \
    --ignored --exact --nocapture rehearsal::upgrade_should_pass_all_checks_when_it_is_rehearsed_on_a_running_chain
