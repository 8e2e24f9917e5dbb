// LA4 of the development chain, which no worker serves, played by hand: released, sealed, revealed, cleared, read and
// billed, with every mistake on the way refused. GRIDBID_NODE names the node's executable.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { u8aToHex } from '@polkadot/util';
import { Chain, key, salt } from './chain.mjs';

const KWH = 1_000;
const PERIODS = 24;
const PRICE = 420_000_000; // gwei per kWh, below the tariff of 0.425 ETH in the first periods
const VOLUME = 10 * KWH;
const USED = 12_345;
const TARIFF = 425_000_000;
/** Planck that one gwei per kWh makes of one watt-hour. */
const SCALE = 1_000_000n;

let chain;
let api;
let la4; // its agent
let meter;
let stranger;
let id;

before(
  async () => {
    assert.ok(process.env.GRIDBID_NODE, 'GRIDBID_NODE names the node');
    chain = await Chain.start(process.env.GRIDBID_NODE);
    ({ api } = chain);
    la4 = key('ed25519', '//LA4//agent');
    meter = key('ed25519', '//LA4//meter');
    stranger = key('sr25519', '//Alice');
    const found = (await api.call.marketApi.participants(0, 100)).find((info) => info.name.toString() === 'LA4');
    assert.ok(found, 'LA4 is registered');
    id = found.id.toNumber();
  },
  { timeout: 180_000 },
);

after(() => chain?.stop());

const delivery = (period) => ({ day: 0, period });

/** All that is LA4's: money, releases, seals and lines. */
const belongings = async () => {
  const [info] = await api.call.marketApi.participants(id, 1);
  const parts = [api.query.system.account(info.account), api.query.energyTasks.releases(0, id)];
  for (let period = 0; period < 8; period += 1) {
    parts.push(api.query.blindAuction.seals(delivery(period), id));
    parts.push(api.query.settlement.lines(delivery(period), id));
  }
  const [account, ...rest] = await Promise.all(parts);
  // What a refused call costs comes out of the agent's float, not out of the account.
  return JSON.stringify([account.data, ...rest]);
};

/** Each call is refused with its error, and nothing of LA4's changes. */
const assertRefused = async (signer, cases) => {
  const names = Object.keys(cases);
  const before = await belongings();
  const outcomes = await chain.send(signer, names.map((name) => cases[name][0]));
  const found = Object.fromEntries(names.map((name, index) => [name, outcomes[index].error]));
  const expected = Object.fromEntries(names.map((name) => [name, cases[name][1]]));
  assert.deepEqual(found, expected);
  assert.equal(await belongings(), before, 'a refused call changes nothing');
};

/** The call succeeds; gives the data of an event of it. */
const accepted = async (call, event) => {
  const [outcome] = await chain.send(la4, [call]);
  assert.equal(outcome.error, null);
  const found = outcome.events.find((entry) => event.is(entry));
  assert.ok(found, 'the event is there');
  return found.data;
};

const seal = (period, price, salted, quote = TARIFF) =>
  api.tx.blindAuction.seal(delivery(period), chain.commitment(id, delivery(period), price, salted), quote);

const reveal = (period, price, salted) => api.tx.blindAuction.reveal(delivery(period), price, u8aToHex(salted));

const reading = (period, energyIn, signer = meter) => {
  const content = { delivery: delivery(period), energyIn, energyOut: 0 };
  return api.tx.settlement.submitReading(content, chain.signReading(signer, id, content));
};

test('a release is refused when it is early, too large, incomplete or a stranger’s', async () => {
  await chain.until(({ open }) => open.release === 0, 'release of day 0');
  const all = (position) => Array(PERIODS).fill(position);
  const tieLine = 400 * KWH; // 400 kW for an hour
  await assertRefused(la4, {
    early: [api.tx.energyTasks.release(1, all({ Buy: VOLUME })), 'energyTasks.WindowNotOpen'],
    tooLarge: [api.tx.energyTasks.release(0, all({ Buy: tieLine + 1 })), 'energyTasks.OverTieLine'],
    incomplete: [api.tx.energyTasks.release(0, [{ Buy: VOLUME }]), 'energyTasks.WrongNumberOfPeriods'],
    offer: [api.tx.energyTasks.release(0, all({ Sell: { energy: VOLUME, reserve: PRICE } })), 'energyTasks.WrongRole'],
  });
  await assertRefused(stranger, {
    stranger: [api.tx.energyTasks.release(0, all({ Buy: VOLUME })), 'energyTasks.NotRegistered'],
  });
});

