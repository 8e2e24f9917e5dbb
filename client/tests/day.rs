//! The command and the real node: market days on the chain, the node killed and started again, and what is left
//! behind. They need a node's executable: `GRIDBID_NODE` names it, and without it nothing is tested.

mod common;
#[path = "common/community.rs"]
mod community;
#[path = "day/faults.rs"]
mod faults;
#[path = "day/kills.rs"]
mod kills;

use anyhow::{Context, Result, anyhow, ensure};
use client::chain::Chain;
use client::devnode::{DevNode, Settings};
use common::{GRIDBID, assert_code, gridbid, node, scenario, skipped, stdout};
use market::api::Clock;
use market::{Day, Delivery};
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use subxt::rpcs::client::rpc_params;
use tokio::sync::Mutex;

/// Nodes run one after the other: each has both cores.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// How long a market day may take here, beside a busy machine.
const DAY: Duration = Duration::from_secs(300);

fn arguments(parts: &[&dyn AsRef<std::ffi::OsStr>]) -> Vec<OsString> {
    parts.iter().map(|part| part.as_ref().to_owned()).collect()
}

fn simulate(name: &str, days: u32, out: &Path) -> PathBuf {
    let days = days.to_string();
    assert_code(&gridbid(arguments(&[&"simulate", &scenario(name), &"--days", &days, &"--out", &out])), 0);
    out.join("bill_lines.csv")
}

fn run(node: &Path, name: &str, days: u32, out: &Path) -> Output {
    let (scenario, days) = (scenario(name), days.to_string());
    gridbid(arguments(&[&"run", &scenario, &"--node", &node, &"--days", &days, &"--out", &out]))
}

/// The number before a word in a text.
fn number_before(text: &str, word: &str) -> f64 {
    let (before, _) = text.split_once(word).unwrap_or_else(|| panic!("{word} in {text}"));
    before.split_whitespace().next_back().and_then(|number| number.parse().ok()).expect("a number")
}

