//! The main command on a busy machine: whatever else the processors do, its bills are the simulation's.
//!
//! `cargo test --release -p client --test busy -- --ignored --nocapture` takes three quarters of an hour: it prints the
//! table of docs/performance.md, and plays a day of a network.

mod common;
#[path = "common/community.rs"]
mod community;

use anyhow::{Context, Result, anyhow, ensure};
use client::chain::Chain;
use common::{assert_code, gridbid, node, scenario};
use market::Delivery;
use scenario::Scenario;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::runtime::Runtime;

/// As many as the machines that this is meant for have processors.
const LOOPS: usize = 2;

/// What a log says when something goes wrong: the SDK writes no levels.
const WRONG: [&str; 6] = ["rror", "failed", "crashed", "panicked", "refused", "Going on without"];

/// Does something while other work keeps both processors busy.
fn beside_busy_loops<R>(work: impl FnOnce() -> R) -> R {
    /// Ends the loops on every way out.
    struct End<'a>(&'a AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..LOOPS {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let _end = End(&ended);
        work()
    })
}

/// Runs a scenario's day at the command's own pace. Its bills have to be the simulation's, which the command checks itself,
/// and its log without anything that went wrong.
fn day_should_be_right(node: &Path, scenario: &Path) -> Duration {
    let out = tempfile::tempdir().unwrap();
    let arguments: [OsString; 6] =
        ["run".into(), scenario.into(), "--node".into(), node.into(), "--out".into(), out.path().into()];
    let began = Instant::now();
    let output = gridbid(arguments);
    let took = began.elapsed();
    let log = std::fs::read_to_string(out.path().join("node.log")).unwrap_or_default();
    assert_code(&output, 0);
    let wrong: Vec<&str> = log.lines().filter(|line| WRONG.iter().any(|word| line.contains(word))).collect();
    let first: Vec<_> = wrong.iter().take(9).collect();
    assert!(wrong.is_empty(), "{} lines, of which the first are {first:#?}", wrong.len());
    took
}

fn community(folder: &Path, members: u32) -> std::path::PathBuf {
    let folder = folder.join(format!("market-{members}"));
    community::write(&folder, members).unwrap();
    folder
}

#[test]
fn bills_should_be_the_simulations_when_the_machine_is_busy() {
    let Some(node) = node() else { return };
    let folder = tempfile::tempdir().unwrap();
    let market = community(folder.path(), 20);
    beside_busy_loops(|| {
        day_should_be_right(&node, &scenario("paper"));
        day_should_be_right(&node, &market);
    });
}

