//! Signed transactions in the chain's own format, made in advance and on all cores.

use crate::chain::Chain;
use anyhow::{Context, Result, anyhow, ensure};
use clap::ValueEnum;
use codec::{Compact, Encode};
use market::{Delivery, Energy, Position, Price};
use scenario::dev_keys;
use sp_core::{H256, Pair, ed25519, sr25519};
use sp_crypto_hashing::blake2_256;
use subxt::metadata::Metadata;
use subxt::rpcs::client::rpc_params;

/// The extensions of a transaction that [`Format`] knows, in their order.
const EXTENSIONS: [&str; 10] = [
    "CheckNonZeroSender",
    "CheckSpecVersion",
    "CheckTxVersion",
    "CheckGenesis",
    "CheckMortality",
    "CheckNonce",
    "CheckWeight",
    "ChargeTransactionPayment",
    "CheckMetadataHash",
    "WeightReclaim",
];
/// A signed transaction of version 4.
const SIGNED: u8 = 0x84;
/// An account named by its id, and the kinds of signatures.
const BY_ID: u8 = 0;
const ED25519: u8 = 0;
const SR25519: u8 = 1;
/// A transaction that stays valid, and no hash of the metadata.
const IMMORTAL: u8 = 0;
const NO_METADATA_HASH: u8 = 0;
/// What is longer is hashed before it is signed.
const LONGEST_SIGNED: usize = 256;

/// Who signs a member's transactions.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Signer {
    /// Its agent, as on a node of a site: an account beside the one with the money
    Agent,
    /// The member itself, with its own account, as from a wallet
    Member,
}

/// A member of the market under load, with the keys that it acts with.
pub struct Member {
    /// Holds its money, and signs where the member does itself.
    account: sr25519::Pair,
    /// Signs where its agent does, and makes its salts.
    pub agent: ed25519::Pair,
    signer: Signer,
    /// Signs its readings.
    pub meter: ed25519::Pair,
}

impl Member {
    /// A member by its name.
    ///
    /// # Errors
    /// Where the name makes no key; names of a load market do.
    pub fn new(name: &str, signer: Signer) -> Result<Self> {
        let key = |_| anyhow!("{name} makes no key");
        Ok(Self {
            account: dev_keys::account(name).map_err(key)?,
            agent: dev_keys::agent(name).map_err(key)?,
            meter: dev_keys::meter(name).map_err(key)?,
            signer,
        })
    }

    /// Who signs.
    pub fn public(&self) -> [u8; 32] {
        match self.signer {
            Signer::Agent => self.agent.public().0,
            Signer::Member => self.account.public().0,
        }
    }

    /// A signature and its kind.
    fn sign(&self, message: &[u8]) -> (u8, [u8; 64]) {
        match self.signer {
            Signer::Agent => (ED25519, self.agent.sign(message).0),
            Signer::Member => (SR25519, self.account.sign(message).0),
        }
    }
}

/// How the chain wants its transactions.
pub struct Format {
    metadata: Metadata,
    /// Names the chain in signatures.
    pub genesis: H256,
    spec_version: u32,
    transaction_version: u32,
}

impl Format {
    /// Asks a node.
    ///
    /// # Errors
    /// Where the node does not answer, or wants extensions that this command does not know.
    pub async fn of(chain: &Chain) -> Result<Self> {
        let metadata = chain.bytes("state_getMetadata", rpc_params![]).await?;
        let metadata = Metadata::decode_from(&metadata).context("the node's metadata")?;
        let found: Vec<String> = metadata
            .extrinsic()
            .transaction_extensions_to_use_for_encoding()
            .map(|extension| extension.identifier().to_owned())
            .collect();
        ensure!(found == EXTENSIONS, "the node wants other transactions: {}", found.join(", "));
        let version = chain.request("state_getRuntimeVersion", rpc_params![]).await?;
        let number = |key: &str| {
            let number = version.get(key).and_then(serde_json::Value::as_u64);
            number.and_then(|number| u32::try_from(number).ok()).ok_or_else(|| anyhow!("no {key}"))
        };
        let genesis = hex::decode(chain.hash(Some(0)).await?.trim_start_matches("0x"))?;
        ensure!(genesis.len() == 32, "the genesis hash has {} bytes", genesis.len());
        Ok(Self {
            metadata,
            genesis: H256::from_slice(&genesis),
            spec_version: number("specVersion")?,
            transaction_version: number("transactionVersion")?,
        })
    }

    /// The two bytes that a call begins with.
    ///
    /// # Errors
    /// Where the runtime has no such call.
    pub fn call(&self, pallet: &str, name: &str) -> Result<[u8; 2]> {
        let found = self
            .metadata
            .pallet_by_name(pallet)
            .and_then(|pallet| Some([pallet.call_index(), pallet.call_variant_by_name(name)?.index]));
        found.ok_or_else(|| anyhow!("the runtime has no call {pallet}.{name}"))
    }

