//! The worker that releases for the participants of this node, and corrects their offers.
//!
//! At release it asks the gateway for the history and the plant, and publishes the positions that
//! [`market::release`] makes of them. At sealing it asks again for those that offer, and corrects an offer
//! whose surplus or reserve price has changed. What it sends it notes first, so that it knows its own work
//! after a crash: an offer that its note does not explain was changed by hand, and is left alone.

use crate::pallet::{Call, Config, HistoryDays, Offers, Pallet, Releases};
use crate::{DayPositions, LOG_TARGET};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::fmt;
use frame::prelude::*;
use frame::traits::Time;
use market::api::Due;
use market::calendar::{Calendars, Stage};
use market::gateway::{History, PlantDay};
use market::limits::is_free;
use market::participant::{Member, Registry};
use market::position::Positions;
use market::release::{ReleaseContext, ReleaseError, positions};
use market::tariff::{GridPrices, Prices};
use market::{Day, Delivery, Energy, ParticipantId, Position, Price};
use worker::gateway::{self, GatewayFault};
use worker::{Agent, Sent, SubmitFault, local_agents, recall, remember, report, submit};

/// Under which name releases are noted.
const NOTE: &str = "release";

/// What the worker sent for a day.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Note {
    /// The day.
    pub day: Day,
    /// The positions as the worker made them, with the corrections that reached the chain.
    pub positions: Vec<Position>,
    /// The correction that was sent last and is not seen on the chain yet, with its period.
    pub correction: Option<(u16, Position)>,
}

impl Note {
    /// Whether a position on the chain is the worker's own. A correction that has arrived replaces what was
    /// there before.
    fn explains(&mut self, delivery: Delivery, position: Position) -> bool {
        if self.day != delivery.day {
            return false;
        }
        let Some(own) = self.positions.get_mut(usize::from(delivery.period)) else { return false };
        if self.correction == Some((delivery.period, position)) {
            *own = position;
            self.correction = None;
        }
        *own == position
    }
}

/// Why the worker does not do what is due.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    /// The gateway is at fault.
    Gateway(GatewayFault),
    /// The gateway has no history of the participant.
    NoHistory,
    /// The gateway's answer is about another day.
    OtherDay,
    /// The plant's data make no release.
    Release(ReleaseError),
    /// The chain has no prices of the day, or more periods than it may.
    NoTerms,
    /// The transaction did not reach the pool.
    Submit(SubmitFault),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway(fault) => fmt::Display::fmt(fault, f),
            Self::NoHistory => f.write_str("the gateway has no history of it, so nothing is released"),
            Self::OtherDay => f.write_str("the gateway's answer is about another day"),
            Self::Release(error) => write!(f, "the gateway's data make no release: {error}"),
            Self::NoTerms => f.write_str("the chain has no tariff for the day"),
            Self::Submit(fault) => fmt::Display::fmt(fault, f),
        }
    }
}

impl worker::Fault for Fault {
    fn kind(&self) -> &'static str {
        match self {
            Self::Gateway(fault) => fault.kind(),
            Self::NoHistory => "no history",
            Self::OtherDay => "other day",
            Self::Release(_) => "no release",
            Self::NoTerms => "no terms",
            Self::Submit(fault) => fault.kind(),
        }
    }
}

/// What an agent has to do, for which its site has to be asked.
struct Job<T: Config> {
    agent: Agent,
    member: Member<T::AccountId>,
    day: Day,
    task: Task,
}

/// What there is to do.
enum Task {
    /// Publish the day's positions.
    Release,
    /// Correct the offer of a period if its plan has changed since the note.
    Correct(Delivery, Position, Note),
}

/// What a site answered: its history and its plant.
type Answers = [Result<Option<Vec<u8>>, GatewayFault>; 2];

