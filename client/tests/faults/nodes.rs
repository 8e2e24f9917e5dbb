//! The node that the command starts: which one it is, where it answers, and that it ends with the command.

use crate::common::{GRIDBID, assert_code, gridbid, node, scenario, stderr};
use crate::{ONE_AT_A_TIME, until};
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A script in a folder that writes down how it was called, and ends.
fn called(folder: &Path, name: &str) -> PathBuf {
    let (script, calls) = (folder.join(name), folder.join("calls"));
    fs::write(&script, format!("#!/bin/sh\necho \"$@\" > '{}'\n", calls.display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    calls
}

#[test]
fn node_should_not_be_looked_up_in_path_when_its_name_is_bare() {
    let (path, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let calls = called(path.path(), "gridbid-node-of-path");
    let run = |folder: &Path| {
        let paths = format!("{}:/usr/bin:/bin", path.path().display());
        let mut command = Command::new(GRIDBID);
        command
            .args(["run", "--node", "gridbid-node-of-path"])
            .arg(scenario("paper").canonicalize().unwrap());
        command.current_dir(folder).env("PATH", paths).output().unwrap()
    };
    let output = run(here.path());
    assert_code(&output, 3);
    assert!(stderr(&output).contains("cannot start ./gridbid-node-of-path"), "{}", stderr(&output));
    assert!(!calls.exists(), "another program was started");
    // One in the current folder is meant.
    let ours = called(here.path(), "gridbid-node-of-path");
    assert_code(&run(here.path()), 3);
    assert!(ours.exists() && !calls.exists());
}

#[test]
fn node_should_choose_its_port_itself() {
    let folder = tempfile::tempdir().unwrap();
    let calls = called(folder.path(), "node");
    let node = folder.path().join("node");
    let output = gridbid::<OsString>(["run".into(), scenario("paper").into(), "--node".into(), node.into()]);
    assert_code(&output, 3);
    // One that is free when the command looks may be another's when the node does.
    let asked = fs::read_to_string(calls).unwrap();
    assert!(asked.contains("--rpc-port 0 "), "{asked}");
}

/// The processes that a process started.
fn children(id: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// Whether a process runs: one that ended and was not waited for has no command line.
fn runs(id: u32) -> bool {
    fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| !line.is_empty())
}

fn ignores_hangups() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored =
        status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0").trim().to_owned();
    u64::from_str_radix(&ignored, 16).unwrap() & 1 == 1
}

#[tokio::test(flavor = "multi_thread")]
async fn node_should_end_when_the_command_is_killed_or_its_terminal_is_gone() {
    let Some(node) = node() else { return };
    let _alone = ONE_AT_A_TIME.lock().await;
    // Below `nohup`, the command goes on without its terminal.
    let signals = [Signal::KILL, Signal::HUP];
    for signal in signals.into_iter().filter(|signal| *signal == Signal::KILL || !ignores_hangups()) {
        let mut child = Command::new(GRIDBID)
            .args(["run".as_ref(), scenario("paper").as_os_str(), "--node".as_ref(), node.as_os_str()])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        // The first line of progress: the node runs.
        assert!(lines.next().is_some_and(|line| line.is_ok_and(|line| line.contains("periods"))));
        let started = children(child.id());
        assert_eq!(started.len(), 1, "{started:?}");
        kill_process(Pid::from_child(&child), signal).unwrap();
        child.wait().unwrap();
        until("the node has ended", || !started.iter().any(|id| runs(*id))).await;
    }
}
