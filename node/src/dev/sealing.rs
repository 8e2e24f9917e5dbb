//! Makes the development chain's blocks: asks the runtime where the market stands, waits until the workers of
//! this node have had their run, and seals the next block on the simulated clock.

use super::plan::{Situation, Step, Window};
use super::{Control, Status, Wishes};
use crate::parts::{Block, Client, Pool, SelectChain};
use crate::proposing::OperationalFirst;
use futures::channel::oneshot;
use futures::future::{Ready, ready};
use futures::{FutureExt, StreamExt};
use market::api::{Clock, Due, MOST_ENTRIES};
use market::calendar::Moment;
use runtime::market_api::MarketApi;
use runtime::{AccountId, BlockNumber, Hash, Header};
use sc_basic_authorship::ProposerFactory;
use sc_consensus_manual_seal::consensus::aura::AuraConsensusDataProvider;
use sc_consensus_manual_seal::{SealBlockParams, seal_block};
use sc_transaction_pool_api::TransactionPool;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_consensus::{Environment, ProposeArgs, Proposer};
use sp_consensus_aura::SlotDuration;
use sp_keystore::KeystorePtr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use worker::KEY_TYPE;

/// Transactions of one worker run arrive one after the other: once there is one, more may follow within this.
const QUIET: Duration = Duration::from_millis(25);
/// How long the pool is given to follow the head. A block that is made before takes what it knows to be spent.
const FOLLOW: Duration = Duration::from_secs(30);
/// How long the workers' run on the head may take. It waits for gateways for a few seconds at most, on an idle machine.
const RUN: Duration = Duration::from_secs(60);
/// The same where a pace is set: it is to be kept beside a silent gateway, too.
const PACED_RUN: Duration = Duration::from_secs(1);
/// How long is waited after a failure before it is tried again.
const RETRY: Duration = Duration::from_secs(1);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What the sealing task works with.
pub struct Parts {
    /// The client: blocks are imported into it.
    pub client: Arc<Client>,
    /// The transactions that wait.
    pub pool: Arc<Pool>,
    /// Fork choice.
    pub select_chain: SelectChain,
    /// Holds the agents' keys.
    pub keystore: KeystorePtr,
    /// Joins the task with the RPC.
    pub control: Control,
    /// The number of the last block on which the workers have run.
    pub ran: watch::Receiver<BlockNumber>,
    /// Whether the node stops.
    pub stop: watch::Receiver<bool>,
}

/// Proposes as on a network: within the same share of a slot, and without the record of all that was read that
/// `seal_block` asks for and nobody here needs. The record would count as part of the block's size.
struct AsOnANetwork<P> {
    proposing: P,
    max_duration: Duration,
}

impl Environment<Block> for AsOnANetwork<ProposerFactory<OperationalFirst<Pool>, Client>> {
    type Proposer = AsOnANetwork<sc_basic_authorship::Proposer<Block, Client, OperationalFirst<Pool>>>;
    type CreateProposer = Ready<Result<Self::Proposer, Self::Error>>;
    type Error = sp_blockchain::Error;

    fn init(&mut self, parent: &Header) -> Self::CreateProposer {
        let max_duration = self.max_duration;
        let proposer = self.proposing.init(parent).into_inner();
        ready(proposer.map(|proposing| AsOnANetwork { proposing, max_duration }))
    }
}

impl<P: Proposer<Block>> Proposer<Block> for AsOnANetwork<P> {
    type Error = P::Error;
    type Proposal = P::Proposal;

    fn propose(self, args: ProposeArgs<Block>) -> Self::Proposal {
        let max_duration = self.max_duration;
        self.proposing.propose(ProposeArgs { storage_proof_recorder: None, max_duration, ..args })
    }
}

/// The head of the chain and where the market stands there.
struct Head {
    hash: Hash,
    number: u32,
    clock: Clock,
    due: Vec<Due>,
}

