// What a wallet and Polkadot.js do with the chain: all metadata is decoded, every call, event and error is documented, the
// runtime APIs answer, LA4's account releases, seals and reveals a bid that clears while a subscription follows the day, and
// its bill and proof are read back and checked here. GRIDBID_NODE names the node's executable.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Metadata, TypeRegistry } from '@polkadot/types';
import * as util from '@polkadot/util';
import * as hashing from '@polkadot/util-crypto';
import { Chain, key, salt } from './chain.mjs';
import { isProven, leaf, leavesOf, proofOf, rootOf } from './proof.mjs';

const MARKET = ['participants', 'terms', 'energyTasks', 'blindAuction', 'settlement', 'offices'];
const VOLUME = 10_000;
const PRICE = 421_000_000;
const DAY_MS = 300_000;
const delivery = { day: 0, period: 0 };

let chain;
let api;
let wallet; // LA4's account, as a browser extension holds it
let id;

before(
  async () => {
    assert.ok(process.env.GRIDBID_NODE, 'GRIDBID_NODE names the node');
    chain = await Chain.start(process.env.GRIDBID_NODE);
    ({ api } = chain);
    wallet = key('sr25519', '//LA4');
    id = (await api.call.marketApi.acting(wallet.address)).unwrap().toNumber();
  },
  { timeout: 180_000 },
);

after(() => chain?.stop());

test('the chain says what a wallet shows', async () => {
  const properties = await api.rpc.system.properties();
  assert.equal(properties.tokenSymbol.unwrap()[0].toString(), 'ETH');
  assert.equal(properties.tokenDecimals.unwrap()[0].toNumber(), 18);
  assert.equal(properties.ss58Format.unwrap().toNumber(), 42);
  assert.ok(api.registry.signedExtensions.includes('CheckMetadataHash'));
});

test('all metadata is decoded, in every version that the chain offers', async () => {
  const versions = (await api.call.metadata.metadataVersions()).map((version) => version.toNumber());
  const stable = versions.filter((version) => version < 100);
  assert.ok(stable.length >= 2, `${versions}`);
  for (const version of stable) {
    const bytes = (await api.call.metadata.metadataAtVersion(version)).unwrap();
    const metadata = new Metadata(new TypeRegistry(), bytes.toHex());
    const names = metadata.asLatest.pallets.map((pallet) => pallet.name.toString());
    for (const pallet of ['Participants', 'Terms', 'EnergyTasks', 'BlindAuction', 'Settlement']) {
      assert.ok(names.includes(pallet), `version ${version}: ${names}`);
    }
  }
});

test('every call, event, error, storage item and constant of the market is documented', () => {
  const undocumented = [];
  const look = (kind, section, items) => {
    for (const [name, item] of Object.entries(items ?? {})) {
      const docs = item.meta?.docs?.map((line) => line.toString()).join(' ') ?? '';
      if (docs.trim() === '') undocumented.push(`${kind} ${section}.${name}`);
    }
  };
  for (const section of MARKET) {
    look('call', section, api.tx[section]);
    look('event', section, api.events[section]);
    look('error', section, api.errors[section]);
    look('constant', section, api.consts[section]);
    const items = Object.entries(api.query[section]).filter(([name]) => name !== 'palletVersion');
    look('storage', section, Object.fromEntries(items));
  }
  assert.deepEqual(undocumented, []);
});

test('the runtime APIs answer', async () => {
  const market = api.call.marketApi;
  const [info] = await market.participants(id, 1);
  assert.equal(info.name.toString(), 'LA4');
  assert.equal(info.role.type, 'LoadAggregator');
  assert.equal((await market.acting(info.agent)).unwrap().toNumber(), id);
  assert.ok((await market.acting(key('sr25519', '//Nobody').address)).isNone);
  const clock = await market.clock();
  assert.equal(clock.calendar.periodsPerDay.toNumber(), 24);
  assert.equal((await market.calendar(1)).periodLength.toNumber(), 3_600_000);
  const settings = await market.settings();
  assert.equal(settings.historyDays.toNumber(), 7);
  assert.equal((await market.gridPrices(delivery)).unwrap().tariff.toNumber(), 425_000_000);
  assert.equal((await market.tariff(0)).unwrap().steps.length, 6);
  assert.equal((await market.queue(delivery, null, 100)).length, 0);
  assert.ok(Array.isArray(await market.offers(delivery, null, 100)));
  assert.ok((await market.lines(delivery, 0, 100)).next.isNone);
  assert.ok((await market.line(delivery, id)).isNone);
  assert.ok((await market.bill(7, id)).isNone);
  assert.ok((await market.leaves(7, 0, 100)).isNone);
  assert.ok(Array.isArray(await market.due([info.agent])));
});

const commitment = () => chain.commitment(id, delivery, PRICE, salt(9));

test('a call is checked before it is sent, and its error tells what to do', async () => {
  const call = api.tx.blindAuction.seal(delivery, commitment(), PRICE);
  const refusal = (await api.call.marketApi.check(call.method, wallet.address)).asErr;
  assert.equal(refusal.name.toString(), 'BlindAuction.WindowNotOpen');
  const { docs, name, section } = api.registry.findMetaError(refusal.error.asModule);
  assert.equal(`${section}.${name}`, 'blindAuction.WindowNotOpen');
  assert.match(docs.join(' '), /Send it again when it has/);
});

