//! What time drives: old days are pruned, one entry a step.

use crate::pallet::{Config, Offers, Pallet, Pruning, Releases, Sums};
use crate::{PruneCursor, WeightInfo};
use frame::deps::frame_support::weights::WeightMeter;
use frame::prelude::*;
use frame::traits::Time;
use market::books::{Books, Retention};
use market::calendar::Calendars;
use market::clearing::QueueKey;
use market::{Day, Delivery, ParticipantId};

impl<T: Config> Pallet<T> {
    /// Prunes within the hook's budget.
    pub(crate) fn tick(meter: &mut WeightMeter) {
        let mut own = WeightMeter::with_limit(T::HookBudget::get().min(meter.remaining()));
        let step = T::WeightInfo::prune_step();
        // The cursor is read and written once, for all steps.
        let start = T::DbWeight::get().reads_writes(1, 1);
        if own.try_consume(start.saturating_add(step)).is_ok() {
            let before = Pruning::<T>::get();
            let mut cursor =
                before.unwrap_or_else(|| PruneCursor { day: Self::oldest_day(), ..Default::default() });
            while Self::prune_step(&mut cursor) && own.try_consume(step).is_ok() {}
            if before != Some(cursor) {
                Pruning::<T>::put(cursor);
            }
        }
        meter.consume(own.consumed());
    }

    /// The current delivery day: 0 before it has begun.
    pub(crate) fn today() -> Day {
        let now = T::Time::now();
        T::Calendars::at(now).delivery_at(now).map_or(0, |delivery| delivery.day)
    }

    /// The first day whose releases are kept.
    pub(crate) fn oldest_day() -> Day {
        let retained = Self::today().saturating_sub(T::RetentionDays::get());
        T::Books::first_unsettled().map_or(retained, |day| day.min(retained))
    }

    /// Removes one entry, or goes on to where the next may be. False when nothing is left to do.
    pub(crate) fn prune_step(cursor: &mut PruneCursor) -> bool {
        let PruneCursor { day, period, release, offer } = *cursor;
        if day >= Self::oldest_day() {
            return false;
        }
        if let Some(next) = Self::release_behind(day, release) {
            Releases::<T>::remove(day, next);
            cursor.release = Some(next);
            return true;
        }
        let delivery = Delivery { day, period };
        if let Some(next) = Self::offer_behind(delivery, offer) {
            Offers::<T>::remove(delivery, next);
            cursor.offer = Some(next);
            return true;
        }
        let next = period.saturating_add(1);
        *cursor = if next < T::Calendars::of(day).periods_per_day {
            PruneCursor { period: next, offer: None, ..*cursor }
        } else {
            Sums::<T>::remove(day);
            PruneCursor { day: day.saturating_add(1), ..Default::default() }
        };
        true
    }

    fn release_behind(day: Day, last: Option<ParticipantId>) -> Option<ParticipantId> {
        match last {
            Some(last) => Releases::<T>::iter_key_prefix_from(day, Releases::<T>::hashed_key_for(day, last)),
            None => Releases::<T>::iter_key_prefix(day),
        }
        .next()
    }

    fn offer_behind(delivery: Delivery, last: Option<QueueKey>) -> Option<QueueKey> {
        match last {
            Some(last) => {
                Offers::<T>::iter_key_prefix_from(delivery, Offers::<T>::hashed_key_for(delivery, last))
            }
            None => Offers::<T>::iter_key_prefix(delivery),
        }
        .next()
    }
}

impl<T: Config> Retention for Pallet<T> {
    fn first_kept() -> Day {
        Self::oldest_day()
    }

    fn first_left() -> Day {
        let kept = Self::oldest_day();
        Pruning::<T>::get().map_or(kept, |cursor| cursor.day.min(kept))
    }
}
