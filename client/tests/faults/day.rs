//! A founding member's whole day by the command alone, beside a disk that is full twice, a broker that is gone once and
//! a node that is stopped and started again: nothing is lost, and each fault is told once, with what to do.

use crate::common::hand::ByHand;
use crate::common::network::connected;
use crate::common::site::{Broker, Gateway, Meter, free_port, wait_for};
use crate::common::{GRIDBID, assert_code, ended, gridbid, node, on_a_full_disk, stderr, stdout};
use crate::{ONE_AT_A_TIME, small};
use anyhow::{Context, Result, ensure};
use client::chain::Chain;
use market::Delivery;
use rustix::process::{Pid, Signal, kill_process};
use scenario::dev_keys;
use serde_json::Value;
use sp_core::Pair;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use subxt::rpcs::client::rpc_params;
use subxt::utils::AccountId32;
use tempfile::TempDir;

/// Both periods of the day.
const PERIODS: [Delivery; 2] = [Delivery { day: 0, period: 0 }, Delivery { day: 0, period: 1 }];
/// What LA1's meter counts in them, in watt-hours.
const COUNTED: [u64; 2] = [26_400, 19_200];
/// Its bill: it bought 10 kWh of MG1 in each period, at its own bid, and the rest of the supplier at 0.725 ETH/kWh.
const BILL: [&str; 2] = [
    "0,0,LA1,LA,10.000,0.600000000,10.000,6.000000000000,26.400,16.400,11.890000000000,19.140000000000,0",
    "0,1,LA1,LA,10.000,0.610000000,10.000,6.100000000000,19.200,9.200,6.670000000000,13.920000000000,0",
];

/// The market's folders, and its node's address, which stays.
struct Market {
    folder: TempDir,
    scenario: PathBuf,
    executable: PathBuf,
    port: u16,
}

/// A running node.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Node {
    /// Asks it to end, as a service manager does, and waits until it has.
    fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.0), Signal::TERM)?;
        wait_for(|| self.0.try_wait().is_ok_and(|status| status.is_some()))
    }
}

impl Market {
    fn new(executable: PathBuf) -> Result<Self> {
        let (folder, scenario) = small::folder()?;
        Ok(Self { folder, scenario, executable, port: free_port()? })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    fn by_hand<'a>(&self, name: &'static str, chain: &'a Chain) -> ByHand<'a> {
        ByHand { name, member: self.at(name), chain }
    }

    /// Lets each member make its keys, and writes the chain's specification, in which they are registered.
    fn found(&self) -> Result<()> {
        let export = Command::new(&self.executable)
            .args(["export-chain-spec", "--chain"])
            .arg(&self.scenario)
            .output()?;
        ensure!(export.status.success(), "{}", stderr(&export));
        let mut specification = stdout(&export);
        for name in ["LA1", "LA2", "MG1"] {
            let init = gridbid([
                "init",
                "--json",
                "--name",
                name,
                "--url",
                &self.url(),
                "--member",
                &self.at(name).to_string_lossy(),
            ]);
            assert_code(&init, 0);
            let keys: Value = serde_json::from_slice(&init.stdout)?;
            let agent = AccountId32(dev_keys::agent(name)?.public().0).to_string();
            let meter = format!("0x{}", hex::encode(dev_keys::meter(name)?.public().0));
            for (key, in_place_of) in [("agent", agent), ("meter", meter)] {
                ensure!(specification.contains(&in_place_of), "{name} has no {key} {in_place_of}");
                specification = specification.replace(&in_place_of, keys[key].as_str().context("a key")?);
            }
        }
        Ok(fs::write(self.at("chain.json"), specification)?)
    }

    /// Starts the node where its data ends, with LA1's gateway, and pauses its clock.
    async fn start(&self, gateway: &str) -> Result<(Node, Chain)> {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.at("node.log"))?;
        let mut command = Command::new(&self.executable);
        command.arg("--chain").arg(self.at("chain.json")).arg("--scenario").arg(&self.scenario);
        command.arg("--base-path").arg(self.at("data")).args(["--rpc-port", &self.port.to_string()]);
        command.args(["--gateway", &format!("http://{gateway}"), "--no-prometheus"]);
        let node = Node(command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?);
        let chain = connected(&self.url()).await?;
        chain.dev("pause", rpc_params![]).await?;
        Ok((node, chain))
    }
}

