//! A network's node, on a chain that is no development chain.

use anyhow::Result;
use client::chain::Chain;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A network's only node that runs, on a free port.
pub async fn network_node(executable: &Path, folder: &Path) -> Result<(tokio::process::Child, String)> {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let log = std::fs::File::create(folder.join("node.log"))?;
    let child = tokio::process::Command::new(executable)
        .args(["--chain", "local", "--alice", "--force-authoring", "--no-prometheus", "--no-mdns"])
        .arg("--unsafe-force-node-key-generation")
        .args(["--listen-addr", "/ip4/127.0.0.1/tcp/0", "--rpc-port", &port.to_string(), "--base-path"])
        .arg(folder.join("data"))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()?;
    Ok((child, format!("ws://127.0.0.1:{port}")))
}

/// Waits until a node answers.
pub async fn connected(url: &str) -> Result<Chain> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match Chain::connect(url).await {
            Ok(chain) => return Ok(chain),
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}
