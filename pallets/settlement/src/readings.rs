//! Meter readings: when they are taken, and what stands in for a missing one.

use crate::pallet::{Config, Error, Event, Lines, Next, Pallet, Waiting};
use crate::settling::Round;
use crate::types::{Arrival, Ended, Line, Metered};
use crate::weights::WeightInfo;
use frame::deps::sp_core::ed25519;
use frame::deps::sp_io::crypto::ed25519_verify;
use frame::prelude::*;
use frame::traits::Time;
use market::bill::Reason;
use market::blocks::{Blocks, Seen};
use market::calendar::{Calendar, Calendars, Stage};
use market::participant::{Member, Registry};
use market::position::Position;
use market::settlement::{Reading, estimate};
use market::{Delivery, Energy, Moment, NetEnergy, ParticipantId};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_submit_reading(
        who: T::AccountId,
        reading: Reading,
        signature: ed25519::Signature,
    ) -> Result<Arrival, DispatchError> {
        let member = Self::acting_member(&who)?;
        ensure!(member.role.is_metered(), Error::<T>::WrongRole);
        let delivery = reading.delivery;
        let calendar = T::Calendars::of(delivery.day);
        ensure!(calendar.has(delivery), Error::<T>::NoSuchPeriod);
        ensure!(member.has_line_from(calendar.start(delivery)), Error::<T>::BeforeRegistration);
        ensure!(!T::Calendars::is_paused(Stage::Metering), Error::<T>::Paused);
        let stored = Lines::<T>::get(delivery, member.id);
        let arrival = if Self::is_settled(delivery) { Arrival::Late } else { Arrival::InTime };
        match arrival {
            Arrival::InTime => Self::check_metering(&calendar, delivery, T::Time::now())?,
            Arrival::Late => Self::check_late_reading(delivery, stored.as_ref(), T::Time::now())?,
        }
        let mut line = stored.unwrap_or_default();
        ensure!(line.reading.is_none(), Error::<T>::AlreadyRead);
        let limit = Self::most_energy(&member, &calendar);
        ensure!(reading.energy_in <= limit && reading.energy_out <= limit, Error::<T>::OverTieLine);
        let net = reading.net().ok_or(Error::<T>::OverTieLine)?;
        ensure!(Self::is_signed(&reading, &member, &signature), Error::<T>::BadSignature);

        line.reading = Some(net);
        match arrival {
            Arrival::InTime => Lines::<T>::insert(delivery, member.id, line),
            Arrival::Late => Self::correct(&member, delivery, line, net, Reason::LateReading)?,
        }
        Self::deposit_event(Event::ReadingSubmitted {
            delivery,
            participant: member.id,
            metered: Metered { energy_in: reading.energy_in, energy_out: reading.energy_out },
        });
        Ok(arrival)
    }

    /// What a late reading takes.
    pub(crate) fn late_reading_weight() -> Weight {
        T::WeightInfo::submit_late_reading().saturating_add(Self::claim_weight())
    }

    /// The most energy that a participant's tie line carries in a period.
    pub(crate) fn most_energy(member: &Member<T::AccountId>, calendar: &Calendar) -> Energy {
        member.parameters.tie_line.most_energy(calendar.period_length)
    }

    /// Whether the participant's meter signed the reading for this chain.
    pub(crate) fn is_signed(
        reading: &Reading,
        member: &Member<T::AccountId>,
        signature: &ed25519::Signature,
    ) -> bool {
        let payload = reading.signed_payload(Self::genesis_hash(), member.id);
        ed25519_verify(signature, &payload, &ed25519::Public::from_raw(member.meter))
    }

    /// Whether readings of a period are taken that count when it is settled: from its end until the window is
    /// closed and was open for enough blocks.
    pub(crate) fn check_metering(
        calendar: &Calendar,
        delivery: Delivery,
        now: Moment,
    ) -> Result<(), Error<T>> {
        let window = calendar.metering(delivery);
        ensure!(now >= window.from, Error::<T>::WindowNotOpen);
        ensure!(Next::<T>::get().is_some_and(|next| next <= delivery), Error::<T>::WindowClosed);
        let open = now < window.to || !Self::waited_enough(delivery);
        let open = open && !Self::has_begun(delivery);
        ensure!(open, Error::<T>::WindowClosed);
        Ok(())
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
        let ended = Ended { through: last, block, seen: Seen::default() };
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
    pub(crate) fn wait_again(block: u32) {
        Waiting::<T>::mutate(|waiting| {
            let through = waiting.last().map(|ended| ended.through);
            let block = block.saturating_add(1);
            let all = through.map(|through| Ended { through, block, seen: Seen::default() });
            *waiting = BoundedVec::truncate_from(all.into_iter().collect());
        });
    }

    /// Whether enough blocks have passed since the period ended.
    pub(crate) fn waited_enough(delivery: Delivery) -> bool {
        let window = T::Calendars::of(delivery.day).metering(delivery);
        let length = window.to.saturating_sub(window.from);
        Waiting::<T>::get()
            .iter()
            .find(|ended| delivery <= ended.through)
            .is_some_and(|ended| ended.seen.are_enough::<T::Blocks>(length))
    }

    /// At the end of a block: counts it for the periods that wait.
    pub(crate) fn count_block(block: u32) {
        let mut waiting = Waiting::<T>::get();
        if waiting.is_empty() || T::Calendars::is_paused(Stage::Metering) {
            return;
        }
        let Some(author) = T::Blocks::author() else { return };
        waiting.iter_mut().filter(|ended| ended.block <= block).for_each(|ended| ended.seen.add(author));
        Waiting::<T>::put(waiting);
    }

    /// Days whose readings count for an estimate: no more than are kept.
    pub(crate) fn history_days() -> u32 {
        u32::from(T::HistoryDays::get()).min(T::RetentionDays::get())
    }

    /// Stands in for a missing reading.
    pub(crate) fn estimate_of(
        round: &Round<T::AccountId>,
        member: &Member<T::AccountId>,
        position: Option<Position>,
    ) -> NetEnergy {
        let limit = Self::most_energy(member, &T::Calendars::of(round.delivery.day));
        let highest = Self::highest_reading(round, member.id);
        estimate(member.role, position.unwrap_or_default(), member.parameters.alpha, highest, limit)
    }

    /// The lines at this time of the last days, each with the length of its period: of days that had longer or shorter
    /// ones, it is the line of the one that held the start of this.
    fn past_lines(
        delivery: Delivery,
        calendar: Calendar,
        participant: ParticipantId,
        days: u32,
    ) -> impl Iterator<Item = (Line, u64)> {
        (delivery.day.saturating_sub(days)..delivery.day).filter_map(move |day| {
            let then = if day < calendar.effective_from { T::Calendars::of(day) } else { calendar };
            let period = calendar.period_in(delivery.period, &then)?;
            Some((Lines::<T>::get(Delivery { day, period }, participant)?, then.period_length))
        })
    }

    /// The most that was counted inwards at this time of the last days; `None` where none of them has a reading. Of a
    /// longer or shorter period it is this one's share.
    fn highest_reading(round: &Round<T::AccountId>, participant: ParticipantId) -> Option<Energy> {
        let calendar = T::Calendars::of(round.delivery.day);
        let lines = Self::past_lines(round.delivery, calendar, participant, round.history_days);
        let shares = lines.filter_map(|(line, length)| {
            Some(line.reading?.inward().in_proportion(calendar.period_length, length))
        });
        shares.max()
    }

    /// What the meter counted outwards at this time of the last settled days, in the same shares. A reading that the
    /// operator has ruled over does not count.
    pub(crate) fn past_deliveries(
        participant: ParticipantId,
        delivery: Delivery,
    ) -> impl Iterator<Item = Energy> {
        let calendar = T::Calendars::of(delivery.day);
        let lines = Self::past_lines(delivery, calendar, participant, Self::history_days());
        lines.filter_map(move |(line, length)| {
            let is_late = line.settled?.estimated;
            let reading = line.reading.filter(|_| line.corrections <= u8::from(is_late))?;
            Some(reading.outward().in_proportion(calendar.period_length, length))
        })
    }

    /// The first period from `from` on whose window is open and whose reading of the participant is missing, among so many.
    pub(crate) fn missing_reading(
        participant: ParticipantId,
        from: Delivery,
        among: usize,
    ) -> Option<Delivery> {
        let member = T::Registry::member(participant)?;
        let now = T::Time::now();
        let is_read = member.role.is_metered() && !T::Calendars::is_paused(Stage::Metering);
        let last = Self::last_ended(now).filter(|_| is_read)?;
        let is_missing = |delivery: &Delivery| {
            let line = Lines::<T>::get(delivery, participant);
            let calendar = T::Calendars::of(delivery.day);
            line.is_none_or(|line| line.reading.is_none())
                && member.has_line_from(calendar.start(*delivery))
                && Self::check_metering(&calendar, *delivery, now).is_ok()
        };
        core::iter::successors(Some(from), |delivery| Some(Self::following(*delivery)))
            .take(among)
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
}
