// Chopsticks forks a running development chain whose bids are revealed and makes blocks of its own in another time: the
// period is cleared, metered out and settled there, while the chain stands. GRIDBID_NODE names the node's executable.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiPromise } from '@polkadot/api';
import { ChopsticksProvider, destroyWorker, getSlotDuration, setStorage, setup, timeTravel } from '@acala-network/chopsticks-core';
import { Chain } from '../js/chain.mjs';

const PERIOD = 1;
/** A fork's block takes seconds: it interprets the runtime's Wasm. */
const TIMEOUT_MS = 900_000;

/** A fork of what a chain has at its head, and the events of the blocks that it makes. */
class Fork {
  static async of(chain) {
    const fork = new Fork();
    fork.chain = await setup({ endpoint: chain.provider.endpoint });
    // Chopsticks asks the Wasm for a slot's length, without the state that keeps it, and makes its blocks at the default's.
    await setStorage(fork.chain, { Slots: { SlotDuration: await getSlotDuration(fork.chain.head) } });
    fork.api = await ApiPromise.create({ provider: new ChopsticksProvider(fork.chain), noInitWarn: true });
    return fork;
  }

  async close() {
    await this.api?.disconnect();
    await this.chain?.close();
    await destroyWorker();
  }

  /** Makes blocks from a moment on until an event is among theirs; gives all the events. */
  async blocksFrom(moment, wanted, most) {
    await timeTravel(this.chain, moment);
    const events = [];
    for (let made = 0; made < most; made += 1) {
      await this.chain.newBlock();
      const at = await this.api.at(this.chain.head.hash);
      events.push(...(await at.query.system.events()).map(({ event }) => event));
      if (events.some(wanted)) return events;
    }
    const names = events.map((event) => `${event.section}.${event.method}`);
    throw new Error(`not within ${most} blocks: ${names.join(' ')}`);
  }
}

test('a fork passes a period', { timeout: TIMEOUT_MS }, async () => {
  assert.ok(process.env.GRIDBID_NODE, 'GRIDBID_NODE names the node');
  const chain = await Chain.start(process.env.GRIDBID_NODE);
  let fork;
  try {
    await chain.window('reveal', PERIOD);
    await chain.until(async ({ due }) => due.length === 0, 'all bids are revealed');
    const forkedAt = (await chain.dev('status')).block;
    fork = await Fork.of(chain);
    const { api } = fork;
    assert.equal(fork.chain.head.number, forkedAt);
    const isOfPeriod = ({ data }) => data.delivery.day.toNumber() === 0 && data.delivery.period.toNumber() === PERIOD;
    const { anchor, periodLength } = (await api.call.marketApi.clock()).calendar;
    const length = periodLength.toNumber();
    const start = anchor.toNumber() + PERIOD * length;

    const isCleared = (event) => api.events.blindAuction.Cleared.is(event) && isOfPeriod(event);
    const cleared = await fork.blocksFrom(start, isCleared, 4);
    const trades = cleared.filter((event) => api.events.blindAuction.Traded.is(event));
    assert.ok(trades.length > 0 && trades.every(isOfPeriod));

    // No worker acts in a fork: nobody reads a meter, and all are estimated when the window is over.
    const isSettled = (event) => api.events.settlement.PeriodSettled.is(event) && isOfPeriod(event);
    await fork.blocksFrom(start + length + length / 2, isSettled, 4);
    const delivery = { day: 0, period: PERIOD };
    const lines = (await api.call.marketApi.lines(delivery, 0, 100)).items;
    assert.equal(lines.length, 6);
    assert.ok(lines.every(({ settled }) => settled.isSome));
    const metered = lines.filter(({ line }) => line.actual.isSome);
    assert.ok(metered.length === 5 && metered.every(({ line }) => line.estimated.isTrue));
    const money = ({ line }) => line.peerToPeerMoney.unwrapOrDefault().toBigInt() + line.balancedMoney.toBigInt();
    assert.equal(lines.reduce((sum, line) => sum + money(line), 0n), 0n);
    const next = await api.call.marketApi.clock();
    assert.equal(next.nextToSettle.unwrap().period.toNumber(), PERIOD + 1);

    assert.equal((await chain.dev('status')).block, forkedAt, 'the chain stands');
    assert.ok((await chain.api.call.marketApi.lines(delivery, 0, 100)).items.every(({ settled }) => settled.isNone));
    console.log(`forked at block ${forkedAt}; blocks to ${fork.chain.head.number}, ${trades.length} trades, ${lines.length} lines`);
  } finally {
    await fork?.close();
    await chain.stop();
  }
});
