//! Stateful fuzzing of the runtime.
//!
//! Bytes map to actions on a small market: what a worker would do, calls by anybody with legal and illegal
//! arguments, and time that passes. Any bytes are an input, so a coverage-guided engine can drive [`run`], too.
//! After each action every pallet's checks and those across them run, and what happened is compared with
//! books of the fuzzer's own.
//!
//! | module | content |
//! | --- | --- |
//! | [`world`] | the accounts, and the states that a chain starts with |
//! | [`chain`] | blocks and transactions on the native runtime |
//! | [`session`] | an input: its actions, one after the other |
//! | [`days`] | a thousand market days with failing members |
//! | [`crowd`] | what only a full market answers |
//! | [`edges`], [`twice`] | scenarios at the edges, by the simulator and on the runtime |
//! | [`ledger`] | everybody's money and debts by what events tell |
//! | [`watch`] | windows and queues by what events tell |
//! | [`table`] | calls against outcomes |

#![cfg(feature = "try-runtime")]

pub mod bytes;
mod calls;
pub mod chain;
pub mod crowd;
pub mod days;
pub mod edges;
mod faults;
pub mod ledger;
mod offices;
pub mod session;
pub mod table;
pub mod twice;
pub mod watch;
pub mod world;

pub use session::{Failure, Report, run};

/// The input that a seed draws for a chain: more bytes than its actions read.
pub fn input(seed: u64, chain: u64) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(seed.rotate_left(32) ^ chain);
    std::iter::repeat_with(|| rng.u8(..)).take(64 * 1024).collect()
}
