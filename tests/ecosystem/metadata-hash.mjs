// A wallet computes the hash of the metadata that it shows, and signs it. A running development chain is upgraded to a Wasm
// that was built with the feature `metadata-hash`: it takes that wallet's transaction, and none with another hash.
// GRIDBID_NODE names the node's executable, GRIDBID_RELEASE the Wasm.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { merkleizeMetadata } from '@polkadot-api/merkleize-metadata';
import { Chain, key } from '../js/chain.mjs';

/** The metadata whose hash RFC 78 defines. */
const METADATA_VERSION = 15;

const hashOf = async (api) => {
  const metadata = (await api.call.metadata.metadataAtVersion(METADATA_VERSION)).unwrap();
  const digest = merkleizeMetadata(metadata, {
    base58Prefix: api.registry.chainSS58,
    decimals: api.registry.chainDecimals[0],
    specName: api.runtimeVersion.specName.toString(),
    specVersion: api.runtimeVersion.specVersion.toNumber(),
    tokenSymbol: api.registry.chainTokens[0],
  }).digest();
  return `0x${Buffer.from(digest).toString('hex')}`;
};

test('the chain takes what a wallet signs with its own hash of the metadata', { timeout: 600_000 }, async () => {
  const { GRIDBID_NODE, GRIDBID_RELEASE } = process.env;
  assert.ok(GRIDBID_NODE && GRIDBID_RELEASE, 'GRIDBID_NODE names the node, GRIDBID_RELEASE the Wasm');
  const chain = await Chain.start(GRIDBID_NODE);
  try {
    const { api } = chain;
    const remark = async (metadataHash) => {
      const call = api.tx.system.remarkWithEvent('0x01');
      const options = { nonce: -1, mode: 1, metadataHash, withSignedTransaction: true };
      const signed = await call.signAsync(key('sr25519', '//LA4'), options);
      await api.rpc.author.submitExtrinsic(signed);
      await chain.dev('step', 1);
      return signed.hash;
    };
    const hash = await hashOf(api);
    const code = `0x${(await readFile(GRIDBID_RELEASE)).toString('hex')}`;
    const running = (await api.rpc.state.getStorage(':code')).unwrap();
    if (running.toHex() !== code) {
      await assert.rejects(remark(hash), /CannotLookup/, 'a development build has no hash');
      const upgrade = api.tx.sudo.sudoUncheckedWeight(api.tx.system.setCodeWithoutChecks(code), 0);
      const [outcome] = await chain.send(key('sr25519', '//Alice'), [upgrade]);
      assert.equal(outcome.error, null);
      await chain.dev('step', 1);
    }

    const inBlock = await remark(hash);
    const { block } = await api.rpc.chain.getBlock();
    assert.ok(block.extrinsics.some((extrinsic) => extrinsic.hash.eq(inBlock)), 'it is in the block');
    await assert.rejects(remark(`0x${'01'.repeat(32)}`), /bad signature/, 'another hash is refused');
    console.log(`the hash of the metadata is ${hash}`);
  } finally {
    await chain.stop();
  }
});
