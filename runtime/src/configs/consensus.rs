//! Time, block production and finality.

use crate::{Aura, Runtime, RuntimeEvent, Slots};
use frame_support::traits::{ConstBool, ConstU32, ConstU64, Get};
use sp_consensus_aura::sr25519::AuthorityId as AuraId;

/// The most validators.
type MaxAuthorities = ConstU32<32>;

/// Half a slot, in milliseconds.
pub struct MinimumPeriod;

impl Get<u64> for MinimumPeriod {
    fn get() -> u64 {
        Slots::minimum_period()
    }
}

/// A slot, in milliseconds.
pub struct SlotDuration;

impl Get<u64> for SlotDuration {
    fn get() -> u64 {
        crate::slots::SlotDuration::<Runtime>::get()
    }
}

impl crate::slots::Config for Runtime {}

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = Aura;
    type MinimumPeriod = MinimumPeriod;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_aura::Config for Runtime {
    type AuthorityId = AuraId;
    type MaxAuthorities = MaxAuthorities;
    type DisabledValidators = ();
    type AllowMultipleBlocksPerSlot = ConstBool<false>;
    type SlotDuration = SlotDuration;
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type MaxAuthorities = MaxAuthorities;
    type MaxNominators = ConstU32<0>;
    type MaxSetIdSessionEntries = ConstU64<0>;
    type KeyOwnerProof = sp_core::Void;
    type EquivocationReportSystem = ();
}
