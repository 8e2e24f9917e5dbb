//! What the pallet stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;
use market::calendar::{Calendar, Window};
use market::tariff::{MAX_STEPS, TariffStep};
use market::{Day, Moment, Price};

/// The steps of a tariff, in order of time.
pub type Steps = BoundedVec<TariffStep, ConstU32<MAX_STEPS>>;

/// A tariff and the day from which it applies. Its steps stand apart: whoever looks a price up reads one version's.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct TariffVersion {
    /// First delivery day.
    pub effective_from: Day,
    /// How often they were replaced before they applied.
    pub replacements: u32,
}

/// Something that applies from a day on, until the next version of it does.
pub(crate) trait Version {
    /// First delivery day.
    fn effective_from(&self) -> Day;
}

impl Version for TariffVersion {
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

/// The version that applies to a day.
pub(crate) fn in_force<V: Version>(versions: &[V], day: Day) -> Option<&V> {
    versions.iter().rfind(|version| version.effective_from() <= day)
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

/// The board's bounds for the supplier's tariff.
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
    /// When it was resumed, or is by itself; none where somebody has to.
    pub to: Option<Moment>,
}

impl Pause {
    /// Whether it lasts at a moment.
    pub fn lasts(&self, now: Moment) -> bool {
        self.to.is_none_or(|to| now < to)
    }

    /// Whether some part of a window falls into it. Blocks in which it begins or ends count.
    pub fn touches(&self, window: Window) -> bool {
        self.from < window.to && self.to.is_none_or(|to| to >= window.from)
    }
}
