//! Gridbid's node: an Aura + GRANDPA service for networks, and a development chain on a simulated clock.
//!
//! The node knows no market rule. What is open, what comes next and what is due it asks the runtime.

// The errors of the SDK's service are large; they end the node and are made once.
#![allow(clippy::result_large_err)]

mod chain_spec;
mod cli;
mod command;
mod dev;
mod genesis;
mod rpc;
mod service;

use std::process::ExitCode;

/// Blocks take about a quarter less time than with the system's allocator, and the node less memory
/// (`docs/performance.md`).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // Keys and the database are the owner's alone, whatever part of the node writes them.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    match command::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}
