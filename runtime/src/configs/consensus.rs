//! Time, block production and finality.

use crate::configs::offices::Board;
use crate::{
    AccountId, Aura, Balances, Migrations, Runtime, RuntimeEvent, SessionKeys, Slots, System, Validators,
};
use frame_support::migrations::{MigrationStatusHandler, MultiStepMigrator};
use frame_support::traits::{ConstBool, ConstU32, ConstU64, ConstU128, Get};
use market::blocks::{Blocks, needed};
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_runtime::SaturatedConversion;
use sp_runtime::traits::{ConvertInto, OpaqueKeys};

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

impl MigrationStatusHandler for Slots {
    fn completed() {
        crate::slots::Migrated::<Runtime>::put(System::block_number());
    }
}

/// Whether the block that runs takes no transactions: a migration goes on, or came to its end in it.
fn is_migrating() -> bool {
    Migrations::ongoing() || crate::slots::Migrated::<Runtime>::get() == Some(System::block_number())
}

impl Blocks for Slots {
    fn author() -> Option<u32> {
        let author = Aura::slot_author_index(pallet_aura::CurrentSlot::<Runtime>::get()).unwrap_or_default();
        (!is_migrating()).then_some(author)
    }

    fn validators() -> u32 {
        Aura::authorities_len().saturated_into()
    }

    fn needed(length: u64) -> u32 {
        let (slot, share) = (SlotDuration::get(), crate::slots::WindowShare::<Runtime>::get());
        needed(length, slot, share)
    }
}

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

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = ConvertInto;
    type ShouldEndSession = Validators;
    // Sessions have no length: one ends where a change waits.
    type NextSessionRotation = ();
    type SessionManager = Validators;
    type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
    type Keys = SessionKeys;
    // Nobody's misbehaviour is reported: the operator takes a validator out.
    type DisablingStrategy = ();
    type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type KeyDeposit = ConstU128<0>;
}

impl crate::validators::Config for Runtime {
    type Board = Board;
    type MaxValidators = MaxAuthorities;
    type WeightInfo = crate::validators::weights::SubstrateWeight<Runtime>;
}
