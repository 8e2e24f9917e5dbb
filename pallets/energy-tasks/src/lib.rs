//! # Energy tasks
//!
//! What participants want to trade: the volumes and the offers that they release.
//!
//! - **Release**, on the day before delivery: [`Pallet::release`] publishes a participant's positions for all
//!   periods of a day, volumes (3) to buy or offers to sell. S_t of (5) is fixed when the window closes.
//! - **Offers** may be corrected until gate closure with [`Pallet::correct_offer`]. They stand in a queue that
//!   sorts by reserve price, then lot. The operator voids what a participant has standing ([`Pallet::void_offers`]).
//! - **Cover**: where the operator has set a share ([`Pallet::set_exposure_share`]), that much of what the supplier
//!   would lose by an offer is on hold on its seller's account, until the period is settled.
//!
//! The worker ([`offchain`]) does both for the agents of its node: it makes the positions of what a site's gateway
//! tells, with the last n days of its history ([`HistoryDays`]).
//!
//! When a window is open, and at which prices of the main grid, comes from the traits `Calendars`, `Prices` and `Seed`
//! of [`market`]; the other pallets see what was released through `Positions`. Old days are pruned in small steps, once
//! they are settled: however long a clearing is paused or a chain stands, what it needs is kept. `Retention` tells which
//! days those are.

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
mod cover;
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

/// The pallet.
// The macros of FRAME expand to casts and to proofs of their own.
#[allow(clippy::expect_used, clippy::cast_possible_truncation)]
#[frame::pallet]
pub mod pallet {
    use crate::types::{Offer, PeriodSum, PruneCursor, Release};
    use crate::{DayPositions, WeightInfo};
    use frame::deps::frame_support::dispatch::DispatchResultWithPostInfo;
    use frame::deps::frame_support::weights::WeightMeter;
    use frame::prelude::*;
    use frame::token::fungible::{Mutate, MutateHold};
    use frame::traits::Time;
    use market::books::Books;
    use market::calendar::{Calendars, MAX_PERIODS};
    use market::clearing::{QueueKey, Seed};
    use market::participant::{PartsPerMillion, Registry};
    use market::tariff::Prices;
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
        /// The money: what covers offers is held in it.
        type Currency: Mutate<Self::AccountId, Balance = u128>
            + MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;
        /// Why money is held.
        type RuntimeHoldReason: From<HoldReason>;
        /// May void offers.
        type Guardian: EnsureOrigin<Self::RuntimeOrigin>;
        /// Sets what offers have to be covered by.
        type Board: EnsureOrigin<Self::RuntimeOrigin>;
        /// The block's own time, in milliseconds since the epoch.
        type Time: Time<Moment = Moment>;
        /// Who takes part.
        type Registry: Registry<Self::AccountId>;
        /// When each window is open.
        type Calendars: Calendars;
        /// The main grid's prices.
        type Prices: Prices;
        /// The seed of the lots.
        type Seed: Seed;
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

