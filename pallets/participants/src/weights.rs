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
}
