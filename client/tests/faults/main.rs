//! Faults of hands, disks, pipes and nodes, put before the command: nothing is lost, nothing is mistaken, and each is
//! told with what to do. What needs a node's executable finds it in `GRIDBID_NODE`, and tests nothing without it.

#[path = "../common/mod.rs"]
mod common;

mod bills;
mod day;
mod followers;
mod keys;
mod meters;
mod nodes;
mod output;
mod relay;
mod resumed;
mod seal;
mod silence;
mod small;

use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Nodes run one after the other: each has both cores.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// How long anything may take here, beside a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// Waits until something is so.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < deadline, "it never comes that {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
