//! # Energy tasks
//!
//! What participants want to trade, and the terms that everybody trades under.
//!
//! - **Release**, on the day before delivery: [`Pallet::release`] publishes a participant's positions for all
//!   periods of a day, volumes (3) to buy or offers to sell. S_t of (5) is fixed when the window closes.
//! - **Offers** may be corrected until gate closure with [`Pallet::correct_offer`]. They stand in a queue that
//!   sorts by reserve price, then lot.
//! - **Calendar**: delivery days, periods and windows, in versions. [`Pallet::set_calendar`] lets another one apply
//!   from a day whose release has not opened. Days keep their start, length and number; the number and length of
//!   their periods and the release window change, so a tariff covers the days of every version.
//! - **Pauses**: the operator may [pause](Pallet::pause) a stage. Its calls are refused, its hook waits, and its
//!   windows pass; what was paused when is remembered, so that nobody is punished for it. Once it is
//!   [resumed](Pallet::resume), what waited is done in order. Without a release the supplier serves the day; without
//!   a seal, the period; an unopened bid of a paused reveal gets its deposit back; a paused clearing and a paused
//!   settlement catch up.
//! - **Tariff**: steps that the retail supplier proposes within the operator's bounds, and the feed-in price that
//!   the operator sets. Both are versioned and apply from a day whose release has not opened, so that nobody who
//!   released is surprised.
//!
//! The other pallets see all of it through the small traits `Calendars`, `Prices`, `Positions` and `Seed` of
//! [`market`]. Old days are pruned in small steps, once they are settled: however long a clearing is paused or a
//! chain stands, what it needs is kept.

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
pub mod offchain;
#[cfg(test)]
mod tests;
mod ticks;
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

/// Target of the pallet's log.
const LOG_TARGET: &str = "gridbid::energy-tasks";

/// How often a release or an offer may be replaced free of charge.
pub const FREE_REPLACEMENTS: u32 = 2;

/// The most versions of calendar, tariff or feed-in price that are kept.
pub const MAX_VERSIONS: u32 = 16;

/// The most pauses of a stage that are told apart. Beyond that, the oldest two count as one.
pub const MAX_PAUSES: u32 = 16;

/// The pallet.
// The macros of FRAME expand to casts and to proofs of their own.
#[allow(clippy::expect_used, clippy::cast_possible_truncation)]
#[frame::pallet]
pub mod pallet {
    use crate::types::{
        FeedInVersion, Offer, Pause, PeriodSum, PruneCursor, Release, Steps, StepsVersion, TariffBounds,
    };
    use crate::{MAX_PAUSES, MAX_VERSIONS, Positions, WeightInfo};
    use alloc::vec::Vec;
    use frame::deps::frame_support::dispatch::DispatchResultWithPostInfo;
    use frame::deps::frame_support::weights::WeightMeter;
    use frame::prelude::*;
    use frame::traits::Time;
    use market::books::Books;
    use market::calendar::{Calendar, MAX_PERIODS, Stage};
    use market::clearing::QueueKey;
    use market::participant::Registry;
    use market::tariff::TariffStep;
    use market::{Day, Delivery, Energy, Moment, ParticipantId, Price};
    use worker::Transactions;

    /// The pallet.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// What the pallet needs.
    #[pallet::config]
    pub trait Config:
        frame_system::Config<RuntimeEvent: From<Event<Self>>> + Transactions<Call<Self>>
    {
        /// The market operator.
        type Operator: EnsureOrigin<Self::RuntimeOrigin>;
        /// The block's own time, in milliseconds since the epoch.
        type Time: Time<Moment = Moment>;
        /// Who takes part.
        type Registry: Registry<Self::AccountId>;
        /// The most offers a period may have.
        #[pallet::constant]
        type MaxOffers: Get<u32>;
        /// Days that releases and offers are kept behind the current one, and longer while the books need them.
        /// Above zero.
        #[pallet::constant]
        type RetentionDays: Get<u32>;
        /// What is still needed.
        type Books: Books;
        /// What the hook may use of a block.
        #[pallet::constant]
        type HookBudget: Get<Weight>;
        /// Weights of the calls and of the hook's steps.
        type WeightInfo: WeightInfo;
        /// Makes the state of other pallets that the benchmarks need.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId>;
    }

    /// The calendar's versions, in order of the day they apply from; the first applies to all days that are kept.
    #[pallet::storage]
    pub type CalendarVersions<T: Config> =
        StorageValue<_, BoundedVec<Calendar, ConstU32<MAX_VERSIONS>>, ValueQuery>;

    /// What each participant released, by day.
    #[pallet::storage]
    pub type Releases<T: Config> =
        StorageDoubleMap<_, Twox64Concat, Day, Twox64Concat, ParticipantId, Release, OptionQuery>;

    /// Sums over all that was released for a day, one for each period.
    #[pallet::storage]
    pub type Sums<T: Config> =
        StorageMap<_, Twox64Concat, Day, BoundedVec<PeriodSum, ConstU32<{ MAX_PERIODS as u32 }>>, ValueQuery>;

