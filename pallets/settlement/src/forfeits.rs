//! The pot of forfeited deposits: one a day, shared when the day closes.

use crate::LOG_TARGET;
use crate::pallet::{Config, Event, Forfeiters, Forfeits, Pallet, Sharing, Uses};
use crate::ticks::{Step, spend};
use crate::types::SharingDay;
use crate::weights::WeightInfo;
use frame::deps::frame_support::weights::WeightMeter;
use frame::prelude::*;
use frame::token::fungible::Mutate;
use market::bill::Bill;
use market::collateral::{Pot, forfeit_share};
use market::participant::Registry;
use market::{Day, Delivery, Energy, Money, ParticipantId};

impl<T: Config> Pot<T::AccountId> for Pallet<T> {
    fn account() -> T::AccountId {
        Self::pot()
    }

    fn forfeited(delivery: Delivery, bidder: ParticipantId, amount: Money) {
        // Of nothing there is no pot, and whose share it was would be remembered for ever.
        if amount.is_zero() {
            return;
        }
        Forfeiters::<T>::insert(delivery.day, bidder, ());
        Self::put_by(delivery.day, amount);
    }
}

impl<T: Config> Pallet<T> {
    /// The account that holds forfeited deposits. What else somebody sends to it stays there.
    pub fn pot() -> T::AccountId {
        T::PalletId::get().into_account_truncating()
    }

    fn put_by(day: Day, amount: Money) {
        if !amount.is_zero() {
            let before = Forfeits::<T>::get(day).unwrap_or_default();
            Forfeits::<T>::insert(day, before.saturating_add(amount));
        }
    }

    /// Notes what a member's meter counted in on a day with a pot, when its bill is closed; gives it. Estimates don't
    /// count, nor does who forfeited a deposit on that day.
    pub(crate) fn note_use(bill: &Bill) -> Energy {
        let Bill { day, participant, .. } = *bill;
        if !Forfeits::<T>::contains_key(day) || Forfeiters::<T>::contains_key(day, participant) {
            return Energy::ZERO;
        }
        let used = bill.measured_in();
        if !used.is_zero() {
            Uses::<T>::insert(participant, used);
        }
        used
    }

    /// Begins to share the pot of a day that is closed, where it has one.
    pub(crate) fn begin_sharing(day: Day, used: Energy) {
        if let Some(total) = Forfeits::<T>::take(day) {
            Sharing::<T>::put(SharingDay {
                day,
                next: 0,
                total,
                used,
                before: Energy::ZERO,
                paid: Money::ZERO,
            });
        }
    }

    /// Goes on sharing a pot. What can't be shared, as nothing was measured, is in the next day's.
    pub(crate) fn share_forfeits(meter: &mut WeightMeter) -> Step {
        let Some(mut sharing) = Sharing::<T>::get() else { return Ok(()) };
        let count = T::Registry::count();
        while sharing.next < count {
            spend(meter, T::WeightInfo::share_forfeit()).inspect_err(|_| Sharing::<T>::put(sharing))?;
            Self::share_forfeit(&mut sharing);
        }
        Sharing::<T>::kill();
        Self::put_by(sharing.day.saturating_add(1), sharing.total.saturating_sub(sharing.paid));
        Ok(())
    }

    /// Pays the next participant its share.
    pub(crate) fn share_forfeit(sharing: &mut SharingDay) {
        let SharingDay { day, total, used, before, .. } = *sharing;
        let participant = ParticipantId(sharing.next);
        sharing.next = sharing.next.saturating_add(1);
        Forfeiters::<T>::remove(day, participant);
        let Some(own) = Uses::<T>::take(participant) else { return };
        sharing.before = before.saturating_add(own);
        let amount = forfeit_share(total, before, own, used);
        let Some(member) = T::Registry::member(participant).filter(|_| !amount.is_zero()) else { return };
        let (from, to) = (Self::pot(), member.account);
        match T::Currency::transfer(&from, &to, amount.planck(), Preservation::Expendable) {
            Ok(_) => {
                sharing.paid = sharing.paid.saturating_add(amount);
                Self::deposit_event(Event::ForfeitShared { day, participant, amount, from, to });
            }
            Err(error) => {
                log::error!(target: LOG_TARGET, "No share for participant {}: {error:?}", participant.0)
            }
        }
    }
}
