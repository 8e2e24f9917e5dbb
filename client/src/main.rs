//! The `gridbid` command: simulates, runs, watches and reports market days (`docs/gridbid.md`).

use anyhow::Result;
use clap::{Parser, Subcommand};
use client::{best_response, bill, compare, failure, output, run, watch};
use std::path::PathBuf;
use std::process::ExitCode;

/// A peer-to-peer electricity market: simulates, runs, watches and reports its days
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong command line or scenario, 3 no node, 4 results differ or do not balance"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plays market days without a chain
    Simulate {
        /// The scenario's folder
        scenario: PathBuf,
        /// How many days
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
        /// Where bill_lines.csv, report.json and the figures go
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Runs market days on a node of its own, and compares them with the simulation
    Run(run::Args),
    /// Reports settled days of a running node
    Report {
        /// The node's WebSocket, as in ws://127.0.0.1:9944
        #[arg(long)]
        url: String,
        /// The first day
        #[arg(long, default_value_t = 0)]
        day: u32,
        /// How many days
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
        /// Where bill_lines.csv, report.json and the figures go
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Shows a participant's bill of a day, block by block, and proves it
    Bill {
        /// The node's WebSocket
        #[arg(long)]
        url: String,
        /// The day
        #[arg(long)]
        day: u32,
        /// The participant's name
        #[arg(long)]
        participant: String,
    },
    /// Computes what each buyer gains by answering the others' bids (5) best, each alone
    BestResponse {
        /// The scenario's folder
        scenario: PathBuf,
        /// The day
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..3650))]
        day: u32,
        /// Prints JSON, with the bids of every period
        #[arg(long)]
        json: bool,
    },
    /// Follows a node: one line for each block
    Watch {
        /// The node's WebSocket
        #[arg(long)]
        url: String,
    },
    /// Compares two bill_lines.csv line by line
    Compare {
        /// The one
        first: PathBuf,
        /// The other
        second: PathBuf,
    },
}

async fn execute(command: Command) -> Result<()> {
    match command {
        Command::Simulate { scenario, days, out } => output::simulate(&scenario, days, out.as_deref()),
        Command::Run(args) => run::run(args).await,
        Command::Report { url, day, days, out } => run::report(&url, day, days, out.as_deref()).await,
        Command::Bill { url, day, participant } => bill::run(&url, day, &participant).await,
        Command::BestResponse { scenario, day, json } => {
            let form = if json { best_response::Form::Json } else { best_response::Form::Table };
            best_response::run(&scenario, day, form)
        }
        Command::Watch { url } => watch::run(&url).await,
        Command::Compare { first, second } => compare::run(&first, &second),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match execute(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gridbid: {error:#}");
            ExitCode::from(failure::exit_code(&error))
        }
    }
}