async fn chain_should_have_the_simulations_lines(name: &str, days: u32) {
    let Some(node) = node() else { return };
    let _alone = ONE_AT_A_TIME.lock().await;
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let output = run(&node, name, days, ours.path());
    assert_code(&output, 0);
    let simulated = simulate(name, days, theirs.path());
    assert_code(&gridbid(arguments(&[&"compare", &ours.path().join("bill_lines.csv"), &simulated])), 0);
    let report = |folder: &Path| std::fs::read_to_string(folder.join("report.json")).unwrap();
    assert_eq!(report(ours.path()), report(theirs.path()));
    let text = stdout(&output);
    assert!(text.contains("each day's money sums to zero"), "{text}");
    assert!(number_before(&text, " MiB of memory") < 1024.0, "{text}");
    if name == "paper" {
        assert!(number_before(&text, " s\nthe node held") <= 120.0, "{text}");
        assert!(text.contains("day 0 is the day of expected_day.csv in all 24 periods"), "{text}");
        assert!(text.contains("this run, day 0             9.7995  13.0176  19.0405  +22.2102"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chain_should_have_the_simulations_lines_when_the_scenario_is_the_papers() {
    chain_should_have_the_simulations_lines("paper", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chain_should_have_the_simulations_lines_when_members_are_topped_up() {
    chain_should_have_the_simulations_lines("paper-month", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chain_should_have_the_simulations_lines_when_the_scenario_is_a_district() {
    chain_should_have_the_simulations_lines("district", 1).await;
}

/// A node on the paper's scenario with its data in a folder.
async fn start(node: &Path, folder: &Path, pace: u32) -> Result<(DevNode, Chain)> {
    let (scenario, data, log) = (scenario("paper"), folder.join("data"), folder.join("node.log"));
    let settings = Settings {
        executable: Some(node),
        scenario: Some(&scenario),
        base_path: Some(&data),
        pace,
        log: &log,
    };
    DevNode::start(&settings).await
}

/// Waits until the clock is as wanted.
async fn wait(chain: &Chain, wanted: impl Fn(&Clock) -> bool) -> Result<()> {
    let deadline = Instant::now() + DAY;
    while !wanted(&chain.clock(None).await?) {
        ensure!(Instant::now() < deadline, "the market stands at {:?}", chain.clock(None).await?);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Lets the node play day 0 to its end from where its data ends, and compares the bills with the simulation's.
fn same_bills_when_the_day_ends(node: &Path, folder: &Path) -> Result<()> {
    let (out, data, paper) = (folder.join("out"), folder.join("data"), scenario("paper"));
    let parts: [&dyn AsRef<std::ffi::OsStr>; 8] =
        [&"run", &paper, &"--node", &node, &"--base-path", &data, &"--out", &out];
    assert_code(&gridbid(arguments(&parts)), 0);
    let simulated = simulate("paper", 1, &folder.join("simulated"));
    assert_code(&gridbid(arguments(&[&"compare", &out.join("bill_lines.csv"), &simulated])), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn report_and_bill_should_be_shown_when_a_node_runs_already() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()?;
    let (node, chain) = start(&executable, folder.path(), 0).await?;
    let settled: Day = 1;
    wait(&chain, |clock| clock.next_to_settle.is_some_and(|next| next.day >= settled)).await?;
    chain.dev("pause", rpc_params![]).await?;
    let (url, out) = (node.url(), folder.path().join("out"));
    assert_code(&gridbid(arguments(&[&"report", &"--url", &url, &"--out", &out])), 0);
    let simulated = simulate("paper", 1, &folder.path().join("simulated"));
    assert_code(&gridbid(arguments(&[&"compare", &out.join("bill_lines.csv"), &simulated])), 0);
    for (name, total) in
        [("LA1", "738.640909667170"), ("MG1", "-1246.678437405910"), ("RES", "-1319.387350000000")]
    {
        let output = gridbid(arguments(&[&"bill", &"--url", &url, &"--day", &"0", &"--participant", &name]));
        assert_code(&output, 0);
        let text = stdout(&output);
        assert!(text.contains(&format!("verified      {name}'s bill is one of the day's")), "{text}");
        for line in ["total", "moved in the blocks above"] {
            let shown = text.lines().find(|shown| shown.starts_with(line)).unwrap_or_default();
            assert!(shown.contains(total), "{name}: {shown}, expected {total}");
        }
    }
    assert_code(&gridbid(arguments(&[&"bill", &"--url", &url, &"--day", &"0", &"--participant", &"LA9"])), 2);
    assert_code(&gridbid(arguments(&[&"bill", &"--url", &url, &"--day", &"7", &"--participant", &"LA1"])), 2);
    assert_code(&gridbid(arguments(&[&"report", &"--url", &url, &"--day", &"7"])), 2);
    node.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn step_should_not_wait_and_leap_as_far_as_a_paced_block_when_a_pace_is_set() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()?;
    let (node, chain) = start(&executable, folder.path(), 360).await?;
    wait(&chain, |clock| clock.open.release.is_some()).await?;
    chain.dev("pause", rpc_params![]).await?;
    let (before, began) = (chain.clock(None).await?, Instant::now());
    chain.dev("step", rpc_params![3]).await?;
    let after = chain.clock(None).await?;
    // An hour's window gets twenty blocks, one in six seconds.
    assert_eq!(after.now - before.now, 3 * 180_000);
    // At that pace the three would take eighteen seconds.
    assert!(began.elapsed() < Duration::from_secs(18), "{:?}", began.elapsed());
    assert_eq!(chain.clock(None).await?.now, after.now, "still paused");
    node.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn node_should_say_so_in_words_when_the_chain_is_another_scenarios() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()?;
    let (node, _) = start(&executable, folder.path(), 0).await?;
    node.stop().await?;
    let (paper, changed) = (scenario("paper"), folder.path().join("paper"));
    std::fs::create_dir(&changed)?;
    for file in std::fs::read_dir(&paper)? {
        let file = file?;
        std::fs::copy(file.path(), changed.join(file.file_name()))?;
    }
    let toml = changed.join("scenario.toml");
    let text = std::fs::read_to_string(&toml)?;
    std::fs::write(&toml, text.replacen("balance_eth = ", "balance_eth = 1", 1))?;
    let (data, log) = (folder.path().join("data"), folder.path().join("second.log"));
    let settings = Settings {
        executable: Some(&executable),
        scenario: Some(&changed),
        base_path: Some(&data),
        pace: 0,
        log: &log,
    };
    let refusal = DevNode::start(&settings).await.err().context("the node must not start")?;
    let expected = "was made from another version of Gridbid paper: choose another --base-path";
    assert!(format!("{refusal:#}").contains(expected), "{refusal:#}");
    Ok(())
}

/// The processes that a process started and that still run.
fn children(id: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let tasks = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let others = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let mut all: Vec<u32> = std::iter::once(list)
        .chain(others)
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn wait_for_end(child: &mut Child, most: Duration) -> Option<i32> {
    let deadline = Instant::now() + most;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn run_should_stop_its_node_when_it_is_interrupted() {
    let Some(node) = node() else { return };
    let _alone = ONE_AT_A_TIME.lock().await;
    let mut command = Command::new(GRIDBID);
    command
        .args(arguments(&[&"run", &scenario("paper"), &"--node", &node]))
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    // The first line of progress: the node runs.
    assert!(lines.next().is_some_and(|line| line.is_ok_and(|line| line.contains("periods"))));
    let started = children(child.id());
    assert_eq!(started.len(), 1, "{started:?}");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(wait_for_end(&mut child, Duration::from_secs(60)), Some(1));
    for id in started {
        assert!(!Path::new(&format!("/proc/{id}")).exists(), "the node {id} still runs");
    }
}
