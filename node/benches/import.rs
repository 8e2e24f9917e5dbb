//! What each transaction of the market costs beside a plain transfer when a node imports a block: the weight that the
//! block counts, and wall time, with the Wasm runtime on ParityDB.
//!
//! One node makes the blocks of a period of a market for measurements. Several others, each on a database of its own,
//! import them. From a block's time that of an empty one is taken off.

mod common;

use codec::Decode;
use common::native::digest;
use common::{Chain, Play, time};
use frame_support::dispatch::PerDispatchClass;
use frame_support::weights::Weight;
use futures::executor::block_on;
use market::api::Clock;
use market::bill::BillLine;
use market::{Delivery, Moment};
use runtime::{Hash, MarketApi, OpaqueBlock, Runtime, RuntimeApi, UncheckedExtrinsic};
use sc_block_builder::BlockBuilderBuilder;
use sc_client_api::execution_extensions::ExecutionExtensions;
use sc_client_api::{StorageKey, StorageProvider};
use sc_client_db::{BlocksPruning, DatabaseSettings, DatabaseSource, PruningMode};
use sc_consensus::{BlockImport, BlockImportParams, ForkChoiceStrategy, StateAction};
use sc_executor::WasmExecutor;
use sc_service::{ClientConfig, GenesisBlockBuilder, TFullClient};
use scenario::Load;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_consensus::BlockOrigin;
use sp_core::storage::Storage;
use sp_runtime::OpaqueExtrinsic;
use sp_runtime::traits::Block as _;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;
use tempfile::TempDir;

/// The node's.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The market whose blocks are imported.
const LOAD: Load = Load { members: 2_000, microgrid_percent: 1, periods: 1 };
/// How many nodes import them.
const IMPORTERS: usize = 5;
/// The period that is traded.
const DELIVERY: Delivery = Delivery { day: 0, period: 0 };
/// The node's trie cache.
const TRIE_CACHE: usize = 128 * 1024 * 1024;
/// What is done for a bid, as the table names it.
const OF_A_BID: [&str; 4] = ["seal", "reveal", "clearing", "settling"];

type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;
type Client = TFullClient<OpaqueBlock, RuntimeApi, Executor>;

/// A node's chain, and the folder that it is in.
struct Node {
    client: Arc<Client>,
    _folder: TempDir,
}

impl Node {
    fn new(storage: &Storage, executor: &Executor) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = DatabaseSettings {
            trie_cache_maximum_size: Some(TRIE_CACHE),
            state_pruning: Some(PruningMode::blocks_pruning(256)),
            source: DatabaseSource::ParityDb { path: folder.path().into() },
            blocks_pruning: BlocksPruning::KeepFinalized,
            pruning_filters: Vec::new(),
            metrics_registry: None,
        };
        let backend = sc_service::new_db_backend(settings).unwrap();
        let executor = executor.clone();
        let genesis =
            GenesisBlockBuilder::new_with_storage(storage.clone(), true, backend.clone(), executor.clone());
        let client = sc_service::new_client(
            backend,
            executor.clone(),
            genesis.unwrap(),
            None,
            None,
            ExecutionExtensions::new(None, Arc::new(executor)),
            Box::new(sp_core::testing::TaskExecutor::new()),
            None,
            None,
            ClientConfig::default(),
        );
        Self { client: Arc::new(client.unwrap()), _folder: folder }
    }

    /// Imports a block, and gives the seconds that it took.
    fn import(&self, block: OpaqueBlock) -> f64 {
        let (header, body) = block.deconstruct();
        let mut import = BlockImportParams::new(BlockOrigin::NetworkBroadcast, header);
        import.body = Some(body);
        import.state_action = StateAction::Execute;
        import.fork_choice = Some(ForkChoiceStrategy::LongestChain);
        let begun = Instant::now();
        block_on((*self.client).import_block(import)).unwrap();
        begun.elapsed().as_secs_f64()
    }
}

/// A block that was made.
struct Made {
    stage: &'static str,
    transactions: usize,
    /// What it counts, in microseconds.
    weight: f64,
    block: OpaqueBlock,
}

/// The node that makes blocks.
struct Maker {
    node: Node,
    made: Vec<Made>,
}

impl Maker {
    fn head(&self) -> Hash {
        self.node.client.info().best_hash
    }

    fn weight(&self) -> f64 {
        let key = StorageKey(frame_system::BlockWeight::<Runtime>::hashed_key().to_vec());
        let bytes = self.node.client.storage(self.head(), &key).unwrap().unwrap();
        let weight = PerDispatchClass::<Weight>::decode(&mut bytes.0.as_slice()).unwrap();
        weight.total().ref_time() as f64 / 1e6
    }
}

impl Chain for Maker {
    fn block(&mut self, stage: &'static str, now: Moment, transactions: Vec<UncheckedExtrinsic>) {
        let client = &*self.node.client;
        let mut builder = BlockBuilderBuilder::new(client)
            .on_parent_block(self.head())
            .fetch_parent_block_number(client)
            .unwrap()
            .with_inherent_digests(digest(now))
            .build()
            .unwrap();
        let count = transactions.len();
        for transaction in std::iter::once(time(now)).chain(transactions) {
            builder.push(OpaqueExtrinsic::from(transaction)).expect(stage);
        }
        let block = builder.build().unwrap().block;
        self.node.import(block.clone());
        assert_eq!(self.head(), block.header().hash());
        self.made.push(Made { stage, transactions: count, weight: self.weight(), block });
    }

    fn clock(&mut self) -> Clock {
        self.node.client.runtime_api().clock(self.head()).unwrap()
    }