    /// Why the pallet holds money.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// It covers what the supplier would lose by offers, were nothing delivered, until their periods are settled.
        Exposure,
    }

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

    /// n of (3): the days of history behind a forecast.
    #[pallet::storage]
    pub type HistoryDays<T: Config> = StorageValue<_, u16, ValueQuery>;

    /// The share of an offer's exposure, (tariff - reserve price) x energy, that its seller's money has to cover.
    #[pallet::storage]
    pub type ExposureShare<T: Config> = StorageValue<_, PartsPerMillion, ValueQuery>;

    /// Where pruning goes on; none before the first block.
    #[pallet::storage]
    pub type Pruning<T: Config> = StorageValue<_, PruneCursor, OptionQuery>;

    /// What the chain starts with.
    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Days of history behind a forecast.
        pub history_days: u16,
        /// The share of an offer's exposure that its seller's money has to cover.
        pub exposure_share: PartsPerMillion,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            HistoryDays::<T>::put(self.history_days);
            assert!(self.exposure_share <= PartsPerMillion::ONE, "exposureShare is above the whole");
            ExposureShare::<T>::put(self.exposure_share);
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
        /// The operator voided a participant's offers that had not reached gate closure.
        OffersVoided {
            /// Whose.
            participant: ParticipantId,
            /// How many that offered something.
            offers: u32,
            /// What they offered.
            energy: Energy,
        },
        /// The operator set the share of an offer's exposure that its seller's money has to cover.
        ExposureShareSet {
            /// The share.
            share: PartsPerMillion,
        },
    }

    /// Why a call was refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The account acts for no participant. Use a participant's account or its agent's.
        NotRegistered,
        /// The participant's role does not allow it: LAs buy, MGs sell, prosumers do both.
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
        /// The participant is suspended: it releases nothing and offers no more than it did. Ask the operator.
        Suspended,
        /// The operator has paused the stage. Wait until it is resumed.
        Paused,
        /// No participant has the number. Numbers are in the events of registration.
        UnknownParticipant,
        /// The share is more than the whole. Give at most 1,000,000 parts per million.
        ShareOutOfRange,
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
            let least = T::DbWeight::get().reads_writes(1, 1).saturating_add(T::WeightInfo::prune_step());
            assert!(least.all_lte(T::HookBudget::get()), "the hook's budget must fit its step");
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Publishes what the participant wants to trade in each period of a day: a volume to buy, in watt-hours,
        /// or an offer with its reserve price, in gwei per kWh. Within the window it may be replaced; more than two
        /// replacements cost their fee. Where offers have to be covered, what the seller's money does not cover is cut
        /// off, the last periods first.
        ///
        /// Origin: a participant or its agent. Errors: `NotRegistered`, `WrongRole`, `WindowNotOpen`,
        /// `WindowClosed`, `Paused`, `Suspended`, `WrongNumberOfPeriods`, `OverTieLine`, `BelowFeedIn`,
        /// `BelowOwnCost`, `PriceOutOfRange`, `TooManyOffers`, `Overflow`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::release(positions.len().try_into().unwrap_or(u32::MAX)))]
        pub fn release(
            origin: OriginFor<T>,
            day: Day,
            positions: DayPositions,
        ) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            Self::do_release(&who, day, positions)
        }

        /// Corrects the participant's offer of a period until gate closure. An offer of nothing withdraws it; more
        /// than two corrections cost their fee. A suspended participant may offer less, not more. What its money does not
        /// cover is cut off.
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

        /// Voids a participant's offers that have not reached gate closure, as if it had corrected each to nothing. It
        /// may offer again, unless it is suspended: suspending it voids them, too.
        ///
        /// Origin: the guardian. Errors: `UnknownParticipant`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::void_offers())]
        pub fn void_offers(origin: OriginFor<T>, participant: ParticipantId) -> DispatchResult {
            T::Guardian::ensure_origin(origin)?;
            ensure!(T::Registry::member(participant).is_some(), Error::<T>::UnknownParticipant);
            Self::void_standing(participant);
            Ok(())
        }

        /// Sets the share of an offer's exposure, (tariff - reserve price) x energy, that its seller's money has to
        /// cover. It is held of offers that are released or corrected from now on, until their periods are settled;
        /// what is not covered of an offer is cut off.
        ///
        /// Origin: the board, after notice. Errors: `ShareOutOfRange`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_exposure_share())]
        pub fn set_exposure_share(origin: OriginFor<T>, share: PartsPerMillion) -> DispatchResult {
            T::Board::ensure_origin(origin)?;
            ensure!(share <= PartsPerMillion::ONE, Error::<T>::ShareOutOfRange);
            ExposureShare::<T>::put(share);
            Self::deposit_event(Event::ExposureShareSet { share });
            Ok(())
        }
    }
}