    /// The queue of offers by period and place. The keys' bytes sort as the queue does.
    #[pallet::storage]
    pub type Offers<T: Config> =
        StorageDoubleMap<_, Twox64Concat, Delivery, Identity, QueueKey, Offer, OptionQuery>;

    /// The tariff's versions, in order of the day they apply from.
    #[pallet::storage]
    pub type TariffVersions<T: Config> =
        StorageValue<_, BoundedVec<StepsVersion, ConstU32<MAX_VERSIONS>>, ValueQuery>;

    /// The feed-in price's versions, in order of the day they apply from.
    #[pallet::storage]
    pub type FeedInVersions<T: Config> =
        StorageValue<_, BoundedVec<FeedInVersion, ConstU32<MAX_VERSIONS>>, ValueQuery>;

    /// The operator's bounds for the tariff.
    #[pallet::storage]
    pub type Bounds<T: Config> = StorageValue<_, TariffBounds, ValueQuery>;

    /// The market's seed, from which lots are drawn.
    #[pallet::storage]
    pub type MarketSeed<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// n of (3): the days of history behind a forecast.
    #[pallet::storage]
    pub type HistoryDays<T: Config> = StorageValue<_, u16, ValueQuery>;

    /// When each stage was paused, in order of time.
    #[pallet::storage]
    pub type Pauses<T: Config> =
        StorageMap<_, Twox64Concat, Stage, BoundedVec<Pause, ConstU32<MAX_PAUSES>>, ValueQuery>;

    /// Where pruning goes on; none before the first block.
    #[pallet::storage]
    pub type Pruning<T: Config> = StorageValue<_, PruneCursor, OptionQuery>;

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
        /// The operator's bounds for the tariff.
        pub bounds: TariffBounds,
        /// The market's seed.
        pub seed: u64,
        /// Days of history behind a forecast.
        pub history_days: u16,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            MarketSeed::<T>::put(self.seed);
            HistoryDays::<T>::put(self.history_days);
            Bounds::<T>::put(self.bounds);
            if let Some(calendar) = self.calendar
                && let Err(why) = Pallet::<T>::begin(calendar, &self.tariff, self.feed_in)
            {
                panic!("genesis configuration of energy tasks: {why}");
            }
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A participant released its positions for a day, or replaced them.
        Released {
            /// Who.
            participant: ParticipantId,
            /// For which day.
            day: Day,
            /// All it wants to buy on that day.
            volume: Energy,
            /// All it offers on that day.
            offered: Energy,
            /// How often it replaced them.
            replacements: u32,
        },
        /// An offer was corrected.
        OfferCorrected {
            /// Whose.
            participant: ParticipantId,
            /// For which period.
            delivery: Delivery,
            /// What it offers now.
            energy: Energy,
            /// The lowest price it sells at now.
            reserve: Price,
        },
        /// The retail supplier proposed a tariff within the bounds: it applies from the day on.
        TariffProposed {
            /// First delivery day.
            effective_from: Day,
            /// Its steps.
            steps: Steps,
        },
        /// The operator set the bounds of tariffs to come.
        TariffBoundsSet {
            /// The bounds.
            bounds: TariffBounds,
        },
        /// The operator set the feed-in price: it applies from the day on.
        FeedInSet {
            /// First delivery day.
            effective_from: Day,
            /// The price.
            price: Price,
        },
        /// The operator set the calendar: it applies from its day on.
        CalendarSet {
            /// The calendar.
            calendar: Calendar,
        },
        /// The operator paused a stage: its calls are refused, and its work waits.
        StagePaused {
            /// Which.
            stage: Stage,
        },
        /// The operator resumed a stage: what waited is done now.
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
        /// The participant's role does not allow it: LAs buy, MGs sell, the RES proposes tariffs.
        WrongRole,
        /// The window opens later. `MarketApi.clock` tells when.
        WindowNotOpen,
        /// The window has closed.
        WindowClosed,
        /// The calendar has no such period.
        NoSuchPeriod,
        /// There must be one position for each period of the day.
        WrongNumberOfPeriods,
        /// The energy is more than the participant's tie line carries in a period.
        OverTieLine,
        /// The reserve price is below the feed-in price (8). The supplier would pay more.
        BelowFeedIn,
        /// The reserve price is below the participant's own generation cost (6).
        BelowOwnCost,
        /// The price is above what the market handles, 1,000,000 ETH/kWh.
        PriceOutOfRange,
        /// The participant released nothing for the day, so there is nothing to correct.
        NothingReleased,
        /// The participant released a shortage for the period; it cannot turn into an offer.
        Buying,
        /// The period has as many offers as it can have.
        TooManyOffers,
        /// The sum of all volumes would exceed what the market handles.
        Overflow,
        /// The day's release has opened, so its terms are fixed. Choose a later day.
        DayReleased,
        /// The steps leave a gap in the day.
        TariffGap,
        /// Two steps overlap, or one ends before it starts or after the day.
        TariffOverlap,
        /// A step's price is outside the operator's bounds.
        OutOfBounds,
        /// A tariff price would be below the feed-in price, so that buying to sell would pay.
        BelowFeedInPrice,
        /// Too many changes are waiting for their day.
        TooManyVersions,
        /// The participant is suspended: it releases nothing and offers no more than it did. Ask the operator.
        Suspended,
        /// The operator has paused the stage. Wait until it is resumed.
        Paused,
        /// The numbers make no calendar: a period must be a multiple of 8 ms, a day have 1 to 288 of them, and the
        /// release window end before the first sealing of the day it is for.
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
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_poll(_: BlockNumberFor<T>, meter: &mut WeightMeter) {
            Self::tick(meter);
        }

