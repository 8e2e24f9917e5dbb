//! Benchmarks of the calls and of the hook's step.

use crate::pallet::{Call, Config, ExposureShare, Offers, Pallet, Releases};
use crate::{DayPositions, Offer, PruneCursor};
use alloc::vec;
use frame::benchmarking::prelude::*;
use frame::token::fungible::Mutate;
use market::calendar::{Calendar, MAX_PERIODS};
use market::clearing::{QueueKey, lot};
use market::participant::{PartsPerMillion, Registry};
use market::position::Positions;
use market::{Day, Delivery, Energy, Moment, ParticipantId, Position, Price, Role};

/// Makes the state of other pallets that the benchmarks need.
pub trait BenchmarkHelper<AccountId> {
    /// Makes it this moment.
    fn set_now(now: Moment);
    /// Lets a calendar and a feed-in price apply to all days.
    fn set_terms(calendar: Calendar, feed_in: Price);
    /// Registers a participant with the widest tie line and no generation cost, and gives its account.
    fn register(role: Role) -> AccountId;
}

const DAY: Day = 1;
const RESERVE: Price = Price::from_gwei(1_000);
/// What covers all offers of two days, in planck, whatever the tariff.
const PURSE: u128 = 1_000_000_000_000_000_000_000_000_000;

/// Entries beside the one that is measured: more than a block removes or writes of a kind.
const SIBLINGS: u32 = 1_000;

/// Starts a market of five-minute periods, so many a day.
fn market<T: Config>(periods: u16) -> Calendar {
    let calendar = Calendar {
        version: 0,
        effective_from: 0,
        anchor: 1_000_000_000_000,
        period_length: 300_000,
        periods_per_day: periods,
        release_from: 0,
        release_to: 1_000,
    };
    T::BenchmarkHelper::set_terms(calendar, RESERVE);
    calendar
}

/// An offer in each period.
fn offers(periods: u16, reserve: Price) -> DayPositions {
    let offer = Position::Sell { energy: Energy::from_watt_hours(1_000), reserve };
    DayPositions::truncate_from(vec![offer; periods.into()])
}

/// A microgrid that released offers for the day, all of whose exposure it covers.
fn seller<T: Config>(calendar: &Calendar) -> Result<T::AccountId, BenchmarkError> {
    let seller = T::BenchmarkHelper::register(Role::Microgrid);
    ExposureShare::<T>::put(PartsPerMillion::ONE);
    T::Currency::mint_into(&seller, PURSE)?;
    T::BenchmarkHelper::set_now(calendar.release(DAY).from);
    let released = offers(calendar.periods_per_day, RESERVE);
    Pallet::<T>::release(RawOrigin::Signed(seller.clone()).into(), DAY, released)
        .map_err(|_| BenchmarkError::Stop("the release is refused"))?;
    Ok(seller)
}

/// How many periods of a day a participant offers something in.
fn offered<T: Config>(id: ParticipantId, day: Day) -> usize {
    let positions = Releases::<T>::get(day, id).map(|of_day| of_day.positions).unwrap_or_default();
    positions.iter().filter(|position| !position.surplus().is_zero()).count()
}

#[benchmarks]
mod benches {
    use super::*;

    /// A replacement that moves every offer to another place.
    #[benchmark]
    fn release(p: Linear<1, 288>) -> Result<(), BenchmarkError> {
        let periods = u16::try_from(p).unwrap_or(MAX_PERIODS);
        let calendar = market::<T>(periods);
        let seller = seller::<T>(&calendar)?;
        let reserve = RESERVE.saturating_add(RESERVE);

        #[extrinsic_call]
        _(RawOrigin::Signed(seller), DAY, offers(periods, reserve));

        let first = Pallet::<T>::next_offer(Delivery { day: DAY, period: 0 }, None);
        assert_eq!(first.map(|order| order.key.reserve_price()), Some(reserve));
        Ok(())
    }

    #[benchmark]
    fn correct_offer() -> Result<(), BenchmarkError> {
        let calendar = market::<T>(MAX_PERIODS);
        let seller = seller::<T>(&calendar)?;
        let delivery = Delivery { day: DAY, period: MAX_PERIODS.saturating_sub(1) };
        T::BenchmarkHelper::set_now(calendar.sealing(delivery).from);
        let reserve = RESERVE.saturating_add(RESERVE);

        #[extrinsic_call]
        _(RawOrigin::Signed(seller), delivery, Energy::ZERO, reserve);

        let first = Pallet::<T>::next_offer(delivery, None);
        assert_eq!(first.map(|order| order.key.reserve_price()), Some(reserve));
        Ok(())
    }

    /// Of two days, each offered in every period.
    #[benchmark]
    fn void_offers() -> Result<(), BenchmarkError> {
        let origin = T::Guardian::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let calendar = market::<T>(MAX_PERIODS);
        let seller = seller::<T>(&calendar)?;
        let id = T::Registry::acting(&seller).ok_or(BenchmarkError::Stop("the seller is a stranger"))?;
        // At the start of the day only its first period has passed gate closure.
        let next = DAY.saturating_add(1);
        T::BenchmarkHelper::set_now(calendar.release(next).from);
        Pallet::<T>::release(RawOrigin::Signed(seller).into(), next, offers(MAX_PERIODS, RESERVE))
            .map_err(|_| BenchmarkError::Stop("the release is refused"))?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id);

        assert_eq!((offered::<T>(id, DAY), offered::<T>(id, next)), (1, 0));
        Ok(())
    }

    #[benchmark]
    fn set_exposure_share() -> Result<(), BenchmarkError> {
        let origin = T::Board::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, PartsPerMillion::ONE);

        assert_eq!(ExposureShare::<T>::get(), PartsPerMillion::ONE);
        Ok(())
    }

    /// An offer from the middle of a full queue goes, once all releases have: it looks for both.
    #[benchmark]
    fn prune_step() -> Result<(), BenchmarkError> {
        let calendar = market::<T>(MAX_PERIODS);
        let delivery = Delivery { day: DAY, period: 0 };
        let key = |id| QueueKey::of_offer(RESERVE, lot(0, delivery, ParticipantId(id)), ParticipantId(id));
        for id in 0..SIBLINGS {
            Offers::<T>::insert(delivery, key(id), Offer::default());
        }
        let offer = Some(key(SIBLINGS / 2));
        let mut cursor = PruneCursor { day: DAY, period: 0, release: Some(ParticipantId(0)), offer };
        let later = DAY.saturating_add(T::RetentionDays::get()).saturating_add(2);
        T::BenchmarkHelper::set_now(calendar.day_start(later));

        #[block]
        {
            Pallet::<T>::prune_step(&mut cursor);
        }

        assert_ne!(cursor.offer, offer);
        assert_eq!(
            Ok(Offers::<T>::iter_key_prefix(delivery).count()),
            usize::try_from(SIBLINGS.saturating_sub(1))
        );
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