#[test]
#[ignore = "takes half an hour"]
fn bills_should_be_the_simulations_in_every_one_of_many_runs_when_the_machine_is_busy() {
    let node = node().expect("GRIDBID_NODE names a node");
    let folder = tempfile::tempdir().unwrap();
    println!("| day | runs | idle, s | busy, fastest to slowest, s |\n| --- | ---: | ---: | ---: |");
    let shipped =
        [("paper", 10), ("district", 10)].map(|(name, runs)| (name.to_owned(), scenario(name), runs));
    let markets = [(20, 10), (40, 3), (100, 3)]
        .map(|(members, runs)| (format!("{members} members"), community(folder.path(), members), runs));
    for (name, scenario, runs) in shipped.into_iter().chain(markets) {
        let idle = day_should_be_right(&node, &scenario);
        let busy: Vec<Duration> =
            (0..runs).map(|_| beside_busy_loops(|| day_should_be_right(&node, &scenario))).collect();
        let seconds = |time: Option<&Duration>| time.map_or(0.0, Duration::as_secs_f64);
        let (least, most) = (seconds(busy.iter().min()), seconds(busy.iter().max()));
        println!("| {name} | {runs} | {:.1} | {least:.1} to {most:.1} |", idle.as_secs_f64());
    }
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a process whose output goes to a file.
fn started(program: impl AsRef<std::ffi::OsStr>, arguments: &[String], log: &Path) -> Result<Running> {
    let log = File::create(log)?;
    let child = Command::new(program).args(arguments).stdout(log.try_clone()?).stderr(log).spawn()?;
    Ok(Running(child))
}

fn output_of(program: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new(program).args(arguments).output()?;
    ensure!(output.status.success(), "{arguments:?}: {}", common::stderr(&output));
    Ok(output.stdout)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Writes the network's specification: Alice alone is a validator, and day 1's release is open for two minutes more.
fn specification(node: &Path, folder: &Path) -> Result<String> {
    let mut spec: Value =
        serde_json::from_slice(&output_of(node, &["export-chain-spec", "--chain", "local"])?)?;
    let patch = &mut spec["genesis"]["runtimeGenesis"]["patch"];
    patch["session"]["keys"].as_array_mut().context("keys")?.truncate(1);
    // What is beyond 64 bits does not survive the reading: 15 ETH are enough for a day.
    for balance in patch["balances"]["balances"].as_array_mut().context("balances")? {
        balance[1] = balance[1].as_u64().unwrap_or(15_000_000_000_000_000_000).into();
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    patch["terms"]["calendar"]["anchor"] = json!(u64::try_from(now)? - 180_000);
    let (plain, raw) = (folder.join("plain.json"), folder.join("raw.json"));
    std::fs::write(&plain, serde_json::to_vec(&spec)?)?;
    let plain = plain.to_str().context("a path")?;
    std::fs::write(&raw, output_of(node, &["export-chain-spec", "--chain", plain, "--raw"])?)?;
    Ok(raw.to_str().context("a path")?.to_owned())
}

/// The peer that the node key of 31 zeros and a one makes.
const VALIDATOR: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
/// Whom the site's node acts for, and whose meters it reads.
const SITE: [&str; 4] = ["LA1", "LA2", "LA3", "MG1"];

/// Starts a validator and a node for the sites. Gives the site's RPC, and what runs.
fn network(node: &Path, folder: &Path, gateway: SocketAddr) -> Result<(String, [Running; 2])> {
    let (spec, port, rpc) = (specification(node, folder)?, free_port()?, free_port()?);
    let keystore = folder.join("keystore").to_str().context("a path")?.to_owned();
    for name in SITE {
        let suri = format!("//{name}//agent");
        let key = ["key", "insert", "--chain", &spec, "--keystore-path", &keystore, "--key-type", "grid"];
        output_of(node, &[&key[..], &["--scheme", "ed25519", "--suri", &suri]].concat())?;
    }
    let words = |text: String| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    let common = format!("--chain {spec} --tmp --no-mdns --no-prometheus --allow-private-ip");
    let validator = format!(
        "{common} --alice --validator --node-key {:064} --listen-addr /ip4/127.0.0.1/tcp/{port} --rpc-port {}",
        1,
        free_port()?
    );
    let site = format!(
        "{common} --offchain-worker always --keystore-path {keystore} --listen-addr /ip4/127.0.0.1/tcp/0 \
         --bootnodes /ip4/127.0.0.1/tcp/{port}/p2p/{VALIDATOR} --rpc-port {rpc} --gateway http://{gateway}"
    );
    let running = [
        started(node, &words(validator), &folder.join("validator.log"))?,
        started(node, &words(site), &folder.join("site.log"))?,
    ];
    Ok((format!("ws://127.0.0.1:{rpc}"), running))
}

/// Serves the sites of the network.
fn gateway(runtime: &Runtime) -> Result<SocketAddr> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../zombienet/site");
    let sites = Scenario::read(&folder).map_err(|mistakes| anyhow!("{mistakes}"))?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0)))?;
    let address = listener.local_addr()?;
    runtime.spawn(scenario::gateway::serve(listener, Arc::new(sites)));
    Ok(address)
}

/// Waits until day 1 of the network is settled.
async fn day_should_end(url: &str) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(1_000);
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let clock = async { Chain::connect(url).await?.clock(None).await }.await;
        if clock.is_ok_and(|clock| clock.next_to_settle.is_some_and(|next| next.day > 1)) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "day 1 is not over");
    }
}

/// In the period everybody has released, every bid was opened and every meter read.
async fn no_gate_should_be_missed(chain: &Chain, delivery: Delivery) -> Result<()> {
    let lines = chain.lines(delivery, None).await?;
    let released: Vec<_> =
        lines.iter().map(|recorded| &recorded.line).filter(|line| line.expected.is_some()).collect();
    ensure!(released.len() == SITE.len(), "{} participants have released for {delivery}", released.len());
    for line in released {
        let id = line.participant.0;
        ensure!(
            line.actual.is_some() && !line.estimated,
            "participant {id}'s meter was not read in {delivery}"
        );
        ensure!(line.role.sells() || line.bid.is_some(), "participant {id} has no open bid for {delivery}");
    }
    println!("{delivery}: everybody has released, every bid was opened, every meter read");
    Ok(())
}

#[test]
#[ignore = "takes a quarter of an hour"]
fn no_gate_should_be_missed_on_a_network_when_the_machine_is_busy() -> Result<()> {
    let node = node().context("GRIDBID_NODE names a node")?;
    let folder = tempfile::tempdir()?;
    let runtime = Runtime::new()?;
    let (url, _running) = network(&node, folder.path(), gateway(&runtime)?)?;
    let outcome = beside_busy_loops(|| {
        runtime.block_on(async {
            day_should_end(&url).await?;
            let chain = Chain::connect(&url).await?;
            for period in 0..4 {
                no_gate_should_be_missed(&chain, Delivery { day: 1, period }).await?;
            }
            Ok(())
        })
    });
    let log = std::fs::read_to_string(folder.path().join("site.log"))?;
    let refused: Vec<&str> = log.lines().filter(|line| line.contains("offchain call")).collect();
    ensure!(refused.is_empty(), "{refused:#?}");
    outcome.map_err(|error: anyhow::Error| anyhow!("{error:#}; the site's log:\n{log}"))
}
