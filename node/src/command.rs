//! Runs what the command line asks for.

use crate::chain_spec;
use crate::cli::{Cli, Subcommand};
use crate::parts::{self, Backend, Block, Parts};
use crate::service;
use runtime::Hash;
use sc_cli::{Result, SubstrateCli, TransactionPoolType};
use sc_network::config::NetworkBackendType;
use sc_network::{Litep2pNetworkBackend, NetworkWorker};
use sc_service::Configuration;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "Gridbid Node".into()
    }

    fn impl_version() -> String {
        env!("CARGO_PKG_VERSION").into()
    }

    fn description() -> String {
        "A peer-to-peer electricity market as a chain. --dev runs a market day on one node.".into()
    }

    fn author() -> String {
        "the Gridbid authors".into()
    }

    fn support_url() -> String {
        "docs/dev-chain.md".into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn load_spec(&self, id: &str) -> std::result::Result<Box<dyn sc_service::ChainSpec>, String> {
        Ok(Box::new(match self.market.load() {
            Some(load) if id == "dev" => chain_spec::of_load(load)?,
            Some(_) => return Err("the profile is for a development chain: use --profile with --dev".into()),
            None => chain_spec::load(id, self.market.scenario.as_deref())?,
        }))
    }
}

/// A simulated clock makes many blocks: of those only the import is worth a line.
const QUIET_BLOCKS: &str = "sc_basic_authorship=warn";

/// Kilobytes of transactions that the pool keeps under load: two of each member of the largest market.
const LOAD_POOL_KBYTES: usize = 512 * 1024;

impl Cli {
    /// The scenario folder that is named as the chain.
    fn chain_folder(&self) -> Option<PathBuf> {
        self.run.shared_params.chain.as_ref().map(PathBuf::from).filter(|chain| chain.is_dir())
    }

    fn names_dev_chain(&self) -> bool {
        let params = &self.run.shared_params;
        params.chain.as_deref().map_or(params.dev, |chain| chain == "dev") || self.chain_folder().is_some()
    }
}

/// Parses the command line and does what it says.
pub fn run() -> Result<()> {
    let mut cli = Cli::from_args();
    if cli.run.shared_params.log.is_empty() && cli.names_dev_chain() {
        cli.run.shared_params.log.push(QUIET_BLOCKS.into());
    }
    match &cli.subcommand {
        None => run_node(&cli),
        Some(Subcommand::Key(command)) => command.run(&cli),
        Some(Subcommand::BuildSpec(command)) => {
            cli.create_runner(command)?.sync_run(|config| command.run(config.chain_spec, config.network))
        }
        Some(Subcommand::ExportChainSpec(command)) => command.run(cli.load_spec(&command.chain)?),
        Some(Subcommand::CheckBlock(command)) => cli.create_runner(command)?.async_run(|config| {
            let parts = open(config)?;
            Ok((command.run(parts.client, parts.import_queue), parts.task_manager))
        }),
        Some(Subcommand::ExportBlocks(command)) => cli.create_runner(command)?.async_run(|config| {
            let database = config.database.clone();
            let parts = open(config)?;
            Ok((command.run(parts.client, database), parts.task_manager))
        }),
        Some(Subcommand::ExportState(command)) => cli.create_runner(command)?.async_run(|config| {
            let spec = config.chain_spec.cloned_box();
            let parts = open(config)?;
            Ok((command.run::<_, Backend, _>(parts.client, spec), parts.task_manager))
        }),
        Some(Subcommand::ImportBlocks(command)) => cli.create_runner(command)?.async_run(|config| {
            let parts = open(config)?;
            Ok((command.run(parts.client, parts.import_queue), parts.task_manager))
        }),
        Some(Subcommand::PurgeChain(command)) => {
            cli.create_runner(command)?.sync_run(|config| command.run(config.database))
        }
        Some(Subcommand::Revert(command)) => cli.create_runner(command)?.async_run(|config| {
            let with_grandpa = !parts::is_dev(&config);
            let parts = open(config)?;
            let revert = Box::new(move |client, _: Arc<Backend>, blocks| {
                if with_grandpa {
                    sc_consensus_grandpa::revert(client, blocks)?;
                }
                Ok(())
            });
            Ok((command.run(parts.client, parts.backend, Some(revert)), parts.task_manager))
        }),
        Some(Subcommand::ChainInfo(command)) => {
            cli.create_runner(command)?.sync_run(|config| command.run::<Block>(&config))
        }
    }
}

fn open(mut config: Configuration) -> Result<Parts> {
    parts::adjust(&mut config);
    Ok(parts::open(&config)?)
}

fn run_node(cli: &Cli) -> Result<()> {
    let mut market = cli.market.clone();
    // A scenario folder may also be named as the chain.
    market.scenario = market.scenario.or_else(|| cli.chain_folder());
    let runner = cli.create_runner(&cli.run)?;
    runner.run_node_until_exit(|mut config| async move {
        parts::adjust(&mut config);
        if parts::is_dev(&config) {
            // One chain without forks, whose clock waits for the pool.
            let mut pool = cli.run.pool_config.clone();
            pool.pool_type = TransactionPoolType::SingleState;
            if let Some(load) = market.load() {
                parts::adjust_to_load(&mut config);
                pool.pool_limit = usize::try_from(load.members).unwrap_or(usize::MAX).saturating_mul(2);
                pool.pool_kbytes = LOAD_POOL_KBYTES;
            }
            config.transaction_pool = pool.transaction_pool(true);
        }
        let (mut task_manager, stop) = match config.network.network_backend {
            NetworkBackendType::Libp2p => service::start::<NetworkWorker<Block, Hash>>(config, &market)?,
            NetworkBackendType::Litep2p => service::start::<Litep2pNetworkBackend>(config, &market)?,
        };
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        // The SDK hears the same signals, and ends all tasks as soon as this future gives them to it.
        tokio::select! {
            ended = task_manager.future() => ended?,
            _ = interrupt.recv() => stop.stop().await,
            _ = terminate.recv() => stop.stop().await,
        }
        // What the SDK's own tasks say when they are cut off is no fault of anybody's.
        log::set_max_level(log::LevelFilter::Off);
        Ok::<_, sc_cli::Error>(task_manager)
    })
}
