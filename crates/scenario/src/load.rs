//! A market of any number of members, on which a chain's capacity is measured: the paper's market day with
//! as many load aggregators and microgrids as are asked for.

use crate::mistake::{Mistake, Mistakes};
use crate::scenario::{Participant, Scenario};
use crate::series::Series;
use market::optimise::{Plant, TieLine};
use market::participant::{Kinds, PartsPerMillion};
use market::position::MAX_OFFERS;
use market::units::PLANCK_PER_ETH;
use market::{Energy, Money, ParticipantId, Power, Price, Role};

/// The most members: more do not fit into one region's chain.
pub const MAX_MEMBERS: u32 = 131_000;

/// Energy-saving coefficient of every load aggregator: the paper's.
const ALPHA: PartsPerMillion = PartsPerMillion(330_000);
/// What a load aggregator needs in a period: from so many watt-hours on ...
const LEAST_DEMAND: u64 = 3_000;
/// ... and less than so many more.
const DEMAND_SPAN: u64 = 12_000;
/// Offers come to four fifths of all volumes, so the queue is cut.
const OFFERED: (u64, u64) = (4, 5);
/// What a load aggregator starts with, in ETH: more than it can spend in a day.
const FUNDS: u128 = 1_000;
/// What a microgrid starts with, in ETH: it advances the fees of what it sends itself.
const FEES: u128 = 1;
/// What the supplier starts with, in ETH: enough to buy what is not sold.
const SUPPLIER_FUNDS: u128 = 1_000_000_000;

/// The size of a market for measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Load aggregators and microgrids together, at least two.
    pub members: u32,
    /// How many in a hundred are microgrids; there is one at least.
    pub microgrid_percent: u32,
    /// How many periods from the day's first are traded, at most 24.
    pub periods: u16,
}

impl Load {
    /// The number of microgrids.
    pub fn microgrids(&self) -> u32 {
        let share = u64::from(self.members).saturating_mul(self.microgrid_percent.into()) / 100;
        u32::try_from(share).unwrap_or(u32::MAX).clamp(1, self.members.saturating_sub(1).max(1))
    }

    /// The market: the retail supplier, then load aggregators `L1`, `L2` and so on, then microgrids `M1` and
    /// so on. It is the same in every run.
    ///
    /// # Errors
    /// Where there are more microgrids than a period has offers; and as [`Scenario::paper`], whose calendar, tariff and
    /// pricing it has.
    pub fn scenario(&self) -> Result<Scenario, Mistakes> {
        let paper = Scenario::paper()?;
        let name = format!("load-{}-{}-{}", self.members, self.microgrid_percent, self.periods);
        let microgrids = self.microgrids();
        if microgrids > MAX_OFFERS {
            let message = format!(
                "expected at most {MAX_OFFERS} microgrids, found {microgrids}: a period has no more offers"
            );
            return Err(Mistake { path: name, line: None, message }.into());
        }
        let aggregators = self.members.saturating_sub(microgrids);
        let demands: Vec<Energy> = (0..aggregators).map(demand).collect();
        let volumes: u64 = demands.iter().map(|demand| demand.watt_hours() / 3).sum();
        let surplus = volumes.saturating_mul(OFFERED.0) / OFFERED.1 / u64::from(microgrids);
        let surplus = Energy::from_watt_hours(surplus);
        let feed_in = paper.tariff.feed_in;
        let participants = core::iter::once(supplier())
            .chain((1..=aggregators).map(aggregator))
            .chain((1..=microgrids).map(|number| microgrid(number, feed_in)))
            .collect();
        let buyers = |day| self.series(day, core::iter::once(None).chain(demands.iter().copied().map(Some)));
        let nobody = (0..=aggregators).map(|_| None);
        let sellers = nobody.chain((0..microgrids).map(|_| Some(surplus)));
        Ok(Scenario {
            name,
            history_days: 1,
            participants,
            supplier: ParticipantId(0),
            history: buyers(-1),
            demand: buyers(0),
            generation: self.series(0, sellers),
            forecast: Series::default(),
            ..paper
        })
    }

