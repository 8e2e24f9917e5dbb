//! What the off-chain workers of all pallets share.
//!
//! One node acts for every participant whose agent key is in its keystore. A worker finds those with
//! [`local_agents`], asks the site's own system with [`gateway::ask`], signs with [`sign`] and sends
//! with [`submit`]. It keeps nothing that the chain does not confirm, except what it notes with
//! [`remember`]: state decides what is due, so a worker may stop anywhere and start again. What keeps it
//! from acting it tells once, with [`report`].
//!
//! The node starts one run at a time, on its newest head, so runs share no lock. A run asks the gateway for
//! all its agents at once and waits for it a bounded time, on the node's own clock, which may jump.

use alloc::string::String;
use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::fmt;
use frame::deps::sp_core::crypto::KeyTypeId;
use frame::deps::sp_core::ed25519;
use frame::deps::sp_core::offchain::{StorageKind, Timestamp};
use frame::deps::sp_io::offchain::{local_storage_get, timestamp};
use frame::deps::sp_runtime::offchain::storage::StorageValueRef;
use frame::deps::sp_runtime::{AccountId32, RuntimeAppPublic};
use market::ParticipantId;
use market::participant::Registry;

pub mod gateway;
mod outbox;
#[cfg(feature = "std")]
pub mod testing;

pub use outbox::{PATIENCE_BLOCKS, Sent, SubmitFault, Transactions, submit};

/// Type of the agents' keys in a node's keystore.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"grid");

/// How long the pool may refuse a participant's transactions before it is told, in milliseconds: it may be full
/// for a while.
const REFUSAL_MILLISECONDS: u64 = 60_000;

/// Key of a value in the persistent off-chain storage that differs whenever the node was started: the node
/// writes it. What was told before is told again in the log of the new start.
pub const START_KEY: &[u8] = b"gridbid::start";

/// Under which names complaints and refusals are noted.
const COMPLAINTS: &str = "complaints";
const REFUSALS: &str = "refusals";

#[allow(missing_docs)]
mod app {
    use frame::deps::sp_runtime::app_crypto::{app_crypto, ed25519};
    app_crypto!(ed25519, super::KEY_TYPE);
}

/// An agent's key: ed25519, whose signatures are deterministic.
pub type AgentKey = app::Public;

/// A participant that this node acts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The participant.
    pub id: ParticipantId,
    /// The agent's account: its key.
    pub account: AccountId32,
    /// The agent's key.
    pub key: AgentKey,
}

/// The participants whose agent's key is in this node's keystore, in the order of their numbers.
pub fn local_agents<R: Registry<AccountId32>>() -> Vec<Agent> {
    let agent_of = |key: AgentKey| {
        let account = AccountId32::new(ed25519::Public::from(key.clone()).0);
        let id = R::acting(&account)?;
        let is_agent = R::member(id).is_some_and(|member| member.account != account);
        is_agent.then_some(Agent { id, account, key })
    };
    let mut agents: Vec<_> = AgentKey::all().into_iter().filter_map(agent_of).collect();
    agents.sort_by_key(|agent| agent.id);
    agents
}

/// The agent's signature over a message: always the same one. `None` where the keystore does not sign.
pub fn sign(key: &AgentKey, message: &[u8]) -> Option<[u8; 64]> {
    key.sign(&message).map(|signature| ed25519::Signature::from(signature).0)
}

/// Notes a value in this node's off-chain storage, where it survives a restart.
pub fn remember(name: &str, key: &impl Encode, value: &impl Encode) {
    StorageValueRef::persistent(&storage_key(name, key)).set(value);
}

/// What was noted under the key; `None` also where it cannot be read.
pub fn recall<V: Decode>(name: &str, key: &impl Encode) -> Option<V> {
    StorageValueRef::persistent(&storage_key(name, key)).get().ok().flatten()
}

/// Forgets what was noted under the key.
pub fn forget(name: &str, key: &impl Encode) {
    StorageValueRef::persistent(&storage_key(name, key)).clear();
}

fn storage_key(name: &str, key: &impl Encode) -> Vec<u8> {
    let mut bytes = b"gridbid::".to_vec();
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(b"::");
    key.encode_to(&mut bytes);
    bytes
}

/// What keeps a worker from acting for a participant. Its text may give details.
pub trait Fault: fmt::Display {
    /// What tells faults apart: with each kind the worker complains once.
    fn kind(&self) -> &'static str;
}

/// What a worker complained of since it last worked.
#[derive(Default, Encode, Decode)]
struct Complaints {
    /// The start of the node in whose log they are.
    start: Vec<u8>,
    /// The kinds of fault.
    kinds: Vec<String>,
}

/// Logs what a run came to for a participant: each kind of fault once, and once that it works again. A pool
/// that refuses is no fault before it has done so for a minute. `target` is the worker's log target.
pub fn report<F: Fault>(target: &str, id: ParticipantId, outcome: Result<(), F>) {
    let key = (target, id);
    let noted: Option<Complaints> = recall(COMPLAINTS, &key);
    let Err(fault) = outcome else {
        forget(REFUSALS, &key);
        if noted.is_some() {
            log::info!(target: target, "Participant {}: works again", id.0);
            forget(COMPLAINTS, &key);
        }
        return;
    };
    if fault.kind() == SubmitFault::NotTaken.kind() && !refused_for_long(&key) {
        log::debug!(target: target, "Participant {}: its transaction is refused", id.0);
        return;
    }
    let start = local_storage_get(StorageKind::PERSISTENT, START_KEY).unwrap_or_default();
    let mut complaints = noted.filter(|noted| noted.start == start).unwrap_or_default();
    if !complaints.kinds.iter().any(|kind| kind == fault.kind()) {
        log::warn!(target: target, "Participant {}: {fault}", id.0);
        complaints.kinds.push(fault.kind().into());
        remember(COMPLAINTS, &key, &Complaints { start, ..complaints });
    }
}

/// Whether refusals have come, none long after the one before, for longer than a transaction waits.
fn refused_for_long(key: &impl Encode) -> bool {
    let now = timestamp();
    let is_near = |moment: Timestamp| now.diff(&moment).millis() <= REFUSAL_MILLISECONDS;
    let (first, _) = recall::<(Timestamp, Timestamp)>(REFUSALS, key)
        .filter(|(first, last)| *first <= now && is_near(*last))
        .unwrap_or((now, now));
    remember(REFUSALS, key, &(first, now));
    !is_near(first)
}
