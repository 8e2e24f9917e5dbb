//! What always holds of the pallet's storage, as named checks.

use crate::pallet::{
    Bounds, CalendarVersions, Config, FeedInVersions, Offers, Pallet, Pauses, Pruning, Releases, Sums,
    TariffVersions,
};
use crate::{Pause, PeriodSum, Release};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use frame::prelude::*;
use frame::try_runtime::TryRuntimeError;
use market::calendar::Calendars;
use market::clearing::QueueKey;
use market::tariff::check_steps;
use market::{Day, Delivery, Energy, ParticipantId, Position, Price};

impl<T: Config> Pallet<T> {
    /// Runs every check.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::check_calendars_are_in_order()?;
        Self::check_releases_fit_their_day()?;
        Self::check_sums_are_of_releases()?;
        Self::check_offers_are_released()?;
        Self::check_tariffs_are_in_order()?;
        Self::check_feed_in_is_below_tariff()?;
        Self::check_bounds_are_in_order()?;
        Self::check_pauses_are_in_order()
    }

    /// The first calendar applies to all days that are kept, and each other one continues the days of the one before.
    fn check_calendars_are_in_order() -> Result<(), TryRuntimeError> {
        let versions = CalendarVersions::<T>::get();
        ensure!(versions.iter().all(|calendar| calendar.validate().is_ok()), "a calendar is invalid");
        ensure!(
            versions.first().is_none_or(|calendar| calendar.effective_from <= Self::calendars_from()),
            "a day that is kept has no calendar"
        );
        ensure!(
            versions.iter().zip(versions.iter().skip(1)).all(|(one, next)| {
                one.effective_from < next.effective_from
                    && one.version < next.version
                    && next.follows(one).is_ok()
            }),
            "the calendars are out of order, or a day starts twice"
        );
        Ok(())
    }

    /// Every day that is not being pruned, and what was released for it.
    fn whole_days() -> BTreeMap<Day, Vec<(ParticipantId, Release)>> {
        let pruned_until = Pruning::<T>::get().filter(|cursor| cursor.day < Self::oldest_day());
        let mut days = BTreeMap::<Day, Vec<_>>::new();
        for (day, id, release) in Releases::<T>::iter() {
            if pruned_until.is_none_or(|cursor| day > cursor.day) {
                days.entry(day).or_default().push((id, release));
            }
        }
        days
    }

    /// A release has a position for each period of its day, none above what the market handles.
    fn check_releases_fit_their_day() -> Result<(), TryRuntimeError> {
        for (day, _, release) in Releases::<T>::iter() {
            ensure!(
                release.positions.len() == usize::from(Self::of(day).periods_per_day),
                "a release has another number of periods than its day"
            );
            ensure!(
                release.positions.iter().all(|position| {
                    position.shortage().max(position.surplus()) <= Energy::MAX_PER_PERIOD
                }),
                "a position is above what the market handles"
            );
        }
        Ok(())
    }

    /// The sums of a day are those of its releases, and where somebody offers there is a lowest cost.
    fn check_sums_are_of_releases() -> Result<(), TryRuntimeError> {
        let days = Self::whole_days();
        for (day, releases) in &days {
            let sums = Sums::<T>::get(day);
            for period in 0..Self::of(*day).periods_per_day {
                let index = usize::from(period);
                let positions: Vec<_> = releases
                    .iter()
                    .filter_map(|(_, release)| release.positions.get(index).copied())
                    .collect();
                let sum = sums.get(index).copied().unwrap_or_default();
                ensure!(
                    sum.volume == positions.iter().map(|position| position.shortage()).sum(),
                    "a period's volume is not the sum of the released ones"
                );
                let offers = positions.iter().filter(|position| is_offer(position)).count();
                ensure!(
                    u32::try_from(offers) == Ok(sum.offers),
                    "the number of a period's offers is another"
                );
                ensure!(sum.offers <= T::MaxOffers::get(), "a period has more offers than it may");
                ensure!(
                    sum.offers == 0 || sum.lowest_cost.is_some(),
                    "a period with offers has no lowest cost"
                );
            }
        }
        let pruning = Pruning::<T>::get().map(|cursor| cursor.day);
        ensure!(
            Sums::<T>::iter().all(|(day, sums)| days.contains_key(&day)
                || Some(day) == pruning
                || sums.iter().all(|sum: &PeriodSum| sum.volume.is_zero() && sum.offers == 0)),
            "a day has sums and no release"
        );
        Ok(())
    }

    /// The queue holds exactly the offers that are released, each at its place.
    fn check_offers_are_released() -> Result<(), TryRuntimeError> {
        let days = Self::whole_days();
        let mut released = BTreeSet::<(Delivery, QueueKey, Energy)>::new();
        for (day, releases) in &days {
            for (id, release) in releases {
                for (period, position) in (0u16..).zip(&release.positions) {
                    let delivery = Delivery { day: *day, period };
                    if let Some(key) = Self::offer_key(*id, delivery, *position) {
                        released.insert((delivery, key, position.surplus()));
                    }
                }
            }
        }
        let pruning = Pruning::<T>::get().filter(|cursor| cursor.day < Self::oldest_day());
        let queued: BTreeSet<_> = Offers::<T>::iter()
            .filter(|(delivery, ..)| pruning.is_none_or(|cursor| delivery.day > cursor.day))
            .map(|(delivery, key, offer)| (delivery, key, offer.energy))
            .collect();
        ensure!(queued == released, "the queue of offers is not what was released");
        Ok(())
    }

    /// The tariff's versions are in order, and each covers its days.
    fn check_tariffs_are_in_order() -> Result<(), TryRuntimeError> {
        let versions = TariffVersions::<T>::get();
        ensure!(
            versions
                .iter()
                .zip(versions.iter().skip(1))
                .all(|(one, next)| one.effective_from < next.effective_from),
            "the tariffs are out of order"
        );
        ensure!(
            versions.iter().all(|version| {
                let length = Self::of(version.effective_from.max(Self::calendars_from())).day_length();
                check_steps(&version.steps, Price::ZERO, length).is_ok()
            }),
            "a tariff does not cover the day"
        );
        Ok(())
    }

    /// The versions of the feed-in price are in order, and buying to sell never pays.
    fn check_feed_in_is_below_tariff() -> Result<(), TryRuntimeError> {
        let versions = FeedInVersions::<T>::get();
        ensure!(
            versions
                .iter()
                .zip(versions.iter().skip(1))
                .all(|(one, next)| one.effective_from < next.effective_from),
            "the feed-in prices are out of order"
        );
        let tariffs = TariffVersions::<T>::get();
        let changes = versions
            .iter()
            .map(|version| version.effective_from)
            .chain(tariffs.iter().map(|version| version.effective_from));
        for day in changes {
            let Some(tariff) = Self::tariff(day) else { continue };
            let lowest = tariff.steps.iter().map(|step| step.price).min();
            ensure!(
                lowest.is_none_or(|lowest| lowest >= tariff.feed_in),
                "a tariff is below the feed-in price"
            );
        }
        Ok(())
    }

    /// The bounds leave room for a tariff.
    fn check_bounds_are_in_order() -> Result<(), TryRuntimeError> {
        let bounds = Bounds::<T>::get();
        ensure!(
            bounds.lowest <= bounds.highest && bounds.highest <= Price::MAX_IN_MARKET,
            "the tariff's bounds are out of order"
        );
        Ok(())
    }

    /// A stage's pauses follow one another, and only the last one may last.
    fn check_pauses_are_in_order() -> Result<(), TryRuntimeError> {
        for (_, pauses) in Pauses::<T>::iter() {
            ensure!(
                pauses.iter().all(|pause| pause.to.is_none_or(|to| pause.from <= to)),
                "a pause ends before it begins"
            );
            let in_order = |(one, next): (&Pause, &Pause)| one.to.is_some_and(|to| to <= next.from);
            ensure!(pauses.iter().zip(pauses.iter().skip(1)).all(in_order), "the pauses are out of order");
            ensure!(!pauses.is_empty(), "no pause is stored");
        }
        Ok(())
    }
}

const fn is_offer(position: &Position) -> bool {
    matches!(position, Position::Sell { .. })
}
