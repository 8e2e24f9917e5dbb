//! What the pallet stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;
use market::calendar::MAX_PERIODS;
use market::clearing::QueueKey;
use market::{Day, Energy, Money, ParticipantId, Position, Price};

/// The positions of one day, one for each period.
pub type DayPositions = BoundedVec<Position, ConstU32<{ MAX_PERIODS as u32 }>>;

/// What a participant released for a day.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Release {
    /// Its positions; an offer that was corrected stands here as it is now.
    pub positions: DayPositions,
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
    /// What counts of it at clearing, where its seller owed the supplier and that is less.
    pub counted: Option<Energy>,
    /// What is on hold for it until its period is settled.
    pub held: Money,
}

impl Offer {
    /// What it is open for.
    pub fn open(&self) -> Energy {
        self.counted.unwrap_or(self.energy)
    }
}

/// Where pruning goes on. It looks behind what it removed last, and so never walks over what the same block has removed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct PruneCursor {
    /// The day that is being pruned; all before it are.
    pub day: Day,
    /// The period whose offers are being pruned, once all releases are.
    pub period: u16,
    /// Whose release was removed last.
    pub release: Option<ParticipantId>,
    /// The offer of the period that was removed last.
    pub offer: Option<QueueKey>,
}
