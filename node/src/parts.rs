//! The chain's parts, which every way to run the node opens first: database, client, pool and import queue.

use crate::chain_spec;
use runtime::Hash;
use runtime::apis::RuntimeApi;
use sc_client_api::{Backend as _, StateBackend as _, TrieCacheContext};
use sc_consensus::{BasicQueue, LongestChain};
use sc_consensus_aura::ImportQueueParams;
use sc_consensus_grandpa::{GrandpaBlockImport, LinkHalf};
use sc_executor::WasmExecutor;
use sc_service::config::{RpcBatchRequestConfig, RpcMethods, TrieCacheWarmUpStrategy};
use sc_service::{
    BuildGenesisBlock, Configuration, Error, GenesisBlockBuilder, PruningMode, TFullBackend, TFullClient,
    TaskManager,
};
use sc_transaction_pool::TransactionPoolHandle;
use sp_blockchain::HeaderBackend;
use sp_consensus_aura::sr25519::AuthorityPair as AuraPair;
use sp_core::storage::{Storage, well_known_keys};
use sp_keystore::KeystorePtr;
use sp_runtime::traits::Block as _;
use std::sync::Arc;

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

/// Imports blocks for GRANDPA.
pub type GrandpaImport = GrandpaBlockImport<Backend, Block, Client, SelectChain>;
/// Joins that import to the voter.
pub type GrandpaLink = LinkHalf<Block, Client, SelectChain>;

/// GRANDPA may generate a justification for every so many blocks.
pub const JUSTIFICATION_PERIOD: u32 = 512;
/// The trie cache: a region's state fits, and the node stays far under a gibibyte.
const MAX_TRIE_CACHE: usize = 128 * 1024 * 1024;
/// The most calls of one RPC batch, where the command line does not say.
const MAX_BATCH: u32 = 100;
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
    pub select_chain: SelectChain,
    pub pool: Arc<Pool>,
    /// What finality is found with; `None` on a development chain, where each block is final at once.
    pub grandpa: Option<(GrandpaImport, GrandpaLink)>,
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

/// The first state that the specification says.
fn first_state(config: &Configuration) -> Result<Storage, Error> {
    config.chain_spec.as_storage_builder().build_storage().map_err(|why| {
        // Where in the Wasm it was found helps nobody who wrote a specification.
        let why = why.split("\nWASM backtrace").next().unwrap_or_default();
        Error::Other(format!("the first state of {} can't be made: {why}", config.chain_spec.name()))
    })
}

/// Refuses a database whose chain began with another first state than the specification says: the SDK would go on
/// with it without a word. A development chain may have begun with the runtime of an older node: what it was made of
/// is then compared by the scenario alone.
fn check_first_block(
    config: &Configuration,
    backend: &Arc<Backend>,
    begins_with: Hash,
    state: &Storage,
) -> Result<(), Error> {
    let Some(began_with) = backend.blockchain().hash(0)?.filter(|hash| *hash != begins_with) else {
        return Ok(());
    };
    if is_dev(config) {
        let began = backend.state_at(began_with, TrieCacheContext::Untrusted).ok();
        let code = began.and_then(|state| state.storage(well_known_keys::CODE).ok().flatten());
        if code.as_ref() != state.top.get(well_known_keys::CODE) {
            return Ok(());
        }
    }
    Err(Error::Other(format!(
        "the chain in {} was made from another version of {}: choose another --base-path, or remove the chain with \
         purge-chain, or name the specification that it was made from. It began with block {began_with}, and not \
         with {begins_with}",
        config.data_path.display(),
        config.chain_spec.name(),
    )))
}

/// Refuses a chain whose slots last no time: no block would ever be made.
fn check_slots(client: &Client) -> Result<(), Error> {
    let slot = sc_consensus_aura::slot_duration(client)?.as_millis();
    if slot < 2 {
        return Err(Error::Other(format!(
            "a slot of this chain lasts {slot} ms: the specification's slotDuration must be at least 2"
        )));
    }
    Ok(())
}

/// Opens the chain.
///
/// # Errors
/// Where the specification makes no chain, the database holds another one, or something can't be opened.
pub fn open(config: &Configuration) -> Result<Parts, Error> {
    let executor = sc_service::new_wasm_executor::<HostFunctions>(&config.executor);
    let state = first_state(config)?;
    let backend = sc_service::new_db_backend::<Block>(config.db_config())?;
    let genesis = |state, commit| {
        let (backend, executor) = (backend.clone(), executor.clone());
        GenesisBlockBuilder::<Block, Backend, _>::new_with_storage(state, commit, backend, executor)
    };
    if backend.blockchain().hash(0)?.is_some() {
        let (first, _) = genesis(state.clone(), false)?.build_genesis_block()?;
        check_first_block(config, &backend, first.hash(), &state)?;
    }
    let genesis = genesis(state, !config.no_genesis())?;
    let (client, backend, keystore, task_manager) =
        sc_service::new_full_parts_with_genesis_builder::<Block, RuntimeApi, _, _>(
            config, None, executor, backend, genesis, false,
        )?;
    let client = Arc::new(client);
    check_slots(&client)?;
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

pub(crate) use wall_clock;
