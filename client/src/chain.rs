//! What a node is asked: the market's runtime API, headers, and the pace of a `--dev` node.

use crate::failure::{Kind, failure};
use anyhow::{Context, Result, anyhow, ensure};
use codec::{Decode, Encode};
use market::api::{Clock, Due, Leaves, MOST_ENTRIES, MOST_LEAVES, Page, ParticipantInfo, RecordedLine};
use market::bill::Bill;
use market::clearing::Order;
use market::tariff::GridPrices;
use market::{Calendar, Day, Delivery, Moment, ParticipantId};
use serde_json::Value;
use sp_core::H256;
use sp_crypto_hashing::twox_128;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use subxt::backend::LegacyBackend;
use subxt::rpcs::client::{
    RawRpcFuture, RawRpcSubscription, RawValue, RpcClient, RpcClientT, RpcParams, rpc_params,
};
use subxt::{OnlineClient, SubstrateConfig};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(30);

/// A connection to a node.
pub struct Chain {
    url: String,
    rpc: RpcClient,
}

/// A connection whose every request has an end, those that subxt makes of its own accord, too: a node that is stopped
/// keeps its connections and answers nothing.
struct Patient(RpcClient);

impl RpcClientT for Patient {
    fn request_raw<'a>(
        &'a self,
        method: &'a str,
        params: Option<Box<RawValue>>,
    ) -> RawRpcFuture<'a, Box<RawValue>> {
        Box::pin(in_time(self.0.request_raw(method, params)))
    }

    fn subscribe_raw<'a>(
        &'a self,
        subscribe: &'a str,
        params: Option<Box<RawValue>>,
        unsubscribe: &'a str,
    ) -> RawRpcFuture<'a, RawRpcSubscription> {
        Box::pin(in_time(self.0.subscribe_raw(subscribe, params, unsubscribe)))
    }
}

async fn in_time<T>(
    answer: impl Future<Output = Result<T, subxt::rpcs::Error>>,
) -> Result<T, subxt::rpcs::Error> {
    let late = || format!("nothing came within {} s", ANSWER.as_secs());
    let answered = tokio::time::timeout(ANSWER, answer).await;
    answered.unwrap_or_else(|_| Err(subxt::rpcs::Error::Client(late().into())))
}

/// A block's place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its number.
    pub number: u32,
    /// Its hash, as `0x` and hexadecimal.
    pub hash: String,
    /// The hash of the block before.
    pub parent: String,
}

impl Chain {
    /// Connects to a node's WebSocket.
    pub async fn connect(url: &str) -> Result<Self> {
        let unreachable =
            |reason: String| failure(Kind::Unreachable, format!("no node at {url}, is it running? {reason}"));
        let rpc = tokio::time::timeout(ANSWER, RpcClient::from_insecure_url(url))
            .await
            .map_err(|_| unreachable("it does not answer".into()))?
            .map_err(|error| unreachable(innermost(&error)))?;
        Ok(Self { url: url.to_owned(), rpc: RpcClient::new(Patient(rpc)) })
    }

    /// Asks a method, and gives its answer as it is.
    ///
    /// # Errors
    /// [`Kind::Unreachable`] where the node is gone or silent.
    pub async fn request(&self, method: &str, params: RpcParams) -> Result<Value> {
        self.rpc.request(method, params).await.map_err(|error| match error {
            subxt::rpcs::Error::Client(error) => {
                let reason = innermost(error.as_ref());
                failure(Kind::Unreachable, format!("{} does not answer {method}: {reason}", self.url))
            }
            error => anyhow!("{method}: {error}"),
        })
    }

    /// Asks a method whose answer is bytes in hexadecimal.
    pub async fn bytes(&self, method: &str, params: RpcParams) -> Result<Vec<u8>> {
        let answer = self.request(method, params).await?;
        answer
            .as_str()
            .and_then(|text| hex::decode(text.trim_start_matches("0x")).ok())
            .ok_or_else(|| anyhow!("{method}: the answer is no hexadecimal text"))
    }

    /// The chain's name.
    pub async fn name(&self) -> Result<String> {
        let name = self.request("system_chain", rpc_params![]).await?;
        Ok(name.as_str().unwrap_or("chain").to_owned())
    }

    /// Whether it is a development chain, whose keys everybody knows anyway.
    pub async fn is_development(&self) -> Result<bool> {
        Ok(self.request("system_chainType", rpc_params![]).await? == "Development")
    }

    /// The hash of a block; of the best one where no number is given.
    pub async fn hash(&self, number: Option<u32>) -> Result<String> {
        let missing = || match number {
            Some(number) => anyhow!("the node has no block {number}"),
            None => anyhow!("the node has no block"),
        };
        self.hash_if_any(number).await?.ok_or_else(missing)
    }

    /// The same; `None` where the chain has no such block.
    pub async fn hash_if_any(&self, number: Option<u32>) -> Result<Option<String>> {
        let hash = self.request("chain_getBlockHash", rpc_params![number]).await?;
        Ok(hash.as_str().map(str::to_owned))
    }

