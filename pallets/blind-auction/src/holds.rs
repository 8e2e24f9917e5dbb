//! What is on hold for bids follows a participant to another account.

use crate::pallet::{Config, HoldReason, Next, Pallet, Progress, Seals};
use crate::types::Phase;
use frame::traits::Time;
use frame::traits::fungible::MutateHold;
use frame::traits::tokens::{Fortitude, Precision, Restriction};
use market::participant::Holds;
use market::{Delivery, Money, ParticipantId};

/// The most periods that are not cleared in which sealed bids are looked for. Where there are more, clearing is far
/// behind, and another account has to wait.
pub const MOST_OPEN: usize = 16;

impl<T: Config> Holds<T::AccountId> for Pallet<T> {
    fn follow(id: ParticipantId, from: &T::AccountId, to: &T::AccountId) -> Option<Money> {
        let now = T::Time::now();
        let following = |delivery: &Delivery| Self::calendar_of(*delivery).next(*delivery);
        let mut open = core::iter::successors(Next::<T>::get(), following)
            .take_while(|delivery| Self::calendar_of(*delivery).sealing(*delivery).from <= now);
        for delivery in open.by_ref().take(MOST_OPEN) {
            if let Some(mut seal) = Seals::<T>::get(delivery, id) {
                seal.account = to.clone();
                Seals::<T>::insert(delivery, id, seal);
            }
        }
        if open.next().is_some() {
            return None;
        }
        Progress::<T>::mutate(|progress| {
            let (Phase::Marginal { walk, .. } | Phase::Queue { walk, .. }) = &mut progress.phase else {
                return;
            };
            let buyer = walk.buyer.as_mut().map(|buyer| &mut buyer.account);
            for account in buyer.into_iter().chain(walk.seller.as_mut()).filter(|account| *account == from) {
                *account = to.clone();
            }
        });
        let held = Self::held(from);
        if held.is_zero() {
            return Some(held);
        }
        T::Currency::transfer_on_hold(
            &HoldReason::Bid.into(),
            from,
            to,
            held.planck(),
            Precision::Exact,
            Restriction::OnHold,
            Fortitude::Force,
        )
        .map(Money::from_planck)
        .ok()
    }
}
