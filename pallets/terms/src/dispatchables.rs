//! What the calls do.

use crate::pallet::{Bounds, CalendarVersions, Config, Pallet, Pauses};
use crate::types::Version;
use crate::{
    Error, Event, FeedInVersion, FeedInVersions, LongestPause, MAX_PAUSES, MAX_VERSIONS, Pause, Steps,
    TariffBounds, TariffSteps, TariffVersion, TariffVersions,
};
use alloc::string::{String, ToString};
use frame::deps::frame_support::dispatch::{DispatchResultWithPostInfo, Pays};
use frame::prelude::*;
use frame::traits::Time;
use market::calendar::{Calendar, CalendarError, Calendars, Stage};
use market::limits::is_free;
use market::participant::Registry;
use market::tariff::{Prices, TariffError, TariffStep, check_steps};
use market::{Day, Moment, Price, Role};

impl<T: Config> Pallet<T> {
    /// Starts with a calendar, a tariff and a feed-in price, or says what is wrong with them.
    pub(crate) fn begin(calendar: Calendar, steps: &[TariffStep], feed_in: Price) -> Result<(), String> {
        calendar.validate().map_err(|error| error.to_string())?;
        calendar.check_windows(T::SlotDuration::get()).map_err(|error| error.to_string())?;
        check_steps(steps, feed_in, calendar.day_length()).map_err(|(_, error)| error.to_string())?;
        let steps = Steps::try_from(steps.to_vec()).map_err(|_| "too many tariff steps".to_string())?;
        CalendarVersions::<T>::put(BoundedVec::truncate_from(alloc::vec![calendar]));
        let first = TariffVersion { effective_from: 0, replacements: 0 };
        TariffVersions::<T>::put(BoundedVec::truncate_from(alloc::vec![first]));
        TariffSteps::<T>::insert(0, steps);
        FeedInVersions::<T>::put(BoundedVec::truncate_from(alloc::vec![FeedInVersion {
            effective_from: 0,
            price: feed_in
        }]));
        Ok(())
    }

    pub(crate) fn do_propose_tariff(
        who: &T::AccountId,
        effective_from: Day,
        steps: Steps,
    ) -> DispatchResultWithPostInfo {
        Self::ensure_supplier(who)?;
        let calendar = Self::ensure_not_released(effective_from)?;
        // Later feed-in prices count too: the tariff may outlast the present one.
        let feed_in = FeedInVersions::<T>::get()
            .iter()
            .filter(|version| version.effective_from > effective_from)
            .map(|version| version.price)
            .chain([Self::feed_in(effective_from)])
            .max()
            .unwrap_or_default();
        check_steps(&steps, feed_in, calendar.day_length()).map_err(|(_, error)| match error {
            TariffError::Gap => Error::<T>::TariffGap,
            TariffError::Overlap | TariffError::EmptyStep => Error::<T>::TariffOverlap,
            TariffError::BelowFeedIn => Error::<T>::BelowFeedInPrice,
            TariffError::PriceOutOfRange => Error::<T>::PriceOutOfRange,
        })?;
        let bounds = Bounds::<T>::get();
        let within = |step: &TariffStep| step.price >= bounds.lowest && step.price <= bounds.highest;
        ensure!(steps.iter().all(within), Error::<T>::OutOfBounds);
        let mut versions = TariffVersions::<T>::get();
        let before = versions.clone();
        let replaced = before.iter().find(|version| version.effective_from == effective_from);
        let replacements = replaced.map_or(0, |version| version.replacements.saturating_add(1));
        let version = TariffVersion { effective_from, replacements };
        Self::insert_version(&mut versions, version, Self::prices_from())?;
        let is_kept = |day| versions.iter().any(|version| version.effective_from == day);
        before
            .iter()
            .map(|version| version.effective_from)
            .filter(|day| !is_kept(*day))
            .for_each(TariffSteps::<T>::remove);
        TariffSteps::<T>::insert(effective_from, &steps);
        TariffVersions::<T>::put(versions);
        Self::deposit_event(Event::TariffProposed { effective_from, steps });
        let pays = if is_free(replacements) { Pays::No } else { Pays::Yes };
        Ok(pays.into())
    }

    /// Whether it is the retail supplier itself.
    fn ensure_supplier(who: &T::AccountId) -> Result<(), Error<T>> {
        let actor =
            T::Registry::acting(who).and_then(T::Registry::member).ok_or(Error::<T>::NotRegistered)?;
        ensure!(actor.role == Role::RetailSupplier, Error::<T>::WrongRole);
        ensure!(actor.account == *who, Error::<T>::NotTheAgents);
        Ok(())
    }

    pub(crate) fn do_withdraw_tariff(who: &T::AccountId, effective_from: Day) -> DispatchResult {
        Self::ensure_supplier(who)?;
        Self::ensure_not_released(effective_from)?;
        TariffVersions::<T>::try_mutate(|versions| {
            let at = versions.iter().position(|version| version.effective_from == effective_from);
            // The first one has nothing before it.
            let at = at.filter(|at| *at > 0).ok_or(Error::<T>::NoSuchTariff)?;
            versions.remove(at);
            Ok::<_, Error<T>>(())
        })?;
        TariffSteps::<T>::remove(effective_from);
        Self::deposit_event(Event::TariffWithdrawn { effective_from });
        Ok(())
    }

