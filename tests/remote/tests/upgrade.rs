//! An upgrade is rehearsed on the state of a running market, and on one that the version before stored. `GRIDBID_NODE` names the
//! node's executable, `GRIDBID_UPGRADE` the runtime's Wasm, built with the feature `try-runtime`.

use anyhow::{Context, Result, ensure};
use jsonrpsee::core::client::ClientT;
use jsonrpsee::core::params::ArrayParams;
use jsonrpsee::rpc_params;
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};
use rehearsal::{Block, State, Upgrade, entries, entries_of, execute, state_of, version};
use serde_json::Value;
use sp_core::H256;
use sp_core::storage::Storage;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a node may take to answer.
const START: Duration = Duration::from_secs(300);
/// The period in whose reveal window the market is looked at.
const PERIOD: u64 = 1;
/// Blocks within which a stage is reached.
const MOST_BLOCKS: u32 = 400;

/// A development chain that a test moves on; it ends with the test.
struct Chain {
    node: Child,
    url: String,
    client: WsClient,
}

impl Chain {
    async fn start() -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let executable = std::env::var("GRIDBID_NODE").context("GRIDBID_NODE names the node")?;
        // frame-remote-externalities asks for a thousand values at once; a node allows a hundred if it is not told.
        let node = Command::new(executable)
            .args(["--dev", "--tmp", "--no-prometheus", "--rpc-max-batch-request-len", "1000"])
            .args(["--rpc-port", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let url = format!("ws://127.0.0.1:{port}");
        let started = Instant::now();
        let client = loop {
            match WsClientBuilder::default().build(&url).await {
                Ok(client) => break client,
                Err(error) => ensure!(started.elapsed() < START, "the node does not answer: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        let chain = Self { node, url, client };
        chain.dev("pause", rpc_params![]).await?;
        chain.dev("setPace", rpc_params![0]).await?;
        Ok(chain)
    }

    async fn ask(&self, method: &str, params: ArrayParams) -> Result<Value> {
        self.client.request(method, params).await.with_context(|| method.to_owned())
    }

    async fn dev(&self, method: &str, params: ArrayParams) -> Result<Value> {
        self.ask(&format!("dev_{method}"), params).await
    }

    /// Makes blocks until all bids of the period are revealed, and it has not begun.
    async fn reveal(&self) -> Result<()> {
        for _ in 0..MOST_BLOCKS {
            let status = self.dev("status", rpc_params![]).await?;
            let due = status["due"].as_array().context("due")?;
            if status["open"]["reveal"]["period"] == PERIOD && due.is_empty() {
                return Ok(());
            }
            self.dev("step", rpc_params![1]).await?;
        }
        anyhow::bail!("period {PERIOD} is not revealed within {MOST_BLOCKS} blocks")
    }

    async fn head(&self) -> Result<H256> {
        Ok(serde_json::from_value(self.ask("chain_getBlockHash", rpc_params![]).await?)?)
    }

    async fn block(&self, hash: H256) -> Result<Block> {
        let signed = self.ask("chain_getBlock", rpc_params![hash]).await?;
        Ok(serde_json::from_value(signed["block"].clone())?)
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

fn upgrade() -> Upgrade {
    let wasm = std::env::var("GRIDBID_UPGRADE").expect("GRIDBID_UPGRADE names the Wasm");
    Upgrade::read(wasm.as_ref()).unwrap()
}

/// The state of a chain of spec version 1 in the middle of the paper's day.
fn stored() -> BTreeMap<Vec<u8>, Vec<u8>> {
    let text = include_str!("../../../runtime/tests/snapshots/spec_1.json");
    let top: BTreeMap<String, String> = serde_json::from_str(text).unwrap();
    let bytes = |text: &str| sp_core::bytes::from_hex(text).unwrap();
    top.iter().map(|(key, value)| (bytes(key), bytes(value))).collect()
}

fn state(top: BTreeMap<Vec<u8>, Vec<u8>>) -> State {
    State::new(Storage { top, children_default: Default::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn upgrade_should_pass_all_checks_when_a_market_is_running() {
    let upgrade = upgrade();
    let chain = Chain::start().await.unwrap();
    chain.reveal().await.unwrap();
    let head = chain.head().await.unwrap();
    let (number, mut state) = state_of(&chain.url, Some(head)).await.unwrap();
    let taken = entries(&mut state);
    let bids = entries_of(&mut state, "BlindAuction", "Bids");
    assert!(taken > 100 && bids > 0, "{taken} entries, {bids} bids");

    // The chain's next block on the state that was taken comes to the chain's state root, so it was taken whole. The chain's
    // own code runs it: the next one may weigh, and write, something else.
    chain.dev("step", rpc_params![1]).await.unwrap();
    let block = chain.block(chain.head().await.unwrap()).await.unwrap();
    assert_eq!((block.header.parent_hash, block.header.number), (head, number + 1));
    execute(&mut state, &block).unwrap();
    state.reset_overlay();

    let migrated = upgrade.migrate(&mut state).unwrap();
    assert!(migrated.ref_time.0 <= migrated.ref_time.1);
    println!("block {number}: {taken} entries, {bids} live bids, {migrated:?}");
}

#[test]
fn state_should_be_migrated_when_the_version_before_stored_it() {
    let mut state = state(stored());
    assert_eq!(version(&mut state, "Settlement"), 0);
    let migrated = upgrade().migrate(&mut state).unwrap();
    assert_eq!((&migrated.pallets[..], migrated.blocks), (&[("Settlement", 0, 1)][..], 1));
    assert!(0 < migrated.ref_time.0 && migrated.ref_time.0 <= migrated.ref_time.1, "{migrated:?}");
    // Once is enough.
    assert_eq!(upgrade().migrate(&mut state).unwrap().pallets, []);
}

#[test]
fn upgrade_should_fail_its_rehearsal_when_the_state_is_broken() {
    let mut top = stored();
    let lines = [sp_crypto_hashing::twox_128(b"Settlement"), sp_crypto_hashing::twox_128(b"Lines")].concat();
    let (_, line) = top.iter_mut().find(|(key, _)| key.starts_with(&lines)).unwrap();
    line.truncate(3);
    let error = upgrade().migrate(&mut state(top)).unwrap_err();
    assert!(format!("{error:?}").contains("a line is not of version 0"), "{error:?}");
}
