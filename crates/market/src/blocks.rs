//! How many of a window's blocks are enough for missing it to count.

use crate::participant::PartsPerMillion;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Who makes the chain's blocks.
pub trait Blocks {
    /// Who makes the block that runs, by its place among the validators; none where the block takes no transactions, as in
    /// a migration, so that nobody misses anything in it.
    fn author() -> Option<u32>;
    /// How many validators there are.
    fn validators() -> u32;
    /// How many blocks a window of this length, in milliseconds, needs: a share of its slots, and two at least.
    fn needed(length: u64) -> u32;
}

/// How many blocks a window of this length needs, at slots of this length, both in milliseconds: this share of its slots,
/// rounded down, and two at least.
pub fn needed(length: u64, slot: u64, share: PartsPerMillion) -> u32 {
    let slots = u128::from(length.checked_div(slot).unwrap_or(0));
    let needed = slots.saturating_mul(share.0.into()).checked_div(PartsPerMillion::ONE.0.into());
    needed.and_then(|needed| u32::try_from(needed).ok()).unwrap_or(u32::MAX).max(2)
}

/// The blocks of a window that had room.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Seen {
    /// How many they were.
    pub blocks: u32,
    /// Who made the first of them, by its place among the validators.
    pub author: u32,
    /// Whether another one made any.
    pub by_others: bool,
}

impl Seen {
    /// Counts a block.
    pub fn add(&mut self, author: u32) {
        if self.blocks == 0 {
            self.author = author;
        }
        self.by_others |= self.author != author;
        self.blocks = self.blocks.saturating_add(1);
    }

    /// Whether nobody had to miss a window of this length: its blocks were enough, and where the chain has more than
    /// one validator, no single one of them made them all.
    pub fn are_enough<B: Blocks>(&self, length: u64) -> bool {
        self.blocks >= B::needed(length) && (self.by_others || B::validators() < 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Chain<const VALIDATORS: u32>;

    impl<const VALIDATORS: u32> Blocks for Chain<VALIDATORS> {
        fn author() -> Option<u32> {
            Some(0)
        }
        fn validators() -> u32 {
            VALIDATORS
        }
        fn needed(length: u64) -> u32 {
            (length / 2).max(2) as u32
        }
    }

    fn seen(authors: &[u32]) -> Seen {
        let mut seen = Seen::default();
        authors.iter().for_each(|author| seen.add(*author));
        seen
    }

    #[test]
    fn blocks_should_be_enough_when_they_are_the_share_and_two_made_them() {
        assert!(seen(&[3, 3, 1]).are_enough::<Chain<4>>(6));
        assert!(!seen(&[3, 1]).are_enough::<Chain<4>>(6));
        assert!(seen(&[3, 1]).are_enough::<Chain<4>>(0));
        assert!(!seen(&[3]).are_enough::<Chain<4>>(0));
    }

    #[test]
    fn needed_blocks_should_be_the_share_and_two_at_least() {
        let half = PartsPerMillion(500_000);
        assert_eq!(needed(450_000, 6_000, half), 37);
        assert_eq!(needed(450_000, 6_000, PartsPerMillion(0)), 2);
        assert_eq!(needed(450_000, 6_000, PartsPerMillion::ONE), 75);
        assert_eq!((needed(6_000, 6_000, half), needed(6_000, 0, half)), (2, 2));
        assert_eq!(needed(u64::MAX, 1, half), u32::MAX);
    }

    #[test]
    fn blocks_should_not_be_enough_when_one_of_many_made_them_all() {
        assert!(!seen(&[2, 2, 2, 2]).are_enough::<Chain<2>>(6));
        assert!(seen(&[0, 0, 0, 0]).are_enough::<Chain<1>>(6));
        assert!(!seen(&[]).are_enough::<Chain<1>>(0));
    }
}
