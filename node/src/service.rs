//! The node's services: Aura and GRANDPA on a network, manual seal on a development chain.

use crate::cli::MarketParams;
use crate::dev::sealing::{Parts as SealingParts, Sealer};
use crate::dev::{Control, gateway};
use crate::parts::{
    Backend, Block, Client, GrandpaImport, GrandpaLink, JUSTIFICATION_PERIOD, Pool, SelectChain, is_dev,
    open, wall_clock,
};
use crate::proposing::OperationalFirst;
use crate::rpc;
use crate::stop::Stop;
use crate::workers::one_at_a_time;
use runtime::{BlockNumber, Hash};
use sc_basic_authorship::ProposerFactory;
use sc_client_api::{AuxStore, Backend as _};
use sc_consensus_aura::{CompatibilityMode, SlotProportion, StartAuraParams};
use sc_consensus_grandpa::warp_proof::NetworkProvider as WarpProofs;
use sc_consensus_grandpa::{GrandpaParams, SharedVoterState, VotingRulesBuilder};
use sc_network::config::FullNetworkConfiguration;
use sc_network::service::NotificationMetrics;
use sc_network::service::traits::NetworkService;
use sc_network::types::ProtocolName;
use sc_network::{NetworkBackend, NotificationService};
use sc_network_sync::SyncingService;
use sc_offchain::{OffchainWorkerOptions, OffchainWorkers};
use sc_service::{
    BuildNetworkParams, Configuration, Error, Role, SpawnTasksParams, TaskManager, WarpSyncConfig,
};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_blockchain::HeaderBackend;
use sp_consensus_aura::sr25519::AuthorityPair as AuraPair;
use sp_keystore::KeystorePtr;
use sp_runtime::Percent;
use std::sync::Arc;
use std::time::Duration;
use substrate_prometheus_endpoint::Registry;
use tokio::sync::watch;

/// How long a GRANDPA message needs through the network.
const GOSSIP_DURATION: Duration = Duration::from_millis(333);
/// Share of a slot that may be spent on proposing a block.
const PROPOSAL_SHARE: f32 = 2.0 / 3.0;
/// Share of the time for a proposal after which a full block is done. Until then what waits is tried one by one:
/// beside a long queue of calls that do not fit, half of the time, as is usual, would make every block take that long.
const FULL_BLOCK_SHARE: Percent = Percent::from_percent(5);
/// How often is looked whether the database can be written.
const DATABASE_WATCH: Duration = Duration::from_secs(5);
/// What is written there for that.
const DATABASE_WATCH_KEY: &[u8] = b"gridbid::watch";

/// What a network finds consensus with.
struct Consensus {
    import: GrandpaImport,
    link: GrandpaLink,
    protocol: ProtocolName,
    notifications: Box<dyn NotificationService>,
}

impl Consensus {
    /// Joins GRANDPA's protocol to the network's.
    fn join<N: NetworkBackend<Block, Hash>>(
        (import, link): (GrandpaImport, GrandpaLink),
        config: &Configuration,
        genesis: Hash,
        metrics: NotificationMetrics,
        network: &mut FullNetworkConfiguration<Block, Hash, N>,
    ) -> Self {
        let protocol = sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
        let (set, notifications) = sc_consensus_grandpa::grandpa_peers_set_config::<_, N>(
            protocol.clone(),
            metrics,
            network.peer_store_handle(),
        );
        network.add_notification_protocol(set);
        Self { import, link, protocol, notifications }
    }

    /// Proofs by which others sync in a leap.
    fn warp_sync(&self, backend: &Arc<Backend>) -> WarpSyncConfig<Block> {
        let authorities = self.link.shared_authority_set().clone();
        WarpSyncConfig::WithProvider(Arc::new(WarpProofs::new(backend.clone(), authorities, Vec::new())))
    }
}

/// What the node does beside following the chain.
struct Duties {
    role: Role,
    name: String,
    workers: bool,
    force_authoring: bool,
    finality: bool,
}

impl Duties {
    fn of(config: &Configuration) -> Self {
        Self {
            role: config.role,
            name: config.network.node_name.clone(),
            workers: config.offchain_worker.enabled,
            force_authoring: config.force_authoring,
            finality: !config.disable_grandpa,
        }
    }
}

