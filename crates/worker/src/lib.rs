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

extern crate alloc;

use alloc::vec::Vec;
use market::ParticipantId;
use market::participant::Registry;
use sp_core::crypto::KeyTypeId;
use sp_core::ed25519;
use sp_runtime::{AccountId32, RuntimeAppPublic};

mod faults;
pub mod gateway;
mod notes;
mod outbox;
#[cfg(feature = "std")]
pub mod testing;
#[cfg(test)]
mod tests;

pub use faults::{Fault, report};
pub use notes::{forget, recall, remember};
pub use outbox::{PATIENCE_BLOCKS, Sent, SubmitFault, Transactions, submit};

/// Type of the agents' keys in a node's keystore.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"grid");

/// Key of a value in the persistent off-chain storage that differs whenever the node was started: the node
/// writes it. What was told before is told again in the log of the new start.
pub const START_KEY: &[u8] = b"gridbid::start";

#[allow(missing_docs)]
mod app {
    use sp_runtime::app_crypto::{app_crypto, ed25519};
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
