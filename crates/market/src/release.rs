//! What a participant publishes the day before: its net position in each period of the next day.
//!
//! The off-chain worker and the simulator both call [`positions`]. A load aggregator without a plant
//! publishes the volumes (3). For everybody else the regional optimisation (1)(2) plans the day first, and
//! what it leaves is the position: a shortage to buy, or a surplus to offer.

use crate::forecast::expected_volume;
use crate::optimise::{PeriodInput, PeriodPlan, PlanError, Plant, TieLine, plan_day};
use crate::participant::{Parameters, PartsPerMillion, Role};
use crate::position::Position;
use crate::tariff::GridPrices;
use crate::units::{Energy, NetEnergy, Power, Price};
use alloc::vec::Vec;
use core::fmt;

/// A plant and what it expects of the day.
#[derive(Clone, Copy, Debug)]
pub struct PlantOutlook<'a> {
    /// The plant.
    pub plant: &'a Plant,
    /// Forecast of its uncontrollable sources (P_DG): one entry for each period.
    pub generation: &'a [Energy],
    /// The lowest price its owner sells at.
    pub reserve: Price,
}

/// All that a release rests on.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseContext<'a> {
    /// The participant's role.
    pub role: Role,
    /// Its parameters.
    pub parameters: &'a Parameters,
    /// Its metered demand: one list for each of the last n days, one entry for each period. It may be empty.
    pub history: &'a [Vec<Energy>],
    /// Its plant, if it has one.
    pub plant: Option<PlantOutlook<'a>>,
    /// The main grid's prices: one entry for each period of the day.
    pub prices: &'a [GridPrices],
    /// Length of a period, in milliseconds.
    pub period_length: u64,
}

/// Why nothing can be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseError {
    /// A supplier or a system operator releases nothing: ask for traders only.
    WrongRole,
    /// A day of the history has another number of periods than the market's day: correct it.
    HistoryPeriods {
        /// Its place in the history, from 0.
        day: usize,
        /// Periods it has.
        found: usize,
        /// Periods of the market's day.
        expected: usize,
    },
    /// The generation forecast has another number of periods than the market's day: correct it.
    GenerationPeriods {
        /// Periods it has.
        found: usize,
        /// Periods of the market's day.
        expected: usize,
    },
    /// An energy of the history lies above [`Energy::MAX_PER_PERIOD`]: correct it.
    HistoryOutOfRange,
    /// The reserve price lies above [`Price::MAX_IN_MARKET`]: correct it.
    ReserveOutOfRange,
    /// The plant, its forecast or the prices are malformed.
    Plan(PlanError),
}

impl fmt::Display for ReleaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongRole => f.write_str("only load aggregators, microgrids and prosumers release"),
            Self::HistoryPeriods { day, found, expected } => {
                write!(f, "day {day} of the history has {found} periods, not {expected}")
            }
            Self::GenerationPeriods { found, expected } => {
                write!(f, "the generation forecast has {found} periods, not {expected}")
            }
            Self::HistoryOutOfRange => f.write_str("an energy of the history is above 1 TWh in one period"),
            Self::ReserveOutOfRange => f.write_str("the reserve price is above 1000000 ETH/kWh"),
            Self::Plan(error) => write!(f, "the plant can't be planned: {error}"),
        }
    }
}

impl core::error::Error for ReleaseError {}

impl From<PlanError> for ReleaseError {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

impl ReleaseContext<'_> {
    fn validate(&self) -> Result<(), ReleaseError> {
        if !self.role.is_metered() {
            return Err(ReleaseError::WrongRole);
        }
        let expected = self.prices.len();
        for (day, demand) in self.history.iter().enumerate() {
            if demand.len() != expected {
                return Err(ReleaseError::HistoryPeriods { day, found: demand.len(), expected });
            }
            if demand.iter().any(|energy| *energy > Energy::MAX_PER_PERIOD) {
                return Err(ReleaseError::HistoryOutOfRange);
            }
        }
        if let Some(outlook) = &self.plant {
            let found = outlook.generation.len();
            if found != expected {
                return Err(ReleaseError::GenerationPeriods { found, expected });
            }
            if outlook.reserve > Price::MAX_IN_MARKET {
                return Err(ReleaseError::ReserveOutOfRange);
            }
        }
        Ok(())
    }

    /// The expected trade (3) of each period.
    fn expected_volumes(&self, alpha: PartsPerMillion) -> Vec<Energy> {
        let demand_in = |period: usize| -> Vec<Energy> {
            self.history.iter().filter_map(|day| day.get(period).copied()).collect()
        };
        (0..self.prices.len()).map(|period| expected_volume(alpha, &demand_in(period))).collect()
    }

