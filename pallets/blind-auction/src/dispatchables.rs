//! What the calls do, and what the pallet answers when it is asked.

use super::*;
use frame::traits::Zero;
use market::Moment;
use market::calendar::{Calendar, Stage, Window};
use market::clearing::{Order, lot};
use market::collateral;
use market::commitment;
use market::limits::{LimitError, check_bid, is_free};
use market::participant::Member;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_seal(
        who: &T::AccountId,
        delivery: Delivery,
        commitment: H256,
        quote: Price,
    ) -> Result<Pays, DispatchError> {
        let (participant, is_suspended) = T::Registry::actor(who).ok_or(Error::<T>::NotRegistered)?;
        let Member { account, role, .. } =
            T::Registry::member(participant).ok_or(Error::<T>::NotRegistered)?;
        ensure!(role.buys(), Error::<T>::WrongRole);
        ensure!(!is_suspended, Error::<T>::Suspended);
        let calendar = Self::ensure_open(Stage::Sealing, delivery)?;
        // What was on its way when the chain started is not cleared, so nothing may be sealed for it.
        ensure!(Next::<T>::get().is_some_and(|next| next <= delivery), Error::<T>::WindowClosed);
        let volume = T::Positions::position(participant, delivery).unwrap_or_default().shortage();
        ensure!(!volume.is_zero(), Error::<T>::NothingReleased);
        ensure!(!T::DebtBook::is_debtor(participant), Error::<T>::Indebted);
        let floor = T::Positions::lowest_cost(delivery);
        let tariff = Self::ensure_within_limits(&calendar, delivery, quote, floor)?;

        let seal = match Seals::<T>::get(delivery, participant) {
            Some(live) => {
                Seal { commitment, quote, floor, replacements: live.replacements.saturating_add(1), ..live }
            }
            None => {
                let deposit = collateral::deposit(volume, tariff, DepositShare::<T>::get())
                    .ok_or(Error::<T>::InsufficientFunds)?;
                Self::hold(&account, deposit).map_err(|_| Error::<T>::InsufficientFunds)?;
                Seal { commitment, quote, account, volume, floor, deposit, replacements: 0 }
            }
        };
        Self::deposit_event(Event::Sealed {
            delivery,
            participant,
            commitment,
            quote,
            deposit: seal.deposit,
            replacements: seal.replacements,
        });
        let pays = if is_free(seal.replacements) { Pays::No } else { Pays::Yes };
        Seals::<T>::insert(delivery, participant, seal);
        Ok(pays)
    }

    pub(crate) fn do_reveal(
        who: &T::AccountId,
        delivery: Delivery,
        price: Price,
        salt: &Salt,
    ) -> DispatchResult {
        let participant = T::Registry::acting(who).ok_or(Error::<T>::NotRegistered)?;
        let calendar = Self::ensure_open(Stage::Reveal, delivery)?;
        let Seal { commitment: sealed, account, volume, floor, deposit, .. } =
            Seals::<T>::get(delivery, participant).ok_or(Error::<T>::NotSealed)?;
        let expected = commitment::commitment(Self::genesis(), participant, delivery, price, salt);
        ensure!(sealed == expected, Error::<T>::CommitmentMismatch);
        Self::ensure_within_limits(&calendar, delivery, price, floor)?;

        let cover = price.amount(volume).ok_or(Error::<T>::InsufficientFunds)?;
        // What is on hold is changed once, and not given back and taken again.
        match cover.checked_sub(deposit) {
            Some(more) => Self::hold(&account, more).map_err(|_| Error::<T>::InsufficientFunds)?,
            None => {
                Self::release(&account, deposit.saturating_sub(cover), tokens::Precision::Exact)?;
            }
        }
        Seals::<T>::remove(delivery, participant);
        Bids::<T>::insert(delivery, Self::place(delivery, participant, price), Bid { volume });
        Self::deposit_event(Event::Revealed { delivery, participant, price, volume, cover });
        Ok(())
    }

    /// The place of a bid in its queue.
    pub(crate) fn place(delivery: Delivery, bidder: ParticipantId, price: Price) -> QueueKey {
        QueueKey::of_bid(price, lot(T::Seed::seed(), delivery, bidder), bidder)
    }

    /// The hash of the chain's first block, which every commitment is bound to.
    pub(crate) fn genesis() -> H256 {
        frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
    }

    /// The day's calendar, where the stage is open for the period.
    fn ensure_open(stage: Stage, delivery: Delivery) -> Result<Calendar, Error<T>> {
        let calendar = T::Calendars::of(delivery.day);
        ensure!(calendar.has(delivery), Error::<T>::NoSuchPeriod);
        let Window { from, to } = calendar.window(stage, delivery);
        let now = T::Time::now();
        ensure!(now >= from, Error::<T>::WindowNotOpen);
        ensure!(now < to, Error::<T>::WindowClosed);
        ensure!(!T::Calendars::is_paused(stage), Error::<T>::Paused);
        Ok(calendar)
    }

    /// Checks (7), with this lowest cost, and gives the period's tariff.
    fn ensure_within_limits(
        calendar: &Calendar,
        delivery: Delivery,
        price: Price,
        floor: Option<Price>,
    ) -> Result<Price, Error<T>> {
        let tariff = T::Prices::tariff_at(delivery.day, calendar.offset(delivery.period))
            .ok_or(Error::<T>::NoSuchPeriod)?;
        match check_bid(price, floor, tariff) {
            Ok(()) => Ok(tariff),
            Err(LimitError::BelowCost) => Err(Error::<T>::BelowCost),
            Err(_) => Err(Error::<T>::AboveTariff),
        }
    }

    /// The period whose window of sealing or reveal is open at the moment, and not paused.
    pub(crate) fn open(stage: Stage, now: Moment) -> Option<Delivery> {
        let open = T::Calendars::open_at(now);
        let delivery = if stage == Stage::Sealing { open.sealing } else { open.reveal };
        delivery.filter(|_| !T::Calendars::is_paused(stage))
    }

    pub(crate) fn calendar_of(delivery: Delivery) -> Calendar {
        T::Calendars::of(delivery.day)
    }

    /// The revealed bids of a period that have not left the queue, in its order, each with its whole volume: from the
    /// first on, or behind a place.
    pub fn queue(delivery: Delivery, after: Option<QueueKey>) -> impl Iterator<Item = Order> {
        let bids = match after {
            Some(key) => Bids::<T>::iter_prefix_from(delivery, Bids::<T>::hashed_key_for(delivery, key)),
            None => Bids::<T>::iter_prefix(delivery),
        };
        bids.map(|(key, bid)| Order { key, open: bid.volume })
    }

    /// A participant's sealed bid in a period.
    pub fn sealed(delivery: Delivery, participant: ParticipantId) -> Option<Seal<T::AccountId>> {
        Seals::<T>::get(delivery, participant)
    }

    /// Whether a period is due to be cleared and is not. While clearing is paused, nothing is due.
    pub fn backlog() -> bool {
        !T::Calendars::is_paused(Stage::Execution)
            && Next::<T>::get().is_some_and(|next| T::Time::now() >= Self::calendar_of(next).reveal(next).to)
    }
}

impl<T: Config> Clearing for Pallet<T> {
    fn is_cleared(delivery: Delivery) -> bool {
        Next::<T>::get().is_some_and(|next| delivery < next)
    }
}
