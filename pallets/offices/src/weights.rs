//! Weights of the calls. Estimated by hand, until scripts/weights.sh writes this file.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_imports)]

use frame::weights_prelude::*;

/// The weight of each call and of each step of the hook.
pub trait WeightInfo {
    /// Of `appoint`.
    fn appoint() -> Weight;
    /// Of `announce`.
    fn announce() -> Weight;
    /// Of `enact`, beside its call.
    fn enact() -> Weight;
    /// Of `withdraw`.
    fn withdraw() -> Weight;
}

/// The weights on the database of a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn appoint() -> Weight {
        Weight::from_parts(60_000_000, 110_000)
            .saturating_add(T::DbWeight::get().reads(18))
            .saturating_add(T::DbWeight::get().writes(18))
    }
    fn announce() -> Weight {
        Weight::from_parts(20_000_000, 10_000)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    fn enact() -> Weight {
        Weight::from_parts(25_000_000, 10_000)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    fn withdraw() -> Weight {
        Weight::from_parts(20_000_000, 10_000)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(2))
    }
}

/// The same on ParityDB, for tests.
impl WeightInfo for () {
    fn appoint() -> Weight {
        Weight::from_parts(60_000_000, 110_000)
            .saturating_add(ParityDbWeight::get().reads(18))
            .saturating_add(ParityDbWeight::get().writes(18))
    }
    fn announce() -> Weight {
        Weight::from_parts(20_000_000, 10_000)
            .saturating_add(ParityDbWeight::get().reads(4))
            .saturating_add(ParityDbWeight::get().writes(3))
    }
    fn enact() -> Weight {
        Weight::from_parts(25_000_000, 10_000)
            .saturating_add(ParityDbWeight::get().reads(2))
            .saturating_add(ParityDbWeight::get().writes(2))
    }
    fn withdraw() -> Weight {
        Weight::from_parts(20_000_000, 10_000)
            .saturating_add(ParityDbWeight::get().reads(4))
            .saturating_add(ParityDbWeight::get().writes(2))
    }
}
