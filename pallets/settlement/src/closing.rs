//! Closes days: the bills of all participants go into a tree whose root is kept. What is older than the retention time
//! is removed.

use crate::MAX_CORRECTIONS;
use crate::pallet::{
    Closing, Completed, Config, Corrections, Event, Lines, Next, OpenDisputes, Pallet, Pruning, Roots,
};
use crate::ticks::{OutOfWeight, Step, spend};
use crate::types::{ClosingDay, DayRoot, PruneCursor, most_corrections};
use crate::weights::WeightInfo;
use frame::deps::frame_support::weights::WeightMeter;
use frame::prelude::*;
use market::calendar::Calendars;
use market::merkle;
use market::participant::Registry;
use market::{Day, Delivery, Moment, ParticipantId};

impl<T: Config> Pallet<T> {
    /// The day to close, if it is due: its time for corrections is over, and no dispute is open or the time for rulings
    /// is over as well.
    pub(crate) fn closing_due(now: Moment) -> Option<ClosingDay> {
        let closing = Closing::<T>::get()?;
        let end = Self::correction_end(closing.day)?;
        let rulings = match OpenDisputes::<T>::get(closing.day) {
            0 => 0,
            _ => Self::days_of(closing.day, T::DisputeDays::get()),
        };
        (end.saturating_add(rulings) <= now).then_some(closing)
    }

    /// Closes the days whose time for corrections is over.
    pub(crate) fn close_days(now: Moment, meter: &mut WeightMeter) -> Step {
        loop {
            spend(meter, T::WeightInfo::look())?;
            Self::share_forfeits(meter)?;
            let Some(mut closing) = Self::closing_due(now) else { return Ok(()) };
            Self::lapse_disputes(&mut closing, meter)?;
            Self::close_bills(closing, meter)?;
        }
    }

    /// Lets what is left of a day's disputes lapse.
    fn lapse_disputes(closing: &mut ClosingDay, meter: &mut WeightMeter) -> Step {
        while OpenDisputes::<T>::get(closing.day) > 0 {
            spend(meter, T::WeightInfo::lapse_dispute()).inspect_err(|_| Closing::<T>::put(&*closing))?;
            Self::lapse_dispute(closing);
        }
        Ok(())
    }

    /// Adds the bills that are left to a day's tree, and closes the day.
    fn close_bills(mut closing: ClosingDay, meter: &mut WeightMeter) -> Step {
        let periods = T::Calendars::of(closing.day).periods_per_day;
        // A bill may have that many corrections; what it takes is what it has.
        let most = T::WeightInfo::close_bill(u32::from(periods), most_corrections(periods));
        let count = T::Registry::count();
        while closing.frontier.count < count {
            if !meter.can_consume(most) {
                Closing::<T>::put(closing);
                return Err(OutOfWeight);
            }
            let corrections = Self::close_bill(&mut closing, periods);
            meter.consume(T::WeightInfo::close_bill(u32::from(periods), corrections));
        }
        spend(meter, T::WeightInfo::close_day()).inspect_err(|_| Closing::<T>::put(&closing))?;
        Self::close_day(&closing);
        Ok(())
    }

    /// Adds the next participant's bill to the day's tree, and gives the number of its corrections.
    pub(crate) fn close_bill(closing: &mut ClosingDay, periods: u16) -> u32 {
        let bill = Self::settled_bill(closing.day, ParticipantId(closing.frontier.count), periods);
        closing.frontier.push(merkle::leaf(&bill));
        closing.used = closing.used.saturating_add(Self::note_use(&bill));
        u32::try_from(bill.corrections.len()).unwrap_or(u32::MAX)
    }

    /// Publishes the day's root, and begins to share its pot.
    pub(crate) fn close_day(closing: &ClosingDay) {
        let day = closing.day;
        let (root, bills) = (closing.frontier.root(), closing.frontier.count);
        Roots::<T>::insert(day, DayRoot { root, bills });
        if let Some(old) = day.checked_sub(T::RootRetentionDays::get()) {
            Roots::<T>::remove(old);
        }
        Completed::<T>::remove(day);
        Self::begin_sharing(day, closing.used);
        Closing::<T>::put(ClosingDay { day: day.saturating_add(1), ..Default::default() });
        Self::deposit_event(Event::DayClosed { day, root, bills });
    }

    /// The first day whose lines are kept: those before are closed and older than the retention time.
    pub(crate) fn kept_from() -> Day {
        let settling = Next::<T>::get().map(|next| next.day.saturating_sub(T::RetentionDays::get()));
        let closing = Closing::<T>::get().map(|closing| closing.day);
        settling.min(closing).unwrap_or_default()
    }

    /// Removes old lines and their corrections.
    pub(crate) fn prune(meter: &mut WeightMeter) -> Step {
        let most = T::WeightInfo::prune_line(u32::from(MAX_CORRECTIONS));
        loop {
            spend(meter, T::WeightInfo::look())?;
            let Some(mut cursor) = Pruning::<T>::get() else { return Ok(()) };
            if cursor.delivery.day >= Self::kept_from() {
                return Ok(());
            }
            let count = T::Registry::count();
            while cursor.next < count {
                if !meter.can_consume(most) {
                    Pruning::<T>::put(cursor);
                    return Err(OutOfWeight);
                }
                let corrections = Self::prune_line(cursor.delivery, ParticipantId(cursor.next));
                meter.consume(T::WeightInfo::prune_line(u32::from(corrections)));
                cursor.next = cursor.next.saturating_add(1);
            }
            Pruning::<T>::put(PruneCursor { delivery: Self::following(cursor.delivery), next: 0 });
        }
    }

    /// Removes a line and its corrections, and gives their number.
    pub(crate) fn prune_line(delivery: Delivery, participant: ParticipantId) -> u8 {
        let corrections = Lines::<T>::take(delivery, participant).map_or(0, |line| line.corrections);
        for number in 0..corrections {
            Corrections::<T>::remove((delivery, participant, number));
        }
        corrections
    }
}
