//! Weights of the calls and steps, measured: scripts/weights.sh writes this file.
//!
//! 2026-11-24, AMD EPYC; 30 steps, 15 repeats, proofs for maps of 1000000 entries; reads and
//! writes are the database's, which the runtime names.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_imports)]

use frame::weights_prelude::*;

/// The weight of each call and of each step of the hook.
pub trait WeightInfo {
    /// Of `release`, `p` from 1 to 288.
    fn release(p: u32) -> Weight;
    /// Of `correct_offer`.
    fn correct_offer() -> Weight;
    /// Of `void_offers`.
    fn void_offers() -> Weight;
    /// Of `set_exposure_share`.
    fn set_exposure_share() -> Weight;
    /// Of `prune_step`.
    fn prune_step() -> Weight;
}

/// The weights on the database of a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Participants::Acting` (r:1 w:0)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Terms::Pauses` (r:1 w:0)
    // Proof: `Terms::Pauses` (`max_values`: None, `max_size`: Some(282), added: 2757, mode: `MaxEncodedLen`)
    // Storage: `Terms::FeedInVersions` (r:1 w:0)
    // Proof: `Terms::FeedInVersions` (`max_values`: Some(1), `max_size`: Some(193), added: 688, mode: `MaxEncodedLen`)
    // Storage: `EnergyTasks::Releases` (r:1 w:1)
    // Proof: `EnergyTasks::Releases` (`max_values`: None, `max_size`: Some(4926), added: 7401, mode: `MaxEncodedLen`)
    // Storage: `EnergyTasks::Sums` (r:1 w:1)
    // Proof: `EnergyTasks::Sums` (`max_values`: None, `max_size`: Some(6062), added: 8537, mode: `MaxEncodedLen`)
    // Storage: `Terms::MarketSeed` (r:1 w:0)
    // Proof: `Terms::MarketSeed` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `EnergyTasks::Offers` (r:0 w:576)
    // Proof: `EnergyTasks::Offers` (`max_values`: None, `max_size`: Some(46), added: 2521, mode: `MaxEncodedLen`)
    fn release(p: u32) -> Weight {
        // At least 41_672_000 picoseconds.
        Weight::from_parts(32_190_349, 9527)
            .saturating_add(Weight::from_parts(6_387_566, 0).saturating_mul(p.into()))
            // With a hand estimate of the cover, until it is measured.
            .saturating_add(Weight::from_parts(60_000_000, 5_181))
            .saturating_add(Weight::from_parts(2_000_000, 2_521).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(13))
            .saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes(4))
            .saturating_add(T::DbWeight::get().writes(2_u64.saturating_mul(p.into())))
    }
    // Storage: `Participants::Acting` (r:1 w:0)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Terms::Pauses` (r:1 w:0)
    // Proof: `Terms::Pauses` (`max_values`: None, `max_size`: Some(282), added: 2757, mode: `MaxEncodedLen`)
    // Storage: `Terms::FeedInVersions` (r:1 w:0)
    // Proof: `Terms::FeedInVersions` (`max_values`: Some(1), `max_size`: Some(193), added: 688, mode: `MaxEncodedLen`)
    // Storage: `EnergyTasks::Releases` (r:1 w:1)
    // Proof: `EnergyTasks::Releases` (`max_values`: None, `max_size`: Some(4926), added: 7401, mode: `MaxEncodedLen`)
    // Storage: `Terms::MarketSeed` (r:1 w:0)
    // Proof: `Terms::MarketSeed` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `EnergyTasks::Offers` (r:1 w:2)
    // Proof: `EnergyTasks::Offers` (`max_values`: None, `max_size`: Some(46), added: 2521, mode: `MaxEncodedLen`)
    fn correct_offer() -> Weight {
        // At least 51_576_000 picoseconds.
        Weight::from_parts(53_940_000, 8391)
            // With a hand estimate of the cover, until it is measured.
            .saturating_add(Weight::from_parts(60_000_000, 5_181))
            .saturating_add(T::DbWeight::get().reads(13))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Estimated by hand until it is measured: two releases of 288 offers, each read and written.
    fn void_offers() -> Weight {
        Weight::from_parts(4_000_000_000, 1_470_000)
            .saturating_add(T::DbWeight::get().reads(587))
            .saturating_add(T::DbWeight::get().writes(580))
    }
    fn set_exposure_share() -> Weight {
        Weight::from_parts(3_500_000, 0)
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `EnergyTasks::Pruning` (r:1 w:0)
    // Proof: `EnergyTasks::Pruning` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Next` (r:1 w:0)
    // Proof: `Settlement::Next` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    // Storage: `EnergyTasks::Releases` (r:2 w:1)
    // Proof: `EnergyTasks::Releases` (`max_values`: None, `max_size`: Some(4926), added: 7401, mode: `MaxEncodedLen`)
    fn prune_step() -> Weight {
        // At least 20_390_000 picoseconds.
        Weight::from_parts(21_672_000, 15792)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}

/// The same on ParityDB, for tests.
impl WeightInfo for () {
    fn release(p: u32) -> Weight {
        // At least 41_672_000 picoseconds.
        Weight::from_parts(32_190_349, 9527)
            .saturating_add(Weight::from_parts(6_387_566, 0).saturating_mul(p.into()))
            // With a hand estimate of the cover, until it is measured.
            .saturating_add(Weight::from_parts(60_000_000, 5_181))
            .saturating_add(Weight::from_parts(2_000_000, 2_521).saturating_mul(p.into()))
            .saturating_add(ParityDbWeight::get().reads(13))
            .saturating_add(ParityDbWeight::get().reads(1_u64.saturating_mul(p.into())))
            .saturating_add(ParityDbWeight::get().writes(4))
            .saturating_add(ParityDbWeight::get().writes(2_u64.saturating_mul(p.into())))
    }
    fn correct_offer() -> Weight {
        // At least 51_576_000 picoseconds.
        Weight::from_parts(53_940_000, 8391)
            // With a hand estimate of the cover, until it is measured.
            .saturating_add(Weight::from_parts(60_000_000, 5_181))
            .saturating_add(ParityDbWeight::get().reads(13))
            .saturating_add(ParityDbWeight::get().writes(5))
    }
    // Estimated by hand until it is measured: two releases of 288 offers, each read and written.
    fn void_offers() -> Weight {
        Weight::from_parts(4_000_000_000, 1_470_000)
            .saturating_add(ParityDbWeight::get().reads(587))
            .saturating_add(ParityDbWeight::get().writes(580))
    }
    fn set_exposure_share() -> Weight {
        Weight::from_parts(3_500_000, 0)
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn prune_step() -> Weight {
        // At least 20_390_000 picoseconds.
        Weight::from_parts(21_672_000, 15792)
            .saturating_add(ParityDbWeight::get().reads(6))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
}