/// Starts the node.
pub fn start<N: NetworkBackend<Block, Hash>>(
    config: Configuration,
    market: &MarketParams,
) -> Result<(TaskManager, Stop), Error> {
    if market.scenario.is_some() && !is_dev(&config) {
        return Err(Error::Other("a scenario makes a development chain: use --scenario with --dev".into()));
    }
    let parts = open(&config)?;
    let dev = is_dev(&config).then(|| Control::new(market.pace));
    gateway::provide(&config, market, &parts)?;

    let metrics = N::register_notification_metrics(config.prometheus_registry());
    let mut net_config =
        FullNetworkConfiguration::<_, _, N>::new(&config.network, config.prometheus_registry().cloned());
    let genesis = parts.client.info().genesis_hash;
    let consensus = parts
        .grandpa
        .map(|grandpa| Consensus::join(grandpa, &config, genesis, metrics.clone(), &mut net_config));
    let (network, system_rpc_tx, tx_handler_controller, sync_service, _) =
        sc_service::build_network(BuildNetworkParams {
            config: &config,
            net_config,
            client: parts.client.clone(),
            transaction_pool: parts.pool.clone(),
            spawn_handle: parts.task_manager.spawn_handle(),
            spawn_essential_handle: parts.task_manager.spawn_essential_handle(),
            import_queue: parts.import_queue,
            block_announce_validator_builder: None,
            warp_sync_config: consensus.as_ref().map(|consensus| consensus.warp_sync(&parts.backend)),
            block_relay: None,
            metrics,
            gap_sync_body_policy: None,
        })?;
    let mut node = Node {
        client: parts.client,
        backend: parts.backend,
        task_manager: parts.task_manager,
        keystore: parts.keystore,
        select_chain: parts.select_chain,
        pool: parts.pool,
        network,
        sync: sync_service,
        prometheus: config.prometheus_registry().cloned(),
    };
    let duties = Duties::of(&config);
    // Before the duties: it makes the keys of --alice and the like, which the voter looks for once.
    sc_service::spawn_tasks(SpawnTasksParams {
        client: node.client.clone(),
        backend: node.backend.clone(),
        keystore: node.keystore.clone(),
        transaction_pool: node.pool.clone(),
        rpc_builder: rpc::builder(node.client.clone(), node.pool.clone(), dev.clone()),
        network: node.network.clone(),
        sync_service: node.sync.clone(),
        task_manager: &mut node.task_manager,
        system_rpc_tx,
        tx_handler_controller,
        telemetry: None,
        tracing_execute_block: None,
        config,
    })?;
    let stop = Stop::new();
    let ran = node.run(duties, consensus, &stop)?;
    // Last: the pool and the workers follow every block from the first.
    if let Some((control, ran)) = dev.zip(ran) {
        node.seal(control, ran, &stop)?;
    }
    Ok((node.task_manager, stop))
}

/// A node whose network is up.
struct Node {
    client: Arc<Client>,
    backend: Arc<Backend>,
    task_manager: TaskManager,
    keystore: KeystorePtr,
    select_chain: SelectChain,
    pool: Arc<Pool>,
    network: Arc<dyn NetworkService>,
    sync: Arc<SyncingService<Block>>,
    prometheus: Option<Registry>,
}

impl Node {
    /// Starts what the chain needs of this node. Gives on which block the workers have run last, where they do.
    fn run(
        &self,
        duties: Duties,
        consensus: Option<Consensus>,
        stop: &Stop,
    ) -> Result<Option<watch::Receiver<BlockNumber>>, Error> {
        let is_validator = duties.role.is_authority();
        let ran = duties.workers.then(|| self.run_offchain_workers(is_validator, stop)).transpose()?;
        self.watch_database();
        if let Some(consensus) = consensus {
            if is_validator {
                self.author(consensus.import.clone(), duties.force_authoring)?;
            }
            if duties.finality {
                self.vote(consensus, duties)?;
            }
        }
        Ok(ran)
    }

    /// Ends the node when its database cannot be written any more, as on a full disk: it would stand until it
    /// is started again, with room or without.
    fn watch_database(&self) {
        let backend = self.backend.clone();
        let watch = async move {
            loop {
                tokio::time::sleep(DATABASE_WATCH).await;
                let written = AuxStore::insert_aux(&*backend, &[(DATABASE_WATCH_KEY, &[][..])], &[]);
                if let Err(error) = written {
                    log::error!(
                        "The node ends, since its database cannot be written: {error}. Make room, then start it again"
                    );
                    return;
                }
            }
        };
        self.task_manager.spawn_essential_handle().spawn("database-watch", None, watch);
    }

