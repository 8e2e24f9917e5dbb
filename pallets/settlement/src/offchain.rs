//! The worker: fetches the meter readings of local participants from the gateway and submits them.
//!
//! It keeps no state: what is due is read from the chain, so it may stop anywhere and run again.

use crate::pallet::{Call, Config, Pallet};
use alloc::format;
use core::fmt;
use frame::deps::sp_core::ed25519;
use frame::deps::sp_core::offchain::{Duration, Timestamp};
use frame::deps::sp_io::offchain::timestamp;
use frame::prelude::*;
use market::calendar::Calendars;
use market::gateway::SignedReading;
use market::participant::{Member, Registry};
use market::settlement::Reading;
use market::{Delivery, ParticipantId};
use pallet_participants::offchain::gateway::{self, GatewayFault};
use pallet_participants::offchain::{Agent, Fault, SubmitFault, local_agents, report, submit, with_lock};

/// Log target, and the locks' name.
pub const TARGET: &str = "gridbid::settlement";

/// The most readings of a participant that a run asks for: the rest comes with the next run.
const READINGS_PER_RUN: u32 = 96;

/// How long a run asks for a participant's readings, in milliseconds. One more answer later, it must be over.
const ASKING_MILLISECONDS: u64 = 2_500;

/// A late reading is asked for every so many blocks: it may be days until the meter can be read again.
const LATE_EVERY: u32 = 10;

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

/// Submits the readings that are due for the participants of this node.
pub fn run<T: Config>(block: BlockNumberFor<T>) {
    let block: u32 = block.saturated_into();
    let takes_late = block.is_multiple_of(LATE_EVERY);
    for agent in local_agents::<T, T::Registry>() {
        // Where another run is under way, the next block's run does what that one leaves.
        let _ = with_lock(&(TARGET, agent.id), || match submit_all_missing::<T>(&agent, takes_late) {
            Ok(0) => {}
            outcome => report(TARGET, agent.id, outcome.map(drop)),
        });
    }
}

/// Submits what is due, and where it is their turn what is late. Gives how many the gateway answered.
fn submit_all_missing<T: Config>(agent: &Agent<T::AccountId>, takes_late: bool) -> Result<u32, ReadingFault> {
    let end = timestamp().add(Duration::from_millis(ASKING_MILLISECONDS));
    let due = submit_all::<T>(agent, Pallet::<T>::next_to_settle(), end, Pallet::<T>::missing_reading)?;
    if !takes_late {
        return Ok(due);
    }
    let first = Some(Delivery::default());
    Ok(due.saturating_add(submit_all::<T>(agent, first, end, Pallet::<T>::missing_late_reading)?))
}

/// Submits what is missing from a period on until a moment: one reading, or many after the chain stood still. Gives how
/// many the gateway answered.
fn submit_all<T: Config>(
    agent: &Agent<T::AccountId>,
    mut from: Option<Delivery>,
    end: Timestamp,
    missing: fn(ParticipantId, Delivery) -> Option<Delivery>,
) -> Result<u32, ReadingFault> {
    let (Some(member), Some(name)) = (T::Registry::member(agent.id), T::Registry::name_of(agent.id)) else {
        return Ok(0);
    };
    let mut answered: u32 = 0;
    while let Some(delivery) = from.and_then(|from| missing(agent.id, from)) {
        if answered >= READINGS_PER_RUN || timestamp() > end {
            break;
        }
        if let Some((reading, signature)) = fetch::<T>(&member, &name, delivery)? {
            let Reading { energy_in, energy_out, .. } = reading;
            let call = Call::submit_reading { reading, signature };
            submit::<T, Call<T>>(agent, call).map_err(ReadingFault::Submit)?;
            log::info!(
                target: TARGET,
                "Participant {}: submits its meter's reading of {delivery}, {energy_in} kWh in and {energy_out} kWh out",
                agent.id.0
            );
        }
        answered = answered.saturating_add(1);
        from = Some(Pallet::<T>::following(delivery));
    }
    Ok(answered)
}

/// Asks the gateway for a reading, and checks it as the call will. `None` while the meter has not counted the period.
fn fetch<T: Config>(
    member: &Member<T::AccountId>,
    name: &str,
    delivery: Delivery,
) -> Result<Option<(Reading, ed25519::Signature)>, ReadingFault> {
    let path = format!(
        "/v1/participants/{name}/reading?day={}&period={}&participant={}&chain={:?}",
        delivery.day,
        delivery.period,
        member.id.0,
        Pallet::<T>::genesis_hash(),
    );
    let Some(answer) = gateway::get::<SignedReading>(&path).map_err(ReadingFault::Gateway)? else {
        return Ok(None);
    };
    let reading = answer.reading;
    if reading.delivery != delivery {
        return Err(ReadingFault::OtherPeriod { asked: delivery, got: reading.delivery });
    }
    let limit = Pallet::<T>::most_energy(member, &T::Calendars::of(delivery.day));
    if reading.energy_in > limit || reading.energy_out > limit {
        return Err(ReadingFault::OverTieLine(delivery));
    }
    let signature = parse_signature(&answer.signature)
        .filter(|signature| Pallet::<T>::is_signed(&reading, member, signature))
        .ok_or(ReadingFault::BadSignature(delivery))?;
    Ok(Some((reading, signature)))
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
