//! # Settlement
//!
//! Executes the trades of the blind auction, takes meter readings, balances every participant against
//! the retail supplier (4), keeps the debts between them, and closes each day with the Merkle root of its
//! bills.
//!
//! ## Life of a period
//!
//! 1. **Execution.** Each trade arrives through [`market::settlement::Execution`]: the price is on the
//!    seller's account and is held there as [`HoldReason::Income`]; both lines note energy and money.
//! 2. **Metering.** When the period has ended, [`Pallet::submit_reading`] takes one reading a participant,
//!    signed by its meter. Where fewer than [`Config::MinMeteringBlocks`] blocks fell into the window, after a
//!    halt for instance, readings are taken until that many have passed.
//! 3. **Settling.** Once the window is closed and the queue is cleared, the participants are walked by number,
//!    as many a block as the budget allows. What one really took less what it traded is due to or from the
//!    supplier; a missing reading is estimated so that withholding never pays. The period's income is
//!    released first, then one net figure of old debt and new dues is paid as far as there is money, and
//!    the rest stays as debt. The supplier's line comes last and makes the period sum to zero.
//! 4. **Closing.** [`Config::CorrectionDays`] whole days after its last period was settled, a day is final: the
//!    bills of all participants, by number, go into a Merkle tree whose root stays in [`Roots`].
//! 5. **Pruning.** Lines go after [`Config::RetentionDays`], roots after [`Config::RootRetentionDays`].
//!
//! Without a retail supplier there is nobody to balance against: periods wait, with the income on hold, and
//! are settled in order once one is registered.
//!
//! ## Bounds
//!
//! All of it runs in `on_poll`, in steps of constant cost, within [`Config::HookBudget`]; cursors are stored,
//! so a tiny budget takes more blocks and comes to the same end. What falls due at different times is done in
//! the order of these times, also when a chain that stood still catches up.

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::cast_possible_truncation,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod books;
mod dispatchables;
mod execution;
#[cfg(test)]
mod mock;
pub mod offchain;
mod queries;
#[cfg(test)]
mod tests;
mod ticks;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
pub mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use weights::WeightInfo;

/// The most runs of ended periods that are told apart while they wait for their settlement.
pub const MAX_ENDED: u32 = 8;

/// The pallet.
// The macros of FRAME expand to casts and to proofs of their own.
#[allow(clippy::expect_used, clippy::cast_possible_truncation)]
#[frame::pallet]
pub mod pallet {
    use crate::types::{ClosingDay, DayRoot, Ended, Line, Metered, PruneCursor, Settling, TopUpCursor};
    use crate::weights::WeightInfo;
    use alloc::vec::Vec;
    use frame::deps::frame_support::weights::WeightMeter;
    use frame::deps::sp_core::ed25519;
    use frame::deps::sp_runtime::{MultiSignature, MultiSigner};
    use frame::prelude::*;
    use frame::token::fungible::{Inspect, Mutate, MutateHold};
    use frame::traits::Time;
    use market::calendar::Calendars;
    use market::clearing::Clearing;
    use market::participant::Registry;
    use market::position::Positions;
    use market::settlement::Reading;
    use market::tariff::Prices;
    use market::{Day, Delivery, Moment, Money, NetEnergy, NetMoney, ParticipantId, Price};

    /// The pallet.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Configuration.
    #[pallet::config]
    pub trait Config:
        frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash = H256>
        + CreateSignedTransaction<Call<Self>, Public = MultiSigner, Signature = MultiSignature>
    {
        /// Weights of calls and steps.
        type WeightInfo: WeightInfo;

        /// The money: ETH, in planck.
        type Currency: Inspect<Self::AccountId, Balance = u128>
            + Mutate<Self::AccountId>
            + MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// Overarching reason of holds.
        type RuntimeHoldReason: From<HoldReason>;

        /// The market operator.
        type Operator: EnsureOrigin<Self::RuntimeOrigin>;

        /// The block's own timestamp, in milliseconds since the epoch.
        type Time: Time<Moment = Moment>;

        /// Who takes part.
        type Registry: Registry<Self::AccountId>;

        /// Days, periods and windows.
        type Calendars: Calendars;

        /// The tariff and the feed-in price.
        type Prices: Prices;

        /// What was released.
        type Positions: Positions;

        /// Whether a period's queue is cleared.
        type Clearing: Clearing;

        /// The most weight that the hook takes in a block.
        #[pallet::constant]
        type HookBudget: Get<Weight>;

        /// The fewest blocks with room for readings before a period is settled. Above zero.
        #[pallet::constant]
        type MinMeteringBlocks: Get<u32>;

        /// Whole days between the settlement of a day's last period and its closing.
        #[pallet::constant]
        type CorrectionDays: Get<u32>;

        /// Delivery days whose lines are kept behind the day that is being settled. Above `CorrectionDays`.
        #[pallet::constant]
        type RetentionDays: Get<u32>;

        /// Days for which a closed day's root is kept. At least `RetentionDays`.
        #[pallet::constant]
        type RootRetentionDays: Get<u32>;

        /// Days before a period whose readings count for its estimate; no more than `RetentionDays` do.
        type HistoryDays: Get<u16>;

        /// State that other pallets own, for the benchmarks.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId>;
    }

