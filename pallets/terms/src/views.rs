//! What the other pallets and the runtime API see.

use crate::pallet::{
    CalendarVersions, Config, FeedInVersions, MarketSeed, Pallet, Pauses, TariffSteps, TariffVersions,
};
use crate::types::in_force;
use alloc::vec::Vec;
use frame::traits::Time;
use market::books::{Books, Retention};
use market::calendar::{Calendar, Calendars, Stage, Window};
use market::clearing::Seed;
use market::tariff::{GridPrices, Prices, Tariff, TariffStep, price_at};
use market::{Day, Delivery, Moment, Price};

impl<T: Config> Pallet<T> {
    /// The tariff and the feed-in price of a day; none for a day whose tariff is pruned.
    pub fn tariff(day: Day) -> Option<Tariff> {
        let versions = TariffVersions::<T>::get();
        let version = in_force(&versions, day)?;
        let feed_in = Self::feed_in(day);
        let steps = TariffSteps::<T>::get(version.effective_from);
        let steps = steps.iter().map(|step| TariffStep { price: step.price.max(feed_in), ..*step });
        Some(Tariff { effective_from: version.effective_from, feed_in, steps: steps.collect() })
    }

    /// The stages that are paused.
    pub fn paused() -> Vec<Stage> {
        Stage::ALL.into_iter().filter(|stage| Self::is_paused(*stage)).collect()
    }

    /// The first day whose prices are kept.
    pub(crate) fn prices_from() -> Day {
        let released = T::Releases::first_kept();
        T::Books::first_correctable().map_or(released, |day| day.min(released))
    }

    /// The first day whose calendar is kept.
    pub(crate) fn calendars_from() -> Day {
        let needed = Self::prices_from().min(T::Releases::first_left());
        T::Books::first_kept().map_or(needed, |day| day.min(needed))
    }
}

impl<T: Config> Calendars for Pallet<T> {
    fn of(day: Day) -> Calendar {
        in_force(&CalendarVersions::<T>::get(), day).copied().unwrap_or_default()
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
        Pauses::<T>::get(stage).last().is_some_and(|pause| pause.lasts(T::Time::now()))
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
            let now = T::Time::now();
            let paused_until = pause.to.map_or(now, |to| to.min(now));
            end = end.saturating_add(paused_until.saturating_sub(pause.from.max(from)));
        }
        end
    }
}

impl<T: Config> Prices for Pallet<T> {
    fn prices(delivery: Delivery) -> Option<GridPrices> {
        let offset = Self::of(delivery.day).offset(delivery.period);
        let tariff = Self::tariff_at(delivery.day, offset)?;
        Some(GridPrices { tariff, feed_in: Self::feed_in(delivery.day) })
    }

    fn tariff_at(day: Day, offset: u64) -> Option<Price> {
        let version = in_force(&TariffVersions::<T>::get(), day)?.effective_from;
        let price = price_at(&TariffSteps::<T>::get(version), offset)?;
        // The board sets the feed-in price whatever the supplier proposed; buying to sell must not pay.
        Some(price.max(Self::feed_in(day)))
    }

    fn feed_in(day: Day) -> Price {
        in_force(&FeedInVersions::<T>::get(), day).map_or(Price::ZERO, |version| version.price)
    }
}

impl<T: Config> Seed for Pallet<T> {
    fn seed() -> u64 {
        MarketSeed::<T>::get()
    }
}