    /// One day with the same energy in each period that is traded.
    fn series(&self, day: i64, energies: impl Iterator<Item = Option<Energy>>) -> Series {
        let day_of = |energy: Energy| {
            (0..PERIODS_A_DAY).map(move |period| if period < self.periods { energy } else { Energy::ZERO })
        };
        Series::of_day(day, PERIODS_A_DAY, energies.map(|energy| energy.map(day_of)))
    }
}

/// The paper's day.
const PERIODS_A_DAY: u16 = 24;

/// What a load aggregator needs in each period: different for neighbours, the same in every run.
fn demand(index: u32) -> Energy {
    let scattered = u64::from(index).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    Energy::from_watt_hours(LEAST_DEMAND.saturating_add(scattered % DEMAND_SPAN))
}

fn eth(amount: u128) -> Money {
    Money::from_planck(amount.saturating_mul(PLANCK_PER_ETH))
}

fn plant(limit: Power) -> Plant {
    Plant { tie_line: TieLine { limit, ..TieLine::default() }, ..Plant::default() }
}

fn member(name: String, role: Role, balance: Money) -> Participant {
    Participant {
        name,
        role,
        kinds: Kinds::default(),
        balance,
        daily_top_up: Money::ZERO,
        alpha: PartsPerMillion(0),
        generation_cost: Price::ZERO,
        reserve_price: Price::ZERO,
        plant: Plant::default(),
    }
}

fn supplier() -> Participant {
    member("RES".into(), Role::RetailSupplier, eth(SUPPLIER_FUNDS))
}

fn aggregator(number: u32) -> Participant {
    Participant {
        alpha: ALPHA,
        plant: plant(Power::from_watts(400_000)),
        ..member(format!("L{number}"), Role::LoadAggregator, eth(FUNDS))
    }
}

fn microgrid(number: u32, reserve_price: Price) -> Participant {
    Participant {
        kinds: Kinds { wind: true, ..Kinds::default() },
        generation_cost: Price::from_gwei(200_000_000),
        reserve_price,
        plant: plant(Power::from_watts(1_000_000_000)),
        ..member(format!("M{number}"), Role::Microgrid, eth(FEES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate;

    const LOAD: Load = Load { members: 50, microgrid_percent: 10, periods: 1 };

    #[test]
    fn everybody_should_bid_and_the_queue_be_cut_when_a_day_is_played() {
        let scenario = LOAD.scenario().unwrap();
        let lines = simulate(&scenario, 1).lines;
        let first = lines.iter().filter(|line| line.delivery.period == 0);
        let bids: Vec<_> = first.filter(|line| line.role == Role::LoadAggregator).collect();
        assert_eq!(bids.len(), 45);
        assert!(bids.iter().all(|line| line.bid.is_some()));
        let served = bids.iter().filter(|line| line.peer_to_peer == line.expected).count();
        assert!((20..40).contains(&served), "{served} of {}", bids.len());
        assert!(lines.iter().filter(|line| line.delivery.period > 0).all(|line| line.bid.is_none()));
    }

    #[test]
    fn share_should_leave_one_of_each_kind() {
        assert_eq!(Load { microgrid_percent: 0, ..LOAD }.microgrids(), 1);
        assert_eq!(Load { microgrid_percent: 100, ..LOAD }.microgrids(), 49);
        assert_eq!(LOAD.microgrids(), 5);
    }

    #[test]
    fn market_should_be_refused_when_a_period_has_no_room_for_its_offers() {
        let most = Load { members: 20_000, microgrid_percent: 50, ..LOAD };
        assert_eq!(most.scenario().map(|scenario| scenario.participants.len()), Ok(20_001));
        let refusal = Load { members: 20_002, ..most }.scenario().unwrap_err().to_string();
        let expected = "load-20002-50-1: expected at most 10000 microgrids, found 10001";
        assert!(refusal.starts_with(expected), "{refusal}");
    }
}
