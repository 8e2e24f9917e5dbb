//! A day with storage, by dynamic programming over its charge.

use super::merit_order::{Site, energy_of, share_of, whole_of};
use super::{PeriodInput, PeriodPlan, PlanError, Plant, Storage};
use crate::units::{Energy, NetEnergy};
use alloc::vec;
use alloc::vec::Vec;

/// Steps of the grid on which the storage's charge lies.
///
/// A step is the capacity's part by this number, made a little larger so that a period of charging at
/// full power, or the whole capacity if that is less, is a whole number of steps; at least the charge of
/// one such period, so that weak storage can be used too. Whole watt-hours, rounded down.
pub const STORAGE_STEPS: u64 = 100;

/// The cheapest plan of a day: storage starts and ends it empty, and its charge lies on the grid of
/// [`STORAGE_STEPS`] at the end of each period. Efficiency is applied on charging: to store a step takes
/// step / efficiency, rounded up. Of capacity and of the power to give only whole steps are used.
///
/// Last resorts of [`dispatch`](super::dispatch) are avoided before cost is looked at, and between plans
/// of one cost the one that moves the least energy through storage is taken, then the one that moves it
/// later.
///
/// On this grid the plan is exact, but for the watt-hours that [`dispatch`](super::dispatch) rounds. A
/// linear program that may choose any charge, within the same whole steps of capacity and power, lies
/// within one step: where no last resort is needed, it is cheaper by at most a quarter of what it takes to
/// store one step, in each period, at the spread between the dearest and the cheapest price that plant or
/// network has there. For between two points of the grid the cost of a period lies no farther than that
/// below the line that joins them, and with costs that are lines between the points, the best charges are
/// points.
///
/// # Errors
/// What is wrong with plant or inputs.
pub fn plan_day(
    plant: &Plant,
    inputs: &[PeriodInput],
    period_length_ms: u64,
) -> Result<Vec<PeriodPlan>, PlanError> {
    plant.validate()?;
    inputs.iter().try_for_each(PeriodInput::validate)?;
    let site = Site::new(plant, period_length_ms);
    let grid = Grid::new(plant.storage.unwrap_or_default(), period_length_ms, inputs.len());
    let flows = grid.moves(&site, inputs);
    let choices = grid.choose(&flows);
    let mut charge = 0usize;
    inputs
        .iter()
        .zip(&choices)
        .map(|(input, choices)| {
            let steps = choices.get(charge).copied().unwrap_or_default();
            charge = charge.saturating_add_signed(steps);
            let plan = grid.flow(steps).and_then(|flow| site.dispatch(input, flow));
            plan.map(|(plan, _)| plan).ok_or(PlanError::StorageFlow)
        })
        .collect()
}

/// What a way through some periods costs; the lesser is the better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    /// Watt-hours of last resorts.
    missed: u64,
    /// C_EMS in planck.
    cost: i128,
    /// Steps moved in or out of storage.
    moved: usize,
}

impl Score {
    fn plus(self, other: Self) -> Self {
        Self {
            missed: self.missed.saturating_add(other.missed),
            cost: self.cost.saturating_add(other.cost),
            moved: self.moved.saturating_add(other.moved),
        }
    }
}

/// By how many steps a period may change the charge, and what each change costs.
type Moves = Vec<(isize, Score)>;

/// The grid of charge, in steps.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// Watt-hours of a step.
    pub(super) step: u64,
    /// The fullest charge.
    pub(super) levels: usize,
    /// The most a period adds.
    pub(super) up: usize,
    /// The most a period takes away.
    pub(super) down: usize,
    /// Millionths of the energy taken that are stored.
    efficiency: u64,
}

impl Grid {
    pub(super) fn new(storage: Storage, period_length_ms: u64, periods: usize) -> Self {
        let capacity = storage.capacity.watt_hours();
        let efficiency = u64::from(storage.efficiency.0);
        let gives = energy_of(storage.power, period_length_ms);
        let charge = share_of(gives, efficiency).min(capacity);
        let steps_of_charge = charge
            .saturating_mul(STORAGE_STEPS)
            .checked_div(capacity)
            .unwrap_or_default()
            .clamp(1, charge.max(1));
        let step = charge.checked_div(steps_of_charge).unwrap_or_default();
        let steps =
            |energy: u64| usize::try_from(energy.checked_div(step).unwrap_or_default()).unwrap_or(usize::MAX);
        let up = steps(charge);
        let levels = steps(capacity).min(up.saturating_mul(periods));
        Self { step, levels, up, down: steps(gives).min(levels), efficiency }
    }

    /// What storage takes, or gives, to change its charge by so many steps; `None` on overflow.
    pub(super) fn flow(&self, steps: isize) -> Option<NetEnergy> {
        let charge = self.step.checked_mul(u64::try_from(steps.unsigned_abs()).ok()?)?;
        if steps < 0 {
            Energy::from_watt_hours(charge).sold()
        } else if steps == 0 {
            Some(NetEnergy::ZERO)
        } else {
            Energy::from_watt_hours(whole_of(charge, self.efficiency)).bought()
        }
    }

    /// The moves of each period, the least first, and up before down.
    fn moves(&self, site: &Site, inputs: &[PeriodInput]) -> Vec<Moves> {
        let widest = self.up.max(self.down);
        let ways = (0..=widest).flat_map(|steps| {
            let up = isize::try_from(steps).ok().filter(|_| steps <= self.up);
            let down = isize::try_from(steps).ok().filter(|_| steps > 0 && steps <= self.down);
            [up, down.and_then(isize::checked_neg)]
        });
        let ways: Vec<_> = ways.flatten().filter_map(|steps| Some((steps, self.flow(steps)?))).collect();
        let scored = |input: &PeriodInput| -> Moves {
            ways.iter()
                .filter_map(|(steps, flow)| {
                    let (plan, missed) = site.dispatch(input, *flow)?;
                    Some((*steps, Score { missed, cost: plan.cost.planck(), moved: steps.unsigned_abs() }))
                })
                .collect()
        };
        inputs.iter().map(scored).collect()
    }

    /// For each period and charge at its start, the best move: backwards from the empty storage at the
    /// end of the day.
    fn choose(&self, periods: &[Moves]) -> Vec<Vec<isize>> {
        let size = self.levels.saturating_add(1);
        let mut ahead: Vec<Option<Score>> = vec![None; size];
        if let Some(empty) = ahead.first_mut() {
            *empty = Some(Score::default());
        }
        let mut choices = Vec::with_capacity(periods.len());
        for moves in periods.iter().rev() {
            let best = |charge: usize| {
                let mut best: Option<(Score, isize)> = None;
                for (steps, score) in moves {
                    let next = charge.checked_add_signed(*steps).and_then(|next| *ahead.get(next)?);
                    let Some(total) = next.map(|next| next.plus(*score)) else { continue };
                    if best.is_none_or(|(least, _)| total < least) {
                        best = Some((total, *steps));
                    }
                }
                best
            };
            let best: Vec<_> = (0..size).map(best).collect();
            ahead = best.iter().map(|best| best.map(|(score, _)| score)).collect();
            choices.push(best.into_iter().map(|best| best.map_or(0, |(_, steps)| steps)).collect());
        }
        choices.reverse();
        choices
    }
}
