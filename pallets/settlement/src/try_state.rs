//! What always holds.

use crate::pallet::{
    ClaimQueue, Claims, Closing, Completed, Config, Corrections, Cursor, Debts, DisputedLines, Disputes,
    Forfeiters, Forfeits, HoldReason, KeptReferences, Lines, Next, NextTopUp, OpenDisputes, Pallet, Pruning,
    ReferenceLog, References, Roots, Sharing, TopUps, Waiting,
};
use crate::types::Line;
use alloc::collections::btree_map::BTreeMap;
use alloc::vec::Vec;
use frame::token::fungible::{Inspect, InspectHold};
use frame::try_runtime::TryRuntimeError;
use market::bill::{Correction, Reason};
use market::calendar::Calendars;
use market::participant::{Member, Registry};
use market::supplier::Balanced;
use market::{Day, Delivery, Money, NetEnergy, NetMoney, ParticipantId, Role};

/// The lines of a period.
type Period = BTreeMap<ParticipantId, Line>;

fn check(holds: bool, fault: &'static str) -> Result<(), TryRuntimeError> {
    if holds { Ok(()) } else { Err(fault.into()) }
}

impl<T: Config> Pallet<T> {
    /// All numbers that were given.
    fn participants() -> impl Iterator<Item = ParticipantId> {
        (0..T::Registry::count()).map(ParticipantId)
    }

