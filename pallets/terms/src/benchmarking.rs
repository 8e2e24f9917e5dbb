//! Benchmarks of the calls.

use crate::pallet::{
    Bounds, CalendarVersions, Call, Config, FeedInVersions, Pallet, Pauses, TariffSteps, TariffVersions,
};
use crate::{FeedInVersion, MAX_PAUSES, MAX_VERSIONS, Pause, Steps, TariffBounds, TariffVersion};
use alloc::vec;
use frame::benchmarking::prelude::*;
use market::calendar::{Calendar, Calendars, MAX_PERIODS, Stage};
use market::tariff::{MAX_STEPS, Prices, TariffStep};
use market::{Moment, Price};

/// Makes the state of other pallets that the benchmarks need.
pub trait BenchmarkHelper<AccountId> {
    /// Makes it this moment.
    fn set_now(now: Moment);
    /// Registers a retail supplier instead of the one there is, and gives its account.
    fn register_supplier() -> AccountId;
}

const PERIOD_LENGTH: u64 = 300_000;
const FEED_IN: Price = Price::from_gwei(1_000);

/// Steps of five minutes that cover so many periods, at the highest price.
fn steps(count: u32) -> Steps {
    let step =
        |from| TariffStep { from, to: PERIOD_LENGTH.saturating_add(from), price: Price::MAX_IN_MARKET };
    let starts = (0..u64::from(count)).map(|step| step.saturating_mul(PERIOD_LENGTH));
    Steps::truncate_from(starts.map(step).collect())
}

/// Lets so many tariffs of so many steps apply, from a day each.
fn set_tariffs<T: Config>(count: u32, length: u32) {
    let _ = TariffSteps::<T>::clear(u32::MAX, None);
    let versions = (0..count).map(|effective_from| {
        TariffSteps::<T>::insert(effective_from, steps(length));
        TariffVersion { effective_from, replacements: 0 }
    });
    TariffVersions::<T>::put(BoundedVec::truncate_from(versions.collect()));
}

/// Lets so many feed-in prices apply, from a day each.
fn set_feed_ins<T: Config>(count: u32) {
    let version = |day| FeedInVersion { effective_from: day, price: FEED_IN };
    FeedInVersions::<T>::put(BoundedVec::truncate_from((0..count).map(version).collect()));
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
        release_to: 60_000,
    };
    CalendarVersions::<T>::put(BoundedVec::truncate_from(vec![calendar]));
    set_tariffs::<T>(1, periods.into());
    set_feed_ins::<T>(1);
    Bounds::<T>::put(TariffBounds { lowest: Price::ZERO, highest: Price::MAX_IN_MARKET });
    calendar
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

    /// Beside as many other versions as there can be, each with all its steps.
    #[benchmark]
    fn propose_tariff(s: Linear<1, 288>) -> Result<(), BenchmarkError> {
        let calendar = market::<T>(u16::try_from(s).unwrap_or(MAX_PERIODS));
        let supplier = T::BenchmarkHelper::register_supplier();
        set_tariffs::<T>(MAX_VERSIONS.saturating_sub(1), MAX_STEPS);
        set_feed_ins::<T>(MAX_VERSIONS);
        T::BenchmarkHelper::set_now(calendar.day_start(0));

        #[extrinsic_call]
        _(RawOrigin::Signed(supplier), MAX_VERSIONS, steps(s));

        assert_eq!(TariffVersions::<T>::get().last().map(|last| last.effective_from), Some(MAX_VERSIONS));
        Ok(())
    }

    #[benchmark]
    fn set_tariff_bounds() -> Result<(), BenchmarkError> {
        let origin = T::Board::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let bounds = TariffBounds { lowest: FEED_IN, highest: Price::MAX_IN_MARKET };

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, bounds);

        assert_eq!(Bounds::<T>::get(), bounds);
        Ok(())
    }

    /// Beside as many others, and as many tariffs, as there can be.
    #[benchmark]
    fn set_feed_in() -> Result<(), BenchmarkError> {
        let origin = T::Board::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let calendar = market::<T>(MAX_PERIODS);
        set_tariffs::<T>(MAX_VERSIONS, MAX_STEPS);
        set_feed_ins::<T>(MAX_VERSIONS.saturating_sub(1));
        T::BenchmarkHelper::set_now(calendar.day_start(0));

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, MAX_VERSIONS, Price::MAX_IN_MARKET);

        assert_eq!(Pallet::<T>::feed_in(MAX_VERSIONS), Price::MAX_IN_MARKET);
        Ok(())
    }

    /// Beside as many others as there can be.
    #[benchmark]
    fn set_calendar() -> Result<(), BenchmarkError> {
        let origin = T::Registrar::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
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
        let origin = T::Guardian::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        pauses::<T>();

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Stage::Sealing);

        assert!(Pallet::<T>::is_paused(Stage::Sealing));
        Ok(())
    }

    #[benchmark]
    fn resume() -> Result<(), BenchmarkError> {
        let origin = T::Guardian::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        pauses::<T>();
        Pallet::<T>::do_pause(Stage::Sealing)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Stage::Sealing);

        assert!(!Pallet::<T>::is_paused(Stage::Sealing));
        Ok(())
    }

    /// Beside as many other versions as there can be, each with all its steps.
    #[benchmark]
    fn withdraw_tariff() -> Result<(), BenchmarkError> {
        let calendar = market::<T>(MAX_PERIODS);
        let supplier = T::BenchmarkHelper::register_supplier();
        set_tariffs::<T>(MAX_VERSIONS, MAX_STEPS);
        T::BenchmarkHelper::set_now(calendar.day_start(0));
        let last = MAX_VERSIONS.saturating_sub(1);

        #[extrinsic_call]
        _(RawOrigin::Signed(supplier), last);

        assert!(TariffVersions::<T>::get().iter().all(|version| version.effective_from < last));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
