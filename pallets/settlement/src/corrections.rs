//! Late readings and disputes: what changes of a period that is settled.

use crate::MAX_CORRECTIONS;
use crate::pallet::{
    Closing, Completed, Config, Corrections, DisputedLines, Disputes, Error, Event, HoldReason, Lines,
    OpenDisputes, Pallet,
};
use crate::types::{ClosingDay, Dispute, Line, Ruling};
use frame::prelude::*;
use frame::token::fungible::MutateHold;
use frame::traits::Time;
use frame::traits::tokens::Restriction;
use market::bill::{Correction, Reason};
use market::calendar::{Calendars, Stage};
use market::collateral::Pot;
use market::participant::{Member, Registry};
use market::settlement::Outcome;
use market::supplier::counterpart;
use market::{Day, Delivery, Moment, Money, NetEnergy, ParticipantId, Role};

impl<T: Config> Pallet<T> {
    /// When the time for corrections of a day ends; `None` while not all of it is settled. While metering is paused,
    /// no late reading is taken, so that time does not count.
    pub(crate) fn correction_end(day: Day) -> Option<Moment> {
        let length = Self::days_of(day, T::CorrectionDays::get());
        Some(T::Calendars::end_beside_pauses(Stage::Metering, Completed::<T>::get(day)?, length))
    }

    /// The length of some days, in milliseconds.
    pub(crate) fn days_of(day: Day, days: u32) -> u64 {
        T::Calendars::of(day).day_length().saturating_mul(u64::from(days))
    }

    /// Whether a day's settled lines may still be corrected or disputed.
    fn check_correctable(day: Day, now: Moment) -> Result<(), Error<T>> {
        let is_open = Closing::<T>::get().is_some_and(|closing| closing.day <= day)
            && Self::correction_end(day).is_none_or(|end| now < end);
        ensure!(is_open, Error::<T>::CorrectionTimeOver);
        Ok(())
    }

    /// Whether a reading of a period that is settled may still correct a line.
    pub(crate) fn check_late_reading(
        delivery: Delivery,
        line: Option<&Line>,
        now: Moment,
    ) -> Result<(), Error<T>> {
        // Each meter has one for as long as lines are kept.
        let line = line.ok_or(Error::<T>::CorrectionTimeOver)?;
        ensure!(line.reading.is_none(), Error::<T>::AlreadyRead);
        // A late reading would be there, so it was the arbiter.
        ensure!(line.corrections == 0, Error::<T>::AlreadyRuled);
        Self::check_correctable(delivery.day, now)
    }

    pub(crate) fn do_dispute(
        who: T::AccountId,
        delivery: Delivery,
        participant: ParticipantId,
    ) -> DispatchResult {
        let member = Self::acting_member(&who)?;
        let may = member.id == participant || member.role == Role::DistributionOperator;
        ensure!(may, Error::<T>::OthersLine);
        // Who has left can't be paid, nor pay.
        ensure!(T::Registry::member(participant).is_some(), Error::<T>::NotRegistered);
        let line = Lines::<T>::get(delivery, participant).filter(|_| Self::is_settled(delivery));
        let settled = line.and_then(|line| line.settled).ok_or(Error::<T>::NotSettled)?;
        ensure!(settled.role.is_metered(), Error::<T>::WrongRole);
        Self::check_correctable(delivery.day, T::Time::now())?;
        let place = (delivery.period, participant);
        ensure!(!Disputes::<T>::contains_key(delivery.day, place), Error::<T>::AlreadyDisputed);

        let deposit = T::DisputeDeposit::get();
        T::Currency::hold(&HoldReason::Dispute.into(), &member.account, deposit)
            .map_err(|_| Error::<T>::InsufficientFunds)?;
        let deposit = Money::from_planck(deposit);
        let dispute = Dispute { by: member.id, block: Self::this_block(), deposit };
        Disputes::<T>::insert(delivery.day, place, dispute);
        OpenDisputes::<T>::mutate(delivery.day, |open| *open = open.saturating_add(1));
        DisputedLines::<T>::mutate(participant, |lines| *lines = lines.saturating_add(1));
        Self::deposit_event(Event::Disputed { delivery, participant, by: member.id, deposit });
        Ok(())
    }

    pub(crate) fn do_resolve_dispute(
        delivery: Delivery,
        participant: ParticipantId,
        ruling: Ruling,
    ) -> DispatchResult {
        let place = (delivery.period, participant);
        let dispute = Disputes::<T>::get(delivery.day, place).ok_or(Error::<T>::NotDisputed)?;
        if let Ruling::Actual(actual) = ruling {
            let member = T::Registry::member(participant).ok_or(Error::<T>::NotRegistered)?;
            let limit = Self::most_energy(&member, &T::Calendars::of(delivery.day));
            let within = actual.inward() <= limit && actual.outward() <= limit;
            ensure!(within, Error::<T>::OverTieLine);
            let line = Lines::<T>::get(delivery, participant).ok_or(Error::<T>::NotSettled)?;
            Self::correct(&member, delivery, line, actual, Reason::Dispute)?;
        }
        match ruling {
            Ruling::Dismiss => Self::forfeit_dispute(delivery, participant, &dispute)?,
            Ruling::Actual(_) => Self::release_dispute(&dispute),
        }
        Self::end_dispute(delivery, participant);
        Self::deposit_event(Event::DisputeResolved { delivery, participant, ruling });
        Ok(())
    }

