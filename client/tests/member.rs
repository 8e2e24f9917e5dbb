//! A member's day by the command against the real node: LA4, whom no worker serves, released, sealed, revealed, cleared,
//! billed and archived. It needs a node's executable: `GRIDBID_NODE` names it.

mod common;

use anyhow::{Result, ensure};
use common::hand::{ByHand, LIMIT, start};
use common::{assert_code, gridbid, node, scenario, stderr, stdout};
use market::Delivery;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use subxt::rpcs::client::rpc_params;

#[tokio::test(flavor = "multi_thread")]
async fn member_should_be_cleared_and_billed_when_it_acts_by_the_command() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let (node, chain) = start(&executable, folder.path()).await?;
    let url = node.url();
    let la4 = ByHand::la4(folder.path(), &chain);
    // A wallet made the agent's key before; init keeps it.
    let keys = folder.path().join("la4");
    std::fs::create_dir(&keys)?;
    std::fs::write(keys.join("agent.key"), "//LA4//agent\n")?;
    let init = || la4.run(&["init", "--name", "LA4", "--url", &url, "--dev-keys"]);
    let others = init();
    assert_code(&others, 2);
    assert!(stderr(&others).contains("others may read it"), "{}", stderr(&others));
    std::fs::set_permissions(keys.join("agent.key"), std::fs::Permissions::from_mode(0o600))?;
    assert_code(&init(), 0);
    assert_code(&init(), 2);

    la4.until(|clock| clock.open.release == Some(0)).await?;
    let status = la4.json(&["status"]).await?;
    assert_eq!(status["name"], "LA4");
    assert_eq!(status["freeEth"], "1500.000000000000000000");
    assert_eq!(status["open"]["release"], 0);
    la4.refused(&["release", "--day", "1", "--kwh", "10"], "EnergyTasks.WindowNotOpen").await?;
    let released = la4.json(&["release", "--kwh", "10"]).await?;
    assert_eq!((&released["day"], &released["buyKwh"]), (&0.into(), &"240.000".into()));

    let delivery = Delivery { day: 0, period: 0 };
    la4.until(|clock| clock.open.sealing == Some(delivery)).await?;
    la4.refused(&["seal", "--price", "0.42", "--quote", "9"], "BlindAuction.AboveTariff").await?;
    let sealed = la4.json(&["seal", "--price", "0.42"]).await?;
    assert_eq!(sealed["quoteEth"], "0.425000000");
    assert_eq!(la4.json(&["status"]).await?["keptBidEth"]["sealing"], "0.420000000");
    la4.refused(&["reveal", "--day", "0", "--period", "0"], "BlindAuction.WindowNotOpen").await?;
    la4.until(|clock| clock.open.reveal == Some(delivery)).await?;
    // The folder remembers the price, the agent's key gives the salt.
    let revealed = la4.json(&["reveal"]).await?;
    assert_eq!(revealed["priceEth"], "0.420000000");
    la4.refused(&["reveal"], "BlindAuction.NotSealed").await?;

    let exporter = Exporter::start(&url)?;
    let watch = Watch::start(&url)?;
    chain.dev("setPace", rpc_params![0]).await?;
    chain.dev("resume", rpc_params![]).await?;
    let archive = folder.path().join("archive");
    let deadline = Instant::now() + LIMIT;
    while chain.clock(None).await?.next_to_settle.is_none_or(|next| next.day < 2) {
        ensure!(Instant::now() < deadline, "day 1 is not settled");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let save = || gridbid(["archive", "--url", &url, "--out", &archive.to_string_lossy(), "--json"]);
    let saved = loop {
        let output = save();
        assert_code(&output, 0);
        if !output.stdout.is_empty() {
            break stdout(&output);
        }
        ensure!(Instant::now() < deadline, "no day is closed");
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    chain.dev("pause", rpc_params![]).await?;
    let first: Value = serde_json::from_str(saved.lines().next().unwrap_or_default())?;
    assert_eq!((&first["day"], &first["bills"]), (&0.into(), &6.into()), "{saved}");
    bill_should_have_the_bid(&url, &archive)?;
    exporter.should_have_counted()?;
    watch.should_have_shown_blocks()?;
    node.stop().await
}

fn bill_should_have_the_bid(url: &str, archive: &Path) -> Result<()> {
    let archive = archive.to_string_lossy();
    let of = |source: [&str; 2], form: &str| {
        gridbid(["bill", source[0], source[1], "--day", "0", "--participant", "LA4", form])
    };
    let (node, kept) = (["--url", url], ["--archive", archive.as_ref()]);
    let csv = of(node, "--csv");
    assert_code(&csv, 0);
    let text = stdout(&csv);
    let line = text.lines().nth(1).unwrap_or_default();
    assert!(line.starts_with("0,0,LA4,LA,10.000,0.420000000,10.000,4.200000000000,"), "{text}");
    assert_eq!(text.lines().count(), 25);
    // Nobody reads its meter.
    assert!(text.lines().skip(1).all(|line| line.ends_with(",1")), "{text}");
    let shown = gridbid(["bill", "--url", url, "--day", "0", "--participant", "LA4"]);
    assert_code(&shown, 0);
    let shown = stdout(&shown);
    assert_eq!(shown.matches("  estimated: no reading came in time, ").count(), 24, "{shown}");
    assert!(shown.contains("of it estimated") && shown.contains(" 24 periods\n"), "{shown}");
    // What the archive has is what the chain has.
    assert_eq!(text, stdout(&of(kept, "--csv")));
    let (from_node, from_archive) = (of(node, "--json"), of(kept, "--json"));
    assert_code(&from_archive, 0);
    assert_eq!(stdout(&from_node), stdout(&from_archive));
    let bill: Value = serde_json::from_slice(&from_archive.stdout)?;
    assert_eq!(bill["proof"]["closed"], true);
    // A changed archive is found out.
    let file = Path::new(archive.as_ref()).join("day-0.json");
    let changed = std::fs::read_to_string(&file)?.replacen("\"bid\": 420000000", "\"bid\": 420000001", 1);
    std::fs::write(&file, changed)?;
    assert_code(&of(kept, "--csv"), 4);
    Ok(())
}

/// A running `gridbid exporter`.
struct Exporter {
    child: Child,
    address: String,
}

impl Exporter {
    fn start(url: &str) -> Result<Self> {
        let mut child = Command::new(common::GRIDBID)
            .args(["exporter", "--url", url, "--listen", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line)?;
        let told: Value = serde_json::from_str(&line)?;
        let address = told["metrics"].as_str().unwrap_or_default();
        let address = address.trim_start_matches("http://").trim_end_matches("/metrics").to_owned();
        Ok(Self { child, address })
    }

    fn should_have_counted(&self) -> Result<()> {
        // It follows the chain, which is paused now.
        std::thread::sleep(Duration::from_secs(3));
        let mut stream = TcpStream::connect(&self.address)?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: exporter\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        assert!(text.contains("text/plain; version=0.0.4"), "{text}");
        let of = |name: &str| -> f64 {
            let line = text.lines().find(|line| line.split(' ').next() == Some(name));
            line.and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(f64::NAN)
        };
        assert_eq!(of("gridbid_up"), 1.0, "{text}");
        assert!(of("gridbid_bids_sealed_total") >= 24.0, "{text}");
        assert!(of("gridbid_cleared_kwh_total") > 1_000.0, "{text}");
        assert!(of("gridbid_gate_to_paid_seconds_count") >= 24.0, "{text}");
        // Nobody reads LA4's meter.
        assert!(of("gridbid_late_readings_total") >= 24.0, "{text}");
        assert_eq!(of("gridbid_lines_corrected_total{reason=\"late_reading\"}"), 0.0, "{text}");
        Ok(())
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running `gridbid watch` whose output is no terminal.
struct Watch(Child);

impl Watch {
    fn start(url: &str) -> Result<Self> {
        let mut command = Command::new(common::GRIDBID);
        command.args(["watch", "--url", url, "--json"]).stdin(Stdio::null()).stdout(Stdio::piped());
        Ok(Self(command.spawn()?))
    }

    fn should_have_shown_blocks(mut self) -> Result<()> {
        self.0.kill()?;
        let mut text = String::new();
        self.0.stdout.take().expect("it is piped").read_to_string(&mut text)?;
        self.0.wait()?;
        let block: Value = serde_json::from_str(text.lines().next().unwrap_or_default())?;
        assert!(block["number"].as_u64().is_some_and(|number| number > 0), "{block}");
        Ok(())
    }
}

#[test]
fn command_should_fail_with_its_code_when_no_member_or_node_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("member");
    let at = at.to_string_lossy();
    assert_code(&gridbid(["status", "--member", &at]), 2);
    assert_code(&gridbid(["init", "--member", &at, "--name", "LA4", "--url", "ws://127.0.0.1:9"]), 0);
    assert_code(&gridbid(["status", "--member", &at]), 3);
    assert_code(&gridbid(["release", "--member", &at]), 2);
    assert_code(&gridbid(["bill", "--day", "0", "--participant", "LA4"]), 2);
    let json = gridbid(["simulate", &scenario("paper").to_string_lossy(), "--json"]);
    assert_code(&json, 0);
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(report["name"], "paper");
}
