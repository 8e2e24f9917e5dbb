//! The order of a block, with the pool and the proposer that a node has, on the runtime's Wasm.

use super::OperationalFirst;
use crate::parts::{Block, Client, Pool};
use codec::Encode;
use frame_support::dispatch::{DispatchClass, GetDispatchInfo};
use frame_support::weights::Weight;
use market::Moment;
use runtime::{
    AccountId, Balance, Runtime, RuntimeCall, SignedPayload, SudoCall, UncheckedExtrinsic, VERSION,
    tx_extension,
};
use sc_basic_authorship::ProposerFactory;
use sc_client_api::execution_extensions::ExecutionExtensions;
use sc_client_db::{BlocksPruning, DatabaseSettings, DatabaseSource, PruningMode};
use sc_executor::WasmExecutor;
use sc_service::{ClientConfig, GenesisBlockBuilder, TaskManager};
use sc_transaction_pool::{TransactionPoolOptions, TransactionPoolType};
use sc_transaction_pool_api::{TransactionPool, TransactionSource};
use scenario::dev_keys;
use sp_blockchain::HeaderBackend;
use sp_consensus::{Environment, ProposeArgs, Proposer};
use sp_consensus_aura::{AURA_ENGINE_ID, Slot};
use sp_core::storage::Storage;
use sp_core::{Pair, ed25519};
use sp_runtime::generic::Era;
use sp_runtime::traits::Block as _;
use sp_runtime::{Digest, DigestItem, MultiSignature, OpaqueExtrinsic, Percent};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const ETH: Balance = 1_000_000_000_000_000_000;
/// Length of a slot on development chains, in milliseconds.
const SLOT: Moment = 6_000;
/// What lifts any transaction to the highest priority that a pool knows.
const TIP: Balance = 100 * ETH;
/// How long a block may be made: far longer than it takes.
const LONG: Duration = Duration::from_secs(120);
/// What fills the share of the normal class, 1,500 ms, but for less than any other of them needs.
const FILLERS: [u64; 2] = [1_300, 190];
/// The SDK's proposer goes on behind eight that do not fit, and ends at the ninth.
const NOT_FITTING: [u64; 9] = [1_000; 9];

/// A chain at its first block, and the pool and the tasks of its node.
struct Node {
    client: Arc<Client>,
    pool: Arc<Pool>,
    tasks: TaskManager,
    _folder: TempDir,
}

impl Node {
    fn new(storage: Storage) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tasks = TaskManager::new(tokio::runtime::Handle::current(), None).unwrap();
        let settings = DatabaseSettings {
            trie_cache_maximum_size: None,
            state_pruning: Some(PruningMode::ArchiveAll),
            source: DatabaseSource::ParityDb { path: folder.path().into() },
            blocks_pruning: BlocksPruning::KeepAll,
            pruning_filters: Vec::new(),
            metrics_registry: None,
        };
        let backend = sc_service::new_db_backend(settings).unwrap();
        let executor = WasmExecutor::builder().build();
        let genesis = GenesisBlockBuilder::new_with_storage(storage, true, backend.clone(), executor.clone());
        let client = sc_service::new_client(
            backend,
            executor.clone(),
            genesis.unwrap(),
            None,
            None,
            ExecutionExtensions::new(None, Arc::new(executor)),
            Box::new(tasks.spawn_handle()),
            None,
            None,
            ClientConfig::default(),
        );
        let client: Arc<Client> = Arc::new(client.unwrap());
        let options = TransactionPoolOptions::new_with_params(
            8_192,
            20 * 1024 * 1024,
            None,
            TransactionPoolType::ForkAware,
            false,
            false,
        );
        let pool =
            sc_transaction_pool::Builder::new(tasks.spawn_essential_handle(), client.clone(), true.into())
                .with_options(options)
                .build();
        Self { client, pool: Arc::new(pool), tasks, _folder: folder }
    }

    /// Puts these into the pool, in this order.
    async fn submit(&self, transactions: &[OpaqueExtrinsic]) {
        let genesis = self.client.info().genesis_hash;
        let all = self.pool.submit_at(genesis, TransactionSource::External, transactions.to_vec());
        for (place, result) in all.await.unwrap().into_iter().enumerate() {
            assert!(result.is_ok(), "transaction {place} is refused");
        }
    }

    /// The block that the proposer makes of what a pool offers it, in one whose soft deadline has passed when it meets the
    /// first that does not fit.
    async fn propose<P>(&self, pool: Arc<P>, now: Moment) -> Vec<OpaqueExtrinsic>
    where
        P: TransactionPool<Block = Block> + 'static,
    {
        let genesis = self.client.info().genesis_hash;
        let parent = self.client.header(genesis).unwrap().unwrap();
        let spawner = self.tasks.spawn_handle();
        let mut factory = ProposerFactory::new(spawner, self.client.clone(), pool, None, None);
        factory.set_soft_deadline(Percent::from_percent(0));
        let slot = DigestItem::PreRuntime(AURA_ENGINE_ID, Slot::from(now / SLOT).encode());
        let mut arguments = ProposeArgs::<Block> {
            inherent_digests: Digest { logs: vec![slot] },
            max_duration: LONG,
            ..Default::default()
        };
        let time = sp_timestamp::Timestamp::new(now);
        arguments.inherent_data.put_data(sp_timestamp::INHERENT_IDENTIFIER, &time).unwrap();
        let proposer = factory.init(&parent).await.unwrap();
        proposer.propose(arguments).await.unwrap().block.extrinsics().to_vec()
    }
}

