//! Weights of the calls and steps, measured: scripts/weights.sh writes this file.
//!
//! 2026-11-24, AMD EPYC; 30 steps, 15 repeats, proofs for maps of 1000000 entries; reads and
//! writes are the database's, which the runtime names. `withdraw_tariff` is by hand, until it writes it again.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_imports)]

use frame::weights_prelude::*;

/// The weight of each call and of each step of the hook.
pub trait WeightInfo {
    /// Of `propose_tariff`, `s` from 1 to 288.
    fn propose_tariff(s: u32) -> Weight;
    /// Of `set_tariff_bounds`.
    fn set_tariff_bounds() -> Weight;
    /// Of `set_feed_in`.
    fn set_feed_in() -> Weight;
    /// Of `set_calendar`.
    fn set_calendar() -> Weight;
    /// Of `pause`.
    fn pause() -> Weight;
    /// Of `resume`.
    fn resume() -> Weight;
    /// Of `withdraw_tariff`.
    fn withdraw_tariff() -> Weight;
}

/// The weights on the database of a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn withdraw_tariff() -> Weight {
        Weight::from_parts(400_000_000, 120_000)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `Participants::Acting` (r:1 w:0)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Terms::FeedInVersions` (r:1 w:0)
    // Proof: `Terms::FeedInVersions` (`max_values`: Some(1), `max_size`: Some(193), added: 688, mode: `MaxEncodedLen`)
    // Storage: `Terms::Bounds` (r:1 w:0)
    // Proof: `Terms::Bounds` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Terms::TariffVersions` (r:1 w:1)
    // Proof: `Terms::TariffVersions` (`max_values`: Some(1), `max_size`: Some(110753), added: 111248, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Next` (r:1 w:0)
    // Proof: `Settlement::Next` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Closing` (r:1 w:0)
    // Proof: `Settlement::Closing` (`max_values`: Some(1), `max_size`: Some(1064), added: 1559, mode: `MaxEncodedLen`)
    fn propose_tariff(s: u32) -> Weight {
        // At least 160_019_000 picoseconds.
        Weight::from_parts(169_282_745, 112238)
            .saturating_add(Weight::from_parts(28_597, 0).saturating_mul(s.into()))
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `Terms::Bounds` (r:0 w:1)
    // Proof: `Terms::Bounds` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    fn set_tariff_bounds() -> Weight {
        // At least 3_385_000 picoseconds.
        Weight::from_parts(3_726_000, 0)
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Terms::TariffVersions` (r:1 w:0)
    // Proof: `Terms::TariffVersions` (`max_values`: Some(1), `max_size`: Some(110753), added: 111248, mode: `MaxEncodedLen`)
    // Storage: `Terms::FeedInVersions` (r:1 w:1)
    // Proof: `Terms::FeedInVersions` (`max_values`: Some(1), `max_size`: Some(193), added: 688, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Next` (r:1 w:0)
    // Proof: `Settlement::Next` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Closing` (r:1 w:0)
    // Proof: `Settlement::Closing` (`max_values`: Some(1), `max_size`: Some(1064), added: 1559, mode: `MaxEncodedLen`)
    fn set_feed_in() -> Weight {
        // At least 19_409_000 picoseconds.
        Weight::from_parts(20_371_000, 112238)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `Terms::CalendarVersions` (r:1 w:1)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `EnergyTasks::Pruning` (r:1 w:0)
    // Proof: `EnergyTasks::Pruning` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Pruning` (r:1 w:0)
    // Proof: `Settlement::Pruning` (`max_values`: Some(1), `max_size`: Some(10), added: 505, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Next` (r:1 w:0)
    // Proof: `Settlement::Next` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Closing` (r:1 w:0)
    // Proof: `Settlement::Closing` (`max_values`: Some(1), `max_size`: Some(1064), added: 1559, mode: `MaxEncodedLen`)
    fn set_calendar() -> Weight {
        // At least 16_324_000 picoseconds.
        Weight::from_parts(17_286_000, 2549)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `Terms::Pauses` (r:1 w:1)
    // Proof: `Terms::Pauses` (`max_values`: None, `max_size`: Some(282), added: 2757, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    fn pause() -> Weight {
        // At least 12_749_000 picoseconds.
        Weight::from_parts(13_420_000, 3747)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `Terms::Pauses` (r:1 w:1)
    // Proof: `Terms::Pauses` (`max_values`: None, `max_size`: Some(282), added: 2757, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    fn resume() -> Weight {
        // At least 10_997_000 picoseconds.
        Weight::from_parts(11_637_000, 3747)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}

/// The same on ParityDB, for tests.
impl WeightInfo for () {
    fn withdraw_tariff() -> Weight {
        Weight::from_parts(400_000_000, 120_000)
            .saturating_add(ParityDbWeight::get().reads(6))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn propose_tariff(s: u32) -> Weight {
        // At least 160_019_000 picoseconds.
        Weight::from_parts(169_282_745, 112238)
            .saturating_add(Weight::from_parts(28_597, 0).saturating_mul(s.into()))
            .saturating_add(ParityDbWeight::get().reads(9))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn set_tariff_bounds() -> Weight {
        // At least 3_385_000 picoseconds.
        Weight::from_parts(3_726_000, 0)
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn set_feed_in() -> Weight {
        // At least 19_409_000 picoseconds.
        Weight::from_parts(20_371_000, 112238)
            .saturating_add(ParityDbWeight::get().reads(6))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn set_calendar() -> Weight {
        // At least 16_324_000 picoseconds.
        Weight::from_parts(17_286_000, 2549)
            .saturating_add(ParityDbWeight::get().reads(6))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn pause() -> Weight {
        // At least 12_749_000 picoseconds.
        Weight::from_parts(13_420_000, 3747)
            .saturating_add(ParityDbWeight::get().reads(2))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn resume() -> Weight {
        // At least 10_997_000 picoseconds.
        Weight::from_parts(11_637_000, 3747)
            .saturating_add(ParityDbWeight::get().reads(2))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
}
