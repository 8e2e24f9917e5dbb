//! What the off-chain workers of all pallets share.
//!
//! One node acts for every participant whose agent key is in its keystore. A worker finds those with
//! [`local_agents`], asks the site's own system with [`gateway::get`], signs with [`sign`] and sends
//! with [`submit`]. It keeps nothing that the chain does not confirm, except what it notes with
//! [`remember`]: state decides what is due, so a worker may stop anywhere and start again. What keeps it
//! from acting it tells once, with [`report`].
//!
//! Time here is the node's own clock, which may jump. Nothing waits for a moment of it longer than the
//! clock's last reading allows: see [`with_lock`] and [`gateway::get`].

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::fmt;
use frame::deps::frame_system::offchain::{
    Account, AppCrypto, CreateSignedTransaction, ForAny, SendSignedTransaction, Signer, SigningTypes,
};
use frame::deps::sp_core::crypto::KeyTypeId;
use frame::deps::sp_core::ed25519;
use frame::deps::sp_core::offchain::{Duration, StorageKind, Timestamp};
use frame::deps::sp_io::offchain::{local_storage_get, timestamp};
use frame::deps::sp_runtime::offchain::storage::StorageValueRef;
use frame::deps::sp_runtime::offchain::storage_lock::{StorageLock, Time};
use frame::deps::sp_runtime::{MultiSignature, MultiSigner, RuntimeAppPublic};
use market::ParticipantId;
use market::participant::Registry;

#[cfg(feature = "std")]
pub mod testing;

/// Type of the agents' keys in a node's keystore.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"grid");

/// How long a run may take for one participant before another may start beside it, in milliseconds. It is
/// also how long a node that was killed amid a run waits before its next.
const LOCK_MILLISECONDS: u64 = 5_000;

/// How long the pool may refuse a participant's transactions before it is told, in milliseconds: one that is
/// in the pool already is refused until a block includes it.
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

/// How agents sign transactions.
pub struct AgentId;

impl AppCrypto<MultiSigner, MultiSignature> for AgentId {
    type RuntimeAppPublic = AgentKey;
    type GenericPublic = ed25519::Public;
    type GenericSignature = ed25519::Signature;
}

/// A participant that this node acts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent<AccountId> {
    /// The participant.
    pub id: ParticipantId,
    /// The agent's account.
    pub account: AccountId,
    /// The agent's key.
    pub key: AgentKey,
}

/// The participants whose agent's key is in this node's keystore, in the order of their numbers.
pub fn local_agents<T, R>() -> Vec<Agent<T::AccountId>>
where
    T: SigningTypes<Public = MultiSigner, Signature = MultiSignature>,
    R: Registry<T::AccountId>,
{
    let agent_of = |account: Account<T>| {
        let id = R::acting(&account.id)?;
        let MultiSigner::Ed25519(key) = account.public else {
            return None;
        };
        let is_agent = R::member(id).is_some_and(|member| member.account != account.id);
        is_agent.then(|| Agent { id, account: account.id, key: key.into() })
    };
    let mut agents: Vec<_> = Signer::<T, AgentId, ForAny>::keystore_accounts().filter_map(agent_of).collect();
    agents.sort_by_key(|agent| agent.id);
    agents
}

/// Why a transaction did not reach the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitFault {
    /// The keystore did not sign it.
    NotSigned,
    /// The pool did not take it: mostly because it, or another one of the same agent, is in the pool
    /// already. What is still due in a later block is sent again then.
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

/// Signs a call as the agent and sends it to the pool.
pub fn submit<T, C>(agent: &Agent<T::AccountId>, call: C) -> Result<(), SubmitFault>
where
    T: CreateSignedTransaction<C> + SigningTypes<Public = MultiSigner, Signature = MultiSignature>,
{
    let public = MultiSigner::Ed25519(agent.key.clone().into());
    let account = Account::<T>::new(0, agent.account.clone(), public);
    Signer::<T, AgentId, ForAny>::any_account()
        .send_single_signed_transaction(&account, call)
        .ok_or(SubmitFault::NotSigned)?
        .map_err(|()| SubmitFault::NotTaken)
}

/// The agent's signature over a message: always the same one. `None` where the keystore does not sign.
pub fn sign(key: &AgentKey, message: &[u8]) -> Option<[u8; 64]> {
    key.sign(&message).map(|signature| ed25519::Signature::from(signature).0)
}

