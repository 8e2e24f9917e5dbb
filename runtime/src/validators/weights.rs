//! Weights of the calls.

use frame_support::traits::Get;
use frame_support::weights::{Weight, constants::ParityDbWeight};

/// The weight of each call.
pub trait WeightInfo {
    /// Of `set`.
    fn set(v: u32) -> Weight;
}

impl WeightInfo for () {
    fn set(v: u32) -> Weight {
        ParityDbWeight::get().reads_writes(u64::from(v), 2)
    }
}
