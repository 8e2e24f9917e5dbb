//! What always holds of the pallet's storage, as named checks.

use crate::pallet::{Config, ExposureShare, HoldReason, Offers, Pallet, Pruning, Releases, Sums};
use crate::{PeriodSum, Release};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use frame::prelude::*;
use frame::token::fungible::InspectHold;
use frame::try_runtime::TryRuntimeError;
use market::calendar::Calendars;
use market::clearing::QueueKey;
use market::participant::{PartsPerMillion, Registry};
use market::tariff::Prices;
use market::{Day, Delivery, Energy, Money, ParticipantId, Position};

impl<T: Config> Pallet<T> {
    /// Runs every check.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::check_releases_fit_their_day()?;
        Self::check_sums_are_of_releases()?;
        Self::check_offers_are_released()?;
        Self::check_holds_are_the_books()
    }

    /// On each participant's account is on hold what covers its offers, so that each planck covers one of them; none is
    /// covered beyond its whole exposure.
    fn check_holds_are_the_books() -> Result<(), TryRuntimeError> {
        ensure!(
            ExposureShare::<T>::get() <= PartsPerMillion::ONE,
            "more than an offer's exposure is covered"
        );
        let mut books = BTreeMap::<ParticipantId, Money>::new();
        for (delivery, key, offer) in Offers::<T>::iter().filter(|(_, _, offer)| !offer.held.is_zero()) {
            let exposure = T::Prices::prices(delivery)
                .and_then(|prices| prices.tariff.saturating_sub(key.reserve_price()).amount(offer.energy));
            ensure!(
                exposure.is_none_or(|most| offer.held <= most),
                "an offer is covered beyond its exposure"
            );
            let book = books.entry(key.participant()).or_default();
            *book = book.saturating_add(offer.held);
        }
        for id in (0..T::Registry::count()).map(ParticipantId) {
            let book = books.remove(&id).unwrap_or_default();
            let held = T::Registry::member(id).map_or(0, |member| {
                T::Currency::balance_on_hold(&HoldReason::Exposure.into(), &member.account)
            });
            ensure!(held == book.planck(), "what covers offers is not the books'");
        }
        ensure!(books.is_empty(), "an offer of nobody's is covered");
        Ok(())
    }

    /// Every day that is not being pruned, and what was released for it.
    fn whole_days() -> BTreeMap<Day, Vec<(ParticipantId, Release)>> {
        let pruned_until = Pruning::<T>::get().filter(|cursor| cursor.day < Self::oldest_day());
        let mut days = BTreeMap::<Day, Vec<_>>::new();
        for (day, id, release) in Releases::<T>::iter() {
            if pruned_until.is_none_or(|cursor| day > cursor.day) {
                days.entry(day).or_default().push((id, release));
            }
        }
        days
    }

    /// A release has a position for each period of its day, none above what the market handles.
    fn check_releases_fit_their_day() -> Result<(), TryRuntimeError> {
        for (day, _, release) in Releases::<T>::iter() {
            ensure!(
                release.positions.len() == usize::from(T::Calendars::of(day).periods_per_day),
                "a release has another number of periods than its day"
            );
            ensure!(
                release.positions.iter().all(|position| {
                    position.shortage().max(position.surplus()) <= Energy::MAX_PER_PERIOD
                }),
                "a position is above what the market handles"
            );
        }
        Ok(())
    }

    /// The sums of a day are those of its releases, and where somebody offers there is a lowest cost.
    fn check_sums_are_of_releases() -> Result<(), TryRuntimeError> {
        let days = Self::whole_days();
        for (day, releases) in &days {
            let sums = Sums::<T>::get(day);
            for period in 0..T::Calendars::of(*day).periods_per_day {
                let index = usize::from(period);
                let positions: Vec<_> = releases
                    .iter()
                    .filter_map(|(_, release)| release.positions.get(index).copied())
                    .collect();
                let sum = sums.get(index).copied().unwrap_or_default();
                ensure!(
                    sum.volume == positions.iter().map(|position| position.shortage()).sum(),
                    "a period's volume is not the sum of the released ones"
                );
                let offers = positions.iter().filter(|position| is_offer(position)).count();
                ensure!(
                    u32::try_from(offers) == Ok(sum.offers),
                    "the number of a period's offers is another"
                );
                ensure!(sum.offers <= T::MaxOffers::get(), "a period has more offers than it may");
                ensure!(
                    sum.offers == 0 || sum.lowest_cost.is_some(),
                    "a period with offers has no lowest cost"
                );
            }
        }
        let pruning = Pruning::<T>::get().map(|cursor| cursor.day);
        ensure!(
            Sums::<T>::iter().all(|(day, sums)| days.contains_key(&day)
                || Some(day) == pruning
                || sums.iter().all(|sum: &PeriodSum| sum.volume.is_zero() && sum.offers == 0)),
            "a day has sums and no release"
        );
        Ok(())
    }

    /// The queue holds exactly the offers that are released, each at its place.
    fn check_offers_are_released() -> Result<(), TryRuntimeError> {
        let days = Self::whole_days();
        let mut released = BTreeSet::<(Delivery, QueueKey, Energy)>::new();
        for (day, releases) in &days {
            for (id, release) in releases {
                for (period, position) in (0u16..).zip(&release.positions) {
                    let delivery = Delivery { day: *day, period };
                    if let Some(key) = Self::offer_key(*id, delivery, *position) {
                        released.insert((delivery, key, position.surplus()));
                    }
                }
            }
        }
        let pruning = Pruning::<T>::get().filter(|cursor| cursor.day < Self::oldest_day());
        let queued: BTreeSet<_> = Offers::<T>::iter()
            .filter(|(delivery, ..)| pruning.is_none_or(|cursor| delivery.day > cursor.day))
            .map(|(delivery, key, offer)| (delivery, key, offer.energy))
            .collect();
        ensure!(queued == released, "the queue of offers is not what was released");
        ensure!(
            Offers::<T>::iter_values().all(|offer| offer.open() <= offer.energy),
            "more of an offer counts than is offered"
        );
        Ok(())
    }
}

const fn is_offer(position: &Position) -> bool {
    matches!(position, Position::Sell { .. })
}
