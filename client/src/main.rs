//! The `gridbid` command: simulates, runs, watches and reports market days, and acts for a member (`docs/gridbid.md`).

use anyhow::Result;
use clap::{Parser, Subcommand};
use client::commands::archive::Until;
use client::commands::watch::Place;
use client::commands::{
    archive, best_response, bill, compare, exporter, gateway, import, init, load, release, report, reveal,
    run, seal, simulate, status, watch,
};
use client::failure::{self, Kind};
use client::member::Folder;
use client::output::{self, Format};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// A peer-to-peer electricity market: simulates, runs, watches and reports its days, and acts for a member
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong command line or scenario, 3 no node, 4 results differ or do not balance, 5 the \
                  chain refuses, 141 the output was closed"
)]
struct Cli {
    /// Prints JSON, for programs
    #[arg(long, global = true)]
    json: bool,
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
    /// Makes a scenario folder of the values of real meters
    Import(import::Args),
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
    Bill(bill::Args),
    /// Computes what each buyer gains by answering the others' bids (5) best, each alone
    BestResponse {
        /// The scenario's folder
        scenario: PathBuf,
        /// The day
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..3650))]
        day: u32,
    },
    /// Saves the bills and proofs of closed days, which a chain prunes
    Archive {
        /// The node's WebSocket
        #[arg(long)]
        url: String,
        /// The folder they go to, one file a day
        #[arg(long)]
        out: PathBuf,
        /// Goes on until it is stopped
        #[arg(long)]
        follow: bool,
    },
    /// Follows a node: a live view in a terminal, elsewhere one line for each block
    Watch {
        /// The node's WebSocket
        #[arg(long)]
        url: String,
        /// One line for each block in a terminal, too
        #[arg(long)]
        plain: bool,
    },
    /// Makes a member's folder: its configuration and its keys
    Init {
        #[command(flatten)]
        folder: Folder,
        /// The member's name, as it is registered
        #[arg(long)]
        name: String,
        /// Its node's WebSocket
        #[arg(long, default_value = "ws://127.0.0.1:9944")]
        url: String,
    },
    /// Shows where the market and the member stand
    Status {
        #[command(flatten)]
        folder: Folder,
    },
    /// Publishes what the member wants to trade on a day
    Release(release::Args),
    /// Seals the member's bid for a period
    Seal(seal::Args),
    /// Reveals the member's bid for a period
    Reveal(reveal::Args),
    /// Serves a site's forecasts, history and signed readings to off-chain workers
    Gateway(gateway::Args),
    /// Serves the market's metrics to Prometheus
    Exporter {
        /// The node's WebSocket
        #[arg(long)]
        url: String,
        /// Where requests come in
        #[arg(long, default_value = "127.0.0.1:9616")]
        listen: SocketAddr,
    },
    /// Puts any number of members on a node of its own, and measures it
    Load(load::Args),
    /// Compares two bill_lines.csv line by line
    Compare {
        /// The one
        first: PathBuf,
        /// The other
        second: PathBuf,
    },
}

async fn execute(Cli { json, command }: Cli) -> Result<()> {
    let format = if json { Format::Json } else { Format::Text };
    match command {
        Command::Simulate { scenario, days, out } => simulate::run(&scenario, days, out.as_deref(), format),
        Command::Run(args) => run::run(args, format).await,
        Command::Import(args) => import::run(&args, format),
        Command::Report { url, day, days, out } => report::run(&url, day, days, out.as_deref(), format).await,
        Command::Bill(args) => bill::run(args, format).await,
        Command::BestResponse { scenario, day } => best_response::run(&scenario, day, format),
        Command::Archive { url, out, follow } => {
            let until = if follow { Until::Stopped } else { Until::Now };
            archive::run(&url, &out, until, format).await
        }
        Command::Watch { url, plain } => {
            watch::run(&url, if plain { Place::Lines } else { Place::Screen }, format).await
        }
        Command::Compare { first, second } => compare::run(&first, &second, format),
        Command::Init { folder, name, url } => init::run(&folder, &name, &url, format),
        Command::Status { folder } => status::run(&folder, format).await,
        Command::Release(args) => release::run(args, format).await,
        Command::Seal(args) => seal::run(args, format).await,
        Command::Reveal(args) => reveal::run(args, format).await,
        Command::Load(_) if json => Err(failure::failure(
            Kind::BadInput,
            "load prints no JSON: leave --json out, and read load.csv, blocks.csv and slope.csv in --out",
        )),
        Command::Load(args) => load::run(args).await,
        Command::Gateway(args) => gateway::run(args, format).await,
        Command::Exporter { url, listen } => exporter::run(&url, listen, format).await,
    }
}

/// What the command line asks for; `None` where that was help or the version, which is printed.
///
/// # Errors
/// Where what is asked for cannot be printed.
fn asked() -> Result<Option<Cli>> {
    match Cli::try_parse() {
        Ok(cli) => Ok(Some(cli)),
        Err(error) if error.use_stderr() => error.exit(),
        Err(help) => output::print_with(|_| help.print().and_then(|()| io::stdout().flush())).map(|()| None),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match asked() {
        Ok(Some(cli)) => execute(cli).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let kind = failure::kind(&error);
            // As in any pipe: who has read enough need not be told.
            if kind != Kind::Unread {
                output::tell(format_args!("gridbid: {error:#}"));
            }
            ExitCode::from(kind as u8)
        }
    }
}
