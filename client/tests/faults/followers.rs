//! `archive --follow` and `exporter` beside a node that is killed, comes back, and is another chain's in the end.

use crate::common::{GRIDBID, assert_code, gridbid, node, stderr, stdout};
use crate::relay::Relay;
use crate::small::{pause_when, start, write};
use crate::{ONE_AT_A_TIME, until};
use anyhow::Result;
use client::proven::ArchivedDay;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A command that goes on until it is stopped; it ends with the test.
struct Follower {
    child: Child,
    told: PathBuf,
}

impl Follower {
    fn start(folder: &Path, name: &str, arguments: &[&str]) -> Result<Self> {
        let told = folder.join(format!("{name}.stderr"));
        let mut command = Command::new(GRIDBID);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&told)?);
        Ok(Self { child: command.spawn()?, told })
    }

    fn told(&self) -> String {
        fs::read_to_string(&self.told).unwrap_or_default()
    }

    fn ended(&mut self) -> Option<i32> {
        self.child.try_wait().ok()??.code()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A metric of an exporter.
fn metric(address: &str, name: &str) -> Option<f64> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: exporter\r\nConnection: close\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

fn day(archive: &Path, day: u32) -> PathBuf {
    archive.join(format!("day-{day}.json"))
}

fn archive(url: &str, folder: &Path) -> Output {
    gridbid(["archive", "--url", url, "--out", &folder.to_string_lossy()])
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_should_outlive_their_node_and_know_another_chain() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()?;
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    write(&one, 7)?;
    write(&other, 8)?;
    let (node, chain) = start(&executable, &one, "360", &[]).await?;
    let relay = Relay::to(&node.url()).await?;
    let kept = folder.path().join("archive");
    let out = kept.to_string_lossy();
    let arguments = ["archive", "--follow", "--url", &relay.url, "--out", &out];
    let mut archiving = Follower::start(folder.path(), "archive", &arguments)?;
    let arguments = ["exporter", "--url", &relay.url, "--listen", "127.0.0.1:0"];
    let mut exporting = Follower::start(folder.path(), "exporter", &arguments)?;
    let mut line = String::new();
    BufReader::new(exporting.child.stdout.take().expect("it is piped")).read_line(&mut line)?;
    let address = line.rsplit("http://").next().unwrap_or_default().trim().trim_end_matches("/metrics");
    let block = || metric(address, "gridbid_block ").unwrap_or_default();
    let is_up = || metric(address, "gridbid_up ") == Some(1.0);

    // Day 0 is closed two days later.
    pause_when(&chain, |clock| clock.next_to_settle.is_some_and(|next| next.day >= 4)).await?;
    until("day 0 is archived", || day(&kept, 0).exists()).await;
    until("blocks are counted", || is_up() && block() > 20.0).await;

    // The node is killed.
    relay.cut();
    node.kill().await?;
    until("the exporter knows", || !is_up()).await;
    until("the archive says so", || archiving.told().contains("trying again")).await;
    assert_eq!((archiving.ended(), exporting.ended()), (None, None));

    // And comes back.
    let (node, chain) = start(&executable, &one, "360", &[]).await?;
    pause_when(&chain, |clock| clock.next_to_settle.is_some_and(|next| next.day >= 6)).await?;
    relay.point(&node.url());
    until("day 2 is archived", || day(&kept, 2).exists()).await;
    until("the exporter is up again", is_up).await;
    until("the archive says so", || archiving.told().contains("works again")).await;
    let told = archiving.told();
    assert_eq!((told.matches("trying again").count(), told.matches("works again").count()), (1, 1), "{told}");
    bills_should_be_checked_against_the_chain(&relay.url, &kept)?;
    damage_should_be_mended(&relay.url, &kept)?;
    let highest = block();

    // In its place stands another chain, which is younger.
    relay.cut();
    node.stop().await?;
    let (node, chain) = start(&executable, &other, "360", &[]).await?;
    pause_when(&chain, |clock| clock.open.sealing.is_some()).await?;
    assert!(f64::from(chain.header(None).await?.number) < highest);
    relay.point(&node.url());
    until("the archive ends", || archiving.ended().is_some()).await;
    assert_eq!(archiving.ended(), Some(2), "{}", archiving.told());
    assert!(archiving.told().contains("is of another chain"), "{}", archiving.told());
    until("the exporter counts the other's blocks", || is_up() && block() < highest).await;
    assert!(exporting.told().contains("began anew"), "{}", exporting.told());
    let output = bill(&kept, Some(&relay.url));
    assert_code(&output, 2);
    assert!(stderr(&output).contains("is of another chain"), "{}", stderr(&output));
    node.stop().await
}

fn bill(archive: &Path, url: Option<&str>) -> Output {
    let archive = archive.to_string_lossy();
    let arguments = ["bill", "--archive", &archive, "--day", "0", "--participant", "LA1"];
    gridbid(arguments.into_iter().chain(url.into_iter().flat_map(|url| ["--url", url])))
}

/// A bill that proves itself under a root in its own file is not yet the chain's.
fn bills_should_be_checked_against_the_chain(url: &str, kept: &Path) -> Result<()> {
    let output = bill(kept, Some(url));
    assert_code(&output, 0);
    assert!(stdout(&output).contains("which is the chain's"), "{}", stdout(&output));
    let output = bill(kept, None);
    assert_code(&output, 0);
    assert!(stdout(&output).contains("as the archive has it"), "{}", stdout(&output));
    // Another day's bills, told to be day 0's, with all that proves them.
    let forged = kept.with_file_name("forged");
    fs::create_dir(&forged)?;
    let mut archived = ArchivedDay::read(kept, 1)?;
    archived.day = 0;
    for bill in &mut archived.bills {
        bill.bill.day = 0;
    }
    let leaves = archived.bills.iter().map(|bill| market::merkle::leaf(&bill.bill)).collect();
    let tree = market::merkle::Tree::new(leaves);
    archived.root = tree.root();
    for (index, bill) in (0..).zip(&mut archived.bills) {
        let shown = bill.proof.as_mut().expect("an archived bill has a proof");
        shown.root = archived.root;
        shown.proof = tree.proof(index).expect("it is one of them");
    }
    archived.write(&forged)?;
    assert_code(&bill(&forged, None), 0);
    let output = bill(&forged, Some(url));
    assert_code(&output, 4);
    assert!(stderr(&output).contains("the archive has the root"), "{}", stderr(&output));
    Ok(())
}

/// Files that are emptied, torn or forged are told of and saved again, whichever they are.
fn damage_should_be_mended(url: &str, kept: &Path) -> Result<()> {
    let copy = kept.with_file_name("copy");
    fs::create_dir(&copy)?;
    let whole = [0, 1, 2].map(|number| fs::read(day(kept, number)).expect("it is archived"));
    fs::write(day(&copy, 0), &whole[0][..whole[0].len() / 2])?;
    fs::copy(day(&kept.with_file_name("forged"), 0), day(&copy, 1))?;
    fs::write(day(&copy, 2), "")?;
    let output = archive(url, &copy);
    assert_code(&output, 0);
    let told = stderr(&output);
    for number in 0..3 {
        assert!(told.contains(&format!("day-{number}.json")), "{told}");
        assert!(told.contains(&format!("day {number} is saved again")), "{told}");
        assert!(fs::read(day(&copy, number))? == whole[usize::try_from(number)?], "day {number}");
    }
    // What the chain has no more is told at the end.
    fs::write(day(&copy, 77), "")?;
    let output = archive(url, &copy);
    assert_code(&output, 4);
    assert!(stderr(&output).contains("day 77 cannot be saved again"), "{}", stderr(&output));
    Ok(())
}
