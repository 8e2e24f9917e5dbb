//! Cover: what sellers have on hold for the exposure of their offers, by the rule of [`market::collateral::covered`].
//!
//! It is held when an offer is released or corrected, and free when its period is settled, or the offer is voided: a
//! planck covers one offer at a time. Income covers, too, once its reading has come and its period is settled: then it
//! is free money.

use crate::Offer;
use crate::pallet::{Config, ExposureShare, HoldReason, Offers, Pallet};
use frame::prelude::*;
use frame::token::fungible::{Inspect, InspectHold, MutateHold};
use frame::traits::tokens::{Fortitude, Restriction};
use market::calendar::Calendar;
use market::collateral::{Exposure, covered};
use market::participant::{Holds, Member, PartsPerMillion};
use market::tariff::Prices;
use market::{Delivery, Energy, Money, ParticipantId, Position, Price};

/// The cover of one seller's offers, while they are released or corrected.
pub(crate) struct Cover<'a, T: Config> {
    account: &'a T::AccountId,
    share: PartsPerMillion,
    /// What is on hold for the offers that these replace.
    before: Money,
    /// What may still cover.
    left: Money,
    /// What covers so far.
    taken: Money,
}

impl<'a, T: Config> Cover<'a, T> {
    /// Of a member that has this on hold for the offers that the next ones replace.
    pub(crate) fn begin(member: &'a Member<T::AccountId>, before: Money) -> Self {
        let account = &member.account;
        let share = ExposureShare::<T>::get();
        let free = if share == PartsPerMillion(0) {
            0
        } else {
            T::Currency::reducible_balance(account, Preservation::Protect, Fortitude::Polite)
        };
        let left = Money::from_planck(free).saturating_add(before);
        Self { account, share, before, left, taken: Money::ZERO }
    }

    /// The next offer, as far as it is covered.
    pub(crate) fn offer(
        &mut self,
        delivery: Delivery,
        calendar: &Calendar,
        energy: Energy,
        reserve: Price,
    ) -> Offer {
        if self.share == PartsPerMillion(0) {
            return Offer { energy, ..Offer::default() };
        }
        let tariff = T::Prices::tariff_at(delivery.day, calendar.offset(delivery.period)).unwrap_or_default();
        let (energy, held) = covered(energy, reserve, tariff, self.share, self.left);
        self.left = self.left.saturating_sub(held);
        self.taken = self.taken.saturating_add(held);
        Offer { energy, held, ..Offer::default() }
    }

    /// Holds what covers, in place of what was on hold.
    pub(crate) fn hold(self) -> DispatchResult {
        match self.taken.checked_sub(self.before) {
            Some(more) if !more.is_zero() => {
                T::Currency::hold(&HoldReason::Exposure.into(), self.account, more.planck())
            }
            Some(_) => Ok(()),
            None => {
                Pallet::<T>::free_cover(self.account, self.before.saturating_sub(self.taken));
                Ok(())
            }
        }
    }
}

impl<T: Config> Pallet<T> {
    /// Frees this much of what covers a seller's offers.
    pub(crate) fn free_cover(account: &T::AccountId, amount: Money) {
        if !amount.is_zero() {
            let reason = HoldReason::Exposure.into();
            let _ = T::Currency::release(&reason, account, amount.planck(), Precision::Exact).defensive();
        }
    }
}

impl<T: Config> Exposure<T::AccountId> for Pallet<T> {
    fn free(member: &Member<T::AccountId>, delivery: Delivery, position: Position) {
        let Some(key) = Self::offer_key(member.id, delivery, position) else { return };
        let Some(offer) = Offers::<T>::get(delivery, key).filter(|offer| !offer.held.is_zero()) else {
            return;
        };
        Offers::<T>::insert(delivery, key, Offer { held: Money::ZERO, ..offer });
        Self::free_cover(&member.account, offer.held);
    }
}

impl<T: Config> Holds<T::AccountId> for Pallet<T> {
    fn follow(_: ParticipantId, from: &T::AccountId, to: &T::AccountId) -> Option<Money> {
        let reason = HoldReason::Exposure.into();
        let held = T::Currency::balance_on_hold(&reason, from);
        if held == 0 {
            return Some(Money::ZERO);
        }
        let (all, force) = (Precision::Exact, Fortitude::Force);
        let moved =
            T::Currency::transfer_on_hold(&reason, from, to, held, all, Restriction::OnHold, force).ok()?;
        Some(Money::from_planck(moved))
    }
}
