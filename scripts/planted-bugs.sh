#!/usr/bin/env bash
# The fuzzer finds what it is there to find: applies each planted bug of fuzz/bugs to a copy of the last commit,
# and fails where the bounded fuzzer does not notice.
# Usage: scripts/planted-bugs.sh [patch...]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
export SKIP_WASM_BUILD=1
# A number of actions within which each is found.
ACTIONS="${ACTIONS:-6000}"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
git archive HEAD | tar -x -C "$work"
CARGO_TARGET_DIR="$(realpath -m "$CARGO_TARGET_DIR")"
export CARGO_TARGET_DIR

# What is built of a patched copy must never pass for the checkout's: another number of codegen units is
# another name for these packages, while their dependencies are shared.
apart=()
for package in market pallet-participants pallet-terms pallet-energy-tasks pallet-blind-auction pallet-settlement pallet-offices runtime fuzz; do
    apart+=(--config "profile.dev.package.$package.codegen-units=197")
done

patches=("$@")
[ ${#patches[@]} -gt 0 ] || patches=(fuzz/bugs/*.patch)
missed=0
for patch in "${patches[@]}"; do
    patch="$(realpath "$patch")"
    name="$(basename "$patch" .patch)"
    (cd "$work" && patch --silent -p1 < "$patch")
    (cd "$work" && cargo build --locked --quiet "${apart[@]}" -p fuzz --features runtime-benchmarks,try-runtime)
    if (cd "$work" && "$CARGO_TARGET_DIR/debug/fuzz" run --actions "$ACTIONS" --seed 1 --corpus "$work") > "$work/log" 2>&1; then
        echo "MISSED $name"
        missed=1
    elif grep -q '^seed 1, chain' "$work/log"; then
        echo "found  $name: $(grep -m1 '^seed 1, chain' "$work/log" | cut -c1-160)"
    else
        echo "FAILED $name: $(tail -n 3 "$work/log")"
        missed=1
    fi
    (cd "$work" && patch --silent -R -p1 < "$patch")
done
exit "$missed"
