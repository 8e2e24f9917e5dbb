//! Collateral: what a bid and an offer have to have behind them, and what becomes of a deposit that is forfeited.
//!
//! Sealing takes a deposit, a share of the volume at the tariff; the reveal swaps it for the cover, price times volume.
//! A bid that is not opened forfeits its deposit into the day's pot, which is shared when the day closes among all others
//! that a meter was read of, by what they took from the grid on that day. So it can't be won by an offer that costs
//! nothing: who takes more than it needs pays the tariff for it.
//!
//! Who sells and does not deliver leaves the supplier to buy at the tariff what was sold at the reserve price or above.
//! So an offer is exposed by (tariff - reserve price) x energy, until its period is settled. Where the market asks for
//! it, the seller covers a share of that ([`covered`]).

use crate::calendar::Delivery;
use crate::participant::{Member, ParticipantId, PartsPerMillion};
use crate::position::Position;
use crate::units::{Energy, Money, Price};
use sp_core::U256;

/// The share that sealing a bid takes as a deposit where the operator has not set another: a tenth.
pub const DEPOSIT_SHARE: PartsPerMillion = PartsPerMillion(100_000);

/// The deposit that sealing a bid takes: a share of the volume's cost at the tariff, rounded up to the
/// planck. `None` on overflow.
pub fn deposit(volume: Energy, tariff: Price, share: PartsPerMillion) -> Option<Money> {
    let cost = tariff.amount(volume)?.planck().checked_mul(u128::from(share.0))?;
    Some(Money::from_planck(cost.div_ceil(u128::from(PartsPerMillion::ONE.0))))
}

/// Splits forfeited deposits by weights, one call a share, in any fixed order: `before` is the sum of
/// the weights already served. Rounds down, and what a share lost to rounding comes with a later one,
/// so the shares add up to the total. Nothing where the weights are nothing.
pub fn forfeit_share(total: Money, before: Energy, weight: Energy, sum: Energy) -> Money {
    let up_to = |weights: Energy| {
        let weights = U256::from(weights.watt_hours().min(sum.watt_hours()));
        let part = U256::from(total.planck())
            .checked_mul(weights)
            .and_then(|product| product.checked_div(U256::from(sum.watt_hours())))
            .unwrap_or_default();
        u128::try_from(part).unwrap_or(u128::MAX)
    };
    Money::from_planck(up_to(before.saturating_add(weight)).saturating_sub(up_to(before)))
}

/// What counts of an offer when this much money may cover it, and what it takes of that: this share of its exposure,
/// (tariff - reserve price) x energy, to the planck. What is not covered is cut off; rounds down, to the watt-hour.
pub fn covered(
    offered: Energy,
    reserve: Price,
    tariff: Price,
    share: PartsPerMillion,
    money: Money,
) -> (Energy, Money) {
    // Gwei per kWh times watt-hours times millionths is planck.
    let each = u128::from(tariff.saturating_sub(reserve).gwei()).saturating_mul(share.0.into());
    let most = money.planck().checked_div(each).map_or(u64::MAX, |most| most.try_into().unwrap_or(u64::MAX));
    let energy = offered.min(Energy::from_watt_hours(most));
    (energy, Money::from_planck(each.saturating_mul(energy.watt_hours().into())))
}

/// What covers the exposure of offers.
pub trait Exposure<AccountId> {
    /// Frees what covers the offer that a member's position is, as its period is settled: it is the member's to spend, and
    /// what it owes is paid of it first.
    fn free(member: &Member<AccountId>, delivery: Delivery, position: Position);
}

/// Where forfeited deposits go.
pub trait Pot<AccountId> {
    /// Whose money they are until the day closes.
    fn account() -> AccountId;
    /// A deposit has arrived there, of a bid that was not opened.
    fn forfeited(delivery: Delivery, bidder: ParticipantId, amount: Money);
}

