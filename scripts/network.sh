#!/usr/bin/env bash
# A network on this machine: four validators, and a node and a gateway for each site (zombienet/network.toml).
#   start   starts it with zombie-cli and shows where everything listens, until Ctrl-C
#   test    starts it, tests it, and stops it: at most 25 minutes
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
if [ "$1" = start ]; then
    command -v zombie-cli >/dev/null || { echo "network: zombie-cli is missing: cargo install --locked zombie-cli --version 0.7.1" >&2; exit 1; }
else
    # What the network is upgraded to.
    if [ -z "${GRIDBID_NEXT_RUNTIME:-}" ]; then
        cargo build --locked --release -p runtime-wasm --features increment-spec-version
        GRIDBID_NEXT_RUNTIME="$CARGO_TARGET_DIR/release/wbuild/runtime/increment-spec-version.compact.compressed.wasm"
    fi
    export GRIDBID_NEXT_RUNTIME
    cargo test --locked --no-run --manifest-path zombienet/Cargo.toml
fi

readonly FOLDER="$(mktemp -d)"
export GRIDBID_SITE="$PWD/zombienet/site" GRIDBID_KEYS="$FOLDER/keys" GRIDBID_CHAIN="$FOLDER/chain.json"
export GRIDBID_NETWORK="$FOLDER/network"
group=
# Nothing outlives this script, whichever way it ends: all that it starts is in one group of processes.
cleanup() {
    local outcome=$?
    # A second Ctrl-C, or a terminal that goes away, too, does not end it half done.
    trap '' INT TERM HUP
    trap - EXIT
    if [ -n "$group" ]; then
        kill -KILL -- "-$group" 2>/dev/null || true
        wait "$group" 2>/dev/null || true
    fi
    case "$outcome" in
        # Done, or ended by who started it.
        0 | 130 | 143) rm -rf "$FOLDER" ;;
        *) echo "network: the nodes' logs are in $GRIDBID_NETWORK" >&2 ;;
    esac
    exit "$outcome"
}
trap cleanup EXIT
trap 'trap "" INT TERM HUP; exit 130' INT
trap 'trap "" INT TERM HUP; exit 143' TERM HUP

in_group() {
    setsid "$@" &
    group=$!
    wait "$group"
}

command -v python3 >/dev/null || { echo "network: python3 is missing" >&2; exit 1; }
# Zombienet takes no port on which a connection of the network before is still closing: that lasts a minute.
for port in $(sed -n 's/.*name = "http", port = \([0-9]*\).*/\1/p' zombienet/network.toml); do
    for waited in $(seq 0 75); do
        python3 -c "import socket; socket.socket().bind(('127.0.0.1', $port))" 2>/dev/null && break
        [ "$waited" -lt 75 ] || { echo "network: port $port, which a gateway needs, is in use" >&2; exit 1; }
        sleep 1
    done
done

# Each site's agent key goes into its own node's keystore, its meter's key to its own gateway.
umask 077
for name in LA1 LA2 LA3 MG1 RES; do
    mkdir -p "$GRIDBID_KEYS/$name"
    echo "//$name//agent" >"$GRIDBID_KEYS/$name/agent.key"
    echo "//$name//meter" >"$GRIDBID_KEYS/$name/meter.key"
    "$GRIDBID_NODE" key insert --chain local --keystore-path "$GRIDBID_KEYS/$name/keystore" \
        --key-type grid --scheme ed25519 --suri "$GRIDBID_KEYS/$name/agent.key"
done

# The first day is just before its release closes, so that the second one is traded.
"$GRIDBID_NODE" export-chain-spec --chain local >"$FOLDER/plain.json"
readonly ANCHOR=$((($(date +%s) - 150) * 1000))
sed -i "s/\"anchor\": [0-9]*/\"anchor\": $ANCHOR/" "$FOLDER/plain.json"
"$GRIDBID_NODE" export-chain-spec --chain "$FOLDER/plain.json" --raw >"$GRIDBID_CHAIN"

if [ "$1" = start ]; then
    in_group zombie-cli spawn --provider native zombienet/network.toml
else
    in_group timeout --foreground --kill-after=10 1500 cargo test --locked --manifest-path zombienet/Cargo.toml -- --nocapture
fi
