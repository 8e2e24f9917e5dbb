//! Weights of the calls and steps, measured: scripts/weights.sh writes this file.
//!
//! 2026-11-24, AMD EPYC; 30 steps, 15 repeats, proofs for maps of 1000000 entries; reads and
//! writes are the database's, which the runtime names. `rotate_account` and `replace_supplier` are by hand, until it
//! writes it again.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_imports)]

use frame::weights_prelude::*;

/// The weight of each call and of each step of the hook.
pub trait WeightInfo {
    /// Of `register`.
    fn register() -> Weight;
    /// Of `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of `suspend`.
    fn suspend() -> Weight;
    /// Of `reinstate`.
    fn reinstate() -> Weight;
    /// Of `remove`.
    fn remove() -> Weight;
    /// Of `rotate_agent`.
    fn rotate_agent() -> Weight;
    /// Of `rotate_meter`.
    fn rotate_meter() -> Weight;
    /// Of `rotate_account`.
    fn rotate_account() -> Weight;
    /// Of `replace_supplier`.
    fn replace_supplier() -> Weight;
}

/// The weights on the database of a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn rotate_account() -> Weight {
        Weight::from_parts(150_000_000, 80_000)
            .saturating_add(T::DbWeight::get().reads(45))
            .saturating_add(T::DbWeight::get().writes(28))
    }
    fn replace_supplier() -> Weight {
        Weight::from_parts(200_000_000, 90_000)
            .saturating_add(T::DbWeight::get().reads(52))
            .saturating_add(T::DbWeight::get().writes(36))
    }
    // Storage: `Participants::Count` (r:1 w:1)
    // Proof: `Participants::Count` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Participants::Acting` (r:2 w:2)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Participants::Names` (r:1 w:1)
    // Proof: `Participants::Names` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Participants::RetailSupplier` (r:1 w:1)
    // Proof: `Participants::RetailSupplier` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:0 w:1)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    fn register() -> Weight {
        // At least 32_047_000 picoseconds; by hand, one read more: the time.
        Weight::from_parts(34_031_000, 6196)
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().writes(8))
    }
    // Storage: `Participants::Participants` (r:1 w:1)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    fn set_parameters() -> Weight {
        // At least 10_747_000 picoseconds.
        Weight::from_parts(11_567_000, 3631)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Participants::RetailSupplier` (r:1 w:0)
    // Proof: `Participants::RetailSupplier` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Participants::Acting` (r:1 w:2)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // With a hand estimate of what `void_offers` of the energy tasks takes, until it is measured.
    fn suspend() -> Weight {
        Weight::from_parts(4_020_000_000, 1_474_000)
            .saturating_add(T::DbWeight::get().reads(587))
            .saturating_add(T::DbWeight::get().writes(580))
    }
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Participants::Acting` (r:1 w:2)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    fn reinstate() -> Weight {
        // At least 18_507_000 picoseconds.
        Weight::from_parts(19_589_000, 3631)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Storage: `Participants::Participants` (r:1 w:1)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Participants::Acting` (r:1 w:2)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Debts` (r:1 w:0)
    // Proof: `Settlement::Debts` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    // Storage: `Settlement::TopUps` (r:1 w:0)
    // Proof: `Settlement::TopUps` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Closing` (r:1 w:0)
    // Proof: `Settlement::Closing` (`max_values`: Some(1), `max_size`: Some(1064), added: 1559, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Next` (r:1 w:0)
    // Proof: `Settlement::Next` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Participants::Names` (r:0 w:1)
    // Proof: `Participants::Names` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Participants::Removed` (r:0 w:1)
    // Proof: `Participants::Removed` (`max_values`: None, `max_size`: Some(13), added: 2488, mode: `MaxEncodedLen`)
    fn remove() -> Weight {
        // At least 36_694_000 picoseconds.
        Weight::from_parts(38_678_000, 6196)
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().writes(7))
    }
    // Storage: `Participants::Participants` (r:1 w:1)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Participants::Acting` (r:2 w:2)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn rotate_agent() -> Weight {
        // At least 29_925_000 picoseconds.
        Weight::from_parts(31_667_000, 6196)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Storage: `Participants::Participants` (r:1 w:1)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    fn rotate_meter() -> Weight {
        // At least 10_837_000 picoseconds.
        Weight::from_parts(11_598_000, 3631)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}

/// The same on ParityDB, for tests.
impl WeightInfo for () {
    fn rotate_account() -> Weight {
        Weight::from_parts(150_000_000, 80_000)
            .saturating_add(ParityDbWeight::get().reads(45))
            .saturating_add(ParityDbWeight::get().writes(28))
    }
    fn replace_supplier() -> Weight {
        Weight::from_parts(200_000_000, 90_000)
            .saturating_add(ParityDbWeight::get().reads(52))
            .saturating_add(ParityDbWeight::get().writes(36))
    }
    fn register() -> Weight {
        // At least 32_047_000 picoseconds; by hand, one read more: the time.
        Weight::from_parts(34_031_000, 6196)
            .saturating_add(ParityDbWeight::get().reads(8))
            .saturating_add(ParityDbWeight::get().writes(8))
    }
    fn set_parameters() -> Weight {
        // At least 10_747_000 picoseconds.
        Weight::from_parts(11_567_000, 3631)
            .saturating_add(ParityDbWeight::get().reads(1))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    // With a hand estimate of what `void_offers` of the energy tasks takes, until it is measured.
    fn suspend() -> Weight {
        Weight::from_parts(4_020_000_000, 1_474_000)
            .saturating_add(ParityDbWeight::get().reads(587))
            .saturating_add(ParityDbWeight::get().writes(580))
    }
    fn reinstate() -> Weight {
        // At least 18_507_000 picoseconds.
        Weight::from_parts(19_589_000, 3631)
            .saturating_add(ParityDbWeight::get().reads(2))
            .saturating_add(ParityDbWeight::get().writes(2))
    }
    fn remove() -> Weight {
        // At least 36_694_000 picoseconds.
        Weight::from_parts(38_678_000, 6196)
            .saturating_add(ParityDbWeight::get().reads(8))
            .saturating_add(ParityDbWeight::get().writes(7))
    }
    fn rotate_agent() -> Weight {
        // At least 29_925_000 picoseconds.
        Weight::from_parts(31_667_000, 6196)
            .saturating_add(ParityDbWeight::get().reads(5))
            .saturating_add(ParityDbWeight::get().writes(5))
    }
    fn rotate_meter() -> Weight {
        // At least 10_837_000 picoseconds.
        Weight::from_parts(11_598_000, 3631)
            .saturating_add(ParityDbWeight::get().reads(1))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
}
