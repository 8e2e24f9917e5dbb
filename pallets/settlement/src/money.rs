//! What is paid in and out of the market: by the treasurer against references, and as top-ups.

use crate::LOG_TARGET;
use crate::pallet::{
    Config, Error, Event, KeptReferences, MintBound, MintedOnDay, NextTopUp, Pallet, ReferenceLog,
    References, TopUps,
};
use crate::ticks::{Step, spend};
use crate::types::{Kept, Minted, TopUpCursor, UsedReference};
use crate::weights::WeightInfo;
use codec::Encode;
use frame::deps::frame_support::weights::WeightMeter;
use frame::prelude::*;
use frame::token::fungible::Mutate;
use frame::traits::Time;
use market::calendar::Calendars;
use market::debts::DebtBook;
use market::participant::Registry;
use market::{Day, Moment, Money, ParticipantId};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_mint(participant: ParticipantId, amount: Money, reference: H256) -> DispatchResult {
        let member = T::Registry::member(participant).ok_or(Error::<T>::NotRegistered)?;
        ensure!(!amount.is_zero(), Error::<T>::NothingToPay);
        Self::check_reference(reference)?;
        Self::count_minted(amount)?;
        T::Currency::mint_into(&member.account, amount.planck())?;
        Self::keep_reference(reference);
        Self::deposit_event(Event::Minted { participant, account: member.account, amount, reference });
        Ok(())
    }

    pub(crate) fn do_redeem(participant: ParticipantId, amount: Money, reference: H256) -> DispatchResult {
        let member = T::Registry::member(participant).ok_or(Error::<T>::NotRegistered)?;
        ensure!(!amount.is_zero(), Error::<T>::NothingToPay);
        Self::check_reference(reference)?;
        let is_supplier = T::Registry::retail_supplier().is_some_and(|supplier| supplier.id == participant);
        let owes = Self::is_debtor(participant) || is_supplier && Self::oldest_claim().is_some();
        ensure!(!owes, Error::<T>::Indebted);
        ensure!(Self::free(&member.account) >= amount, Error::<T>::InsufficientFunds);
        T::Currency::burn_from(
            &member.account,
            amount.planck(),
            Preservation::Expendable,
            Precision::Exact,
            Fortitude::Polite,
        )?;
        Self::keep_reference(reference);
        Self::deposit_event(Event::Redeemed { participant, account: member.account, amount, reference });
        Ok(())
    }

    /// Counts what is minted on the day that runs, where that may be.
    fn count_minted(amount: Money) -> Result<(), Error<T>> {
        let Some(bound) = MintBound::<T>::get() else { return Ok(()) };
        let now = T::Time::now();
        let day = T::Calendars::at(now).delivery_at(now).map(|current| current.day);
        let before = Some(MintedOnDay::<T>::get()).filter(|before| before.day == day).unwrap_or_default();
        let amount = before.amount.saturating_add(amount);
        ensure!(amount.planck() <= bound, Error::<T>::OverMintBound);
        MintedOnDay::<T>::put(Minted { day, amount });
        Ok(())
    }

    fn check_reference(reference: H256) -> Result<(), Error<T>> {
        ensure!(!References::<T>::contains_key(reference), Error::<T>::ReferenceUsed);
        let Kept { first, next } = KeptReferences::<T>::get();
        let has_room = next.saturating_sub(first) < u64::from(T::MaxReferences::get());
        ensure!(has_room, Error::<T>::TooManyReferences);
        Ok(())
    }

    fn keep_reference(reference: H256) {
        let now = T::Time::now();
        let days = u64::from(T::ReferenceDays::get());
        let until = now.saturating_add(T::Calendars::at(now).day_length().saturating_mul(days));
        KeptReferences::<T>::mutate(|kept| {
            ReferenceLog::<T>::insert(kept.next, UsedReference { reference, until });
            kept.next = kept.next.saturating_add(1);
        });
        References::<T>::insert(reference, ());
    }

    /// Whether the oldest reference can be forgotten.
    pub(crate) fn is_reference_old(now: Moment) -> bool {
        ReferenceLog::<T>::get(KeptReferences::<T>::get().first).is_some_and(|used| used.until <= now)
    }

    /// Forgets payment references that are old enough.
    pub(crate) fn forget_references(now: Moment, meter: &mut WeightMeter) -> Step {
        while Self::is_reference_old(now) {
            spend(meter, T::WeightInfo::forget_reference())?;
            Self::forget_reference();
        }
        Ok(())
    }

    /// Forgets the oldest reference.
    pub(crate) fn forget_reference() {
        KeptReferences::<T>::mutate(|kept| {
            if let Some(used) = ReferenceLog::<T>::take(kept.first) {
                References::<T>::remove(used.reference);
                kept.first = kept.first.saturating_add(1);
            }
        });
    }

    pub(crate) fn do_set_top_up(participant: ParticipantId, amount: Money) -> DispatchResult {
        ensure!(T::Registry::member(participant).is_some(), Error::<T>::NotRegistered);
        TopUps::<T>::set(participant, (!amount.is_zero()).then_some(amount.planck()));
        Self::deposit_event(Event::TopUpSet { participant, amount });
        Ok(())
    }

    /// The next top-up and since when it is due, if it is.
    pub(crate) fn top_up_due(now: Moment) -> Option<(Moment, TopUpCursor)> {
        let cursor = NextTopUp::<T>::get()?;
        let due = T::Calendars::of(cursor.day).release(cursor.day).from;
        (due <= now).then_some((due, cursor))
    }

    /// Gives a day's top-ups, by number.
    pub(crate) fn top_up(mut cursor: TopUpCursor, meter: &mut WeightMeter) -> Step {
        let count = T::Registry::count();
        while cursor.next < count {
            spend(meter, T::WeightInfo::top_up()).inspect_err(|_| NextTopUp::<T>::put(cursor))?;
            Self::top_up_one(cursor.day, ParticipantId(cursor.next));
            cursor.next = cursor.next.saturating_add(1);
        }
        NextTopUp::<T>::put(TopUpCursor { day: cursor.day.saturating_add(1), next: 0 });
        Ok(())
    }

    /// The payment reference of a standing order on a day.
    pub fn top_up_reference(day: Day, participant: ParticipantId) -> H256 {
        H256(blake2_256(&(b"gridbid/top-up", day, participant).encode()))
    }

    /// Gives one participant its top-up.
    pub(crate) fn top_up_one(day: Day, participant: ParticipantId) {
        let Some(amount) = TopUps::<T>::get(participant) else { return };
        let Some(member) = T::Registry::member(participant) else { return };
        if Self::count_minted(Money::from_planck(amount)).is_err() {
            let amount = Money::from_planck(amount);
            return Self::deposit_event(Event::TopUpRefused { day, participant, amount });
        }
        match T::Currency::mint_into(&member.account, amount) {
            Ok(_) => Self::deposit_event(Event::ToppedUp {
                day,
                participant,
                account: member.account,
                amount: Money::from_planck(amount),
                reference: Self::top_up_reference(day, participant),
            }),
            Err(error) => {
                log::error!(target: LOG_TARGET, "Top-up of participant {}: {error:?}", participant.0)
            }
        }
    }
}