    /// The header of the best block, or of the one with a hash.
    pub async fn header(&self, hash: Option<&str>) -> Result<Header> {
        let hash = match hash {
            Some(hash) => hash.to_owned(),
            None => self.hash(None).await?,
        };
        let header = self.request("chain_getHeader", rpc_params![&hash]).await?;
        let text = |key: &str| header.get(key).and_then(Value::as_str).map(str::to_owned);
        let number =
            text("number").and_then(|number| u32::from_str_radix(number.trim_start_matches("0x"), 16).ok());
        match (number, text("parentHash")) {
            (Some(number), Some(parent)) => Ok(Header { number, hash, parent }),
            _ => Err(anyhow!("the node has no header for block {hash}")),
        }
    }

    /// Calls a function of the runtime, at a block or at the best one.
    pub(crate) async fn state_call(&self, method: &str, args: &[u8], at: Option<&str>) -> Result<Vec<u8>> {
        let args = format!("0x{}", hex::encode(args));
        self.bytes("state_call", rpc_params![method, args, at]).await
    }

    /// Calls a function of the runtime API `MarketApi`, at a block or at the best one.
    async fn market<T: Decode>(&self, function: &str, args: impl Encode, at: Option<&str>) -> Result<T> {
        let method = format!("MarketApi_{function}");
        let bytes = self.state_call(&method, &args.encode(), at).await?;
        T::decode(&mut bytes.as_slice())
            .with_context(|| format!("{method}: the node's runtime speaks another version of the market"))
    }

    /// The hash of the chain's first block, which tells it from every other chain.
    pub async fn genesis(&self) -> Result<H256> {
        let hash = self.hash(Some(0)).await?;
        let mut genesis = H256::zero();
        hex::decode_to_slice(hash.trim_start_matches("0x"), genesis.as_bytes_mut())
            .with_context(|| format!("{hash} is no hash"))?;
        Ok(genesis)
    }

    /// Where the market stands.
    pub async fn clock(&self, at: Option<&str>) -> Result<Clock> {
        self.market("clock", (), at).await
    }

    /// The calendar of a day.
    pub async fn calendar(&self, day: Day, at: Option<&str>) -> Result<Calendar> {
        self.market("calendar", day, at).await
    }

