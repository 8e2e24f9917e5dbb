//! Benchmarks of the calls and of the hook's step.

use crate::pallet::{
    Bounds, CalendarVersions, Call, Config, FeedInVersions, Offers, Pallet, Pauses, Pruning, Releases,
    TariffVersions,
};
use crate::{
    FeedInVersion, MAX_PAUSES, MAX_VERSIONS, Pause, Positions as ReleasedPositions, PruneCursor, Steps,
    StepsVersion, TariffBounds,
};
use alloc::vec;
use frame::benchmarking::prelude::*;
use market::calendar::{Calendar, Calendars, MAX_PERIODS, Stage};
use market::position::Positions;
use market::tariff::{MAX_STEPS, TariffStep};
use market::{Day, Delivery, Energy, Moment, Position, Price, Role};

/// Makes the state of other pallets that the benchmarks need.
pub trait BenchmarkHelper<AccountId> {
    /// Makes it this moment.
    fn set_now(now: Moment);
    /// Registers a participant with the widest tie line and no generation cost, and gives its account; a
    /// retail supplier replaces the one there is.
    fn register(role: Role) -> AccountId;
}

const DAY: Day = 1;
const PERIOD_LENGTH: u64 = 300_000;
const RESERVE: Price = Price::from_gwei(1_000);

/// Steps of five minutes that cover so many periods, at the highest price.
fn steps(count: u32) -> Steps {
    let step =
        |from| TariffStep { from, to: PERIOD_LENGTH.saturating_add(from), price: Price::MAX_IN_MARKET };
    let starts = (0..u64::from(count)).map(|step| step.saturating_mul(PERIOD_LENGTH));
    Steps::truncate_from(starts.map(step).collect())
}

/// Starts a market of five-minute periods, so many a day.
fn market<T: Config>(periods: u16) -> Calendar {
    let calendar = Calendar {
        version: 0,
        effective_from: 0,
        anchor: 1_000_000_000_000,
        period_length: PERIOD_LENGTH,
        periods_per_day: periods,
        release_from: 0,
        release_to: 1_000,
    };
    CalendarVersions::<T>::put(BoundedVec::truncate_from(vec![calendar]));
    TariffVersions::<T>::put(BoundedVec::truncate_from(vec![StepsVersion {
        effective_from: 0,
        steps: steps(periods.into()),
        replacements: 0,
    }]));
    FeedInVersions::<T>::put(BoundedVec::truncate_from(vec![FeedInVersion {
        effective_from: 0,
        price: RESERVE,
    }]));
    Bounds::<T>::put(TariffBounds { lowest: Price::ZERO, highest: Price::MAX_IN_MARKET });
    calendar
}

/// An offer in each period.
fn offers(periods: u16, reserve: Price) -> ReleasedPositions {
    let offer = Position::Sell { energy: Energy::from_watt_hours(1_000), reserve };
    ReleasedPositions::truncate_from(vec![offer; periods.into()])
}

/// A microgrid that released offers for the day.
fn seller<T: Config>(calendar: &Calendar) -> Result<T::AccountId, BenchmarkError> {
    let seller = T::BenchmarkHelper::register(Role::Microgrid);
    T::BenchmarkHelper::set_now(calendar.release(DAY).from);
    let released = offers(calendar.periods_per_day, RESERVE);
    Pallet::<T>::release(RawOrigin::Signed(seller.clone()).into(), DAY, released)
        .map_err(|_| BenchmarkError::Stop("the release is refused"))?;
    Ok(seller)
}

