//! Balancing (4), estimates of missing readings, and corrections.

use crate::calendar::Delivery;
use crate::clearing::Trade;
use crate::participant::{ParticipantId, PartsPerMillion, Role};
use crate::position::Position;
use crate::tariff::GridPrices;
use crate::units::{Energy, Money, NetEnergy, NetMoney, Price};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::H256;

/// What a meter counted in a period.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reading {
    /// The period.
    pub delivery: Delivery,
    /// Energy taken from the grid.
    pub energy_in: Energy,
    /// Energy given to the grid.
    pub energy_out: Energy,
}

impl Reading {
    /// What was taken less what was given; `None` above `i64::MAX` watt-hours.
    pub fn net(&self) -> Option<NetEnergy> {
        self.energy_in.bought()?.checked_add(self.energy_out.sold()?)
    }

    /// What the meter's key signs: blake2-256 over the domain `gridbid/read`, the chain's genesis hash,
    /// the participant and the reading, in SCALE.
    pub fn signed_payload(&self, genesis: H256, participant: ParticipantId) -> [u8; 32] {
        (b"gridbid/read", genesis, participant, self).using_encoded(sp_crypto_hashing::blake2_256)
    }
}

/// What the retail supplier balances for a participant in a period.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Balancing {
    /// What is bought of the supplier, or sold to it.
    pub energy: NetEnergy,
    /// What is paid to the supplier, or received of it.
    pub money: NetMoney,
}

/// What energy costs on the grid alone: bought at the tariff, sold at the feed-in price. `None` on overflow.
pub fn grid_cost(energy: NetEnergy, prices: GridPrices) -> Option<NetMoney> {
    let paid = prices.tariff.amount(energy.inward())?.paid()?;
    let received = prices.feed_in.amount(energy.outward())?.received()?;
    paid.checked_add(received)
}

/// Balances a participant (4): what it really took, less what it bought peer-to-peer, is bought of the
/// supplier at the tariff, or sold to it at the feed-in price. `None` on overflow.
pub fn balance(actual: NetEnergy, peer_to_peer: NetEnergy, prices: GridPrices) -> Option<Balancing> {
    let energy = actual.checked_sub(peer_to_peer)?;
    Some(Balancing { energy, money: grid_cost(energy, prices)? })
}

/// What a participant's period comes to, once it is known what it really used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What it really used or produced.
    pub actual: NetEnergy,
    /// What the supplier balances.
    pub balancing: Balancing,
    /// What the period would have cost had there been no market.
    pub grid_only: NetMoney,
}

impl Outcome {
    /// The outcome of what was really used and what was bought peer-to-peer (4). `None` on overflow.
    pub fn of(actual: NetEnergy, peer_to_peer: NetEnergy, prices: GridPrices) -> Option<Self> {
        let balancing = balance(actual, peer_to_peer, prices)?;
        Some(Self { actual, balancing, grid_only: grid_cost(actual, prices)? })
    }

    /// What a correction from another outcome to this one changes. `None` on overflow.
    pub fn less(&self, before: &Self) -> Option<Self> {
        Some(Self {
            actual: self.actual.checked_sub(before.actual)?,
            balancing: Balancing {
                energy: self.balancing.energy.checked_sub(before.balancing.energy)?,
                money: self.balancing.money.checked_sub(before.balancing.money)?,
            },
            grid_only: self.grid_only.checked_sub(before.grid_only)?,
        })
    }
}

/// The most days before a period whose readings count for its estimate.
pub const MOST_HISTORY_DAYS: u32 = 8;

/// Stands in for a missing reading, so that withholding one does not pay: nothing was given, and what was taken is by
/// readings alone, of that period in the days of the history. `highest` is the most that was counted inwards in them,
/// `None` where none of them has a reading: the days before the registration, silent ones, and a market's first day.
///
/// - Who buys is taken to have used the higher of its highest reading and volume / alpha (rounded up). Without a reading
///   it is what the tie line carries: its own release, which it may leave out, says nothing.
/// - Who only sells is taken to have used its highest reading, and without one nothing.
///
/// It is never above `limit`, the most that the tie line carries: nor is a reading. The true reading corrects it.
pub fn estimate(
    role: Role,
    position: Position,
    alpha: PartsPerMillion,
    highest: Option<Energy>,
    limit: Energy,
) -> NetEnergy {
    let used = match highest {
        Some(highest) if role.buys() => demand_behind(position.shortage(), alpha).max(highest),
        None if role.buys() => limit,
        highest => highest.unwrap_or_default(),
    };
    used.min(limit).bought().unwrap_or(NetEnergy::MAX)
}

/// The demand of which a released volume is the share alpha (3), rounded up; at most the highest energy there is.
fn demand_behind(volume: Energy, alpha: PartsPerMillion) -> Energy {
    let millionths = u128::from(volume.watt_hours()).saturating_mul(u128::from(PartsPerMillion::ONE.0));
    let alpha = if alpha.0 == 0 { PartsPerMillion::ONE } else { alpha };
    u64::try_from(millionths.div_ceil(u128::from(alpha.0))).map_or(Energy::MAX, Energy::from_watt_hours)
}

/// Where what leaves the queue is booked.
pub trait TradeBook {
    /// A trade was made, and its price has arrived on the seller's free balance: it is held there until
    /// the reading shows delivery.
    fn traded(delivery: Delivery, trade: &Trade, amount: Money);
    /// A revealed bid has left the queue, served or not.
    fn bid_left(delivery: Delivery, bidder: ParticipantId, bid: Price);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prices() -> GridPrices {
        GridPrices { tariff: Price::from_gwei(425_000_000), feed_in: Price::from_gwei(380_000_000) }
    }