    /// Why money is on hold.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// Income of a period whose delivery no reading has shown yet.
        Income,
    }

    /// What each participant traded, used and owes, by period. A line exists where one released, bid, traded or
    /// sent a reading. The lines of a period are equal in money and energy: settled, they sum to zero.
    #[pallet::storage]
    pub type Lines<T> = StorageDoubleMap<_, Identity, Delivery, Identity, ParticipantId, Line, OptionQuery>;

    /// What a participant owes the retail supplier; negative where the supplier owes it. Never zero.
    #[pallet::storage]
    pub type Debts<T> = StorageMap<_, Identity, ParticipantId, NetMoney, OptionQuery>;

    /// The first period that is not settled; none before the first block.
    #[pallet::storage]
    pub type Next<T> = StorageValue<_, Delivery, OptionQuery>;

    /// Where the settlement of [`Next`] stands; none while it has not begun.
    #[pallet::storage]
    pub type Cursor<T> = StorageValue<_, Settling, OptionQuery>;

    /// Since which block the ended periods wait for their settlement, in order of time.
    #[pallet::storage]
    pub type Waiting<T> = StorageValue<_, BoundedVec<Ended, ConstU32<{ crate::MAX_ENDED }>>, ValueQuery>;

    /// Standing orders of the operator: what a participant pays in each day, in planck. Never zero.
    #[pallet::storage]
    pub type TopUps<T> = StorageMap<_, Identity, ParticipantId, u128, OptionQuery>;

    /// The next top-up; none before the first block.
    #[pallet::storage]
    pub type NextTopUp<T> = StorageValue<_, TopUpCursor, OptionQuery>;

    /// When the last period of a day was settled; none once the day is closed.
    #[pallet::storage]
    pub type Completed<T> = StorageMap<_, Identity, Day, Moment, OptionQuery>;

    /// The first day that is not closed, and its tree so far; none before the first block.
    #[pallet::storage]
    pub type Closing<T> = StorageValue<_, ClosingDay, OptionQuery>;

    /// The roots of closed days.
    #[pallet::storage]
    pub type Roots<T> = StorageMap<_, Identity, Day, DayRoot, OptionQuery>;

    /// Where pruning stands; none before the first block.
    #[pallet::storage]
    pub type Pruning<T> = StorageValue<_, PruneCursor, OptionQuery>;

    /// The state at genesis.
    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Standing orders: number of the participant, planck a day.
        pub top_ups: Vec<(u32, u128)>,
        /// Marker.
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            for (id, amount) in &self.top_ups {
                if *amount > 0 {
                    TopUps::<T>::insert(ParticipantId(*id), amount);
                }
            }
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A meter was read.
        ReadingSubmitted {
            /// The period.
            delivery: Delivery,
            /// Whose meter.
            participant: ParticipantId,
            /// What it counted.
            metered: Metered,
        },
        /// The price of a trade is on hold on the seller's account.
        IncomeHeld {
            /// The period.
            delivery: Delivery,
            /// The seller.
            participant: ParticipantId,
            /// Its account.
            account: T::AccountId,
            /// How much, in planck.
            amount: Money,
        },
        /// A period's income is free.
        IncomeReleased {
            /// The period.
            delivery: Delivery,
            /// The seller.
            participant: ParticipantId,
            /// Its account.
            account: T::AccountId,
            /// How much, in planck.
            amount: Money,
        },
        /// A participant's period is settled.
        LineSettled {
            /// The period.
            delivery: Delivery,
            /// Whose line.
            participant: ParticipantId,
            /// What it really used or produced; none for the supplier.
            actual: Option<NetEnergy>,
            /// Whether that is an estimate.
            estimated: bool,
            /// Energy balanced.
            balanced: NetEnergy,
            /// Money due for it.
            due: NetMoney,
        },
        /// Money moved for balancing, old debt included.
        Balanced {
            /// The period.
            delivery: Delivery,
            /// Whose line.
            participant: ParticipantId,
            /// Who paid.
            from: T::AccountId,
            /// Who was paid.
            to: T::AccountId,
            /// Energy balanced.
            energy: NetEnergy,
            /// At which price.
            price: Price,
            /// Money due for this period; the rest of what was paid served an older debt.
            due: NetMoney,
            /// What moved, in planck.
            paid: Money,
        },
        /// What a participant owes the supplier changed; negative where the supplier owes it.
        DebtChanged {
            /// Who.
            participant: ParticipantId,
            /// The debt now.
            debt: NetMoney,
        },
        /// A debtor paid.
        DebtPaid {
            /// Who.
            participant: ParticipantId,
            /// Its account.
            from: T::AccountId,
            /// The supplier's account.
            to: T::AccountId,
            /// How much, in planck.
            amount: Money,
        },
        /// The operator gave a standing order; zero ends it.
        TopUpSet {
            /// Whose.
            participant: ParticipantId,
            /// How much a day, in planck.
            amount: Money,
        },
        /// A participant paid in.
        ToppedUp {
            /// The delivery day whose release has opened.
            day: Day,
            /// Who.
            participant: ParticipantId,
            /// Its account.
            account: T::AccountId,
            /// How much, in planck.
            amount: Money,
        },
        /// All lines of a period are settled.
        PeriodSettled {
            /// The period.
            delivery: Delivery,
            /// Energy that the supplier sold to all, less what it bought.
            balanced: NetEnergy,
            /// Money due to it, less what is due from it.
            due: NetMoney,
        },
        /// A day is final.
        DayClosed {
            /// The delivery day.
            day: Day,
            /// The Merkle root of its bills.
            root: H256,
            /// The number of its bills.
            bills: u32,
        },
    }

    /// Why a call is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The account acts for no participant, or there is no such participant: have the operator register it.
        NotRegistered,
        /// The participant's role has no meter that the market settles.
        WrongRole,
        /// The day's calendar has no such period.
        NoSuchPeriod,
        /// The period has not ended: send the reading when its metering window opens.
        WindowNotOpen,
        /// The metering window is closed: the period is settled with an estimate.
        WindowClosed,
        /// The period's reading is already in: there is one a period.
        AlreadyRead,
        /// The signature is not the meter's over this reading, participant and chain: have the meter sign it again.
        BadSignature,
        /// More energy than the tie line carries in a period: check the meter's units.
        OverTieLine,
        /// The participant owes the supplier nothing.
        NotIndebted,
        /// The participant's free balance is below what is to be paid: pay less, or pay in first.
        InsufficientFunds,
        /// Nothing is to be paid: name an amount above zero.
        NothingToPay,
        /// The operator has paused metering: send the reading again when it is resumed.
        Paused,
        /// No retail supplier is registered, so nobody can be paid: wait for the operator to register one.
        NoRetailSupplier,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_poll(block: BlockNumberFor<T>, weight: &mut WeightMeter) {
            let mut meter = WeightMeter::with_limit(T::HookBudget::get().min(weight.remaining()));
            Self::poll(block.saturated_into(), &mut meter);
            weight.consume(meter.consumed());
        }

        fn offchain_worker(block: BlockNumberFor<T>) {
            crate::offchain::run::<T>(block);
        }

        fn integrity_test() {
            Self::check_configuration();
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Submits a meter reading of a period that has ended, signed by the participant or its agent; the fee is
        /// returned.
        ///
        /// `signature` is the meter's, over [`Reading::signed_payload`].
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::submit_reading())]
        pub fn submit_reading(
            origin: OriginFor<T>,
            reading: Reading,
            signature: ed25519::Signature,
        ) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            Self::do_submit_reading(who, reading, signature)?;
            Ok(Pays::No.into())
        }

        /// Pays a debt to the retail supplier out of the participant's free balance: `amount`, or the debt
        /// where that is less. Signed by the participant or its agent. The fee is returned where nothing is left to pay.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::pay_debt())]
        pub fn pay_debt(origin: OriginFor<T>, #[pallet::compact] amount: u128) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            let rest = Self::do_pay_debt(who, Money::from_planck(amount))?;
            Ok(if rest.is_zero() { Pays::No } else { Pays::Yes }.into())
        }

        /// Orders what a participant pays in each day, from the next day whose release window opens; zero ends it. By
        /// the operator.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_top_up())]
        pub fn set_top_up(
            origin: OriginFor<T>,
            participant: ParticipantId,
            #[pallet::compact] amount: u128,
        ) -> DispatchResult {
            T::Operator::ensure_origin(origin)?;
            Self::do_set_top_up(participant, Money::from_planck(amount))
        }
    }
}
