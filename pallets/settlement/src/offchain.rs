//! The worker: fetches the meter readings of local participants from the gateway and submits them.
//!
//! What is due is read from the chain, so it may stop anywhere and run again. It notes only where a run ended that had
//! asked for as much as it may, so that readings which never come hold up none behind them.

use crate::LOG_TARGET;
use crate::pallet::{Call, Config, Pallet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use frame::deps::sp_core::ed25519;
use frame::deps::sp_core::offchain::Timestamp;
use frame::deps::sp_io::offchain::timestamp;
use frame::prelude::*;
use market::calendar::Calendars;
use market::gateway::SignedReading;
use market::participant::{Member, Registry};
use market::settlement::Reading;
use market::{Delivery, ParticipantId};
use worker::gateway::{self, GatewayFault};
use worker::{Agent, Fault, Sent, SubmitFault, forget, local_agents, recall, remember, report, submit};

/// The most readings of a participant that a run asks for: the rest comes with the next run.
const READINGS_PER_RUN: u32 = 96;

/// A late reading is asked for every so many blocks: it may be days until the meter can be read again.
const LATE_EVERY: u32 = 10;

/// Where the next run goes on asking for what is due, and for what is late.
const DUE: &str = "settlement::due";
const LATE: &str = "settlement::late";

/// Why a reading is not on its way to the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadingFault {
    /// The gateway gave no answer that can be read.
    Gateway(GatewayFault),
    /// Its answer is a reading of another period.
    OtherPeriod {
        /// The period that was asked for.
        asked: Delivery,
        /// The period that it answered with.
        got: Delivery,
    },
    /// More energy than the participant's tie line carries in a period.
    OverTieLine(Delivery),
    /// Its signature is not 64 bytes in hexadecimal, or not the meter's over this reading.
    BadSignature(Delivery),
    /// The transaction did not reach the pool.
    Submit(SubmitFault),
}

impl fmt::Display for ReadingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway(fault) => write!(f, "{fault}"),
            Self::OtherPeriod { asked, got } => {
                write!(f, "the gateway answered with the reading of {got}, not of {asked}")
            }
            Self::OverTieLine(delivery) => {
                write!(f, "the reading of {delivery} is more than the participant's tie line carries")
            }
            Self::BadSignature(delivery) => {
                write!(f, "the reading of {delivery} is not signed by the participant's meter")
            }
            Self::Submit(fault) => write!(f, "{fault}"),
        }
    }
}

impl Fault for ReadingFault {
    fn kind(&self) -> &'static str {
        match self {
            Self::Gateway(fault) => fault.kind(),
            Self::OtherPeriod { .. } => "other period",
            Self::OverTieLine(_) => "over the tie line",
            Self::BadSignature(_) => "bad signature",
            Self::Submit(fault) => fault.kind(),
        }
    }
}

impl ReadingFault {
    /// Whether the fault is that of one reading, so that the next may be better.
    const fn is_of_one_reading(&self) -> bool {
        matches!(self, Self::OtherPeriod { .. } | Self::OverTieLine(_) | Self::BadSignature(_))
    }
}

/// An agent whose readings are asked for.
struct Asking<T: Config> {
    agent: Agent,
    member: Member<T::AccountId>,
    name: String,
    /// Where the search for the next missing one begins.
    from: Option<Delivery>,
    /// Whether it was asked for any.
    asked: bool,
    /// How many more it may be asked for.
    left: u32,
    /// The first thing that went wrong.
    fault: Option<ReadingFault>,
    /// Whether its turn has ended, as nothing can be better behind the fault.
    has_ended: bool,
}

/// Which reading a participant should send next, from a period on.
type Missing = fn(ParticipantId, Delivery) -> Option<Delivery>;

/// Submits the readings that are due for the participants of this node, and where it is their turn what is late. One
/// of each is asked for at a time, of all at once: one reading, or many after the chain stood still.
pub fn run<T: Config>(block: BlockNumberFor<T>) {
    let deadline = gateway::deadline();
    let mut all: Vec<Asking<T>> = local_agents::<T::Registry>().into_iter().filter_map(asking).collect();
    let missing: Missing = |participant, from| Pallet::<T>::missing_reading(participant, from, usize::MAX);
    ask_for(&mut all, DUE, Pallet::<T>::next_to_settle(), missing, deadline);
    let block: u32 = block.saturated_into();
    if block.is_multiple_of(LATE_EVERY) {
        ask_for(&mut all, LATE, Some(Delivery::default()), Pallet::<T>::missing_late_reading, deadline);
    }
    for Asking { agent, asked, fault, .. } in all {
        match fault {
            Some(fault) => report(LOG_TARGET, agent.id, Err(fault)),
            None if asked => report::<ReadingFault>(LOG_TARGET, agent.id, Ok(())),
            None => {}
        }
    }
}

