//! One stage under load: what was signed goes out over several connections while blocks are made.

use super::transactions::Format;
use crate::chain::Chain;
use crate::events::Events;
use crate::failure::{Kind, failure};
use crate::output::{tell, tell_over};
use anyhow::{Result, anyhow};
use codec::{Compact, Decode};
use market::Moment;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use subxt::rpcs::client::rpc_params;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Transactions that a connection sends before it waits for an answer.
const IN_FLIGHT: usize = 64;
/// So many blocks' transactions may wait: one block is made while the next one's come in. What is sent beyond that only
/// takes time from those who make blocks.
const BLOCKS_AHEAD: usize = 2;
/// How long the loop sleeps where there is nothing to do.
const PAUSE: Duration = Duration::from_millis(2);
/// Blocks in a row that may come without any of the stage's transactions before they count as lost.
const BARREN: u32 = 5;
/// Where `frame-system` keeps what the last block weighed: the hashes of `System` and `BlockWeight`.
const BLOCK_WEIGHT: &str = "0x26aa394eea5630e07c48ae0c9558cef734abf5cb34d6244378cddbf18e849d96";

/// A block under load.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Its number.
    pub number: u32,
    /// Its time on the chain's clock, where it was asked for.
    pub time: Moment,
    /// The stage's transactions in it.
    pub transactions: usize,
    /// Wall time of making it, in seconds.
    pub seconds: f64,
    /// What it weighed of what a block may, from 0 to 1.
    pub fullness: f64,
}

/// What a stage came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// How many transactions were sent.
    pub sent: usize,
    /// How many the pool took.
    pub accepted: usize,
    /// How many blocks include.
    pub included: usize,
    /// Wall time until the last one was accepted, in seconds.
    pub accepting: f64,
    /// Wall time until the last one was included, in seconds.
    pub including: f64,
    /// From submission to inclusion, in seconds, sorted.
    pub latencies: Vec<f64>,
    /// Its blocks.
    pub blocks: Vec<Block>,
    /// What went wrong, and how often.
    pub failures: BTreeMap<String, usize>,
}

impl Outcome {
    /// Transactions a second that the pool took.
    pub fn accepted_rate(&self) -> f64 {
        self.accepted as f64 / self.accepting
    }

    /// Transactions a second that blocks include.
    pub fn included_rate(&self) -> f64 {
        self.included as f64 / self.including
    }

    /// Fails where anything was lost or refused.
    pub fn check(&self) -> Result<()> {
        if self.included == self.sent && self.failures.is_empty() {
            return Ok(());
        }
        let kinds: Vec<String> =
            self.failures.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        Err(failure(
            Kind::Failed,
            format!(
                "{}: of {} transactions {} were accepted and {} included; failures: {}",
                self.name,
                self.sent,
                self.accepted,
                self.included,
                if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") }
            ),
        ))
    }
}

/// What is shared by those who send.
struct Shared {
    transactions: Vec<String>,
    /// How many more may be sent.
    room: Semaphore,
    next: AtomicUsize,
    accepted: AtomicUsize,
    sent_at: Vec<OnceLock<Instant>>,
    last_accepted: Mutex<Option<Instant>>,
    refused: Mutex<BTreeMap<String, usize>>,
}

impl Shared {
    /// Sends what is left, one after the other.
    async fn send(self: Arc<Self>, chain: Arc<Chain>) {
        loop {
            // It comes back when the transaction is in a block, or refused.
            let Ok(permit) = self.room.acquire().await else { return };
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((transaction, sent_at)) = self.transactions.get(index).zip(self.sent_at.get(index))
            else {
                return;
            };
            let _ = sent_at.set(Instant::now());
            match chain.request("author_submitExtrinsic", rpc_params![transaction]).await {
                Ok(_) => {
                    permit.forget();
                    self.accepted.fetch_add(1, Ordering::Relaxed);
                    if let Ok(mut last) = self.last_accepted.lock() {
                        *last = Some(Instant::now());
                    }
                }
                Err(error) => {
                    if let Ok(mut refused) = self.refused.lock() {
                        *refused.entry(format!("refused: {error:#}")).or_default() += 1;
                    }
                }
            }
        }
    }
}

/// Runs stages on a node that makes a block when it is told to.
pub struct Driver {
    /// What the driver itself asks over.
    pub chain: Chain,
    /// What transactions go out over.
    pub connections: Vec<Arc<Chain>>,
    /// How many transactions have to wait before a block is made, unless they are the last ones.
    pub block_transactions: usize,
    /// What a block may weigh, in picoseconds.
    pub block_limit: u64,
}

impl Driver {
    /// Makes the next block, and gives the node's status.
    pub async fn step(&self) -> Result<Value> {
        self.chain.dev("step", rpc_params![1u32]).await
    }

