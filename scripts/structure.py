#!/usr/bin/env python3
"""What the structure of the product promises (ARCHITECTURE.md), checked from its sources:

- no two files of a crate import each other: neither is read without the other otherwise;
- crates/market depends on no crate of FRAME;
- no pallet depends on another pallet, and none of the crates below the runtime on one above them;
- no dependency that we name is built in two versions because of us.

A parent that passes on what its child defines (`pub use child::..`) imports nothing of it. Tests, mocks and benchmarks are
not the product. `structure.py --self-test` shows that each check can fail.
"""
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOT_PRODUCT = re.compile(r"(^|/)(tests?|benches|examples|mock|testing|benchmarking|fuzz)(/|\.rs$)")
USE = re.compile(r"^\s*(pub(?:\([^)]*\))?\s+)?use\s+((?:crate|super|self)\b[^;]*);", re.M)
TESTS = re.compile(r"^#\[cfg\(test\)\]\s*mod\s+\w+\s*\{", re.M)


def paths_of(tree, prefix=()):
    """The paths of a use tree: `a::{b, c::d}` gives a::b and a::c::d."""
    tree = tree.strip()
    if "{" not in tree:
        return [prefix + tuple(tree.split(" as ")[0].strip().split("::"))]
    head, _, rest = tree.partition("{")
    prefix += tuple(part for part in head.strip().strip(":").split("::") if part)
    inner, depth, start, parts = rest[: rest.rindex("}")], 0, 0, []
    for index, char in enumerate(inner):
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            parts.append(inner[start:index])
            start = index + 1
    parts.append(inner[start:])
    return [path for part in parts if part.strip() for path in paths_of(part, prefix)]


def module_of(source, file):
    parts = list(file.relative_to(source).with_suffix("").parts)
    if parts[-1] in ("mod", "lib", "main"):
        parts.pop()
    return tuple(parts)


def imports(source):
    """Which file of a crate imports from which others."""
    files = {}
    for file in sorted(source.rglob("*.rs")):
        if not NOT_PRODUCT.search(str(file.relative_to(source))) and file.name != "main.rs":
            files[module_of(source, file)] = file
    edges = {file: set() for file in files.values()}
    for module, file in files.items():
        text = file.read_text()
        tests = TESTS.search(text)
        for passed_on, tree in USE.findall(text[: tests.start()] if tests else text):
            for path in paths_of(tree):
                where = {"crate": (), "self": module, "super": module[:-1]}[path[0]]
                rest = path[1:]
                while rest and rest[0] == "super":
                    where, rest = where[:-1], rest[1:]
                target = where
                while rest and target + (rest[0],) in files:
                    target, rest = target + (rest[0],), rest[1:]
                is_child = target[: len(module)] == module and target != module
                if target in files and files[target] != file and not (passed_on and is_child):
                    edges[file].add(files[target])
    return edges


def mutual(root):
    for manifest in sorted(root.glob("*/Cargo.toml")) + sorted(root.glob("*/*/Cargo.toml")):
        source = manifest.parent / "src"
        if manifest.parent.name in ("fuzz", "zombienet") or not source.is_dir():
            continue
        edges = imports(source)
        for file, others in edges.items():
            for other in sorted(others):
                if file < other and file in edges[other]:
                    yield f"{file.relative_to(root)} and {other.relative_to(root)} import each other"


def dependencies(manifest):
    """The crates that a manifest names, but for tests and builds."""
    section, names = "", set()
    for line in manifest.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
        elif section == "dependencies" and "=" in line:
            names.add(line.split("=")[0].split(".")[0].strip())
    return names


def crates(root):
    below = {
        "crates/market": re.compile(r"^(frame|pallet-|sp-io|scenario|worker|runtime|node|client)"),
        "crates/scenario": re.compile(r"^(frame|pallet-|import|worker|runtime|node|client)"),
        "crates/import": re.compile(r"^(frame|pallet-|worker|runtime|node|client)"),
        "crates/worker": re.compile(r"^(pallet-|scenario|runtime|node|client)"),
        "client": re.compile(r"^(frame|pallet-|runtime$|node$)"),
    }
    for pallet in sorted(root.glob("pallets/*")):
        below[str(pallet.relative_to(root))] = re.compile(r"^(pallet-|scenario|runtime|node|client)")
    for place, above in below.items():
        manifest = root / place / "Cargo.toml"
        for name in sorted(dependencies(manifest)) if manifest.exists() else ():
            if above.match(name):
                yield f"{place} depends on {name}"


# What comes in another version by a crate that we cannot do without.
IN_TWO_VERSIONS = {
    "jsonrpsee",  # the SDK's node has 0.24, subxt 0.26
    "jiff",  # on no system that the node runs on
}


def duplicates(root):
    """Dependencies of the workspace that Cargo.lock has in several versions."""
    named, section = set(), ""
    for line in (root / "Cargo.toml").read_text().splitlines() if (root / "Cargo.toml").exists() else ():
        if line.startswith("["):
            section = line.strip("[] ")
        elif section == "workspace.dependencies" and "=" in line:
            renamed = re.search(r'package = "([^"]+)"', line)
            named.add(renamed[1] if renamed else line.split("=")[0].strip())
    lock = (root / "Cargo.lock").read_text() if (root / "Cargo.lock").exists() else ""
    versions = re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', lock)
    for name in sorted(named - IN_TWO_VERSIONS):
        found = sorted({version for other, version in versions if other == name})
        if len(found) > 1:
            yield f"{name} is built in versions {', '.join(found)}"


def faults(root):
    return [*mutual(root), *crates(root), *duplicates(root)]


def self_test():
    """Each check finds what breaks it."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for place, text in {
            "crates/market/Cargo.toml": "[dependencies]\nframe-support.workspace = true\n",
            "crates/market/src/lib.rs": "pub mod a;\npub mod b;\npub use a::A;\n",
            "crates/market/src/a.rs": "use crate::{b::{B, C}};\n",
            "crates/market/src/b.rs": "use super::a::A;\n",
            "Cargo.toml": "[workspace.dependencies]\ncsv = \"1\"\n",
            "Cargo.lock": 'name = "csv"\nversion = "1.0.0"\n\nname = "csv"\nversion = "2.0.0"\n',
            "pallets/one/Cargo.toml": "[dependencies]\npallet-two = { workspace = true }\n",
            "pallets/one/src/lib.rs": "mod c;\nuse crate::c::C;\n",
            "pallets/one/src/c.rs": "use crate::Pallet;\n",
        }.items():
            file = root / place
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        found = faults(root)
        expected = [
            "crates/market/src/a.rs and crates/market/src/b.rs import each other",
            "pallets/one/src/c.rs and pallets/one/src/lib.rs import each other",
            "crates/market depends on frame-support",
            "pallets/one depends on pallet-two",
            "csv is built in versions 1.0.0, 2.0.0",
        ]
        assert found == expected, found


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    broken = faults(ROOT)
    print("\n".join(broken), file=sys.stderr, end="\n" if broken else "")
    sys.exit(1 if broken else 0)
