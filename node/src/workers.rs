//! Runs the off-chain workers: one run at a time, each on the newest head.
//!
//! The SDK starts a run with every block. Where a machine is busy, or blocks come by the dozen a second, runs then
//! overlap: those of older blocks send what newer ones have sent, under numbers that are spent, and what they leave in
//! the pool keeps newer transactions out. Here the next run begins when the one before has ended, on the head of
//! that moment; blocks in between have none.

use crate::parts::{Block, Client};
use futures::channel::mpsc;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use runtime::BlockNumber;
use sc_client_api::{
    BlockImportNotification, BlockchainEvents, FinalityNotifications, ImportNotifications,
    StorageEventStream, StorageKey,
};
use sc_service::SpawnTaskHandle;
use sc_utils::mpsc::{TracingUnboundedSender, tracing_unbounded};
use sp_core::traits::SpawnNamed;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// How many heads the runner may be behind before it is told: it is never given more than one.
const QUEUE_WARNING: usize = 16;

/// Gives the SDK's runner one head at a time.
pub struct Heads {
    client: Arc<Client>,
    gate: Mutex<Option<ImportNotifications<Block>>>,
}

/// Tells when a run has ended.
#[derive(Clone)]
pub struct Runs {
    tasks: SpawnTaskHandle,
    ended: mpsc::UnboundedSender<()>,
}

/// Hands each newest head over when the run before has ended.
pub struct Pacer {
    imported: ImportNotifications<Block>,
    heads: TracingUnboundedSender<BlockImportNotification<Block>>,
    ended: mpsc::UnboundedReceiver<()>,
    /// The number of the last head whose run has ended.
    pub done: watch::Sender<BlockNumber>,
}

/// What the runner is started with, and what paces it.
pub fn one_at_a_time(client: Arc<Client>, tasks: SpawnTaskHandle) -> (Heads, Runs, Pacer) {
    let (heads, gate) = tracing_unbounded("mpsc_offchain_workers", QUEUE_WARNING);
    let (ended, ends) = mpsc::unbounded();
    // From now on, not from when the pacer first runs: the first block may be made before that.
    let imported = client.import_notification_stream();
    let pacer = Pacer { imported, heads, ended: ends, done: watch::Sender::new(0) };
    (Heads { client, gate: Mutex::new(Some(gate)) }, Runs { tasks, ended }, pacer)
}

impl Pacer {
    /// Paces the runs until `stop` says so; what it then leaves has ended.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            let stopped = stop.wait_for(|stop| *stop).map(drop);
            let newest = futures::select_biased! {
                () = stopped.boxed().fuse() => return,
                head = newest(&mut self.imported).boxed().fuse() => head,
            };
            let Some(head) = newest else { return };
            let number = head.header.number;
            if self.heads.unbounded_send(head).is_err() || self.ended.next().await.is_none() {
                return;
            }
            self.done.send_replace(number);
        }
    }
}

/// Waits for a head, and skips those that newer ones have replaced already.
async fn newest(imported: &mut ImportNotifications<Block>) -> Option<BlockImportNotification<Block>> {
    let mut newest = None;
    loop {
        let next =
            if newest.is_none() { imported.next().await } else { imported.next().now_or_never().flatten() };
        match next {
            Some(head) if head.is_new_best => newest = Some(head),
            Some(_) => {}
            None => return newest,
        }
    }
}

impl SpawnNamed for Runs {
    fn spawn_blocking(&self, name: &'static str, group: Option<&'static str>, run: BoxFuture<'static, ()>) {
        self.spawn(name, group, run);
    }

    fn spawn(&self, name: &'static str, group: Option<&'static str>, run: BoxFuture<'static, ()>) {
        let ended = self.ended.clone();
        let run = async move {
            run.await;
            // Where nobody listens any more, no run follows.
            let _ = ended.unbounded_send(());
        };
        self.tasks.spawn(name, group, run);
    }
}

impl BlockchainEvents<Block> for Heads {
    fn import_notification_stream(&self) -> ImportNotifications<Block> {
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner).take();
        gate.unwrap_or_else(|| self.client.import_notification_stream())
    }

    fn every_import_notification_stream(&self) -> ImportNotifications<Block> {
        self.client.every_import_notification_stream()
    }

    fn finality_notification_stream(&self) -> FinalityNotifications<Block> {
        self.client.finality_notification_stream()
    }

    fn storage_changes_notification_stream(
        &self,
        filter_keys: Option<&[StorageKey]>,
        child_filter_keys: Option<&[(StorageKey, Option<Vec<StorageKey>>)]>,
    ) -> sp_blockchain::Result<StorageEventStream<runtime::Hash>> {
        self.client.storage_changes_notification_stream(filter_keys, child_filter_keys)
    }
}