fn asking<T: Config>(agent: Agent) -> Option<Asking<T>> {
    let (member, name) = (T::Registry::member(agent.id)?, T::Registry::name_of(agent.id)?);
    Some(Asking { agent, member, name, from: None, asked: false, left: 0, fault: None, has_ended: false })
}

/// Submits what is missing, until the deadline: from the first period on, or from where the last run had to end.
fn ask_for<T: Config>(
    all: &mut [Asking<T>],
    cursor: &str,
    first: Option<Delivery>,
    missing: Missing,
    deadline: Timestamp,
) {
    for one in all.iter_mut() {
        one.left = READINGS_PER_RUN;
        one.from = recall(cursor, &cursor_key(one))
            .filter(|from| first.is_some_and(|first| first < *from))
            .or(first);
    }
    let is_late = loop {
        let next = |one: &Asking<T>| {
            let may_ask = !one.has_ended && one.left > 0;
            missing(one.agent.id, one.from.filter(|_| may_ask)?)
        };
        let wave: Vec<_> =
            all.iter_mut().filter_map(|one| next(one).map(|delivery| (one, delivery))).collect();
        if wave.is_empty() || timestamp() > deadline {
            break !wave.is_empty();
        }
        let paths: Vec<String> = wave.iter().map(|(one, delivery)| path(one, *delivery)).collect();
        for ((one, delivery), answer) in wave.into_iter().zip(gateway::ask(&paths, deadline)) {
            if let Err(fault) = forward(one, delivery, answer) {
                one.has_ended |= !fault.is_of_one_reading();
                one.fault.get_or_insert(fault);
            }
            one.asked = true;
            one.left = one.left.saturating_sub(1);
            one.from = Some(Pallet::<T>::following(delivery));
        }
    };
    for one in all {
        let key = cursor_key(one);
        let has_more = !one.has_ended && (is_late || one.left == 0);
        match one.from.filter(|_| has_more) {
            Some(from) => remember(cursor, &key, &from),
            _ if recall::<Delivery>(cursor, &key).is_some() => forget(cursor, &key),
            _ => {}
        }
    }
}

fn cursor_key<T: Config>(one: &Asking<T>) -> (T::Hash, ParticipantId) {
    (Pallet::<T>::genesis_hash(), one.agent.id)
}

fn path<T: Config>(one: &Asking<T>, delivery: Delivery) -> String {
    format!(
        "/v1/participants/{}/reading?day={}&period={}&participant={}&chain={:?}",
        one.name,
        delivery.day,
        delivery.period,
        one.agent.id.0,
        Pallet::<T>::genesis_hash(),
    )
}

/// Submits the reading that the gateway answered with; there is none while the meter has not counted the period.
fn forward<T: Config>(
    one: &Asking<T>,
    delivery: Delivery,
    answer: Result<Option<Vec<u8>>, GatewayFault>,
) -> Result<(), ReadingFault> {
    let Some(bytes) = answer.map_err(ReadingFault::Gateway)? else { return Ok(()) };
    let answer: SignedReading = gateway::read(&bytes).map_err(ReadingFault::Gateway)?;
    let signature = check::<T>(&one.member, delivery, &answer)?;
    let reading = answer.reading;
    let Reading { energy_in, energy_out, .. } = reading;
    let call = Call::submit_reading { reading, signature };
    if submit::<T, Call<T>>(&one.agent, call).map_err(ReadingFault::Submit)? == Sent::Now {
        log::info!(
            target: LOG_TARGET,
            "Participant {}: submits its meter's reading of {delivery}, {energy_in} kWh in and {energy_out} kWh out",
            one.agent.id.0
        );
    }
    Ok(())
}

/// Checks a reading as the call will. Gives its signature.
fn check<T: Config>(
    member: &Member<T::AccountId>,
    delivery: Delivery,
    answer: &SignedReading,
) -> Result<ed25519::Signature, ReadingFault> {
    let reading = answer.reading;
    if reading.delivery != delivery {
        return Err(ReadingFault::OtherPeriod { asked: delivery, got: reading.delivery });
    }
    let limit = Pallet::<T>::most_energy(member, &T::Calendars::of(delivery.day));
    if reading.energy_in > limit || reading.energy_out > limit {
        return Err(ReadingFault::OverTieLine(delivery));
    }
    parse_signature(&answer.signature)
        .filter(|signature| Pallet::<T>::is_signed(&reading, member, signature))
        .ok_or(ReadingFault::BadSignature(delivery))
}

/// Reads 64 bytes in hexadecimal, with or without `0x` in front.
fn parse_signature(text: &str) -> Option<ed25519::Signature> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let mut bytes = [0u8; 64];
    if digits.len() != bytes.len().saturating_mul(2) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = core::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(ed25519::Signature::from_raw(bytes))
}
