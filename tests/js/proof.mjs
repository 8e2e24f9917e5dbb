// Bills' proofs, checked as docs/gridbid.md describes them: no code of the chain's is used.
import { stringToU8a, u8aConcat, u8aEq } from '@polkadot/util';
import { blake2AsU8a } from '@polkadot/util-crypto';

/** The leaf of a bill in its SCALE encoding. */
export const leaf = (bill) => blake2AsU8a(u8aConcat(stringToU8a('gridbid/bill'), bill), 256);

const join = (left, right) => blake2AsU8a(u8aConcat(left, right), 256);

/** All leaves of a day's bills, page by page, at one block, and their root: the published one once the day is closed. */
export const leavesOf = async (api, day) => {
  const at = await api.at(await api.rpc.chain.getBlockHash());
  const leaves = [];
  for (;;) {
    const page = (await at.call.marketApi.leaves(day, leaves.length, 0xffffffff)).unwrap();
    leaves.push(...page.leaves.map((hash) => hash.toU8a()));
    if (page.leaves.length > 0) continue;
    const root = page.root.unwrapOr(null)?.toU8a() ?? rootOf(leaves[0], proofOf(leaves, 0));
    return { leaves, of: page.of.toNumber(), root };
  }
};

/** The proof of one of these leaves: the hashes beside its way up. An odd last node goes up as it is. */
export const proofOf = (leaves, leafIndex) => {
  const siblings = [];
  let place = leafIndex;
  for (let level = leaves; level.length > 1; ) {
    const beside = level[place % 2 === 1 ? place - 1 : place + 1];
    if (beside !== undefined) siblings.push(beside);
    const above = [];
    for (let left = 0; left < level.length; left += 2) {
      above.push(left + 1 < level.length ? join(level[left], level[left + 1]) : level[left]);
    }
    level = above;
    place = Math.floor(place / 2);
  }
  return { siblings, numberOfLeaves: leaves.length, leafIndex };
};

/**
 * The root that a leaf and the hashes beside its way lead to; null where there are too few or too many of them. An odd last
 * node goes up as it is.
 */
export const rootOf = (start, { siblings, numberOfLeaves, leafIndex }) => {
  if (leafIndex >= numberOfLeaves) return null;
  let node = start;
  let place = leafIndex;
  const beside = [...siblings];
  for (let width = numberOfLeaves; width > 1; width = Math.ceil(width / 2)) {
    if (place % 2 === 1) {
      if (beside.length === 0) return null;
      node = join(beside.shift(), node);
    } else if (place + 1 < width) {
      if (beside.length === 0) return null;
      node = join(node, beside.shift());
    }
    place = Math.floor(place / 2);
  }
  return beside.length === 0 ? node : null;
};

/** Whether a proof shows that a bill is under a root. */
export const isProven = (root, bill, proof) => {
  const found = rootOf(leaf(bill), proof);
  return found !== null && u8aEq(found, root);
};
