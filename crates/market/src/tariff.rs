//! The retail supplier's stepped tariff and the feed-in price.

use crate::calendar::{Day, Delivery};
use crate::units::Price;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// The most steps a tariff may have: one for every five minutes.
pub const MAX_STEPS: u32 = 288;

/// One step: a price for a part of the day.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TariffStep {
    /// Its start, in milliseconds into the day.
    pub from: u64,
    /// Its end, in milliseconds into the day; not part of it.
    pub to: u64,
    /// C_buyGrid: what the supplier sells at, in gwei per kWh.
    pub price: Price,
}

/// What the main grid asks and pays in one period.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GridPrices {
    /// C_buyGrid: the tariff, at which the supplier sells.
    pub tariff: Price,
    /// C_sellGrid: the feed-in price, at which the supplier buys.
    pub feed_in: Price,
}

/// The supplier's prices for a day, from which they apply on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tariff {
    /// First delivery day that it applies to.
    pub effective_from: Day,
    /// C_sellGrid.
    pub feed_in: Price,
    /// The steps, in order of time.
    pub steps: Vec<TariffStep>,
}

/// Why steps make no tariff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TariffError {
    /// A step ends before it starts, or where it starts.
    EmptyStep,
    /// Some part of the day has no step.
    Gap,
    /// Some part of the day has two steps.
    Overlap,
    /// A price is below the feed-in price, so that buying to sell would pay.
    BelowFeedIn,
    /// A price is above what the market handles.
    PriceOutOfRange,
}

impl fmt::Display for TariffError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyStep => "a tariff step ends before it starts",
            Self::Gap => "the tariff leaves a gap in the day",
            Self::Overlap => "two tariff steps overlap",
            Self::BelowFeedIn => "a tariff price is below the feed-in price",
            Self::PriceOutOfRange => "a tariff price is above 1000000 ETH/kWh",
        })
    }
}

impl core::error::Error for TariffError {}

/// Checks that steps, in order of time, cover a day without gap or overlap, at prices from the
/// feed-in price up. Gives the index of the step at fault.
pub fn check_steps(
    steps: &[TariffStep],
    feed_in: Price,
    day_length: u64,
) -> Result<(), (usize, TariffError)> {
    let mut covered = 0;
    for (index, step) in steps.iter().enumerate() {
        if step.from >= step.to {
            return Err((index, TariffError::EmptyStep));
        }
        if step.from > covered {
            return Err((index, TariffError::Gap));
        }
        if step.from < covered || step.to > day_length {
            return Err((index, TariffError::Overlap));
        }
        if step.price > Price::MAX_IN_MARKET {
            return Err((index, TariffError::PriceOutOfRange));
        }
        if step.price < feed_in {
            return Err((index, TariffError::BelowFeedIn));
        }
        covered = step.to;
    }
    if covered < day_length {
        return Err((steps.len().saturating_sub(1), TariffError::Gap));
    }
    Ok(())
}

/// The tariff C_buyGrid at an offset into the day, in milliseconds; `None` where no step covers it.
pub fn price_at(steps: &[TariffStep], offset: u64) -> Option<Price> {
    steps.iter().find(|step| step.from <= offset && offset < step.to).map(|step| step.price)
}

/// The main grid's prices of a period.
pub trait Prices {
    /// They are pinned to the day once its release has opened; `None` for a day that is pruned.
    fn prices(delivery: Delivery) -> Option<GridPrices>;

    /// The tariff alone, `offset` milliseconds into a day: for who has the day's calendar at hand.
    fn tariff_at(day: Day, offset: u64) -> Option<Price>;

    /// The feed-in price alone, which is one for the whole day; zero for a day that is pruned.
    fn feed_in(day: Day) -> Price {
        Self::prices(Delivery { day, period: 0 }).map_or(Price::ZERO, |prices| prices.feed_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(from: u64, to: u64, price: u64) -> TariffStep {
        TariffStep { from, to, price: Price::from_gwei(price) }
    }

    #[test]
    fn tariff_should_be_refused_when_it_does_not_cover_the_day_once() {
        let feed_in = Price::from_gwei(380);
        let check = |steps: &[TariffStep]| check_steps(steps, feed_in, 24);
        assert_eq!(check(&[step(0, 7, 425), step(7, 24, 725)]), Ok(()));
        assert_eq!(check(&[step(0, 7, 425), step(8, 24, 725)]), Err((1, TariffError::Gap)));
        assert_eq!(check(&[step(0, 8, 425), step(7, 24, 725)]), Err((1, TariffError::Overlap)));
        assert_eq!(check(&[step(0, 25, 425)]), Err((0, TariffError::Overlap)));
        assert_eq!(check(&[step(0, 23, 425)]), Err((0, TariffError::Gap)));
        assert_eq!(check(&[]), Err((0, TariffError::Gap)));
        assert_eq!(check(&[step(7, 7, 425)]), Err((0, TariffError::EmptyStep)));
        assert_eq!(check(&[step(0, 24, 379)]), Err((0, TariffError::BelowFeedIn)));
        assert_eq!(check(&[step(0, 24, u64::MAX)]), Err((0, TariffError::PriceOutOfRange)));
    }

    #[test]
    fn price_should_be_the_steps_when_the_offset_lies_in_it() {
        let steps = [step(0, 7, 425), step(7, 24, 725)];
        assert_eq!(price_at(&steps, 6), Some(Price::from_gwei(425)));
        assert_eq!(price_at(&steps, 7), Some(Price::from_gwei(725)));
        assert_eq!(price_at(&steps, 24), None);
    }
}
