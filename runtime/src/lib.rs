//! Gridbid's state transition function: the pallets of the market on an Aura and GRANDPA chain.
//!
//! | module | content |
//! | --- | --- |
//! | [`configs`] | the configuration of every pallet, by domain |
//! | [`apis`], [`market_api`] | what a node and its clients ask |
//! | [`genesis_config_presets`] | the chain's first state |
//! | [`slots`] | the length of a consensus slot |
//! | [`validators`] | who makes and finalises blocks |
//! | [`migrations`] | from one version to the next |
//! | `invariants` | what always holds across the pallets, with the feature `try-runtime` |

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::cast_possible_truncation,
        clippy::arithmetic_side_effects
    )
)]
#![recursion_limit = "256"]
// The items that `runtime` makes have no documentation of their own.
#![allow(missing_docs)]

extern crate alloc;

#[cfg(feature = "std")]
pub use wasm::{WASM_BINARY, WASM_BINARY_BLOATY};
/// What the build made of this crate for the chain.
#[cfg(feature = "std")]
#[allow(dead_code, missing_docs)]
mod wasm {
    include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));
}

pub mod apis;
// A benchmark that cannot be set up must say so.
#[cfg(feature = "runtime-benchmarks")]
#[allow(clippy::expect_used)]
pub mod benchmarks;
pub mod configs;
pub mod genesis_config_presets;
#[cfg(any(feature = "try-runtime", test))]
pub mod invariants;
pub mod market_api;
mod market_view;
pub mod migrations;
pub mod slots;
pub mod validators;

pub use apis::{RUNTIME_API_VERSIONS, RuntimeApi};
pub use configs::system::tx_extension;
#[cfg(feature = "std")]
pub use market_api::MarketApi;
pub use market_api::{Refusal, Settings};
pub use pallet_balances::Call as BalancesCall;
pub use pallet_sudo::Call as SudoCall;
pub use pallet_timestamp::Call as TimestampCall;

use alloc::{borrow::Cow, vec::Vec};
use sp_runtime::{
    MultiAddress, MultiSignature, generic, impl_opaque_keys,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
};
use sp_version::RuntimeVersion;

/// A transaction's signature: sr25519 and ECDSA of people's wallets, ed25519 of agents.
pub type Signature = MultiSignature;
/// An account: the public key behind it, or its hash.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// An account as a transaction names it.
pub type Address = MultiAddress<AccountId, ()>;
/// Money, in planck.
pub type Balance = u128;
/// Number of a block.
pub type BlockNumber = u32;
/// Number of an account's transactions.
pub type Nonce = u32;
/// Hash of anything.
pub type Hash = sp_core::H256;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A block that may be of another chain's format of transactions.
pub type OpaqueBlock = generic::Block<Header, sp_runtime::OpaqueExtrinsic>;
/// What a transaction carries besides its call. All are the SDK's: every wallet knows them.
pub type TxExtension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
    frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
    frame_system::WeightReclaim<Runtime>,
);
/// A transaction or inherent as it comes in.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What a transaction's signature signs.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;
/// Runs blocks.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

impl_opaque_keys! {
    /// A validator's keys.
    pub struct SessionKeys {
        /// It authors blocks with this one.
        pub aura: Aura,
        /// It votes for finality with this one.
        pub grandpa: Grandpa,
    }
}

macro_rules! version {
    ($spec_version:tt) => {
        /// The runtime's version.
        #[sp_version::runtime_version]
        pub const VERSION: RuntimeVersion = RuntimeVersion {
            spec_name: Cow::Borrowed("gridbid"),
            impl_name: Cow::Borrowed("gridbid"),
            authoring_version: 1,
            spec_version: $spec_version,
            impl_version: 1,
            apis: RUNTIME_API_VERSIONS,
            // Raised whenever an index of a pallet or a call moves: what was signed before means another call.
            transaction_version: 2,
            // Light clients and Chopsticks read no higher one.
            system_version: 1,
        };
    };
}

// The version's own macro takes nothing but a number.
#[cfg(not(feature = "increment-spec-version"))]
version!(2);
#[cfg(feature = "increment-spec-version")]
version!(3);

/// The pallets. Hooks run in this order: a period is cleared before it is settled, and the workers open bids before
/// they ask any gateway.
#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Slots = crate::slots;
    #[runtime::pallet_index(3)]
    pub type Aura = pallet_aura;
    #[runtime::pallet_index(4)]
    pub type Grandpa = pallet_grandpa;
    #[runtime::pallet_index(5)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(6)]
    pub type TransactionPayment = pallet_transaction_payment;
    #[runtime::pallet_index(7)]
    pub type Sudo = pallet_sudo;
    #[runtime::pallet_index(8)]
    pub type Utility = pallet_utility;
    #[runtime::pallet_index(9)]
    pub type Session = pallet_session;

    #[runtime::pallet_index(10)]
    pub type Participants = pallet_participants;
    #[runtime::pallet_index(11)]
    pub type Terms = pallet_terms;
    #[runtime::pallet_index(12)]
    pub type BlindAuction = pallet_blind_auction;
    #[runtime::pallet_index(13)]
    pub type EnergyTasks = pallet_energy_tasks;
    #[runtime::pallet_index(14)]
    pub type Settlement = pallet_settlement;

    #[runtime::pallet_index(20)]
    pub type Validators = crate::validators;
    #[runtime::pallet_index(21)]
    pub type Offices = pallet_offices;
    #[runtime::pallet_index(22)]
    pub type Multisig = pallet_multisig;
    #[runtime::pallet_index(24)]
    pub type Migrations = pallet_migrations;
}
