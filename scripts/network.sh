#!/usr/bin/env bash
# A network on this machine: four validators, and a node and a gateway for each site (zombienet/network.toml).
#   start   starts it with zombie-cli and shows where everything listens, until Ctrl-C
#   test    starts it, tests it, and stops it
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

case "${1:-}" in
    start | test) ;;
    *) echo "usage: scripts/network.sh start|test" >&2; exit 2 ;;
esac
export GRIDBID_NODE="${GRIDBID_NODE:-$CARGO_TARGET_DIR/release/node}" GRIDBID="${GRIDBID:-$CARGO_TARGET_DIR/release/gridbid}"
for file in "$GRIDBID_NODE" "$GRIDBID"; do
    [ -x "$file" ] || { echo "network: $file is missing: cargo build --locked --release makes it" >&2; exit 1; }
done
export GRIDBID_SITE="$PWD/zombienet/site" GRIDBID_KEYS
GRIDBID_KEYS=$(mktemp -d)
trap 'rm -rf "$GRIDBID_KEYS"' EXIT

# Each site's agent key goes into its own node's keystore, its meter's key to its own gateway.
umask 077
for name in LA1 LA2 LA3 MG1 RES; do
    mkdir "$GRIDBID_KEYS/$name"
    echo "//$name//agent" >"$GRIDBID_KEYS/$name/agent.key"
    echo "//$name//meter" >"$GRIDBID_KEYS/$name/meter.key"
    "$GRIDBID_NODE" key insert --chain local --keystore-path "$GRIDBID_KEYS/$name/keystore" \
        --key-type grid --scheme ed25519 --suri "$GRIDBID_KEYS/$name/agent.key"
done

if [ "$1" = start ]; then
    command -v zombie-cli >/dev/null || { echo "network: cargo install --locked zombie-cli" >&2; exit 1; }
    zombie-cli spawn --provider native zombienet/network.toml
else
    # What client and market need of the workspace is built without its Wasm.
    SKIP_WASM_BUILD=1 cargo test --locked --manifest-path zombienet/Cargo.toml -- --nocapture
fi
