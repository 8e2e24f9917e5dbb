//! A participant's site: what its gateway tells, what it releases and what its meter counts.

use crate::scenario::{Participant, Scenario};
use market::gateway::{History, PlantDay};
use market::optimise::PeriodPlan;
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
        let has_generation = self.scenario.generation.has(self.id);
        self.member.has_plant(has_generation).then(|| PlantDay {
            day,
            plant: self.member.plant,
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

    /// Where the day comes otherwise than it was planned, what the tie line does not carry is left unserved, or
    /// curtailed: the chain takes no reading above it.
    fn metered(&self, day: Day, plans: &[PeriodPlan]) -> Vec<NetEnergy> {
        let demand = self.scenario.demand(self.id, day.into());
        let generation = self.scenario.generation(self.id, day);
        let most = self.most_energy();
        let (taken, given) = (most.bought().unwrap_or_default(), most.sold().unwrap_or_default());
        let real = demand.into_iter().zip(generation).zip(plans);
        real.map(|((demand, generation), plan)| {
            metered(demand, generation, plan).unwrap_or_default().clamp(given, taken)
        })
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

/// The sites of a scenario on the day that was asked for last: a simulation asks period by period.
pub struct Sites<'a> {
    scenario: &'a Scenario,
    day: Option<Day>,
    /// Of each period, in the order of numbers.
    periods: Vec<Vec<(Position, NetEnergy)>>,
}

impl<'a> Sites<'a> {
    /// The sites of all participants.
    pub fn new(scenario: &'a Scenario) -> Self {
        let nobody = || Vec::with_capacity(scenario.participants.len());
        Self { scenario, day: None, periods: scenario.periods(0).map(|_| nobody()).collect() }
    }

    /// What everybody releases for a period and what their meters count in it, in the order of numbers; nothing for
    /// one that has no meter.
    pub fn of(&mut self, Delivery { day, period }: Delivery) -> &[(Position, NetEnergy)] {
        if self.day != Some(day) {
            self.day = Some(day);
            self.periods.iter_mut().for_each(Vec::clear);
            for id in self.scenario.ids() {
                let site = Site::new(self.scenario, id).map(|site| site.day(day)).unwrap_or_default();
                for (period, all) in (0..).zip(&mut self.periods) {
                    all.push(site.of(period));
                }
            }
        }
        self.periods.get(usize::from(period)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Power;

    #[test]
    fn meter_should_count_what_the_tie_line_carries_when_the_day_comes_otherwise_than_planned() {
        let mut scenario = Scenario::paper().unwrap();
        let (buyer, seller) = (ParticipantId(0), ParticipantId(3));
        let metered = |scenario: &Scenario, id, limit| {
            let site = Site::new(scenario, id).unwrap();
            assert_eq!(site.most_energy(), Energy::from_watt_hours(limit));
            site.day(0).metered[0].watt_hours()
        };
        // The microgrid expected nothing and made 160.5 kWh, LA1 took 36.36 kWh.
        scenario.forecast = scenario.generation.clone();
        scenario.forecast.energies.fill(Energy::ZERO);
        assert_eq!(metered(&scenario, seller, 400_000), -160_500);
        for id in [0, 3] {
            scenario.participants[id].plant.tie_line.limit = Power::from_watts(30_000);
        }
        assert_eq!(metered(&scenario, seller, 30_000), -30_000);
        assert_eq!(metered(&scenario, buyer, 30_000), 30_000);
    }

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
