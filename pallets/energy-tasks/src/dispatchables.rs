//! What the calls do.

use crate::pallet::{Bounds, CalendarVersions, Config, MarketSeed, Pallet, Pauses};
use crate::types::Version;
use crate::{
    Error, Event, FREE_REPLACEMENTS, FeedInVersion, FeedInVersions, MAX_PAUSES, MAX_VERSIONS, Offer, Offers,
    Pause, Positions as ReleasedPositions, Release, Releases, Steps, StepsVersion, Sums, TariffBounds,
    TariffVersions,
};
use alloc::string::{String, ToString};
use frame::deps::frame_support::dispatch::{DispatchResultWithPostInfo, Pays};
use frame::prelude::*;
use frame::traits::Time;
use market::calendar::{Calendar, CalendarError, Calendars, Stage};
use market::clearing::{QueueKey, lot};
use market::limits::{LimitError, check_offer};
use market::participant::{Member, Registry};
use market::tariff::{TariffError, TariffStep, check_steps};
use market::{Day, Delivery, Energy, ParticipantId, Position, Price, Role};

impl<T: Config> Pallet<T> {
    /// Starts with a calendar, a tariff and a feed-in price, or says what is wrong with them.
    pub(crate) fn begin(calendar: Calendar, steps: &[TariffStep], feed_in: Price) -> Result<(), String> {
        calendar.validate().map_err(|error| error.to_string())?;
        check_steps(steps, feed_in, calendar.day_length()).map_err(|(_, error)| error.to_string())?;
        let steps = Steps::try_from(steps.to_vec()).map_err(|_| "too many tariff steps".to_string())?;
        CalendarVersions::<T>::put(BoundedVec::truncate_from(alloc::vec![calendar]));
        TariffVersions::<T>::put(BoundedVec::truncate_from(alloc::vec![StepsVersion {
            effective_from: 0,
            steps,
            replacements: 0
        }]));
        FeedInVersions::<T>::put(BoundedVec::truncate_from(alloc::vec![FeedInVersion {
            effective_from: 0,
            price: feed_in
        }]));
        Ok(())
    }

