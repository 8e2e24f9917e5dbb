//! Weights of the calls and of the hook's steps.
//!
//! Estimates, until the benchmarks run on reference hardware: a base time for the computation, and the
//! reads and writes of ParityDB, 8 and 50 microseconds each. A read or write that every step of a block
//! shares is counted in each, so a step never costs more than it says.

use frame::prelude::*;
use frame::weights_prelude::ParityDbWeight;

/// The weight of each call and of each step of the hook.
pub trait WeightInfo {
    /// Of [`crate::Pallet::seal`].
    fn seal() -> Weight;
    /// Of [`crate::Pallet::reveal`].
    fn reveal() -> Weight;
    /// Of [`crate::Pallet::set_deposit_share`].
    fn set_deposit_share() -> Weight;
    /// Of the hook where nothing is due: the clock, the counter of the reveal window, the cursor.
    fn poll() -> Weight;
    /// Of passing a period that nobody bid for, and of ending a phase.
    fn pass() -> Weight;
    /// Of fetching the next bid, or the next offer with its seller.
    fn fetch() -> Weight;
    /// Of one trade.
    fn trade() -> Weight;
    /// Of one trade that fills its bid, which leaves.
    fn fill() -> Weight;
    /// Of a bid that leaves the queue.
    fn leave() -> Weight;
    /// Of weighing one offer.
    fn weigh() -> Weight;
    /// Of taking an unrevealed bid's deposit, or giving it back.
    fn collect() -> Weight;
    /// Of one seller's share of the forfeited deposits.
    fn share() -> Weight;
}

impl WeightInfo for () {
    fn seal() -> Weight {
        // Acting, member, suspension, calendar, clock, pauses, share, next, seal, position, total, lowest cost, prices, debt,
        // account, holds; seal, account, holds and the account's references are written.
        Weight::from_parts(45_000_000, 12_000).saturating_add(ParityDbWeight::get().reads_writes(16, 3))
    }

    fn reveal() -> Weight {
        // Acting, calendar, clock, pauses, genesis hash, seal, prices, lowest cost, seed, account, holds; seal, bid,
        // account and holds are written.
        Weight::from_parts(60_000_000, 12_000).saturating_add(ParityDbWeight::get().reads_writes(11, 4))
    }

    fn set_deposit_share() -> Weight {
        Weight::from_parts(12_000_000, 1_000).saturating_add(ParityDbWeight::get().writes(1))
    }

    fn poll() -> Weight {
        Weight::from_parts(10_000_000, 4_000).saturating_add(ParityDbWeight::get().reads_writes(8, 3))
    }

    fn pass() -> Weight {
        Weight::from_parts(12_000_000, 4_000).saturating_add(ParityDbWeight::get().reads_writes(6, 1))
    }

    fn fetch() -> Weight {
        // The next key, its value, and the seller.
        Weight::from_parts(8_000_000, 4_000).saturating_add(ParityDbWeight::get().reads(4))
    }

    fn trade() -> Weight {
        // Accounts and holds of buyer and seller, both lines of the settlement and what the seller sold.
        Weight::from_parts(60_000_000, 16_000).saturating_add(ParityDbWeight::get().reads_writes(8, 8))
    }

    fn fill() -> Weight {
        // Both together, whose keys are partly the same.
        Weight::from_parts(80_000_000, 20_000).saturating_add(ParityDbWeight::get().reads_writes(9, 10))
    }

    fn leave() -> Weight {
        // Account and holds, bid, seal and the settlement's line.
        Weight::from_parts(35_000_000, 8_000).saturating_add(ParityDbWeight::get().reads_writes(3, 5))
    }

    fn weigh() -> Weight {
        // The next offer's key and value, and what its seller sold.
        Weight::from_parts(8_000_000, 4_000).saturating_add(ParityDbWeight::get().reads(3))
    }

    fn collect() -> Weight {
        // The next seal's key and value, account and holds of bidder and pot.
        Weight::from_parts(40_000_000, 12_000).saturating_add(ParityDbWeight::get().reads_writes(6, 5))
    }

    fn share() -> Weight {
        // The next offer's key and value, what its seller sold, the seller, account and holds of both.
        Weight::from_parts(40_000_000, 12_000).saturating_add(ParityDbWeight::get().reads_writes(8, 4))
    }
}