    fn lines(&mut self, delivery: Delivery) -> Vec<BillLine> {
        let (mut lines, mut next) = (Vec::new(), Some(0));
        while let Some(from) = next {
            let api = self.node.client.runtime_api();
            let page = api.lines(self.head(), delivery, from, u32::MAX).unwrap();
            lines.extend(page.items.into_iter().map(|recorded| recorded.line));
            next = page.next;
        }
        lines
    }
}

/// A row of the table: microseconds a piece.
struct Row {
    stage: &'static str,
    pieces: usize,
    blocks: usize,
    weight: f64,
    /// The median of wall times.
    time: f64,
    /// The least: what is left of it on a busy machine.
    fastest: f64,
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What a stage comes to. Where transactions do the work, each block is a sample; where hooks do it for so many pieces
/// in blocks without transactions, each node is one.
fn row(stage: &'static str, pieces: usize, made: &[Made], times: &[Vec<f64>]) -> Row {
    let of = |stage| move |(made, _): &(&Made, &f64)| made.stage == stage;
    let is_ours = |made: &&Made| made.stage == stage;
    let empty = median(made.iter().filter(|made| made.stage == "empty").map(|made| made.weight).collect());
    let weight: f64 = made.iter().filter(is_ours).map(|made| made.weight - empty).sum();
    let mut samples = Vec::new();
    for times in times {
        let all = || made.iter().zip(times);
        let empty = median(all().filter(of("empty")).map(|(_, time)| *time).collect());
        let ours = all().filter(of(stage)).map(|(made, time)| (made.transactions, (time - empty) * 1e6));
        let ours: Vec<_> = ours.collect();
        if ours.iter().all(|(transactions, _)| *transactions == 0) {
            samples.push(ours.iter().map(|(_, time)| time).sum::<f64>() / pieces as f64);
        } else {
            samples.extend(ours.iter().map(|(transactions, time)| time / *transactions as f64));
        }
    }
    let blocks = made.iter().filter(is_ours).count();
    let fastest = samples.iter().copied().fold(f64::INFINITY, f64::min);
    Row { stage, pieces, blocks, weight: weight / pieces as f64, time: median(samples), fastest }
}

/// The blocks of a period, and the number of its bids and lines.
fn make(storage: &Storage, executor: &Executor) -> (Vec<Made>, usize, usize) {
    let scenario = LOAD.scenario().unwrap();
    let mut maker = Maker { node: Node::new(storage, executor), made: Vec::new() };
    let mut play = Play::new(&scenario, 1, maker.head());
    play.release(&mut maker, 0);
    play.transfer(&mut maker);
    play.bid(&mut maker, DELIVERY);
    play.clear(&mut maker, DELIVERY);
    play.meter(&mut maker, DELIVERY);
    play.settle(&mut maker, DELIVERY);
    (maker.made, play.bids_of(DELIVERY).len(), play.lines_of(DELIVERY))
}

/// The table: each stage, the transfer first, and what is done for a bid together.
fn rows(made: &[Made], times: &[Vec<f64>], bids: usize, lines: usize) -> Vec<Row> {
    let of = |stage| {
        let transactions = made.iter().filter(|made| made.stage == stage).map(|made| made.transactions);
        row(stage, transactions.sum(), made, times)
    };
    let mut rows: Vec<Row> = ["transfer", "release", "seal", "reveal", "reading"].map(of).into();
    rows.push(row("clearing", bids, made, times));
    rows.push(row("settling", lines, made, times));
    for (stage, parts) in [("seal, reveal, clearing", &OF_A_BID[..3]), ("the same and settling", &OF_A_BID)] {
        let sum =
            |of: fn(&Row) -> f64| rows.iter().filter(|row| parts.contains(&row.stage)).map(of).sum::<f64>();
        let (weight, time, fastest) = (sum(|row| row.weight), sum(|row| row.time), sum(|row| row.fastest));
        rows.push(Row { stage, pieces: bids, blocks: 0, weight, time, fastest });
    }
    rows
}

fn main() {
    let csv = std::env::args().skip_while(|argument| argument != "--csv").nth(1);
    let storage = node::genesis::storage(&LOAD.scenario().unwrap()).unwrap();
    // It compiles the runtime once for all nodes.
    let executor = WasmExecutor::builder().build();
    let (made, bids, lines) = make(&storage, &executor);
    let times: Vec<Vec<f64>> = (0..IMPORTERS)
        .map(|_| {
            let node = Node::new(&storage, &executor);
            made.iter().map(|made| node.import(made.block.clone())).collect()
        })
        .collect();
    let rows = rows(&made, &times, bids, lines);
    println!(
        "| stage | transactions, bids or lines | blocks | weight, us | of a transfer's | wall time, us | of a transfer's | fastest, us | of a transfer's |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut text = String::from(
        "stage,pieces,blocks,weight_us,weight_of_transfer,time_us,time_of_transfer,fastest_us,fastest_of_transfer\n",
    );
    for row in &rows {
        let Row { stage, pieces, blocks, .. } = row;
        print!("| {stage} | {pieces} | {blocks} |");
        let _ = write!(text, "\"{stage}\",{pieces},{blocks}");
        for of in [|row: &Row| row.weight, |row: &Row| row.time, |row: &Row| row.fastest] {
            let (figure, ratio) = (of(row), of(row) / of(&rows[0]));
            print!(" {figure:.0} | {ratio:.2} |");
            let _ = write!(text, ",{figure:.2},{ratio:.4}");
        }
        println!();
        text.push('\n');
    }
    if let Some(path) = csv {
        std::fs::write(&path, text).unwrap();
    }
}
