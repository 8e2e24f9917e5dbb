# Sourced by the other scripts, from the checkout's root: where Cargo builds.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
