//! Weights of the calls.
//!
//! Estimates, until the benchmarks run on reference hardware: a base time for the computation, and the
//! reads and writes of ParityDB, 8 and 50 microseconds each.

use frame::prelude::*;
use frame::weights_prelude::ParityDbWeight;

/// The weight of each call.
pub trait WeightInfo {
    /// Of [`crate::Pallet::register`].
    fn register() -> Weight;
    /// Of [`crate::Pallet::set_parameters`].
    fn set_parameters() -> Weight;
    /// Of [`crate::Pallet::suspend`].
    fn suspend() -> Weight;
    /// Of [`crate::Pallet::reinstate`].
    fn reinstate() -> Weight;
    /// Of [`crate::Pallet::remove`], with what it asks of the books.
    fn remove() -> Weight;
    /// Of [`crate::Pallet::rotate_agent`].
    fn rotate_agent() -> Weight;
    /// Of [`crate::Pallet::rotate_meter`].
    fn rotate_meter() -> Weight;
}

impl WeightInfo for () {
    fn register() -> Weight {
        // Count, both acting accounts, name, supplier, both system accounts; all of them and the
        // participant are written.
        Weight::from_parts(25_000_000, 8_000).saturating_add(ParityDbWeight::get().reads_writes(7, 8))
    }

    fn set_parameters() -> Weight {
        Weight::from_parts(15_000_000, 4_000).saturating_add(ParityDbWeight::get().reads_writes(1, 1))
    }

    fn suspend() -> Weight {
        Weight::from_parts(15_000_000, 4_000).saturating_add(ParityDbWeight::get().reads_writes(3, 1))
    }

    fn reinstate() -> Weight {
        Weight::from_parts(12_000_000, 2_000).saturating_add(ParityDbWeight::get().reads_writes(1, 1))
    }

    fn remove() -> Weight {
        // The participant, whether it is suspended, the books of some days, both system accounts; both acting
        // accounts, name and all but the books are written.
        Weight::from_parts(60_000_000, 32_000).saturating_add(ParityDbWeight::get().reads_writes(40, 8))
    }

    fn rotate_agent() -> Weight {
        // The participant, the new acting account and both system accounts; the old acting one is written, too.
        Weight::from_parts(25_000_000, 8_000).saturating_add(ParityDbWeight::get().reads_writes(4, 5))
    }

    fn rotate_meter() -> Weight {
        Weight::from_parts(15_000_000, 4_000).saturating_add(ParityDbWeight::get().reads_writes(1, 1))
    }
}
