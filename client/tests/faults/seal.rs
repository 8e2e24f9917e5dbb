//! Bids that could not be revealed, and prices that are kept: LA4's first two periods on the preset's chain.

use crate::common::hand::{ByHand, start};
use crate::common::{assert_code, node, stderr};
use anyhow::{Result, ensure};
use client::bids::{Bids, Candidate};
use client::calls::Call;
use client::chain::Chain;
use market::units::PLANCK_PER_ETH;
use market::{Delivery, Money, Price};
use sp_core::{Pair, sr25519};
use std::fmt::Write;
use subxt::config::DefaultExtrinsicParamsBuilder;
use subxt::rpcs::client::rpc_params;
use subxt::tx::Signer;
use subxt::utils::{AccountId32, MultiSignature};
use subxt::{OnlineClient, SubstrateConfig};

/// A member's own account, as in a wallet.
struct Wallet(sr25519::Pair);

impl Signer<SubstrateConfig> for Wallet {
    fn account_id(&self) -> AccountId32 {
        AccountId32(self.0.public().0)
    }

    fn sign(&self, payload: &[u8]) -> MultiSignature {
        MultiSignature::Sr25519(self.0.sign(payload).0)
    }
}

/// Takes all but so many ETH out of LA4's account.
async fn leave(url: &str, chain: &Chain, eth: u128) -> Result<()> {
    let wallet = Wallet(scenario::dev_keys::account("LA4")?);
    let info = chain.participant_named("LA4").await?;
    let rest = Money::from_planck(PLANCK_PER_ETH * eth);
    let to = chain.participant_named("LA1").await?.account;
    let client = OnlineClient::<SubstrateConfig>::from_insecure_url(url).await?;
    let at = client.at_current_block().await?;
    let call = Call::transfer(to, info.free.saturating_sub(rest)).bytes(at.metadata_ref())?;
    let mut transactions = at.tx();
    let payload = transactions.from_call_data_bytes(&call)?;
    let parameters = DefaultExtrinsicParamsBuilder::new().nonce(0).build();
    transactions.create_signed(&payload, &wallet, parameters).await?.submit().await?;
    chain.dev("step", rpc_params![1]).await?;
    // Less the fee.
    ensure!(chain.participant_named("LA4").await?.free <= rest, "the money is still there");
    Ok(())
}

impl ByHand<'_> {
    /// Runs a command that is refused with this error before anything is sent or held.
    async fn refused_unsent(&self, arguments: &[&str], error: &str) -> Result<()> {
        let before = self.chain.participant_named(self.name).await?;
        let output = self.run(arguments);
        assert_code(&output, 5);
        ensure!(stderr(&output).contains(error), "{arguments:?}: {}", stderr(&output));
        ensure!(self.sent().await? == 0, "{arguments:?} was sent");
        self.chain.dev("step", rpc_params![1]).await?;
        let after = self.chain.participant_named(self.name).await?;
        ensure!((before.free, before.held) == (after.free, after.held), "{arguments:?} was made");
        Ok(())
    }

    /// Runs a command that would be taken, and sends nothing.
    async fn dry(&self, arguments: &[&str]) -> Result<()> {
        let blocks = self.chain.header(None).await?.number;
        let output = self.run(&[arguments, &["--dry-run", "--json"]].concat());
        assert_code(&output, 0);
        let told: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        ensure!(told["included"].is_null(), "{told}");
        ensure!(self.sent().await? == 0, "{arguments:?} was sent");
        ensure!(self.chain.header(None).await?.number == blocks, "nothing else makes a block");
        Ok(())
    }

    /// How many of its transactions wait for a block, beside those of others.
    async fn sent(&self) -> Result<usize> {
        let agent = hex::encode(scenario::dev_keys::agent(self.name)?.public().0);
        let pending = self.chain.request("author_pendingExtrinsics", rpc_params![]).await?;
        let pending: Vec<String> = serde_json::from_value(pending)?;
        Ok(pending.iter().filter(|transaction| transaction.contains(&agent)).count())
    }

    fn kept(&self) -> Bids {
        Bids::new(self.member.join("bids"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bid_should_be_checked_and_kept_when_it_is_sealed() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let (node, chain) = start(&executable, folder.path()).await?;
    let url = node.url();
    let la4 = ByHand::la4(folder.path(), &chain);
    la4.init(&url)?;
    la4.until(|clock| clock.open.release == Some(0)).await?;
    // As much as the tie line carries in period 1: 17 ETH of deposit, 168 ETH at 0.42.
    let mut volumes = "period,kwh,reserve_eth\n".to_owned();
    for period in 0..24 {
        writeln!(volumes, "{period},{},", if period == 1 { 400 } else { 10 })?;
    }
    let file = folder.path().join("volumes.csv");
    std::fs::write(&file, volumes)?;
    let file = file.to_string_lossy();
    la4.dry(&["release", "--file", &file]).await?;
    la4.json(&["release", "--file", &file]).await?;
    leave(&url, &chain, 30).await?;

    let first = Delivery { day: 0, period: 0 };
    la4.until(|clock| clock.open.sealing == Some(first)).await?;
    // The tariff is 0.425, MG1's cost 0.2.
    la4.refused_unsent(&["seal", "--price", "42"], "BlindAuction.AboveTariff").await?;
    la4.refused_unsent(&["seal", "--price", "42", "--dry-run"], "BlindAuction.AboveTariff").await?;
    la4.refused_unsent(&["seal", "--price", "0.1"], "BlindAuction.BelowCost").await?;
    la4.dry(&["seal", "--price", "0.42"]).await?;
    ensure!(la4.kept().of(first)?.is_empty(), "nothing is kept of what was not sealed");
    la4.json(&["seal", "--price", "0.41"]).await?;
    la4.json(&["seal", "--price", "0.42"]).await?;
    // A seal that was refused or got lost is none, whatever is kept of it.
    la4.refused_unsent(&["seal", "--price", "0.43"], "BlindAuction.AboveTariff").await?;
    la4.kept().keep(first, Candidate { price: Price::from_gwei(400_000_000), salt: [1; 32] })?;
    assert_eq!(la4.json(&["status"]).await?["keptBidEth"]["sealing"], "0.420000000");
    la4.until(|clock| clock.open.reveal == Some(first)).await?;
    let unknown = la4.run(&["reveal", "--price", "0.4"]);
    assert_code(&unknown, 2);
    la4.dry(&["reveal"]).await?;
    assert_eq!(la4.json(&["reveal"]).await?["priceEth"], "0.420000000");
    ensure!(la4.kept().of(first)?.is_empty(), "what is opened is forgotten");
    la4.refused_unsent(&["reveal"], "BlindAuction.NotSealed").await?;

    let second = Delivery { day: 0, period: 1 };
    la4.until(|clock| clock.open.sealing == Some(second)).await?;
    la4.refused_unsent(&["seal", "--price", "0.42"], "BlindAuction.InsufficientFunds").await?;
    ensure!(la4.kept().of(second)?.is_empty(), "nothing is kept of what was not sealed");
    node.stop().await
}
