//! Signed transactions, made in advance.

use crate::calls::Call;
use crate::chain::Chain;
use anyhow::{Result, anyhow};
use clap::ValueEnum;
use codec::{Compact, Decode};
use scenario::dev_keys;
use sp_core::{H256, Pair, ed25519, sr25519};
use subxt::SubstrateConfig;
use subxt::client::OnlineClientAtBlock;
use subxt::config::DefaultExtrinsicParamsBuilder;
use subxt::utils::{AccountId32, MultiSignature};

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
}

impl subxt::tx::Signer<SubstrateConfig> for Member {
    fn account_id(&self) -> AccountId32 {
        AccountId32(self.public())
    }

    fn sign(&self, message: &[u8]) -> MultiSignature {
        match self.signer {
            Signer::Agent => MultiSignature::Ed25519(self.agent.sign(message).0),
            Signer::Member => MultiSignature::Sr25519(self.account.sign(message).0),
        }
    }
}

/// How the chain wants its transactions.
pub struct Format {
    at: OnlineClientAtBlock<SubstrateConfig>,
    /// Names the chain in signatures.
    pub genesis: H256,
}

impl Format {
    /// Asks a node.
    ///
    /// # Errors
    /// Where the node does not answer.
    pub async fn of(chain: &Chain) -> Result<Self> {
        Ok(Self { at: chain.client().await?.at_current_block().await?, genesis: chain.genesis().await? })
    }

    /// What the runtime calls an error of a pallet.
    pub fn error(&self, pallet: u8, error: u8) -> String {
        let pallet = self.at.metadata_ref().pallet_by_error_index(pallet);
        let name = pallet.as_ref().and_then(|pallet| pallet.error_variant_by_index(error));
        match (&pallet, name) {
            (Some(pallet), Some(error)) => format!("{}.{}", pallet.name(), error.name),
            _ => "an unknown error".to_owned(),
        }
    }

    /// What all transactions of a block may weigh, in picoseconds.
    pub fn block_limit(&self) -> Result<u64> {
        let system = self.at.metadata_ref().pallet_by_name("System");
        let limits = system.and_then(|system| system.constant_by_name("BlockWeights"));
        let mut limits = limits.ok_or_else(|| anyhow!("the runtime does not tell its limits"))?.value();
        // The weight of an empty block comes first: computation and proof.
        let [_, _, limit] = <[Compact<u64>; 3]>::decode(&mut limits)?;
        Ok(limit.0)
    }

    /// A signed transaction that stays valid, as `author_submitExtrinsic` takes it.
    ///
    /// # Errors
    /// Where the chain has no such call, or wants what nobody knows.
    pub fn sign(&self, signer: &Member, nonce: u32, call: &Call) -> Result<String> {
        let transactions = self.at.tx();
        let payload = transactions.from_call_data_bytes(&call.bytes(self.at.metadata_ref())?)?;
        let parameters = DefaultExtrinsicParamsBuilder::new().immortal().nonce(nonce.into()).build();
        let signed = transactions.create_signable_offline(&payload, parameters)?.sign(signer)?;
        Ok(format!("0x{}", hex::encode(signed.encoded())))
    }
}
