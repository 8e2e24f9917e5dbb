//! What a node is asked: the market's runtime API, headers, events, and the pace of a `--dev` node.

use crate::failure::{Kind, failure};
use anyhow::{Context, Result, anyhow};
use codec::{Decode, Encode};
use market::api::{BillProof, Clock, ParticipantInfo, RecordedLine};
use market::bill::Bill;
use market::{Day, Delivery, Moment, ParticipantId};
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use subxt::backend::LegacyBackend;
use subxt::dynamic::Value as Field;
use subxt::ext::scale_value::Composite;
use subxt::rpcs::client::{RpcClient, RpcParams, rpc_params};
use subxt::{OnlineClient, SubstrateConfig};

/// How many participants are asked for at a time.
const PAGE: u32 = 256;
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(30);

/// A connection to a node.
pub struct Chain {
    url: String,
    rpc: RpcClient,
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

/// An event, decoded by the chain's own metadata.
pub struct Event {
    /// The pallet that it is from.
    pub pallet: String,
    /// Its name.
    pub name: String,
    /// Its fields.
    pub fields: Composite<()>,
}

impl Event {
    /// A named field.
    pub fn field(&self, name: &str) -> Option<&Field<()>> {
        match &self.fields {
            Composite::Named(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, value)| value),
            Composite::Unnamed(_) => None,
        }
    }
}

impl Chain {
    /// Connects to a node's WebSocket.
    pub async fn connect(url: &str) -> Result<Self> {
        let unreachable = |reason: String| failure(Kind::Unreachable, format!("no node at {url}: {reason}"));
        let rpc = tokio::time::timeout(ANSWER, RpcClient::from_insecure_url(url))
            .await
            .map_err(|_| unreachable("it does not answer".into()))?
            .map_err(|error| unreachable(innermost(&error)))?;
        Ok(Self { url: url.to_owned(), rpc })
    }

    async fn answer<T>(
        &self,
        method: &str,
        answer: impl Future<Output = Result<T, subxt::rpcs::Error>>,
    ) -> Result<T> {
        let lost = |reason: String| {
            failure(Kind::Unreachable, format!("{} does not answer {method}: {reason}", self.url))
        };
        match tokio::time::timeout(ANSWER, answer).await {
            Err(_) => Err(lost(format!("nothing came within {} s", ANSWER.as_secs()))),
            Ok(Err(subxt::rpcs::Error::Client(error))) => Err(lost(innermost(error.as_ref()))),
            Ok(Err(error)) => Err(anyhow!("{method}: {error}")),
            Ok(Ok(value)) => Ok(value),
        }
    }

    async fn request(&self, method: &str, params: RpcParams) -> Result<Value> {
        self.answer(method, self.rpc.request(method, params)).await
    }

    /// The chain's name.
    pub async fn name(&self) -> Result<String> {
        let name = self.request("system_chain", rpc_params![]).await?;
        Ok(name.as_str().unwrap_or("chain").to_owned())
    }

    /// The hash of a block; of the best one where no number is given.
    pub async fn hash(&self, number: Option<u32>) -> Result<String> {
        let hash = self.request("chain_getBlockHash", rpc_params![number]).await?;
        let missing = || match number {
            Some(number) => anyhow!("the node has no block {number}"),
            None => anyhow!("the node has no block"),
        };
        hash.as_str().map(str::to_owned).ok_or_else(missing)
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

    /// Calls a function of the runtime API `MarketApi`, at a block or at the best one.
    async fn market<T: Decode>(&self, function: &str, args: impl Encode, at: Option<&str>) -> Result<T> {
        let method = format!("MarketApi_{function}");
        let args = format!("0x{}", hex::encode(args.encode()));
        let answer = self.request("state_call", rpc_params![&method, args, at]).await?;
        let bytes = answer
            .as_str()
            .and_then(|text| hex::decode(text.trim_start_matches("0x")).ok())
            .ok_or_else(|| anyhow!("{method}: the answer is no hexadecimal text"))?;
        T::decode(&mut bytes.as_slice())
            .with_context(|| format!("{method}: the node's runtime speaks another version of the market"))
    }

    /// Where the market stands.
    pub async fn clock(&self, at: Option<&str>) -> Result<Clock> {
        self.market("clock", (), at).await
    }

    /// Everybody, in the order of numbers.
    pub async fn participants(&self, at: Option<&str>) -> Result<Vec<ParticipantInfo>> {
        let mut all: Vec<ParticipantInfo> = Vec::new();
        loop {
            let from = u32::try_from(all.len())?;
            let page: Vec<ParticipantInfo> = self.market("participants", (from, PAGE), at).await?;
            let last = page.len() < usize::try_from(PAGE)?;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    /// The settled lines of a period.
    pub async fn lines(&self, delivery: Delivery, at: Option<&str>) -> Result<Vec<RecordedLine>> {
        self.market("lines", delivery, at).await
    }

    /// A participant's bill of a day, as far as it is settled.
    pub async fn bill(&self, day: Day, participant: ParticipantId) -> Result<Option<Bill>> {
        self.market("bill", (day, participant), None).await
    }

    /// The proof of a participant's bill of a day.
    pub async fn proof(&self, day: Day, participant: ParticipantId) -> Result<Option<BillProof>> {
        self.market("proof", (day, participant), None).await
    }

    /// A reader of events.
    pub async fn events(&self) -> Result<Events> {
        let backend: LegacyBackend<SubstrateConfig> = LegacyBackend::builder().build(self.rpc.clone());
        let client = OnlineClient::from_backend(Arc::new(backend))
            .await
            .map_err(|error| failure(Kind::Unreachable, format!("{}: {error}", self.url)))?;
        Ok(Events(client))
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

/// A reader of events.
pub struct Events(OnlineClient<SubstrateConfig>);

impl Events {
    /// All events of a block.
    pub async fn of(&self, number: u32) -> Result<Vec<Event>> {
        let block = self.0.at_block(u64::from(number)).await?;
        let events = block.events().fetch().await?;
        events
            .iter()
            .map(|event| {
                let event = event?;
                Ok(Event {
                    pallet: event.pallet_name().to_owned(),
                    name: event.event_name().to_owned(),
                    fields: event.decode_fields_unchecked_as::<Composite<()>>()?,
                })
            })
            .collect()
    }
}

/// The message at the bottom of an error: what really happened.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
