#!/usr/bin/env python3
"""Prints, from the files that scripts/weights.sh has written, what each call and step reads, writes and costs.

scripts/weights.py FOLDER

Microseconds; components at nothing. The last tables set the transactions of a bid beside a transfer of the same run:
base, extensions, call and database.
"""

import pathlib
import re
import sys

READ, WRITE = 8.0, 50.0  # microseconds of ParityDbWeight
BASE = 108.157  # ExtrinsicBaseWeight
EXTENSIONS = [
    ("frame_system_extensions", "check_non_zero_sender"),
    ("frame_system_extensions", "check_spec_version"),
    ("frame_system_extensions", "check_tx_version"),
    ("frame_system_extensions", "check_genesis"),
    ("frame_system_extensions", "check_mortality_mortal_transaction"),
    ("frame_system_extensions", "check_nonce"),
    ("frame_system_extensions", "check_weight"),
    ("pallet_transaction_payment", "charge_transaction_payment"),
    ("frame_system_extensions", "weight_reclaim"),
]


def functions(text):
    """Name, time, reads and writes of each function of a file."""
    body = text.split("impl WeightInfo for () {", 1)[1]
    for name, code in re.findall(r"\n    fn (\w+)\([^)]*\) -> Weight \{(.*?)\n    \}", body, re.S):
        first = re.search(r"from_parts\(([\d_]+), ", code)
        count = lambda what: int((re.search(rf"\.{what}\((\d+)\)", code) or [0, 0])[1])
        yield name, int(first[1].replace("_", "")) / 1e6, count("reads"), count("writes")


def main(folder):
    costs = {}
    for path in sorted(pathlib.Path(folder).glob("*.rs")):
        for name, time, reads, writes in functions(path.read_text()):
            costs[path.stem, name] = (time, reads, writes)
    total = lambda key: costs[key][0] + READ * costs[key][1] + WRITE * costs[key][2]

    print("\n| pallet | call or step | us of code | reads | writes | us with the database |\n| --- | --- | ---: | ---: | ---: | ---: |")
    for (pallet, name), (time, reads, writes) in costs.items():
        if pallet.startswith("pallet_") and pallet not in ("pallet_balances", "pallet_transaction_payment") or pallet == "validators":
            print(f"| {pallet.removeprefix('pallet_')} | `{name}` | {time:.0f} | {reads} | {writes} | {total((pallet, name)):.0f} |")

    common = BASE + sum(total(key) for key in EXTENSIONS)
    transfer = common + total(("pallet_balances", "transfer_keep_alive"))
    auction = lambda name: total(("pallet_blind_auction", name))
    seal, reveal = common + auction("seal"), common + auction("reveal")
    clearing = auction("fetch") + auction("fill")
    print("\n| a bid's | us | transfers |\n| --- | ---: | ---: |")
    for name, cost in [
        ("transfer, for comparison", transfer),
        ("seal", seal),
        ("reveal", reveal),
        ("clearing and payment: `fetch` and `fill`", clearing),
        ("all three", seal + reveal + clearing),
    ]:
        print(f"| {name} | {cost:.0f} | {cost / transfer:.2f} |")


main(sys.argv[1])
