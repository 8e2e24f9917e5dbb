//! A `--dev` node that the command starts itself, and stops.

use crate::chain::Chain;
use crate::failure::{Kind, failure};
use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::net::TcpListener;
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

/// What to start.
pub struct Settings<'a> {
    /// The node's executable; beside this one where there is none.
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

/// A running node. Dropping it kills it.
pub struct DevNode {
    child: Child,
    port: u16,
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
        let executable = match executable {
            Some(path) => path.to_path_buf(),
            None => std::env::current_exe()?.with_file_name("node"),
        };
        let port = free_port()?;
        let log = File::create(log_path).with_context(|| format!("cannot write {}", log_path.display()))?;
        let child = Command::new(&executable)
            .args(["--dev", "--no-prometheus", "--rpc-port", &port.to_string()])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                // It is empty.
                let _ = std::fs::remove_file(log_path);
                failure(Kind::Unreachable, format!("cannot start {}: {error}", executable.display()))
            })?;
        Ok(Self { child, port, log: log_path.to_path_buf() })
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// Waits until it answers.
    pub async fn connect(&mut self) -> Result<Chain> {
        let deadline = Instant::now() + START;
        loop {
            self.check()?;
            match Chain::connect(&self.url()).await {
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

/// A port that nobody listens on.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