    /// What the runtime calls an error of a pallet.
    pub fn error(&self, pallet: u8, error: u8) -> String {
        let pallet = self.metadata.pallet_by_error_index(pallet);
        let name = pallet.as_ref().and_then(|pallet| pallet.error_variant_by_index(error));
        match (&pallet, name) {
            (Some(pallet), Some(error)) => format!("{}.{}", pallet.name(), error.name),
            _ => "an unknown error".to_owned(),
        }
    }

    /// What all transactions of a block may weigh, in picoseconds.
    pub fn block_limit(&self) -> Result<u64> {
        let limits = self.metadata.pallet_by_name("System").and_then(|p| p.constant_by_name("BlockWeights"));
        let mut limits = limits.ok_or_else(|| anyhow!("the runtime does not tell its limits"))?.value();
        // The weight of an empty block comes first: computation and proof.
        let [_, _, limit] = <[Compact<u64>; 3] as codec::Decode>::decode(&mut limits)?;
        Ok(limit.0)
    }

    /// A signed transaction, as `author_submitExtrinsic` takes it.
    pub fn sign(&self, signer: &Member, nonce: u32, call: &[u8]) -> String {
        let extra = (IMMORTAL, Compact(nonce), Compact(0u128), NO_METADATA_HASH);
        let implicit = (self.spec_version, self.transaction_version, self.genesis, self.genesis, None::<()>);
        let mut payload = call.to_vec();
        extra.encode_to(&mut payload);
        implicit.encode_to(&mut payload);
        let (kind, signature) = if payload.len() > LONGEST_SIGNED {
            signer.sign(&blake2_256(&payload))
        } else {
            signer.sign(&payload)
        };
        let mut transaction = vec![SIGNED, BY_ID];
        transaction.extend(signer.public());
        transaction.push(kind);
        transaction.extend(signature);
        extra.encode_to(&mut transaction);
        transaction.extend(call);
        format!("0x{}", hex::encode(transaction.encode()))
    }
}

/// The calls of the market, and the plain transfer that they are compared with.
pub struct Calls {
    release: [u8; 2],
    seal: [u8; 2],
    reveal: [u8; 2],
    submit_reading: [u8; 2],
    transfer: [u8; 2],
}

impl Calls {
    /// Finds them in the metadata.
    ///
    /// # Errors
    /// Where the runtime has another set.
    pub fn of(format: &Format) -> Result<Self> {
        Ok(Self {
            release: format.call("EnergyTasks", "release")?,
            seal: format.call("BlindAuction", "seal")?,
            reveal: format.call("BlindAuction", "reveal")?,
            submit_reading: format.call("Settlement", "submit_reading")?,
            transfer: format.call("Balances", "transfer_keep_alive")?,
        })
    }

    /// Publishes a day's positions.
    pub fn release(&self, day: u32, positions: &[Position]) -> Vec<u8> {
        (self.release, day, positions).encode()
    }

    /// Seals a bid.
    pub fn seal(&self, delivery: Delivery, commitment: H256, quote: Price) -> Vec<u8> {
        (self.seal, delivery, commitment, quote).encode()
    }

    /// Opens it.
    pub fn reveal(&self, delivery: Delivery, price: Price, salt: &[u8; 32]) -> Vec<u8> {
        (self.reveal, delivery, price, salt).encode()
    }

    /// Submits a reading.
    pub fn submit_reading(&self, reading: &market::settlement::Reading, signature: [u8; 64]) -> Vec<u8> {
        (self.submit_reading, reading, signature).encode()
    }

    /// Moves a watt-hour's worth of a gwei.
    pub fn transfer(&self, to: &Member) -> Vec<u8> {
        let amount = Price::from_gwei(1).amount(Energy::from_watt_hours(1)).unwrap_or_default();
        (self.transfer, BY_ID, to.public(), Compact(amount.planck())).encode()
    }
}

/// Makes something of each piece on all cores, in order.
pub fn in_parallel<I: Sync, O: Send>(pieces: &[I], make: impl Fn(usize, &I) -> O + Sync) -> Vec<O> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = pieces.len().div_ceil(cores).max(1);
    let make = &make;
    std::thread::scope(|scope| {
        let threads: Vec<_> = pieces
            .chunks(share)
            .enumerate()
            .map(|(chunk, pieces)| {
                let first = chunk.saturating_mul(share);
                scope
                    .spawn(move || (first..).zip(pieces).map(|(i, piece)| make(i, piece)).collect::<Vec<O>>())
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_should_be_kept_when_work_is_shared() {
        let pieces: Vec<usize> = (0..101).collect();
        let expected: Vec<usize> = (0..101).map(|piece| piece * 2).collect();
        assert_eq!(in_parallel(&pieces, |index, piece| index + piece), expected);
        assert!(in_parallel(&[] as &[usize], |index, _| index).is_empty());
    }
}