test('LA4 releases its volumes', async () => {
  // Nothing for period 1.
  const positions = Array.from({ length: PERIODS }, (_, period) => ({ Buy: period === 1 ? 0 : VOLUME }));
  const [participant, day, volume] = await accepted(
    api.tx.energyTasks.release(0, positions),
    api.events.energyTasks.Released,
  );
  assert.deepEqual([participant.toNumber(), day.toNumber()], [id, 0]);
  assert.equal(BigInt(volume.toString()), BigInt(VOLUME * (PERIODS - 1)));
});

test('a bid is refused when it is early, out of its limits or a stranger’s', async () => {
  await chain.window('sealing', 0);
  await assertRefused(la4, {
    early: [seal(2, PRICE, salt(1)), 'blindAuction.WindowNotOpen'],
    noPeriod: [seal(PERIODS, PRICE, salt(1)), 'blindAuction.NoSuchPeriod'],
    quoteAbove: [seal(0, PRICE, salt(1), TARIFF + 1), 'blindAuction.AboveTariff'],
    quoteBelow: [seal(0, PRICE, salt(1), 199_999_999), 'blindAuction.BelowCost'],
    revealEarly: [reveal(0, PRICE, salt(1)), 'blindAuction.WindowNotOpen'],
    lateRelease: [
      api.tx.energyTasks.release(0, Array(PERIODS).fill({ Buy: 1 })),
      'energyTasks.WindowClosed',
    ],
  });
  await assertRefused(stranger, { stranger: [seal(0, PRICE, salt(1)), 'blindAuction.NotRegistered'] });
});

test('LA4 seals its bid, and its deposit is held', async () => {
  const data = await accepted(seal(0, PRICE, salt(1)), api.events.blindAuction.Sealed);
  const deposit = BigInt(data[4].toString());
  assert.equal(deposit, (BigInt(VOLUME) * BigInt(TARIFF) * SCALE) / 10n);
  const [info] = await api.call.marketApi.participants(id, 1);
  assert.equal(BigInt(info.held.toString()), deposit);
});

test('a reveal is refused when it does not match, and a bid when it is late', async () => {
  await chain.window('reveal', 0);
  await assertRefused(la4, {
    otherPrice: [reveal(0, PRICE + 1, salt(1)), 'blindAuction.CommitmentMismatch'],
    otherSalt: [reveal(0, PRICE, salt(2)), 'blindAuction.CommitmentMismatch'],
    late: [seal(0, PRICE, salt(1)), 'blindAuction.WindowClosed'],
  });
  await assertRefused(stranger, { stranger: [reveal(0, PRICE, salt(1)), 'blindAuction.NotRegistered'] });
});

test('LA4 reveals its bid, once, and its cover is held', async () => {
  const data = await accepted(reveal(0, PRICE, salt(1)), api.events.blindAuction.Revealed);
  const cover = BigInt(PRICE) * BigInt(VOLUME) * SCALE;
  assert.equal(BigInt(data[4].toString()), cover);
  await assertRefused(la4, { twice: [reveal(0, PRICE, salt(1)), 'blindAuction.NotSealed'] });
});

test('LA4 is cleared: its bid is the highest, so it gets all it wants', async () => {
  await chain.window('execution', 0);
  await chain.until(async () => (await api.query.settlement.lines(delivery(0), id)).unwrapOr(null)?.energy.gtn(0), 'LA4 trades');
  const { bid, energy, money } = (await api.query.settlement.lines(delivery(0), id)).unwrap();
  assert.equal(bid.unwrap().toString(), `${PRICE}`);
  assert.equal(energy.toString(), `${VOLUME}`);
  assert.equal(BigInt(money.toString()), BigInt(PRICE) * BigInt(VOLUME) * SCALE);
  await assertRefused(la4, {
    early: [reading(0, USED), 'settlement.WindowNotOpen'],
    lateReveal: [reveal(0, PRICE, salt(1)), 'blindAuction.WindowClosed'],
  });
});

test('a bid is refused when no volume was released, and its reveal as not sealed', async () => {
  await chain.window('sealing', 1);
  await assertRefused(la4, { nothing: [seal(1, PRICE, salt(3)), 'blindAuction.NothingReleased'] });
  await chain.window('reveal', 1);
  await assertRefused(la4, { notSealed: [reveal(1, PRICE, salt(3)), 'blindAuction.NotSealed'] });
});