    /// Runs the off-chain workers, one run at a time. Gives the number of the last block on which they have run.
    fn run_offchain_workers(
        &self,
        is_validator: bool,
        stop: &Stop,
    ) -> Result<watch::Receiver<BlockNumber>, Error> {
        let workers = OffchainWorkers::new(OffchainWorkerOptions {
            runtime_api_provider: self.client.clone(),
            keystore: Some(self.keystore.clone()),
            offchain_db: self.backend.offchain_storage(),
            transaction_pool: Some(OffchainTransactionPoolFactory::new(self.pool.clone())),
            network_provider: Arc::new(self.network.clone()),
            is_validator,
            enable_http_requests: true,
            custom_extensions: |_| Vec::new(),
        })?;
        let tasks = self.task_manager.spawn_handle();
        let (heads, runs, pacer) = one_at_a_time(self.client.clone(), tasks.clone());
        let ran = pacer.done.subscribe();
        let group = Some("offchain-worker");
        tasks.spawn("offchain-workers-runner", group, workers.run(Arc::new(heads), runs));
        tasks.spawn("offchain-workers-pacer", group, stop.wait_for(pacer.run(stop.told())));
        Ok(ran)
    }

    /// Makes blocks on the simulated clock.
    fn seal(&self, control: Control, ran: watch::Receiver<BlockNumber>, stop: &Stop) -> Result<(), Error> {
        let parts = SealingParts {
            client: self.client.clone(),
            pool: self.pool.clone(),
            select_chain: self.select_chain.clone(),
            keystore: self.keystore.clone(),
            control,
            ran,
            stop: stop.told(),
        };
        let sealer = Sealer::new(parts, self.proposer(), PROPOSAL_SHARE)?;
        let sealing = stop.wait_for(sealer.run());
        self.task_manager.spawn_essential_handle().spawn_blocking("dev-sealing", None, sealing);
        Ok(())
    }

    /// Makes blocks when it is this node's turn.
    fn author(&self, block_import: GrandpaImport, force_authoring: bool) -> Result<(), Error> {
        let slot_duration = sc_consensus_aura::slot_duration(&*self.client)?;
        let aura =
            sc_consensus_aura::start_aura::<AuraPair, _, _, _, _, _, _, _, _, _, _>(StartAuraParams {
                slot_duration,
                client: self.client.clone(),
                select_chain: self.select_chain.clone(),
                block_import,
                proposer_factory: self.proposer(),
                sync_oracle: self.sync.clone(),
                justification_sync_link: self.sync.clone(),
                create_inherent_data_providers: wall_clock!(slot_duration),
                force_authoring,
                backoff_authoring_blocks: None::<()>,
                keystore: self.keystore.clone(),
                block_proposal_slot_portion: SlotProportion::new(PROPOSAL_SHARE),
                max_block_proposal_slot_portion: None,
                telemetry: None,
                compatibility_mode: CompatibilityMode::None,
            })?;
        self.task_manager.spawn_essential_handle().spawn_blocking("aura", Some("block-authoring"), aura);
        Ok(())
    }

    /// Takes part in finality, or follows it.
    fn vote(&self, consensus: Consensus, duties: Duties) -> Result<(), Error> {
        let voter = sc_consensus_grandpa::run_grandpa_voter(GrandpaParams {
            config: sc_consensus_grandpa::Config {
                gossip_duration: GOSSIP_DURATION,
                justification_generation_period: JUSTIFICATION_PERIOD,
                observer_enabled: false,
                local_role: duties.role,
                name: Some(duties.name),
                keystore: duties.role.is_authority().then(|| self.keystore.clone()),
                telemetry: None,
                protocol_name: consensus.protocol,
            },
            link: consensus.link,
            network: self.network.clone(),
            sync: self.sync.clone(),
            notification_service: consensus.notifications,
            voting_rule: VotingRulesBuilder::default().build(),
            prometheus_registry: self.prometheus.clone(),
            shared_voter_state: SharedVoterState::empty(),
            telemetry: None,
            offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(self.pool.clone()),
        })?;
        self.task_manager.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
        Ok(())
    }

    fn proposer(&self) -> ProposerFactory<OperationalFirst<Pool>, Client> {
        let mut proposer = ProposerFactory::new(
            self.task_manager.spawn_handle(),
            self.client.clone(),
            Arc::new(OperationalFirst(self.pool.clone())),
            self.prometheus.as_ref(),
            None,
        );
        proposer.set_soft_deadline(FULL_BLOCK_SHARE);
        proposer
    }
}
