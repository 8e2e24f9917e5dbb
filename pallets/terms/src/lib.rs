//! # Terms
//!
//! The terms that everybody trades under: when, at which grid prices, and what stands still.
//!
//! - **Calendar**: delivery days, periods and windows, in versions. [`Pallet::set_calendar`] lets another one apply
//!   from a day whose release has not opened. Days keep their start, length and number; the number and length of
//!   their periods and the release window change, so a tariff covers the days of every version.
//! - **Pauses**: the guardian may [pause](Pallet::pause) a stage, for a bounded time. Its calls are refused, its hook waits, and its
//!   windows pass; what was paused when is remembered, so that nobody is punished for it. Once it is
//!   [resumed](Pallet::resume), what waited is done in order. Without a release the supplier serves the day; without
//!   a seal, the period; an unopened bid of a paused reveal gets its deposit back; a paused clearing and a paused
//!   settlement catch up.
//! - **Tariff**: steps that the retail supplier [proposes](Pallet::propose_tariff) within the board's
//!   [bounds](Pallet::set_tariff_bounds), and the [feed-in price](Pallet::set_feed_in) that the board sets. Both
//!   are versioned and apply from a day whose release has not opened, so that nobody who released is surprised.
//! - **Seed**: what the lots among bids and offers of one price are drawn from, fixed at the genesis.
//!
//! The other pallets see all of it through the small traits `Calendars`, `Prices` and `Seed` of [`market`]. Nothing
//! here is driven by time: a version that no day looks up any more goes when another one comes. What days still need
//! is asked of the books and of the releases, so however long a clearing is paused or a chain stands, it is kept.

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::cast_possible_truncation,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod dispatchables;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
mod views;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

/// The most versions of calendar, tariff or feed-in price that are kept.
pub const MAX_VERSIONS: u32 = 16;

/// The most pauses of a stage that are told apart. Beyond that, the oldest two count as one.
pub const MAX_PAUSES: u32 = 16;

/// The pallet.
// The macros of FRAME expand to casts and to proofs of their own.
#[allow(clippy::expect_used, clippy::cast_possible_truncation)]
#[frame::pallet]
pub mod pallet {
    use crate::types::{FeedInVersion, Pause, Steps, TariffBounds, TariffVersion};
    use crate::{MAX_PAUSES, MAX_VERSIONS, WeightInfo};
    use alloc::vec::Vec;
    use frame::deps::frame_support::dispatch::DispatchResultWithPostInfo;
    use frame::prelude::*;
    use frame::traits::Time;
    use market::books::{Books, Retention};
    use market::calendar::{Calendar, Stage};
    use market::participant::Registry;
    use market::tariff::TariffStep;
    use market::{Day, Moment, Price};

