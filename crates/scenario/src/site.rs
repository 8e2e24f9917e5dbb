//! A participant's site on its days: what it releases and what its meter counts.

use crate::scenario::{Participant, Scenario};
use market::calendar::Day;
use market::forecast::expected_volume;
use market::{Delivery, NetEnergy, ParticipantId, Position};

/// A participant with a meter, and its data.
pub struct Site<'a> {
    scenario: &'a Scenario,
    id: ParticipantId,
    member: &'a Participant,
}

impl<'a> Site<'a> {
    /// The site of a participant; `None` for one that has no meter.
    pub fn new(scenario: &'a Scenario, id: ParticipantId) -> Option<Self> {
        let member = scenario.participant(id).filter(|member| member.role.is_metered())?;
        Some(Self { scenario, id, member })
    }

    /// What it releases for a day, one position a period.
    pub fn positions(&self, day: Day) -> Vec<Position> {
        let history = self.scenario.history(self.id, day, self.scenario.history_days);
        let forecast = self.scenario.forecast(self.id, day);
        (0..usize::from(self.scenario.calendar.periods_per_day)).map(|p| {
            let h: Vec<_> = history.iter().map(|d| d[p]).collect();
            if self.member.role.sells() && !forecast[p].is_zero() { Position::Sell { energy: forecast[p], reserve: self.member.reserve_price } }
            else { Position::Buy(expected_volume(self.member.alpha, &h)) }
        }).collect()
    }

    /// What its meter counts on a day, one entry a period.
    pub fn metered(&self, day: Day) -> Vec<NetEnergy> {
        let g = self.scenario.generation(self.id, day);
        let d = self.scenario.demand(self.id, day.into());
        d.iter().zip(g).map(|(d, g)| d.bought().unwrap().checked_add(g.sold().unwrap()).unwrap()).collect()
    }
}

/// The sites of a scenario, each with the day that was asked for last: a simulation asks period by period.
pub struct Sites<'a> {
    sites: Vec<Option<(Site<'a>, Option<Cached>)>>,
}

struct Cached {
    day: Day,
    positions: Vec<Position>,
    metered: Vec<NetEnergy>,
}

impl<'a> Sites<'a> {
    /// The sites of all participants.
    pub fn new(scenario: &'a Scenario) -> Self {
        Self { sites: scenario.ids().map(|id| Site::new(scenario, id).map(|site| (site, None))).collect() }
    }

    /// What a participant releases for a period and what its meter counts in it; nothing for one that has
    /// no meter.
    pub fn of(&mut self, id: ParticipantId, delivery: Delivery) -> (Position, NetEnergy) {
        let site = usize::try_from(id.0).ok().and_then(|index| self.sites.get_mut(index));
        let Some(Some((site, cached))) = site else { return Default::default() };
        if cached.as_ref().is_none_or(|cached| cached.day != delivery.day) {
            let day = delivery.day;
            *cached = Some(Cached { day, positions: site.positions(day), metered: site.metered(day) });
        }
        let period = usize::from(delivery.period);
        let cached = cached.as_ref();
        let position = cached.and_then(|cached| cached.positions.get(period)).copied();
        let metered = cached.and_then(|cached| cached.metered.get(period)).copied();
        (position.unwrap_or_default(), metered.unwrap_or_default())
    }
}
