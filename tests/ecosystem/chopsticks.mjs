// Chopsticks forks a running development chain after bids were revealed, makes blocks of its own in another time, and the
// period is cleared, metered out and settled there, while the chain stands. GRIDBID_NODE names the node's executable.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiPromise } from '@polkadot/api';
import { ChopsticksProvider, setup, timeTravel } from '@acala-network/chopsticks-core';
import { Chain } from '../js/chain.mjs';

const PERIOD = 1;

test('a fork passes a period', { timeout: 300_000 }, async () => {
  assert.ok(process.env.GRIDBID_NODE, 'GRIDBID_NODE names the node');
  const chain = await Chain.start(process.env.GRIDBID_NODE);
  let fork;
  let api;
  try {
    await chain.window('reveal', PERIOD);
    await chain.until(async ({ due }) => due.length === 0, 'all bids are revealed');
    const forkedAt = (await chain.dev('status')).block;
    fork = await setup({ endpoint: chain.provider.endpoint });
    api = await ApiPromise.create({ provider: new ChopsticksProvider(fork), noInitWarn: true });
    assert.equal(fork.head.number, forkedAt);

    const clock = await api.call.marketApi.clock();
    const { anchor, periodLength } = clock.calendar;
    const start = anchor.toNumber() + PERIOD * periodLength.toNumber();
    const events = [];
    const blocksFrom = async (time, count) => {
      await timeTravel(fork, time);
      for (let made = 0; made < count; made += 1) {
        await fork.newBlock();
        const at = await api.at(fork.head.hash);
        events.push(...(await at.query.system.events()).map(({ event }) => event));
      }
    };
    await blocksFrom(start, 4);
    const traded = events.filter((event) => api.events.blindAuction.Traded.is(event));
    assert.ok(traded.length > 0, events.map((event) => `${event.section}.${event.method}`).join(' '));
    assert.ok(traded.every(({ data }) => data.delivery.period.toNumber() === PERIOD));
    // Into the metering window, in which the fork has no worker, and past its end.
    await blocksFrom(start + periodLength.toNumber(), 3);
    await blocksFrom(start + 1.3 * periodLength.toNumber(), 4);
    const settled = events
      .filter((event) => api.events.settlement.PeriodSettled.is(event))
      .map(({ data }) => data.delivery.period.toNumber());
    assert.ok(settled.includes(PERIOD), `${settled}`);
    assert.equal((await chain.dev('status')).block, forkedAt, 'the chain stands');
  } finally {
    await api?.disconnect();
    await fork?.close();
    await chain.stop();
  }
});
