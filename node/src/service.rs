//! The node's services: Aura and GRANDPA on a network, manual seal on a development chain.

use crate::cli::MarketParams;
use crate::dev::sealing::{Parts as SealingParts, Sealer};
use crate::dev::{Control, gateway};
use crate::workers::one_at_a_time;
use crate::{chain_spec, rpc};
use runtime::apis::RuntimeApi;
use runtime::{BlockNumber, Hash};
use sc_basic_authorship::ProposerFactory;
use sc_client_api::{AuxStore, Backend as _};
use sc_consensus::{BasicQueue, LongestChain};
use sc_consensus_aura::{CompatibilityMode, ImportQueueParams, SlotProportion, StartAuraParams};
use sc_consensus_grandpa::warp_proof::NetworkProvider as WarpProofs;
use sc_consensus_grandpa::{
    GrandpaBlockImport, GrandpaParams, LinkHalf, SharedVoterState, VotingRulesBuilder,
};
use sc_executor::WasmExecutor;
use sc_network::config::FullNetworkConfiguration;
use sc_network::service::NotificationMetrics;
use sc_network::service::traits::NetworkService;
use sc_network::types::ProtocolName;
use sc_network::{NetworkBackend, NotificationService};
use sc_network_sync::SyncingService;
use sc_offchain::{OffchainWorkerOptions, OffchainWorkers};
use sc_service::config::{RpcBatchRequestConfig, RpcMethods, TrieCacheWarmUpStrategy};
use sc_service::{
    BuildNetworkParams, Configuration, Error, PruningMode, Role, SpawnTasksParams, TFullBackend, TFullClient,
    TaskManager, WarpSyncConfig,
};
use sc_transaction_pool::TransactionPoolHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_blockchain::HeaderBackend;
use sp_consensus_aura::sr25519::AuthorityPair as AuraPair;
use sp_keystore::KeystorePtr;
use sp_runtime::Percent;
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use substrate_prometheus_endpoint::Registry;
use tokio::sync::{mpsc, watch};

/// The node's view of a block: extrinsics are bytes.
pub type Block = runtime::OpaqueBlock;
/// The full client.
pub type Client = TFullClient<Block, RuntimeApi, WasmExecutor<HostFunctions>>;
/// The database backend.
pub type Backend = TFullBackend<Block>;
/// The transaction pool.
pub type Pool = TransactionPoolHandle<Block, Client>;
/// Fork choice: the longest chain.
pub type SelectChain = LongestChain<Backend, Block>;

/// The functions that the runtime may call on the node.
type HostFunctions = sp_io::SubstrateHostFunctions;

type GrandpaImport = GrandpaBlockImport<Backend, Block, Client, SelectChain>;
type GrandpaLink = LinkHalf<Block, Client, SelectChain>;

/// GRANDPA may generate a justification for every so many blocks.
const JUSTIFICATION_PERIOD: u32 = 512;
/// How long a GRANDPA message needs through the network.
const GOSSIP_DURATION: Duration = Duration::from_millis(333);
/// Share of a slot that may be spent on proposing a block.
const PROPOSAL_SHARE: f32 = 2.0 / 3.0;
/// Share of the time for a proposal after which a full block is done. Until then what waits is tried one by one:
/// beside a long queue of calls that do not fit, half of the time, as is usual, would make every block take that long.
const FULL_BLOCK_SHARE: Percent = Percent::from_percent(5);
/// The trie cache: a region's state fits, and the node stays far under a gibibyte.
const MAX_TRIE_CACHE: usize = 128 * 1024 * 1024;
/// The most calls of one RPC batch, where the command line does not say.
const MAX_BATCH: u32 = 100;
/// How often is looked whether the database can be written.
const DATABASE_WATCH: Duration = Duration::from_secs(5);
/// What is written there for that.
const DATABASE_WATCH_KEY: &[u8] = b"gridbid::watch";
/// How long a stop waits for what is under way.
const STOPPING: Duration = Duration::from_secs(10);
/// The trie cache under load: the state of the largest market fits.
const LOAD_TRIE_CACHE: usize = 2 * 1024 * 1024 * 1024;
/// States of blocks that are kept under load.
const LOAD_KEPT_STATES: u32 = 256;
/// The largest answer under load, in MiB: all lines of a period.
const LOAD_RPC_MIB: u32 = 256;

/// What every way to run the node needs.
pub struct Parts {
    pub client: Arc<Client>,
    pub backend: Arc<Backend>,
    pub task_manager: TaskManager,
    pub import_queue: BasicQueue<Block>,
    pub keystore: KeystorePtr,
    select_chain: SelectChain,
    pool: Arc<Pool>,
    grandpa: Option<(GrandpaImport, GrandpaLink)>,
}

/// Whether the chain is a development chain: one node makes its blocks, on a simulated clock.
pub fn is_dev(config: &Configuration) -> bool {
    chain_spec::is_dev(&*config.chain_spec)
}

/// Settles what a command line left open.
pub fn adjust(config: &mut Configuration) {
    config.trie_cache_maximum_size = config.trie_cache_maximum_size.map(|size| size.min(MAX_TRIE_CACHE));
    if is_dev(config) {
        // Reports look back at every block.
        config.state_pruning.get_or_insert(PruningMode::ArchiveAll);
        config.offchain_worker.enabled = true;
        // Nobody joins: two development chains run beside each other.
        config.network.listen_addresses.clear();
    }
    let is_dev = is_dev(config);
    for endpoint in config.rpc.addr.iter_mut().flatten() {
        endpoint.batch_config = bounded(endpoint.batch_config);
        // Without a word on it, whatever runs on a network's node may not change its keys or its peers.
        if !is_dev && matches!(endpoint.rpc_methods, RpcMethods::Auto) {
            endpoint.rpc_methods = RpcMethods::Safe;
        }
    }
}

