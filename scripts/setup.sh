#!/usr/bin/env bash
# Installs what a fresh Debian or Ubuntu lacks to build Gridbid; run again, it does nothing.
# It changes no default of yours: a distribution's Rust is used for this checkout alone.
set -euo pipefail

cd "$(dirname "$0")/.."
readonly MINIMUM_RUST=88 # 1.88
readonly TARGET=wasm32v1-none

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else
        command -v sudo >/dev/null || fail "missing: root rights (or sudo) to run: $*"
        sudo "$@"
    fi
}

apt_updated=no
apt_install() {
    command -v apt-get >/dev/null || fail "missing: $* (this system has no apt-get; install them by hand)"
    if [ "$apt_updated" = no ]; then
        as_root apt-get update -qq >/dev/null || fail "missing: a package list (apt-get update failed)"
        apt_updated=yes
    fi
    say "installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
        fail "missing: $* (apt-get install failed)"
}

# --- build tools -------------------------------------------------------------------------------
packages=()
need() { command -v "$1" >/dev/null || packages+=("$2"); }
need protoc protobuf-compiler
need clang clang
need cmake cmake
need pkg-config pkg-config
need make make
need gcc gcc
need g++ g++
need git git
need curl curl
need node nodejs
need npm npm
need python3 python3
need faketime faketime # tests set the node's wall clock
need openssl openssl # tests make a broker's certificate
ls /usr/lib/llvm-*/lib/libclang*.so* >/dev/null 2>&1 || packages+=(libclang-dev)
[ -e /etc/ssl/certs/ca-certificates.crt ] || packages+=(ca-certificates)
# The tests start a broker of their own; where the package starts one, too, it is not wanted.
[ -x /usr/sbin/mosquitto ] || packages+=(mosquitto)
[ ${#packages[@]} = 0 ] || apt_install "${packages[@]}"
case " ${packages[*]-} " in
    *" mosquitto "*) [ ! -d /run/systemd/system ] || as_root systemctl disable --quiet --now mosquitto ;;
esac

# --- Rust --------------------------------------------------------------------------------------
minor() { "$1" --version 2>/dev/null | sed -nE 's/^rustc 1\.([0-9]+)\..*/\1/p'; }
new_enough() {
    local found
    found=$(minor "$1")
    [ -n "$found" ] && [ "$found" -ge "$MINIMUM_RUST" ]
}
has_target() { ls "$("$1" --print sysroot)/lib/rustlib/$TARGET/lib"/libcore-*.rlib >/dev/null 2>&1; }
ready() { command -v cargo >/dev/null && command -v rustc >/dev/null && new_enough rustc && has_target rustc; }

# Adds the target to the toolchain that is active here, where rustup can fetch it.
from_rustup() {
    command -v rustup >/dev/null && new_enough rustc &&
        timeout 300 rustup target add "$TARGET" >/dev/null 2>&1 && ready
}

# The sysroot of a Rust that the distribution packages, installed if need be.
distribution_sysroot() {
    local flavour attempt root packages
    for flavour in -web $(apt-cache search --names-only '^rustc-1\.[0-9]+$' | sed -nE 's/^rustc(-1\.[0-9]+) .*/\1/p' | sort -Vr | head -n 1) ""; do
        apt-cache show "rustc$flavour" >/dev/null 2>&1 || continue
        case $flavour in
            -web) packages=(rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web) ;;
            "") packages=(rustc cargo rust-src rust-clippy rustfmt) ;;
            *) packages=("rustc$flavour" "cargo$flavour" "rust$flavour-src" "rust$flavour-clippy" "rustfmt$flavour") ;;
        esac
        for attempt in found installed; do
            [ $attempt = found ] || apt_install "${packages[@]}" >&2
            dpkg -s "${packages[@]}" >/dev/null 2>&1 || continue
            for root in "/usr/lib/rust$flavour" /usr; do
                if [ -x "$root/bin/rustc" ] && new_enough "$root/bin/rustc"; then
                    echo "$root"
                    return
                fi
            done
        done
    done
    fail "missing: Rust 1.$MINIMUM_RUST or newer with the target $TARGET (rustup could not add it, no package has it)"
}

# Builds core and alloc for the target from the distribution's source package and puts them in its sysroot.
build_target() {
    local root=$1 lld work library
    library="$root/lib/rustlib/$TARGET/lib"
    lld=$(ls /usr/bin/lld-[0-9]* 2>/dev/null | sort -V | tail -n 1)
    if [ -z "$lld" ]; then
        apt_install "$(apt-cache search --names-only '^lld-[0-9]+$' | awk '{print $1}' | sort -V | tail -n 1)"
        lld=$(ls /usr/bin/lld-[0-9]* | sort -V | tail -n 1)
    fi
    as_root ln -sf "$lld" "$root/lib/rustlib/$(uname -m)-unknown-linux-gnu/bin/rust-lld"
    say "building $TARGET's core and alloc from the distribution's sources"
    work=$(mktemp -d)
    mkdir "$work/src"
    printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n' >"$work/Cargo.toml"
    echo '#![no_std]' >"$work/src/lib.rs"
    # The runtime is built with link-time optimisation, which reads bitcode.
    (cd "$work" && env -u RUSTUP_TOOLCHAIN -u CARGO_BUILD_TARGET PATH="$root/bin:$PATH" CARGO_TARGET_DIR="$work/target" \
        RUSTFLAGS="-C embed-bitcode=yes" RUSTC_BOOTSTRAP=1 RUSTC="$root/bin/rustc" \
        "$root/bin/cargo" build --release --quiet -Zbuild-std=core,alloc --target "$TARGET") ||
        fail "missing: $TARGET (building its core and alloc failed)"
    as_root mkdir -p "$library"
    as_root cp "$work/target/$TARGET/release/deps"/lib{core,alloc,compiler_builtins}-*.rlib "$library/"
    rm -rf "$work"
}

from_distribution() {
    command -v apt-get >/dev/null || fail "missing: Rust 1.$MINIMUM_RUST or newer with the target $TARGET"
    # A package list is needed to choose among the packages.
    [ "$apt_updated" = yes ] || { as_root apt-get update -qq >/dev/null && apt_updated=yes; }
    local root
    root=$(distribution_sysroot)
    has_target "$root/bin/rustc" || build_target "$root"
    if command -v rustup >/dev/null; then
        rustup toolchain list | grep -q '^gridbid' || rustup toolchain link gridbid "$root"
        rustup override set gridbid --path "$PWD" >/dev/null 2>&1
    fi
    ready || fail "missing: $root/bin in front of PATH (another Rust comes first)"
}

if ! ready; then from_rustup || from_distribution; fi
say "ready: $(rustc --version), target $TARGET"
