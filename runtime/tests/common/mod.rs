//! A chain in a test: blocks on the real runtime, made by hand.

#![allow(dead_code)] // each test file uses its part

pub mod offices;
pub mod paper;

use codec::Encode;
use frame_support::traits::fungible::Inspect;
use market::api::{BillProof, Leaves};
use market::merkle::Tree;
use market::{Day, Moment, Money, ParticipantId};
use runtime::genesis_config_presets::{Genesis, genesis};
use runtime::market_api::runtime_decl_for_market_api::MarketApiV1;
use runtime::*;
use serde_json::Value;
use sp_consensus_aura::{AURA_ENGINE_ID, Slot};
use sp_core::crypto::DEV_PHRASE;
use sp_core::{DeriveJunction, Pair, ed25519, sr25519};
use sp_keystore::{KeystoreExt, testing::MemoryKeystore};
use sp_runtime::traits::Header as _;
use sp_runtime::{
    ApplyExtrinsicResult, BuildStorage, Digest, DigestItem, DispatchError, ExtrinsicInclusionMode,
    MultiSignature, generic::Era,
};
use std::sync::LazyLock;

/// Lays a patch over the default state, as a chain specification does.
fn merge(into: &mut Value, patch: &Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(into.get_mut(key).unwrap_or_else(|| panic!("no such key: {key}")), value);
            }
        }
        (into, patch) => *into = patch.clone(),
    }
}

/// The first state, from its patch.
pub fn storage(patch: &Value) -> sp_core::storage::Storage {
    let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
    merge(&mut config, patch);
    serde_json::from_value::<RuntimeGenesisConfig>(config).unwrap().build_storage().unwrap()
}

/// Runs a test on a chain with this first state, and then checks what must always hold.
pub fn on_chain(from: &Genesis, test: impl FnOnce(&mut Chain)) {
    let mut state = sp_io::TestExternalities::new(storage(&genesis(from)));
    state.register_extension(KeystoreExt::new(MemoryKeystore::new()));
    state.execute_with(|| {
        let mut chain = Chain::new(from);
        test(&mut chain);
        #[cfg(feature = "try-runtime")]
        chain.try_state();
    });
}

/// The proof of a participant's bill of a day, as a client makes it.
pub fn proof(day: Day, participant: ParticipantId) -> Option<BillProof> {
    let Leaves { leaves, root, .. } = Runtime::leaves(day, 0, u32::MAX)?;
    BillProof::of(&Tree::new(leaves), root, participant)
}

/// Where a chain stands.
pub struct Chain {
    slot_duration: u64,
    head: Option<Header>,
}

impl Chain {
    /// A chain that stands at its first state.
    pub fn new(from: &Genesis) -> Self {
        Self { slot_duration: from.slot_duration, head: None }
    }

    /// Makes a block at a time, with these transactions, and tells how each went.
    pub fn block(&mut self, now: Moment, transactions: Vec<UncheckedExtrinsic>) -> Vec<ApplyExtrinsicResult> {
        self.block_by(now, |apply| transactions.into_iter().map(apply).collect())
    }

    /// Makes a block at a time, with the transactions that this applies, and gives what it gives.
    pub fn block_by<R>(
        &mut self,
        now: Moment,
        fill: impl FnOnce(&mut dyn FnMut(UncheckedExtrinsic) -> ApplyExtrinsicResult) -> R,
    ) -> R {
        let number = self.head.as_ref().map_or(1, |head| head.number() + 1);
        let parent = self.head.as_ref().map_or_else(|| System::block_hash(0), Header::hash);
        let slot = Slot::from(now / self.slot_duration);
        let digest = Digest { logs: vec![DigestItem::PreRuntime(AURA_ENGINE_ID, slot.encode())] };
        let header = Header::new(number, Default::default(), Default::default(), parent, digest);
        #[cfg(feature = "try-runtime")]
        let issuance = Balances::total_issuance();
        let mode = Executive::initialize_block(&header);
        let time = UncheckedExtrinsic::new_bare(TimestampCall::set { now }.into());
        Executive::apply_extrinsic(time).unwrap().unwrap();
        let results = fill(&mut |transaction| {
            // What a block's author may not put into it, nor another node take.
            assert_eq!(mode, ExtrinsicInclusionMode::AllExtrinsics, "a migration goes on");
            Executive::apply_extrinsic(transaction)
        });
        self.head = Some(Executive::finalize_block());
        #[cfg(feature = "try-runtime")]
        assert_issuance_is_explained(issuance);
        results
    }

    /// Goes on from the block that the state stands at.
    pub fn resume(slot_duration: u64) -> Self {
        let hash = Default::default;
        let head =
            Header::new(System::block_number(), hash(), hash(), System::parent_hash(), Digest::default());
        Self { slot_duration, head: Some(head) }
    }

    /// The same, where every transaction has to succeed.
    pub fn block_of(&mut self, now: Moment, transactions: Vec<UncheckedExtrinsic>) {
        for result in self.block(now, transactions) {
            result.unwrap().unwrap();
        }
    }

