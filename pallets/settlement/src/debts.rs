//! Debts between the members and the supplier, kept by the rules of [`market::debts`].

use crate::LOG_TARGET;
use crate::pallet::{ClaimQueue, Claims, Config, Debts, Error, Event, Pallet};
use crate::ticks::{Step, spend};
use crate::types::Claim;
use crate::weights::WeightInfo;
use frame::deps::frame_support::weights::WeightMeter;
use frame::prelude::*;
use frame::token::fungible::{Inspect, Mutate};
use market::debts::{Change, DebtBook, Dues, Payer, Place, is_debtor};
use market::participant::{Member, Registry};
use market::{Delivery, Energy, Money, NetMoney, ParticipantId};

impl<T: Config> DebtBook for Pallet<T> {
    fn is_debtor(participant: ParticipantId) -> bool {
        is_debtor(Self::debt(participant))
    }

    fn delivered(participant: ParticipantId, delivery: Delivery) -> impl Iterator<Item = Energy> {
        Self::past_deliveries(participant, delivery)
    }
}

impl<T: Config> Pallet<T> {
    /// What it takes beyond what the benchmarks measure where a payment makes somebody a creditor, or a creditor leaves
    /// from between two others: they pay all that is due, which moves more money. The claim and those next to it, or
    /// the ends of the queue, are read and written.
    pub(crate) fn claim_weight() -> Weight {
        T::DbWeight::get().reads_writes(4, 3)
    }

    /// Pays up to `amount` of the signer's debt, and gives what is left of it.
    pub(crate) fn do_pay_debt(who: T::AccountId, amount: Money) -> Result<NetMoney, DispatchError> {
        let member = Self::acting_member(&who)?;
        let dues = Dues::new(member.id, Self::debt(member.id), NetMoney::ZERO);
        ensure!(dues.payer() == Payer::Member, Error::<T>::NotIndebted);
        let amount = amount.min(dues.amount());
        ensure!(!amount.is_zero(), Error::<T>::NothingToPay);
        let supplier = T::Registry::retail_supplier().ok_or(Error::<T>::NoRetailSupplier)?;
        ensure!(Self::free(&member.account) >= amount, Error::<T>::InsufficientFunds);
        T::Currency::transfer(&member.account, &supplier.account, amount.planck(), Preservation::Expendable)?;
        Self::deposit_event(Event::DebtPaid {
            participant: member.id,
            from: member.account,
            to: supplier.account,
            amount,
        });
        let change = dues.paid(amount);
        Self::write_debt(change);
        Ok(change.debt)
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
            Place::Joins => Self::join_claims(member),
            Place::Leaves => Self::leave_claims(member),
            Place::Stays => {}
        }
        Self::deposit_event(Event::DebtChanged { participant: member, debt });
    }

    /// Puts a creditor behind all others.
    fn join_claims(member: ParticipantId) {
        let mut ends = ClaimQueue::<T>::get();
        let older = ends.youngest.replace(member);
        match older {
            Some(older) => Self::mutate_claim(older, |claim| claim.younger = Some(member)),
            None => ends.oldest = Some(member),
        }
        Claims::<T>::insert(member, Claim { older, younger: None });
        ClaimQueue::<T>::put(ends);
    }

    /// Takes a creditor out of the queue, wherever it stands.
    fn leave_claims(member: ParticipantId) {
        let Some(Claim { older, younger }) = Claims::<T>::take(member) else { return };
        if let Some(older) = older {
            Self::mutate_claim(older, |claim| claim.younger = younger);
        }
        if let Some(younger) = younger {
            Self::mutate_claim(younger, |claim| claim.older = older);
        }
        if older.is_none() || younger.is_none() {
            ClaimQueue::<T>::mutate(|ends| {
                ends.oldest = if older.is_none() { younger } else { ends.oldest };
                ends.youngest = if younger.is_none() { older } else { ends.youngest };
            });
        }
    }

    fn mutate_claim(member: ParticipantId, change: impl FnOnce(&mut Claim)) {
        Claims::<T>::mutate(member, |claim| match claim {
            Some(claim) => change(claim),
            None => {
                defensive!("who is next to a creditor is one");
            }
        });
    }

    /// Whom the supplier owes for longest. It is noted: a scan of the queue would walk over all that the block has paid.
    pub(crate) fn oldest_claim() -> Option<ParticipantId> {
        ClaimQueue::<T>::get().oldest
    }

    /// The supplier and its oldest creditor, where it has money for it.
    pub(crate) fn claim_due() -> Option<(Member<T::AccountId>, ParticipantId)> {
        let creditor = Self::oldest_claim()?;
        let supplier = T::Registry::retail_supplier()?;
        (!Self::free(&supplier.account).is_zero()).then_some((supplier, creditor))
    }

    /// Lets the supplier pay its creditors by age, as far as it can.
    pub(crate) fn pay_claims(meter: &mut WeightMeter) -> Step {
        while let Some((supplier, creditor)) = Self::claim_due() {
            spend(meter, T::WeightInfo::pay_claim())?;
            if !Self::pay_claim(&supplier, creditor) {
                break;
            }
        }
        Ok(())
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
}