/// A batch of any length is for nobody.
const fn bounded(batch: RpcBatchRequestConfig) -> RpcBatchRequestConfig {
    match batch {
        RpcBatchRequestConfig::Unlimited => RpcBatchRequestConfig::Limit(MAX_BATCH),
        bounded => bounded,
    }
}

/// Settles what the profile `load` asks for beside that.
pub fn adjust_to_load(config: &mut Configuration) {
    config.trie_cache_maximum_size = Some(LOAD_TRIE_CACHE);
    // As on a node that has run for long: what is measured is the market, not a cold cache.
    config.warm_up_trie_cache = Some(TrieCacheWarmUpStrategy::Blocking);
    // Growth of the database is measured as a validator has it.
    config.state_pruning = Some(PruningMode::blocks_pruning(LOAD_KEPT_STATES));
    config.rpc.max_response_size = LOAD_RPC_MIB;
}

/// Opens the chain.
pub fn open(config: &Configuration) -> Result<Parts, Error> {
    let executor = sc_service::new_wasm_executor::<HostFunctions>(&config.executor);
    let (client, backend, keystore, task_manager) =
        sc_service::new_full_parts::<Block, RuntimeApi, _>(config, None, executor, Vec::new())?;
    let client = Arc::new(client);
    let select_chain = LongestChain::new(backend.clone());
    let pool = sc_transaction_pool::Builder::new(
        task_manager.spawn_essential_handle(),
        client.clone(),
        config.role.is_authority().into(),
    )
    .with_options(config.transaction_pool.clone())
    .with_prometheus(config.prometheus_registry())
    .build();
    let (import_queue, grandpa) = if is_dev(config) {
        let queue = sc_consensus_manual_seal::import_queue(
            Box::new(client.clone()),
            &task_manager.spawn_essential_handle(),
            config.prometheus_registry(),
        );
        (queue, None)
    } else {
        let (import, link) = sc_consensus_grandpa::block_import(
            client.clone(),
            JUSTIFICATION_PERIOD,
            &client,
            select_chain.clone(),
            None,
        )?;
        (aura_import_queue(config, &client, &task_manager, &import)?, Some((import, link)))
    };
    let keystore = keystore.keystore();
    Ok(Parts {
        client,
        backend,
        task_manager,
        import_queue,
        keystore,
        select_chain,
        pool: Arc::new(pool),
        grandpa,
    })
}

/// The slot of the wall clock and its time, as inherent data.
macro_rules! wall_clock {
    ($slot_duration:expr) => {{
        let slot_duration = $slot_duration;
        move |_, ()| async move {
            let timestamp = sp_timestamp::InherentDataProvider::from_system_time();
            let slot = sp_consensus_aura::inherents::InherentDataProvider::from_timestamp_and_slot_duration(
                *timestamp,
                slot_duration,
            );
            Ok((slot, timestamp))
        }
    }};
}

fn aura_import_queue(
    config: &Configuration,
    client: &Arc<Client>,
    task_manager: &TaskManager,
    import: &GrandpaImport,
) -> Result<BasicQueue<Block>, Error> {
    let queue = sc_consensus_aura::import_queue::<AuraPair, _, _, _, _, _>(ImportQueueParams {
        block_import: import.clone(),
        justification_import: Some(Box::new(import.clone())),
        client: client.clone(),
        create_inherent_data_providers: wall_clock!(sc_consensus_aura::slot_duration(&**client)?),
        spawner: &task_manager.spawn_essential_handle(),
        registry: config.prometheus_registry(),
        check_for_equivocation: Default::default(),
        telemetry: None,
        compatibility_mode: Default::default(),
    })?;
    Ok(queue)
}

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

/// What has to end before the node's tasks are ended: a run of the workers, or a block, that loses its timers and
/// connections in its middle takes that for a failure.
pub struct Stop {
    stop: watch::Sender<bool>,
    under_way: mpsc::Receiver<Infallible>,
    token: mpsc::Sender<Infallible>,
}

impl Stop {
    fn new() -> Self {
        let (token, under_way) = mpsc::channel(1);
        Self { stop: watch::Sender::new(false), under_way, token }
    }

    /// A task that `stop` is waited for. As it is essential to the node, it never ends by itself.
    fn wait_for<F: Future<Output = ()> + Send>(&self, task: F) -> impl Future<Output = ()> + Send + use<F> {
        let token = self.token.clone();
        async move {
            task.await;
            drop(token);
            pending().await
        }
    }

    /// Begins nothing more, and waits until what is under way has ended.
    pub async fn stop(mut self) {
        drop(self.token);
        self.stop.send_replace(true);
        let _ = tokio::time::timeout(STOPPING, self.under_way.recv()).await;
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
        tasks.spawn("offchain-workers-pacer", group, stop.wait_for(pacer.run(stop.stop.subscribe())));
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
            stop: stop.stop.subscribe(),
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

    fn proposer(&self) -> ProposerFactory<Pool, Client> {
        let mut proposer = ProposerFactory::new(
            self.task_manager.spawn_handle(),
            self.client.clone(),
            self.pool.clone(),
            self.prometheus.as_ref(),
            None,
        );
        proposer.set_soft_deadline(FULL_BLOCK_SHARE);
        proposer
    }
}
