//! Who may make which privileged call, and accounts of several people.

use crate::{
    AccountId, Balance, Balances, Runtime, RuntimeCall, RuntimeEvent, System, Timestamp,
    configs::fees::LengthFee,
};
use frame_support::{
    parameter_types,
    traits::{ConstU32, Contains},
};
use pallet_offices::{EnsureOffice, Office};

parameter_types! {
    /// The office of the calls that name the registrar; and so on.
    pub const OfRegistrar: Office = Office::Registrar;
    #[allow(missing_docs)]
    pub const OfTreasurer: Office = Office::Treasurer;
    #[allow(missing_docs)]
    pub const OfArbiter: Office = Office::Arbiter;
    #[allow(missing_docs)]
    pub const OfGuardian: Office = Office::Guardian;
    #[allow(missing_docs)]
    pub const OfBoard: Office = Office::Board;
    /// What a call costs that waits for signatures, beside 32 bytes for each of them, until it is made or cancelled.
    pub const MultisigDeposit: Balance = LengthFee::get().saturating_mul(128);
    /// The 32 bytes.
    pub const SignatoryDeposit: Balance = LengthFee::get().saturating_mul(32);
}

/// Registers participants, and sets meters, keys and the calendar.
pub type Registrar = EnsureOffice<Runtime, OfRegistrar>;
/// Pays money in and out.
pub type Treasurer = EnsureOffice<Runtime, OfTreasurer>;
/// Rules on disputes.
pub type Arbiter = EnsureOffice<Runtime, OfArbiter>;
/// Stops what must not go on.
pub type Guardian = EnsureOffice<Runtime, OfGuardian>;
/// Sets rules, bounds and validators.
pub type Board = EnsureOffice<Runtime, OfBoard>;

/// What an office may announce: the market's own calls, and upgrades. Nothing that would let anybody act without notice
/// from then on, as sudo's key or a storage entry would; no members' money; and no call that holds another.
pub struct Announceable;

impl Contains<RuntimeCall> for Announceable {
    fn contains(call: &RuntimeCall) -> bool {
        match call {
            RuntimeCall::Participants(_)
            | RuntimeCall::Terms(_)
            | RuntimeCall::EnergyTasks(_)
            | RuntimeCall::BlindAuction(_)
            | RuntimeCall::Settlement(_)
            | RuntimeCall::Validators(_) => true,
            RuntimeCall::Offices(call) => matches!(call, pallet_offices::Call::appoint { .. }),
            RuntimeCall::System(call) => matches!(call, frame_system::Call::authorize_upgrade { .. }),
            // What finality needs where too many validators are gone.
            RuntimeCall::Grandpa(call) => matches!(call, pallet_grandpa::Call::note_stalled { .. }),
            _ => false,
        }
    }
}

impl pallet_offices::Config for Runtime {
    type RuntimeCall = RuntimeCall;
    type Announceable = Announceable;
    type Time = Timestamp;
    type WeightInfo = pallet_offices::weights::SubstrateWeight<Runtime>;
}

impl pallet_multisig::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type DepositBase = MultisigDeposit;
    type DepositFactor = SignatoryDeposit;
    type MaxSignatories = ConstU32<32>;
    type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
    type BlockNumberProvider = System;
}

/// What a call that waits for signatures holds of the money of who sent it first.
pub fn multisig_deposits() -> impl Iterator<Item = (AccountId, Balance)> {
    pallet_multisig::Multisigs::<Runtime>::iter_values().map(|waiting| (waiting.depositor, waiting.deposit))
}
