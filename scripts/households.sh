#!/usr/bin/env bash
# Imports scenarios/households anew from the files as HAMLET publishes them, and compares: it is what is in the repository.
# --write takes over what differs. HAMLET names a checkout that is at hand.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

readonly COMMIT=22a03a4097aadb6db680dc8dae9f4c2bf8dc46e0
readonly FOLDER=scenarios/households
readonly GRIDBID="${GRIDBID:-$CARGO_TARGET_DIR/release/gridbid}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

hamlet="${HAMLET:-}"
if [ -z "$hamlet" ]; then
    hamlet="$work/hamlet"
    git clone --quiet --filter=blob:none --no-checkout https://github.com/tum-ens/HAMLET "$hamlet"
    git -C "$hamlet" sparse-checkout set --no-cone input_data/agents/sfh/inflexible-load input_data/agents/sfh/pv
    git -C "$hamlet" checkout --quiet "$COMMIT"
fi

"$GRIDBID" import "$FOLDER/import.toml" --data "$hamlet/input_data/agents/sfh" --out "$work/households"
if [ "${1:-}" = --write ]; then
    cp "$work"/households/* "$FOLDER/"
fi
for file in "$work"/households/*; do
    cmp "$file" "$FOLDER/$(basename "$file")"
done
echo "households: the same as in the repository"
