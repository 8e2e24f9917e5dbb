//! A node that keeps its connections and answers nothing, as one that is stopped.

use crate::common::{GRIDBID, node};
use crate::relay::Relay;
use crate::small::{self, pause_when, start};
use crate::{ONE_AT_A_TIME, until};
use anyhow::Result;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A terminal: the side that a person sits at, and the side that a command gets.
fn terminal() -> Result<(File, File)> {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&person)?;
    unlockpt(&person)?;
    tcsetwinsize(&person, Winsize { ws_row: 30, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 })?;
    let name = ptsname(&person, Vec::new())?;
    let command = OpenOptions::new().read(true).write(true).open(OsStr::from_bytes(name.to_bytes()))?;
    Ok((File::from(person), command))
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_should_hear_its_keys_when_the_node_is_silent() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let (_folder, market) = small::folder()?;
    let (node, chain) = start(&executable, &market, "360", &[]).await?;
    pause_when(&chain, |clock| clock.open.release.is_some()).await?;
    let relay = Relay::to(&node.url()).await?;
    let (mut person, command) = terminal()?;
    let mut screen = Command::new(GRIDBID)
        .args(["watch", "--url", &relay.url])
        .env("TERM", "xterm")
        .stdin(command.try_clone()?)
        .stdout(command)
        .stderr(Stdio::null())
        .spawn()?;
    let shown = Arc::new(Mutex::new(Vec::new()));
    let (mut reader, seen) = (person.try_clone()?, shown.clone());
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = reader.read(&mut buffer) {
            seen.lock().expect("nobody panics with it").extend_from_slice(&buffer[..length]);
        }
    });
    let shows = |text: &str| {
        let shown = shown.lock().expect("nobody panics with it");
        String::from_utf8_lossy(&shown).contains(text)
    };
    until("the screen is there", || shows("leaves")).await;
    relay.silence(true);
    until("the silence is told", || shows("no answer")).await;
    person.write_all(b"q")?;
    let pressed = Instant::now();
    until("the screen ends", || screen.try_wait().is_ok_and(|ended| ended.is_some())).await;
    assert!(pressed.elapsed() < Duration::from_secs(5), "{:?}", pressed.elapsed());
    assert_eq!(screen.wait()?.code(), Some(0));
    node.stop().await
}
