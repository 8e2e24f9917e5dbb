//! One period by merit order.
//!
//! What can give is sorted by cost, what can take by worth, all at the plant's end of the tie line, and
//! they are matched from the front as long as it pays. With one bus and straight prices that is the
//! optimum of the linear program.

use super::{PeriodInput, PeriodPlan, PlanError, Plant};
use crate::participant::PartsPerMillion;
use crate::units::{Energy, NetEnergy, NetMoney, Power, Price};

/// One as [`PartsPerMillion`] counts it.
const MILLION: u64 = PartsPerMillion::ONE.0 as u64;

/// Planck in one gwei per kWh times one watt-hour.
const PLANCK: i128 = 1_000_000;

/// The cheapest plan of one period, with what storage takes (positive) or gives (negative) given.
///
/// - Generation costs nothing and is used wherever it earns nothing less than nothing; it is curtailed
///   where the tie line is full, or where exporting it costs more than it earns.
/// - Between equals the source stays as it is, own energy goes before imports, and the controllable load
///   before exports.
/// - Where source and tie line can't serve all, the controllable load goes below its minimum first, then
///   load stays unserved. Where what must be made finds no use, the source goes below its minimum.
///
/// # Errors
/// What is wrong with plant or input; [`PlanError::StorageFlow`] where storage is to take or give what
/// even these last resorts can't balance, which never happens for a flow of zero.
pub fn dispatch(
    plant: &Plant,
    input: &PeriodInput,
    period_length_ms: u64,
    storage: NetEnergy,
) -> Result<PeriodPlan, PlanError> {
    plant.validate()?;
    input.validate()?;
    let plan = Site::new(plant, period_length_ms).dispatch(input, storage);
    plan.map(|(plan, _)| plan).ok_or(PlanError::StorageFlow)
}

/// A limit over a period, in watt-hours.
pub(super) fn energy_of(power: Power, period_length_ms: u64) -> u64 {
    power.most_energy(period_length_ms).watt_hours()
}

/// How many watt-hours `share` millionths of an energy are, rounded down.
pub(super) fn share_of(energy: u64, share: u64) -> u64 {
    ratio(energy, share, MILLION, false)
}

/// Of how many watt-hours an energy is `share` millionths, rounded up.
pub(super) fn whole_of(energy: u64, share: u64) -> u64 {
    ratio(energy, MILLION, share, true)
}

/// energy * numerator / denominator; nothing where the denominator is, and at most `u64::MAX`.
fn ratio(energy: u64, numerator: u64, denominator: u64, up: bool) -> u64 {
    let product = u128::from(energy).saturating_mul(u128::from(numerator));
    let rest = if up { u128::from(denominator.saturating_sub(1)) } else { 0 };
    let quotient = product.saturating_add(rest).checked_div(u128::from(denominator)).unwrap_or_default();
    u64::try_from(quotient).unwrap_or(u64::MAX)
}

/// A range and its price, in watt-hours and gwei per kWh.
struct Flexible {
    minimum: u64,
    maximum: u64,
    price: Price,
}

impl Flexible {
    fn span(&self) -> u64 {
        self.maximum.saturating_sub(self.minimum)
    }
}

/// A valid plant as one period sees it: energies in watt-hours.
pub(super) struct Site {
    source: Flexible,
    load: Flexible,
    /// The most the tie line carries, at the network's end.
    tie: u64,
    /// What the tie line leaves of a million.
    keep: u64,
    conversion: Price,
}

/// Who gives, and at which cost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Giver {
    Forced,
    Generation,
    Source,
    Import,
}

/// Who takes, and at which worth.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taker {
    Forced,
    Load,
    Export,
}

/// One side of a match: who, the marginal price, and the energy left.
#[derive(Clone, Copy)]
struct Entry<T> {
    who: T,
    price: i128,
    left: u64,
}

impl Site {
    pub(super) fn new(plant: &Plant, period_length_ms: u64) -> Self {
        let flexible = |minimum, maximum, price| Flexible {
            minimum: energy_of(minimum, period_length_ms),
            maximum: energy_of(maximum, period_length_ms),
            price,
        };
        let source = plant.source.unwrap_or_default();
        let load = plant.load.unwrap_or_default();
        Self {
            source: flexible(source.minimum, source.maximum, source.cost),
            load: flexible(load.minimum, load.maximum, load.value),
            tie: energy_of(plant.tie_line.limit, period_length_ms),
            keep: MILLION.saturating_sub(u64::from(plant.tie_line.loss.0)),
            conversion: plant.tie_line.cost,
        }
    }

    /// The plan and the watt-hours by which a last resort broke a minimum or left load unserved; `None`
    /// where the storage flow can't be balanced.
    pub(super) fn dispatch(&self, input: &PeriodInput, storage: NetEnergy) -> Option<(PeriodPlan, u64)> {
        let mut givers = self.givers(input, storage);
        let mut takers = self.takers(input, storage);
        let used = match_up(&mut givers, &mut takers);
        let missing = takers.iter().find(|t| t.who == Taker::Forced).map_or(0, |t| t.left);
        let excess = givers.iter().find(|g| g.who == Giver::Forced).map_or(0, |g| g.left);
        let shed = missing.min(self.load.minimum);
        let unserved = missing.saturating_sub(shed);
        if unserved > input.load.watt_hours() || excess > self.source.minimum {
            return None;
        }

        let drawn = whole_of(used.import, self.keep);
        let arriving = share_of(used.export, self.keep);
        let lost = drawn.saturating_sub(used.import).saturating_add(used.export.saturating_sub(arriving));
        let net = Energy::from_watt_hours(drawn)
            .bought()?
            .checked_add(Energy::from_watt_hours(arriving).sold()?)?;
        let source = self.source.minimum.saturating_sub(excess).saturating_add(used.source);
        let load = self.load.minimum.saturating_sub(shed).saturating_add(used.load);
        let generation = input.generation.watt_hours();
        let plan = PeriodPlan {
            net,
            source: Energy::from_watt_hours(source),
            load: Energy::from_watt_hours(load),
            storage,
            lost: Energy::from_watt_hours(lost),
            curtailed: Energy::from_watt_hours(generation.saturating_sub(used.generation)),
            unserved: Energy::from_watt_hours(unserved),
            cost: NetMoney::from_planck(self.cost(input, source, load, drawn, arriving)),
        };
        Some((plan, missing.saturating_add(excess)))
    }

