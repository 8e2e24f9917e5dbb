//! What the other pallets and the runtime API see.

use crate::pallet::{
    CalendarVersions, Config, FeedInVersions, MarketSeed, Offers, Pallet, Pauses, Releases, Sums,
    TariffVersions,
};
use alloc::vec::Vec;
use frame::traits::Time;
use market::calendar::{Calendar, Calendars, Stage, Window};
use market::clearing::{Order, QueueKey, Seed};
use market::position::Positions;
use market::tariff::{GridPrices, Prices, Tariff, price_at};
use market::{Day, Delivery, Energy, Moment, ParticipantId, Position, Price};

impl<T: Config> Pallet<T> {
    /// The feed-in price of a day.
    pub fn feed_in(day: Day) -> Price {
        let versions = FeedInVersions::<T>::get();
        versions
            .iter()
            .rfind(|version| version.effective_from <= day)
            .map_or(Price::ZERO, |version| version.price)
    }

    /// The tariff and the feed-in price of a day; none for a day whose tariff is pruned.
    pub fn tariff(day: Day) -> Option<Tariff> {
        let versions = TariffVersions::<T>::get();
        let version = versions.iter().rfind(|version| version.effective_from <= day)?;
        Some(Tariff {
            effective_from: version.effective_from,
            feed_in: Self::feed_in(day),
            steps: version.steps.to_vec(),
        })
    }

    /// The stages that are paused.
    pub fn paused() -> Vec<Stage> {
        Stage::ALL.into_iter().filter(|stage| Self::is_paused(*stage)).collect()
    }

    /// The offers of a period from the first in the queue on, those of nothing included.
    pub fn offers(delivery: Delivery) -> impl Iterator<Item = Order> {
        Offers::<T>::iter_prefix(delivery).map(|(key, offer)| Order { key, open: offer.energy })
    }
}

impl<T: Config> Calendars for Pallet<T> {
    fn of(day: Day) -> Calendar {
        let versions = CalendarVersions::<T>::get();
        versions.iter().rfind(|calendar| calendar.effective_from <= day).copied().unwrap_or_default()
    }

    fn at(now: Moment) -> Calendar {
        let versions = CalendarVersions::<T>::get();
        versions
            .iter()
            .rfind(|calendar| calendar.day_start(calendar.effective_from) <= now)
            .or_else(|| versions.first())
            .copied()
            .unwrap_or_default()
    }

    fn is_paused(stage: Stage) -> bool {
        Pauses::<T>::get(stage).last().is_some_and(|pause| pause.to.is_none())
    }

    fn was_paused(stage: Stage, window: Window) -> bool {
        Pauses::<T>::get(stage).iter().any(|pause| pause.touches(window))
    }

    fn end_beside_pauses(stage: Stage, from: Moment, length: u64) -> Moment {
        let mut end = from.saturating_add(length);
        for pause in Pauses::<T>::get(stage) {
            if pause.from >= end {
                break;
            }
            let paused_until = pause.to.unwrap_or_else(T::Time::now);
            end = end.saturating_add(paused_until.saturating_sub(pause.from.max(from)));
        }
        end
    }
}

impl<T: Config> Prices for Pallet<T> {
    fn prices(delivery: Delivery) -> Option<GridPrices> {
        let offset = Self::of(delivery.day).period_length.checked_mul(u64::from(delivery.period))?;
        let tariff = Self::tariff_at(delivery.day, offset)?;
        Some(GridPrices { tariff, feed_in: Self::feed_in(delivery.day) })
    }

    fn tariff_at(day: Day, offset: u64) -> Option<Price> {
        let versions = TariffVersions::<T>::get();
        let version = versions.iter().rfind(|version| version.effective_from <= day)?;
        price_at(&version.steps, offset)
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
        let mut offers = match after {
            Some(key) => Offers::<T>::iter_prefix_from(delivery, Offers::<T>::hashed_key_for(delivery, key)),
            None => Offers::<T>::iter_prefix(delivery),
        };
        offers.next().map(|(key, offer)| Order { key, open: offer.energy })
    }
}

impl<T: Config> Seed for Pallet<T> {
    fn seed() -> u64 {
        MarketSeed::<T>::get()
    }
}
