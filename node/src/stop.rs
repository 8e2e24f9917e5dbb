//! How the node stops without an alarm.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How long a stop waits for what is under way.
const STOPPING: Duration = Duration::from_secs(10);

/// What has to end before the node's tasks are ended: a run of the workers, or a block, that loses its timers and
/// connections in its middle takes that for a failure.
pub struct Stop {
    stop: watch::Sender<bool>,
    under_way: mpsc::Receiver<Infallible>,
    token: mpsc::Sender<Infallible>,
}

impl Stop {
    /// Nothing is waited for yet.
    pub fn new() -> Self {
        let (token, under_way) = mpsc::channel(1);
        Self { stop: watch::Sender::new(false), under_way, token }
    }

    /// A task that `stop` is waited for. As it is essential to the node, it never ends by itself.
    pub fn wait_for<F: Future<Output = ()> + Send>(
        &self,
        task: F,
    ) -> impl Future<Output = ()> + Send + use<F> {
        let token = self.token.clone();
        async move {
            task.await;
            drop(token);
            pending().await
        }
    }

    /// Tells a task when it has to end.
    pub fn told(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Begins nothing more, and waits until what is under way has ended.
    pub async fn stop(mut self) {
        drop(self.token);
        self.stop.send_replace(true);
        let _ = tokio::time::timeout(STOPPING, self.under_way.recv()).await;
    }
}
