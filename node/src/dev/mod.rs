//! The development chain: sealing on a simulated clock, its RPC, and the embedded gateway.

pub mod gateway;
mod plan;
pub mod rpc;
pub mod sealing;

use market::api::Due;
use market::calendar::{Moment, OpenWindows};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::watch;

/// What a person asks of the sealing task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wishes {
    /// No block is made, but those of `steps`.
    pub paused: bool,
    /// Blocks to make without regard to pause and pace.
    pub steps: u32,
    /// Wall time of a period; zero is as fast as the workers follow.
    pub pace: Duration,
}

/// Where the chain stands: the answer of every `dev` method.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Number of the head.
    pub block: u32,
    /// Its timestamp, in milliseconds since the epoch; 0 before the first block.
    pub now: Moment,
    /// What is open.
    pub open: OpenWindows,
    /// When something opens or closes next.
    pub next_boundary: Moment,
    /// What this node's agents have still to do.
    pub due: Vec<Due>,
    /// Whether the chain is paused.
    pub paused: bool,
    /// Wall time of a period in seconds; 0 is as fast as the workers follow.
    pub pace: f64,
}

/// Joins the RPC and the sealing task.
#[derive(Clone, Debug)]
pub struct Control {
    wishes: watch::Sender<Wishes>,
    status: watch::Sender<Status>,
}

impl Control {
    /// Runs at a pace from the start.
    pub fn new(pace: Duration) -> Self {
        Self {
            wishes: watch::Sender::new(Wishes { paused: false, steps: 0, pace }),
            status: watch::Sender::new(Status::default()),
        }
    }

    /// Where the chain stands, and what is wished now.
    pub fn status(&self) -> Status {
        let Wishes { paused, pace, .. } = *self.wishes.borrow();
        Status { paused, pace: pace.as_secs_f64(), ..self.status.borrow().clone() }
    }
}
