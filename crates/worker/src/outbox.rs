//! What agents send, and what of it still waits for a block.
//!
//! A run knows the chain up to its block alone. What an earlier run sent may still wait in the pool, and a
//! transaction that takes the same number would be refused there, or spend the number of another. So each
//! agent's transactions are noted with their numbers until the chain has spent these: what waits is not sent
//! again, and what is new takes the next number.
//!
//! A pool may lose what it took. What has waited for [`PATIENCE_BLOCKS`] is sent again under its number, with a
//! tip of a planck more each time: so it takes the place of the lost one, or of one that is no longer wanted, in
//! every pool that has it.

use crate::{Agent, Fault, recall, remember};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::fmt;
use sp_core::H256;
use sp_io::hashing::blake2_256;
use sp_runtime::AccountId32;
use sp_runtime::{SaturatedConversion, Saturating};

/// How many blocks may pass before what is not on the chain is sent again.
pub const PATIENCE_BLOCKS: u32 = 3;

/// The most transactions of an agent that may wait.
const MAX_WAITING: usize = 128;

/// Under which name transactions are noted.
const NOTE: &str = "sent";

/// How the runtime makes a transaction of an agent's call.
pub trait Transactions<Call>: frame_system::Config<AccountId = AccountId32> {
    /// The encoded transaction, signed by the agent, with this number and this tip, in planck. `None` where the
    /// keystore does not sign.
    fn transaction(call: Call, agent: &Agent, nonce: Self::Nonce, tip: u32) -> Option<Vec<u8>>;
}

/// What became of a call that the agent wants on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It went into the pool for the first time.
    Now,
    /// It was sent by an earlier run, and the chain has not taken it yet.
    Waits,
}

/// Why a transaction did not reach the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitFault {
    /// The keystore did not sign it.
    NotSigned,
    /// The pool did not take it: what is still due in a later block is sent again then.
    NotTaken,
}

impl fmt::Display for SubmitFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSigned => "the keystore did not sign the transaction",
            Self::NotTaken => {
                "the pool takes none of its transactions: can its agent's account pay their fees?"
            }
        })
    }
}

impl Fault for SubmitFault {
    fn kind(&self) -> &'static str {
        match self {
            Self::NotSigned => "not signed",
            Self::NotTaken => "not taken",
        }
    }
}

/// A transaction that is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct Waiting {
    /// Hash of its call.
    call: H256,
    /// The block after which it was sent last.
    block: u32,
    /// Its tip, in planck: how often it, or another in its place, was sent before.
    tip: u32,
}

/// An agent's transactions that the chain has not taken yet, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
struct Outbox {
    /// The number of the first.
    first: u32,
    /// The transactions, without a gap.
    waiting: Vec<Waiting>,
}

impl Outbox {
    /// What waits once the chain has come to spend the number `next`. Where it went back behind all that was
    /// noted, nothing is known.
    fn at(mut self, next: u32) -> Self {
        match next.checked_sub(self.first) {
            Some(spent) => {
                let spent = usize::try_from(spent).unwrap_or(usize::MAX).min(self.waiting.len());
                self.waiting.drain(..spent);
            }
            None => self.waiting.clear(),
        }
        Self { first: next, ..self }
    }

    /// Whether an entry has waited for so long that it is taken for lost. One from a later block is of a
    /// chain that went back.
    fn is_lost(entry: &Waiting, now: u32) -> bool {
        now.checked_sub(entry.block).is_none_or(|waited| waited >= PATIENCE_BLOCKS)
    }

    /// The place that a call takes: its own, that of a lost one, or a new one at the end. `None` where
    /// it is on its way already.
    fn place(&self, call: H256, now: u32) -> Option<usize> {
        match self.waiting.iter().position(|entry| entry.call == call) {
            Some(own) => self.waiting.get(own).is_some_and(|entry| Self::is_lost(entry, now)).then_some(own),
            None => {
                let lost = self.waiting.iter().position(|entry| Self::is_lost(entry, now));
                Some(lost.unwrap_or(self.waiting.len()))
            }
        }
    }
}

/// Signs a call as the agent and sends it to the pool, unless it waits there already.
///
/// # Errors
/// Where the keystore does not sign, and where the pool does not take it.
pub fn submit<T, C>(agent: &Agent, call: C) -> Result<Sent, SubmitFault>
where
    T: Transactions<C>,
    C: Encode,
{
    let hash = H256(call.using_encoded(blake2_256));
    let now: u32 = frame_system::Pallet::<T>::block_number().saturated_into();
    let nonce = frame_system::Pallet::<T>::account_nonce(&agent.account);
    let noted: Outbox = recall(NOTE, &agent.account).unwrap_or_default();
    let mut outbox = noted.at(nonce.saturated_into());
    let Some(place) = outbox.place(hash, now) else { return Ok(Sent::Waits) };
    if place >= MAX_WAITING {
        return Err(SubmitFault::NotTaken);
    }
    let before = outbox.waiting.get(place).copied();
    let tip = before.map_or(0, |lost| lost.tip.saturating_add(1));
    let number = nonce.saturating_add(place.saturated_into());
    let bytes = T::transaction(call, agent, number, tip).ok_or(SubmitFault::NotSigned)?;
    sp_io::offchain::submit_transaction(bytes).map_err(|()| SubmitFault::NotTaken)?;
    let entry = Waiting { call: hash, block: now, tip };
    match outbox.waiting.get_mut(place) {
        Some(lost) => *lost = entry,
        None => outbox.waiting.push(entry),
    }
    remember(NOTE, &agent.account, &outbox);
    Ok(if before.is_some_and(|before| before.call == hash) { Sent::Waits } else { Sent::Now })
}