/// The most pauses of sealing that are told apart.
fn pauses<T: Config>() {
    let pause = |at| Pause { from: at, to: Some(at) };
    let all = (0..u64::from(MAX_PAUSES)).map(pause).collect();
    Pauses::<T>::insert(Stage::Sealing, BoundedVec::truncate_from(all));
    T::BenchmarkHelper::set_now(MAX_PAUSES.into());
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

    /// Beside as many other versions as there can be, each with all its steps.
    #[benchmark]
    fn propose_tariff(s: Linear<1, 288>) -> Result<(), BenchmarkError> {
        let calendar = market::<T>(u16::try_from(s).unwrap_or(MAX_PERIODS));
        let supplier = T::BenchmarkHelper::register(Role::RetailSupplier);
        let version = |day| StepsVersion { effective_from: day, steps: steps(MAX_STEPS), replacements: 0 };
        let others = (0..MAX_VERSIONS.saturating_sub(1)).map(version).collect();
        TariffVersions::<T>::put(BoundedVec::truncate_from(others));
        T::BenchmarkHelper::set_now(calendar.day_start(0));

        #[extrinsic_call]
        _(RawOrigin::Signed(supplier), MAX_VERSIONS, steps(s));

        assert_eq!(TariffVersions::<T>::get().last().map(|last| last.effective_from), Some(MAX_VERSIONS));
        Ok(())
    }

    #[benchmark]
    fn set_tariff_bounds() -> Result<(), BenchmarkError> {
        let origin = T::Operator::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let bounds = TariffBounds { lowest: RESERVE, highest: Price::MAX_IN_MARKET };

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, bounds);

        assert_eq!(Bounds::<T>::get(), bounds);
        Ok(())
    }

    #[benchmark]
    fn set_feed_in() -> Result<(), BenchmarkError> {
        let origin = T::Operator::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let calendar = market::<T>(MAX_PERIODS);
        T::BenchmarkHelper::set_now(calendar.day_start(0));

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, MAX_VERSIONS, Price::MAX_IN_MARKET);

        assert_eq!(Pallet::<T>::feed_in(MAX_VERSIONS), Price::MAX_IN_MARKET);
        Ok(())
    }

    /// Beside as many others as there can be.
    #[benchmark]
    fn set_calendar() -> Result<(), BenchmarkError> {
        let origin = T::Operator::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let calendar = market::<T>(MAX_PERIODS);
        let version = |day| Calendar { version: day, effective_from: day, ..calendar };
        let others = (0..MAX_VERSIONS.saturating_sub(1)).map(version).collect();
        CalendarVersions::<T>::put(BoundedVec::truncate_from(others));
        T::BenchmarkHelper::set_now(calendar.day_start(0));
        let halved = Calendar {
            effective_from: MAX_VERSIONS,
            period_length: calendar.period_length.saturating_mul(2),
            periods_per_day: calendar.periods_per_day / 2,
            ..calendar
        };

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, halved);

        assert_eq!(Pallet::<T>::of(MAX_VERSIONS).period_length, halved.period_length);
        Ok(())
    }

    #[benchmark]
    fn pause() -> Result<(), BenchmarkError> {
        let origin = T::Operator::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        pauses::<T>();

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Stage::Sealing);

        assert!(Pallet::<T>::is_paused(Stage::Sealing));
        Ok(())
    }

    #[benchmark]
    fn resume() -> Result<(), BenchmarkError> {
        let origin = T::Operator::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        pauses::<T>();
        Pallet::<T>::do_pause(Stage::Sealing)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Stage::Sealing);

        assert!(!Pallet::<T>::is_paused(Stage::Sealing));
        Ok(())
    }

    #[benchmark]
    fn prune_step() -> Result<(), BenchmarkError> {
        let calendar = market::<T>(MAX_PERIODS);
        seller::<T>(&calendar)?;
        Pruning::<T>::put(PruneCursor { day: DAY, period: 0 });
        let later = DAY.saturating_add(T::RetentionDays::get()).saturating_add(2);
        T::BenchmarkHelper::set_now(calendar.day_start(later));

        #[block]
        {
            Pallet::<T>::prune_step();
        }

        assert_eq!(Releases::<T>::iter_key_prefix(DAY).count(), 0);
        assert_eq!(Offers::<T>::iter_key_prefix(Delivery { day: DAY, period: 0 }).count(), 1);
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