/// The keys of the stranger with a number.
fn stranger(number: u8) -> ed25519::Pair {
    ed25519::Pair::from_seed(&[number; 32])
}

fn account(pair: &ed25519::Pair) -> AccountId {
    AccountId::from(pair.public().0)
}

type Data = <Runtime as frame_system::Config>::AccountData;

/// The first state of a development chain, in which so many strangers have money.
fn storage(strangers: u8) -> Storage {
    let scenario = crate::genesis::load(None).unwrap();
    let mut storage = crate::genesis::storage(&scenario).unwrap();
    for number in 0..strangers {
        let data = Data { free: 10 * TIP, ..Default::default() };
        let info = frame_system::AccountInfo {
            nonce: 0 as runtime::Nonce,
            providers: 1,
            data,
            ..Default::default()
        };
        let key = frame_system::Account::<Runtime>::hashed_key_for(account(&stranger(number)));
        storage.top.insert(key, info.encode());
    }
    storage
}

/// A transaction, the first of its account.
fn sign(client: &Client, pair: &ed25519::Pair, tip: Balance, call: RuntimeCall) -> OpaqueExtrinsic {
    let (version, genesis) = (VERSION, client.info().genesis_hash);
    let implicit =
        ((), version.spec_version, version.transaction_version, genesis, genesis, (), (), (), None, ());
    let payload = SignedPayload::from_raw(call, tx_extension(Era::Immortal, 0, tip), implicit);
    let signature = MultiSignature::Ed25519(payload.using_encoded(|bytes| pair.sign(bytes)));
    let (call, extension, _) = payload.deconstruct();
    UncheckedExtrinsic::new_signed(call, account(pair).into(), signature, extension).into()
}

/// A normal call that declares this weight, in milliseconds.
fn declaring(milliseconds: u64) -> RuntimeCall {
    let call: RuntimeCall = frame_system::Call::remark { remark: Vec::new() }.into();
    let weight = Weight::from_parts(milliseconds * 1_000_000_000, 0);
    SudoCall::<Runtime>::sudo_unchecked_weight { call: Box::new(call), weight }.into()
}

fn reveal() -> RuntimeCall {
    let delivery = market::Delivery { day: 0, period: 0 };
    let price = market::Price::ZERO;
    RuntimeCall::BlindAuction(pallet_blind_auction::Call::reveal { delivery, price, salt: [0; 32] })
}

#[tokio::test(flavor = "multi_thread")]
async fn reveals_should_get_in_when_nine_that_do_not_fit_wait_before_them() {
    if runtime::WASM_BINARY.is_none() {
        eprintln!("the runtime is built without its Wasm: nothing is tested");
        return;
    }
    assert_eq!(reveal().get_dispatch_info().class, DispatchClass::Operational);
    assert_eq!(declaring(1).get_dispatch_info().class, DispatchClass::Normal);
    let declared = [&FILLERS[..], &NOT_FITTING].concat();
    let node = Node::new(storage(u8::try_from(declared.len()).unwrap()));
    let flood: Vec<_> = (0..)
        .zip(&declared)
        .map(|(number, weight)| sign(&node.client, &stranger(number), TIP, declaring(*weight)))
        .collect();
    let reveals: Vec<_> = ["LA1", "LA2", "LA3"]
        .iter()
        .map(|name| sign(&node.client, &dev_keys::agent(name).unwrap(), 0, reveal()))
        .collect();
    node.submit(&[&flood[..], &reveals].concat()).await;
    assert_eq!(node.pool.status().ready, flood.len() + reveals.len());

    let now = crate::genesis::load(None).unwrap().calendar.release(0).from;
    let count = |block: &[OpaqueExtrinsic], of: &[OpaqueExtrinsic]| {
        of.iter().filter(|transaction| block.contains(transaction)).count()
    };
    // The pool's own order: the block ends behind the nine, with a quarter of it empty.
    let block = node.propose(node.pool.clone(), now).await;
    assert_eq!((count(&block, &flood), count(&block, &reveals)), (FILLERS.len(), 0));
    // What a node proposes.
    let block = node.propose(Arc::new(OperationalFirst(node.pool.clone())), now).await;
    assert_eq!((count(&block, &flood), count(&block, &reveals)), (FILLERS.len(), reveals.len()));
}
