//! A node and its site, for the tests of off-chain workers.

use crate::faults::{COMPLAINTS, Complaints};
use crate::gateway::URL_KEY;
use crate::{START_KEY, recall};
use alloc::collections::BTreeMap;
use market::ParticipantId;
use sp_core::OpaquePeerId;
use sp_core::offchain::testing::TestOffchainExt;
use sp_core::offchain::{
    DbExternalities, Externalities, HttpError, HttpRequestId, HttpRequestStatus, OffchainDbExt,
    OffchainWorkerExt, OpaqueNetworkState, StorageKind, Timestamp, TransactionPool, TransactionPoolExt,
};
use sp_io::TestExternalities;
use std::format;
use std::string::String;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

/// Where the site's gateway listens.
const URL: &str = "http://site:1";

/// What a worker has complained of for a participant since it last worked: the kinds of fault.
pub fn complaints(target: &str, id: ParticipantId) -> Vec<String> {
    recall::<Complaints>(COMPLAINTS, &(target, id)).map(|noted| noted.kinds).unwrap_or_default()
}

/// How a site answers a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With a status and a body.
    Says(u16, Vec<u8>),
    /// Not in time.
    Late,
    /// The connection breaks.
    Breaks,
}

#[derive(Default)]
struct State {
    answers: BTreeMap<String, Answer>,
    asked: Vec<String>,
    open: BTreeMap<u16, (Answer, usize)>,
    pool: Vec<Vec<u8>>,
    pool_refuses: bool,
    starts: u8,
    takes: u64,
    time: u64,
}

/// A node: its gateway, its pool and its off-chain storage. It may join one chain state after the other,
/// as a node that is started again.
#[derive(Clone, Default)]
pub struct Node {
    storage: TestOffchainExt,
    state: Arc<Mutex<State>>,
}

impl Node {
    /// Gives a chain state this node's extensions, all but a keystore.
    pub fn join(&self, chain: &mut TestExternalities) {
        let mut storage = self.storage.clone();
        storage.local_storage_set(StorageKind::PERSISTENT, URL_KEY, URL.as_bytes());
        storage.local_storage_set(StorageKind::PERSISTENT, START_KEY, &self.start());
        chain.register_extension(OffchainDbExt::new(storage));
        chain.register_extension(OffchainWorkerExt::new(self.clone()));
        chain.register_extension(TransactionPoolExt::new(self.clone()));
    }

    /// Lets the gateway answer a path with a JSON body. What has no answer gets 404.
    pub fn answers(&self, path: &str, body: &str) {
        self.says(path, Answer::Says(200, body.as_bytes().to_vec()));
    }

    /// Lets the gateway answer a path.
    pub fn says(&self, path: &str, answer: Answer) {
        self.state().answers.insert(format!("{URL}{path}"), answer);
    }

    /// Lets the gateway take so long for its answers, in milliseconds: those that are asked for together come together.
    pub fn takes(&self, milliseconds: u64) {
        self.state().takes = milliseconds;
    }

    /// Lets the pool take nothing, or everything again.
    pub fn pool_refuses(&self, refuses: bool) {
        self.state().pool_refuses = refuses;
    }

    /// The paths that the gateway was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        let asked = core::mem::take(&mut self.state().asked);
        asked.into_iter().map(|url| url.replacen(URL, "", 1)).collect()
    }

    /// The transactions that came into the pool since the last time.
    pub fn sent(&self) -> Vec<Vec<u8>> {
        core::mem::take(&mut self.state().pool)
    }

    /// Lets time pass on the node's clock, in milliseconds.
    pub fn pass(&self, milliseconds: u64) {
        let mut state = self.state();
        state.time = state.time.saturating_add(milliseconds);
    }

    /// Sets the node's clock, in milliseconds: it may go back.
    pub fn set_time(&self, milliseconds: u64) {
        self.state().time = milliseconds;
    }

    /// What tells this start of the node from those before.
    fn start(&self) -> [u8; 1] {
        let mut state = self.state();
        state.starts = state.starts.saturating_add(1);
        [state.starts]
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TransactionPool for Node {
    fn submit_transaction(&mut self, extrinsic: Vec<u8>) -> Result<(), ()> {
        let mut state = self.state();
        if state.pool_refuses {
            return Err(());
        }
        state.pool.push(extrinsic);
        Ok(())
    }
}

impl Externalities for Node {
    fn is_validator(&self) -> bool {
        true
    }

    fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
        Err(())
    }

    fn timestamp(&mut self) -> Timestamp {
        Timestamp::from_unix_millis(self.state().time)
    }

    fn sleep_until(&mut self, deadline: Timestamp) {
        self.state().time = deadline.unix_millis();
    }

    fn random_seed(&mut self) -> [u8; 32] {
        [0; 32]
    }

    fn http_request_start(&mut self, _: &str, uri: &str, _: &[u8]) -> Result<HttpRequestId, ()> {
        let mut state = self.state();
        let id = u16::try_from(state.asked.len()).map_err(|_| ())?;
        let answer = state.answers.get(uri).cloned().unwrap_or(Answer::Says(404, Vec::new()));
        state.asked.push(uri.into());
        state.open.insert(id, (answer, 0));
        Ok(HttpRequestId(id))
    }

    fn http_request_add_header(&mut self, _: HttpRequestId, _: &str, _: &str) -> Result<(), ()> {
        Ok(())
    }

    fn http_request_write_body(
        &mut self,
        _: HttpRequestId,
        _: &[u8],
        _: Option<Timestamp>,
    ) -> Result<(), HttpError> {
        Ok(())
    }

    fn http_response_wait(
        &mut self,
        ids: &[HttpRequestId],
        deadline: Option<Timestamp>,
    ) -> Vec<HttpRequestStatus> {
        let mut state = self.state();
        let deadline = deadline.map_or(u64::MAX, |deadline| deadline.unix_millis());
        let answered = state.time.saturating_add(state.takes);
        let status = |id: &HttpRequestId| match state.open.get(&id.0) {
            Some((Answer::Late, _)) => HttpRequestStatus::DeadlineReached,
            Some(_) if answered > deadline => HttpRequestStatus::DeadlineReached,
            Some((Answer::Says(code, _), _)) => HttpRequestStatus::Finished(*code),
            Some((Answer::Breaks, _)) => HttpRequestStatus::IoError,
            None => HttpRequestStatus::Invalid,
        };
        let all: Vec<_> = ids.iter().map(status).collect();
        // All wait together, as long as the slowest takes.
        state.time = if all.contains(&HttpRequestStatus::DeadlineReached) {
            state.time.max(deadline)
        } else {
            answered.min(state.time.max(deadline))
        };
        all
    }

    fn http_response_headers(&mut self, _: HttpRequestId) -> Vec<(Vec<u8>, Vec<u8>)> {
        Vec::new()
    }

    fn http_response_read_body(
        &mut self,
        id: HttpRequestId,
        buffer: &mut [u8],
        _: Option<Timestamp>,
    ) -> Result<usize, HttpError> {
        let mut state = self.state();
        let Some((Answer::Says(_, body), read)) = state.open.get_mut(&id.0) else {
            return Err(HttpError::Invalid);
        };
        let rest = body.get(*read..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        *read = read.saturating_add(length);
        Ok(length)
    }

    fn set_authorized_nodes(&mut self, _: Vec<OpaquePeerId>, _: bool) {}
}
