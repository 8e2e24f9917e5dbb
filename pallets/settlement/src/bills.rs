//! Bill lines, bills, and the leaves that they are proven by.

use crate::pallet::{Config, Disputes, Lines, Next, Pallet, Pruning, Roots};
use crate::types::Line;
use alloc::vec::Vec;
use market::api::{Leaves, MOST_ENTRIES, MOST_LEAVES, Page, RecordedLine};
use market::bill::{Bill, BillLine, LineState};
use market::calendar::Calendars;
use market::merkle;
use market::participant::Registry;
use market::position::{Position, Positions};
use market::{Day, Delivery, NetEnergy, ParticipantId, Role};

impl<T: Config> Pallet<T> {
    /// A participant's line of a period, settled or on its way. `None` where it has none, and once it is
    /// pruned.
    pub fn line(delivery: Delivery, participant: ParticipantId) -> Option<RecordedLine> {
        let stored = Lines::<T>::get(delivery, participant);
        let settled = stored.and_then(|line| line.settled);
        // A removed participant's lines are told, too.
        let role = settled
            .map(|settled| settled.role)
            .or_else(|| T::Registry::member(participant).map(|member| member.role))?;
        let expected = match settled {
            Some(_) => None,
            None => T::Positions::position(participant, delivery),
        };
        if stored.is_none() && (expected.is_none() || Self::is_settled(delivery)) {
            return None;
        }
        let line = stored.unwrap_or_default();
        Some(RecordedLine {
            line: line.to_bill_line(delivery, participant, role, expected.and_then(Position::net)),
            state: Self::state_of(delivery, &line),
            traded: line.traded,
            settled: settled.map(|settled| settled.block),
            corrections: Self::corrections_of(delivery, participant, &line).collect(),
            disputed_by: Disputes::<T>::get(delivery.day, (delivery.period, participant)).map(|open| open.by),
        })
    }

    /// How far a line is on its way.
    fn state_of(delivery: Delivery, line: &Line) -> LineState {
        if line.settled.is_none() {
            LineState::Provisional
        } else if Self::first_open_day().is_some_and(|day| delivery.day < day) {
            LineState::Final
        } else {
            LineState::Settled
        }
    }

    /// The lines of a period, by number of the participant: of so many participants from a number on, at most
    /// [`MOST_ENTRIES`].
    pub fn lines(delivery: Delivery, from: u32, count: u32) -> Page<RecordedLine> {
        let all = T::Registry::count();
        let to = from.saturating_add(count.min(MOST_ENTRIES)).min(all);
        let items = (from..to).filter_map(|id| Self::line(delivery, ParticipantId(id))).collect();
        Page { items, next: (to < all).then_some(to) }
    }

    /// A participant's bill of a day: its settled lines and their corrections. `None` where there is no such participant, before
    /// the day begins, and once it is pruned.
    pub fn bill(day: Day, participant: ParticipantId) -> Option<Bill> {
        let known = Self::has_bills(day) && participant.0 < Self::number_of_bills(day);
        known.then(|| Self::settled_bill(day, participant, T::Calendars::of(day).periods_per_day))
    }

    /// The leaves of a day's bills: so many from a number on, at most [`MOST_LEAVES`]. Where the day is not closed they
    /// are those of the bills as they stand. `None` where [`Self::bill`] is, whoever is asked for.
    pub fn leaves(day: Day, from: u32, count: u32) -> Option<Leaves> {
        if !Self::has_bills(day) {
            return None;
        }
        let periods = T::Calendars::of(day).periods_per_day;
        let of = Self::number_of_bills(day);
        let leaves = (from..from.saturating_add(count.min(MOST_LEAVES)).min(of))
            .map(|id| merkle::leaf(&Self::settled_bill(day, ParticipantId(id), periods)))
            .collect();
        Some(Leaves { leaves, of, root: Roots::<T>::get(day).map(|closed| closed.root) })
    }

    /// A participant's settled lines of a day, and their corrections.
    pub(crate) fn settled_bill(day: Day, participant: ParticipantId, periods: u16) -> Bill {
        let mut bill = Bill { day, participant, lines: Vec::new(), corrections: Vec::new() };
        for delivery in (0..periods).map(|period| Delivery { day, period }) {
            let Some(line) = Lines::<T>::get(delivery, participant) else { continue };
            let Some(settled) = line.settled else { continue };
            bill.lines.push(line.to_bill_line(delivery, participant, settled.role, None));
            bill.corrections.extend(Self::corrections_of(delivery, participant, &line));
        }
        bill
    }

    /// Whether a day has begun to be settled and is not pruned.
    fn has_bills(day: Day) -> bool {
        let (Some(pruning), Some(next)) = (Pruning::<T>::get(), Next::<T>::get()) else { return false };
        day >= pruning.delivery.day && day >= Self::kept_from() && day <= next.day
    }

    fn number_of_bills(day: Day) -> u32 {
        Roots::<T>::get(day).map_or_else(T::Registry::count, |closed| closed.bills)
    }
}

impl Line {
    /// The line of a bill. `role` and `expected` count where the line is not settled.
    pub fn to_bill_line(
        self,
        delivery: Delivery,
        participant: ParticipantId,
        role: Role,
        expected: Option<NetEnergy>,
    ) -> BillLine {
        let role = self.settled.map_or(role, |settled| settled.role);
        let metered = role.is_metered();
        BillLine {
            delivery,
            participant,
            role,
            expected: self.settled.map_or(expected, |settled| settled.expected),
            bid: self.bid,
            peer_to_peer: metered.then_some(self.energy),
            peer_to_peer_money: metered.then_some(self.money),
            actual: self.settled.map_or(self.reading, |settled| settled.actual),
            estimated: self.settled.is_some_and(|settled| settled.estimated),
            balanced: self.settled.map(|settled| settled.balanced).unwrap_or_default(),
            balanced_money: self.settled.map(|settled| settled.balanced_money).unwrap_or_default(),
            grid_only: self.settled.map(|settled| settled.grid_only).unwrap_or_default(),
        }
    }
}
