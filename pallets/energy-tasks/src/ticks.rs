//! What time drives: old days are pruned, one entry a step.

use crate::pallet::{Config, Offers, Pallet, Pruning, Releases, Sums};
use crate::{PruneCursor, WeightInfo};
use frame::deps::frame_support::weights::WeightMeter;
use frame::prelude::*;
use frame::traits::Time;
use market::books::{Books, Retention};
use market::calendar::Calendars;
use market::{Day, Delivery};

impl<T: Config> Pallet<T> {
    /// Prunes within the hook's budget.
    pub(crate) fn tick(meter: &mut WeightMeter) {
        let mut own = WeightMeter::with_limit(T::HookBudget::get().min(meter.remaining()));
        let step = T::WeightInfo::prune_step();
        while own.try_consume(step).is_ok() && Self::prune_step() {}
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
    pub(crate) fn prune_step() -> bool {
        let Some(cursor) = Pruning::<T>::get() else {
            Pruning::<T>::put(PruneCursor { day: Self::oldest_day(), period: 0 });
            return false;
        };
        let PruneCursor { day, period } = cursor;
        if day >= Self::oldest_day() {
            return false;
        }
        if Releases::<T>::drain_prefix(day).next().is_some() {
            return true;
        }
        if Offers::<T>::drain_prefix(Delivery { day, period }).next().is_some() {
            return true;
        }
        let next = period.saturating_add(1);
        Pruning::<T>::put(if next < T::Calendars::of(day).periods_per_day {
            PruneCursor { day, period: next }
        } else {
            Sums::<T>::remove(day);
            PruneCursor { day: day.saturating_add(1), period: 0 }
        });
        true
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
