//! A market of two periods a day, whose days pass in seconds, on a node of its own.

use anyhow::{Result, ensure};
use client::chain::Chain;
use client::devnode::DevNode;
use market::api::Clock;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use subxt::rpcs::client::rpc_params;
use tempfile::TempDir;

const SETTINGS: &str = r#"[calendar]
period_minutes = 60
periods_per_day = 2
utc_offset_minutes = 0
release_from_minute = 30
release_to_minute = 90

[market]
pricing = "pay-as-bid"
feed_in_eth = 0.38
seed = SEED
history_days = 1

[[tariff]]
from_minute = 0
to_minute = 120
step = "flat"
eth_per_kwh = 0.725

[[participant]]
id = "LA1"
role = "LA"
balance_eth = 4000
alpha = 0.5
tie_line_kw = 100

[[participant]]
id = "LA2"
role = "LA"
balance_eth = 4000
alpha = 0.4
tie_line_kw = 100

[[participant]]
id = "MG1"
role = "MG"
kinds = ["wind"]
balance_eth = 100
generation_cost_eth = 0.2
reserve_price_eth = 0.38
tie_line_kw = 100

[[participant]]
id = "RES"
role = "RES"
balance_eth = 100000
"#;

/// Writes the scenario's folder; another seed makes another chain of it.
pub fn write(folder: &Path, seed: u32) -> Result<()> {
    let series = |day: i32, ids: &[&str]| {
        let line = |period: usize, id: &&str| format!("{day},{period},{id},{}.500\n", 20 + period + id.len());
        let lines = (0..2).flat_map(|period| ids.iter().map(move |id| line(period, id)));
        format!("day,period,participant,kwh\n{}", lines.collect::<String>())
    };
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("scenario.toml"), SETTINGS.replace("SEED", &seed.to_string()))?;
    std::fs::write(folder.join("history.csv"), series(-1, &["LA1", "LA2"]))?;
    std::fs::write(folder.join("demand.csv"), series(0, &["LA1", "LA2"]))?;
    std::fs::write(folder.join("generation.csv"), series(0, &["MG1"]))?;
    Ok(())
}

/// A folder of its own for a test, and the scenario's in it.
pub fn folder() -> Result<(TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let market = folder.path().join("small");
    write(&market, 7)?;
    Ok((folder, market))
}

/// Starts a node on the scenario, at a pace of so many seconds a period, with its data and log beside it.
pub async fn start(node: &Path, folder: &Path, pace: &str, more: &[&str]) -> Result<(DevNode, Chain)> {
    let mut arguments: Vec<OsString> = vec!["--pace".into(), pace.into(), "--scenario".into()];
    arguments.extend([folder.into(), "--base-path".into(), folder.join("data").into()]);
    arguments.extend(more.iter().map(OsString::from));
    let mut node = DevNode::spawn_with(Some(node), &arguments, &folder.join("node.log"))?;
    let chain = node.connect().await?;
    Ok((node, chain))
}

/// Lets the chain run until the clock is as wanted, and pauses it.
pub async fn pause_when(chain: &Chain, wanted: impl Fn(&Clock) -> bool) -> Result<()> {
    let deadline = Instant::now() + super::LIMIT;
    chain.dev("setPace", rpc_params![0]).await?;
    chain.dev("resume", rpc_params![]).await?;
    while !wanted(&chain.clock(None).await?) {
        ensure!(Instant::now() < deadline, "the market stands at {:?}", chain.clock(None).await?);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    chain.dev("pause", rpc_params![]).await?;
    Ok(())
}

/// Makes one block after the other on a paused chain until the clock is as wanted.
pub async fn step_until(chain: &Chain, wanted: impl Fn(&Clock) -> bool) -> Result<()> {
    let deadline = Instant::now() + super::LIMIT;
    while !wanted(&chain.clock(None).await?) {
        ensure!(Instant::now() < deadline, "the market stands at {:?}", chain.clock(None).await?);
        chain.dev("step", rpc_params![1]).await?;
    }
    Ok(())
}
