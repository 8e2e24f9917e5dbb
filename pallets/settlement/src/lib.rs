//! # Settlement
//!
//! Executes the trades of the blind auction, takes meter readings, balances every participant against
//! the retail supplier (4), keeps the debts between them, and closes each day with the Merkle root of its
//! bills.
//!
//! ## Life of a period
//!
//! 1. **Execution.** Each trade arrives through [`market::settlement::TradeBook`]: the price is on the
//!    seller's account and is held there as [`HoldReason::Income`]; both lines note energy and money.
//! 2. **Metering.** When the period has ended, [`Pallet::submit_reading`] takes one reading a participant,
//!    signed by its meter. Where too few blocks fell into the window, after a halt for instance, or one validator
//!    of many made them all, readings are taken until enough have passed ([`market::blocks`]).
//! 3. **Settling.** Once the window is closed and the queue is cleared, the participants are walked by number,
//!    as many a block as the budget allows. What one really took less what it traded is due to or from the
//!    supplier; every registered meter has a line, and a missing reading is estimated so that withholding never pays.
//!    The period's income, and what covers the offer's exposure, are released first, then one net figure of old debt
//!    and new dues is paid as far as there is money, and
//!    the rest stays as debt. The supplier's line comes last and makes the period sum to zero.
//! 4. **Correcting.** For [`Config::CorrectionDays`] whole days after the day's last period was settled, a late
//!    reading corrects an estimate, and a member or the distribution system operator may dispute a line. The
//!    arbiter's ruling dismisses the dispute or corrects the line. A settled line never changes: a correction is a
//!    line of its own that names it, of differences that sum to zero with the supplier's, and its money is paid as
//!    any other due.
//! 5. **Closing.** When this time is over and no dispute is open, a day is final: the bills of all participants, by
//!    number, with their corrections, go into a Merkle tree whose root stays in [`Roots`]. Disputes that nobody has
//!    ruled on lapse [`Config::DisputeDays`] later.
//! 6. **Pruning.** Lines and corrections go after [`Config::RetentionDays`], roots after
//!    [`Config::RootRetentionDays`].
//!
//! ## Debts
//!
//! What a member and the supplier owe each other is one net figure. A member's debt is served first whenever one of
//! its lines is settled or corrected, and by [`Pallet::pay_debt`]. Where the supplier can't pay, its creditors stand in
//! [`Claims`] by the time since which they are owed, and the hook pays the oldest whenever the supplier has free money,
//! wherever that comes from: what falls due meanwhile is never paid ahead of an older claim. Claims are not paid while
//! a period is half settled, so that the outcome does not depend on the budget.
//!
//! [`Pallet::mint`] and [`Pallet::redeem`] tie money to payments outside of the chain, each to a reference of its own
//! that can't be used twice within [`Config::ReferenceDays`].
//!
//! Without a retail supplier there is nobody to balance against: periods wait, with the income on hold, and
//! are settled in order once one is registered.
//!
//! ## Where it stands
//!
//! Each file has a domain: its calls, its steps of the hook, and what both need. The calls' bodies are `do_*`.
//!
//! | file | what |
//! | --- | --- |
//! | `ticks` | the hook: what is due, in which order, within the budget |
//! | `income` | trades arrive and their price is held; it is free when the line is settled |
//! | `readings` | readings in time and late, when they are taken, estimates in place of missing ones |
//! | `settling` | the lines of a period, the supplier's last |
//! | `corrections` | late readings and rulings correct settled lines; disputes |
//! | `debts` | what members and the supplier owe each other, by the rules of [`market::debts`] |
//! | `money` | payments in and out against references, top-ups |
//! | `bills` | bill lines, bills, the leaves of their tree |
//! | `closing` | a day's root; what is old is removed |
//! | `books`, `views` | what other pallets, the runtime API and the workers ask |
//!
//! ## Bounds
//!
//! All of it runs in `on_poll`, in steps of constant cost, within [`Config::HookBudget`]; cursors are stored,
//! so a tiny budget takes more blocks and comes to the same end. What falls due at different times is done in
//! the order of these times, also when a chain that stood still catches up.

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
mod bills;
mod books;
mod closing;
mod corrections;
mod debts;
mod forfeits;
mod income;
#[cfg(test)]
mod mock;
mod money;
pub mod offchain;
mod readings;
mod settling;
#[cfg(test)]
mod tests;
mod ticks;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
pub mod types;
mod views;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use types::MAX_CORRECTIONS;
pub use weights::WeightInfo;

