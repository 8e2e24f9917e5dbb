//! The Merkle root of a day's bills, and the proof that a bill is among them.
//!
//! A leaf is blake2-256 over the domain `gridbid/bill` and the bill, in SCALE; an inner node is
//! blake2-256 over its two children; an odd last node goes up as it is. The chain adds one bill after
//! the other to a [`Frontier`], which holds one hash a level and never the whole tree.

use crate::bill::Bill;
use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{H256, Hasher};
use sp_crypto_hashing::blake2_256;

/// The most levels below a root: one region has fewer than 2^32 participants.
const LEVELS: usize = 32;

/// blake2-256 for trees; the SDK's own is not for runtimes.
struct Blake2;

impl Hasher for Blake2 {
    type Out = H256;
    type StdHasher = FirstBytes;
    const LENGTH: usize = 32;

    fn hash(bytes: &[u8]) -> H256 {
        H256(blake2_256(bytes))
    }
}

/// Takes of a hash its first eight bytes, which are as good as random.
#[derive(Default)]
struct FirstBytes(u64);

impl core::hash::Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.first_chunk().map_or(self.0, |first| u64::from_le_bytes(*first));
    }
}

/// The leaf of a bill.
pub fn leaf(bill: &Bill) -> H256 {
    H256((b"gridbid/bill", bill).using_encoded(blake2_256))
}

/// The root over leaves in the order of participants; zero where there are none.
pub fn root(leaves: &[H256]) -> H256 {
    binary_merkle_tree::merkle_root_raw::<Blake2, _>(leaves.iter().copied())
}

/// Proof that a bill is one of a day's.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Proof {
    /// The hashes beside the path from the leaf to the root, the leaf's neighbour first.
    pub siblings: Vec<H256>,
    /// Number of bills of the day.
    pub number_of_leaves: u32,
    /// Place of the bill among them.
    pub leaf_index: u32,
}

/// A whole tree, which has the proof of each of its leaves: what a client makes of a day's leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The nodes by level, the leaves first.
    levels: Vec<Vec<H256>>,
}

impl Tree {
    /// The tree over leaves in the order of participants.
    pub fn new(leaves: Vec<H256>) -> Self {
        let mut levels = vec![leaves];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let node = |pair: &[H256]| match *pair {
                [left, right, ..] => join(left, right),
                [odd] => odd,
                [] => H256::zero(),
            };
            let above = level.chunks(2).map(node).collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// Its root, as [`root`] has it.
    pub fn root(&self) -> H256 {
        self.levels.last().and_then(|top| top.first()).copied().unwrap_or_default()
    }

    /// The proof for the leaf at an index; `None` where there is no such leaf.
    pub fn proof(&self, index: u32) -> Option<Proof> {
        let number_of_leaves = u32::try_from(self.levels.first()?.len()).ok()?;
        let mut place = usize::try_from(index).ok().filter(|_| index < number_of_leaves)?;
        let mut siblings = Vec::new();
        for level in &self.levels {
            // An odd last node has none beside it.
            siblings.extend(level.get(place ^ 1).copied());
            place >>= 1;
        }
        Some(Proof { siblings, number_of_leaves, leaf_index: index })
    }
}

/// Whether a proof shows that the bill is one of those under the root.
pub fn verify(root: &H256, bill: &Bill, proof: &Proof) -> bool {
    binary_merkle_tree::verify_proof::<Blake2, _, _>(
        root,
        proof.siblings.iter().copied(),
        proof.number_of_leaves,
        proof.leaf_index,
        binary_merkle_tree::Leaf::Hash(leaf(bill)),
    )
}

/// The right edge of a growing tree: enough to add a leaf and to tell the root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Frontier {
    /// Number of leaves so far.
    pub count: u32,
    /// By level, the root of a full subtree that waits for its neighbour.
    peaks: [Option<H256>; LEVELS],
}

impl Default for Frontier {
    fn default() -> Self {
        Self { count: 0, peaks: [None; LEVELS] }
    }
}

impl Frontier {
    /// Adds a leaf behind the others. Past 2^32 - 1 leaves it changes nothing.
    pub fn push(&mut self, leaf: H256) {
        let Some(count) = self.count.checked_add(1) else { return };
        self.count = count;
        let mut node = leaf;
        for peak in &mut self.peaks {
            match peak.take() {
                Some(left) => node = join(left, node),
                None => {
                    *peak = Some(node);
                    return;
                }
            }
        }
    }

    /// The root over the leaves so far, as [`root`] has it.
    pub fn root(&self) -> H256 {
        self.peaks
            .iter()
            .flatten()
            .fold(None, |right, left| Some(right.map_or(*left, |right| join(*left, right))))
            .unwrap_or_default()
    }
}

fn join(left: H256, right: H256) -> H256 {
    H256((left, right).using_encoded(blake2_256))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::participant::ParticipantId;

    fn bills(count: u32) -> Vec<Bill> {
        let bill =
            |id| Bill { day: 1, participant: ParticipantId(id), lines: Vec::new(), corrections: Vec::new() };
        (0..count).map(bill).collect()
    }

    #[test]
    fn frontier_should_have_the_root_of_the_whole_tree() {
        let leaves: Vec<_> = bills(70).iter().map(leaf).collect();
        let mut frontier = Frontier::default();
        for count in 0..leaves.len() {
            assert_eq!(frontier.root(), root(&leaves[..count]), "{count} leaves");
            frontier.push(leaves[count]);
        }
    }

    #[test]
    fn tree_should_have_the_librarys_root_and_proofs_when_it_has_any_number_of_leaves() {
        let leaves: Vec<_> = bills(70).iter().map(leaf).collect();
        for count in 0..leaves.len() {
            let leaves = &leaves[..count];
            let tree = Tree::new(leaves.to_vec());
            assert_eq!(tree.root(), root(leaves), "{count} leaves");
            for index in 0..count as u32 {
                let expected =
                    binary_merkle_tree::merkle_proof_raw::<Blake2, _>(leaves.iter().copied(), index);
                assert_eq!(tree.proof(index).unwrap().siblings, expected.proof, "{index} of {count}");
            }
        }
    }

    #[test]
    fn proof_should_hold_for_its_bill_and_no_other() {
        let bills = bills(11);
        let leaves: Vec<_> = bills.iter().map(leaf).collect();
        let tree = Tree::new(leaves);
        let root = tree.root();
        for (index, bill) in (0..).zip(&bills) {
            let proof = tree.proof(index).unwrap();
            assert!(verify(&root, bill, &proof));
            assert!(!verify(&root, &Bill { day: 2, ..bill.clone() }, &proof));
            assert!(!verify(&H256::zero(), bill, &proof));
        }
        assert_eq!(tree.proof(11), None);
    }
}
