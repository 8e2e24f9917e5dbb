//! What the calls do.

use crate::cover::Cover;
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
use market::{Day, Delivery, Energy, Money, ParticipantId, Position, Price};

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
        let held =
            before.map_or(Money::ZERO, |release| Self::take_offers(member.id, day, &release.positions));
        let positions = Self::queue_offers(&member, day, positions, held)?;
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
        let offer = Releases::<T>::try_mutate(delivery.day, member.id, |release| {
            let slot = release
                .as_mut()
                .and_then(|release| release.positions.get_mut(usize::from(delivery.period)))
                .ok_or(Error::<T>::NothingReleased)?;
            ensure!(slot.shortage().is_zero(), Error::<T>::Buying);
            let is_less = energy <= slot.surplus();
            ensure!(is_less || !is_suspended, Error::<T>::Suspended);
            let before =
                Self::offer_key(member.id, delivery, *slot).and_then(|key| Offers::<T>::take(delivery, key));
            if before.is_none() {
                Self::add_to_sum(&member, delivery)?;
            }
            let corrections = before.map_or(0, |offer| offer.corrections.saturating_add(1));
            let held = before.map_or(Money::ZERO, |offer| offer.held);
            let mut cover = Cover::<T>::begin(&member, held);
            let offer = Offer { corrections, ..cover.offer(delivery, &calendar, energy, reserve) };
            cover.hold()?;
            *slot = Position::Sell { energy: offer.energy, reserve };
            Ok::<_, DispatchError>(offer)
        })?;
        if let Some(key) = Self::offer_key(member.id, delivery, position) {
            Offers::<T>::insert(delivery, key, offer);
        }
        let energy = offer.energy;
        Self::deposit_event(Event::OfferCorrected { participant: member.id, delivery, energy, reserve });
        Ok(fee(offer.corrections))
    }

    /// Voids the offers of a participant that have not reached gate closure: they stay in their places, with nothing to
    /// sell. No others stand than those of the day that runs and of the next.
    pub(crate) fn void_standing(id: ParticipantId) {
        let now = T::Time::now();
        let today = Self::today();
        let (mut offers, mut energy, mut held) = (0u32, Energy::ZERO, Money::ZERO);
        for day in today..=today.saturating_add(1) {
            let Some(mut release) = Releases::<T>::get(day, id) else { continue };
            let calendar = T::Calendars::of(day);
            for (period, position) in (0u16..).zip(release.positions.iter_mut()) {
                let delivery = Delivery { day, period };
                let Position::Sell { energy: offered, reserve } = *position else { continue };
                if offered.is_zero() || calendar.sealing(delivery).to <= now {
                    continue;
                }
                let key = Self::offer_key(id, delivery, *position);
                if let Some((key, offer)) = key.and_then(|key| Some((key, Offers::<T>::get(delivery, key)?)))
                {
                    held = held.saturating_add(offer.held);
                    let nothing = Offer { corrections: offer.corrections, ..Offer::default() };
                    Offers::<T>::insert(delivery, key, nothing);
                }
                *position = Position::Sell { energy: Energy::ZERO, reserve };
                offers = offers.saturating_add(1);
                energy = energy.saturating_add(offered);
            }
            Releases::<T>::insert(day, id, release);
        }
        if let Some(member) = T::Registry::member(id) {
            Self::free_cover(&member.account, held);
        }
        if offers > 0 {
            Self::deposit_event(Event::OffersVoided { participant: id, offers, energy });
        }
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

    fn add_to_sum(member: &Member<T::AccountId>, delivery: Delivery) -> DispatchResult {
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

    /// Takes the offers of a release out of their queues. Gives what is on hold for them.
    fn take_offers(id: ParticipantId, day: Day, positions: &DayPositions) -> Money {
        let offers = (0u16..).zip(positions).filter_map(|(period, position)| {
            let delivery = Delivery { day, period };
            Offers::<T>::take(delivery, Self::offer_key(id, delivery, *position)?)
        });
        offers.map(|offer| offer.held).sum()
    }

    /// Puts the offers of a release into their queues, as far as the seller's money covers them, in the order of
    /// periods; `held` is on hold for those that they replace. Gives the positions as they stand.
    fn queue_offers(
        member: &Member<T::AccountId>,
        day: Day,
        mut positions: DayPositions,
        held: Money,
    ) -> Result<DayPositions, DispatchError> {
        let calendar = T::Calendars::of(day);
        let mut cover = Cover::<T>::begin(member, held);
        for (period, position) in (0u16..).zip(positions.iter_mut()) {
            let delivery = Delivery { day, period };
            let Some(key) = Self::offer_key(member.id, delivery, *position) else { continue };
            if let Position::Sell { energy, reserve } = position {
                let offer = cover.offer(delivery, &calendar, *energy, *reserve);
                *energy = offer.energy;
                Offers::<T>::insert(delivery, key, offer);
            }
        }
        cover.hold()?;
        Ok(positions)
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