/// Runs `work` unless another run under the same name is under way. `None` where one is.
pub fn with_lock<R>(name: &impl Encode, work: impl FnOnce() -> R) -> Option<R> {
    let key = storage_key("lock", name);
    let length = Duration::from_millis(LOCK_MILLISECONDS);
    // The clock went back, by more than it is set right in passing, after a run was killed: its lock would
    // hold until the clock is there again.
    let mut deadline = StorageValueRef::persistent(&key);
    let latest = timestamp().add(length).add(length);
    if deadline.get::<Timestamp>().ok().flatten().is_some_and(|deadline| deadline > latest) {
        deadline.clear();
    }
    let mut lock = StorageLock::<Time>::with_deadline(&key, length);
    let _guard = lock.try_lock().ok()?;
    Some(work())
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

impl Fault for SubmitFault {
    fn kind(&self) -> &'static str {
        match self {
            Self::NotSigned => "not signed",
            Self::NotTaken => "not taken",
        }
    }
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
        log::debug!(target: target, "Participant {}: its transaction waits, or is refused", id.0);
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

/// The gateway: how a site's own system tells the workers about the plant.
pub mod gateway {
    use super::*;
    use alloc::format;
    use frame::deps::sp_runtime::offchain::http::Request;
    use serde::de::DeserializeOwned;

    /// Key of the gateway's URL in the persistent off-chain storage: UTF-8, without a slash at its end.
    /// The node writes it when it starts.
    pub const URL_KEY: &[u8] = b"gridbid::gateway";

    /// How long an answer may take, in milliseconds.
    pub const DEADLINE_MILLISECONDS: u64 = 2_000;

    /// The longest answer that is read, in bytes.
    pub const MAX_BODY: usize = 256 * 1024;

    /// Why the gateway gave no answer.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum GatewayFault {
        /// The node has no gateway.
        NoGateway,
        /// It cannot be reached.
        Unreachable,
        /// It did not answer in time.
        Late,
        /// It answered with another status than 200 or 404.
        Status(u16),
        /// Its answer is longer than [`MAX_BODY`].
        TooLong,
        /// Its answer is not the message that was asked for.
        Malformed(String),
    }

    impl fmt::Display for GatewayFault {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::NoGateway => f.write_str("this node has no gateway: start it with --gateway URL"),
                Self::Unreachable => f.write_str("the gateway cannot be reached"),
                Self::Late => write!(f, "the gateway did not answer within {DEADLINE_MILLISECONDS} ms"),
                Self::Status(code) => write!(f, "the gateway answered with status {code}"),
                Self::TooLong => write!(f, "the gateway's answer is longer than {MAX_BODY} bytes"),
                Self::Malformed(why) => write!(f, "the gateway's answer is not what was asked for: {why}"),
            }
        }
    }

    impl Fault for GatewayFault {
        fn kind(&self) -> &'static str {
            match self {
                Self::NoGateway => "no gateway",
                Self::Unreachable => "unreachable",
                Self::Late => "late",
                Self::Status(_) => "status",
                Self::TooLong => "too long",
                Self::Malformed(_) => "malformed",
            }
        }
    }

    /// Asks the gateway for a message at a path that starts with a slash. `None` where it has none (404).
    pub fn get<M: DeserializeOwned>(path: &str) -> Result<Option<M>, GatewayFault> {
        let base = local_storage_get(StorageKind::PERSISTENT, URL_KEY)
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or(GatewayFault::NoGateway)?;
        let url = format!("{base}{path}");
        let from_now = || timestamp().add(Duration::from_millis(DEADLINE_MILLISECONDS));
        let deadline = from_now();
        let pending = Request::get(&url).deadline(deadline).send().map_err(|_| GatewayFault::Unreachable)?;
        let response = pending
            .try_wait(deadline)
            .map_err(|_| GatewayFault::Late)?
            .map_err(|_| GatewayFault::Unreachable)?;
        match response.code {
            200 => {}
            404 => return Ok(None),
            code => return Err(GatewayFault::Status(code)),
        }
        let mut body = response.body();
        // Where the clock went back meanwhile, the deadline lies far ahead.
        body.deadline(deadline.min(from_now()));
        let bytes: Vec<u8> = body.by_ref().take(MAX_BODY.saturating_add(1)).collect();
        if body.error().is_some() {
            return Err(GatewayFault::Late);
        }
        if bytes.len() > MAX_BODY {
            return Err(GatewayFault::TooLong);
        }
        serde_json::from_slice(&bytes).map(Some).map_err(|error| GatewayFault::Malformed(error.to_string()))
    }
}
