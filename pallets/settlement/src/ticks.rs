//! Everything driven by time.

use crate::LOG_TARGET;
use crate::MAX_CORRECTIONS;
use crate::pallet::{
    Closing, Completed, Config, Corrections, Cursor, Event, HoldReason, Lines, Next, NextTopUp, OpenDisputes,
    Pallet, Pruning, Roots, TopUps, Waiting,
};
use crate::types::{ClosingDay, DayRoot, Ended, Line, PruneCursor, Settled, Settling, TopUpCursor};
use crate::weights::WeightInfo;
use frame::deps::frame_support::weights::WeightMeter;
use frame::prelude::*;
use frame::token::fungible::{Mutate, MutateHold};
use frame::traits::Time;
use market::calendar::{Calendars, MAX_PERIODS, Stage};
use market::clearing::Clearing;
use market::debts::{first_top_up, is_top_up_first};
use market::merkle;
use market::participant::{Member, Registry};
use market::position::{Position, Positions};
use market::settlement::{Outcome, PastUse, estimate};
use market::supplier::Balanced;
use market::tariff::{GridPrices, Prices};
use market::{Day, Delivery, Energy, Moment, Money, NetEnergy, ParticipantId, Role};

/// Whether a piece of work came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It did.
    Finished,
    /// The block's budget is spent.
    OutOfWeight,
}

use Progress::{Finished, OutOfWeight};

/// What all participants of a period have in common while it is settled.
pub(crate) struct Round<AccountId> {
    /// The period.
    pub delivery: Delivery,
    /// Who balances it.
    pub supplier: Member<AccountId>,
    /// Days whose readings count for an estimate.
    pub history_days: u32,
    /// The block's time.
    pub now: Moment,
    /// The block's number.
    pub block: u32,
}

