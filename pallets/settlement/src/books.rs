//! What is open in the books.

use crate::pallet::{Closing, Config, Debts, DisputedLines, HoldReason, Next, Pallet, Pruning, TopUps};
use frame::token::fungible::InspectHold;
use frame::traits::Time;
use market::books::Books;
use market::calendar::Calendars;
use market::participant::Registry;
use market::position::Positions;
use market::{Day, Delivery, ParticipantId};

/// How many days a participant that leaves may have unsettled behind it to be looked through. Where there are more,
/// settlement is far behind, and leaving has to wait.
const MOST_UNSETTLED: usize = 8;

impl<T: Config> Books for Pallet<T> {
    fn first_unsettled() -> Option<Day> {
        Next::<T>::get().map(|next| next.day)
    }

    fn first_correctable() -> Option<Day> {
        Closing::<T>::get().map(|closing| closing.day)
    }

    fn first_kept() -> Option<Day> {
        Pruning::<T>::get().map(|cursor| cursor.delivery.day)
    }

    fn is_settled_up(participant: ParticipantId) -> bool {
        !Debts::<T>::contains_key(participant)
            && !TopUps::<T>::contains_key(participant)
            && !Self::disputes(participant)
            && !DisputedLines::<T>::contains_key(participant)
            && Next::<T>::get().is_none_or(|next| Self::has_nothing_from(participant, next))
    }
}

impl<T: Config> Pallet<T> {
    /// Whether a participant disputes a line, its own or another's: then its deposit is on hold.
    fn disputes(participant: ParticipantId) -> bool {
        T::Registry::member(participant).is_some_and(|member| {
            T::Currency::balance_on_hold(&HoldReason::Dispute.into(), &member.account) > 0
        })
    }

    /// Whether a participant has released nothing from an unsettled period on, and none that has ended waits for its line.
    fn has_nothing_from(participant: ParticipantId, next: Delivery) -> bool {
        let now = T::Time::now();
        let tomorrow = T::Calendars::at(now).delivery_at(now).map_or(0, |today| today.day.saturating_add(1));
        let has_released = |day| T::Positions::position(participant, Delivery { day, period: 0 }).is_some();
        let mut days = next.day..=tomorrow;
        if days.by_ref().take(MOST_UNSETTLED).any(has_released) || days.next().is_some() {
            return false;
        }
        let Some(last) = Self::last_ended(now).filter(|last| next <= *last) else { return true };
        let start = T::Calendars::of(last.day).start(last);
        T::Registry::member(participant).is_none_or(|member| !member.has_line_from(start))
    }
}
