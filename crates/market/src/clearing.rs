//! The clearing queue: bids high to low against offers low to high by reserve price, cut at what is left.
//!
//! Ties, of bids and of offers, are drawn by [`lot`], so that racing gains nothing and a simulation
//! knows the outcome too. The chain walks the queue over many blocks and keeps a [`Queue`] between
//! them; [`clear`] walks it at once.

use crate::calendar::Delivery;
use crate::participant::ParticipantId;
use crate::units::{Energy, Price};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_crypto_hashing::blake2_256;

/// A place in the order of those at one price.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Lot(pub u64);

/// The lot of a participant in a period: the first 64 bits of blake2-256 over the market's seed, the
/// period and the participant's number.
pub fn lot(seed: u64, delivery: Delivery, participant: ParticipantId) -> Lot {
    let hash = (b"gridbid/lot/", seed, delivery, participant).using_encoded(blake2_256);
    let (first, _) = hash.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    Lot(u64::from_be_bytes(*first))
}

/// A place in a queue as a key whose bytes sort as the queue does: price, then lot, then number.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct QueueKey(pub [u8; 20]);

impl QueueKey {
    /// The key of a bid: the highest price sorts first.
    pub fn of_bid(price: Price, lot: Lot, bidder: ParticipantId) -> Self {
        Self::new(!price.gwei(), lot, bidder)
    }

    /// The key of an offer: the lowest reserve price sorts first.
    pub fn of_offer(reserve: Price, lot: Lot, seller: ParticipantId) -> Self {
        Self::new(reserve.gwei(), lot, seller)
    }

    fn new(order: u64, lot: Lot, participant: ParticipantId) -> Self {
        let mut bytes = [0; 20];
        let parts =
            order.to_be_bytes().into_iter().chain(lot.0.to_be_bytes()).chain(participant.0.to_be_bytes());
        for (byte, part) in bytes.iter_mut().zip(parts) {
            *byte = part;
        }
        Self(bytes)
    }

    /// The price of a bid's key.
    pub fn bid_price(&self) -> Price {
        Price::from_gwei(!self.order())
    }

    /// The reserve price of an offer's key.
    pub fn reserve_price(&self) -> Price {
        Price::from_gwei(self.order())
    }

    /// The participant of a key.
    pub fn participant(&self) -> ParticipantId {
        ParticipantId(u32::from_be_bytes(self.0.last_chunk::<4>().copied().unwrap_or_default()))
    }

    fn order(&self) -> u64 {
        u64::from_be_bytes(self.0.first_chunk::<8>().copied().unwrap_or_default())
    }
}

/// A revealed bid or an offer in its queue, with the energy it is still open for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Order {
    /// Its place, which tells price and participant.
    pub key: QueueKey,
    /// What it is still open for.
    pub open: Energy,
}

/// How the price of a trade is found.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Pricing {
    /// Each buyer pays its own bid (the paper).
    #[default]
    PayAsBid,
    /// All buyers of a period pay the lowest accepted bid.
    Uniform,
}

/// Energy that changes hands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Trade {
    /// Who buys.
    pub buyer: ParticipantId,
    /// Who sells.
    pub seller: ParticipantId,
    /// How much, above zero.
    pub energy: Energy,
    /// At which price.
    pub price: Price,
}

/// One step along the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The bid in front gets energy from the offer in front, at the bid's price.
    Trade(Trade),
    /// The bid in front leaves the queue; what it is open for stays unserved.
    BidLeaves(Order),
    /// The offer that came next has no energy and is passed by.
    OfferPassed(Order),
    /// No bid is left.
    Over,
}

/// The front of both queues: all that has to be remembered between two steps.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Queue {
    /// The bid in front; none once it has left.
    pub bid: Option<Order>,
    /// The offer in front. The last one stays when it is sold out, so its key tells where the queue of
    /// offers goes on.
    pub offer: Option<Order>,
}

impl Queue {
    /// Takes one step, which asks each closure once at most. `next_bid` and `next_offer` hand out the
    /// orders behind the front, in the order of their keys, and `None` when there are no more; they are
    /// asked again after a `None`.
    pub fn step(
        &mut self,
        mut next_bid: impl FnMut() -> Option<Order>,
        mut next_offer: impl FnMut() -> Option<Order>,
    ) -> Step {
        let Some(mut bid) = self.bid.or_else(&mut next_bid) else {
            return Step::Over;
        };
        if !bid.open.is_zero()
            && self.offer.is_none_or(|offer| offer.open.is_zero())
            && let Some(next) = next_offer()
        {
            self.offer = Some(next);
            if next.open.is_zero() {
                self.bid = Some(bid);
                return Step::OfferPassed(next);
            }
        }
        let offer = self
            .offer
            .filter(|offer| !bid.open.is_zero() && !offer.open.is_zero())
            .filter(|offer| bid.key.bid_price() >= offer.key.reserve_price());
        let Some(mut offer) = offer else {
            self.bid = None;
            return Step::BidLeaves(bid);
        };
        let energy = bid.open.min(offer.open);
        bid.open = bid.open.saturating_sub(energy);
        offer.open = offer.open.saturating_sub(energy);
        self.bid = Some(bid);
        self.offer = Some(offer);
        Step::Trade(Trade {
            buyer: bid.key.participant(),
            seller: offer.key.participant(),
            energy,
            price: bid.key.bid_price(),
        })
    }
}

/// Walks whole queues, given in any order, and yields their trades in the order they are made.
pub fn clear(mut bids: Vec<Order>, mut offers: Vec<Order>, pricing: Pricing) -> Vec<Trade> {
    bids.sort_unstable_by_key(|order| order.key);
    offers.sort_unstable_by_key(|order| order.key);
    let (mut bids, mut offers) = (bids.into_iter(), offers.into_iter());
    let mut queue = Queue::default();
    let mut trades = Vec::new();
    loop {
        match queue.step(|| bids.next(), || offers.next()) {
            Step::Trade(trade) => trades.push(trade),
            Step::BidLeaves(_) | Step::OfferPassed(_) => {}
            Step::Over => break,
        }
    }
    if pricing == Pricing::Uniform
        && let Some(lowest) = trades.last().map(|trade| trade.price)
    {
        for trade in &mut trades {
            trade.price = lowest;
        }
    }
    trades
}

/// The market's seed, set once: what [`lot`] draws from.
pub trait Seed {
    /// The seed.
    fn seed() -> u64;
}

/// Whether a period's queue has been walked to its end, with all its money moved.
pub trait Clearing {
    /// True once nothing of the period is left to clear, also where nobody bid.
    fn is_cleared(delivery: Delivery) -> bool;
}

#[cfg(test)]
mod tests;