/// What a bidder needs for a bid of this volume and price: the deposit first, then in its place the cover, so the
/// higher of both. `None` on overflow.
pub fn needed(volume: Energy, price: Price, tariff: Price, share: PartsPerMillion) -> Option<Money> {
    Some(deposit(volume, tariff, share)?.max(price.amount(volume)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn deposit_should_round_up_when_the_share_leaves_a_rest() {
        let watt_hour = Energy::from_watt_hours(1);
        assert_eq!(deposit(watt_hour, Price::from_gwei(1), PartsPerMillion(1)), Some(Money::from_planck(1)));
        assert_eq!(
            deposit(watt_hour, Price::from_gwei(15), PartsPerMillion(100_000)),
            Some(Money::from_planck(1_500_000))
        );
        assert_eq!(deposit(Energy::MAX, Price::MAX, PartsPerMillion::ONE), None);
    }

    #[test]
    fn needed_should_be_the_higher_of_deposit_and_cover() {
        let of = |price| {
            needed(
                Energy::from_watt_hours(10),
                Price::from_gwei(price),
                Price::from_gwei(100),
                PartsPerMillion(100_000),
            )
        };
        assert_eq!(of(9), Some(Money::from_planck(100_000_000)));
        assert_eq!(of(11), Some(Money::from_planck(110_000_000)));
    }

    #[test]
    fn offer_should_be_cut_when_the_money_covers_a_part_of_it() {
        let of = |money, share| {
            let (reserve, tariff) = (Price::from_gwei(60), Price::from_gwei(100));
            let offered = Energy::from_watt_hours(10);
            let (energy, cover) =
                covered(offered, reserve, tariff, PartsPerMillion(share), Money::from_planck(money));
            (energy.watt_hours(), cover.planck())
        };
        // Forty gwei per kWh of each watt-hour, or a half of it.
        assert_eq!(of(400_000_000, 1_000_000), (10, 400_000_000));
        assert_eq!(of(399_999_999, 1_000_000), (9, 360_000_000));
        assert_eq!(of(399_999_999, 500_000), (10, 200_000_000));
        assert_eq!((of(0, 1_000_000), of(0, 0)), ((0, 0), (10, 0)));
    }

    #[test]
    fn offer_should_need_no_cover_when_its_reserve_price_is_no_lower_than_the_tariff() {
        let offered = Energy::from_watt_hours(10);
        let (tariff, all) = (Price::from_gwei(100), PartsPerMillion::ONE);
        assert_eq!(covered(offered, tariff, tariff, all, Money::ZERO), (offered, Money::ZERO));
        assert_eq!(covered(offered, Price::MAX, tariff, all, Money::ZERO), (offered, Money::ZERO));
    }

    proptest! {
        #[test]
        fn cover_should_be_the_share_of_the_exposure_and_never_more_than_there_is(
            offered in 0u64..=1_000_000_000_000, tariff in 0u64..=1_000_000_000_000_000, share in 0u32..=1_000_000, money in 0u128..1_000_000_000_000_000_000_000_000,
        ) {
            let (tariff, share, money) = (Price::from_gwei(tariff), PartsPerMillion(share), Money::from_planck(money));
            let (energy, cover) = covered(Energy::from_watt_hours(offered), Price::ZERO, tariff, share, money);
            prop_assert!(cover <= money);
            prop_assert_eq!(Some(cover), deposit(energy, tariff, share));
            let more = energy.saturating_add(Energy::from_watt_hours(1));
            prop_assert!(energy.watt_hours() == offered || deposit(more, tariff, share) > Some(money));
        }

        #[test]
        fn forfeits_should_be_split_without_a_rest(total in 0u128..1_000_000_000_000_000_000_000_000, weights in prop::collection::vec(0u64..1_000_000_000, 1..20)) {
            let sum: Energy = weights.iter().map(|w| Energy::from_watt_hours(*w)).sum();
            let mut before = Energy::ZERO;
            let mut paid = 0;
            for weight in weights {
                let weight = Energy::from_watt_hours(weight);
                paid += forfeit_share(Money::from_planck(total), before, weight, sum).planck();
                before = before.saturating_add(weight);
            }
            prop_assert_eq!(paid, if sum.is_zero() { 0 } else { total });
        }
    }
}
