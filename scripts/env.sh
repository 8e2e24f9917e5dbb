# Sourced by the other scripts: one warm target folder for every checkout, unless you name another.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/gridbid/target}"
