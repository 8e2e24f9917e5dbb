//! What the calls do.

use crate::pallet::{Config, Pallet};
use crate::{DayPositions, Error, Event, Offer, Offers, Release, Releases, Sums};
use frame::deps::frame_support::dispatch::{DispatchResultWithPostInfo, Pays};
use frame::prelude::*;
use frame::traits::Time;
use market::calendar::{Calendar, Calendars, Stage};
use market::clearing::{QueueKey, Seed, lot};
use market::limits::{LimitError, check_offer, is_free};
use market::participant::{Member, Registry};
use market::tariff::Prices;
use market::{Day, Delivery, Energy, ParticipantId, Position, Price};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_release(
        who: &T::AccountId,
        day: Day,
        positions: DayPositions,
    ) -> DispatchResultWithPostInfo {
        let (member, is_suspended) = Self::actor(who)?;
        let calendar = T::Calendars::of(day);
        Self::ensure_open(Stage::Release, Delivery { day, period: 0 })?;
        ensure!(!is_suspended, Error::<T>::Suspended);
        ensure!(positions.len() == usize::from(calendar.periods_per_day), Error::<T>::WrongNumberOfPeriods);
        let feed_in = T::Prices::feed_in(day);
        for position in &positions {
            Self::check_position(&member, *position, &calendar, feed_in)?;
        }
        let before = Releases::<T>::get(day, member.id);
        let replacements = before.as_ref().map_or(0, |release| release.replacements.saturating_add(1));
        Self::count_positions(&member, day, before.as_ref().map(|release| &release.positions), &positions)?;
        Self::queue_offers(member.id, day, before.as_ref().map(|release| &release.positions), &positions);
        Self::deposit_event(Event::Released {
            participant: member.id,
            day,
            volume: positions.iter().map(|position| position.shortage()).sum(),
            offered: positions.iter().map(|position| position.surplus()).sum(),
            replacements,
        });
        Releases::<T>::insert(day, member.id, Release { positions, replacements });
        Ok(fee(replacements))
    }

    pub(crate) fn do_correct_offer(
        who: &T::AccountId,
        delivery: Delivery,
        energy: Energy,
        reserve: Price,
    ) -> DispatchResultWithPostInfo {
        let (member, is_suspended) = Self::actor(who)?;
        ensure!(member.role.sells(), Error::<T>::WrongRole);
        let calendar = T::Calendars::of(delivery.day);
        ensure!(calendar.has(delivery), Error::<T>::NoSuchPeriod);
        Self::ensure_open(Stage::Sealing, delivery)?;
        let position = Position::Sell { energy, reserve };
        Self::check_position(&member, position, &calendar, T::Prices::feed_in(delivery.day))?;
        let corrections = Releases::<T>::try_mutate(delivery.day, member.id, |release| {
            let slot = release
                .as_mut()
                .and_then(|release| release.positions.get_mut(usize::from(delivery.period)))
                .ok_or(Error::<T>::NothingReleased)?;
            ensure!(slot.shortage().is_zero(), Error::<T>::Buying);
            let is_less = energy <= slot.surplus();
            ensure!(is_less || !is_suspended, Error::<T>::Suspended);
            let before = core::mem::replace(slot, position);
            let corrected = Self::offer_key(member.id, delivery, before)
                .and_then(|key| Offers::<T>::take(delivery, key))
                .map(|offer| offer.corrections.saturating_add(1));
            if corrected.is_none() {
                Self::count_offer(&member, delivery)?;
            }
            Ok::<_, DispatchError>(corrected.unwrap_or_default())
        })?;
        if let Some(key) = Self::offer_key(member.id, delivery, position) {
            Offers::<T>::insert(delivery, key, Offer { energy, corrections });
        }
        Self::deposit_event(Event::OfferCorrected { participant: member.id, delivery, energy, reserve });
        Ok(fee(corrections))
    }

    /// Whom an account acts for, and whether that participant is suspended.
    fn actor(who: &T::AccountId) -> Result<(Member<T::AccountId>, bool), Error<T>> {
        let (id, is_suspended) = T::Registry::actor(who).ok_or(Error::<T>::NotRegistered)?;
        Ok((T::Registry::member(id).ok_or(Error::<T>::NotRegistered)?, is_suspended))
    }

    fn ensure_open(stage: Stage, delivery: Delivery) -> Result<(), Error<T>> {
        let now = T::Time::now();
        let window = T::Calendars::of(delivery.day).window(stage, delivery);
        ensure!(now >= window.from, Error::<T>::WindowNotOpen);
        ensure!(now < window.to, Error::<T>::WindowClosed);
        ensure!(!T::Calendars::is_paused(stage), Error::<T>::Paused);
        Ok(())
    }

    fn check_position(
        member: &Member<T::AccountId>,
        position: Position,
        calendar: &Calendar,
        feed_in: Price,
    ) -> Result<(), Error<T>> {
        let limit = member
            .parameters
            .tie_line
            .over(calendar.period_length)
            .unwrap_or(Energy::MAX_PER_PERIOD)
            .min(Energy::MAX_PER_PERIOD);
        match position {
            Position::Buy(volume) => {
                ensure!(member.role.is_metered(), Error::<T>::WrongRole);
                ensure!(member.role.buys() || volume.is_zero(), Error::<T>::WrongRole);
                ensure!(volume <= limit, Error::<T>::OverTieLine);
            }
            Position::Sell { energy, reserve } => {
                ensure!(member.role.sells(), Error::<T>::WrongRole);
                ensure!(energy <= limit, Error::<T>::OverTieLine);
                check_offer(reserve, member.parameters.generation_cost, feed_in).map_err(
                    |error| match error {
                        LimitError::BelowOwnCost | LimitError::BelowCost => Error::<T>::BelowOwnCost,
                        LimitError::BelowFeedIn => Error::<T>::BelowFeedIn,
                        LimitError::OutOfRange | LimitError::AboveTariff => Error::<T>::PriceOutOfRange,
                    },
                )?;
            }
        }
        Ok(())
    }

    /// Brings the day's sums from one release to the next.
    fn count_positions(
        member: &Member<T::AccountId>,
        day: Day,
        before: Option<&DayPositions>,
        after: &DayPositions,
    ) -> DispatchResult {
        let mut sums = Sums::<T>::get(day);
        sums.bounded_resize(after.len(), Default::default());
        for (period, (sum, position)) in sums.iter_mut().zip(after).enumerate() {
            if let Some(before) = before.and_then(|positions| positions.get(period)) {
                sum.volume = sum.volume.saturating_sub(before.shortage());
                if matches!(before, Position::Sell { .. }) {
                    sum.offers = sum.offers.saturating_sub(1);
                }
            }
            sum.volume = sum.volume.checked_add(position.shortage()).ok_or(Error::<T>::Overflow)?;
            if matches!(position, Position::Sell { .. }) {
                Self::add_offer(sum, member)?;
            }
        }
        Sums::<T>::insert(day, sums);
        Ok(())
    }

    fn count_offer(member: &Member<T::AccountId>, delivery: Delivery) -> DispatchResult {
        Sums::<T>::try_mutate(delivery.day, |sums| {
            let sum = sums.get_mut(usize::from(delivery.period)).ok_or(Error::<T>::NothingReleased)?;
            Self::add_offer(sum, member)
        })
    }

    fn add_offer(sum: &mut crate::PeriodSum, member: &Member<T::AccountId>) -> DispatchResult {
        ensure!(sum.offers < T::MaxOffers::get(), Error::<T>::TooManyOffers);
        sum.offers = sum.offers.saturating_add(1);
        let cost = member.parameters.generation_cost;
        sum.lowest_cost = Some(sum.lowest_cost.map_or(cost, |lowest| lowest.min(cost)));
        Ok(())
    }

    fn queue_offers(id: ParticipantId, day: Day, before: Option<&DayPositions>, after: &DayPositions) {
        for (period, position) in (0u16..).zip(after) {
            let delivery = Delivery { day, period };
            let before = before.and_then(|positions| positions.get(usize::from(period)));
            if let Some(key) = before.and_then(|before| Self::offer_key(id, delivery, *before)) {
                Offers::<T>::remove(delivery, key);
            }
            if let Some(key) = Self::offer_key(id, delivery, *position) {
                Offers::<T>::insert(delivery, key, Offer { energy: position.surplus(), corrections: 0 });
            }
        }
    }

    /// The place of a position in the queue of offers; none for a shortage.
    pub(crate) fn offer_key(id: ParticipantId, delivery: Delivery, position: Position) -> Option<QueueKey> {
        let Position::Sell { reserve, .. } = position else { return None };
        Some(QueueKey::of_offer(reserve, lot(T::Seed::seed(), delivery, id), id))
    }
}

/// What succeeds is free, but for replacements beyond two.
fn fee(replacements: u32) -> PostDispatchInfo {
    if is_free(replacements) { Pays::No.into() } else { Pays::Yes.into() }
}
