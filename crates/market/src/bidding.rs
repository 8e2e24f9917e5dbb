//! Bids (5): C_at = (2^(P_EV / S_t) - 1) * (C_buyGrid - C_sellGrid) + C_sellGrid.

use crate::tariff::GridPrices;
use crate::units::{Energy, Price};

/// What a bidder knows when it bids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BidContext {
    /// P_EV: the bidder's released volume.
    pub volume: Energy,
    /// S_t: the sum of all released volumes of the period, the bidder's included.
    pub total: Energy,
    /// The tariff and the feed-in price of the period.
    pub prices: GridPrices,
}

/// The paper's bid (5), in gwei per kWh: the larger one's share of the demand, the nearer it is to the tariff.
///
/// Rounds down to the gwei. `None` with nothing to buy: the bidder stays away.
pub fn demand_share(context: &BidContext) -> Option<Price> {
    if context.volume.is_zero() || context.volume > context.total {
        return None;
    }
    let span = context.prices.tariff.checked_sub(context.prices.feed_in)?;
    let above_feed_in =
        exp2_minus_one(context.volume, context.total)?.checked_mul(u128::from(span.gwei()))? >> FRACTION_BITS;
    let above_feed_in = u64::try_from(above_feed_in).ok().map(Price::from_gwei)?;
    context.prices.feed_in.checked_add(above_feed_in)
}

/// Bits behind the point of the fixed-point numbers below.
const FRACTION_BITS: u32 = 60;

/// The natural logarithm of two with 60 bits behind the point, rounded down.
const LN_2: u128 = 799_144_290_325_165_978;

/// 2^(part / whole) - 1 for 0 < part <= whole, with [`FRACTION_BITS`] bits behind the point.
///
/// The series of e^x - 1 at x = ln 2 * part / whole: each term is the one before times x / k, rounded
/// down, so the result lies less than 2^-54 below the exact one. Before the last division the volumes
/// are at most 2^40, so nothing overflows; `None` where they are larger.
fn exp2_minus_one(part: Energy, whole: Energy) -> Option<u128> {
    let x = LN_2.checked_mul(u128::from(part.watt_hours()))?.checked_div(u128::from(whole.watt_hours()))?;
    let mut term = x;
    let mut sum = 0u128;
    let mut k = 1u128;
    while term > 0 {
        sum = sum.checked_add(term)?;
        k = k.checked_add(1)?;
        term = (term.checked_mul(x)? >> FRACTION_BITS).checked_div(k)?;
    }
    // The series for part = whole ends just below one; the exact value there is one.
    Some(if part == whole { 1u128 << FRACTION_BITS } else { sum })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prices(tariff: u64, feed_in: u64) -> GridPrices {
        GridPrices { tariff: Price::from_gwei(tariff), feed_in: Price::from_gwei(feed_in) }
    }

    fn bid(volume: u64, total: u64, prices: GridPrices) -> Option<Price> {
        let context = BidContext {
            volume: Energy::from_watt_hours(volume),
            total: Energy::from_watt_hours(total),
            prices,
        };
        demand_share(&context)
    }

    #[test]
    fn bid_should_be_the_papers_when_the_volumes_are_table_4s() {
        let peak = prices(1_025_000_000, 380_000_000);
        // LA3, 08:00-09:00: 64.4 of 117.2 kWh.
        let expected = (2f64.powf(64.4 / 117.2) - 1.0) * 645_000_000.0 + 380_000_000.0;
        let price = bid(64_400, 117_200, peak).unwrap();
        assert!((price.gwei() as f64 - expected).abs() <= 1.0);
        assert_eq!(price.to_string(), "0.679000232");
    }

    #[test]
    fn bid_should_be_the_tariff_when_one_bidder_is_all_the_demand() {
        assert_eq!(bid(1, 1, prices(1_025, 380)), Some(Price::from_gwei(1_025)));
    }

    #[test]
    fn bidder_should_stay_away_when_it_has_nothing_to_buy() {
        assert_eq!(bid(0, 10, prices(1_025, 380)), None);
        assert_eq!(bid(11, 10, prices(1_025, 380)), None);
        assert_eq!(bid(1, 10, prices(380, 1_025)), None);
    }

    #[test]
    fn logarithm_of_two_should_be_rounded_down() {
        // ln 2 = sum of 1 / (k * 2^k), here with 120 bits behind the point; what is cut off stays below 2^-113.
        let sum: u128 = (1u32..120).map(|k| (1u128 << (120 - k)) / u128::from(k)).sum();
        assert_eq!(sum >> 60, LN_2);
        assert_eq!((sum + 128) >> 60, LN_2);
    }

    proptest! {
        #[test]
        fn bid_should_lie_between_feed_in_and_tariff(volume in 1u64..1_000_000_000_000, rest in 0u64..1_000_000_000_000, feed_in in 0u64..1_000_000_000, span in 0u64..1_000_000_000) {
            let grid = prices(feed_in + span, feed_in);
            let price = bid(volume, volume + rest, grid).unwrap();
            prop_assert!(price >= grid.feed_in && price <= grid.tariff);
        }

        #[test]
        fn bid_should_be_within_a_gwei_of_the_formula(volume in 1u64..1_000_000_000, rest in 0u64..1_000_000_000, feed_in in 0u64..1_000_000_000, span in 0u64..1_000_000_000) {
            let price = bid(volume, volume + rest, prices(feed_in + span, feed_in)).unwrap().gwei() as f64;
            let exact = (2f64.powf(volume as f64 / (volume + rest) as f64) - 1.0) * span as f64 + feed_in as f64;
            prop_assert!(price <= exact + 0.001 && price > exact - 1.001, "{} {}", price, exact);
        }

        #[test]
        fn bid_should_grow_with_the_share(volume in 1u64..1_000_000, more in 0u64..1_000_000, rest in 0u64..1_000_000) {
            let grid = prices(1_025_000_000, 380_000_000);
            let total = volume + more + rest;
            prop_assert!(bid(volume + more, total, grid) >= bid(volume, total, grid));
        }
    }
}
