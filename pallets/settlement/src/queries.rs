//! What the runtime API and the workers ask.

use crate::pallet::{Closing, Config, Debts, Disputes, Lines, Next, Pallet, Pruning, Roots};
use crate::types::Line;
use alloc::vec::Vec;
use frame::traits::Time;
use market::api::{BillProof, Due, RecordedLine};
use market::bill::{Bill, LineState};
use market::calendar::{Calendars, Stage};
use market::clearing::Clearing;
use market::merkle;
use market::participant::Registry;
use market::position::{Position, Positions};
use market::{Day, Delivery, NetMoney, ParticipantId};

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

    /// All lines of a period, by number of the participant.
    pub fn lines(delivery: Delivery) -> Vec<RecordedLine> {
        Self::participants().filter_map(|id| Self::line(delivery, id)).collect()
    }

    /// A participant's bill of a day: its settled lines and their corrections. `None` where there is no such participant, before
    /// the day begins, and once it is pruned.
    pub fn bill(day: Day, participant: ParticipantId) -> Option<Bill> {
        let known = Self::has_bills(day) && participant.0 < Self::number_of_bills(day);
        known.then(|| Self::settled_bill(day, participant, T::Calendars::of(day).periods_per_day))
    }

    /// The proof that a participant's bill is one of the day's. Where the day is not closed it is the proof for
    /// the bills as they stand. `None` where [`Self::bill`] is.
    pub fn proof(day: Day, participant: ParticipantId) -> Option<BillProof> {
        if !Self::has_bills(day) {
            return None;
        }
        let periods = T::Calendars::of(day).periods_per_day;
        let leaves: Vec<_> = (0..Self::number_of_bills(day))
            .map(|id| merkle::leaf(&Self::settled_bill(day, ParticipantId(id), periods)))
            .collect();
        let proof = merkle::prove(&leaves, participant.0)?;
        let closed = Roots::<T>::get(day);
        let root = closed.map_or_else(|| merkle::root(&leaves), |closed| closed.root);
        Some(BillProof { root, closed: closed.is_some(), proof })
    }

    /// The first period that is not settled; `None` before the first block.
    pub fn next_to_settle() -> Option<Delivery> {
        Next::<T>::get()
    }

    /// Whether a top-up, a settlement, a day's closing or a claim that is due has steps left. A period that waits for
    /// its clearing, for a retail supplier or for metering to be resumed has none.
    pub fn backlog() -> bool {
        let now = T::Time::now();
        let settling = Self::settling_due(now).is_some_and(|(_, next)| T::Clearing::is_cleared(next))
            && !T::Calendars::is_paused(Stage::Metering)
            && T::Registry::retail_supplier().is_some();
        settling
            || Self::top_up_due(now).is_some()
            || Self::closing_due(now).is_some()
            || Self::claim_due().is_some()
    }

    /// What a participant owes the retail supplier; negative where the supplier owes it.
    pub fn debt(participant: ParticipantId) -> NetMoney {
        Debts::<T>::get(participant).unwrap_or_default()
    }

    /// The reading that a participant should send now: of the first period whose window is open and whose
    /// reading is missing.
    pub fn due(participant: ParticipantId) -> Option<Due> {
        let delivery = Self::missing_reading(participant, Next::<T>::get()?)?;
        Some(Due { participant, stage: Stage::Metering, delivery })
    }

    /// The first period from `from` on whose window is open and whose reading of the participant is missing.
    pub(crate) fn missing_reading(participant: ParticipantId, from: Delivery) -> Option<Delivery> {
        let member = T::Registry::member(participant)?;
        let now = T::Time::now();
        let is_read = member.role.is_metered() && !T::Calendars::is_paused(Stage::Metering);
        let last = Self::last_ended(now).filter(|_| is_read)?;
        let is_missing = |delivery: &Delivery| {
            let line = Lines::<T>::get(delivery, participant);
            line.is_none_or(|line| line.reading.is_none())
                && Self::check_metering(&T::Calendars::of(delivery.day), *delivery, now).is_ok()
        };
        core::iter::successors(Some(from), |delivery| Some(Self::following(*delivery)))
            .take_while(|delivery| *delivery <= last)
            .find(is_missing)
    }

    /// The first estimated period from `from` on that a late reading of the participant may still correct.
    pub(crate) fn missing_late_reading(participant: ParticipantId, from: Delivery) -> Option<Delivery> {
        let next = Next::<T>::get().filter(|_| !T::Calendars::is_paused(Stage::Metering))?;
        let now = T::Time::now();
        let first = Delivery { day: Self::first_open_day()?, period: 0 };
        let is_missing = |delivery: &Delivery| {
            let line = Lines::<T>::get(delivery, participant);
            line.is_some() && Self::check_late_reading(*delivery, line.as_ref(), now).is_ok()
        };
        core::iter::successors(Some(from.max(first)), |delivery| Some(Self::following(*delivery)))
            .take_while(|delivery| *delivery < next)
            .find(is_missing)
    }

    /// All numbers that were given.
    pub(crate) fn participants() -> impl Iterator<Item = ParticipantId> {
        (0..T::Registry::count()).map(ParticipantId)
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

    /// Whether all lines of a period are settled.
    pub(crate) fn is_settled(delivery: Delivery) -> bool {
        Next::<T>::get().is_some_and(|next| delivery < next)
    }

    /// Whether a day has begun to be settled and is not pruned.
    fn has_bills(day: Day) -> bool {
        let (Some(pruning), Some(next)) = (Pruning::<T>::get(), Next::<T>::get()) else { return false };
        day >= pruning.delivery.day && day >= Self::kept_from() && day <= next.day
    }

    fn number_of_bills(day: Day) -> u32 {
        Roots::<T>::get(day).map_or_else(T::Registry::count, |closed| closed.bills)
    }

    /// The first day that is not closed; `None` before the first block.
    pub fn first_open_day() -> Option<Day> {
        Closing::<T>::get().map(|closing| closing.day)
    }
}
