//! What the tests of the command share.

#![allow(dead_code)] // each test file uses its part

pub mod hand;
pub mod network;
pub mod site;

use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

/// The command that is tested.
pub const GRIDBID: &str = env!("CARGO_BIN_EXE_gridbid");

/// The folder of a scenario.
pub fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(name)
}

/// The node's executable; without one, the test says that it is skipped.
pub fn node() -> Option<PathBuf> {
    let node = std::env::var_os("GRIDBID_NODE").map(PathBuf::from);
    if node.is_none() {
        skipped("GRIDBID_NODE names no node");
    }
    node
}

/// Says that a test was skipped, and why. In continuous integration it fails: what was skipped has not passed.
pub fn skipped(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "skipped: {why}");
    eprintln!("skipped: {why}");
}

/// Runs the command to its end.
pub fn gridbid<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    Command::new(GRIDBID).args(arguments).output().expect("the command starts")
}

/// What a command said that ends by itself; it is killed where it does not within half a minute.
pub fn ended(mut child: Child) -> Result<Output> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while child.try_wait()?.is_none() {
        if Instant::now() > deadline {
            child.kill()?;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(child.wait_with_output()?)
}

/// What it said to the user.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it complained of.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asserts how it ended, and shows what it said where it ended otherwise.
pub fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}\n{}", stdout(output), stderr(output));
}

/// The command, to which a limit on the size of files is what a full disk is: writing fails, and no signal ends it.
pub fn limited() -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#, GRIDBID]);
    command
}

/// The command, on a disk that has no room for a byte from the start.
pub fn on_a_full_disk() -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#"trap "" XFSZ; ulimit -S -f 0; exec "$0" "$@""#, GRIDBID]);
    command
}