/// Does what is due for the agents of this node. Their sites are asked all at once.
pub(crate) fn run<T: Config>() {
    let release = Pallet::<T>::open_release();
    let sealing = Pallet::<T>::open_sealing();
    if release.is_none() && sealing.is_none() {
        return;
    }
    let jobs: Vec<Job<T>> =
        local_agents::<T::Registry>().iter().flat_map(|agent| jobs_of(agent, release, sealing)).collect();
    let paths: Vec<String> = jobs.iter().flat_map(paths).collect();
    let mut answers = gateway::ask(&paths, gateway::deadline());
    for job in jobs {
        let mut next = || answers.next().unwrap_or(Err(GatewayFault::NoGateway));
        let site = [next(), next()];
        report(LOG_TARGET, job.agent.id, work(&job, site));
    }
}

fn jobs_of<T: Config>(agent: &Agent, release: Option<Day>, sealing: Option<Delivery>) -> Vec<Job<T>> {
    let Some(member) = T::Registry::member(agent.id).filter(|member| member.role.is_metered()) else {
        return Vec::new();
    };
    let may_offer = member.role.sells() && !T::Registry::is_suspended(agent.id);
    let job = |day, task| Job { agent: agent.clone(), member: member.clone(), day, task };
    let to_release = release.filter(|_| Pallet::<T>::due(agent.id).is_some());
    let to_correct = sealing.filter(|_| may_offer).and_then(|delivery| {
        let (offer, note) = own_offer::<T>(agent.id, delivery)?;
        Some(job(delivery.day, Task::Correct(delivery, offer, note)))
    });
    to_release.map(|day| job(day, Task::Release)).into_iter().chain(to_correct).collect()
}

/// Where the site tells its history and its plant.
fn paths<T: Config>(job: &Job<T>) -> [String; 2] {
    let name = T::Registry::name_of(job.member.id).unwrap_or_default();
    let (day, days) = (job.day, HistoryDays::<T>::get());
    [format!("history?day={day}&days={days}"), format!("plant?day={day}")]
        .map(|what| format!("/v1/participants/{name}/{what}"))
}

fn work<T: Config>(job: &Job<T>, site: Answers) -> Result<(), Fault> {
    let planned = plan::<T>(&job.member, job.day, site)?;
    match &job.task {
        Task::Release => release_day::<T>(&job.agent, job.day, planned),
        Task::Correct(delivery, offer, note) => {
            correct::<T>(&job.agent, *delivery, *offer, note.clone(), &planned)
        }
    }
}

fn release_day<T: Config>(agent: &Agent, day: Day, planned: Vec<Position>) -> Result<(), Fault> {
    let released = DayPositions::try_from(planned.clone()).map_err(|_| Fault::NoTerms)?;
    let sum = |part: fn(Position) -> Energy| -> Energy { planned.iter().copied().map(part).sum() };
    let (volume, surplus) = (sum(Position::shortage), sum(Position::surplus));
    keep_note::<T>(agent.id, &Note { day, positions: planned, correction: None });
    let call = Call::release { day, positions: released };
    if submit::<T, Call<T>>(agent, call).map_err(Fault::Submit)? == Sent::Now {
        log::info!(
            target: LOG_TARGET,
            "Participant {}: releases day {day}, {volume} kWh to buy and {surplus} kWh to sell",
            agent.id.0
        );
    }
    Ok(())
}

/// Corrects the offer of a period if its plan has changed.
fn correct<T: Config>(
    agent: &Agent,
    delivery: Delivery,
    offer: Position,
    mut note: Note,
    planned: &[Position],
) -> Result<(), Fault> {
    let Position::Sell { reserve, .. } = offer else { return Ok(()) };
    // An offer cannot turn into a shortage: nothing is offered then.
    let (energy, reserve): (Energy, Price) = match planned.get(usize::from(delivery.period)) {
        Some(Position::Sell { energy, reserve }) => (*energy, *reserve),
        _ => (Energy::ZERO, reserve),
    };
    let position = Position::Sell { energy, reserve };
    if position == offer {
        return Ok(());
    }
    note.correction = Some((delivery.period, position));
    keep_note::<T>(agent.id, &note);
    let call = Call::correct_offer { delivery, energy, reserve };
    if submit::<T, Call<T>>(agent, call).map_err(Fault::Submit)? == Sent::Now {
        log::info!(
            target: LOG_TARGET,
            "Participant {}: corrects its offer of {delivery} to {energy} kWh from {reserve} ETH/kWh, since its plan has changed",
            agent.id.0
        );
    }
    Ok(())
}