    pub(crate) fn do_set_tariff_bounds(bounds: TariffBounds) -> DispatchResult {
        let in_range = bounds.lowest <= bounds.highest && bounds.highest <= Price::MAX_IN_MARKET;
        ensure!(in_range, Error::<T>::PriceOutOfRange);
        Bounds::<T>::put(bounds);
        Self::deposit_event(Event::TariffBoundsSet { bounds });
        Ok(())
    }

    pub(crate) fn do_set_feed_in(effective_from: Day, price: Price) -> DispatchResult {
        Self::ensure_not_released(effective_from)?;
        ensure!(price <= Price::MAX_IN_MARKET, Error::<T>::PriceOutOfRange);
        FeedInVersions::<T>::try_mutate(|versions| {
            Self::insert_version(versions, FeedInVersion { effective_from, price }, Self::prices_from())
        })?;
        Self::deposit_event(Event::FeedInSet { effective_from, price });
        Ok(())
    }

    pub(crate) fn do_set_calendar(calendar: Calendar) -> DispatchResult {
        calendar.validate().map_err(|_| Error::<T>::BadCalendar)?;
        let day = calendar.effective_from;
        Self::ensure_not_released(day)?;
        ensure!(T::Time::now() < calendar.release(day).from, Error::<T>::DayReleased);
        let before = Self::of(day.saturating_sub(1));
        calendar.follows(&before).map_err(|error| match error {
            CalendarError::Jump => Error::<T>::PeriodJump,
            _ => Error::<T>::DayMoved,
        })?;
        calendar.check_windows(T::SlotDuration::get()).map_err(|_| Error::<T>::BadCalendar)?;
        let calendar = Calendar { version: before.version.saturating_add(1), ..calendar };
        CalendarVersions::<T>::try_mutate(|versions| {
            versions.retain(|other| other.effective_from <= day);
            Self::insert_version(versions, calendar, Self::calendars_from())
        })?;
        Self::deposit_event(Event::CalendarSet { calendar });
        Ok(())
    }

    pub(crate) fn do_pause(stage: Stage) -> DispatchResult {
        ensure!(!Self::is_paused(stage), Error::<T>::AlreadyPaused);
        let now = T::Time::now();
        let left = LongestPause::<T>::get().map(|longest| Self::pause_left(stage, now, longest));
        ensure!(left != Some(0), Error::<T>::PausedTooLong);
        let until = left.map(|left| now.saturating_add(left));
        Pauses::<T>::mutate(stage, |pauses| {
            let mut all = core::mem::take(pauses).into_inner();
            all.push(Pause { from: now, to: until });
            if all.len() > MAX_PAUSES as usize {
                // What lay between the two is spared, too.
                let oldest = all.remove(0);
                if let Some(second) = all.first_mut() {
                    second.from = oldest.from;
                }
            }
            *pauses = BoundedVec::truncate_from(all);
        });
        Self::deposit_event(Event::StagePaused { stage, until });
        Ok(())
    }

    /// For how long a stage may be paused now: pausing it again and again is one pause.
    fn pause_left(stage: Stage, now: Moment, longest: Moment) -> Moment {
        let lately = Pauses::<T>::get(stage)
            .iter()
            .map(|pause| (pause.from, pause.to.unwrap_or(now)))
            .filter(|(_, to)| to.saturating_add(longest) > now)
            .fold(0, |sum: Moment, (from, to)| sum.saturating_add(to.saturating_sub(from)));
        longest.saturating_sub(lately)
    }

    pub(crate) fn do_resume(stage: Stage) -> DispatchResult {
        Pauses::<T>::try_mutate(stage, |pauses| {
            let now = T::Time::now();
            let last = pauses.last_mut().filter(|pause| pause.lasts(now));
            last.ok_or(Error::<T>::NotPaused)?.to = Some(now);
            Ok::<_, Error<T>>(())
        })?;
        Self::deposit_event(Event::StageResumed { stage });
        Ok(())
    }

    /// Puts a version into its place, instead of one of the same day, and drops those that no day from the oldest on
    /// looks up any more.
    fn insert_version<V: Version>(
        versions: &mut BoundedVec<V, ConstU32<MAX_VERSIONS>>,
        version: V,
        oldest: Day,
    ) -> Result<(), Error<T>> {
        let in_force = versions.iter().rposition(|other| other.effective_from() <= oldest).unwrap_or(0);
        let mut index = 0usize;
        versions.retain(|other| {
            let is_kept = index >= in_force && other.effective_from() != version.effective_from();
            index = index.saturating_add(1);
            is_kept
        });
        let at = versions.partition_point(|other| other.effective_from() < version.effective_from());
        versions.try_insert(at, version).map_err(|_| Error::<T>::TooManyVersions)
    }

    fn ensure_not_released(day: Day) -> Result<Calendar, Error<T>> {
        let calendar = Self::of(day);
        ensure!(T::Time::now() < calendar.release(day).from, Error::<T>::DayReleased);
        Ok(calendar)
    }
}