    /// What the last block weighed of what it may, from 0 to 1.
    pub async fn fullness(&self) -> Result<f64> {
        let bytes = self.chain.bytes("state_getStorage", rpc_params![BLOCK_WEIGHT]).await?;
        let classes = <[(Compact<u64>, Compact<u64>); 3]>::decode(&mut bytes.as_slice())?;
        let weight: u64 = classes.iter().map(|(time, _)| time.0).sum();
        Ok(weight as f64 / self.block_limit as f64)
    }

    /// Sends transactions while a window is open, until blocks include all of them.
    pub async fn stage(&self, name: &str, window: &str, transactions: Vec<String>) -> Result<Outcome> {
        let sent = transactions.len();
        let places: HashMap<String, usize> = transactions
            .iter()
            .enumerate()
            .map(|(index, transaction)| (transaction.clone(), index))
            .collect();
        let shared = Arc::new(Shared {
            next: AtomicUsize::new(0),
            accepted: AtomicUsize::new(0),
            sent_at: transactions.iter().map(|_| OnceLock::new()).collect(),
            last_accepted: Mutex::default(),
            refused: Mutex::default(),
            room: Semaphore::new(self.block_transactions.saturating_mul(BLOCKS_AHEAD)),
            transactions,
        });
        let began = Instant::now();
        let mut senders = JoinSet::new();
        for connection in &self.connections {
            for _ in 0..IN_FLIGHT {
                senders.spawn(shared.clone().send(connection.clone()));
            }
        }
        let mut outcome = Outcome { name: name.to_owned(), sent, ..Outcome::default() };
        let (mut ended, mut barren) = (began, 0u32);
        let mut sending = true;
        while sending || shared.accepted.load(Ordering::Relaxed) > outcome.included {
            while senders.try_join_next().is_some() {}
            sending = !senders.is_empty();
            let waiting = shared.accepted.load(Ordering::Relaxed).saturating_sub(outcome.included);
            if waiting == 0 || (sending && waiting < self.block_transactions) {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            let start = Instant::now();
            let status = self.step().await?;
            let made = Instant::now();
            let block = self.block(&status, (made - start).as_secs_f64(), |transaction| {
                let index = places.get(transaction)?;
                Some((made - *shared.sent_at.get(*index)?.get()?).as_secs_f64())
            });
            let (block, latencies) = block.await?;
            barren = if latencies.is_empty() { barren + 1 } else { 0 };
            if !latencies.is_empty() {
                ended = made;
            }
            shared.room.add_permits(latencies.len());
            outcome.included += latencies.len();
            outcome.latencies.extend(latencies);
            tell_over(format_args!(
                "{name}: {} of {sent} included, block {}",
                outcome.included, block.number
            ));
            outcome.blocks.push(block);
            if barren >= BARREN || status.pointer(&format!("/open/{window}")).is_none_or(Value::is_null) {
                senders.abort_all();
                break;
            }
        }
        tell("");
        outcome.accepted = shared.accepted.load(Ordering::Relaxed);
        outcome.failures = shared.refused.lock().map(|refused| refused.clone()).unwrap_or_default();
        let accepted = shared.last_accepted.lock().ok().and_then(|last| *last).unwrap_or(began);
        outcome.accepting = (accepted - began).as_secs_f64();
        outcome.including = (ended - began).as_secs_f64();
        outcome.latencies.sort_by(f64::total_cmp);
        Ok(outcome)
    }

    /// Reads the block that was just made, and the latencies of the transactions in it that are known.
    async fn block(
        &self,
        status: &Value,
        seconds: f64,
        latency: impl Fn(&str) -> Option<f64>,
    ) -> Result<(Block, Vec<f64>)> {
        let number =
            status.get("block").and_then(Value::as_u64).ok_or_else(|| anyhow!("no block was made"))?;
        let number = u32::try_from(number)?;
        let hash = self.chain.hash(Some(number)).await?;
        let block = self.chain.request("chain_getBlock", rpc_params![hash]).await?;
        let transactions = block.pointer("/block/extrinsics").and_then(Value::as_array);
        let latencies: Vec<f64> =
            transactions.into_iter().flatten().filter_map(Value::as_str).filter_map(latency).collect();
        let fullness = self.fullness().await?;
        Ok((Block { number, time: 0, transactions: latencies.len(), seconds, fullness }, latencies))
    }

    /// Counts the transactions of a stage's blocks that were included and yet failed.
    pub async fn count_failures(
        &self,
        events: &Events,
        format: &Format,
        outcome: &mut Outcome,
    ) -> Result<()> {
        for block in &outcome.blocks {
            for (pallet, error) in events.failures(block.number).await? {
                *outcome.failures.entry(format!("failed: {}", format.error(pallet, error))).or_default() += 1;
            }
        }
        Ok(())
    }
}
