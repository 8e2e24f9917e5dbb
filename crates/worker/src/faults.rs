//! What keeps a worker from acting: told once.

use crate::{START_KEY, SubmitFault, forget, recall, remember};
use alloc::string::String;
use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::fmt;
use market::ParticipantId;
use sp_core::offchain::{StorageKind, Timestamp};
use sp_io::offchain::{local_storage_get, timestamp};

/// How long the pool may refuse a participant's transactions before it is told, in milliseconds: it may be full
/// for a while.
const REFUSAL_MILLISECONDS: u64 = 60_000;

/// Under which names complaints and refusals are noted.
pub(crate) const COMPLAINTS: &str = "complaints";
const REFUSALS: &str = "refusals";

/// What keeps a worker from acting for a participant. Its text may give details.
pub trait Fault: fmt::Display {
    /// What tells faults apart: with each kind the worker complains once.
    fn kind(&self) -> &'static str;
}

/// What a worker complained of since it last worked.
#[derive(Default, Encode, Decode)]
pub(crate) struct Complaints {
    /// The start of the node in whose log they are.
    pub(crate) start: Vec<u8>,
    /// The kinds of fault.
    pub(crate) kinds: Vec<String>,
}

/// Logs what a run came to for a participant: each kind of fault once, and once that it works again. A pool
/// that refuses is no fault before it has done so for a minute. `target` is the worker's log target.
pub fn report<F: Fault>(target: &str, id: ParticipantId, outcome: Result<(), F>) {
    let key = (target, id);
    let noted: Option<Complaints> = recall(COMPLAINTS, &key);
    let Err(fault) = outcome else {
        forget(REFUSALS, &key);
        if noted.is_some() {
            log::info!(target: target, "Participant {}: works again", id.0);
            forget(COMPLAINTS, &key);
        }
        return;
    };
    if fault.kind() == SubmitFault::NotTaken.kind() && !refused_for_long(&key) {
        log::debug!(target: target, "Participant {}: its transaction is refused", id.0);
        return;
    }
    let start = local_storage_get(StorageKind::PERSISTENT, START_KEY).unwrap_or_default();
    let mut complaints = noted.filter(|noted| noted.start == start).unwrap_or_default();
    if !complaints.kinds.iter().any(|kind| kind == fault.kind()) {
        log::warn!(target: target, "Participant {}: {fault}", id.0);
        complaints.kinds.push(fault.kind().into());
        remember(COMPLAINTS, &key, &Complaints { start, ..complaints });
    }
}

/// Whether refusals have come, none long after the one before, for longer than a transaction waits.
fn refused_for_long(key: &impl Encode) -> bool {
    let now = timestamp();
    let is_near = |moment: Timestamp| now.diff(&moment).millis() <= REFUSAL_MILLISECONDS;
    let (first, _) = recall::<(Timestamp, Timestamp)>(REFUSALS, key)
        .filter(|(first, last)| *first <= now && is_near(*last))
        .unwrap_or((now, now));
    remember(REFUSALS, key, &(first, now));
    !is_near(first)
}