/// The sealing task.
pub struct Sealer {
    parts: Parts,
    proposer: AsOnANetwork<ProposerFactory<OperationalFirst<Pool>, Client>>,
    aura: AuraConsensusDataProvider<Block>,
    slot: u64,
    wishes: watch::Receiver<Wishes>,
    arrivals: Arc<Notify>,
    window: Option<Window>,
    last_due: Vec<Due>,
    /// The number of the last block made here: its workers' run is waited for.
    made: BlockNumber,
    last_block: Instant,
    last_progress: Instant,
}

impl Sealer {
    /// Prepares the task. The proposer may spend a share of a slot on a block.
    ///
    /// # Errors
    /// Where the runtime does not tell its slot duration.
    pub fn new(
        parts: Parts,
        proposing: ProposerFactory<OperationalFirst<Pool>, Client>,
        proposal_share: f32,
    ) -> Result<Self, sp_blockchain::Error> {
        let duration: SlotDuration = sc_consensus_aura::slot_duration(&*parts.client)?;
        let max_duration = duration.as_duration().mul_f32(proposal_share);
        Ok(Self {
            proposer: AsOnANetwork { proposing, max_duration },
            aura: AuraConsensusDataProvider::new_with_slot_duration(duration),
            slot: duration.as_millis(),
            wishes: parts.control.wishes.subscribe(),
            arrivals: Arc::new(Notify::new()),
            window: None,
            last_due: Vec::new(),
            made: 0,
            last_block: Instant::now(),
            last_progress: Instant::now(),
            parts,
        })
    }