    /// The reserve price of an offer: the owner's, but never below the feed-in price (8) or the own cost (6).
    fn reserve(&self, prices: GridPrices) -> Price {
        let wanted = self.plant.map_or(Price::ZERO, |outlook| outlook.reserve);
        wanted.max(prices.feed_in).max(self.parameters.generation_cost)
    }

    fn inputs(&self) -> Vec<PeriodInput> {
        let loads = self.expected_volumes(PartsPerMillion::ONE);
        let generation = self.plant.map_or(&[][..], |outlook| outlook.generation);
        let generation = generation.iter().copied().chain(core::iter::repeat(Energy::ZERO));
        let input = |((prices, load), generation): ((&GridPrices, Energy), Energy)| {
            let reserve = self.reserve(*prices);
            // Nobody may bid above the tariff (7), so such an offer only earns what the supplier pays.
            let export_price = if reserve > prices.tariff { prices.feed_in } else { reserve };
            PeriodInput { load, generation, import_price: prices.tariff, export_price }
        };
        self.prices.iter().zip(loads).zip(generation).map(input).collect()
    }
}

/// The plan of a participant's day (1)(2), one entry for each period.
///
/// The load forecast is the mean of the history, nothing where there is none. An import costs the tariff;
/// an export earns the reserve price, which is what a surplus is sold at at least, or the feed-in price
/// where the reserve price lies above the tariff. The tie line carries at most the lower of its own limit
/// and the registered one. Without a plant nothing can be chosen, and no limit binds: what the line can't
/// carry is then no decision of a plan.
///
/// # Errors
/// See [`ReleaseError`].
pub fn plan(context: &ReleaseContext<'_>) -> Result<Vec<PeriodPlan>, ReleaseError> {
    context.validate()?;
    let plant = match context.plant {
        Some(PlantOutlook { plant, .. }) => Plant {
            tie_line: TieLine {
                limit: plant.tie_line.limit.min(context.parameters.tie_line),
                ..plant.tie_line
            },
            ..*plant
        },
        None => Plant { tie_line: TieLine { limit: Power::MAX, ..TieLine::default() }, ..Plant::default() },
    };
    Ok(plan_day(&plant, &context.inputs(), context.period_length)?)
}

/// What a participant releases for a day, one position for each period.
///
/// - A load aggregator without a plant buys its expected volumes (3).
/// - Anybody else buys alpha times the shortage that [`plan`] leaves, rounded down, or offers its surplus
///   at the highest of its reserve price, the feed-in price (8) and its generation cost (6).
/// - A microgrid never buys and a load aggregator never sells: such a period is [`Position::NONE`], and
///   the supplier balances it. A surplus of nothing is [`Position::NONE`] too.
///
/// Each is cut at what the registered tie-line limit carries in a period.
///
/// # Errors
/// See [`ReleaseError`].
pub fn positions(context: &ReleaseContext<'_>) -> Result<Vec<Position>, ReleaseError> {
    positions_of(context, &plan(context)?)
}

/// As [`positions`], for one who has the [`plan`] of this context already.
///
/// # Errors
/// See [`ReleaseError`].
pub fn positions_of(
    context: &ReleaseContext<'_>,
    plans: &[PeriodPlan],
) -> Result<Vec<Position>, ReleaseError> {
    context.validate()?;
    let limit = context.parameters.tie_line.most_energy(context.period_length);
    let cut = |energy: Energy| energy.min(limit);
    let alpha = context.parameters.alpha;
    if context.role == Role::LoadAggregator && context.plant.is_none() {
        let volumes = context.expected_volumes(alpha);
        return Ok(volumes.into_iter().map(|volume| Position::Buy(cut(volume))).collect());
    }
    let position = |(plan, prices): (&PeriodPlan, &GridPrices)| {
        let surplus = cut(plan.net.outward());
        if context.role.sells() && !surplus.is_zero() {
            Position::Sell { energy: surplus, reserve: context.reserve(*prices) }
        } else if context.role.buys() {
            Position::Buy(cut(expected_volume(alpha, &[plan.net.inward()])))
        } else {
            Position::NONE
        }
    };
    Ok(plans.iter().zip(context.prices).map(position).collect())
}

/// What the meter at the network's end counts when a plan is carried out as it was made, with the demand
/// and the generation that really came: demand - generation + storage flow + controllable load -
/// controllable source, and what the plan curtails, leaves unserved and loses on the tie line. As
/// forecast, that is the plan's net position. `None` above `i64::MAX` watt-hours.
pub fn metered(demand: Energy, generation: Energy, plan: &PeriodPlan) -> Option<NetEnergy> {
    let served = demand.saturating_sub(plan.unserved);
    let yielded = generation.saturating_sub(plan.curtailed);
    let taken = served.checked_add(plan.load)?.checked_add(plan.lost)?.bought()?;
    let given = yielded.checked_add(plan.source)?.sold()?;
    taken.checked_add(given)?.checked_add(plan.storage)
}

#[cfg(test)]
mod tests;
