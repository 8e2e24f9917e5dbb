//! The worker that releases for the participants of this node, and corrects their offers.
//!
//! At release it asks the gateway for the history and the plant, and publishes the positions that
//! [`market::release`] makes of them. At sealing it asks again for those that offer, and corrects an offer
//! whose surplus or reserve price has changed. What it sends it notes first, so that it knows its own work
//! after a crash: an offer that its note does not explain was changed by hand, and is left alone.

use crate::pallet::{Call, Config, HistoryDays, Offers, Pallet, Releases};
use crate::{FREE_REPLACEMENTS, Positions as ReleasedPositions};
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
use market::participant::{Member, Registry};
use market::position::Positions;
use market::release::{ReleaseContext, ReleaseError, positions};
use market::tariff::{GridPrices, Prices};
use market::{Day, Delivery, Energy, ParticipantId, Position, Price};
use pallet_participants::offchain::gateway::{self, GatewayFault};
use pallet_participants::offchain::{
    Agent, SubmitFault, local_agents, recall, remember, report, submit, with_lock,
};

/// Log target, and the locks' name.
pub(crate) const TARGET: &str = "gridbid::energy-tasks";

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

impl pallet_participants::offchain::Fault for Fault {
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

/// Does what is due for the agents of this node.
pub(crate) fn run<T: Config>() {
    let release = Pallet::<T>::open_release();
    let sealing = Pallet::<T>::open_sealing();
    if release.is_none() && sealing.is_none() {
        return;
    }
    for agent in local_agents::<T, T::Registry>() {
        let Some(member) = T::Registry::member(agent.id).filter(|member| member.role.is_metered()) else {
            continue;
        };
        // Where another run is under way, the next block's run does what that one leaves.
        let _ = with_lock(&(TARGET, agent.id), || {
            if let Some(day) = release.filter(|_| Pallet::<T>::due(agent.id).is_some()) {
                report(TARGET, agent.id, release_day::<T>(&agent, &member, day));
            }
            let may_offer = member.role.sells() && !T::Registry::is_suspended(agent.id);
            if let Some(delivery) = sealing.filter(|_| may_offer)
                && let Some(own) = own_offer::<T>(agent.id, delivery)
            {
                report(TARGET, agent.id, correct::<T>(&agent, &member, delivery, own));
            }
        });
    }
}

fn release_day<T: Config>(
    agent: &Agent<T::AccountId>,
    member: &Member<T::AccountId>,
    day: Day,
) -> Result<(), Fault> {
    let planned = plan::<T>(member, day)?;
    let released = ReleasedPositions::try_from(planned.clone()).map_err(|_| Fault::NoTerms)?;
    let sum = |part: fn(Position) -> Energy| -> Energy { planned.iter().copied().map(part).sum() };
    let (volume, surplus) = (sum(Position::shortage), sum(Position::surplus));
    keep_note::<T>(agent.id, &Note { day, positions: planned, correction: None });
    submit::<T, Call<T>>(agent, Call::release { day, positions: released }).map_err(Fault::Submit)?;
    log::info!(
        target: TARGET,
        "Participant {}: releases day {day}, {volume} kWh to buy and {surplus} kWh to sell",
        agent.id.0
    );
    Ok(())
}

/// Corrects the offer of a period if it is the worker's own and its plan has changed since.
fn correct<T: Config>(
    agent: &Agent<T::AccountId>,
    member: &Member<T::AccountId>,
    delivery: Delivery,
    (offer, mut note): (Position, Note),
) -> Result<(), Fault> {
    let Position::Sell { reserve, .. } = offer else { return Ok(()) };
    let planned = plan::<T>(member, delivery.day)?;
    // An offer cannot turn into a shortage: nothing is offered then.
    let wanted = match planned.get(usize::from(delivery.period)) {
        Some(Position::Sell { energy, reserve }) => (*energy, *reserve),
        _ => (Energy::ZERO, reserve),
    };
    let (energy, reserve): (Energy, Price) = wanted;
    let position = Position::Sell { energy, reserve };
    if position == offer {
        return Ok(());
    }
    note.correction = Some((delivery.period, position));
    keep_note::<T>(agent.id, &note);
    submit::<T, Call<T>>(agent, Call::correct_offer { delivery, energy, reserve }).map_err(Fault::Submit)?;
    log::info!(
        target: TARGET,
        "Participant {}: corrects its offer of {delivery} to {energy} kWh from {reserve} ETH/kWh, since its plan has changed",
        agent.id.0
    );
    Ok(())
}

/// The offer of a period that the worker made and may still correct free of charge, and its note.
fn own_offer<T: Config>(id: ParticipantId, delivery: Delivery) -> Option<(Position, Note)> {
    let offer = Pallet::<T>::position(id, delivery)?;
    let key = Pallet::<T>::offer_key(id, delivery, offer)?;
    let is_free = Offers::<T>::get(delivery, key)?.corrections < FREE_REPLACEMENTS;
    let mut note = noted::<T>(id, delivery.day)?;
    let before = note.clone();
    let is_own = note.explains(delivery, offer);
    if note != before {
        keep_note::<T>(id, &note);
    }
    (is_own && is_free).then_some((offer, note))
}

/// What the participant should release for the day, by what its site tells now.
fn plan<T: Config>(member: &Member<T::AccountId>, day: Day) -> Result<Vec<Position>, Fault> {
    let calendar = Pallet::<T>::of(day);
    let name = T::Registry::name_of(member.id).unwrap_or_default();
    let days = HistoryDays::<T>::get();
    let history: History = ask(&name, &format!("history?day={day}&days={days}"))?.ok_or(Fault::NoHistory)?;
    let plant: Option<PlantDay> = ask(&name, &format!("plant?day={day}"))?;
    if history.day != day || plant.as_ref().is_some_and(|plant| plant.day != day) {
        return Err(Fault::OtherDay);
    }
    let prices: Vec<GridPrices> = (0..calendar.periods_per_day)
        .map(|period| Pallet::<T>::prices(Delivery { day, period }))
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

fn ask<M: serde::de::DeserializeOwned>(name: &str, what: &str) -> Result<Option<M>, Fault> {
    let path: String = format!("/v1/participants/{name}/{what}");
    gateway::get(&path).map_err(Fault::Gateway)
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
        Self::open_at(T::Time::now()).release.filter(|_| !Self::is_paused(Stage::Release))
    }

    /// The period whose sealing is open and not paused.
    fn open_sealing() -> Option<Delivery> {
        Self::open_at(T::Time::now()).sealing.filter(|_| !Self::is_paused(Stage::Sealing))
    }
}