    pub(crate) fn do_release(
        who: &T::AccountId,
        day: Day,
        positions: ReleasedPositions,
    ) -> DispatchResultWithPostInfo {
        let (member, is_suspended) = Self::actor(who)?;
        let calendar = Self::of(day);
        Self::ensure_open(Stage::Release, Delivery { day, period: 0 })?;
        ensure!(!is_suspended, Error::<T>::Suspended);
        ensure!(positions.len() == usize::from(calendar.periods_per_day), Error::<T>::WrongNumberOfPeriods);
        let feed_in = Self::feed_in(day);
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
        let calendar = Self::of(delivery.day);
        ensure!(calendar.has(delivery), Error::<T>::NoSuchPeriod);
        Self::ensure_open(Stage::Sealing, delivery)?;
        let position = Position::Sell { energy, reserve };
        Self::check_position(&member, position, &calendar, Self::feed_in(delivery.day))?;
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

    pub(crate) fn do_propose_tariff(
        who: &T::AccountId,
        effective_from: Day,
        steps: Steps,
    ) -> DispatchResultWithPostInfo {
        let (member, _) = Self::actor(who)?;
        ensure!(member.role == Role::RetailSupplier, Error::<T>::WrongRole);
        let calendar = Self::ensure_not_released(effective_from)?;
        // Later feed-in prices count too: the tariff may outlast the present one.
        let feed_in = FeedInVersions::<T>::get()
            .iter()
            .filter(|version| version.effective_from > effective_from)
            .map(|version| version.price)
            .chain([Self::feed_in(effective_from)])
            .max()
            .unwrap_or_default();
        check_steps(&steps, feed_in, calendar.day_length()).map_err(|(_, error)| match error {
            TariffError::Gap => Error::<T>::TariffGap,
            TariffError::Overlap | TariffError::EmptyStep => Error::<T>::TariffOverlap,
            TariffError::PriceOutOfRange => Error::<T>::BelowFeedInPrice,
        })?;
        let bounds = Bounds::<T>::get();
        let within = |step: &TariffStep| step.price >= bounds.lowest && step.price <= bounds.highest;
        ensure!(steps.iter().all(within), Error::<T>::OutOfBounds);
        let replacements = TariffVersions::<T>::try_mutate(|versions| {
            let replaced = versions.iter().find(|version| version.effective_from == effective_from);
            let replacements = replaced.map_or(0, |version| version.replacements.saturating_add(1));
            let version = StepsVersion { effective_from, steps: steps.clone(), replacements };
            Self::insert_version(versions, version, Self::prices_from())?;
            Ok::<_, Error<T>>(replacements)
        })?;
        Self::deposit_event(Event::TariffProposed { effective_from, steps });
        Ok(fee(replacements))
    }

    pub(crate) fn do_set_tariff_bounds(bounds: TariffBounds) -> DispatchResult {
        let in_range = bounds.lowest <= bounds.highest && bounds.highest <= Price::MAX_IN_MARKET;
        ensure!(in_range, Error::<T>::PriceOutOfRange);
        Bounds::<T>::put(bounds);
        Self::deposit_event(Event::TariffBoundsSet { bounds });
        Ok(())
    }

    pub(crate) fn do_set_feed_in(effective_from: Day, price: Price) -> DispatchResult {
        Self::ensure_not_released(effective_from)?;
        let tariffs = TariffVersions::<T>::get();
        let first = tariffs.iter().rposition(|version| version.effective_from <= effective_from).unwrap_or(0);
        let lowest =
            tariffs.iter().skip(first).flat_map(|version| &version.steps).map(|step| step.price).min();
        ensure!(lowest.is_none_or(|lowest| price <= lowest), Error::<T>::BelowFeedInPrice);
        FeedInVersions::<T>::try_mutate(|versions| {
            Self::insert_version(versions, FeedInVersion { effective_from, price }, Self::prices_from())
        })?;
        Self::deposit_event(Event::FeedInSet { effective_from, price });
        Ok(())
    }

    pub(crate) fn do_set_calendar(calendar: Calendar) -> DispatchResult {
        calendar.validate().map_err(|_| Error::<T>::BadCalendar)?;
        let day = calendar.effective_from;
        Self::ensure_not_released(day)?;
        ensure!(T::Time::now() < calendar.release(day).from, Error::<T>::DayReleased);
        let before = Self::of(day.saturating_sub(1));
        calendar.follows(&before).map_err(|error| match error {
            CalendarError::Jump => Error::<T>::PeriodJump,
            _ => Error::<T>::DayMoved,
        })?;
        let calendar = Calendar { version: before.version.saturating_add(1), ..calendar };
        CalendarVersions::<T>::try_mutate(|versions| {
            versions.retain(|other| other.effective_from <= day);
            Self::insert_version(versions, calendar, Self::calendars_from())
        })?;
        Self::deposit_event(Event::CalendarSet { calendar });
        Ok(())
    }

    pub(crate) fn do_pause(stage: Stage) -> DispatchResult {
        ensure!(!Self::is_paused(stage), Error::<T>::AlreadyPaused);
        Pauses::<T>::mutate(stage, |pauses| {
            let mut all = core::mem::take(pauses).into_inner();
            all.push(Pause { from: T::Time::now(), to: None });
            if all.len() > MAX_PAUSES as usize {
                // What lay between the two is spared, too.
                let oldest = all.remove(0);
                if let Some(second) = all.first_mut() {
                    second.from = oldest.from;
                }
            }
            *pauses = BoundedVec::truncate_from(all);
        });
        Self::deposit_event(Event::StagePaused { stage });
        Ok(())
    }

    pub(crate) fn do_resume(stage: Stage) -> DispatchResult {
        Pauses::<T>::try_mutate(stage, |pauses| {
            let last = pauses.last_mut().filter(|pause| pause.to.is_none());
            last.ok_or(Error::<T>::NotPaused)?.to = Some(T::Time::now());
            Ok::<_, Error<T>>(())
        })?;
        Self::deposit_event(Event::StageResumed { stage });
        Ok(())
    }

    /// Puts a version into its place, instead of one of the same day, and drops those that no day from the oldest on
    /// looks up any more.
    fn insert_version<V: Version>(
        versions: &mut BoundedVec<V, ConstU32<MAX_VERSIONS>>,
        version: V,
        oldest: Day,
    ) -> Result<(), Error<T>> {
        let in_force = versions.iter().rposition(|other| other.effective_from() <= oldest).unwrap_or(0);
        let mut index = 0usize;
        versions.retain(|other| {
            let is_kept = index >= in_force && other.effective_from() != version.effective_from();
            index = index.saturating_add(1);
            is_kept
        });
        let at = versions.partition_point(|other| other.effective_from() < version.effective_from());
        versions.try_insert(at, version).map_err(|_| Error::<T>::TooManyVersions)
    }

    /// Whom an account acts for, and whether that participant is suspended.
    fn actor(who: &T::AccountId) -> Result<(Member<T::AccountId>, bool), Error<T>> {
        let (id, is_suspended) = T::Registry::actor(who).ok_or(Error::<T>::NotRegistered)?;
        Ok((T::Registry::member(id).ok_or(Error::<T>::NotRegistered)?, is_suspended))
    }

    fn ensure_open(stage: Stage, delivery: Delivery) -> Result<(), Error<T>> {
        let now = T::Time::now();
        let window = Self::of(delivery.day).window(stage, delivery);
        ensure!(now >= window.from, Error::<T>::WindowNotOpen);
        ensure!(now < window.to, Error::<T>::WindowClosed);
        ensure!(!Self::is_paused(stage), Error::<T>::Paused);
        Ok(())
    }

    fn ensure_not_released(day: Day) -> Result<Calendar, Error<T>> {
        let calendar = Self::of(day);
        ensure!(T::Time::now() < calendar.release(day).from, Error::<T>::DayReleased);
        Ok(calendar)
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
        before: Option<&ReleasedPositions>,
        after: &ReleasedPositions,
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

    fn queue_offers(
        id: ParticipantId,
        day: Day,
        before: Option<&ReleasedPositions>,
        after: &ReleasedPositions,
    ) {
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
        Some(QueueKey::of_offer(reserve, lot(MarketSeed::<T>::get(), delivery, id), id))
    }
}

/// What succeeds is free, but for replacements beyond two.
fn fee(replacements: u32) -> PostDispatchInfo {
    if replacements > FREE_REPLACEMENTS { Pays::Yes.into() } else { Pays::No.into() }
}
