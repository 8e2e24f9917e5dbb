//! A member that no worker serves: what its folder's commands do.

use super::{GRIDBID, assert_code, gridbid, stderr};
use anyhow::{Result, ensure};
use client::chain::Chain;
use client::devnode::{DevNode, Settings};
use client::files::{Existing, write_secret};
use market::api::Clock;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use subxt::rpcs::client::rpc_params;

/// How long anything may take here, beside a busy machine.
pub const LIMIT: Duration = Duration::from_secs(300);

/// A member's folder and the chain it acts on.
pub struct ByHand<'a> {
    /// Its name.
    pub name: &'static str,
    /// Its folder.
    pub member: PathBuf,
    /// The chain, which is paused.
    pub chain: &'a Chain,
}

impl<'a> ByHand<'a> {
    /// LA4 of the preset, with a folder below this one.
    pub fn la4(folder: &Path, chain: &'a Chain) -> Self {
        Self { name: "LA4", member: folder.join("la4"), chain }
    }

    /// Makes the member's folder, with the key that the preset has registered.
    pub fn init(&self, url: &str) -> Result<()> {
        std::fs::create_dir(&self.member)?;
        let agent = format!("//{}//agent\n", self.name);
        write_secret(&self.member.join("agent.key"), &agent, Existing::Kept)?;
        assert_code(&self.run(&["init", "--name", self.name, "--url", url, "--dev-keys"]), 0);
        Ok(())
    }

    /// Runs a command of the member.
    pub fn run(&self, arguments: &[&str]) -> Output {
        gridbid(arguments.iter().copied().chain(["--member", &self.member.to_string_lossy()]))
    }

    /// Runs one that succeeds, and gives its JSON. Its transaction needs blocks, which are made meanwhile.
    pub async fn json(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.with_blocks([arguments, &["--json"]].concat()).await?;
        assert_code(&output, 0);
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Runs one that the chain refuses with this error.
    pub async fn refused(&self, arguments: &[&str], error: &str) -> Result<()> {
        let output = self.with_blocks(arguments.to_vec()).await?;
        assert_code(&output, 5);
        ensure!(stderr(&output).contains(error), "{}", stderr(&output));
        Ok(())
    }

    /// Runs a command while the paused chain makes a block whenever the command's transaction waits for one.
    pub async fn with_blocks(&self, arguments: Vec<&str>) -> Result<Output> {
        let mut command = Command::new(GRIDBID);
        command.args(&arguments).arg("--member").arg(&self.member);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let waiting = tokio::task::spawn_blocking(move || child.wait_with_output());
        tokio::pin!(waiting);
        loop {
            tokio::select! {
                output = &mut waiting => return Ok(output??),
                () = tokio::time::sleep(Duration::from_millis(100)) => {}
            }
            let pending = self.chain.pending().await?;
            if pending > 0 {
                self.chain.dev("step", rpc_params![1]).await?;
            }
        }
    }

    /// Steps until the clock is as wanted.
    pub async fn until(&self, wanted: impl Fn(&Clock) -> bool) -> Result<()> {
        let deadline = Instant::now() + LIMIT;
        while !wanted(&self.chain.clock(None).await?) {
            ensure!(Instant::now() < deadline, "the market stands at {:?}", self.chain.clock(None).await?);
            self.chain.dev("step", rpc_params![1]).await?;
        }
        Ok(())
    }
}

/// The preset's chain, where LA4 is.
pub async fn start(node: &Path, folder: &Path) -> Result<(DevNode, Chain)> {
    let log = folder.join("node.log");
    let settings = Settings { executable: Some(node), scenario: None, base_path: None, pace: 360, log: &log };
    let (node, chain) = DevNode::start(&settings).await?;
    chain.dev("pause", rpc_params![]).await?;
    Ok((node, chain))
}
