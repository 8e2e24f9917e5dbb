//! What time drives: which step is due, within the budget of a block.
//!
//! Each kind of work stands with its domain: `settling`, `money` for top-ups and references, `debts` for claims, `closing`
//! for days and for what is old. Here is their order.

use crate::MAX_CORRECTIONS;
use crate::pallet::{Closing, Config, Cursor, Next, NextTopUp, Pallet, Pruning};
use crate::types::{ClosingDay, PruneCursor, TopUpCursor, most_corrections};
use crate::weights::WeightInfo;
use frame::deps::frame_support::weights::WeightMeter;
use frame::prelude::*;
use frame::traits::Time;
use market::calendar::{Calendars, MAX_PERIODS, Stage};
use market::debts::{first_top_up, is_top_up_first};
use market::{Delivery, Moment};

/// The block's budget is spent: the rest of the work waits for a later block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutOfWeight;

/// Whether a piece of work came to its end.
pub(crate) type Step = Result<(), OutOfWeight>;

/// Takes the weight of a step off the budget, where it has that much.
pub(crate) fn spend(meter: &mut WeightMeter, weight: Weight) -> Step {
    meter.try_consume(weight).map_err(|_| OutOfWeight)
}

/// Looks before the last kind of work in a block gets its first step: one at the start, and one before each of
/// serving, closing and pruning.
const LOOKS: u64 = 4;

impl<T: Config> Pallet<T> {
    /// Does what is due at the block's time, as far as the meter allows.
    pub(crate) fn poll(block: u32, meter: &mut WeightMeter) {
        let now = T::Time::now();
        if now == 0 || spend(meter, T::WeightInfo::look()).is_err() {
            return;
        }
        Self::initialise(now);
        Self::note_ended(now, block);
        if T::Calendars::is_paused(Stage::Metering) {
            Self::wait_again(block);
        }
        // What there is no weight for goes on in a later block, from its cursor.
        let _ = Self::work(now, block, meter);
    }

    /// Goes on with what a block's transactions left.
    pub(crate) fn idle(block: u32, meter: &mut WeightMeter) {
        if Next::<T>::exists() {
            let _ = Self::work(T::Time::now(), block, meter);
        }
    }

    /// All kinds of work, by urgency: what has no weight left for the one has none for the next.
    fn work(now: Moment, block: u32, meter: &mut WeightMeter) -> Step {
        Self::serve_due(now, block, meter)?;
        Self::close_days(now, meter)?;
        Self::prune(meter)?;
        Self::forget_references(now, meter)
    }

    /// At the first block: settlement starts with the first period whose sealing has not opened, top-ups
    /// with the first day after day 0 whose release has not.
    fn initialise(now: Moment) {
        if Next::<T>::exists() {
            return;
        }
        let calendar = T::Calendars::at(now);
        let mut first = calendar.delivery_at(now).map_or(Delivery::default(), Self::following);
        if T::Calendars::of(first.day).sealing(first).from <= now {
            first = Self::following(first);
        }
        let mut day = first_top_up(calendar.delivery_at(now).map(|current| current.day));
        if T::Calendars::of(day).release(day).from < now {
            day = day.saturating_add(1);
        }
        Next::<T>::put(first);
        NextTopUp::<T>::put(TopUpCursor { day, next: 0 });
        Closing::<T>::put(ClosingDay { day: first.day, ..Default::default() });
        Pruning::<T>::put(PruneCursor { delivery: first, next: 0 });
    }

    /// The period behind another one, in its day's calendar.
    pub(crate) fn following(delivery: Delivery) -> Delivery {
        let period = delivery.period.saturating_add(1);
        if period < T::Calendars::of(delivery.day).periods_per_day {
            Delivery { period, ..delivery }
        } else {
            Delivery { day: delivery.day.saturating_add(1), period: 0 }
        }
    }

    /// The last period that has ended.
    pub(crate) fn last_ended(now: Moment) -> Option<Delivery> {
        let current = T::Calendars::at(now).delivery_at(now)?;
        match current.period.checked_sub(1) {
            Some(period) => Some(Delivery { period, ..current }),
            None => {
                let day = current.day.checked_sub(1)?;
                let period = T::Calendars::of(day).periods_per_day.checked_sub(1)?;
                Some(Delivery { day, period })
            }
        }
    }

    /// Settles periods and gives top-ups, in the order in which they fell due. Before each, the supplier's creditors
    /// are paid as far as it has money; not while a period is half settled, or the outcome would depend on the budget.
    fn serve_due(now: Moment, block: u32, meter: &mut WeightMeter) -> Step {
        loop {
            spend(meter, T::WeightInfo::look())?;
            if !Cursor::<T>::exists() {
                Self::pay_claims(meter)?;
            }
            match Self::look(now) {
                (None, None) => return Ok(()),
                (Some((at, _)), Some((top_up, cursor))) if is_top_up_first(top_up, at) => {
                    Self::top_up(cursor, meter)?;
                }
                (Some((_, next)), _) => Self::settle(next, now, block, meter)?,
                (None, Some((_, cursor))) => Self::top_up(cursor, meter)?,
            }
        }
    }

    /// The period to settle and the top-up to give, each with the moment since when it is due.
    #[allow(clippy::type_complexity)]
    pub(crate) fn look(now: Moment) -> (Option<(Moment, Delivery)>, Option<(Moment, TopUpCursor)>) {
        let settling = Self::settling_due(now).filter(|(_, next)| Self::is_ready(*next));
        (settling, Self::top_up_due(now))
    }

    /// The laws of the configuration.
    pub(crate) fn check_configuration() {
        let retention = T::RetentionDays::get();
        let closing = T::CorrectionDays::get().saturating_add(T::DisputeDays::get());
        assert!(closing < retention, "lines are kept until their day is closed");
        assert!(retention <= T::RootRetentionDays::get(), "a root is kept as long as the lines below it");
        assert!(T::ReferenceDays::get() > 0, "a payment reference counts once");
        assert!(T::MaxReferences::get() > 0, "a payment needs a reference");
        let steps = [
            T::WeightInfo::pay_claim(),
            T::WeightInfo::lapse_dispute(),
            T::WeightInfo::forget_reference(),
            Self::line_weight(retention),
            T::WeightInfo::finish_period(),
            T::WeightInfo::top_up(),
            T::WeightInfo::close_bill(u32::from(MAX_PERIODS), most_corrections(MAX_PERIODS)),
            T::WeightInfo::close_day(),
            T::WeightInfo::share_forfeit(),
            T::WeightInfo::prune_line(u32::from(MAX_CORRECTIONS)),
        ];
        let looks = T::WeightInfo::look().saturating_mul(LOOKS);
        for step in steps {
            let all = looks.saturating_add(step);
            assert!(all.all_lte(T::HookBudget::get()), "a step of {all:?} does not fit into the budget");
        }
    }
}