/// Target of the pallet's log.
const LOG_TARGET: &str = "gridbid::settlement";

/// The most runs of ended periods that are told apart while they wait for their settlement.
pub const MAX_ENDED: u32 = 8;

/// The pallet.
// The macros of FRAME expand to casts and to proofs of their own.
#[allow(clippy::expect_used, clippy::cast_possible_truncation)]
#[frame::pallet]
pub mod pallet {
    use crate::types::{
        Arrival, Claim, ClaimEnds, ClosingDay, DayRoot, Dispute, Ended, Kept, Line, Metered, Minted,
        PruneCursor, Ruling, Settling, SharingDay, TopUpCursor, UsedReference,
    };
    use crate::weights::WeightInfo;
    use alloc::vec::Vec;
    use frame::deps::frame_support::weights::WeightMeter;
    use frame::deps::sp_core::ed25519;
    use frame::prelude::*;
    use frame::token::fungible::{Inspect, Mutate, MutateHold};
    use frame::traits::Time;
    use market::bill::Correction;
    use market::blocks::Blocks;
    use market::calendar::Calendars;
    use market::clearing::Clearing;
    use market::collateral::Exposure;
    use market::participant::Registry;
    use market::position::Positions;
    use market::settlement::Reading;
    use market::tariff::Prices;
    use market::{Day, Delivery, Energy, Moment, Money, NetEnergy, NetMoney, ParticipantId, Price};
    use worker::Transactions;

    /// The version of the stored state: the runtime migrates it.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Configuration.
    #[pallet::config]
    pub trait Config:
        frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash = H256> + Transactions<Call<Self>>
    {
        /// Weights of calls and steps.
        type WeightInfo: WeightInfo;

        /// The money: ETH, in planck.
        type Currency: Inspect<Self::AccountId, Balance = u128>
            + Mutate<Self::AccountId>
            + MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// Overarching reason of holds.
        type RuntimeHoldReason: From<HoldReason>;

        /// The treasurer: pays money in and out, and gives standing orders.
        type Treasurer: EnsureOrigin<Self::RuntimeOrigin>;
        /// The board: sets what may be minted on a day.
        type Board: EnsureOrigin<Self::RuntimeOrigin>;
        /// The arbiter: rules on disputes.
        type Arbiter: EnsureOrigin<Self::RuntimeOrigin>;

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

        /// What covers the exposure of offers until their periods are settled.
        type Exposure: Exposure<Self::AccountId>;

        /// Whether a period's queue is cleared.
        type Clearing: Clearing;

        /// The most weight that the hook takes in a block.
        #[pallet::constant]
        type HookBudget: Get<Weight>;

        /// Who makes the blocks, and how many have to pass before a period is settled.
        type Blocks: Blocks;

        /// Whole days behind the settlement of a day's last period in which late readings and disputes are taken.
        #[pallet::constant]
        type CorrectionDays: Get<u32>;

        /// Whole days behind these in which an open dispute keeps the day from closing; then it lapses.
        #[pallet::constant]
        type DisputeDays: Get<u32>;

        /// Delivery days whose lines are kept behind the day that is being settled. Above `CorrectionDays` and
        /// `DisputeDays` together.
        #[pallet::constant]
        type RetentionDays: Get<u32>;

        /// Days for which a payment reference can't be used again. Above zero.
        #[pallet::constant]
        type ReferenceDays: Get<u32>;

        /// The most payment references within these days.
        #[pallet::constant]
        type MaxReferences: Get<u32>;

        /// Days for which a closed day's root is kept. At least `RetentionDays`.
        #[pallet::constant]
        type RootRetentionDays: Get<u32>;

        /// What a dispute holds of the money of who disputes, in planck, until it is ruled on or lapses.
        #[pallet::constant]
        type DisputeDeposit: Get<u128>;

        /// Names the account that holds forfeited deposits.
        #[pallet::constant]
        type PalletId: Get<PalletId>;

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
        /// The deposit of an open dispute.
        Dispute,
    }