impl<T: Config> Pallet<T> {
    /// Does what is due at the block's time, as far as the meter allows.
    pub(crate) fn poll(block: u32, meter: &mut WeightMeter) {
        let now = T::Time::now();
        if now == 0 || meter.try_consume(T::WeightInfo::look()).is_err() {
            return;
        }
        Self::initialise(now);
        Self::note_ended(now, block);
        if T::Calendars::is_paused(Stage::Metering) {
            Self::wait_again(block);
        }
        // What has no weight left for the one has none for the next.
        if Self::serve_due(now, block, meter) == Finished
            && Self::close_days(now, meter) == Finished
            && Self::prune(meter) == Finished
        {
            Self::forget_references(now, meter);
        }
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

    /// Notes since which block the ended periods wait.
    pub(crate) fn note_ended(now: Moment, block: u32) {
        let (Some(last), Some(next)) = (Self::last_ended(now), Next::<T>::get()) else {
            return;
        };
        let mut waiting = Waiting::<T>::get();
        if last < next || waiting.last().is_some_and(|ended| ended.through >= last) {
            return;
        }
        let ended = Ended { through: last, block };
        if waiting.try_push(ended).is_err() {
            // Settlement is far behind: what is at the end waits a little longer, which harms nobody.
            if let Some(newest) = waiting.last_mut() {
                *newest = ended;
            }
        }
        Waiting::<T>::put(waiting);
    }

    /// While metering is paused, the time in which readings are taken begins again, for all periods that have ended:
    /// with the first whole block behind the pause.
    fn wait_again(block: u32) {
        Waiting::<T>::mutate(|waiting| {
            let through = waiting.last().map(|ended| ended.through);
            let all = through.map(|through| Ended { through, block: block.saturating_add(1) });
            *waiting = BoundedVec::truncate_from(all.into_iter().collect());
        });
    }

    /// Whether a period's settlement has begun, so that no reading can count in it any more.
    pub(crate) fn has_begun(delivery: Delivery) -> bool {
        Cursor::<T>::exists() && Next::<T>::get() == Some(delivery)
    }

    /// Whether enough blocks with room for readings have passed since the period ended.
    pub(crate) fn waited_enough(delivery: Delivery, block: u32) -> bool {
        Waiting::<T>::get()
            .iter()
            .find(|ended| delivery <= ended.through)
            .is_some_and(|ended| block.saturating_sub(ended.block) >= T::MinMeteringBlocks::get())
    }

    /// Settles periods and gives top-ups, in the order in which they fell due. Before each, the supplier's creditors
    /// are paid as far as it has money; not while a period is half settled, or the outcome would depend on the budget.
    fn serve_due(now: Moment, block: u32, meter: &mut WeightMeter) -> Progress {
        loop {
            if meter.try_consume(T::WeightInfo::look()).is_err() {
                return OutOfWeight;
            }
            if !Cursor::<T>::exists() && Self::pay_claims(meter) == OutOfWeight {
                return OutOfWeight;
            }
            let progress = match Self::look(now, block) {
                (None, None) => return Finished,
                (Some((at, _)), Some((top_up, cursor))) if is_top_up_first(top_up, at) => {
                    Self::top_up(cursor, meter)
                }
                (Some((_, next)), _) => Self::settle(next, now, block, meter),
                (None, Some((_, cursor))) => Self::top_up(cursor, meter),
            };
            if progress == OutOfWeight {
                return OutOfWeight;
            }
        }
    }

    /// Lets the supplier pay its creditors by age, as far as it can.
    fn pay_claims(meter: &mut WeightMeter) -> Progress {
        while let Some((supplier, creditor)) = Self::claim_due() {
            if meter.try_consume(T::WeightInfo::pay_claim()).is_err() {
                return OutOfWeight;
            }
            if !Self::pay_claim(&supplier, creditor) {
                break;
            }
        }
        Finished
    }

    /// The period to settle and the top-up to give, each with the moment since when it is due.
    #[allow(clippy::type_complexity)]
    pub(crate) fn look(
        now: Moment,
        block: u32,
    ) -> (Option<(Moment, Delivery)>, Option<(Moment, TopUpCursor)>) {
        let settling = Self::settling_due(now).filter(|(_, next)| Self::is_ready(*next, block));
        (settling, Self::top_up_due(now))
    }

    /// The next period to settle and since when it is due, if it is.
    pub(crate) fn settling_due(now: Moment) -> Option<(Moment, Delivery)> {
        let next = Next::<T>::get()?;
        let due = T::Calendars::of(next.day).metering(next).to;
        (due <= now).then_some((due, next))
    }

    /// Whether a period that is due can be settled.
    fn is_ready(delivery: Delivery, block: u32) -> bool {
        !T::Calendars::is_paused(Stage::Metering)
            && (Self::has_begun(delivery) || Self::waited_enough(delivery, block))
            && T::Clearing::is_cleared(delivery)
            && T::Registry::retail_supplier().is_some()
    }

    /// The next top-up and since when it is due, if it is.
    pub(crate) fn top_up_due(now: Moment) -> Option<(Moment, TopUpCursor)> {
        let cursor = NextTopUp::<T>::get()?;
        let due = T::Calendars::of(cursor.day).release(cursor.day).from;
        (due <= now).then_some((due, cursor))
    }

    /// Gives a day's top-ups, by number.
    fn top_up(mut cursor: TopUpCursor, meter: &mut WeightMeter) -> Progress {
        let count = T::Registry::count();
        while cursor.next < count {
            if meter.try_consume(T::WeightInfo::top_up()).is_err() {
                NextTopUp::<T>::put(cursor);
                return OutOfWeight;
            }
            Self::top_up_one(cursor.day, ParticipantId(cursor.next));
            cursor.next = cursor.next.saturating_add(1);
        }
        NextTopUp::<T>::put(TopUpCursor { day: cursor.day.saturating_add(1), next: 0 });
        Finished
    }

    /// Gives one participant its top-up.
    pub(crate) fn top_up_one(day: Day, participant: ParticipantId) {
        let Some(amount) = TopUps::<T>::get(participant) else { return };
        let Some(member) = T::Registry::member(participant) else { return };
        match T::Currency::mint_into(&member.account, amount) {
            Ok(_) => Self::deposit_event(Event::ToppedUp {
                day,
                participant,
                account: member.account,
                amount: Money::from_planck(amount),
            }),
            Err(error) => {
                log::error!(target: LOG_TARGET, "Top-up of participant {}: {error:?}", participant.0)
            }
        }
    }

    /// Settles a period: the participants by number, the supplier last.
    fn settle(delivery: Delivery, now: Moment, block: u32, meter: &mut WeightMeter) -> Progress {
        // Whether there is a supplier was looked up before.
        let Some(supplier) = T::Registry::retail_supplier() else { return OutOfWeight };
        let history_days = Self::history_days();
        let round = Round { delivery, supplier, history_days, now, block };
        let mut cursor = Cursor::<T>::get()
            .unwrap_or_else(|| Settling { prices: Self::prices_of(delivery), ..Default::default() });
        let step = Self::line_weight(history_days);
        let count = T::Registry::count();
        while cursor.next < count {
            if meter.try_consume(step).is_err() {
                Cursor::<T>::put(cursor);
                return OutOfWeight;
            }
            Self::settle_one(&round, &mut cursor);
        }
        if meter.try_consume(T::WeightInfo::finish_period()).is_err() {
            Cursor::<T>::put(cursor);
            return OutOfWeight;
        }
        Self::finish_period(&round, &cursor);
        Finished
    }

    /// The period's prices. They are kept for longer than a period waits; where a halt outlasted even that,
    /// nobody traded, and the period is settled at nothing.
    pub(crate) fn prices_of(delivery: Delivery) -> GridPrices {
        T::Prices::prices(delivery).unwrap_or_else(|| {
            log::error!(target: LOG_TARGET, "No prices for {delivery}: it is settled at nothing");
            GridPrices::default()
        })
    }

    /// Days whose readings count for an estimate: no more than are kept.
    pub(crate) fn history_days() -> u32 {
        u32::from(T::HistoryDays::get()).min(T::RetentionDays::get())
    }

    /// What settling a line takes, with an estimate over so many days.
    pub fn line_weight(days: u32) -> Weight {
        T::WeightInfo::settle_line(days).saturating_add(Self::new_claim_weight())
    }

    /// Settles the participant at the cursor, and moves the cursor on.
    pub(crate) fn settle_one(round: &Round<T::AccountId>, cursor: &mut Settling) {
        let delivery = round.delivery;
        let participant = ParticipantId(cursor.next);
        cursor.next = cursor.next.saturating_add(1);
        let Some(member) = T::Registry::member(participant).filter(|m| m.role.is_metered()) else { return };
        let position = T::Positions::position(participant, delivery);
        let line = Lines::<T>::get(delivery, participant);
        let reading = line.and_then(|line| line.reading);
        let past = if reading.is_some() { PastUse::default() } else { Self::past_use(round, participant) };
        // Who used energy in the last days does not stop using it by not taking part.
        let is_active = past.highest.is_some_and(|energy| !energy.is_zero());
        if position.is_none() && line.is_none() && !is_active {
            return;
        }
        let mut line = line.unwrap_or_default();
        let actual = reading.unwrap_or_else(|| Self::estimate_of(delivery, &member, position, past));
        let settled = Self::outcome(round, &member, &line, position, actual, cursor.prices);
        cursor.balanced = cursor.balanced.plus(settled.into());
        Self::release_income(delivery, &member, &mut line);
        line.settled = Some(settled);
        Lines::<T>::insert(delivery, participant, line);
        Self::deposit_event(Event::LineSettled {
            delivery,
            participant,
            actual: settled.actual,
            estimated: settled.estimated,
            balanced: settled.balanced,
            due: settled.balanced_money,
        });
        let due = settled.balanced_money;
        let buys = settled.balanced >= NetEnergy::ZERO;
        let price = if buys { cursor.prices.tariff } else { cursor.prices.feed_in };
        Self::settle_up(&member, &round.supplier.account, due, |from, to, paid| Event::Balanced {
            delivery,
            participant,
            from,
            to,
            energy: settled.balanced,
            price,
            due,
            paid,
        });
    }

    /// What a participant's period comes to.
    fn outcome(
        round: &Round<T::AccountId>,
        member: &Member<T::AccountId>,
        line: &Line,
        position: Option<Position>,
        actual: NetEnergy,
        prices: GridPrices,
    ) -> Settled {
        // Within the bounds of energy and price nothing overflows.
        let outcome = Outcome::of(actual, line.energy, prices).defensive_unwrap_or_default();
        Settled {
            block: round.block,
            role: member.role,
            expected: position.and_then(Position::net),
            actual: Some(actual),
            estimated: line.reading.is_none(),
            balanced: outcome.balancing.energy,
            balanced_money: outcome.balancing.money,
            grid_only: outcome.grid_only,
        }
    }

    /// Stands in for a missing reading.
    fn estimate_of(
        delivery: Delivery,
        member: &Member<T::AccountId>,
        position: Option<Position>,
        past: PastUse,
    ) -> NetEnergy {
        let limit = Self::most_energy(member, &T::Calendars::of(delivery.day));
        let most = Energy::MAX_PER_PERIOD.bought().unwrap_or(NetEnergy::MAX);
        let (position, alpha) = (position.unwrap_or_default(), member.parameters.alpha);
        estimate(member.role, position, alpha, past, limit).unwrap_or(most).min(most)
    }

    /// What the readings at this time of the last days say. Of days that had longer or shorter periods, it is the
    /// period's share of the one that held its start.
    fn past_use(round: &Round<T::AccountId>, participant: ParticipantId) -> PastUse {
        let delivery = round.delivery;
        let calendar = T::Calendars::of(delivery.day);
        let mut silent: u32 = 0;
        let mut highest = None;
        for day in delivery.day.saturating_sub(round.history_days)..delivery.day {
            let then = if day < calendar.effective_from { T::Calendars::of(day) } else { calendar };
            let Some(period) = calendar.period_in(delivery.period, &then) else { continue };
            match Lines::<T>::get(Delivery { day, period }, participant).map(|line| line.reading) {
                Some(Some(reading)) => {
                    let share = reading.inward().in_proportion(calendar.period_length, then.period_length);
                    highest = highest.max(Some(share));
                }
                Some(None) => silent = silent.saturating_add(1),
                None => {}
            }
        }
        PastUse { highest, is_silent: round.history_days > 0 && silent >= round.history_days }
    }

    /// Frees the line's income.
    fn release_income(delivery: Delivery, member: &Member<T::AccountId>, line: &mut Line) {
        let income = core::mem::take(&mut line.income);
        if income.is_zero() {
            return;
        }
        let reason = HoldReason::Income.into();
        let released = T::Currency::release(&reason, &member.account, income.planck(), Precision::BestEffort)
            .defensive_unwrap_or_default();
        Self::deposit_event(Event::IncomeReleased {
            delivery,
            participant: member.id,
            account: member.account.clone(),
            amount: Money::from_planck(released),
        });
    }

    /// Writes the supplier's line and goes on to the next period.
    pub(crate) fn finish_period(round: &Round<T::AccountId>, cursor: &Settling) {
        let delivery = round.delivery;
        let Balanced { energy, money, grid_only } = cursor.balanced.counterpart();
        let settled = Settled {
            block: round.block,
            role: Role::RetailSupplier,
            expected: None,
            actual: None,
            estimated: false,
            balanced: energy,
            balanced_money: money,
            grid_only,
        };
        Lines::<T>::insert(
            delivery,
            round.supplier.id,
            Line { settled: Some(settled), ..Default::default() },
        );
        Cursor::<T>::kill();
        let next = Self::following(delivery);
        Next::<T>::put(next);
        Waiting::<T>::mutate(|waiting| waiting.retain(|ended| ended.through >= next));
        if next.day > delivery.day {
            Completed::<T>::insert(delivery.day, round.now);
        }
        Self::deposit_event(Event::PeriodSettled {
            delivery,
            balanced: cursor.balanced.energy,
            due: cursor.balanced.money,
        });
    }

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
    fn close_days(now: Moment, meter: &mut WeightMeter) -> Progress {
        loop {
            if meter.try_consume(T::WeightInfo::look()).is_err() {
                return OutOfWeight;
            }
            let Some(closing) = Self::closing_due(now) else { return Finished };
            if Self::lapse_disputes(closing.day, meter) == OutOfWeight
                || Self::close_bills(closing, meter) == OutOfWeight
            {
                return OutOfWeight;
            }
        }
    }

    /// Lets what is left of a day's disputes lapse.
    fn lapse_disputes(day: Day, meter: &mut WeightMeter) -> Progress {
        while OpenDisputes::<T>::get(day) > 0 {
            if meter.try_consume(T::WeightInfo::lapse_dispute()).is_err() {
                return OutOfWeight;
            }
            Self::lapse_dispute(day);
        }
        Finished
    }

    /// Adds the bills that are left to a day's tree, and closes the day.
    fn close_bills(mut closing: ClosingDay, meter: &mut WeightMeter) -> Progress {
        let periods = T::Calendars::of(closing.day).periods_per_day;
        // A bill may have that many corrections; what it takes is what it has.
        let most = T::WeightInfo::close_bill(u32::from(periods), most_corrections(periods));
        let count = T::Registry::count();
        while closing.frontier.count < count {
            if !meter.can_consume(most) {
                Closing::<T>::put(closing);
                return OutOfWeight;
            }
            let corrections = Self::close_bill(&mut closing, periods);
            meter.consume(T::WeightInfo::close_bill(u32::from(periods), corrections));
        }
        if meter.try_consume(T::WeightInfo::close_day()).is_err() {
            Closing::<T>::put(closing);
            return OutOfWeight;
        }
        Self::close_day(&closing);
        Finished
    }

    /// Adds the next participant's bill to the day's tree, and gives the number of its corrections.
    pub(crate) fn close_bill(closing: &mut ClosingDay, periods: u16) -> u32 {
        let bill = Self::settled_bill(closing.day, ParticipantId(closing.frontier.count), periods);
        closing.frontier.push(merkle::leaf(&bill));
        u32::try_from(bill.corrections.len()).unwrap_or(u32::MAX)
    }

    /// Publishes the day's root.
    pub(crate) fn close_day(closing: &ClosingDay) {
        let day = closing.day;
        let (root, bills) = (closing.frontier.root(), closing.frontier.count);
        Roots::<T>::insert(day, DayRoot { root, bills });
        if let Some(old) = day.checked_sub(T::RootRetentionDays::get()) {
            Roots::<T>::remove(old);
        }
        Completed::<T>::remove(day);
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
    fn prune(meter: &mut WeightMeter) -> Progress {
        let most = T::WeightInfo::prune_line(u32::from(MAX_CORRECTIONS));
        loop {
            if meter.try_consume(T::WeightInfo::look()).is_err() {
                return OutOfWeight;
            }
            let Some(mut cursor) = Pruning::<T>::get() else { return Finished };
            if cursor.delivery.day >= Self::kept_from() {
                return Finished;
            }
            let count = T::Registry::count();
            while cursor.next < count {
                if !meter.can_consume(most) {
                    Pruning::<T>::put(cursor);
                    return OutOfWeight;
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

    /// Forgets payment references that are old enough.
    fn forget_references(now: Moment, meter: &mut WeightMeter) {
        while Self::is_reference_old(now) && meter.try_consume(T::WeightInfo::forget_reference()).is_ok() {
            Self::forget_reference();
        }
    }

    /// The laws of the configuration.
    pub(crate) fn check_configuration() {
        let retention = T::RetentionDays::get();
        assert!(T::MinMeteringBlocks::get() > 0, "a reading needs a block");
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
            T::WeightInfo::prune_line(u32::from(MAX_CORRECTIONS)),
        ];
        let looks = T::WeightInfo::look().saturating_mul(LOOKS);
        for step in steps {
            let all = looks.saturating_add(step);
            assert!(all.all_lte(T::HookBudget::get()), "a step of {all:?} does not fit into the budget");
        }
    }
}

/// The most corrections of a bill.
fn most_corrections(periods: u16) -> u32 {
    u32::from(periods).saturating_mul(u32::from(MAX_CORRECTIONS))
}

/// Looks before the last kind of work in a block gets its first step: one at the start, and one before each of
/// serving, closing and pruning.
const LOOKS: u64 = 4;