test('the document’s snippet makes the commitment', async () => {
  const document = await readFile(new URL('../../docs/polkadot-js.md', import.meta.url), 'utf8');
  const snippet = document.split('```js')[1].split('```')[0];
  const said = [];
  // What Apps hands to a snippet.
  new Function('api', 'util', 'hashing', 'console', snippet)(api, util, hashing, { log: (...words) => said.push(...words) });
  const [commitment, secret] = said;
  assert.equal(commitment, chain.commitment(5, delivery, 420_000_000, util.hexToU8a(secret)));
});

test('the account releases, seals and reveals', async () => {
  const accepted = async (call, event) => {
    assert.ok((await api.call.marketApi.check(call.method, wallet.address)).isOk);
    const [outcome] = await chain.send(wallet, [call]);
    assert.equal(outcome.error, null);
    assert.ok(outcome.events.some((entry) => event.is(entry)), 'the event is there');
    // It did what it should, so its fee came back.
    const paid = outcome.events.find((entry) => api.events.transactionPayment.TransactionFeePaid.is(entry));
    assert.equal(paid.data.actualFee.toBigInt(), 0n);
  };
  await chain.until(({ open }) => open.release === 0, 'release of day 0');
  const positions = Array(24).fill({ Buy: VOLUME });
  await accepted(api.tx.energyTasks.release(0, positions), api.events.energyTasks.Released);
  await chain.window('sealing', 0);
  await accepted(api.tx.blindAuction.seal(delivery, commitment(), PRICE), api.events.blindAuction.Sealed);
  await chain.window('reveal', 0);
  const reveal = api.tx.blindAuction.reveal(delivery, PRICE, util.u8aToHex(salt(9)));
  await accepted(reveal, api.events.blindAuction.Revealed);
});

test('a subscription follows the day, block by block, until it is settled', { timeout: DAY_MS }, async () => {
  const seen = { blocks: [], events: new Map() };
  let settled;
  const done = new Promise((resolve) => (settled = resolve));
  const reads = [];
  const stop = await api.rpc.chain.subscribeFinalizedHeads((header) => {
    seen.blocks.push(header.number.toNumber());
    reads.push(
      (async () => {
        const at = await api.at(header.hash);
        for (const { event } of await at.query.system.events()) {
          const name = `${event.section}.${event.method}`;
          seen.events.set(name, (seen.events.get(name) ?? 0) + 1);
          if (name === 'settlement.PeriodSettled' && event.data.delivery.day.toNumber() === 1) settled();
        }
      })(),
    );
  });
  await chain.dev('resume');
  await done;
  await chain.dev('pause');
  stop();
  await Promise.all(reads);
  const gaps = seen.blocks.filter((number, index) => index > 0 && number !== seen.blocks[index - 1] + 1);
  assert.deepEqual(gaps, [], 'no block is left out');
  assert.ok(seen.events.get('blindAuction.Traded') >= 24, `${[...seen.events]}`);
  // LA1 to LA4 and MG1; the supplier's line comes with the period.
  assert.ok(seen.events.get('settlement.LineSettled') >= 24 * 5, `${[...seen.events]}`);
});

test('the bid was cleared, and bill and proof hold', async () => {
  const bill = (await api.call.marketApi.bill(0, id)).unwrap();
  const line = bill.lines.find((entry) => entry.delivery.period.toNumber() === 0);
  assert.equal(line.bid.unwrap().toNumber(), PRICE);
  assert.equal(line.peerToPeer.unwrap().toNumber(), VOLUME);
  assert.equal(line.peerToPeerMoney.unwrap().toBigInt(), BigInt(PRICE) * BigInt(VOLUME) * 1_000_000n);

  // What moved in the blocks is what the bill says.
  const recorded = (await api.call.marketApi.line(delivery, id)).unwrap();
  const [first, last] = recorded.traded.unwrap().map((number) => number.toNumber());
  let paid = 0n;
  for (let number = first; number <= last; number += 1) {
    const at = await api.at(await api.rpc.chain.getBlockHash(number));
    for (const { event } of await at.query.system.events()) {
      if (!api.events.blindAuction.Traded.is(event)) continue;
      const { buyer, amount, delivery: of } = event.data;
      if (buyer.toNumber() === id && of.eq(line.delivery)) paid += amount.toBigInt();
    }
  }
  assert.equal(paid, line.peerToPeerMoney.unwrap().toBigInt());

  const { leaves, of, root } = await leavesOf(api, 0);
  assert.equal(leaves.length, of);
  const proof = proofOf(leaves, id);
  assert.ok(isProven(root, bill.toU8a(), proof));
  const other = (await api.call.marketApi.bill(0, 0)).unwrap();
  assert.ok(!isProven(root, other.toU8a(), proof), 'another’s bill is not in this place');
  assert.ok(!isProven(root, bill.toU8a(), { ...proof, leafIndex: 0 }));
  assert.equal(rootOf(leaf(bill.toU8a()), { ...proof, siblings: proof.siblings.slice(1) }), null);
  // Everybody's bill leads to the same root.
  for (let participant = 0; participant < of; participant += 1) {
    const theirs = (await api.call.marketApi.bill(0, participant)).unwrap();
    assert.ok(isProven(root, theirs.toU8a(), proofOf(leaves, participant)), `participant ${participant}`);
  }
});