    /// The pallet.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// What the pallet needs.
    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The board: sets the feed-in price and the bounds of tariffs.
        type Board: EnsureOrigin<Self::RuntimeOrigin>;
        /// The registrar: sets the calendar.
        type Registrar: EnsureOrigin<Self::RuntimeOrigin>;
        /// The guardian: pauses and resumes stages.
        type Guardian: EnsureOrigin<Self::RuntimeOrigin>;
        /// The block's own time, in milliseconds since the epoch.
        type Time: Time<Moment = Moment>;
        /// Length of a slot, in milliseconds: a window lasts at least two.
        type SlotDuration: Get<u64>;
        /// Who takes part.
        type Registry: Registry<Self::AccountId>;
        /// The days that are still needed for what is open.
        type Books: Books;
        /// The days whose releases are kept.
        type Releases: Retention;
        /// Weights of the calls.
        type WeightInfo: WeightInfo;
        /// Makes the state of other pallets that the benchmarks need.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId>;
    }

    /// The calendar's versions, in order of the day they apply from; the first applies to all days that are kept.
    #[pallet::storage]
    pub type CalendarVersions<T: Config> =
        StorageValue<_, BoundedVec<Calendar, ConstU32<MAX_VERSIONS>>, ValueQuery>;

    /// The tariff's versions, in order of the day they apply from.
    #[pallet::storage]
    pub type TariffVersions<T: Config> =
        StorageValue<_, BoundedVec<TariffVersion, ConstU32<MAX_VERSIONS>>, ValueQuery>;

    /// The steps of each version, by the day from which it applies.
    #[pallet::storage]
    pub type TariffSteps<T: Config> = StorageMap<_, Identity, Day, Steps, ValueQuery>;

    /// The feed-in price's versions, in order of the day they apply from.
    #[pallet::storage]
    pub type FeedInVersions<T: Config> =
        StorageValue<_, BoundedVec<FeedInVersion, ConstU32<MAX_VERSIONS>>, ValueQuery>;

    /// The board's bounds for the tariff.
    #[pallet::storage]
    pub type Bounds<T: Config> = StorageValue<_, TariffBounds, ValueQuery>;

    /// When each stage was paused, in order of time.
    #[pallet::storage]
    pub type Pauses<T: Config> =
        StorageMap<_, Twox64Concat, Stage, BoundedVec<Pause, ConstU32<MAX_PAUSES>>, ValueQuery>;

    /// How long a stage may be paused, in milliseconds: then it is resumed by itself. Without an end where there is none.
    #[pallet::storage]
    pub type LongestPause<T: Config> = StorageValue<_, Moment, OptionQuery>;

    /// The market's seed, from which lots are drawn.
    #[pallet::storage]
    pub type MarketSeed<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// What the chain starts with.
    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// The calendar.
        pub calendar: Option<Calendar>,
        /// The tariff's steps, in order of time, in milliseconds into the day and gwei per kWh.
        pub tariff: Vec<TariffStep>,
        /// The feed-in price, in gwei per kWh.
        pub feed_in: Price,
        /// The board's bounds for the tariff.
        pub bounds: TariffBounds,
        /// The market's seed.
        pub seed: u64,
        /// How long a stage may be paused, in milliseconds; without an end where there is none.
        pub longest_pause: Option<Moment>,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            MarketSeed::<T>::put(self.seed);
            LongestPause::<T>::set(self.longest_pause);
            Bounds::<T>::put(self.bounds);
            if let Some(calendar) = self.calendar
                && let Err(why) = Pallet::<T>::begin(calendar, &self.tariff, self.feed_in)
            {
                panic!("genesis configuration of terms: {why}");
            }
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The retail supplier proposed a tariff within the bounds: it applies from the day on.
        TariffProposed {
            /// First delivery day.
            effective_from: Day,
            /// Its steps.
            steps: Steps,
        },
        /// The retail supplier withdrew a tariff: it does not apply from the day on, and the one before does.
        TariffWithdrawn {
            /// What would have been its first delivery day.
            effective_from: Day,
        },
        /// The board set the bounds of tariffs to come.
        TariffBoundsSet {
            /// The bounds.
            bounds: TariffBounds,
        },
        /// The board set the feed-in price: it applies from the day on.
        FeedInSet {
            /// First delivery day.
            effective_from: Day,
            /// The price.
            price: Price,
        },
        /// The registrar set the calendar: it applies from its day on.
        CalendarSet {
            /// The calendar.
            calendar: Calendar,
        },
        /// The guardian paused a stage: its calls are refused, and its work waits.
        StagePaused {
            /// Which.
            stage: Stage,
            /// When it is resumed by itself, where it is.
            until: Option<Moment>,
        },
        /// The guardian resumed a stage before its pause was over: what waited is done now.
        StageResumed {
            /// Which.
            stage: Stage,
        },
    }

    /// Why a call was refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The account acts for no participant. Use a participant's account or its agent's.
        NotRegistered,
        /// The participant's role does not allow it: the retail supplier proposes tariffs.
        WrongRole,
        /// A price or a bound is above what the market handles, 1,000,000 ETH/kWh, or the bounds leave no room.
        PriceOutOfRange,
        /// The day's release has opened, so its terms are fixed. Choose a later day.
        DayReleased,
        /// The steps leave a gap in the day.
        TariffGap,
        /// Two steps overlap, or one ends before it starts or after the day.
        TariffOverlap,
        /// A step's price is outside the board's bounds.
        OutOfBounds,
        /// A tariff price would be below the feed-in price. It would count as that, so propose at least that.
        BelowFeedInPrice,
        /// Too many changes are waiting for their day.
        TooManyVersions,
        /// The numbers make no calendar: a period must be a multiple of 8 ms and last at least sixteen slots, a day have
        /// 1 to 288 of them, and the release window last at least two slots and end before the first sealing of the
        /// day it is for.
        BadCalendar,
        /// Days would start at another time or have another length. Keep the anchor, and the product of a period's
        /// length and the number of periods.
        DayMoved,
        /// A period would be more than four times as long or as short as before, so that windows of one stage would
        /// overlap. Go in steps, a day each.
        PeriodJump,
        /// The stage is paused already. Nothing is to be done.
        AlreadyPaused,
        /// The stage is not paused. Nothing is to be done.
        NotPaused,
        /// The stage has lately been paused for as long as it may be. Wait as long as a pause may last.
        PausedTooLong,
        /// The supplier's agent asks, but steps of a tariff are the account's own business. Sign with the account.
        NotTheAgents,
        /// No tariff was to apply from that day on. Name the day that was proposed.
        NoSuchTariff,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Proposes the tariff that applies from a day whose release has not opened. It is in force at once, since
        /// it must lie within the board's bounds. More than two replacements of one day's proposal cost their fee.
        ///
        /// Origin: the retail supplier's own account: its agent, whose key lies on a node, files no tariff. Errors:
        /// `NotRegistered`, `WrongRole`, `NotTheAgents`, `DayReleased`, `TariffGap`, `TariffOverlap`, `PriceOutOfRange`,
        /// `BelowFeedInPrice`, `OutOfBounds`, `TooManyVersions`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::propose_tariff(steps.len().try_into().unwrap_or(u32::MAX)))]
        pub fn propose_tariff(
            origin: OriginFor<T>,
            effective_from: Day,
            steps: Steps,
        ) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            Self::do_propose_tariff(&who, effective_from, steps)
        }

        /// Sets the bounds of tariffs that are proposed from now on.
        ///
        /// Origin: the board. Errors: `PriceOutOfRange`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::set_tariff_bounds())]
        pub fn set_tariff_bounds(origin: OriginFor<T>, bounds: TariffBounds) -> DispatchResult {
            T::Board::ensure_origin(origin)?;
            Self::do_set_tariff_bounds(bounds)
        }

        /// Sets the feed-in price that applies from a day whose release has not opened.
        ///
        /// A step of a tariff below it counts as this price, so that buying to sell never pays.
        ///
        /// Origin: the board. Errors: `DayReleased`, `PriceOutOfRange`, `TooManyVersions`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_feed_in())]
        pub fn set_feed_in(origin: OriginFor<T>, effective_from: Day, price: Price) -> DispatchResult {
            T::Board::ensure_origin(origin)?;
            Self::do_set_feed_in(effective_from, price)
        }

        /// Sets the calendar that applies from its `effective_from` on, a day whose release has opened neither in the
        /// calendar that it had nor in the new one. It replaces those that were to apply from the same or a later day.
        /// Its version is given by the chain.
        ///
        /// Origin: the registrar. Errors: `BadCalendar`, `DayReleased`, `DayMoved`, `PeriodJump`,
        /// `TooManyVersions`.
        // The slot's length is read beside what was measured.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_calendar().saturating_add(T::DbWeight::get().reads(1)))]
        pub fn set_calendar(origin: OriginFor<T>, calendar: Calendar) -> DispatchResult {
            T::Registrar::ensure_origin(origin)?;
            Self::do_set_calendar(calendar)
        }

        /// Pauses a stage: from now on its calls are refused, and its work waits, until it is resumed or the pause has
        /// lasted as long as it may, with what the stage was paused within this length before.
        ///
        /// Origin: the guardian. Errors: `AlreadyPaused`, `PausedTooLong`.
        #[pallet::call_index(4)]
        // It has to get in where blocks are full, and so is of the class that has room of its own.
        #[pallet::weight((T::WeightInfo::pause(), DispatchClass::Operational))]
        pub fn pause(origin: OriginFor<T>, stage: Stage) -> DispatchResult {
            T::Guardian::ensure_origin(origin)?;
            Self::do_pause(stage)
        }

        /// Resumes a paused stage.
        ///
        /// Origin: the guardian. Errors: `NotPaused`.
        #[pallet::call_index(5)]
        #[pallet::weight((T::WeightInfo::resume(), DispatchClass::Operational))]
        pub fn resume(origin: OriginFor<T>, stage: Stage) -> DispatchResult {
            T::Guardian::ensure_origin(origin)?;
            Self::do_resume(stage)
        }

        /// Withdraws a tariff that was to apply from a day whose release has not opened: the one before it goes on.
        ///
        /// Origin: the retail supplier's own account. Errors: `NotRegistered`, `WrongRole`, `NotTheAgents`, `DayReleased`,
        /// `NoSuchTariff`.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::withdraw_tariff())]
        pub fn withdraw_tariff(origin: OriginFor<T>, effective_from: Day) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw_tariff(&who, effective_from)
        }
    }
}
