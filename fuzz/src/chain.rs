//! Blocks and transactions on the native runtime.

use crate::world::{Key, SLOT, key_of};
use codec::Encode;
use market::Moment;
use runtime::{
    AccountId, BalancesCall, Executive, Header, RuntimeCall, RuntimeEvent, RuntimeOrigin, SignedPayload,
    System, TimestampCall, UncheckedExtrinsic, tx_extension,
};
use sp_consensus_aura::{AURA_ENGINE_ID, Slot};
use sp_core::Pair;
use sp_runtime::traits::{Dispatchable, Header as _};
use sp_runtime::{Digest, DigestItem, DispatchError, MultiSignature, generic::Era};

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The operator.
    Root,
    /// Nobody.
    Nobody,
    /// An account.
    Account(AccountId),
}

/// How a call reaches the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// With its origin, past signature and fee.
    Dispatch,
    /// As a signed transaction.
    Transaction,
}

/// How a call went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it should.
    Accepted,
    /// The pallet refused it.
    Refused(DispatchError),
    /// The transaction was not taken into the block.
    Invalid,
}

/// A chain whose last block is open: its inherents and hooks have run, and calls go into it.
pub struct Chain {
    number: u32,
    now: Moment,
    slot: u64,
}

impl Chain {
    /// Opens the first block.
    pub fn begin(now: Moment) -> Self {
        Self::begin_with(now, SLOT)
    }

    /// Opens the first block of a chain whose slots last so many milliseconds.
    pub fn begin_with(now: Moment, slot: u64) -> Self {
        let mut chain = Self { number: 0, now, slot };
        chain.open(System::block_hash(0), now);
        chain
    }

    /// The open block's time.
    pub const fn now(&self) -> Moment {
        self.now
    }

    /// Closes the open block, whose hooks do their last work then, and gives its hash.
    pub fn close(&self) -> runtime::Hash {
        Executive::finalize_block().hash()
    }

    /// Closes the open block and opens the next one, at least a slot later.
    pub fn next_block(&mut self, now: Moment) {
        let parent = self.close();
        self.open_behind(parent, now);
    }

    /// Opens the block behind a closed one, at least a slot later.
    pub fn open_behind(&mut self, parent: runtime::Hash, now: Moment) {
        self.open(parent, now.max(self.now + self.slot));
    }

    fn open(&mut self, parent: runtime::Hash, now: Moment) {
        self.now = now;
        self.number += 1;
        let slot = Slot::from(now / self.slot);
        let digest = Digest { logs: vec![DigestItem::PreRuntime(AURA_ENGINE_ID, slot.encode())] };
        Executive::initialize_block(&Header::new(
            self.number,
            Default::default(),
            Default::default(),
            parent,
            digest,
        ));
        let time = UncheckedExtrinsic::new_bare(TimestampCall::set { now }.into());
        Executive::apply_extrinsic(time).expect("an inherent is valid").expect("the time is set");
        Executive::inherents_applied();
    }

    /// Makes a call in the open block.
    pub fn call(&mut self, origin: &Origin, call: RuntimeCall, way: Way) -> Outcome {
        let account = match origin {
            Origin::Account(account) => account,
            Origin::Root => return dispatch(call, RuntimeOrigin::root()),
            Origin::Nobody => return dispatch(call, RuntimeOrigin::none()),
        };
        match key_of(account).filter(|_| way == Way::Transaction) {
            Some(key) => match Executive::apply_extrinsic(sign(call, account, key)) {
                Ok(Ok(())) => Outcome::Accepted,
                Ok(Err(error)) => Outcome::Refused(error),
                Err(_) => Outcome::Invalid,
            },
            None => dispatch(call, RuntimeOrigin::signed(account.clone())),
        }
    }
}

fn dispatch(call: RuntimeCall, origin: RuntimeOrigin) -> Outcome {
    match call.dispatch(origin) {
        Ok(_) => Outcome::Accepted,
        Err(refused) => Outcome::Refused(refused.error),
    }
}

fn sign(call: RuntimeCall, account: &AccountId, key: &Key) -> UncheckedExtrinsic {
    let extension = tx_extension(Era::Immortal, System::account_nonce(account), 0);
    let payload = SignedPayload::new(call, extension).expect("an immortal transaction");
    let signature = payload.using_encoded(|bytes| match key {
        Key::Wallet(pair) => MultiSignature::Sr25519(pair.sign(bytes)),
        Key::Agent(pair) => MultiSignature::Ed25519(pair.sign(bytes)),
    });
    let (call, extension, _) = payload.deconstruct();
    UncheckedExtrinsic::new_signed(call, account.clone().into(), signature, extension)
}

/// Takes the events that were deposited since.
pub fn take_events() -> Vec<RuntimeEvent> {
    let events = System::events().into_iter().map(|record| record.event).collect();
    forget_events();
    events
}

/// Forgets the events. The SDK's own way walks over all of the state.
pub fn forget_events() {
    let key = frame_support::storage::storage_prefix(b"System", b"Events");
    frame_support::storage::unhashed::kill(&key);
}

/// The transfers of money that a call makes where it succeeds, for calls that move what the signer says.
pub fn transfers(call: &RuntimeCall, by: &AccountId) -> Vec<(AccountId, AccountId, u128)> {
    match call {
        RuntimeCall::Balances(
            BalancesCall::transfer_allow_death { dest, value }
            | BalancesCall::transfer_keep_alive { dest, value },
        ) => match dest {
            sp_runtime::MultiAddress::Id(to) => vec![(by.clone(), to.clone(), *value)],
            _ => Vec::new(),
        },
        RuntimeCall::Utility(pallet_utility::Call::batch_all { calls }) => {
            calls.iter().flat_map(|call| transfers(call, by)).collect()
        }
        _ => Vec::new(),
    }
}
