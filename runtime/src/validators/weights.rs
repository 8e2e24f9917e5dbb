//! Weights of the calls and steps, measured: scripts/weights.sh writes this file.
//!
//! 2026-11-24, AMD EPYC; 30 steps, 15 repeats, proofs for maps of 1000000 entries; reads and
//! writes are the database's, which the runtime names.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_imports)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::{Weight, constants::ParityDbWeight}};

/// The weight of each call and of each step of the hook.
pub trait WeightInfo {
    /// Of `set`, `v` from 1 to 32.
    fn set(v: u32) -> Weight;
}

/// The weights on the database of a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Session::NextKeys` (r:32 w:0)
    // Proof: `Session::NextKeys` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Validators::Steps` (r:0 w:1)
    // Proof: `Validators::Steps` (`max_values`: Some(1), `max_size`: Some(1), added: 496, mode: `MaxEncodedLen`)
    // Storage: `Validators::Next` (r:0 w:1)
    // Proof: `Validators::Next` (`max_values`: Some(1), `max_size`: Some(1025), added: 1520, mode: `MaxEncodedLen`)
    fn set(v: u32) -> Weight {
        // At least 8_663_000 picoseconds.
        Weight::from_parts(6_950_769, 1156)
            .saturating_add(Weight::from_parts(2_316_488, 0).saturating_mul(v.into()))
            .saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(v.into())))
            .saturating_add(T::DbWeight::get().writes(2))
            .saturating_add(Weight::from_parts(0, 2553).saturating_mul(v.into()))
    }
}

/// The same on ParityDB, for tests.
impl WeightInfo for () {
    fn set(v: u32) -> Weight {
        // At least 8_663_000 picoseconds.
        Weight::from_parts(6_950_769, 1156)
            .saturating_add(Weight::from_parts(2_316_488, 0).saturating_mul(v.into()))
            .saturating_add(ParityDbWeight::get().reads(1_u64.saturating_mul(v.into())))
            .saturating_add(ParityDbWeight::get().writes(2))
            .saturating_add(Weight::from_parts(0, 2553).saturating_mul(v.into()))
    }
}