    /// Gives a dispute's deposit back.
    fn release_dispute(dispute: &Dispute) {
        let Some(member) = T::Registry::member(dispute.by).filter(|_| !dispute.deposit.is_zero()) else {
            return;
        };
        let (reason, deposit) = (HoldReason::Dispute.into(), dispute.deposit.planck());
        let _ = T::Currency::release(&reason, &member.account, deposit, Precision::BestEffort)
            .defensive_proof("the deposit is on hold");
    }

    /// Puts a dispute's deposit into the day's pot, in which who disputed has no share.
    fn forfeit_dispute(delivery: Delivery, participant: ParticipantId, dispute: &Dispute) -> DispatchResult {
        let Dispute { by, deposit, .. } = *dispute;
        let Some(member) = T::Registry::member(by).filter(|_| !deposit.is_zero()) else { return Ok(()) };
        let (from, to) = (member.account, Self::pot());
        T::Currency::transfer_on_hold(
            &HoldReason::Dispute.into(),
            &from,
            &to,
            deposit.planck(),
            Precision::Exact,
            Restriction::Free,
            Fortitude::Force,
        )?;
        <Self as Pot<T::AccountId>>::forfeited(delivery, by, deposit);
        Self::deposit_event(Event::DisputeForfeited { delivery, participant, by, amount: deposit, from, to });
        Ok(())
    }

    fn end_dispute(delivery: Delivery, participant: ParticipantId) {
        Disputes::<T>::remove(delivery.day, (delivery.period, participant));
        // What is counted is never zero.
        let one_less =
            |count: Option<u32>| count.and_then(|count| count.checked_sub(1)).filter(|left| *left > 0);
        OpenDisputes::<T>::mutate_exists(delivery.day, |open| *open = one_less(*open));
        DisputedLines::<T>::mutate_exists(participant, |lines| *lines = one_less(*lines));
    }

    /// Lets the next of a day's disputes lapse. It looks behind the last one that lapsed: whatever the block has removed
    /// before it is not walked over again.
    pub(crate) fn lapse_dispute(closing: &mut ClosingDay) {
        let day = closing.day;
        let behind = closing.lapsed.and_then(|last| {
            Disputes::<T>::iter_key_prefix_from(day, Disputes::<T>::hashed_key_for(day, last)).next()
        });
        // None is opened any more once they lapse; whatever that may be, none is left.
        let Some(place) = behind.or_else(|| Disputes::<T>::iter_key_prefix(day).next()) else {
            defensive!("as many disputes are open as are counted");
            OpenDisputes::<T>::remove(day);
            return;
        };
        closing.lapsed = Some(place);
        let (period, participant) = place;
        let delivery = Delivery { day, period };
        if let Some(dispute) = Disputes::<T>::get(day, (period, participant)) {
            Self::release_dispute(&dispute);
        }
        Self::end_dispute(delivery, participant);
        Self::deposit_event(Event::DisputeLapsed { delivery, participant });
    }

    /// The corrections of a line, by number.
    pub(crate) fn corrections_of(
        delivery: Delivery,
        participant: ParticipantId,
        line: &Line,
    ) -> impl Iterator<Item = Correction> + use<T> {
        (0..line.corrections).filter_map(move |number| Corrections::<T>::get((delivery, participant, number)))
    }

    /// Corrects a settled line to what was really used, pays the difference, and writes the line. Nothing is changed
    /// where it is refused.
    pub(crate) fn correct(
        member: &Member<T::AccountId>,
        delivery: Delivery,
        mut line: Line,
        actual: NetEnergy,
        reason: Reason,
    ) -> Result<(), Error<T>> {
        let number = line.corrections;
        ensure!(number < MAX_CORRECTIONS, Error::<T>::TooManyCorrections);
        let supplier = T::Registry::retail_supplier().ok_or(Error::<T>::NoRetailSupplier)?;
        let suppliers = Lines::<T>::get(delivery, supplier.id).ok_or(Error::<T>::NoRetailSupplier)?;
        let before =
            line.standing(Self::corrections_of(delivery, member.id, &line)).ok_or(Error::<T>::NotSettled)?;
        // Within the bounds of energy and price nothing overflows.
        let change = Outcome::of(actual, line.energy, Self::prices_of(delivery))
            .and_then(|after| after.less(&before))
            .ok_or(Error::<T>::OverTieLine)?;

        let correction = Correction {
            delivery,
            participant: member.id,
            number,
            reason,
            block: Self::this_block(),
            before: Some(before.actual),
            after: Some(actual),
            balanced: change.balancing.energy,
            balanced_money: change.balancing.money,
            grid_only: change.grid_only,
        };
        Corrections::<T>::insert((delivery, member.id, number), correction);
        line.corrections = number.saturating_add(1);
        Lines::<T>::insert(delivery, member.id, line);
        Self::add_counterpart(supplier.id, suppliers, &correction);
        Self::deposit_event(Event::LineCorrected { delivery, participant: member.id, correction });
        let due = correction.balanced_money;
        Self::settle_up(member, &supplier.account, due, |from, to, paid| Event::CorrectionPaid {
            delivery,
            participant: member.id,
            from,
            to,
            due,
            paid,
        });
        Ok(())
    }

    /// Adds the other side of a correction to the supplier's own one of the period.
    fn add_counterpart(supplier: ParticipantId, mut line: Line, correction: &Correction) {
        let delivery = correction.delivery;
        let before = Corrections::<T>::get((delivery, supplier, 0));
        let sum = counterpart(before.as_ref(), supplier, correction);
        Corrections::<T>::insert((delivery, supplier, 0), sum);
        if line.corrections == 0 {
            line.corrections = 1;
            Lines::<T>::insert(delivery, supplier, line);
        }
    }
}
