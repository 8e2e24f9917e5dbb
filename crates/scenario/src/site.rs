//! A participant's site: what its gateway tells, what it releases and what its meter counts.

use crate::scenario::{Participant, Scenario};
use market::gateway::{History, PlantDay};
use market::optimise::{PeriodPlan, TieLine};
use market::release::{ReleaseContext, metered, plan, positions_of};
use market::{Day, Delivery, Energy, NetEnergy, ParticipantId, Position};

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

    /// The most energy that its tie line carries in a period.
    pub fn most_energy(&self) -> Energy {
        self.member.plant.tie_line.limit.most_energy(self.scenario.calendar.period_length)
    }

    /// The demand that its forecast for a day rests on.
    pub fn history(&self, day: Day) -> History {
        History { day, demand_wh: self.scenario.history(self.id, day, self.scenario.history_days) }
    }

    /// Its plant and what it expects of a day; `None` for a load aggregator that has neither an own source
    /// nor anything to choose.
    pub fn plant_day(&self, day: Day) -> Option<PlantDay> {
        let plant = self.member.plant;
        let has_plant = self.member.role.sells()
            || plant.source.is_some()
            || plant.load.is_some()
            || plant.storage.is_some()
            || plant.tie_line != TieLine { limit: plant.tie_line.limit, ..TieLine::default() }
            || self.scenario.generation.has(self.id);
        has_plant.then(|| PlantDay {
            day,
            plant,
            generation_wh: self.scenario.forecast(self.id, day),
            reserve: self.member.reserve_price,
        })
    }

    /// What it releases for a day and what its meter counts on it, one entry a period.
    pub fn day(&self, day: Day) -> SiteDay {
        let History { demand_wh, .. } = self.history(day);
        let plant = self.plant_day(day);
        let context = ReleaseContext {
            role: self.member.role,
            parameters: &self.member.parameters(),
            history: &demand_wh,
            plant: plant.as_ref().map(PlantDay::outlook),
            prices: &self.scenario.day_prices(),
            period_length: self.scenario.calendar.period_length,
        };
        // The reader lets no plant and no series through that could not be planned.
        let plans = plan(&context);
        debug_assert!(plans.is_ok(), "{}: {plans:?}", self.member.name);
        let plans = plans.unwrap_or_default();
        SiteDay {
            positions: positions_of(&context, &plans).unwrap_or_default(),
            metered: self.metered(day, &plans),
        }
    }

    fn metered(&self, day: Day, plans: &[PeriodPlan]) -> Vec<NetEnergy> {
        let demand = self.scenario.demand(self.id, day.into());
        let generation = self.scenario.generation(self.id, day);
        let real = demand.into_iter().zip(generation).zip(plans);
        real.map(|((demand, generation), plan)| metered(demand, generation, plan).unwrap_or_default())
            .collect()
    }
}

/// A site's day, one entry a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteDay {
    /// What it releases.
    pub positions: Vec<Position>,
    /// What its meter counts.
    pub metered: Vec<NetEnergy>,
}

impl SiteDay {
    /// What it releases for a period and what its meter counts in it.
    pub fn of(&self, period: u16) -> (Position, NetEnergy) {
        let period = usize::from(period);
        let metered = self.metered.get(period).copied().unwrap_or_default();
        (self.positions.get(period).copied().unwrap_or_default(), metered)
    }
}

/// A site and the day that was asked for last.
struct Remembered<'a> {
    site: Site<'a>,
    last: Option<(Day, SiteDay)>,
}

/// The sites of a scenario, each with the day that was asked for last: a simulation asks period by period.
pub struct Sites<'a> {
    sites: Vec<Option<Remembered<'a>>>,
}

impl<'a> Sites<'a> {
    /// The sites of all participants.
    pub fn new(scenario: &'a Scenario) -> Self {
        Self {
            sites: scenario
                .ids()
                .map(|id| Site::new(scenario, id).map(|site| Remembered { site, last: None }))
                .collect(),
        }
    }

    /// What a participant releases for a period and what its meter counts in it; nothing for one that has
    /// no meter.
    pub fn of(&mut self, id: ParticipantId, delivery: Delivery) -> (Position, NetEnergy) {
        let site = usize::try_from(id.0).ok().and_then(|index| self.sites.get_mut(index));
        let Some(Some(Remembered { site, last })) = site else { return Default::default() };
        match last {
            Some((day, data)) if *day == delivery.day => data.of(delivery.period),
            _ => last.insert((delivery.day, site.day(delivery.day))).1.of(delivery.period),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Power;

    #[test]
    fn most_energy_should_stay_within_a_period_when_the_tie_line_is_huge_or_overflows() {
        let mut scenario = Scenario::paper().unwrap();
        let id = ParticipantId(0);
        for limit in [Power::from_watts(Energy::MAX_PER_PERIOD.watt_hours() * 2), Power::MAX] {
            scenario.participants[0].plant.tie_line.limit = limit;
            assert_eq!(Site::new(&scenario, id).unwrap().most_energy(), Energy::MAX_PER_PERIOD, "{limit}");
        }
        scenario.calendar.period_length = u64::MAX;
        assert_eq!(Site::new(&scenario, id).unwrap().most_energy(), Energy::MAX_PER_PERIOD);
    }
}