    /// What each participant traded, used and owes, by period. Of a period that is not settled there is a line where one
    /// bid, traded or sent a reading; of a settled one each meter has one that was registered when it started. They are
    /// equal in money and energy: settled, they sum to zero.
    #[pallet::storage]
    pub type Lines<T> = StorageDoubleMap<_, Identity, Delivery, Identity, ParticipantId, Line, OptionQuery>;

    /// The corrections of settled lines, by number. The supplier's has number 0 and the sum of all others' in the
    /// period, with the sign turned.
    #[pallet::storage]
    pub type Corrections<T> = StorageNMap<
        _,
        (NMapKey<Identity, Delivery>, NMapKey<Identity, ParticipantId>, NMapKey<Identity, u8>),
        Correction,
        OptionQuery,
    >;

    /// The open disputes of a day that is not closed, by period and participant: one a line.
    #[pallet::storage]
    pub type Disputes<T> =
        StorageDoubleMap<_, Identity, Day, Identity, (u16, ParticipantId), Dispute, OptionQuery>;

    /// How many disputes of a day are open. Never zero.
    #[pallet::storage]
    pub type OpenDisputes<T> = StorageMap<_, Identity, Day, u32, ValueQuery>;

    /// How many lines of a participant have an open dispute. Never zero.
    #[pallet::storage]
    pub type DisputedLines<T> = StorageMap<_, Identity, ParticipantId, u32, ValueQuery>;

    /// What a participant owes the retail supplier; negative where the supplier owes it. Never zero.
    #[pallet::storage]
    pub type Debts<T> = StorageMap<_, Identity, ParticipantId, NetMoney, OptionQuery>;

    /// Whom the supplier owes: the place of each creditor in the queue, by who is next to it.
    #[pallet::storage]
    pub type Claims<T> = StorageMap<_, Identity, ParticipantId, Claim, OptionQuery>;

    /// Both ends of that queue.
    #[pallet::storage]
    pub type ClaimQueue<T> = StorageValue<_, ClaimEnds, ValueQuery>;

    /// The payment references that can't be used again yet.
    #[pallet::storage]
    pub type References<T> = StorageMap<_, Blake2_128Concat, H256, (), OptionQuery>;

    /// The same in order of time, by number.
    #[pallet::storage]
    pub type ReferenceLog<T> = StorageMap<_, Identity, u64, UsedReference, OptionQuery>;

    /// Which numbers of [`ReferenceLog`] are in use.
    #[pallet::storage]
    pub type KeptReferences<T> = StorageValue<_, Kept, ValueQuery>;

    /// The first period that is not settled; none before the first block.
    #[pallet::storage]
    pub type Next<T> = StorageValue<_, Delivery, OptionQuery>;

    /// Where the settlement of [`Next`] stands; none while it has not begun.
    #[pallet::storage]
    pub type Cursor<T> = StorageValue<_, Settling, OptionQuery>;

    /// Since which block the ended periods wait for their settlement, in order of time.
    #[pallet::storage]
    pub type Waiting<T> = StorageValue<_, BoundedVec<Ended, ConstU32<{ crate::MAX_ENDED }>>, ValueQuery>;

    /// Standing orders of the treasurer: what a participant pays in each day, in planck. Never zero.
    #[pallet::storage]
    pub type TopUps<T> = StorageMap<_, Identity, ParticipantId, u128, OptionQuery>;

    /// What may be minted on a day, standing orders included, in planck; anything where there is none.
    #[pallet::storage]
    pub type MintBound<T> = StorageValue<_, u128, OptionQuery>;

    /// What of it is minted.
    #[pallet::storage]
    pub type MintedOnDay<T> = StorageValue<_, Minted, ValueQuery>;

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

    /// The deposits that were forfeited on a day that is not closed. Never zero.
    #[pallet::storage]
    pub type Forfeits<T> = StorageMap<_, Identity, Day, Money, OptionQuery>;

    /// Who forfeited one on such a day.
    #[pallet::storage]
    pub type Forfeiters<T> = StorageDoubleMap<_, Identity, Day, Identity, ParticipantId, (), OptionQuery>;

