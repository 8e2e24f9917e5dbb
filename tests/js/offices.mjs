// An office of three people, two of whom sign, as docs/operator.md walks through it: root gives them the office, the first
// sends the call and the second makes it. The supplier’s tariffs are its account’s alone, and nobody unmakes money.
// GRIDBID_NODE names the node's executable.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createKeyMulti, encodeAddress, sortAddresses } from '@polkadot/util-crypto';
import { Chain, key } from './chain.mjs';

const ETH = 10n ** 18n;

let chain;
let api;
let alice; // holds all offices
let people;

before(
  async () => {
    assert.ok(process.env.GRIDBID_NODE, 'GRIDBID_NODE names the node');
    chain = await Chain.start(process.env.GRIDBID_NODE);
    ({ api } = chain);
    alice = key('sr25519', '//Alice');
    people = ['//Bob', '//Charlie', '//Dave'].map((uri) => key('sr25519', uri));
    const pay = ({ address }) => api.tx.balances.transferKeepAlive(address, ETH);
    await accepted(alice, ...people.map(pay));
  },
  { timeout: 180_000 },
);

after(() => chain?.stop());

/** Sends calls, all of which have to succeed; gives the events of the last. */
async function accepted(signer, ...calls) {
  const outcomes = await chain.send(signer, calls);
  for (const { error } of outcomes) assert.equal(error, null);
  return outcomes.at(-1).events;
}

const found = (events, event) => events.find((entry) => event.is(entry));

test('a call of root is announced and then enacted by anybody', async () => {
  const multisig = encodeAddress(createKeyMulti(people.map(({ address }) => address), 2), 42);
  const call = api.tx.offices.appoint('Registrar', multisig);
  const announced = found(await accepted(alice, api.tx.offices.announce('Root', call)), api.events.offices.Announced);
  const { number } = announced.data;
  assert.ok((await api.query.offices.announcements('Root', number)).isSome);
  const [refused] = await chain.send(people[0], [api.tx.offices.withdraw('Root', number)]);
  assert.equal(refused.error, 'offices.NotInOffice');
  await accepted(people[0], api.tx.offices.enact('Root', number, call));
  assert.equal((await api.query.offices.holders('Registrar')).unwrap().toString(), multisig);
});

test('two of three make a call of their office', async () => {
  const [first, second] = people;
  const others = (who) => sortAddresses(people.filter((one) => one !== who).map(({ address }) => address), 42);
  const call = api.tx.participants.rotateMeter(0, new Uint8Array(32).fill(7));
  const [alone] = await chain.send(first, [call]);
  assert.equal(alone.error, 'BadOrigin');
  const most = { refTime: 2_000_000_000n, proofSize: 1_000_000n };
  const begun = await accepted(first, api.tx.multisig.asMulti(2, others(first), null, call, most));
  assert.ok(found(begun, api.events.multisig.NewMultisig));
  const { multisig, callHash } = found(begun, api.events.multisig.NewMultisig).data;
  const { when } = (await api.query.multisig.multisigs(multisig, callHash)).unwrap();
  const made = await accepted(second, api.tx.multisig.asMulti(2, others(second), when, call, most));
  assert.ok(found(made, api.events.multisig.MultisigExecuted).data.result.isOk);
  assert.ok(found(made, api.events.participants.MeterRotated));
});

test('the agent of the supplier files no tariff, and its account withdraws one', async () => {
  const steps = [{ from: 0, to: 86_400_000, price: 500_000_000 }];
  const propose = api.tx.terms.proposeTariff(9, steps);
  const [refused] = await chain.send(key('ed25519', '//RES//agent'), [propose]);
  assert.equal(refused.error, 'terms.NotTheAgents');
  const events = await accepted(key('sr25519', '//RES'), propose, api.tx.terms.withdrawTariff(9));
  assert.ok(found(events, api.events.terms.TariffWithdrawn));
});

test('nobody unmakes money', async () => {
  const [refused] = await chain.send(people[0], [api.tx.balances.burn(1, false)]);
  assert.equal(refused.error, 'system.CallFiltered');
});