    #[test]
    fn balancing_should_be_the_papers_when_the_figures_are_table_4s() {
        // LA1 00:00-01:00: 36.36 kWh used, 18.21 kWh bought of the microgrid.
        let la1 = balance(NetEnergy::from_watt_hours(36_360), NetEnergy::from_watt_hours(18_210), prices())
            .unwrap();
        assert_eq!(la1.energy, NetEnergy::from_watt_hours(18_150));
        assert_eq!(la1.money.to_market_decimal().to_string(), "7.713750000000");
        // The microgrid: 160.5 kWh made, 61.97 kWh sold.
        let mg = balance(NetEnergy::from_watt_hours(-160_500), NetEnergy::from_watt_hours(-61_970), prices())
            .unwrap();
        assert_eq!(mg.energy, NetEnergy::from_watt_hours(-98_530));
        assert_eq!(mg.money.to_market_decimal().to_string(), "-37.441400000000");
    }

    const LIMIT: Energy = Energy::from_watt_hours(400_000);

    fn read(highest: u64) -> Option<Energy> {
        Some(Energy::from_watt_hours(highest))
    }

    fn guess(role: Role, position: Position, highest: Option<Energy>) -> i64 {
        estimate(role, position, PartsPerMillion(330_000), highest, LIMIT).watt_hours()
    }

    fn sold() -> Position {
        Position::Sell { energy: Energy::from_watt_hours(33), reserve: Price::ZERO }
    }

    #[test]
    fn estimate_should_be_the_higher_of_volume_and_readings_when_a_reading_is_missing() {
        let bought = Position::Buy(Energy::from_watt_hours(33));
        for role in [Role::LoadAggregator, Role::Prosumer] {
            assert_eq!((guess(role, bought, read(99)), guess(role, bought, read(101))), (100, 101));
            assert_eq!(guess(role, Position::NONE, read(0)), 0);
        }
        assert_eq!(guess(Role::Prosumer, sold(), read(101)), 101);
        assert_eq!(guess(Role::Microgrid, sold(), read(101)), 101);
    }

    #[test]
    fn estimate_should_be_the_tie_lines_limit_when_a_buyer_was_never_read_whatever_it_released() {
        let small = Position::Buy(Energy::from_watt_hours(1));
        for role in [Role::LoadAggregator, Role::Prosumer] {
            for position in [Position::NONE, small, sold()] {
                assert_eq!(guess(role, position, None), 400_000);
            }
        }
    }

    #[test]
    fn estimate_should_be_nothing_delivered_when_a_seller_was_never_read() {
        for position in [Position::NONE, sold()] {
            assert_eq!(guess(Role::Microgrid, position, None), 0);
        }
    }

    #[test]
    fn estimate_should_stay_within_the_tie_line_when_figures_are_huge() {
        let most = Position::Buy(Energy::MAX);
        for alpha in [0, 1, 1_000_000].map(PartsPerMillion) {
            for highest in [Some(Energy::ZERO), Some(Energy::MAX)] {
                assert_eq!(Some(estimate(Role::LoadAggregator, most, alpha, highest, LIMIT)), LIMIT.bought());
            }
        }
        assert_eq!(
            estimate(Role::LoadAggregator, most, PartsPerMillion::ONE, None, Energy::MAX),
            NetEnergy::MAX
        );
    }

    proptest! {
        #[test]
        fn energy_should_balance_to_the_watt_hour(actual in -1_000_000i64..1_000_000, traded in -1_000_000i64..1_000_000) {
            let traded = NetEnergy::from_watt_hours(traded);
            let balancing = balance(NetEnergy::from_watt_hours(actual), traded, prices()).unwrap();
            prop_assert_eq!(traded.checked_add(balancing.energy), Some(NetEnergy::from_watt_hours(actual)));
        }

        #[test]
        fn withholding_a_reading_should_never_pay(actual in 0i64..=400_000, position in 0u64..330_000, traded in 0i64..330_000, is_read in any::<bool>()) {
            // A buyer whose use was at most its highest reading, or of whom there is none, pays no less when estimated.
            let alpha = PartsPerMillion(330_000);
            let traded = NetEnergy::from_watt_hours(traded);
            let past = is_read.then_some(Energy::from_watt_hours(actual.unsigned_abs()));
            let position = Position::Buy(Energy::from_watt_hours(position));
            let guess = estimate(Role::LoadAggregator, position, alpha, past, LIMIT);
            let pays = balance(guess, traded, prices()).unwrap().money;
            prop_assert!(pays >= balance(NetEnergy::from_watt_hours(actual), traded, prices()).unwrap().money);
        }

        #[test]
        fn outcome_should_be_the_readings_when_an_estimate_is_corrected(guess in -400_000i64..400_000, actual in -400_000i64..400_000, traded in -400_000i64..400_000) {
            let of = |actual| Outcome::of(NetEnergy::from_watt_hours(actual), NetEnergy::from_watt_hours(traded), prices()).unwrap();
            let change = of(actual).less(&of(guess)).unwrap();
            prop_assert_eq!(change.actual, change.balancing.energy);
            prop_assert_eq!(of(guess).balancing.money.checked_add(change.balancing.money), Some(of(actual).balancing.money));
            prop_assert_eq!(of(guess).grid_only.checked_add(change.grid_only), Some(of(actual).grid_only));
        }
    }
}
