//! What the pallet stores.

// The derived encoding of enums casts the number of a variant.
#![allow(clippy::cast_possible_truncation)]

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;
use market::Moment;

/// The most bytes of an announced call.
pub const MAX_CALL: u32 = 4_096;

/// A power over the market, held by an account.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    serde::Serialize,
    serde::Deserialize,
)]
pub enum Office {
    /// Registers participants, and sets meters, keys and the calendar.
    Registrar,
    /// Pays money in and out.
    Treasurer,
    /// Rules on disputes.
    Arbiter,
    /// Stops: pauses stages, suspends participants, withdraws what is announced.
    Guardian,
    /// Sets rules, bounds and validators.
    Board,
    /// Upgrades the runtime, and replaces who holds an office.
    Root,
}

impl Office {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Registrar, Self::Treasurer, Self::Arbiter, Self::Guardian, Self::Board, Self::Root];

    /// Its name, as in the genesis configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registrar => "Registrar",
            Self::Treasurer => "Treasurer",
            Self::Arbiter => "Arbiter",
            Self::Guardian => "Guardian",
            Self::Board => "Board",
            Self::Root => "Root",
        }
    }
}

/// A call that an office has announced.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Announcement {
    /// From when it may be enacted.
    pub due: Moment,
    /// Whether it replaces who holds an office.
    pub replaces: bool,
    /// The call, as the chain encodes it.
    pub call: BoundedVec<u8, ConstU32<MAX_CALL>>,
}