/// The offer of a period that the worker made and may still correct free of charge, and its note.
fn own_offer<T: Config>(id: ParticipantId, delivery: Delivery) -> Option<(Position, Note)> {
    let offer = Pallet::<T>::position(id, delivery)?;
    let key = Pallet::<T>::offer_key(id, delivery, offer)?;
    let next = Offers::<T>::get(delivery, key)?.corrections.saturating_add(1);
    let mut note = noted::<T>(id, delivery.day)?;
    let before = note.clone();
    let is_own = note.explains(delivery, offer);
    if note != before {
        keep_note::<T>(id, &note);
    }
    (is_own && is_free(next)).then_some((offer, note))
}

/// What the participant should release for the day, by what its site tells now.
fn plan<T: Config>(
    member: &Member<T::AccountId>,
    day: Day,
    [history, plant]: Answers,
) -> Result<Vec<Position>, Fault> {
    let calendar = T::Calendars::of(day);
    let history: History = read(history)?.ok_or(Fault::NoHistory)?;
    let plant: Option<PlantDay> = read(plant)?;
    if history.day != day || plant.as_ref().is_some_and(|plant| plant.day != day) {
        return Err(Fault::OtherDay);
    }
    let prices: Vec<GridPrices> = (0..calendar.periods_per_day)
        .map(|period| T::Prices::prices(Delivery { day, period }))
        .collect::<Option<_>>()
        .ok_or(Fault::NoTerms)?;
    positions(&ReleaseContext {
        role: member.role,
        parameters: &member.parameters,
        history: &history.demand_wh,
        plant: plant.as_ref().map(PlantDay::outlook),
        prices: &prices,
        period_length: calendar.period_length,
    })
    .map_err(Fault::Release)
}

/// Reads a message of the gateway, where it has one.
fn read<M: serde::de::DeserializeOwned>(
    answer: Result<Option<Vec<u8>>, GatewayFault>,
) -> Result<Option<M>, Fault> {
    answer.and_then(|bytes| bytes.map(|bytes| gateway::read(&bytes)).transpose()).map_err(Fault::Gateway)
}

/// Two days are under way at a time: one is delivered while the next is released.
fn note_key<T: Config>(id: ParticipantId, day: Day) -> (T::Hash, ParticipantId, bool) {
    let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::default());
    (genesis, id, day.is_multiple_of(2))
}

pub(crate) fn noted<T: Config>(id: ParticipantId, day: Day) -> Option<Note> {
    recall(NOTE, &note_key::<T>(id, day)).filter(|note: &Note| note.day == day)
}

fn keep_note<T: Config>(id: ParticipantId, note: &Note) {
    remember(NOTE, &note_key::<T>(id, note.day), note);
}

impl<T: Config> Pallet<T> {
    /// The release that a participant's agent should make now and has not made.
    pub fn due(participant: ParticipantId) -> Option<Due> {
        let day = Self::open_release()?;
        let may_release =
            T::Registry::member(participant)?.role.is_metered() && !T::Registry::is_suspended(participant);
        (may_release && !Releases::<T>::contains_key(day, participant)).then_some(Due {
            participant,
            stage: Stage::Release,
            delivery: Delivery { day, period: 0 },
        })
    }

    /// The day whose release is open and not paused.
    fn open_release() -> Option<Day> {
        T::Calendars::open_at(T::Time::now()).release.filter(|_| !T::Calendars::is_paused(Stage::Release))
    }

    /// The period whose sealing is open and not paused.
    fn open_sealing() -> Option<Delivery> {
        T::Calendars::open_at(T::Time::now()).sealing.filter(|_| !T::Calendars::is_paused(Stage::Sealing))
    }
}
