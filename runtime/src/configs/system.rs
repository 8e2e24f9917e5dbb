//! Blocks, accounts, privileged calls, and how an off-chain worker makes a transaction.

use crate::{
    AccountId, Address, Balance, Block, BlockNumber, Hash, Migrations, Nonce, PalletInfo, Runtime,
    RuntimeCall, RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason, RuntimeOrigin, RuntimeTask, Signature,
    SignedPayload, Slots, System, TxExtension, UncheckedExtrinsic, VERSION,
};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::{
    derive_impl,
    migrations::ForceUnstuckOnFailedMigration,
    parameter_types,
    traits::{ConstU32, Contains, VariantCountOf},
    weights::{
        Weight,
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MILLIS},
    },
};
use frame_system::limits::{BlockLength, BlockWeights};
use sp_runtime::{
    Perbill, SaturatedConversion,
    generic::Era,
    traits::{AccountIdLookup, StaticLookup},
};
use sp_version::RuntimeVersion;
use worker::{Agent, Transactions, sign};

/// The share of a block that transactions of the normal class may fill; reveals, which are operational,
/// find the rest.
pub const NORMAL_SHARE: Perbill = Perbill::from_percent(75);

/// Bytes of proof that go with a millisecond of computation. This chain makes no proofs: the limit is where time bounds
/// all that the market does, so that nothing is free, whatever a transaction declares.
pub const PROOF_PER_MILLISECOND: u64 = 256 * 1024;

/// What a block may cost: two of its six seconds, and the proof that goes with them.
pub const MAXIMUM_BLOCK_WEIGHT: Weight = milliseconds(2_000);

/// What migrations may take of a block that has nothing else but its inherents.
pub const MIGRATIONS_BUDGET: Weight = milliseconds(1_000);

/// Computation of this length, and the proof that goes with it.
pub const fn milliseconds(length: u64) -> Weight {
    Weight::from_parts(
        length.saturating_mul(WEIGHT_REF_TIME_PER_MILLIS),
        length.saturating_mul(PROOF_PER_MILLISECOND),
    )
}

/// Blocks that a transaction of an off-chain worker stays valid for.
const WORKER_TRANSACTION_LIFETIME: u64 = 64;

parameter_types! {
    /// Blocks whose hashes are kept: what the longest transaction lifetime needs.
    pub const BlockHashCount: BlockNumber = 4096;
    /// The runtime's version.
    pub const Version: RuntimeVersion = VERSION;
    /// Limits of a block's weight.
    pub Weights: BlockWeights = BlockWeights::with_sensible_defaults(MAXIMUM_BLOCK_WEIGHT, NORMAL_SHARE);
    /// What migrations may take of a block.
    pub const MigrationsBudget: Weight = MIGRATIONS_BUDGET;
    /// Limits of a block's length: 5 MiB.
    pub Length: BlockLength = BlockLength::builder()
        .max_length(5 * 1024 * 1024)
        .modify_max_length_for_class(frame_support::dispatch::DispatchClass::Normal, |max| {
            *max = NORMAL_SHARE.mul_floor(*max)
        })
        .build();
    /// Prefix of addresses: the generic one of the SDK.
    pub const SS58Prefix: u8 = 42;
    /// One planck: no account is ever too small to be.
    pub const ExistentialDeposit: Balance = 1;
}

/// The calls that are taken: all but the one that unmakes money without the market's knowing.
pub struct Served;

impl Contains<RuntimeCall> for Served {
    fn contains(call: &RuntimeCall) -> bool {
        !matches!(call, RuntimeCall::Balances(pallet_balances::Call::burn { .. }))
    }
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type BaseCallFilter = Served;
    type BlockWeights = Weights;
    type BlockLength = Length;
    type BlockHashCount = BlockHashCount;
    type AccountId = AccountId;
    type Lookup = AccountIdLookup<AccountId, ()>;
    type Nonce = Nonce;
    type Hash = Hash;
    type DbWeight = ParityDbWeight;
    type Version = Version;
    type AccountData = pallet_balances::AccountData<Balance>;
    type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
    type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
    type SS58Prefix = SS58Prefix;
    type MaxConsumers = ConstU32<16>;
    type MultiBlockMigrator = Migrations;
}

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
    type Balance = Balance;
    type DustRemoval = ();
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
    type ReserveIdentifier = [u8; 8];
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxLocks = ConstU32<0>;
    type MaxReserves = ConstU32<0>;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type DoneSlashHandler = ();
}

impl pallet_sudo::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = crate::OriginCaller;
    type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_migrations::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Migrations = crate::migrations::MultiBlock;
    type CursorMaxLen = ConstU32<64>;
    type IdentifierMaxLen = ConstU32<64>;
    type MigrationStatusHandler = Slots;
    // What one upgrade broke the next can mend; a chain that takes no transaction any more takes no upgrade.
    type FailedMigrationHandler = ForceUnstuckOnFailedMigration;
    type MaxServiceWeight = MigrationsBudget;
    type WeightInfo = pallet_migrations::weights::SubstrateWeight<Runtime>;
}

impl<C> Transactions<C> for Runtime
where
    RuntimeCall: From<C>,
{
    fn transaction(call: C, agent: &Agent, nonce: Nonce, tip: u32) -> Option<Vec<u8>> {
        // The worker runs on a block whose hash only the next one knows: the era starts one before.
        let birth = System::block_number().saturated_into::<u64>().saturating_sub(1);
        let extension = tx_extension(Era::mortal(WORKER_TRANSACTION_LIFETIME, birth), nonce, tip.into());
        let payload = SignedPayload::new(RuntimeCall::from(call), extension).ok()?;
        let signature = payload.using_encoded(|bytes| sign(&agent.key, bytes))?;
        let (call, extension, _) = payload.deconstruct();
        let address: Address = <Runtime as frame_system::Config>::Lookup::unlookup(agent.account.clone());
        let signature = Signature::Ed25519(signature.into());
        Some(UncheckedExtrinsic::new_signed(call, address, signature, extension).encode())
    }
}

/// The extension of a transaction that was not made with a metadata hash.
pub fn tx_extension(era: Era, nonce: Nonce, tip: Balance) -> TxExtension {
    (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(era),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::from(tip),
        frame_metadata_hash_extension::CheckMetadataHash::new(false),
        frame_system::WeightReclaim::new(),
    )
}
