// A development node for a test, and the few things that a wallet does with it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { compactToU8a, hexToU8a, numberToU8a, stringToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import { blake2AsU8a, cryptoWaitReady } from '@polkadot/util-crypto';

const START_MS = 120_000;
const STOP_MS = 20_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** A paused development node, and a connection to it. */
export class Chain {
  static async start(executable) {
    await cryptoWaitReady();
    const chain = new Chain();
    const port = await freePort();
    chain.log = '';
    // At a person's pace it is still in the first window when it is paused.
    chain.node = spawn(executable, ['--dev', '--tmp', '--no-prometheus', '--rpc-port', `${port}`]);
    chain.ended = new Promise((resolve) => chain.node.once('close', resolve));
    chain.node.once('error', (error) => (chain.log += error));
    for (const stream of [chain.node.stdout, chain.node.stderr]) {
      stream.on('data', (data) => (chain.log = (chain.log + data).slice(-20_000)));
    }
    try {
      await chain.connect(port);
    } catch (error) {
      await chain.stop();
      throw new Error(`${error.message}\n${chain.log}`);
    }
    return chain;
  }

  async connect(port) {
    await this.answers(port);
    this.provider = new WsProvider(`ws://127.0.0.1:${port}`);
    this.api = await ApiPromise.create({ provider: this.provider, noInitWarn: true });
    await this.dev('pause');
    await this.dev('setPace', 0);
    this.genesis = this.api.genesisHash.toU8a();
  }

  /** Waits until the node listens. */
  async answers(port) {
    let gone = false;
    this.ended.then(() => (gone = true));
    for (const deadline = Date.now() + START_MS; Date.now() < deadline; ) {
      if (gone) throw new Error('the node ended');
      const open = await new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => resolve(true));
        socket.once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
      if (open) return;
      await sleep(200);
    }
    throw new Error('the node does not answer');
  }

  async stop() {
    await this.provider?.disconnect().catch(() => {});
    if (this.node.exitCode === null && this.node.signalCode === null && this.node.pid) {
      this.node.kill('SIGTERM');
      const timer = setTimeout(() => this.node.kill('SIGKILL'), STOP_MS);
      await this.ended;
      clearTimeout(timer);
    }
  }

  dev(method, ...params) {
    return this.provider.send(`dev_${method}`, params);
  }

  /** Makes blocks until what is open is as wanted; gives the status. */
  async until(wanted, what, most = 400) {
    for (let steps = 0; steps <= most; steps += 1) {
      const status = await this.dev('status');
      if (await wanted(status)) return status;
      await this.dev('step', 1);
    }
    throw new Error(`${what}: not within ${most} blocks`);
  }

  /** Steps into the window of a stage of a period, but not past its beginning. */
  window(stage, period) {
    const open = ({ open }) => open[stage]?.day === 0 && open[stage]?.period === period;
    return this.until(open, `${stage} of period ${period}`);
  }

  /**
   * Puts calls of one signer into the next blocks, in their order. Gives for each the name of the error that it was
   * refused with, or null, and its events.
   */
  async send(signer, calls) {
    const first = (await this.api.rpc.system.accountNextIndex(signer.address)).toNumber();
    const hashes = [];
    for (const [index, call] of calls.entries()) {
      const signed = await call.signAsync(signer, { nonce: first + index, era: 0 });
      hashes.push((await this.api.rpc.author.submitExtrinsic(signed)).toHex());
    }
    const outcomes = new Map();
    for (let steps = 0; outcomes.size < hashes.length && steps < 10; steps += 1) {
      await this.dev('step', 1);
      await this.readHead(hashes, outcomes);
    }
    assert.equal(outcomes.size, hashes.length, 'all calls are in a block');
    return hashes.map((hash) => outcomes.get(hash));
  }

  async readHead(hashes, outcomes) {
    const hash = await this.api.rpc.chain.getBlockHash();
    const [{ block }, at] = await Promise.all([this.api.rpc.chain.getBlock(hash), this.api.at(hash)]);
    const events = await at.query.system.events();
    block.extrinsics.forEach((extrinsic, index) => {
      const name = extrinsic.hash.toHex();
      if (!hashes.includes(name)) return;
      const own = events
        .filter(({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.toNumber() === index)
        .map(({ event }) => event);
      outcomes.set(name, { error: this.errorOf(own), events: own });
    });
  }

  errorOf(events) {
    const failed = events.find((event) => this.api.events.system.ExtrinsicFailed.is(event));
    if (!failed) return null;
    const [error] = failed.data;
    if (!error.isModule) return error.toString();
    const { section, name } = this.api.registry.findMetaError(error.asModule);
    return `${section}.${name}`;
  }

  /** The commitment to a bid, computed as docs/gridbid.md describes it. */
  commitment(participant, { day, period }, price, salt) {
    const bytes = u8aConcat(
      stringToU8a('gridbid/bid/'),
      this.genesis,
      numberToU8a(participant, 32).reverse(),
      numberToU8a(day, 32).reverse(),
      numberToU8a(period, 16).reverse(),
      compactToU8a(price),
      salt,
    );
    return u8aToHex(blake2AsU8a(bytes, 256));
  }

  /** A meter's signature over a reading. */
  signReading(meter, participant, { delivery, energyIn, energyOut }) {
    const bytes = u8aConcat(
      stringToU8a('gridbid/read'),
      this.genesis,
      numberToU8a(participant, 32).reverse(),
      numberToU8a(delivery.day, 32).reverse(),
      numberToU8a(delivery.period, 16).reverse(),
      compactToU8a(energyIn),
      compactToU8a(energyOut),
    );
    return u8aToHex(meter.sign(blake2AsU8a(bytes, 256)));
  }
}

/** A key of a secret URI. */
export const key = (type, uri) => new Keyring({ type }).addFromUri(uri);

/** A salt that a test can tell from others. */
export const salt = (byte) => hexToU8a(`0x${byte.toString(16).padStart(2, '0').repeat(32)}`);
