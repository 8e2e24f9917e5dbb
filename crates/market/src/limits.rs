//! Generation cost (6), and the limits of bids (7) and offers (8).

use crate::units::{Energy, Money, Price};

/// How often a bid, a release, an offer or a proposed tariff may be replaced free of charge.
pub const FREE_REPLACEMENTS: u32 = 2;

/// Whether something costs no fee that was replaced so often, this time included.
pub const fn is_free(replacements: u32) -> bool {
    replacements <= FREE_REPLACEMENTS
}

/// Why a price is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitError {
    /// A bid lies below the lowest generation cost among the period's offers (7).
    BelowCost,
    /// A bid lies above the tariff (7).
    AboveTariff,
    /// A reserve price lies below the feed-in price (8).
    BelowFeedIn,
    /// A reserve price lies below the microgrid's own generation cost (6).
    BelowOwnCost,
    /// A reserve price lies above the market's bound.
    OutOfRange,
}

/// Generation cost C_mv (6): the cost of the plant over all the energy it yields in its years of service.
/// Rounds up, so that selling at it never loses; `None` for a plant that yields nothing, or on overflow.
pub fn generation_cost(plant_cost: Money, yearly_generation: Energy, years_of_service: u32) -> Option<Price> {
    let lifetime = u128::from(yearly_generation.watt_hours()).checked_mul(u128::from(years_of_service))?;
    // Planck over watt-hours times 10^3 is planck per kWh; over 10^9, gwei per kWh.
    let divisor = lifetime.checked_mul(1_000_000)?;
    if divisor == 0 {
        return None;
    }
    u64::try_from(plant_cost.planck().div_ceil(divisor)).ok().map(Price::from_gwei)
}

/// Checks a bid (7): C_mv <= C_at <= C_buyGrid(t), with C_mv the lowest generation cost among the
/// period's offers; without an offer only the tariff binds.
pub fn check_bid(bid: Price, lowest_cost: Option<Price>, tariff: Price) -> Result<(), LimitError> {
    if bid > tariff {
        return Err(LimitError::AboveTariff);
    }
    if lowest_cost.is_some_and(|cost| bid < cost) {
        return Err(LimitError::BelowCost);
    }
    Ok(())
}

/// Checks an offer's reserve price: at least the feed-in price (8) and the microgrid's own cost (6).
pub fn check_offer(reserve: Price, own_cost: Price, feed_in: Price) -> Result<(), LimitError> {
    if reserve > Price::MAX_IN_MARKET {
        return Err(LimitError::OutOfRange);
    }
    if reserve < feed_in {
        return Err(LimitError::BelowFeedIn);
    }
    if reserve < own_cost {
        return Err(LimitError::BelowOwnCost);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn price(gwei: u64) -> Price {
        Price::from_gwei(gwei)
    }

    #[test]
    fn cost_should_round_up_when_the_division_leaves_a_rest() {
        // 1,000 ETH over 20 years of 1,000 kWh: 0.05 ETH/kWh.
        let thousand = Money::from_planck(1_000_000_000_000_000_000_000);
        let yearly = Energy::from_watt_hours(1_000_000);
        assert_eq!(generation_cost(thousand, yearly, 20), Some(price(50_000_000)));
        let more = Money::from_planck(thousand.planck() + 1);
        assert_eq!(generation_cost(more, yearly, 20), Some(price(50_000_001)));
        assert_eq!(generation_cost(thousand, Energy::ZERO, 20), None);
    }

    #[test]
    fn bid_should_be_refused_when_it_leaves_its_limits() {
        assert_eq!(check_bid(price(5), Some(price(5)), price(5)), Ok(()));
        assert_eq!(check_bid(price(6), Some(price(5)), price(5)), Err(LimitError::AboveTariff));
        assert_eq!(check_bid(price(4), Some(price(5)), price(5)), Err(LimitError::BelowCost));
        assert_eq!(check_bid(price(0), None, price(5)), Ok(()));
    }

    #[test]
    fn offer_should_be_refused_when_it_is_below_feed_in_or_cost() {
        assert_eq!(check_offer(price(5), price(5), price(5)), Ok(()));
        assert_eq!(check_offer(price(4), price(3), price(5)), Err(LimitError::BelowFeedIn));
        assert_eq!(check_offer(price(5), price(6), price(5)), Err(LimitError::BelowOwnCost));
        assert_eq!(check_offer(Price::MAX, price(6), price(5)), Err(LimitError::OutOfRange));
    }
}