    /// Makes blocks until the node stops. What keeps it from doing so is told once.
    pub async fn run(mut self) {
        // Taken from the pool at once, however long a block takes: what it announces may not pile up.
        let (mut transactions, arrivals) =
            (self.parts.pool.import_notification_stream(), self.arrivals.clone());
        tokio::spawn(async move {
            while transactions.next().await.is_some() {
                arrivals.notify_one();
            }
        });
        let mut stands_since = None;
        while !*self.parts.stop.borrow() {
            match self.turn().await {
                Ok(()) if stands_since.is_some_and(|block| block != self.last_block) => {
                    log::info!("The simulated clock runs again");
                    stands_since = None;
                }
                Ok(()) => {}
                Err(error) => {
                    if stands_since.is_none() {
                        log::error!("The simulated clock stands: {error}");
                        stands_since = Some(self.last_block);
                    }
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    /// One look at the chain, and one step.
    async fn turn(&mut self) -> Result<(), Failure> {
        let head = self.look()?;
        let wishes = *self.wishes.borrow_and_update();
        if wishes.paused && wishes.steps == 0 {
            tokio::select! {
                changed = self.wishes.changed() => changed?,
                _ = self.parts.stop.changed() => {}
            }
            return Ok(());
        }
        self.let_workers_run(wishes.pace).await;
        let window = self.follow(&head);
        let ready = self.parts.pool.ready_at_with_timeout(head.hash, FOLLOW).await.next().is_some();
        let situation = Situation {
            clock: &head.clock,
            window: &window,
            slot: self.slot,
            pace: Some(wishes.pace).filter(|pace| !pace.is_zero()),
            hurry: wishes.steps > 0,
            due: !head.due.is_empty(),
            ready,
            since_head: self.last_block.elapsed(),
            since_progress: self.last_progress.elapsed(),
        };
        match situation.plan() {
            Step::Wait(time) => self.wait(time).await,
            Step::Seal(at) => self.seal(&head, at).await?,
            Step::Abandon(at) => {
                let due = head.due.iter().map(|due| format!("{} of {}", stage(due), due.delivery));
                log::warn!("Going on without what is still due: {}", due.collect::<Vec<_>>().join(", "));
                self.seal(&head, at).await?;
            }
        }
        Ok(())
    }

    /// Asks the runtime where the market stands, and publishes it.
    fn look(&self) -> Result<Head, Failure> {
        let info = self.parts.client.info();
        let agents = self.parts.keystore.ed25519_public_keys(KEY_TYPE);
        let accounts: Vec<_> = agents.into_iter().map(|key| AccountId::new(key.0)).collect();
        let api = self.parts.client.runtime_api();
        let mut due = Vec::new();
        for some in accounts.chunks(MOST_ENTRIES as usize) {
            due.extend(api.due(info.best_hash, some.to_vec())?);
        }
        let head =
            Head { hash: info.best_hash, number: info.best_number, clock: api.clock(info.best_hash)?, due };
        self.parts.control.status.send_replace(Status {
            block: head.number,
            now: head.clock.now,
            open: head.clock.open,
            next_boundary: head.clock.next_boundary,
            due: head.due.clone(),
            ..Status::default()
        });
        Ok(head)
    }

    /// Keeps account of the window and of the progress in it.
    fn follow(&mut self, head: &Head) -> Window {
        if self.last_due != head.due {
            self.last_due.clone_from(&head.due);
            self.last_progress = Instant::now();
            self.window.iter_mut().for_each(|window| window.fruitless = 0);
        }
        let entered = self.window.as_ref().is_none_or(|window| window.to != head.clock.next_boundary);
        if entered {
            self.last_progress = Instant::now();
            self.window = None;
        }
        self.window.get_or_insert_with(|| Window::entered(&head.clock)).clone()
    }

    /// Waits until the workers have run on the block that was made last: what they send stands in the next one,
    /// however long a busy machine takes for it.
    async fn let_workers_run(&mut self, pace: Duration) {
        let (made, stop) = (self.made, &mut self.parts.stop);
        let ran = self.parts.ran.wait_for(|ran| *ran >= made);
        let most = if pace.is_zero() { RUN } else { PACED_RUN };
        tokio::select! {
            late = tokio::time::timeout(most, ran) => if late.is_err() && pace.is_zero() {
                log::warn!("Going on without the workers: their run on block {made} takes longer than {} s", RUN.as_secs());
            },
            _ = stop.changed() => {}
        }
    }

    /// Waits until the time has passed, transactions have come, a wish has changed, or the node stops.
    async fn wait(&mut self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            _ = self.wishes.changed() => {}
            _ = self.parts.stop.changed() => {}
            () = self.arrivals.notified(), if !time.is_zero() => {
                while tokio::time::timeout(QUIET, self.arrivals.notified()).await.is_ok() {}
            }
        }
    }

    /// Makes and finalises a block with this timestamp.
    async fn seal(&mut self, head: &Head, at: Moment) -> Result<(), Failure> {
        let (sender, receiver) = oneshot::channel();
        seal_block(SealBlockParams {
            create_empty: true,
            finalize: true,
            parent_hash: Some(head.hash),
            sender: Some(sender),
            pool: self.parts.pool.clone(),
            client: self.parts.client.clone(),
            env: &mut self.proposer,
            select_chain: &self.parts.select_chain,
            consensus_data_provider: Some(&self.aura),
            block_import: &mut self.parts.client.clone(),
            create_inherent_data_providers: &move |_: Hash, ()| async move {
                Ok(sp_timestamp::InherentDataProvider::new(at.into()))
            },
        })
        .boxed()
        .await;
        receiver.await??;
        self.made = head.number.saturating_add(1);
        // What was announced before is in the block, or stays in the pool.
        let _ = self.arrivals.notified().now_or_never();
        self.last_block = Instant::now();
        if let Some(window) = &mut self.window {
            window.blocks = window.blocks.saturating_add(1);
            window.fruitless = window.fruitless.saturating_add(1);
        }
        self.parts.control.wishes.send_if_modified(|wishes| {
            wishes.steps = wishes.steps.saturating_sub(1);
            false
        });
        Ok(())
    }
}

/// What is due, in a word.
fn stage(due: &Due) -> String {
    format!("participant {}'s {:?}", due.participant.0, due.stage).to_lowercase()
}
