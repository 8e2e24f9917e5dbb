//! What the other pallets and the runtime API see.

use crate::pallet::{Config, Offers, Pallet, Releases, Sums};
use market::clearing::{Order, QueueKey};
use market::position::{Positions, StandingOffers};
use market::{Delivery, Energy, ParticipantId, Position, Price};

impl<T: Config> Pallet<T> {
    /// The offers of a period from the first in the queue on, or behind a place, those of nothing included, each open for
    /// what counts of it.
    pub fn offers(delivery: Delivery, after: Option<QueueKey>) -> impl Iterator<Item = Order> {
        let offers = match after {
            Some(key) => Offers::<T>::iter_prefix_from(delivery, Offers::<T>::hashed_key_for(delivery, key)),
            None => Offers::<T>::iter_prefix(delivery),
        };
        offers.map(|(key, offer)| Order { key, open: offer.open() })
    }
}

impl<T: Config> Positions for Pallet<T> {
    fn position(participant: ParticipantId, delivery: Delivery) -> Option<Position> {
        let release = Releases::<T>::get(delivery.day, participant)?;
        release.positions.get(usize::from(delivery.period)).copied()
    }

    fn total_volume(delivery: Delivery) -> Energy {
        Sums::<T>::get(delivery.day).get(usize::from(delivery.period)).map_or(Energy::ZERO, |sum| sum.volume)
    }

    fn lowest_cost(delivery: Delivery) -> Option<Price> {
        Sums::<T>::get(delivery.day).get(usize::from(delivery.period)).and_then(|sum| sum.lowest_cost)
    }

    fn next_offer(delivery: Delivery, after: Option<QueueKey>) -> Option<Order> {
        Self::offers(delivery, after).next()
    }

    fn count_offer(delivery: Delivery, offer: QueueKey, counted: Energy) {
        Offers::<T>::mutate(delivery, offer, |offer| {
            if let Some(offer) = offer {
                offer.counted = Some(counted);
            }
        });
    }
}

impl<T: Config> StandingOffers for Pallet<T> {
    fn void(participant: ParticipantId) {
        Self::void_standing(participant);
    }
}
