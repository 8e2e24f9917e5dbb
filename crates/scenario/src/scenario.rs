//! A scenario: everything that a market's days depend on.

use crate::files::{DEMAND, GENERATION, HISTORY, SETTINGS};
use crate::series::Series;
use market::clearing::Pricing;
use market::forecast::history_days;
use market::optimise::{Plant, TieLine};
use market::participant::{Kinds, Parameters, PartsPerMillion};
use market::tariff::{GridPrices, Tariff, price_at};
use market::{Calendar, Day, Delivery, Energy, Money, ParticipantId, Price, Role};

/// A participant of a scenario. Its number is its place in the list, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Its id: its name in files, reports, key URIs and the gateway's paths.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Its kinds of source.
    pub kinds: Kinds,
    /// What it has at the start.
    pub balance: Money,
    /// What it pays in for each day from day 1, when the day's release opens.
    pub daily_top_up: Money,
    /// Energy-saving coefficient of (3); zero for a role that buys nothing.
    pub alpha: PartsPerMillion,
    /// Generation cost (6), in gwei per kWh; zero for a role that sells nothing.
    pub generation_cost: Price,
    /// The lowest price it sells at, in gwei per kWh; zero for a role that sells nothing.
    pub reserve_price: Price,
    /// Its plant, with the tie line's limit; empty for a role without a meter.
    pub plant: Plant,
}

impl Participant {
    /// The parameters that it is registered with.
    pub fn parameters(&self) -> Parameters {
        Parameters {
            alpha: self.alpha,
            generation_cost: self.generation_cost,
            tie_line: self.plant.tie_line.limit,
        }
    }

    /// Whether it has anything but its demand: a source, or something to choose. Who has nothing else takes its demand,
    /// whatever its tie line carries.
    pub(crate) fn has_plant(&self, has_generation: bool) -> bool {
        let Plant { source, load, tie_line, storage } = self.plant;
        self.role.sells()
            || has_generation
            || source.is_some()
            || load.is_some()
            || storage.is_some()
            || tie_line != TieLine { limit: tie_line.limit, ..TieLine::default() }
    }
}

/// A scenario that was read without a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its name: the folder's.
    pub name: String,
    /// Its calendar; day 0 is 1 January 2026 in local time.
    pub calendar: Calendar,
    /// Local time ahead of UTC, in minutes.
    pub utc_offset_minutes: i16,
    /// How trades are priced.
    pub pricing: Pricing,
    /// What lots are drawn from.
    pub seed: u64,
    /// n of (3): how many days a forecast rests on.
    pub history_days: u16,
    /// The share of an offer's exposure that its seller's money has to cover.
    pub exposure_share: PartsPerMillion,
    /// The supplier's steps and the feed-in price, from day 0.
    pub tariff: Tariff,
    /// The names of the tariff's steps, in the same order.
    pub step_names: Vec<String>,
    /// Everybody, in the order of their numbers.
    pub participants: Vec<Participant>,
    /// The number of the retail supplier.
    pub supplier: ParticipantId,
    pub(crate) history: Series,
    pub(crate) demand: Series,
    pub(crate) generation: Series,
    pub(crate) forecast: Series,
}

impl Scenario {
    /// The numbers of all participants.
    pub fn ids(&self) -> impl Iterator<Item = ParticipantId> + use<> {
        (0..u32::try_from(self.participants.len()).unwrap_or(u32::MAX)).map(ParticipantId)
    }

    /// All participants with their numbers.
    pub fn members(&self) -> impl Iterator<Item = (ParticipantId, &Participant)> {
        self.ids().zip(&self.participants)
    }

    /// The participant with a number.
    pub fn participant(&self, id: ParticipantId) -> Option<&Participant> {
        self.participants.get(usize::try_from(id.0).ok()?)
    }

    /// The number of a participant by its name.
    pub fn id_of(&self, name: &str) -> Option<ParticipantId> {
        self.members().find(|(_, member)| member.name == name).map(|(id, _)| id)
    }

    /// The periods of a day, in order.
    pub fn periods(&self, day: Day) -> impl Iterator<Item = Delivery> + use<> {
        (0..self.calendar.periods_per_day).map(move |period| Delivery { day, period })
    }

    /// The main grid's prices of a period; the same every day.
    pub fn prices(&self, period: u16) -> GridPrices {
        GridPrices {
            tariff: price_at(&self.tariff.steps, self.calendar.offset(period)).unwrap_or_default(),
            feed_in: self.tariff.feed_in,
        }
    }

    /// The prices of all periods of a day.
    pub fn day_prices(&self) -> Vec<GridPrices> {
        (0..self.calendar.periods_per_day).map(|period| self.prices(period)).collect()
    }

    /// A participant's uncontrollable load on a day, one entry a period: from the history for negative
    /// days, from the demand after that, which starts over after its last day. Nothing where it has none.
    pub fn demand(&self, id: ParticipantId, day: i64) -> Vec<Energy> {
        let series = if day < 0 { &self.history } else { &self.demand };
        self.row(series, id, day)
    }

    /// What a participant's uncontrollable sources yield on a day, one entry a period.
    pub fn generation(&self, id: ParticipantId, day: Day) -> Vec<Energy> {
        self.row(&self.generation, id, day.into())
    }

    /// What a participant expects its uncontrollable sources to yield on a day, one entry a period: its
    /// generation, where it has no forecast.
    pub fn forecast(&self, id: ParticipantId, day: Day) -> Vec<Energy> {
        let series = if self.forecast.has(id) { &self.forecast } else { &self.generation };
        self.row(series, id, day.into())
    }

    fn row(&self, series: &Series, id: ParticipantId, day: i64) -> Vec<Energy> {
        let nothing = || vec![Energy::ZERO; self.calendar.periods_per_day.into()];
        series.day(id, day).map_or_else(nothing, <[Energy]>::to_vec)
    }

    /// The demand that a participant's forecast for a day rests on, oldest day first.
    pub fn history(&self, id: ParticipantId, day: Day, days: u16) -> Vec<Vec<Energy>> {
        history_days(day, days).map(|day| self.demand(id, day)).collect()
    }

    /// The number of days that its longest series has lines for, at least one.
    pub fn days(&self) -> usize {
        self.demand.days().max(self.generation.days()).max(1)
    }
}

/// The paper's data.
pub mod paper {
    use super::{DEMAND, GENERATION, HISTORY, SETTINGS};

    /// The files of the scenario.
    pub const FILES: [(&str, &str); 4] = [
        (SETTINGS, include_str!("../../../scenarios/paper/scenario.toml")),
        (HISTORY, include_str!("../../../scenarios/paper/history.csv")),
        (DEMAND, include_str!("../../../scenarios/paper/demand.csv")),
        (GENERATION, include_str!("../../../scenarios/paper/generation.csv")),
    ];

    /// Table 4, as printed.
    pub const TABLE_4: &str = include_str!("../../../scenarios/paper/table4.csv");

    /// The day recomputed from Table 4 with exact bids (5).
    pub const EXPECTED_DAY: &str = include_str!("../../../scenarios/paper/expected_day.csv");
}
