//! What the pallet stores.

// The derived encoding of enums casts the number of a variant.
#![allow(clippy::cast_possible_truncation)]

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::deps::sp_core::H256;
use market::clearing::{Queue, QueueKey};
use market::{Energy, Money, ParticipantId, Price};
use scale_info::TypeInfo;

/// A participant's bid for a period, from its sealing until its reveal.
///
/// Account and volume are kept with it, so that its reveal has not to ask for them again. The volume is fixed when the
/// release closes; the account changes where its participant's does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Seal<AccountId> {
    /// What the price is bound by: see [`market::commitment::commitment`].
    pub commitment: H256,
    /// The false quotation, in gwei per kWh: what others see until the reveal.
    pub quote: Price,
    /// Whose money it is.
    pub account: AccountId,
    /// The released volume.
    pub volume: Energy,
    /// The lowest generation cost among the offers when it was sealed: the floor (7) of its price. An offer that came
    /// later does not lift it.
    pub floor: Option<Price>,
    /// What is on hold until the reveal.
    pub deposit: Money,
    /// How often it was replaced.
    pub replacements: u32,
}

/// A revealed bid in the book. Its key tells price and bidder, whose money covers it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Bid {
    /// The volume it is for.
    pub volume: Energy,
}

/// The bidder in front of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Buyer<AccountId> {
    /// Whose money covers its bid.
    pub account: AccountId,
    /// Its bid.
    pub bid: Bid,
    /// What of its cover it has paid.
    pub spent: Money,
}

/// Where a walk along the queue stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Walk<AccountId> {
    /// The front of both queues.
    pub queue: Queue,
    /// The bidder in front.
    pub buyer: Option<Buyer<AccountId>>,
    /// The account of the seller in front.
    pub seller: Option<AccountId>,
    /// The last bid that came to the front.
    pub last_bid: Option<QueueKey>,
    /// Whether there is no offer behind the one in front.
    pub offers_over: bool,
    /// Whether a walk before this one has found what counts of each offer: debts that changed since do not matter.
    pub is_counted: bool,
}

impl<AccountId> Default for Walk<AccountId> {
    fn default() -> Self {
        Self {
            queue: Queue::default(),
            buyer: None,
            seller: None,
            last_bid: None,
            offers_over: false,
            is_counted: false,
        }
    }
}

/// What the clearing of a period is at.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Phase<AccountId> {
    /// It waits for the reveal window to close.
    #[default]
    Waiting,
    /// At a uniform price: looks for the lowest accepted bid, and changes nothing.
    Marginal {
        /// Where it stands.
        walk: Walk<AccountId>,
        /// The lowest accepted bid so far.
        lowest: Option<Price>,
    },
    /// Walks the queue and moves the money.
    Queue {
        /// Where it stands.
        walk: Walk<AccountId>,
        /// The price of all trades; each bid's own where there is none.
        uniform: Option<Price>,
    },
    /// Takes the deposits of unrevealed bids into the day's pot.
    Collect {
        /// The last bidder whose deposit was taken.
        last: Option<ParticipantId>,
    },
    /// Gives the deposits of unrevealed bids back.
    Return {
        /// The last bidder that got its deposit back.
        last: Option<ParticipantId>,
    },
}

/// How far the clearing of a period is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Clearance<AccountId> {
    /// What it is at.
    pub phase: Phase<AccountId>,
    /// How many trades were made.
    pub trades: u32,
    /// The energy that changed hands.
    pub energy: Energy,
}

impl<AccountId> Default for Clearance<AccountId> {
    fn default() -> Self {
        Self { phase: Phase::Waiting, trades: 0, energy: Energy::ZERO }
    }
}
