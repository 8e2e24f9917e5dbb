//! Calls that a member makes: checked by the chain, signed and sent.

use crate::calls::Call;
use crate::chain::Chain;
use crate::failure::{Kind, failure};
use crate::key::Key;
use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use std::fmt;
use std::time::Duration;
use subxt::config::DefaultExtrinsicParamsBuilder;
use subxt::error::{
    BackendError, ExtrinsicError, RpcError, TransactionEventsError, TransactionProgressError,
};
use subxt::ext::scale_value::{At, Value, ValueDef, scale};
use subxt::metadata::Metadata;
use subxt::rpcs::client::rpc_params;
use subxt::tx::Signer;
use subxt::{OnlineClient, SubstrateConfig};

/// Blocks that a transaction stays valid for.
const LIFETIME: u64 = 64;
/// How long a transaction may take until it is final.
const FINAL: Duration = Duration::from_secs(180);

/// Where a transaction is.
#[derive(Serialize)]
pub struct Included {
    /// The block's number.
    pub block: u32,
    /// The block's hash.
    pub hash: String,
    /// The transaction's hash.
    pub transaction: String,
}

impl fmt::Display for Included {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { block, hash, transaction } = self;
        write!(f, "\nblock {block} {hash}\ntransaction {transaction}")
    }
}

/// A client that reads the chain's metadata.
pub type Client = OnlineClient<SubstrateConfig>;

/// Asks the chain, at its best block, whether a call would succeed. Nothing is sent.
///
/// # Errors
/// [`Kind::Refused`] with the error's name and documentation where the chain refuses the call.
pub async fn check(chain: &Chain, client: &Client, key: &Key, call: &Call) -> Result<()> {
    let at = client.at_current_block().await.map_err(unanswered)?;
    let metadata = at.metadata_ref();
    check_bytes(chain, metadata, &call.bytes(metadata)?, key).await
}

/// Makes a call: checks it as [`check`] does, sends it, and waits until it is final.
///
/// # Errors
/// [`Kind::Refused`] with the error's name and documentation where the chain refuses the call; [`Kind::Unreachable`]
/// where the node goes away before it has told what became of it.
pub async fn make(chain: &Chain, client: &Client, key: &Key, call: &Call) -> Result<Included> {
    let at = client.at_current_block().await.map_err(unanswered)?;
    let metadata = at.metadata_ref();
    let bytes = call.bytes(metadata)?;
    check_bytes(chain, metadata, &bytes, key).await?;
    let mut transactions = at.tx();
    let payload = transactions.from_call_data_bytes(&bytes)?;
    let nonce = chain.next_nonce(&Signer::account_id(key).to_string()).await?;
    let parameters = DefaultExtrinsicParamsBuilder::new().nonce(nonce).mortal(LIFETIME).build();
    let signed = transactions.create_signed(&payload, key, parameters).await?;
    let done = async {
        let sent = signed.submit_and_watch().await.map_err(|error| match error {
            ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(
                subxt::rpcs::Error::User(answer),
            ))) => anyhow!("the node does not take {call}: {}", answer.message),
            error => lost(call, error),
        })?;
        sent.wait_for_finalized().await.map_err(|error| match error {
            TransactionProgressError::TransactionStatusError(status) => anyhow!("{call}: {status}"),
            error => lost(call, error),
        })
    };
    let included = tokio::time::timeout(FINAL, done).await.map_err(|_| {
        anyhow!("the call is not final after {} s; `gridbid status` tells", FINAL.as_secs())
    })??;
    // It may have been right when it was checked and wrong when it came into its block.
    included.wait_for_success().await.map_err(|error| match error {
        TransactionEventsError::ExtrinsicFailed(error) => failure(Kind::Refused, format!("{call}: {error}")),
        error => lost(call, error),
    })?;
    let hash = format!("{:?}", included.block_hash());
    let block = chain.header(Some(&hash)).await.with_context(|| format!("{call} is made"))?.number;
    Ok(Included { block, hash, transaction: format!("{:?}", included.extrinsic_hash()) })
}

/// A call was sent, and its node went away before it told what became of it.
fn lost(call: &Call, error: impl fmt::Display) -> anyhow::Error {
    failure(
        Kind::Unreachable,
        format!(
            "{call} was sent, and then the node was gone: once it is back, `gridbid status` tells whether it was made; \
             if not, make it again ({error})"
        ),
    )
}

pub(crate) fn unanswered(error: impl std::fmt::Display) -> anyhow::Error {
    failure(Kind::Unreachable, error)
}

async fn check_bytes(chain: &Chain, metadata: &Metadata, call: &[u8], key: &Key) -> Result<()> {
    let arguments = [call, &key.public()].concat();
    let answer = chain.state_call("MarketApi_check", &arguments, None).await?;
    let output = metadata
        .runtime_api_trait_by_name("MarketApi")
        .and_then(|api| api.method_by_name("check"))
        .context("the chain has no MarketApi.check")?
        .output_ty();
    let value = scale::decode_as_type(&mut answer.as_slice(), output, metadata.types())?;
    let Some(name) = refusal(&value) else { return Ok(()) };
    Err(failure(Kind::Refused, format!("{name}: {}", documentation(metadata, &name))))
}

/// The name of the error in an answer of `check`.
fn refusal<T>(answer: &Value<T>) -> Option<String> {
    let ValueDef::Variant(result) = &answer.value else { return None };
    if result.name == "Ok" {
        return None;
    }
    let name = result.values.values().next()?.at("name").and_then(Value::as_str);
    Some(name.unwrap_or("refused").to_owned())
}

/// What the chain's own metadata says of an error `Pallet.Name`.
fn documentation(metadata: &Metadata, name: &str) -> String {
    let found = name.split_once('.').and_then(|(pallet, error)| {
        let errors = metadata.pallet_by_name(pallet)?.error_variants()?;
        Some(errors.iter().find(|variant| variant.name == error)?.docs.join(" "))
    });
    found.unwrap_or_else(|| "the chain refuses the call".into()).trim().to_owned()
}

impl Chain {
    /// The number of an account's next transaction, those in the pool counted.
    async fn next_nonce(&self, account: &str) -> Result<u64> {
        let answer = self.request("system_accountNextIndex", rpc_params![account]).await?;
        answer.as_u64().context("the node tells no transaction number")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_should_be_the_errors_name_when_the_chain_tells_one() {
        let named = Value::named_composite([("name", Value::string("BlindAuction.WindowClosed"))]);
        let answer = |variant: &str, value| refusal(&Value::unnamed_variant(variant, [value]));
        assert_eq!(answer("Err", named).as_deref(), Some("BlindAuction.WindowClosed"));
        assert_eq!(answer("Err", Value::bool(true)).as_deref(), Some("refused"));
        assert_eq!(answer("Ok", Value::bool(true)), None);
    }
}
