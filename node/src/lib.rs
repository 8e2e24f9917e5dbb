//! Gridbid's node: an Aura + GRANDPA service for networks, and a development chain on a simulated clock.
//!
//! The node knows no market rule. What is open, what comes next and what is due it asks the runtime.

// The errors of the SDK's service are large; they end the node and are made once.
#![allow(clippy::result_large_err)]

mod chain_spec;
mod cli;
pub mod command;
mod dev;
pub mod genesis;
mod parts;
mod proposing;
mod rpc;
mod service;
mod stop;
mod workers;