    /// What was measured of each participant on the day that is closed or shared: energy in. Never zero.
    #[pallet::storage]
    pub type Uses<T> = StorageMap<_, Identity, ParticipantId, Energy, OptionQuery>;

    /// Where the sharing of a closed day's pot stands; none where there is nothing to share.
    #[pallet::storage]
    pub type Sharing<T> = StorageValue<_, SharingDay, OptionQuery>;

    /// Where pruning stands; none before the first block.
    #[pallet::storage]
    pub type Pruning<T> = StorageValue<_, PruneCursor, OptionQuery>;

    /// The state at genesis.
    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Standing orders: number of the participant, planck a day.
        pub top_ups: Vec<(u32, u128)>,
        /// What may be minted on a day, in planck; anything where there is none.
        pub mint_bound: Option<u128>,
        /// Marker.
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            MintBound::<T>::set(self.mint_bound);
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
        /// The supplier paid a creditor, the oldest first.
        ClaimPaid {
            /// Who was owed.
            participant: ParticipantId,
            /// The supplier's account.
            from: T::AccountId,
            /// The creditor's account.
            to: T::AccountId,
            /// How much, in planck.
            amount: Money,
        },
        /// A settled line was corrected, by a correction of its own.
        LineCorrected {
            /// The period of the line.
            delivery: Delivery,
            /// Whose line.
            participant: ParticipantId,
            /// What changed.
            correction: Correction,
        },
        /// Money moved for a correction, old debt included.
        CorrectionPaid {
            /// The period of the line.
            delivery: Delivery,
            /// Whose line.
            participant: ParticipantId,
            /// Who paid.
            from: T::AccountId,
            /// Who was paid.
            to: T::AccountId,
            /// Money due for the correction; the rest of what was paid served an older debt.
            due: NetMoney,
            /// What moved, in planck.
            paid: Money,
        },
        /// A settled line is disputed.
        Disputed {
            /// The period of the line.
            delivery: Delivery,
            /// Whose line.
            participant: ParticipantId,
            /// Who disputes it.
            by: ParticipantId,
            /// What is on hold for it, in planck.
            deposit: Money,
        },
        /// A dispute was dismissed: its deposit went into the day's pot.
        DisputeForfeited {
            /// The period of the line.
            delivery: Delivery,
            /// Whose line.
            participant: ParticipantId,
            /// Who disputed it.
            by: ParticipantId,
            /// How much, in planck.
            amount: Money,
            /// Its account.
            from: T::AccountId,
            /// The pot.
            to: T::AccountId,
        },
        /// The arbiter ruled on a dispute.
        DisputeResolved {
            /// The period of the line.
            delivery: Delivery,
            /// Whose line.
            participant: ParticipantId,
            /// What it ruled.
            ruling: Ruling,
        },
        /// Nobody ruled on a dispute in time: the line stands.
        DisputeLapsed {
            /// The period of the line.
            delivery: Delivery,
            /// Whose line.
            participant: ParticipantId,
        },
        /// The treasurer paid a participant in, against a payment reference.
        Minted {
            /// Who.
            participant: ParticipantId,
            /// Its account.
            account: T::AccountId,
            /// How much, in planck.
            amount: Money,
            /// The reference of the payment outside.
            reference: H256,
        },
        /// The treasurer paid a participant out, against a payment reference.
        Redeemed {
            /// Who.
            participant: ParticipantId,
            /// Its account.
            account: T::AccountId,
            /// How much, in planck.
            amount: Money,
            /// The reference of the payment outside.
            reference: H256,
        },
        /// The treasurer gave a standing order; zero ends it.
        TopUpSet {
            /// Whose.
            participant: ParticipantId,
            /// How much a day, in planck.
            amount: Money,
        },
        /// A standing order was not carried out: more would have been minted than may be on a day.
        TopUpRefused {
            /// The delivery day whose release has opened.
            day: Day,
            /// Whose.
            participant: ParticipantId,
            /// How much, in planck.
            amount: Money,
        },
        /// The board set what may be minted on a day; anything where there is none.
        MintBoundSet {
            /// How much, in planck.
            bound: Option<Money>,
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
            /// The reference of this payment: no other standing order, and no other day of this one, has it.
            reference: H256,
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
        /// A participant got its share of the deposits that were forfeited on a day.
        ForfeitShared {
            /// The delivery day.
            day: Day,
            /// Whose share.
            participant: ParticipantId,
            /// How much, in planck.
            amount: Money,
            /// The pot.
            from: T::AccountId,
            /// Its account.
            to: T::AccountId,
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
        /// The period began before the participant was registered, so it has no line in it: send the readings of later
        /// ones.
        BeforeRegistration,
        /// The period has not ended: send the reading when its metering window opens.
        WindowNotOpen,
        /// The metering window is closed: once the period is settled with an estimate, the reading corrects it.
        WindowClosed,
        /// The period's reading is already in: there is one a period.
        AlreadyRead,
        /// The signature is not the meter's over this reading, participant and chain: have the meter sign it again.
        BadSignature,
        /// More energy than the tie line carries in a period: check the meter's units.
        OverTieLine,
        /// The participant owes the supplier nothing.
        NotIndebted,
        /// The participant's free balance is below what is to be paid or held: pay less, or pay in first.
        InsufficientFunds,
        /// Nothing is to be paid: name an amount above zero.
        NothingToPay,
        /// The guardian has paused metering: send the reading again when it is resumed.
        Paused,
        /// No retail supplier is registered, so nobody can be paid: wait for the operator to register one. Or it is
        /// not the one that balanced the period.
        NoRetailSupplier,
        /// The time for corrections of the day is over: its lines stand.
        CorrectionTimeOver,
        /// The arbiter has ruled on the line, so a reading comes too late: dispute the line where it is wrong.
        AlreadyRuled,
        /// The line was corrected as often as a line can be: dismiss the dispute.
        TooManyCorrections,
        /// There is no such line, or it is not settled: a line can be disputed once its period is settled.
        NotSettled,
        /// The line is another's: it is disputed by its own member, or by the distribution system operator.
        OthersLine,
        /// The line is disputed already: wait for the arbiter's ruling.
        AlreadyDisputed,
        /// The line has no open dispute: there is nothing to rule on.
        NotDisputed,
        /// The participant has a debt, or is the supplier and owes its creditors: pay that first.
        Indebted,
        /// The payment reference was used before: name the one of this payment.
        ReferenceUsed,
        /// There is no room for more payment references: wait until old ones are forgotten.
        TooManyReferences,
        /// More would be minted than may be on a day: mint the rest on the next, or have the board set another bound.
        OverMintBound,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_poll(block: BlockNumberFor<T>, weight: &mut WeightMeter) {
            let mut meter = WeightMeter::with_limit(T::HookBudget::get().min(weight.remaining()));
            Self::poll(block.saturated_into(), &mut meter);
            weight.consume(meter.consumed());
        }

        fn on_idle(block: BlockNumberFor<T>, left: Weight) -> Weight {
            let mut meter = WeightMeter::with_limit(left);
            Self::idle(block.saturated_into(), &mut meter);
            meter.consumed()
        }

        fn on_finalize(block: BlockNumberFor<T>) {
            // Its weight is in that of `look`, which has been charged.
            Self::count_block(block.saturated_into());
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
        /// Submits a meter reading of a period that has ended; the fee is returned. Of a period that is settled with an
        /// estimate it is taken until the time for corrections is over, and corrects the line.
        ///
        /// `signature` is the meter's, over [`Reading::signed_payload`].
        ///
        /// Origin: a participant or its agent. Errors: `NotRegistered`, `WrongRole`, `NoSuchPeriod`,
        /// `BeforeRegistration`, `Paused`, `WindowNotOpen`, `WindowClosed`, `AlreadyRead`, `OverTieLine`, `BadSignature`; of a period that is settled
        /// also `AlreadyRuled`, `CorrectionTimeOver`, `NoRetailSupplier`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::submit_reading().max(Pallet::<T>::late_reading_weight()))]
        pub fn submit_reading(
            origin: OriginFor<T>,
            reading: Reading,
            signature: ed25519::Signature,
        ) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            let weight = match Self::do_submit_reading(who, reading, signature)? {
                Arrival::InTime => T::WeightInfo::submit_reading(),
                Arrival::Late => Self::late_reading_weight(),
            };
            Ok((Some(weight), Pays::No).into())
        }

        /// Pays a debt to the retail supplier out of the participant's free balance: `amount`, or the debt
        /// where that is less. The fee is returned where nothing is left to pay.
        ///
        /// Origin: a participant or its agent. Errors: `NotRegistered`, `NotIndebted`, `NothingToPay`,
        /// `NoRetailSupplier`, `InsufficientFunds`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::pay_debt())]
        pub fn pay_debt(origin: OriginFor<T>, #[pallet::compact] amount: u128) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            let rest = Self::do_pay_debt(who, Money::from_planck(amount))?;
            Ok(if rest.is_zero() { Pays::No } else { Pays::Yes }.into())
        }

        /// Orders what a participant pays in each day, from the next day whose release window opens; zero ends it.
        ///
        /// Origin: the treasurer. Errors: `NotRegistered`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_top_up())]
        pub fn set_top_up(
            origin: OriginFor<T>,
            participant: ParticipantId,
            #[pallet::compact] amount: u128,
        ) -> DispatchResult {
            T::Treasurer::ensure_origin(origin)?;
            Self::do_set_top_up(participant, Money::from_planck(amount))
        }

        /// Disputes a settled line, until the time for corrections of its day is over. The fee is kept, and a deposit is on
        /// hold ([`Config::DisputeDeposit`]): a dismissed dispute loses it to the day's pot, any other gets it back.
        ///
        /// Origin: the line's participant, the distribution system operator, or the agent of one of them. Errors:
        /// `NotRegistered`, `OthersLine`, `NotSettled`, `WrongRole`, `CorrectionTimeOver`, `AlreadyDisputed`,
        /// `InsufficientFunds`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::dispute())]
        pub fn dispute(
            origin: OriginFor<T>,
            delivery: Delivery,
            participant: ParticipantId,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_dispute(who, delivery, participant)
        }

        /// Rules on a dispute, until it lapses [`Config::DisputeDays`] behind the time for corrections.
        ///
        /// Origin: the arbiter. Errors: `NotDisputed`; of a ruling that corrects the line also
        /// `NotRegistered`, `OverTieLine`, `NotSettled`, `TooManyCorrections`, `NoRetailSupplier`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::resolve_dispute().saturating_add(Pallet::<T>::claim_weight()))]
        pub fn resolve_dispute(
            origin: OriginFor<T>,
            delivery: Delivery,
            participant: ParticipantId,
            ruling: Ruling,
        ) -> DispatchResult {
            T::Arbiter::ensure_origin(origin)?;
            Self::do_resolve_dispute(delivery, participant, ruling)
        }

        /// Pays a participant in: makes money on its account, against the reference of a payment outside.
        ///
        /// Origin: the treasurer. Errors: `NotRegistered`, `NothingToPay`, `ReferenceUsed`,
        /// `TooManyReferences`, `OverMintBound`.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::mint())]
        pub fn mint(
            origin: OriginFor<T>,
            participant: ParticipantId,
            #[pallet::compact] amount: u128,
            reference: H256,
        ) -> DispatchResult {
            T::Treasurer::ensure_origin(origin)?;
            Self::do_mint(participant, Money::from_planck(amount), reference)
        }

        /// Pays a participant out: takes free money off its account, against the reference of a payment outside.
        ///
        /// Origin: the treasurer. Errors: `NotRegistered`, `NothingToPay`, `ReferenceUsed`,
        /// `TooManyReferences`, `Indebted`, `InsufficientFunds`.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::redeem())]
        pub fn redeem(
            origin: OriginFor<T>,
            participant: ParticipantId,
            #[pallet::compact] amount: u128,
            reference: H256,
        ) -> DispatchResult {
            T::Treasurer::ensure_origin(origin)?;
            Self::do_redeem(participant, Money::from_planck(amount), reference)
        }

        /// Sets what may be minted on a day, standing orders included, in planck; anything where there is none.
        ///
        /// Origin: the board.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::set_mint_bound())]
        pub fn set_mint_bound(origin: OriginFor<T>, bound: Option<u128>) -> DispatchResult {
            T::Board::ensure_origin(origin)?;
            MintBound::<T>::set(bound);
            Self::deposit_event(Event::MintBoundSet { bound: bound.map(Money::from_planck) });
            Ok(())
        }
    }
}
