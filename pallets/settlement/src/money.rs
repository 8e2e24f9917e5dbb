//! What the supplier and the members owe each other, and what is paid in and out of the market.

use crate::LOG_TARGET;
use crate::pallet::{
    ClaimAges, Claims, Config, Debts, Error, Event, KeptReferences, NextClaim, Pallet, ReferenceLog,
    References,
};
use crate::types::{Kept, UsedReference};
use crate::weights::WeightInfo;
use frame::prelude::*;
use frame::token::fungible::{Inspect, Mutate};
use frame::traits::Time;
use market::calendar::Calendars;
use market::debts::{Age, Change, Dues, Payer, Place};
use market::participant::{Member, Registry};
use market::{Moment, Money, NetMoney, ParticipantId};

impl<T: Config> Pallet<T> {
    /// What it takes beyond what the benchmarks measure where a payment makes somebody a creditor: they pay all that is
    /// due, which moves more money. The number, the claim and its age are written, the first is read.
    pub(crate) fn new_claim_weight() -> Weight {
        T::DbWeight::get().reads_writes(1, 3)
    }

    /// What a late reading takes.
    pub(crate) fn late_reading_weight() -> Weight {
        T::WeightInfo::submit_late_reading().saturating_add(Self::new_claim_weight())
    }

    /// Settles up what is between a member and the supplier and what falls due now, as far as there is money. The rest
    /// is the debt.
    pub(crate) fn settle_up(
        member: &Member<T::AccountId>,
        supplier: &T::AccountId,
        due: NetMoney,
        event: impl FnOnce(T::AccountId, T::AccountId, Money) -> Event<T>,
    ) -> Change {
        let dues = Dues::new(member.id, Self::debt(member.id), due);
        let (from, to) = match dues.payer() {
            Payer::Member => (&member.account, supplier),
            Payer::Supplier => (supplier, &member.account),
        };
        let payment = dues.payment(|_| Self::free(from), Self::oldest_claim);
        let paid = Self::pay(from, to, payment.amount);
        if !paid.is_zero() {
            Self::deposit_event(event(from.clone(), to.clone(), paid));
        }
        let change = dues.paid(paid);
        Self::write_debt(change);
        change
    }

    /// Moves money, and gives what moved.
    fn pay(from: &T::AccountId, to: &T::AccountId, amount: Money) -> Money {
        if amount.is_zero() {
            return Money::ZERO;
        }
        match T::Currency::transfer(from, to, amount.planck(), Preservation::Expendable) {
            Ok(_) => amount,
            Err(error) => {
                log::error!(target: LOG_TARGET, "Payment of {amount} ETH stays a debt: {error:?}");
                Money::ZERO
            }
        }
    }

    /// What an account can spend.
    pub(crate) fn free(account: &T::AccountId) -> Money {
        Money::from_planck(T::Currency::reducible_balance(
            account,
            Preservation::Expendable,
            Fortitude::Polite,
        ))
    }

    /// Writes a debt that has changed, moves the member in the queue of creditors, and tells it.
    pub(crate) fn write_debt(change: Change) {
        let Change { member, debt, .. } = change;
        if change.is_none() {
            return;
        }
        Debts::<T>::set(member, (!debt.is_zero()).then_some(debt));
        match change.place() {
            Place::Joins => {
                let number = NextClaim::<T>::get();
                NextClaim::<T>::put(number.saturating_add(1));
                Claims::<T>::insert(Age::new(number), member);
                ClaimAges::<T>::insert(member, Age::new(number));
            }
            Place::Leaves => {
                if let Some(age) = ClaimAges::<T>::take(member) {
                    Claims::<T>::remove(age);
                }
            }
            Place::Stays => {}
        }
        Self::deposit_event(Event::DebtChanged { participant: member, debt });
    }

    /// Whom the supplier owes for longest.
    pub(crate) fn oldest_claim() -> Option<ParticipantId> {
        Claims::<T>::iter_values().next()
    }

    /// The supplier and its oldest creditor, where it has money for it.
    pub(crate) fn claim_due() -> Option<(Member<T::AccountId>, ParticipantId)> {
        let creditor = Self::oldest_claim()?;
        let supplier = T::Registry::retail_supplier()?;
        (!Self::free(&supplier.account).is_zero()).then_some((supplier, creditor))
    }

    /// Lets the supplier pay its oldest creditor, as far as it can. Gives whether it is paid off.
    pub(crate) fn pay_claim(supplier: &Member<T::AccountId>, creditor: ParticipantId) -> bool {
        let Some(member) = T::Registry::member(creditor) else {
            defensive!("a creditor is registered");
            return false;
        };
        let change = Self::settle_up(&member, &supplier.account, NetMoney::ZERO, |from, to, amount| {
            Event::ClaimPaid { participant: creditor, from, to, amount }
        });
        change.is_paid_off()
    }

    pub(crate) fn do_mint(participant: ParticipantId, amount: Money, reference: H256) -> DispatchResult {
        let member = T::Registry::member(participant).ok_or(Error::<T>::NotRegistered)?;
        ensure!(!amount.is_zero(), Error::<T>::NothingToPay);
        Self::check_reference(reference)?;
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
        let owes = Self::debt(participant) > NetMoney::ZERO || is_supplier && Self::oldest_claim().is_some();
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

    /// Forgets the oldest reference.
    pub(crate) fn forget_reference() {
        KeptReferences::<T>::mutate(|kept| {
            if let Some(used) = ReferenceLog::<T>::take(kept.first) {
                References::<T>::remove(used.reference);
                kept.first = kept.first.saturating_add(1);
            }
        });
    }
}