        fn offchain_worker(_: BlockNumberFor<T>) {
            crate::offchain::run::<T>();
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::do_try_state()
        }

        fn integrity_test() {
            assert!(T::RetentionDays::get() > 0, "a day's releases are needed on the day");
            assert!(
                T::WeightInfo::prune_step().all_lte(T::HookBudget::get()),
                "the hook's budget must fit its step"
            );
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Publishes what the participant wants to trade in each period of a day: a volume to buy, in watt-hours,
        /// or an offer with its reserve price, in gwei per kWh. Within the window it may be replaced; more than two
        /// replacements cost their fee.
        ///
        /// Origin: a participant or its agent. Errors: `NotRegistered`, `WrongRole`, `WindowNotOpen`,
        /// `WindowClosed`, `Paused`, `Suspended`, `WrongNumberOfPeriods`, `OverTieLine`, `BelowFeedIn`,
        /// `BelowOwnCost`, `PriceOutOfRange`, `TooManyOffers`, `Overflow`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::release(positions.len().try_into().unwrap_or(u32::MAX)))]
        pub fn release(origin: OriginFor<T>, day: Day, positions: Positions) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            Self::do_release(&who, day, positions)
        }

        /// Corrects the participant's offer of a period until gate closure. An offer of nothing withdraws it; more
        /// than two corrections cost their fee. A suspended participant may offer less, not more.
        ///
        /// Origin: a participant or its agent. Errors: `NotRegistered`, `WrongRole`, `NoSuchPeriod`,
        /// `WindowNotOpen`, `WindowClosed`, `Paused`, `NothingReleased`, `Buying`, `Suspended`, `OverTieLine`,
        /// `BelowFeedIn`, `BelowOwnCost`, `PriceOutOfRange`, `TooManyOffers`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::correct_offer())]
        pub fn correct_offer(
            origin: OriginFor<T>,
            delivery: Delivery,
            energy: Energy,
            reserve: Price,
        ) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            Self::do_correct_offer(&who, delivery, energy, reserve)
        }

        /// Proposes the tariff that applies from a day whose release has not opened. It is in force at once, since
        /// it must lie within the operator's bounds. More than two replacements of one day's proposal cost their fee.
        ///
        /// Origin: the retail supplier or its agent. Errors: `NotRegistered`, `WrongRole`, `DayReleased`,
        /// `TariffGap`, `TariffOverlap`, `OutOfBounds`, `BelowFeedInPrice`, `TooManyVersions`.
        #[pallet::call_index(2)]
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
        /// Origin: the market operator. Errors: `PriceOutOfRange`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_tariff_bounds())]
        pub fn set_tariff_bounds(origin: OriginFor<T>, bounds: TariffBounds) -> DispatchResult {
            T::Operator::ensure_origin(origin)?;
            Self::do_set_tariff_bounds(bounds)
        }

        /// Sets the feed-in price that applies from a day whose release has not opened.
        ///
        /// Origin: the market operator. Errors: `DayReleased`, `BelowFeedInPrice`, `TooManyVersions`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::set_feed_in())]
        pub fn set_feed_in(origin: OriginFor<T>, effective_from: Day, price: Price) -> DispatchResult {
            T::Operator::ensure_origin(origin)?;
            Self::do_set_feed_in(effective_from, price)
        }

        /// Sets the calendar that applies from its `effective_from` on, a day whose release has opened neither in the
        /// calendar that it had nor in the new one. It replaces those that were to apply from the same or a later day.
        /// Its version is given by the chain.
        ///
        /// Origin: the market operator. Errors: `BadCalendar`, `DayReleased`, `DayMoved`, `PeriodJump`,
        /// `TooManyVersions`.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::set_calendar())]
        pub fn set_calendar(origin: OriginFor<T>, calendar: Calendar) -> DispatchResult {
            T::Operator::ensure_origin(origin)?;
            Self::do_set_calendar(calendar)
        }

        /// Pauses a stage: from now on its calls are refused, and its work waits.
        ///
        /// Origin: the market operator. Errors: `AlreadyPaused`.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::pause())]
        pub fn pause(origin: OriginFor<T>, stage: Stage) -> DispatchResult {
            T::Operator::ensure_origin(origin)?;
            Self::do_pause(stage)
        }

        /// Resumes a paused stage.
        ///
        /// Origin: the market operator. Errors: `NotPaused`.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::resume())]
        pub fn resume(origin: OriginFor<T>, stage: Stage) -> DispatchResult {
            T::Operator::ensure_origin(origin)?;
            Self::do_resume(stage)
        }
    }
}