    /// Makes empty blocks, one a slot, from a time on to another.
    pub fn pass(&mut self, from: Moment, to: Moment) {
        let mut now = from;
        while now < to {
            self.block_of(now, Vec::new());
            now += self.slot_duration;
        }
    }

    /// Checks every pallet's state.
    #[cfg(feature = "try-runtime")]
    pub fn try_state(&self) {
        use frame_support::traits::{Hooks, TryState, TryStateSelect};
        let number = System::block_number();
        <Participants as Hooks<BlockNumber>>::try_state(number).unwrap();
        <Terms as Hooks<BlockNumber>>::try_state(number).unwrap();
        <EnergyTasks as Hooks<BlockNumber>>::try_state(number).unwrap();
        <BlindAuction as Hooks<BlockNumber>>::try_state(number).unwrap();
        <Settlement as Hooks<BlockNumber>>::try_state(number).unwrap();
        <AllPalletsWithSystem as TryState<BlockNumber>>::try_state(
            System::block_number(),
            TryStateSelect::All,
        )
        .unwrap();
        runtime::invariants::check().unwrap();
    }
}

/// Checks that a block's events tell all by which the issuance changed.
#[cfg(feature = "try-runtime")]
fn assert_issuance_is_explained(before: Balance) {
    let events = System::events();
    let change = runtime::invariants::issuance_change(events.iter().map(|record| &record.event));
    assert_eq!(before.checked_add_signed(change), Some(Balances::total_issuance()), "{events:?}");
}

/// The roots of all development keys: making them of the phrase takes its time.
static ROOTS: LazyLock<(sr25519::Pair, ed25519::Pair)> = LazyLock::new(|| {
    (
        sr25519::Pair::from_phrase(DEV_PHRASE, None).unwrap().0,
        ed25519::Pair::from_phrase(DEV_PHRASE, None).unwrap().0,
    )
});

fn ed25519(name: &str, purpose: &str) -> ed25519::Pair {
    ROOTS
        .1
        .derive([name, purpose].map(|part| DeriveJunction::from(part).harden()).into_iter(), None)
        .unwrap()
        .0
}

fn sr25519(name: &str) -> sr25519::Pair {
    ROOTS.0.derive([DeriveJunction::from(name).harden()].into_iter(), None).unwrap().0
}

/// The agent's key of a participant.
pub fn agent(name: &str) -> ed25519::Pair {
    ed25519(name, "agent")
}

/// The meter's key of a participant.
pub fn meter(name: &str) -> ed25519::Pair {
    ed25519(name, "meter")
}

/// The account of a participant, or of anybody else.
pub fn account(name: &str) -> AccountId {
    sr25519(name).public().0.into()
}

/// The account of a participant's agent.
pub fn agent_account(name: &str) -> AccountId {
    agent(name).public().0.into()
}

/// What an account can spend.
pub fn free(who: &AccountId) -> Money {
    Money::from_planck(Balances::balance(who))
}

/// A transaction of a participant's agent, the `ahead`th after those in the chain.
pub fn by_agent(name: &str, ahead: u32, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
    let nonce = System::account_nonce(agent_account(name)) + ahead;
    let payload = SignedPayload::new(call.into(), tx_extension(Era::Immortal, nonce, 0)).unwrap();
    let signature = payload.using_encoded(|bytes| agent(name).sign(bytes));
    let (call, extension, _) = payload.deconstruct();
    let signature = MultiSignature::Ed25519(signature);
    UncheckedExtrinsic::new_signed(call, agent_account(name).into(), signature, extension)
}

/// A transaction of an account with an sr25519 key.
pub fn by_account(name: &str, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
    by_account_with(name, 0, 0, call)
}

/// The same with a tip, the `ahead`th after those in the chain.
pub fn by_account_with(
    name: &str,
    ahead: u32,
    tip: Balance,
    call: impl Into<RuntimeCall>,
) -> UncheckedExtrinsic {
    by_account_for(Era::Immortal, name, ahead, tip, call)
}

/// The same, that is valid for some blocks only.
pub fn by_account_for(
    era: Era,
    name: &str,
    ahead: u32,
    tip: Balance,
    call: impl Into<RuntimeCall>,
) -> UncheckedExtrinsic {
    let pair = sr25519(name);
    let nonce = System::account_nonce(account(name)) + ahead;
    let extension = tx_extension(era, nonce, tip);
    let payload = SignedPayload::new(call.into(), extension).unwrap();
    let signature = payload.using_encoded(|bytes| pair.sign(bytes));
    let (call, extension, _) = payload.deconstruct();
    UncheckedExtrinsic::new_signed(call, account(name).into(), MultiSignature::Sr25519(signature), extension)
}

/// Asserts that a transaction was refused with this error.
pub fn assert_refused(result: &ApplyExtrinsicResult, error: impl Into<DispatchError>) {
    match result {
        Ok(Err(refused)) => assert_eq!(bare(*refused), bare(error.into())),
        other => panic!("{other:?}"),
    }
}

/// An error without its text, which does not come back from a transaction.
pub fn bare(error: DispatchError) -> DispatchError {
    match error {
        DispatchError::Module(module) => {
            DispatchError::Module(sp_runtime::ModuleError { message: None, ..module })
        }
        other => other,
    }
}
