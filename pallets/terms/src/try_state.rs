//! What always holds of the pallet's storage, as named checks.

use crate::Pause;
use crate::pallet::{
    Bounds, CalendarVersions, Config, FeedInVersions, Pallet, Pauses, TariffSteps, TariffVersions,
};
use alloc::collections::BTreeSet;
use frame::prelude::*;
use frame::try_runtime::TryRuntimeError;
use market::Price;
use market::calendar::Calendars;
use market::tariff::check_steps;

impl<T: Config> Pallet<T> {
    /// Runs every check.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::check_calendars_are_in_order()?;
        Self::check_tariffs_are_in_order()?;
        Self::check_feed_in_is_in_order()?;
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
                let steps = TariffSteps::<T>::get(version.effective_from);
                check_steps(&steps, Price::ZERO, length).is_ok()
            }),
            "a tariff does not cover the day"
        );
        let days: BTreeSet<_> = versions.iter().map(|version| version.effective_from).collect();
        ensure!(TariffSteps::<T>::iter_keys().collect::<BTreeSet<_>>() == days, "steps are of no tariff");
        Ok(())
    }

    /// The versions of the feed-in price are in order.
    fn check_feed_in_is_in_order() -> Result<(), TryRuntimeError> {
        let versions = FeedInVersions::<T>::get();
        ensure!(
            versions
                .iter()
                .zip(versions.iter().skip(1))
                .all(|(one, next)| one.effective_from < next.effective_from),
            "the feed-in prices are out of order"
        );
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
