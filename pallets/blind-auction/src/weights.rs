//! Weights of the calls and steps, measured: scripts/weights.sh writes this file.
//!
//! 2026-11-24, AMD EPYC; 30 steps, 15 repeats, proofs for maps of 1000000 entries; reads and
//! writes are the database's, which the runtime names.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_imports)]

use frame::weights_prelude::*;

/// The weight of each call and of each step of the hook.
pub trait WeightInfo {
    /// Of `seal`.
    fn seal() -> Weight;
    /// Of `reveal`.
    fn reveal() -> Weight;
    /// Of `set_deposit_share`.
    fn set_deposit_share() -> Weight;
    /// Of `poll`.
    fn poll() -> Weight;
    /// Of `pass`.
    fn pass() -> Weight;
    /// Of `fetch`.
    fn fetch() -> Weight;
    /// Of `count_offer`.
    fn count_offer() -> Weight;
    /// Of `trade`.
    fn trade() -> Weight;
    /// Of `fill`.
    fn fill() -> Weight;
    /// Of `leave`.
    fn leave() -> Weight;
    /// Of `collect`.
    fn collect() -> Weight;
}

/// The weights on the database of a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Participants::Acting` (r:1 w:0)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `EnergyTasks::Releases` (r:1 w:0)
    // Proof: `EnergyTasks::Releases` (`max_values`: None, `max_size`: Some(4926), added: 7401, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Debts` (r:1 w:0)
    // Proof: `Settlement::Debts` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    // Storage: `BlindAuction::Seals` (r:1 w:1)
    // Proof: `BlindAuction::Seals` (`max_values`: None, `max_size`: Some(110), added: 2585, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    fn seal() -> Weight {
        // At least 71_667_000 picoseconds.
        Weight::from_parts(75_332_000, 8391)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Storage: `Participants::Acting` (r:1 w:0)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `BlindAuction::Seals` (r:1 w:1)
    // Proof: `BlindAuction::Seals` (`max_values`: None, `max_size`: Some(110), added: 2585, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `BlindAuction::Bids` (r:0 w:1)
    // Proof: `BlindAuction::Bids` (`max_values`: None, `max_size`: Some(66), added: 2541, mode: `MaxEncodedLen`)
    fn reveal() -> Weight {
        // At least 70_875_000 picoseconds.
        Weight::from_parts(73_499_000, 3593)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Storage: `BlindAuction::DepositShare` (r:0 w:1)
    // Proof: `BlindAuction::DepositShare` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    fn set_deposit_share() -> Weight {
        // At least 3_164_000 picoseconds.
        Weight::from_parts(3_415_000, 0)
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `BlindAuction::RevealBlocks` (r:1 w:1)
    // Proof: `BlindAuction::RevealBlocks` (`max_values`: None, `max_size`: Some(10), added: 2485, mode: `MaxEncodedLen`)
    fn poll() -> Weight {
        // Estimated: whether a migration goes on.
        // At least 9_614_000 picoseconds.
        Weight::from_parts(10_195_000, 3475)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `BlindAuction::Bids` (r:1 w:0)
    // Proof: `BlindAuction::Bids` (`max_values`: None, `max_size`: Some(66), added: 2541, mode: `MaxEncodedLen`)
    // Storage: `BlindAuction::Seals` (r:1 w:0)
    // Proof: `BlindAuction::Seals` (`max_values`: None, `max_size`: Some(110), added: 2585, mode: `MaxEncodedLen`)
    // Storage: `BlindAuction::RevealBlocks` (r:0 w:1)
    // Proof: `BlindAuction::RevealBlocks` (`max_values`: None, `max_size`: Some(10), added: 2485, mode: `MaxEncodedLen`)
    fn pass() -> Weight {
        // At least 9_394_000 picoseconds.
        Weight::from_parts(10_465_000, 3575)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `EnergyTasks::Offers` (r:2 w:0)
    // Proof: `EnergyTasks::Offers` (`max_values`: None, `max_size`: Some(46), added: 2521, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    fn fetch() -> Weight {
        // At least 18_798_000 picoseconds.
        Weight::from_parts(19_779_000, 6032)
            .saturating_add(T::DbWeight::get().reads(4))
    }
    // Estimated by hand until it is measured: eight lines are read, one offer is written.
    fn count_offer() -> Weight {
        Weight::from_parts(40_000_000, 23_465)
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `Balances::Holds` (r:2 w:2)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Lines` (r:2 w:2)
    // Proof: `Settlement::Lines` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    fn trade() -> Weight {
        // At least 92_328_000 picoseconds.
        Weight::from_parts(96_083_000, 6226)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(6))
    }
    // Storage: `Balances::Holds` (r:2 w:2)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Lines` (r:2 w:2)
    // Proof: `Settlement::Lines` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `BlindAuction::Bids` (r:0 w:1)
    // Proof: `BlindAuction::Bids` (`max_values`: None, `max_size`: Some(66), added: 2541, mode: `MaxEncodedLen`)
    fn fill() -> Weight {
        // At least 96_364_000 picoseconds.
        Weight::from_parts(100_980_000, 6226)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(7))
    }
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Lines` (r:1 w:1)
    // Proof: `Settlement::Lines` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
    // Storage: `BlindAuction::Bids` (r:0 w:1)
    // Proof: `BlindAuction::Bids` (`max_values`: None, `max_size`: Some(66), added: 2541, mode: `MaxEncodedLen`)
    fn leave() -> Weight {
        // At least 39_659_000 picoseconds.
        Weight::from_parts(41_673_000, 3608)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Storage: `BlindAuction::Seals` (r:2 w:1)
    // Proof: `BlindAuction::Seals` (`max_values`: None, `max_size`: Some(110), added: 2585, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:2 w:2)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn collect() -> Weight {
        // At least 57_445_000 picoseconds.
        Weight::from_parts(60_530_000, 6196)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(5))
    }
}

/// The same on ParityDB, for tests.
impl WeightInfo for () {
    fn seal() -> Weight {
        // At least 71_667_000 picoseconds.
        Weight::from_parts(75_332_000, 8391)
            .saturating_add(ParityDbWeight::get().reads(7))
            .saturating_add(ParityDbWeight::get().writes(3))
    }
    fn reveal() -> Weight {
        // At least 70_875_000 picoseconds.
        Weight::from_parts(73_499_000, 3593)
            .saturating_add(ParityDbWeight::get().reads(5))
            .saturating_add(ParityDbWeight::get().writes(4))
    }
    fn set_deposit_share() -> Weight {
        // At least 3_164_000 picoseconds.
        Weight::from_parts(3_415_000, 0)
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn poll() -> Weight {
        // Estimated: whether a migration goes on.
        // At least 9_614_000 picoseconds.
        Weight::from_parts(10_195_000, 3475)
            .saturating_add(ParityDbWeight::get().reads(3))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn pass() -> Weight {
        // At least 9_394_000 picoseconds.
        Weight::from_parts(10_465_000, 3575)
            .saturating_add(ParityDbWeight::get().reads(2))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn fetch() -> Weight {
        // At least 18_798_000 picoseconds.
        Weight::from_parts(19_779_000, 6032)
            .saturating_add(ParityDbWeight::get().reads(4))
    }
    // Estimated by hand until it is measured: eight lines are read, one offer is written.
    fn count_offer() -> Weight {
        Weight::from_parts(40_000_000, 23_465)
            .saturating_add(ParityDbWeight::get().reads(9))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn trade() -> Weight {
        // At least 92_328_000 picoseconds.
        Weight::from_parts(96_083_000, 6226)
            .saturating_add(ParityDbWeight::get().reads(7))
            .saturating_add(ParityDbWeight::get().writes(6))
    }
    fn fill() -> Weight {
        // At least 96_364_000 picoseconds.
        Weight::from_parts(100_980_000, 6226)
            .saturating_add(ParityDbWeight::get().reads(7))
            .saturating_add(ParityDbWeight::get().writes(7))
    }
    fn leave() -> Weight {
        // At least 39_659_000 picoseconds.
        Weight::from_parts(41_673_000, 3608)
            .saturating_add(ParityDbWeight::get().reads(3))
            .saturating_add(ParityDbWeight::get().writes(4))
    }
    fn collect() -> Weight {
        // At least 57_445_000 picoseconds.
        Weight::from_parts(60_530_000, 6196)
            .saturating_add(ParityDbWeight::get().reads(6))
            .saturating_add(ParityDbWeight::get().writes(5))
    }
}
