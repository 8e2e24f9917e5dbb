//! What a participant wants to trade in a period: its net position.

// The derived encoding of enums casts the number of a variant.
#![allow(clippy::cast_possible_truncation)]

use crate::calendar::Delivery;
use crate::clearing::{Order, QueueKey};
use crate::participant::ParticipantId;
use crate::units::{Energy, NetEnergy, Price};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The most offers that a period may have.
pub const MAX_OFFERS: u32 = 10_000;

/// A participant's net position in one period: a shortage to buy or a surplus to sell, never both.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Position {
    /// A shortage: the expected volume P_EV (3). Nothing to trade is a shortage of nothing.
    Buy(Energy),
    /// A surplus: an offer.
    Sell {
        /// The energy offered.
        energy: Energy,
        /// The lowest price it is sold at.
        reserve: Price,
    },
}

impl Default for Position {
    fn default() -> Self {
        Self::NONE
    }
}

impl Position {
    /// Nothing to trade.
    pub const NONE: Self = Self::Buy(Energy::ZERO);

    /// The volume to buy; nothing for a surplus.
    pub const fn shortage(self) -> Energy {
        match self {
            Self::Buy(energy) => energy,
            Self::Sell { .. } => Energy::ZERO,
        }
    }

    /// The energy to sell; nothing for a shortage.
    pub const fn surplus(self) -> Energy {
        match self {
            Self::Buy(_) => Energy::ZERO,
            Self::Sell { energy, .. } => energy,
        }
    }

    /// The energy with its direction; `None` above `i64::MAX` watt-hours.
    pub fn net(self) -> Option<NetEnergy> {
        match self {
            Self::Buy(energy) => energy.bought(),
            Self::Sell { energy, .. } => energy.sold(),
        }
    }
}

/// What was released for a period.
pub trait Positions {
    /// A participant's position; `None` where it released nothing for the day.
    fn position(participant: ParticipantId, delivery: Delivery) -> Option<Position>;
    /// S_t: the sum of all released volumes to buy.
    fn total_volume(delivery: Delivery) -> Energy;
    /// C_mv of (7): the lowest generation cost among those that offer.
    fn lowest_cost(delivery: Delivery) -> Option<Price>;
    /// The offer behind a place in the queue of offers, or the first, open for what counts of it; those without energy
    /// included.
    fn next_offer(delivery: Delivery, after: Option<QueueKey>) -> Option<Order>;
    /// Of an offer no more than this counts from now on, since its period is cleared and its seller owes.
    fn count_offer(delivery: Delivery, offer: QueueKey, counted: Energy);
}

/// Offers that stand in the market.
pub trait StandingOffers {
    /// Voids those of a participant that have not reached gate closure.
    fn void(participant: ParticipantId);
}