test('a reading is refused when its signature is wrong or the tie line cannot carry it', async () => {
  await chain.window('metering', 0);
  await assertRefused(la4, {
    signature: [reading(0, USED, la4), 'settlement.BadSignature'],
    tooLarge: [reading(0, 400 * KWH + 1), 'settlement.OverTieLine'],
    running: [reading(1, USED), 'settlement.WindowNotOpen'],
  });
});

test('LA4’s meter is read, once', async () => {
  await accepted(reading(0, USED), api.events.settlement.ReadingSubmitted);
  await assertRefused(la4, { twice: [reading(0, USED), 'settlement.AlreadyRead'] });
});

test('LA4 is billed: the line adds up, and its block has the money', async () => {
  const recordedLine = async () => (await api.call.marketApi.line(delivery(0), id)).unwrapOr(null);
  await chain.until(async () => (await recordedLine())?.settled.isSome, 'LA4’s line is settled');
  const recorded = await recordedLine();
  const { line } = recorded;
  const number = (value) => BigInt(value.toString());
  assert.equal(number(line.expected.unwrap()), BigInt(VOLUME));
  assert.equal(number(line.bid.unwrap()), BigInt(PRICE));
  assert.equal(number(line.peerToPeer.unwrap()), BigInt(VOLUME));
  assert.equal(number(line.peerToPeerMoney.unwrap()), BigInt(PRICE) * BigInt(VOLUME) * SCALE);
  assert.equal(number(line.actual.unwrap()), BigInt(USED));
  assert.ok(line.estimated.isFalse);
  assert.equal(number(line.balanced), BigInt(USED - VOLUME));
  assert.equal(number(line.balancedMoney), BigInt(TARIFF) * BigInt(USED - VOLUME) * SCALE);
  assert.equal(number(line.gridOnly), BigInt(TARIFF) * BigInt(USED) * SCALE);

  const block = recorded.settled.unwrap().toNumber();
  const at = await api.at(await api.rpc.chain.getBlockHash(block));
  const paid = (await at.query.system.events())
    .map(({ event }) => event)
    .filter((event) => api.events.settlement.Balanced.is(event) && event.data.participant.toNumber() === id);
  assert.equal(paid.length, 1);
  assert.equal(number(paid[0].data.paid), number(line.balancedMoney));

  const [info] = await api.call.marketApi.participants(id, 1);
  const spent = number(line.peerToPeerMoney.unwrap()) + number(line.balancedMoney);
  assert.equal(number(info.free) + number(info.held), 1_500n * 10n ** 18n - spent);
  await assertRefused(la4, { late: [reading(0, USED), 'settlement.AlreadyRead'] });
});

test('another’s commitment is worth nothing to who copies it', async () => {
  await chain.window('sealing', 2);
  await chain.until(
    async () => (await api.query.blindAuction.seals(delivery(2), 0)).isSome,
    'LA1 seals',
  );
  const copied = (await api.query.blindAuction.seals(delivery(2), 0)).unwrap().commitment;
  await accepted(api.tx.blindAuction.seal(delivery(2), copied, TARIFF), api.events.blindAuction.Sealed);
  await chain.window('reveal', 2);
  const opened = await revealOf(0, 2);
  await assertRefused(la4, { copied: [reveal(2, opened.price, opened.salt), 'blindAuction.CommitmentMismatch'] });
});

test('a bid is refused at the reveal when it is above the tariff or below the cost', async () => {
  for (const [period, price, error] of [
    [3, TARIFF + 1, 'blindAuction.AboveTariff'],
    [4, 199_999_999, 'blindAuction.BelowCost'],
  ]) {
    await chain.window('sealing', period);
    await accepted(seal(period, price, salt(period)), api.events.blindAuction.Sealed);
    await chain.window('reveal', period);
    await assertRefused(la4, { [error]: [reveal(period, price, salt(period)), error] });
  }
});

/** Price and salt of a participant's reveal, as everybody can read them in its block. */
const revealOf = async (participant, period) => {
  for (let steps = 0; steps < 20; steps += 1) {
    const { block } = await api.rpc.chain.getBlock();
    const agent = (await api.call.marketApi.participants(participant, 1))[0].agent.toHex();
    for (const { method, signer } of block.extrinsics) {
      if (!api.tx.blindAuction.reveal.is(method) || u8aToHex(api.createType('AccountId', signer.toString())) !== agent) continue;
      const [of, price, opened] = method.args;
      if (of.period.toNumber() === period) return { price: price.toNumber(), salt: opened.toU8a() };
    }
    await chain.dev('step', 1);
  }
  throw new Error('the reveal is not found');
};
