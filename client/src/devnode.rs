//! A `--dev` node that the command starts itself, and stops.

use crate::chain::Chain;
use crate::failure::{Kind, failure};
use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, getpid, getppid, kill_process, set_parent_process_death_signal};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// How long a node may take until it answers: the first start compiles its runtime, and the first state of a large
/// market takes minutes.
const START: Duration = Duration::from_secs(600);
/// How long a node may take to end by itself before it is killed.
const STOP: Duration = Duration::from_secs(20);
/// How many lines of its log are shown when it fails.
const SHOWN: usize = 15;
/// What of the node tells at which port it answers.
const TELLS_PORT: &str = "sc_rpc_server";

/// What to start.
pub struct Settings<'a> {
    /// The node's executable; a bare name, and `node` where there is none, is looked up beside this one first.
    pub executable: Option<&'a Path>,
    /// The scenario that it serves; the paper's, and LA4, where there is none.
    pub scenario: Option<&'a Path>,
    /// Where it keeps its data; a folder of its own that it deletes in the end where there is none.
    pub base_path: Option<&'a Path>,
    /// Wall time of a period, in seconds; 0 is as fast as the workers follow.
    pub pace: u32,
    /// Where its log goes.
    pub log: &'a Path,
}

/// A running node. Dropping it kills it, and it ends when this process does, whatever ends that.
pub struct DevNode {
    child: Child,
    url: String,
    log: PathBuf,
}

impl DevNode {
    /// Starts a node and waits until it answers.
    pub async fn start(settings: &Settings<'_>) -> Result<(Self, Chain)> {
        let mut node = Self::spawn(settings)?;
        let chain = node.connect().await?;
        Ok((node, chain))
    }

    /// Starts a node, which does not answer yet.
    pub fn spawn(settings: &Settings<'_>) -> Result<Self> {
        let mut arguments: Vec<OsString> = vec!["--pace".into(), settings.pace.to_string().into()];
        if let Some(scenario) = settings.scenario {
            arguments.extend(["--scenario".into(), scenario.into()]);
        }
        match settings.base_path {
            Some(path) => arguments.extend(["--base-path".into(), path.into()]),
            None => arguments.push("--tmp".into()),
        };
        Self::spawn_with(settings.executable, &arguments, settings.log)
    }

    /// Starts a `--dev` node with these arguments, which does not answer yet.
    pub fn spawn_with(
        executable: Option<&Path>,
        arguments: &[impl AsRef<OsStr>],
        log_path: &Path,
    ) -> Result<Self> {
        let executable = path_of(executable)?;
        let log = File::create(log_path).with_context(|| format!("cannot write {}", log_path.display()))?;
        let mut command = Command::new(&executable);
        command
            .args(["--dev", "--no-prometheus", "--rpc-port", "0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        if let Ok(levels) = std::env::var("RUST_LOG") {
            command.env("RUST_LOG", format!("{levels},{TELLS_PORT}=info"));
        }
        end_with_us(&mut command);
        let child = command.spawn().map_err(|error| {
            // It is empty.
            let _ = std::fs::remove_file(log_path);
            failure(Kind::Unreachable, format!("cannot start {}: {error}", executable.display()))
        })?;
        Ok(Self { child, url: String::new(), log: log_path.to_path_buf() })
    }

    /// Where it answers, once [`Self::connect`] has found it there.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Waits until it answers.
    pub async fn connect(&mut self) -> Result<Chain> {
        let deadline = Instant::now() + START;
        loop {
            self.check()?;
            let log = std::fs::read(&self.log).unwrap_or_default();
            let answer = match port_in(&String::from_utf8_lossy(&log)) {
                None => Err(failure(Kind::Unreachable, "the node does not tell where it answers")),
                Some(port) => {
                    self.url = format!("ws://127.0.0.1:{port}");
                    Chain::connect(&self.url).await
                }
            };
            match answer {
                Ok(chain) => return Ok(chain),
                Err(_) if Instant::now() < deadline => tokio::time::sleep(Duration::from_millis(100)).await,
                Err(error) => return Err(error.context(self.last_words())),
            }
        }
    }

    /// Fails where the node has ended.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(failure(
                Kind::Unreachable,
                format!(
                    "the node ended ({status}); the end of its log, {}:\n{}",
                    self.log.display(),
                    self.last_words()
                ),
            )),
        }
    }

    /// The end of its log.
    pub fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(SHOWN)..).unwrap_or_default().join("\n")
    }

    /// The most memory that it ever held, in MiB; `None` where the system does not say.
    pub fn peak_memory_mib(&self) -> Option<u64> {
        self.mib_of("VmHWM:")
    }

    /// The memory that it holds now, in MiB; `None` where the system does not say.
    pub fn memory_mib(&self) -> Option<u64> {
        self.mib_of("VmRSS:")
    }

    fn mib_of(&self, figure: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find(|line| line.starts_with(figure))?;
        let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        kib.checked_div(1024)
    }

    /// Kills it at once, as a power cut would.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> Result<()> {
        self.child.wait().await?;
        Ok(())
    }

    /// Asks it to end, and kills it where it does not.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(id) = self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)) {
            kill_process(id, Signal::TERM)?;
        }
        if tokio::time::timeout(STOP, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

/// The port that a node took, as its log tells: one that somebody else finds free for it may be another's by then.
fn port_in(log: &str) -> Option<u16> {
    let mut whole = log.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let (_, port) = whole.find(|line| line.contains("JSON-RPC server: addr="))?.split_once("127.0.0.1:")?;
    port.split(|end: char| !end.is_ascii_digit()).next()?.parse().ok()
}

/// Where a node's executable is. A bare name is beside this command, or else in the current folder: what PATH has by
/// the name `node` is another program on most machines.
fn path_of(executable: Option<&Path>) -> Result<PathBuf> {
    let path = executable.unwrap_or(Path::new("node"));
    if path.parent() != Some(Path::new("")) {
        return Ok(path.to_path_buf());
    }
    let beside = std::env::current_exe()?.with_file_name(path);
    Ok(if executable.is_none() || beside.exists() { beside } else { Path::new(".").join(path) })
}

/// Lets the node end when the thread that starts it does, which is this command's first: after a SIGKILL nobody else
/// would stop it, and it would fill the disk.
#[allow(unsafe_code)] // the standard library has no safe way to do anything between fork and exec
fn end_with_us(command: &mut Command) {
    let us = getpid();
    let ask = move || -> io::Result<()> {
        set_parent_process_death_signal(Some(Signal::TERM))?;
        // We may have ended meanwhile.
        if getppid() == Some(us) { Ok(()) } else { Err(io::ErrorKind::NotConnected.into()) }
    };
    // SAFETY: it makes system calls alone, and neither allocates nor locks anything.
    unsafe { command.pre_exec(ask) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_should_be_the_nodes_own_when_its_log_tells_it() {
        let line = "2026-11-30 22:35:01 Running JSON-RPC server: addr=127.0.0.1:41233,[::1]:38383";
        assert_eq!(port_in(&format!("Gridbid Node\n{line}\nIdle\n")), Some(41_233));
        // Half of a line may be half of a number.
        assert_eq!(port_in(&format!("Gridbid Node\n{}", &line[..60])), None);
        assert_eq!(port_in(""), None);
    }
}