/// A fault is told in one line, by a code and with words on what to do; nothing else is printed.
fn told_once(output: &Output, code: i32, words: &[&str]) {
    assert_code(output, code);
    let told = stderr(output);
    assert_eq!((stdout(output).as_str(), told.lines().count()), ("", 1), "{told}");
    assert!(words.iter().all(|words| told.contains(words)), "{words:?} in {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn member_should_lose_nothing_of_its_day_when_disk_broker_and_node_fail() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let market = Market::new(executable)?;
    market.found()?;
    // A broker that keeps on its disk what waits for the gateway.
    let kept = format!(
        "allow_anonymous true\npersistence true\npersistence_location {}/\n",
        market.folder.path().display()
    );
    let port = free_port()?;
    let broker = Broker::with(market.folder.path(), port, &kept)?;
    let (meter_key, readings) = (market.at("LA1/meter.key"), market.at("readings.csv"));
    let options = ["--mqtt", &format!("127.0.0.1:{port}"), "--readings", &readings.to_string_lossy()]
        .map(str::to_owned);
    let options = options.each_ref().map(String::as_str);
    let gateway = Gateway::start(&market.scenario, "LA1", &meter_key, &options);
    let meter = Meter::new(port);
    wait_for(|| gateway.said("reading the meter") == 1)?;

    let (node, chain) = market.start(&gateway.served.address).await?;
    let la1 = market.by_hand("LA1", &chain);
    la1.json(&["release", "--kwh", "10"]).await?;
    let offers = market.at("offers.csv");
    fs::write(&offers, "period,kwh,reserve_eth\n0,50,0.38\n1,50,0.38\n")?;
    market.by_hand("MG1", &chain).json(&["release", "--file", &offers.to_string_lossy()]).await?;
    la1.until(|clock| clock.open.sealing == Some(PERIODS[0])).await?;
    seal_should_be_none_when_the_disk_is_full(&la1).await?;
    seal_should_be_told_when_its_node_goes(&la1, node).await?;
    told_once(&la1.run(&["status"]), 3, &["no node at", "is it running?"]);

    let (node, chain) = market.start(&gateway.served.address).await?;
    let la1 = market.by_hand("LA1", &chain);
    assert!(la1.json(&["status"]).await?["keptBidEth"]["sealing"].is_null(), "it was not made");
    for (period, price) in PERIODS.into_iter().zip(["0.6", "0.61"]) {
        la1.until(|clock| clock.open.sealing == Some(period)).await?;
        la1.json(&["seal", "--price", price]).await?;
        la1.until(|clock| clock.open.reveal == Some(period)).await?;
        la1.json(&["reveal"]).await?;
    }
    // From now on the node reads LA1's meter: the first period is over.
    la1.until(|clock| clock.open.metering == Some(PERIODS[0])).await?;
    let _broker = broker_should_bring_all_when_it_was_gone(broker, &gateway, &meter).await?;
    insert_agent(&chain, &la1.member).await?;
    la1.until(|clock| clock.next_to_settle >= Some(PERIODS[1])).await?;
    la1.until(|clock| clock.open.metering == Some(PERIODS[1])).await?;
    reading_should_come_again_when_the_disk_was_full(&readings, &gateway, &meter).await?;
    la1.until(|clock| clock.next_to_settle.is_some_and(|next| next.day > 0)).await?;

    for fault in ["the MQTT broker is away", "the reading cannot be kept", "readings are kept again"] {
        assert_eq!(gateway.said(fault), 1, "{fault}: {}", gateway.log());
    }
    bill_should_have_it_all(&market)?;
    node.stop()
}

/// The disk is full for the first time: a price that cannot be kept is not sealed.
async fn seal_should_be_none_when_the_disk_is_full(la1: &ByHand<'_>) -> Result<()> {
    let output = on_a_full_disk().args(["seal", "--price", "0.5", "--member"]).arg(&la1.member).output()?;
    told_once(&output, 1, &["nothing is sealed", "seal again", "cannot write", "File too large"]);
    ensure!(la1.chain.pending().await? == 0, "it was sent");
    ensure!(fs::read_dir(la1.member.join("bids"))?.count() == 0, "something half written is left");
    Ok(())
}

/// The node is stopped while a bid waits for its block.
async fn seal_should_be_told_when_its_node_goes(la1: &ByHand<'_>, node: Node) -> Result<()> {
    let mut command = Command::new(GRIDBID);
    command.args(["seal", "--price", "0.5", "--member"]).arg(&la1.member);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    while la1.chain.pending().await? == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    node.stop()?;
    told_once(&ended(child)?, 3, &["BlindAuction.seal was sent", "`gridbid status` tells", "make it again"]);
    Ok(())
}

/// The broker is gone while the meter reports.
async fn broker_should_bring_all_when_it_was_gone(
    mut broker: Broker,
    gateway: &Gateway,
    meter: &Meter,
) -> Result<Broker> {
    broker.stop()?;
    wait_for(|| gateway.said("the MQTT broker is away") == 1).with_context(|| gateway.log())?;
    ensure!(gateway.said("start it") == 1, "{}", gateway.log());
    meter.count(0, 0, COUNTED[0]).await?;
    let broker = broker.restart()?;
    wait_for(|| gateway.served.has(PERIODS[0])).with_context(|| gateway.log())?;
    Ok(broker)
}

/// The disk is full for the second time, amid a line.
async fn reading_should_come_again_when_the_disk_was_full(
    readings: &Path,
    gateway: &Gateway,
    meter: &Meter,
) -> Result<()> {
    gateway.disk(Some(fs::metadata(readings)?.len() + 3));
    meter.count(0, 1, COUNTED[1]).await?;
    wait_for(|| gateway.said("the reading cannot be kept") == 1).with_context(|| gateway.log())?;
    ensure!(gateway.said("make room") == 1, "{}", gateway.log());
    ensure!(!gateway.served.has(PERIODS[1]), "what is not on the disk does not count");
    gateway.disk(None);
    wait_for(|| gateway.served.has(PERIODS[1])).with_context(|| gateway.log())
}

/// Puts the member's agent key into the running node's keystore.
async fn insert_agent(chain: &Chain, member: &Path) -> Result<()> {
    let secret = fs::read_to_string(member.join("agent.key"))?;
    let pair = sp_core::ed25519::Pair::from_string(secret.trim(), None)?;
    let public = format!("0x{}", hex::encode(pair.public().0));
    chain.request("author_insertKey", rpc_params!["grid", secret.trim(), public]).await?;
    Ok(())
}

fn bill_should_have_it_all(market: &Market) -> Result<()> {
    let url = market.url();
    let bill = ["bill", "--url", &url, "--day", "0", "--participant", "LA1"];
    let csv = gridbid([&bill[..], &["--csv"]].concat());
    assert_code(&csv, 0);
    let lines = stdout(&csv);
    assert_eq!(lines.lines().skip(1).collect::<Vec<_>>(), BILL);
    let shown = gridbid(bill);
    assert_code(&shown, 0);
    assert!(stdout(&shown).contains("verified      LA1's bill is one of the day's"), "{}", stdout(&shown));
    Ok(())
}