    /// C_EMS in planck. Bounded energies and prices keep each term below 2^111.
    fn cost(&self, input: &PeriodInput, source: u64, load: u64, drawn: u64, arriving: u64) -> i128 {
        let term = |price: i128, energy: u64| price.saturating_mul(i128::from(energy));
        let conversion = i128::from(self.conversion.gwei());
        let import = i128::from(input.import_price.gwei()).saturating_add(conversion);
        let export = export_price(input).saturating_sub(conversion);
        term(i128::from(self.source.price.gwei()), source)
            .saturating_add(term(import, drawn))
            .saturating_sub(term(i128::from(self.load.price.gwei()), load))
            .saturating_sub(term(export, arriving))
            .saturating_mul(PLANCK)
    }

    /// A price at the plant's end, times [`MILLION`] and [`Self::keep`], so that all stay whole.
    fn scaled(&self, price: Price) -> i128 {
        i128::from(price.gwei()).saturating_mul(i128::from(MILLION)).saturating_mul(i128::from(self.keep))
    }

    fn givers(&self, input: &PeriodInput, storage: NetEnergy) -> [Entry<Giver>; 4] {
        let forced = self.source.minimum.saturating_add(storage.outward().watt_hours());
        let million = i128::from(MILLION);
        let import = i128::from(input.import_price.gwei())
            .saturating_add(i128::from(self.conversion.gwei()))
            .saturating_mul(million)
            .saturating_mul(million);
        let mut givers = [
            Entry { who: Giver::Forced, price: i128::MIN, left: forced },
            Entry { who: Giver::Generation, price: 0, left: input.generation.watt_hours() },
            Entry { who: Giver::Source, price: self.scaled(self.source.price), left: self.source.span() },
            Entry { who: Giver::Import, price: import, left: share_of(self.tie, self.keep) },
        ];
        givers.sort_by_key(|giver| giver.price);
        givers
    }

    fn takers(&self, input: &PeriodInput, storage: NetEnergy) -> [Entry<Taker>; 3] {
        let forced = input
            .load
            .watt_hours()
            .saturating_add(self.load.minimum)
            .saturating_add(storage.inward().watt_hours());
        let keep = i128::from(self.keep);
        let export = export_price(input)
            .saturating_sub(i128::from(self.conversion.gwei()))
            .saturating_mul(keep)
            .saturating_mul(keep);
        let mut takers = [
            Entry { who: Taker::Forced, price: i128::MAX, left: forced },
            Entry { who: Taker::Load, price: self.scaled(self.load.price), left: self.load.span() },
            Entry { who: Taker::Export, price: export, left: ratio(self.tie, MILLION, self.keep, false) },
        ];
        takers.sort_by_key(|taker| core::cmp::Reverse(taker.price));
        takers
    }
}

/// What an export earns, in gwei per kWh at the network's end.
fn export_price(input: &PeriodInput) -> i128 {
    i128::from(input.export_price.min(input.import_price).gwei())
}

/// What was matched, in watt-hours at the plant's end.
#[derive(Default)]
struct Used {
    generation: u64,
    source: u64,
    import: u64,
    load: u64,
    export: u64,
}

/// Matches both sides from the front as long as it pays.
fn match_up(givers: &mut [Entry<Giver>], takers: &mut [Entry<Taker>]) -> Used {
    let mut used = Used::default();
    let mut takers = takers.iter_mut().peekable();
    for giver in givers {
        while giver.left > 0
            && let Some(taker) = takers.peek_mut()
        {
            let pays = match (giver.who, taker.who) {
                (Giver::Forced, _) | (_, Taker::Forced) => true,
                (Giver::Generation, _) => taker.price >= giver.price,
                _ => taker.price > giver.price,
            };
            if taker.left > 0 && !pays {
                break;
            }
            let energy = giver.left.min(taker.left);
            giver.left = giver.left.saturating_sub(energy);
            taker.left = taker.left.saturating_sub(energy);
            add(&mut used, giver.who, taker.who, energy);
            if taker.left == 0 {
                takers.next();
            }
        }
    }
    used
}

fn add(used: &mut Used, giver: Giver, taker: Taker, energy: u64) {
    let given = match giver {
        Giver::Forced => None,
        Giver::Generation => Some(&mut used.generation),
        Giver::Source => Some(&mut used.source),
        Giver::Import => Some(&mut used.import),
    };
    if let Some(given) = given {
        *given = given.saturating_add(energy);
    }
    let taken = match taker {
        Taker::Forced => None,
        Taker::Load => Some(&mut used.load),
        Taker::Export => Some(&mut used.export),
    };
    if let Some(taken) = taken {
        *taken = taken.saturating_add(energy);
    }
}