    /// Everybody, in the order of numbers.
    pub async fn participants(&self, at: Option<&str>) -> Result<Vec<ParticipantInfo>> {
        let mut all: Vec<ParticipantInfo> = Vec::new();
        loop {
            let from = u32::try_from(all.len())?;
            let page: Vec<ParticipantInfo> = self.market("participants", (from, MOST_ENTRIES), at).await?;
            let last = page.len() < usize::try_from(MOST_ENTRIES)?;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    /// The participant that an account acts for.
    pub async fn acting(&self, account: [u8; 32]) -> Result<Option<ParticipantId>> {
        self.market("acting", account, None).await
    }

    /// A participant by its number.
    pub async fn participant(&self, id: ParticipantId) -> Result<ParticipantInfo> {
        let page: Vec<ParticipantInfo> = self.market("participants", (id.0, 1u32), None).await?;
        page.into_iter().next().ok_or_else(|| anyhow!("the chain has no participant {}", id.0))
    }

    /// A participant by its name.
    pub async fn participant_named(&self, name: &str) -> Result<ParticipantInfo> {
        named(&self.participants(None).await?, name).cloned()
    }

    /// What an agent should do now, and has not done.
    pub async fn due(&self, agent: [u8; 32]) -> Result<Vec<Due>> {
        self.market("due", vec![agent], None).await
    }

    /// The main grid's prices of a period.
    pub async fn grid_prices(&self, delivery: Delivery) -> Result<Option<GridPrices>> {
        self.market("grid_prices", delivery, None).await
    }

    /// The revealed bids of a period that are not cleared, in the order of the queue, all as they are at one block.
    pub async fn queue(&self, delivery: Delivery, at: Option<&str>) -> Result<Vec<Order>> {
        let at = self.one_block(at).await?;
        let mut all: Vec<Order> = Vec::new();
        loop {
            let after = all.last().map(|order| order.key);
            let page: Vec<Order> = self.market("queue", (delivery, after, MOST_ENTRIES), Some(&at)).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// The settled lines of a period, all as they are at one block.
    pub async fn lines(&self, delivery: Delivery, at: Option<&str>) -> Result<Vec<RecordedLine>> {
        let at = self.one_block(at).await?;
        let (mut all, mut next) = (Vec::new(), Some(0u32));
        while let Some(from) = next {
            let page: Page<RecordedLine> =
                self.market("lines", (delivery, from, MOST_ENTRIES), Some(&at)).await?;
            all.extend(page.items);
            next = page.next;
        }
        Ok(all)
    }

    /// The block that is asked for, or the best one: a list's pages are all of it, whatever comes meanwhile.
    pub(crate) async fn one_block(&self, at: Option<&str>) -> Result<String> {
        match at {
            Some(at) => Ok(at.to_owned()),
            None => self.hash(None).await,
        }
    }

    /// A participant's line of a period.
    pub async fn line(
        &self,
        delivery: Delivery,
        participant: ParticipantId,
        at: Option<&str>,
    ) -> Result<Option<RecordedLine>> {
        self.market("line", (delivery, participant), at).await
    }

    /// A participant's bill of a day, as far as it is settled.
    pub async fn bill(&self, day: Day, participant: ParticipantId, at: Option<&str>) -> Result<Option<Bill>> {
        self.market("bill", (day, participant), at).await
    }

    /// All leaves of a day's bills at a block, by number of the participant, and the published root once the day is
    /// closed; `None` where there are no bills.
    pub async fn leaves(&self, day: Day, at: &str) -> Result<Option<(Vec<H256>, Option<H256>)>> {
        let mut all = Vec::new();
        loop {
            let from = u32::try_from(all.len())?;
            let page: Option<Leaves> = self.market("leaves", (day, from, MOST_LEAVES), Some(at)).await?;
            let Some(Leaves { leaves, of, root }) = page else { return Ok(None) };
            if leaves.is_empty() {
                ensure!(from == of, "the node has {from} leaves of day {day}, and says {of}");
                return Ok(Some((all, root)));
            }
            all.extend(leaves);
        }
    }

    /// Whether the chain keeps lines of a day: it has begun, and is not pruned.
    pub async fn keeps(&self, day: Day, at: Option<&str>) -> Result<bool> {
        Ok(self.bill(day, ParticipantId(0), at).await?.is_some())
    }

    /// The root of a closed day's bills, which the chain keeps for years; `None` where it has none of that day.
    pub async fn root(&self, day: Day, at: Option<&str>) -> Result<Option<H256>> {
        let item = [twox_128(b"Settlement"), twox_128(b"Roots")].concat();
        let key = format!("0x{}{}", hex::encode(item), hex::encode(day.encode()));
        let stored = self.request("state_getStorage", rpc_params![key, at]).await?;
        let Some(stored) = stored.as_str() else { return Ok(None) };
        // The number of bills comes behind it.
        let bytes = hex::decode(stored.trim_start_matches("0x"))?;
        H256::decode(&mut bytes.as_slice()).map(Some).context("the node's root of a day is none")
    }

    /// A client that reads the chain's metadata.
    pub(crate) async fn client(&self) -> Result<OnlineClient<SubstrateConfig>> {
        let backend: LegacyBackend<SubstrateConfig> = LegacyBackend::builder().build(self.rpc.clone());
        OnlineClient::from_backend(Arc::new(backend))
            .await
            .map_err(|error| failure(Kind::Unreachable, format!("{}: {error}", self.url)))
    }

    /// The hash of the newest block that the node takes for final: on a `--dev` chain, of the newest one.
    pub async fn finalised_hash(&self) -> Result<String> {
        let hash = self.request("chain_getFinalizedHead", rpc_params![]).await?;
        hash.as_str().map(str::to_owned).ok_or_else(|| anyhow!("the node has no final block"))
    }

    /// The number of the newest block that the node takes for final.
    pub async fn finalised(&self) -> Result<u32> {
        Ok(self.header(Some(&self.finalised_hash().await?)).await?.number)
    }

    /// The keys that make blocks, after a block or after the best one.
    pub async fn authorities(&self, at: Option<&str>) -> Result<Vec<[u8; 32]>> {
        let bytes = self.state_call("AuraApi_authorities", &[], at).await?;
        Vec::decode(&mut bytes.as_slice()).context("the node's validators are no keys")
    }

    /// How many transactions wait for a block.
    pub async fn pending(&self) -> Result<usize> {
        let pending = self.request("author_pendingExtrinsics", rpc_params![]).await?;
        Ok(pending.as_array().map_or(0, Vec::len))
    }

    /// Calls a function of a `--dev` node.
    pub async fn dev(&self, function: &str, params: RpcParams) -> Result<Value> {
        self.request(&format!("dev_{function}"), params)
            .await
            .with_context(|| format!("{} is no node that was started with --dev", self.url))
    }

    /// The time of a block.
    pub async fn time(&self, at: &str) -> Result<Moment> {
        Ok(self.clock(Some(at)).await?.now)
    }
}

/// One of these participants by its name.
pub(crate) fn named<'a>(participants: &'a [ParticipantInfo], name: &str) -> Result<&'a ParticipantInfo> {
    participants.iter().find(|info| info.name == name).ok_or_else(|| {
        let names: Vec<&str> = participants.iter().map(|info| info.name.as_str()).collect();
        failure(Kind::BadInput, format!("no participant {name}: there are {}", names.join(", ")))
    })
}

/// The message at the bottom of an error: what really happened.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    // Where subxt hides a source, its text repeats this for each layer.
    error.to_string().trim_start_matches("RPC error: client error: ").to_owned()
}