    /// Checks all that always holds between two blocks.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let periods = Self::all_periods();
        Self::check_income(&periods)?;
        Self::check_trades(&periods)?;
        Self::check_energy(&periods)?;
        Self::check_sums(&periods)?;
        Self::check_meters(&periods)?;
        Self::check_corrections(&periods)?;
        Self::check_cursor(&periods)?;
        Self::check_debts()?;
        Self::check_claims()?;
        Self::check_references()?;
        Self::check_waiting()?;
        Self::check_days(&periods)?;
        Self::check_pot()?;
        Self::check_disputes()
    }

    /// The pot has what is to be shared, and who forfeited something did so on a day that is not shared.
    fn check_pot() -> Result<(), TryRuntimeError> {
        let sharing = Sharing::<T>::get();
        let left = sharing.map(|sharing| sharing.total.checked_sub(sharing.paid));
        let left = left.unwrap_or(Some(Money::ZERO)).ok_or("pot: more is shared than was forfeited")?;
        let all = Forfeits::<T>::iter_values().fold(left, Money::saturating_add);
        let has = T::Currency::total_balance(&Self::pot());
        check(has >= all.planck(), "pot: it has less than is to be shared")?;
        check(Forfeits::<T>::iter_values().all(|pot| !pot.is_zero()), "pot: a day of nothing is stored")?;
        let first = Closing::<T>::get().map(|closing| closing.day).unwrap_or_default();
        let first = sharing.map_or(first, |sharing| sharing.day);
        check(
            Forfeiters::<T>::iter_keys().all(|(day, _)| day >= first),
            "pot: who forfeited is not forgotten",
        )
    }

    fn all_periods() -> BTreeMap<Delivery, Period> {
        let mut periods = BTreeMap::<Delivery, Period>::new();
        for (delivery, participant, line) in Lines::<T>::iter() {
            periods.entry(delivery).or_default().insert(participant, line);
        }
        periods
    }

    /// What is on hold for income is what the lines say, account by account.
    fn check_income(periods: &BTreeMap<Delivery, Period>) -> Result<(), TryRuntimeError> {
        let mut books = BTreeMap::<ParticipantId, Money>::new();
        for (participant, line) in periods.values().flatten() {
            check(line.settled.is_none() || line.income.is_zero(), "income: a settled line holds some")?;
            check(line.income <= line.money.received(), "income: more on hold than was received")?;
            let book = books.entry(*participant).or_default();
            *book = book.saturating_add(line.income);
        }
        for id in Self::participants() {
            let Some(member) = T::Registry::member(id) else { continue };
            let held = T::Currency::balance_on_hold(&HoldReason::Income.into(), &member.account);
            let book = books.remove(&id).unwrap_or_default();
            check(held == book.planck(), "income: holds are not the books")?;
        }
        check(books.values().all(|book| book.is_zero()), "income: held for nobody")
    }

    /// In each period as much is sold as bought, for as much as is paid.
    fn check_trades(periods: &BTreeMap<Delivery, Period>) -> Result<(), TryRuntimeError> {
        for (_, lines) in periods.iter().filter(|(delivery, _)| Self::is_whole(**delivery)) {
            let energy: NetEnergy = lines.values().map(|line| line.energy).sum();
            let money: NetMoney = lines.values().map(|line| line.money).sum();
            check(energy.is_zero(), "trades: sold is not bought")?;
            check(money.is_zero(), "trades: received is not paid")?;
            let in_order = |line: &Line| line.traded.is_none_or(|(first, last)| first <= last);
            check(lines.values().all(in_order), "trades: the last was before the first")?;
        }
        Ok(())
    }

    /// What one used is what it traded and what was balanced, to the watt-hour.
    fn check_energy(periods: &BTreeMap<Delivery, Period>) -> Result<(), TryRuntimeError> {
        let lines =
            periods.iter().flat_map(|(delivery, lines)| lines.iter().map(move |line| (*delivery, line)));
        for (delivery, (participant, line)) in lines {
            let Some(settled) = line.settled else { continue };
            let Some(actual) = settled.actual else {
                check(settled.role == Role::RetailSupplier, "energy: a metered line has no actual")?;
                continue;
            };
            let all = line.energy.checked_add(settled.balanced);
            check(all == Some(actual), "energy: actual is not peer-to-peer and balanced")?;
            let late = Self::corrections_of(delivery, *participant, line)
                .find(|correction| correction.reason == Reason::LateReading)
                .and_then(|correction| correction.after);
            let read = if settled.estimated { late } else { Some(actual) };
            check(line.reading == read, "energy: actual is not the reading")?;
        }
        Ok(())
    }

    /// The lines of a settled period sum to zero with the supplier's.
    fn check_sums(periods: &BTreeMap<Delivery, Period>) -> Result<(), TryRuntimeError> {
        let Some(next) = Next::<T>::get() else { return Ok(()) };
        let settled = periods.iter().filter(|(delivery, _)| Self::is_whole(**delivery) && **delivery < next);
        for (_, lines) in settled {
            check(lines.values().all(|line| line.settled.is_some()), "sums: a line was left out")?;
            let suppliers = lines.values().filter_map(|line| line.settled);
            let suppliers = suppliers.filter(|settled| settled.role == Role::RetailSupplier).count();
            check(suppliers == 1, "sums: there is one line of the supplier's")?;
            let Balanced { energy, money, grid_only } = Self::sums(lines);
            check(energy.is_zero(), "sums: energy")?;
            check(money.is_zero(), "sums: money")?;
            check(grid_only.is_zero(), "sums: grid-only")?;
        }
        Ok(())
    }

    /// Whoever had a meter registered when a settled period started has a line in it.
    fn check_meters(periods: &BTreeMap<Delivery, Period>) -> Result<(), TryRuntimeError> {
        let Some(next) = Next::<T>::get() else { return Ok(()) };
        let settled = Cursor::<T>::get().map_or(0, |cursor| cursor.next);
        let members: Vec<_> = Self::participants().filter_map(T::Registry::member).collect();
        for (delivery, lines) in periods.range(..=next).filter(|(delivery, _)| Self::is_whole(**delivery)) {
            let start = T::Calendars::of(delivery.day).start(*delivery);
            let mut passed = members.iter().filter(|member| *delivery < next || member.id.0 < settled);
            let has_line = |member: &Member<T::AccountId>| {
                !member.has_line_from(start) || lines.contains_key(&member.id)
            };
            check(passed.all(has_line), "meters: a registered one has no line")?;
        }
        Ok(())
    }

    fn sums(lines: &Period) -> Balanced {
        lines.values().filter_map(|line| line.settled).map(Balanced::from).sum()
    }

    /// Corrections follow each other from a settled line on, and those of a period sum to zero with the supplier's.
    fn check_corrections(periods: &BTreeMap<Delivery, Period>) -> Result<(), TryRuntimeError> {
        let mut stored = BTreeMap::<Delivery, BTreeMap<(ParticipantId, u8), Correction>>::new();
        for ((delivery, participant, number), correction) in Corrections::<T>::iter() {
            let key = (correction.delivery, correction.participant, correction.number);
            check(key == (delivery, participant, number), "corrections: one of another line")?;
            stored.entry(delivery).or_default().insert((participant, number), correction);
        }
        for (delivery, lines) in periods {
            let all = stored.remove(delivery).unwrap_or_default();
            let count: usize = lines.values().map(|line| usize::from(line.corrections)).sum();
            check(all.len() == count, "corrections: not as many as the lines say")?;
            for (participant, line) in lines {
                Self::check_corrected_line(*participant, line, &all)?;
            }
            if Self::is_whole(*delivery) {
                let sum = |of: fn(&Correction) -> i128| all.values().map(of).sum::<i128>() == 0;
                check(sum(|one| one.balanced.watt_hours().into()), "corrections: energy")?;
                check(sum(|one| one.balanced_money.planck()), "corrections: money")?;
                check(sum(|one| one.grid_only.planck()), "corrections: grid-only")?;
            }
        }
        check(stored.is_empty(), "corrections: of a period without lines")
    }

    fn check_corrected_line(
        participant: ParticipantId,
        line: &Line,
        all: &BTreeMap<(ParticipantId, u8), Correction>,
    ) -> Result<(), TryRuntimeError> {
        if line.corrections == 0 {
            return Ok(());
        }
        let Some(settled) = line.settled else {
            return Err("corrections: of a line that is not settled".into());
        };
        let mut actual = settled.actual;
        for number in 0..line.corrections {
            let Some(correction) = all.get(&(participant, number)) else {
                return Err("corrections: a number is missing".into());
            };
            let is_counterpart = correction.reason == Reason::Counterpart;
            let is_suppliers = settled.role == Role::RetailSupplier;
            check(is_counterpart == is_suppliers, "corrections: a reason of another role")?;
            check(correction.before == actual, "corrections: one does not follow the other")?;
            let after = actual.and_then(|actual| actual.checked_add(correction.balanced));
            check(correction.after == after, "corrections: what changes is not what is balanced")?;
            actual = after;
        }
        Ok(())
    }

    /// Disputes are of settled lines of days that are not closing, and counted.
    fn check_disputes() -> Result<(), TryRuntimeError> {
        let mut open = BTreeMap::<Day, u32>::new();
        let mut disputed = BTreeMap::<ParticipantId, u32>::new();
        let closing = Closing::<T>::get().unwrap_or_default();
        for (day, (period, participant), _) in Disputes::<T>::iter() {
            let is_settled = Lines::<T>::get(Delivery { day, period }, participant)
                .and_then(|line| line.settled)
                .is_some_and(|settled| settled.role.is_metered());
            check(is_settled, "disputes: of a line that is not settled")?;
            let is_open = day > closing.day || day == closing.day && closing.frontier.count == 0;
            check(is_open, "disputes: of a day that is closed")?;
            for count in [open.entry(day).or_default(), disputed.entry(participant).or_default()] {
                *count = count.saturating_add(1);
            }
        }
        check(open == OpenDisputes::<T>::iter().collect(), "disputes: the number of those that are open")?;
        check(disputed == DisputedLines::<T>::iter().collect(), "disputes: the number of a participant's")
    }

    /// The cursor of the settlement is behind what is settled and before what is not.
    fn check_cursor(periods: &BTreeMap<Delivery, Period>) -> Result<(), TryRuntimeError> {
        let cursor = Cursor::<T>::get();
        let Some(next) = Next::<T>::get() else {
            return check(cursor.is_none() && periods.is_empty(), "cursor: work before the first block");
        };
        let later =
            periods.range(next..).flat_map(|(delivery, lines)| lines.iter().map(move |l| (delivery, l)));
        for (delivery, (participant, line)) in later {
            let passed = *delivery == next && cursor.is_some_and(|cursor| participant.0 < cursor.next);
            let metered = T::Registry::member(*participant).is_some_and(|m| m.role.is_metered());
            check(metered, "cursor: a line of nobody's")?;
            check(line.settled.is_some() == passed, "cursor: a line is settled out of turn")?;
        }
        let Some(cursor) = cursor else { return Ok(()) };
        check(cursor.next <= T::Registry::count(), "cursor: past the last participant")?;
        let sums = periods.get(&next).map(Self::sums).unwrap_or_default();
        check(cursor.balanced == sums, "cursor: its sums")
    }

    /// Debts are between registered members and the supplier.
    fn check_debts() -> Result<(), TryRuntimeError> {
        for (participant, debt) in Debts::<T>::iter() {
            check(!debt.is_zero(), "debts: one of nothing is stored")?;
            let metered = T::Registry::member(participant).is_some_and(|member| member.role.is_metered());
            check(metered, "debts: of one that is not balanced")?;
        }
        let all_above_zero = TopUps::<T>::iter_values().all(|amount| amount > 0);
        check(all_above_zero, "debts: a standing order of nothing is stored")
    }

    /// Whom the supplier owes has one place in the queue, and nobody else has.
    fn check_claims() -> Result<(), TryRuntimeError> {
        let ends = ClaimQueue::<T>::get();
        let (mut next, mut older, mut count) = (ends.oldest, None, 0usize);
        while let Some(participant) = next {
            let claim = Claims::<T>::get(participant).ok_or("claims: a place is nobody's")?;
            check(claim.older == older, "claims: a creditor has another place")?;
            let is_owed = Debts::<T>::get(participant).is_some_and(|debt| debt < NetMoney::ZERO);
            check(is_owed, "claims: of one that is owed nothing")?;
            (older, next) = (next, claim.younger);
            count = count.saturating_add(1);
        }
        check(ends.youngest == older, "claims: the last one is another")?;
        check(Claims::<T>::iter_keys().count() == count, "claims: one is not in the queue")?;
        let waits =
            |(id, debt): (ParticipantId, NetMoney)| debt > NetMoney::ZERO || Claims::<T>::contains_key(id);
        check(Debts::<T>::iter().all(waits), "claims: a creditor has no place")
    }

    /// Used payment references are kept in order of time.
    fn check_references() -> Result<(), TryRuntimeError> {
        let kept = KeptReferences::<T>::get();
        let count = kept.next.checked_sub(kept.first).and_then(|count| usize::try_from(count).ok());
        check(count == Some(ReferenceLog::<T>::iter().count()), "references: not as many as are kept")?;
        check(count == Some(References::<T>::iter().count()), "references: one that is never forgotten")?;
        for (number, used) in ReferenceLog::<T>::iter() {
            check(kept.first <= number && number < kept.next, "references: a number out of order")?;
            check(References::<T>::contains_key(used.reference), "references: one can be used again")?;
        }
        Ok(())
    }

    /// Ended periods wait in order of time.
    fn check_waiting() -> Result<(), TryRuntimeError> {
        let waiting = Waiting::<T>::get();
        let next = Next::<T>::get().unwrap_or_default();
        check(waiting.iter().all(|ended| ended.through >= next), "waiting: for what is settled")?;
        let in_order = waiting
            .iter()
            .zip(waiting.iter().skip(1))
            .all(|(a, b)| a.through < b.through && a.block <= b.block);
        check(in_order, "waiting: out of order")
    }

    /// Closing follows settling, and pruning follows closing.
    fn check_days(periods: &BTreeMap<Delivery, Period>) -> Result<(), TryRuntimeError> {
        let (Some(next), Some(closing), Some(pruning)) =
            (Next::<T>::get(), Closing::<T>::get(), Pruning::<T>::get())
        else {
            return check(NextTopUp::<T>::get().is_none(), "days: some cursors are missing");
        };
        let count = T::Registry::count();
        check(closing.day <= next.day, "days: closed before it is settled")?;
        check(pruning.delivery.day <= closing.day, "days: pruned before it is closed")?;
        check(pruning.next <= count && closing.frontier.count <= count, "days: past the last participant")?;
        check(NextTopUp::<T>::get().is_some_and(|top_up| top_up.next <= count), "days: top-ups")?;
        let waits = |day: u32| closing.day <= day && day < next.day;
        check(Completed::<T>::iter_keys().all(waits), "days: a day that waits for nothing")?;
        let complete = (closing.day..next.day).all(Completed::<T>::contains_key);
        check(complete, "days: a settled day never closes")?;
        check(Roots::<T>::iter_keys().all(|day| day < closing.day), "days: a root of an open day")?;
        let pruned = |(delivery, lines): (&Delivery, &Period)| {
            *delivery < pruning.delivery
                || (*delivery == pruning.delivery && lines.keys().any(|id| id.0 < pruning.next))
        };
        check(!periods.iter().any(pruned), "days: a pruned line is left")
    }

    /// Whether no line of a period is pruned.
    fn is_whole(delivery: Delivery) -> bool {
        Pruning::<T>::get().is_none_or(|pruning| {
            delivery > pruning.delivery || (delivery == pruning.delivery && pruning.next == 0)
        })
    }
}
