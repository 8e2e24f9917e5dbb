//! What the runtime API, the workers and the other files ask.

use crate::pallet::{Closing, Config, Debts, Error, Next, Pallet};
use frame::prelude::*;
use frame::traits::Time;
use market::api::Due;
use market::calendar::{Calendars, Stage};
use market::clearing::Clearing;
use market::participant::{Member, Registry};
use market::{Day, Delivery, NetMoney, ParticipantId};

/// How many ended periods are looked through for a reading that is due. Where more wait, settlement is far behind, and the
/// rest comes in its turn.
const MOST_LOOKED_THROUGH: usize = 1_000;

impl<T: Config> Pallet<T> {
    /// The first period that is not settled; `None` before the first block.
    pub fn next_to_settle() -> Option<Delivery> {
        Next::<T>::get()
    }

    /// The first day that is not closed; `None` before the first block.
    pub fn first_open_day() -> Option<Day> {
        Closing::<T>::get().map(|closing| closing.day)
    }

    /// Whether all lines of a period are settled.
    pub(crate) fn is_settled(delivery: Delivery) -> bool {
        Next::<T>::get().is_some_and(|next| delivery < next)
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
    /// reading is missing, where that is among the first ones.
    pub fn due(participant: ParticipantId) -> Option<Due> {
        let delivery = Self::missing_reading(participant, Next::<T>::get()?, MOST_LOOKED_THROUGH)?;
        Some(Due { participant, stage: Stage::Metering, delivery })
    }

    /// The participant that the signer acts for.
    pub(crate) fn acting_member(who: &T::AccountId) -> Result<Member<T::AccountId>, Error<T>> {
        T::Registry::acting(who).and_then(T::Registry::member).ok_or(Error::<T>::NotRegistered)
    }

    /// The chain's genesis hash.
    pub(crate) fn genesis_hash() -> H256 {
        frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
    }

    /// The number of the block that is being built.
    pub(crate) fn this_block() -> u32 {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }
}
