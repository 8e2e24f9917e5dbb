//! What the pallet stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;
use market::calendar::{Calendar, MAX_PERIODS, Window};
use market::tariff::{MAX_STEPS, TariffStep};
use market::{Day, Energy, Moment, Position, Price};

/// The positions of one day, one for each period.
pub type Positions = BoundedVec<Position, ConstU32<{ MAX_PERIODS as u32 }>>;

/// The steps of a tariff, in order of time.
pub type Steps = BoundedVec<TariffStep, ConstU32<MAX_STEPS>>;

/// What a participant released for a day.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Release {
    /// Its positions; an offer that was corrected stands here as it is now.
    pub positions: Positions,
    /// How often the release was replaced.
    pub replacements: u32,
}

/// What was released for one period, over all participants.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct PeriodSum {
    /// S_t: the sum of all volumes to buy.
    pub volume: Energy,
    /// The lowest generation cost (6) of anybody who offered. It stays when its offer is withdrawn.
    pub lowest_cost: Option<Price>,
    /// Number of offers, those of nothing included.
    pub offers: u32,
}

/// An offer in the queue of offers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Offer {
    /// The energy offered.
    pub energy: Energy,
    /// How often it was corrected since its release.
    pub corrections: u32,
}

/// Tariff steps and the day from which they apply.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct StepsVersion {
    /// First delivery day.
    pub effective_from: Day,
    /// The steps.
    pub steps: Steps,
    /// How often they were replaced before they applied.
    pub replacements: u32,
}

/// Something that applies from a day on, until the next version of it does.
pub(crate) trait Version {
    /// First delivery day.
    fn effective_from(&self) -> Day;
}

impl Version for StepsVersion {
    fn effective_from(&self) -> Day {
        self.effective_from
    }
}

impl Version for Calendar {
    fn effective_from(&self) -> Day {
        self.effective_from
    }
}

impl Version for FeedInVersion {
    fn effective_from(&self) -> Day {
        self.effective_from
    }
}

/// A feed-in price and the day from which it applies.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct FeedInVersion {
    /// First delivery day.
    pub effective_from: Day,
    /// The price.
    pub price: Price,
}

/// The operator's bounds for the supplier's tariff.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct TariffBounds {
    /// The lowest price a step may have.
    pub lowest: Price,
    /// The highest price a step may have.
    pub highest: Price,
}

/// A time for which a stage was paused.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Pause {
    /// When it was paused.
    pub from: Moment,
    /// When it was resumed; none while it is paused.
    pub to: Option<Moment>,
}

impl Pause {
    /// Whether some part of a window falls into it. Blocks in which it begins or ends count.
    pub fn touches(&self, window: Window) -> bool {
        self.from < window.to && self.to.is_none_or(|to| to >= window.from)
    }
}

/// Where pruning goes on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct PruneCursor {
    /// The day that is being pruned; all before it are.
    pub day: Day,
    /// The period whose offers are being pruned.
    pub period: u16,
}
