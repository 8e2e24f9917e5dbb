"""Clears a book with PyMarket and with two clearings written for NumPy: clearing.py BOOK.csv [--pymarket]

Prints a line of CSV for each: name, seconds of the fastest run, energy traded in watt-hours.
"""

import csv
import sys
import time

import numpy as np


def read(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    sides = {}
    for side in ("bid", "offer"):
        own = [row for row in rows if row["side"] == side]
        sides[side] = {
            "participant": np.array([int(row["participant"]) for row in own]),
            "price": np.array([int(row["gwei_per_kwh"]) for row in own], dtype=np.int64),
            "energy": np.array([int(row["wh"]) for row in own], dtype=np.int64),
        }
    return sides["bid"], sides["offer"]


def trades(bids, offers):
    """Walks both sides' step curves at once: who trades with whom, and how much."""
    down = np.argsort(-bids["price"], kind="stable")
    up = np.argsort(offers["price"], kind="stable")
    demand = np.cumsum(bids["energy"][down])
    supply = np.cumsum(offers["energy"][up])
    ends = np.union1d(demand, supply)
    ends = ends[ends <= min(demand[-1], supply[-1])]
    buyer = down[np.searchsorted(demand, ends)]
    seller = up[np.searchsorted(supply, ends)]
    energy = np.diff(ends, prepend=0)
    made = bids["price"][buyer] >= offers["price"][seller]
    # Prices fall and reserves rise: what comes after the first refusal is refused, too.
    count = len(made) if made.all() else int(np.argmin(made))
    return buyer[:count], seller[:count], energy[:count]


def pay_as_bid(bids, offers):
    buyer, seller, energy = trades(bids, offers)
    # An amount in planck may take more than 64 bits; in gwei times watt-hours it does not.
    return buyer, seller, energy, bids["price"][buyer] * energy


def uniform(bids, offers):
    buyer, seller, energy = trades(bids, offers)
    price = bids["price"][buyer[-1]] if len(buyer) else 0
    return buyer, seller, energy, price * energy


def pymarket(bids, offers, mechanism):
    import pymarket as pm

    market = pm.Market()
    for side, buying in ((bids, True), (offers, False)):
        columns = (side["energy"], side["price"], side["participant"])
        for energy, price, participant in zip(*(column.tolist() for column in columns)):
            market.accept_bid(energy, price, participant, buying)
    transactions, _ = market.run(mechanism)
    frame = transactions.get_df()
    return frame[frame["bid"] < len(bids["price"])]["quantity"].sum()


def fastest(work, runs):
    best, result = float("inf"), None
    for _ in range(runs):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def main():
    bids, offers = read(sys.argv[1])
    for name, work in (("NumPy, pay-as-bid", pay_as_bid), ("NumPy, uniform price", uniform)):
        seconds, result = fastest(lambda: work(bids, offers), 7)
        print(f'"{name}",{seconds:.9f},{result[2].sum()}')
    if "--pymarket" in sys.argv:
        for mechanism in ("huang", "muda", "p2p"):
            try:
                seconds, energy = fastest(lambda: pymarket(bids, offers, mechanism), 1)
            except Exception as error:  # noqa: BLE001 - a mechanism that cannot take the book is a result
                print(f"PyMarket {mechanism}: {type(error).__name__}: {error}", file=sys.stderr)
                continue
            print(f'"PyMarket, {mechanism}",{seconds:.9f},{energy:.0f}')


main()
