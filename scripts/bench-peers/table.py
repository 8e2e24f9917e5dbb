"""Turns the measurements into a table with ratios, and into a CSV: table.py CLEARING.csv AUCTION.csv OUT.csv"""

import csv
import sys

SECONDS_A_BLOCK = 12


def main():
    with open(sys.argv[1], newline="") as file:
        clearing = [(int(n), name, float(s), int(wh)) for n, name, s, wh in csv.reader(file)]
    with open(sys.argv[2], newline="") as file:
        auction = [[int(row[0]), int(row[1]), *map(int, row[2:5]), *map(float, row[5:8]), int(row[8])] for row in csv.reader(file)]
    rows = []
    print("| clearing | bids | seconds | ns a bid | bids/s | times Gridbid's | energy traded, Wh |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    ours = {bids: seconds for bids, name, seconds, _ in clearing if name == "Gridbid"}
    for bids, name, seconds, energy in clearing:
        ratio = seconds / ours[bids]
        print(f"| {name} | {bids:,} | {seconds:.6f} | {seconds / bids * 1e9:,.0f} | {bids / seconds:,.0f} | {ratio:,.1f} | {energy:,} |")
        rows.append([f"clearing: {name}", bids, f"{seconds / bids:.12f}", f"{bids / seconds:.1f}", f"{ratio:.3f}", ""])
    print()
    print("| contract on hardhat's node | bids | gas a bid: commit, reveal, settle | us a bid: commit, reveal, settle | bids/s here | bids/s at a block every 12 s |")
    print("| --- | ---: | --- | --- | ---: | ---: |")
    for limit, bids, *rest in auction:
        gas, seconds = rest[:3], rest[3:6]
        name = f"{limit:,} gas a block" if limit < 10**9 else "blocks without limit"
        wall = bids / sum(seconds)
        paced = f"{limit / sum(gas) / SECONDS_A_BLOCK:,.1f}" if limit < 10**9 else "-"
        micros = ", ".join(f"{part / bids * 1e6:,.0f}" for part in seconds)
        print(f"| {name} | {bids:,} | {', '.join(f'{part:,}' for part in gas)}; {sum(gas):,} in all | {micros} | {wall:,.0f} | {paced} |")
        rows.append([f"contract: {name}", bids, f"{sum(seconds) / bids:.9f}", f"{wall:.1f}", "", sum(gas)])
    with open(sys.argv[3], "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["what", "bids", "seconds_a_bid", "bids_a_second", "times_gridbid", "gas_a_bid"])
        writer.writerows(rows)


main()
