//! # Blind auction
//!
//! The sealed-bid auction of each delivery period, and its clearing.
//!
//! 1. **Sealing**, until gate closure: a buyer commits to a price with [`Pallet::seal`] and shows a false
//!    quotation. Its volume is the one it released. A deposit goes on hold.
//! 2. **Reveal**: [`Pallet::reveal`] opens the bid. What is on hold for it becomes its cover, price times volume, and
//!    it moves to its place in the book: the highest price first, ties by lot.
//! 3. **Clearing**, from the start of the period: the hook walks bids and offers in the order of their keys
//!    ([`market::clearing`]), moves the money of each trade, and gives back what a bid does not need. Of a debtor's
//!    offer counts what the seller lately delivered, found once, when the offer first comes to the front
//!    ([`market::debts::counted`]).
//!    Deposits of bids that were never revealed go into the day's pot ([`Config::Pot`]).
//!
//! The clearing keeps a cursor ([`Clearance`]) and takes small steps, within a named budget at a block's start and with
//! what its transactions left at its end, over as many blocks as it needs, so no step depends on how many bids there
//! are: each bid is one entry of the book.
//! Periods are cleared one after the other; a chain that stood catches up, and so does one whose clearing was
//! paused. Where too few blocks fell into the reveal window, or some part of it was paused, deposits go back: nobody is
//! punished for what it could not help.
//!
//! | phase | one step | next |
//! | --- | --- | --- |
//! | waiting | passes a period without bids | marginal, if its price is uniform; or queue |
//! | marginal | fetches a bid or an offer, tries a trade | queue, with the lowest accepted bid |
//! | queue | fetches a bid or an offer; makes a trade, after which a filled bid leaves; lets another leave | collect; return, where nothing was offered or nobody is to blame; or the end |
//! | collect | takes one unrevealed deposit into the pot | the end |
//! | return | gives one deposit back | the end |

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

use frame::deps::frame_support::dispatch::{DispatchClass, Pays};
use frame::deps::frame_support::parameter_types;
use frame::deps::frame_support::storage::with_storage_layer;
use frame::deps::frame_support::weights::WeightMeter;
use frame::deps::sp_core::H256;
use frame::prelude::*;
use frame::traits::Time;
use frame::traits::fungible::{InspectHold, MutateHold, hold};
use market::blocks::{Blocks, Seen};
use market::calendar::Calendars;
use market::clearing::{Clearing, QueueKey, Seed};
use market::collateral::{DEPOSIT_SHARE, Pot};
use market::commitment::Salt;
use market::debts::DebtBook;
use market::participant::{PartsPerMillion, Registry};
use market::position::Positions;
use market::settlement::TradeBook;
use market::tariff::Prices;
use market::{Delivery, Energy, Money, ParticipantId, Price};
use worker::Transactions;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod dispatchables;
mod holds;
#[cfg(test)]
mod mock;
pub mod offchain;
#[cfg(test)]
mod tests;
mod ticks;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

/// Target of the pallet's log.
const LOG_TARGET: &str = "gridbid::auction";

/// Values that every call and step of a block reads and none writes: the clock, the calendar, the pauses of three
/// stages, the tariff and its steps, the feed-in price, the sums of the day's releases, the market's seed, how prices are found, the
/// share of a deposit, the first period that is not cleared. The database is asked for them once a block, so the
/// hook's first step bears them, and the benchmarks of all others leave them out.
pub const SHARED_READS: u64 = 13;

parameter_types! {
    /// The share that sealing takes as a deposit where the operator has not set another: a tenth.
    pub const InitialDepositShare: PartsPerMillion = DEPOSIT_SHARE;
}

/// The pallet.
// The macros' own code has proven `expect`s and casts.
#[allow(clippy::expect_used, clippy::cast_possible_truncation)]
#[frame::pallet]
pub mod pallet {
    use super::*;

    /// What the pallet needs.
    #[pallet::config]
    pub trait Config:
        frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash = H256> + Transactions<Call<Self>>
    {
        /// The money: deposits and covers are held in it.
        type Currency: hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason, Balance = u128>;
        /// Why money is held.
        type RuntimeHoldReason: From<HoldReason>;
        /// The block's own time, in milliseconds.
        type Time: Time<Moment = u64>;
        /// Who takes part.
        type Registry: Registry<Self::AccountId>;
        /// When each window is open.
        type Calendars: Calendars;
        /// The main grid's prices.
        type Prices: Prices;
        /// What was released.
        type Positions: Positions;
        /// Where trades are booked.
        type TradeBook: TradeBook;
        /// Who owes the supplier, and so may not bid, and offers no more than it lately delivered.
        type DebtBook: DebtBook;
        /// The seed of the lots.
        type Seed: Seed;
        /// The board: sets the share of a deposit.
        type Board: EnsureOrigin<Self::RuntimeOrigin>;
        /// Who makes the blocks, and how many with room for a reveal must fall into a reveal window before anybody who
        /// missed it forfeits a deposit.
        type Blocks: Blocks;
        /// What the hook may use of a block.
        #[pallet::constant]
        type HookBudget: Get<Weight>;
        /// Where forfeited deposits go.
        type Pot: Pot<Self::AccountId>;
        /// Weights of the calls and of the hook's steps.
        type WeightInfo: WeightInfo;
        /// Makes the state of other pallets that the benchmarks need.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: BenchmarkHelper<Self::AccountId>;
    }

    /// Why the pallet holds money.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// A bid: its deposit while it is sealed, its cover once it is revealed, until it leaves the queue.
        Bid,
    }

    /// The pallet.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// How the price of a trade is found.
    #[pallet::storage]
    pub type Pricing<T: Config> = StorageValue<_, market::clearing::Pricing, ValueQuery>;

    /// The share of the volume at the tariff that sealing takes as a deposit: a tenth, until the operator sets it.
    #[pallet::storage]
    pub type DepositShare<T: Config> = StorageValue<_, PartsPerMillion, ValueQuery, InitialDepositShare>;

    /// The sealed bids, by period and bidder: one at most of each bidder in a period. A reveal moves it to the book.
    #[pallet::storage]
    pub type Seals<T: Config> =
        StorageDoubleMap<_, Identity, Delivery, Identity, ParticipantId, Seal<T::AccountId>, OptionQuery>;

    /// The book: revealed bids by period and place. The keys' bytes sort as the queue does.
    #[pallet::storage]
    pub type Bids<T: Config> = StorageDoubleMap<_, Identity, Delivery, Identity, QueueKey, Bid, OptionQuery>;

    /// The first period that is not cleared; none before the first block.
    #[pallet::storage]
    pub type Next<T: Config> = StorageValue<_, Delivery, OptionQuery>;

    /// How far its clearing is.
    #[pallet::storage]
    pub type Progress<T: Config> = StorageValue<_, Clearance<T::AccountId>, ValueQuery>;

    /// The blocks with room for a reveal that fell into a reveal window, of periods that are not cleared.
    #[pallet::storage]
    pub type RevealBlocks<T: Config> = StorageMap<_, Identity, Delivery, Seen, ValueQuery>;

    /// What the chain starts with.
    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// How the price of a trade is found.
        pub pricing: market::clearing::Pricing,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            Pricing::<T>::put(self.pricing);
        }
    }

    /// What happened to which bid. Every movement of money tells both accounts and the amount in planck.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A bid was sealed, or a sealed bid replaced.
        Sealed {
            /// The period.
            delivery: Delivery,
            /// The bidder.
            participant: ParticipantId,
            /// What its price is bound by.
            commitment: H256,
            /// The false quotation.
            quote: Price,
            /// What is on hold for it.
            deposit: Money,
            /// How often it was replaced.
            replacements: u32,
        },
        /// A bid was revealed: instead of its deposit, its cover is on hold.
        Revealed {
            /// The period.
            delivery: Delivery,
            /// The bidder.
            participant: ParticipantId,
            /// The bid.
            price: Price,
            /// What it is for.
            volume: Energy,
            /// What is on hold for it.
            cover: Money,
        },
        /// Energy changed hands, and its price went from the buyer's cover to the seller.
        Traded {
            /// The period.
            delivery: Delivery,
            /// Who buys.
            buyer: ParticipantId,
            /// Who sells.
            seller: ParticipantId,
            /// How much.
            energy: Energy,
            /// At which price.
            price: Price,
            /// What was paid.
            amount: Money,
            /// The buyer's account.
            from: T::AccountId,
            /// The seller's account.
            to: T::AccountId,
        },
        /// A trade could not be paid, so it was not made. The buyer keeps its money, the seller its energy.
        /// It never happens while holds equal the books.
        TradeFailed {
            /// The period.
            delivery: Delivery,
            /// Who would have bought.
            buyer: ParticipantId,
            /// Who would have sold.
            seller: ParticipantId,
            /// How much.
            energy: Energy,
            /// Why.
            error: DispatchError,
        },
        /// The seller of an offer that came to the front owes the supplier: no more of it counts than the seller
        /// delivered at that time of the last days.
        OfferCut {
            /// The period.
            delivery: Delivery,
            /// Whose offer.
            participant: ParticipantId,
            /// What is offered.
            offered: Energy,
            /// What counts.
            counted: Energy,
        },
        /// A bid left the queue, and the rest of its cover came back.
        BidLeft {
            /// The period.
            delivery: Delivery,
            /// The bidder.
            participant: ParticipantId,
            /// What of its volume it did not get.
            unserved: Energy,
            /// What came back.
            released: Money,
        },
        /// A bid was not revealed: its deposit went to the pot.
        DepositForfeited {
            /// The period.
            delivery: Delivery,
            /// The bidder.
            participant: ParticipantId,
            /// The deposit.
            amount: Money,
            /// The bidder's account.
            from: T::AccountId,
            /// The pot.
            to: T::AccountId,
        },
        /// A bid was not revealed, but its deposit came back: nobody offered, the chain stood, or the reveal was paused.
        DepositReturned {
            /// The period.
            delivery: Delivery,
            /// The bidder.
            participant: ParticipantId,
            /// The deposit.
            amount: Money,
        },
        /// The operator set the share of the volume at the tariff that sealing takes as a deposit.
        DepositShareSet {
            /// The share.
            share: PartsPerMillion,
        },
        /// A period is cleared.
        Cleared {
            /// The period.
            delivery: Delivery,
            /// How many trades were made.
            trades: u32,
            /// The energy that changed hands.
            energy: Energy,
        },
    }

    /// Why a call was refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The account is neither a participant's nor an agent's. Ask the market's operator to register it.
        NotRegistered,
        /// The participant's role does not buy. Only load aggregators and prosumers bid.
        WrongRole,
        /// The calendar has no such period, or its prices are not known. Look the periods up in the calendar.
        NoSuchPeriod,
        /// The window has not opened. Send it again when it has.
        WindowNotOpen,
        /// The window has closed. The retail supplier serves the period.
        WindowClosed,
        /// No volume to buy was released for the period. Release one the day before.
        NothingReleased,
        /// The participant owes the retail supplier. Pay the debt first.
        Indebted,
        /// The price is above the tariff (7). The grid is cheaper: bid at most the tariff.
        AboveTariff,
        /// The price is below the lowest generation cost among the offers (7). Bid at least that.
        BelowCost,
        /// The free balance does not cover the deposit, or the revealed bid. Pay in first.
        InsufficientFunds,
        /// The participant has no sealed bid in the period: it has revealed it, or sealed none before gate closure.
        NotSealed,
        /// Price and salt do not give the commitment. Reveal with those that were sealed.
        CommitmentMismatch,
        /// The participant is suspended, so it makes no bid. It may reveal what it has sealed.
        Suspended,
        /// The operator has paused the stage. Wait until it is resumed.
        Paused,
        /// The share is more than the whole. Give at most 1,000,000 parts per million.
        ShareOutOfRange,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_poll(_: BlockNumberFor<T>, meter: &mut WeightMeter) {
            Self::poll(meter);
        }

        fn on_idle(_: BlockNumberFor<T>, left: Weight) -> Weight {
            let mut meter = WeightMeter::with_limit(left);
            Self::idle(&mut meter);
            meter.consumed()
        }

        fn offchain_worker(_: BlockNumberFor<T>) {
            offchain::run::<T>();
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::do_try_state()
        }

        fn integrity_test() {
            let least = Self::poll_weight().saturating_add(Self::worst_step());
            assert!(
                T::HookBudget::get().all_gte(least),
                "the hook's budget must fit its worst step: {least:?}"
            );
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Seals a bid for a period, or replaces the sealed one. The volume is the released one; the quote
        /// is shown to everybody and binds to nothing, but keeps to the limits of a bid (7).
        ///
        /// Origin: the participant or its agent. Free of charge, and so are two replacements. Errors:
        /// `NotRegistered`, `WrongRole`, `Suspended`, `NoSuchPeriod`, `WindowNotOpen`, `WindowClosed`, `Paused`,
        /// `NothingReleased`, `Indebted`, `AboveTariff`, `BelowCost`, `InsufficientFunds`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::seal())]
        pub fn seal(
            origin: OriginFor<T>,
            delivery: Delivery,
            commitment: H256,
            quote: Price,
        ) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            let pays = Self::do_seal(&who, delivery, commitment, quote)?;
            Ok(pays.into())
        }

        /// Reveals a sealed bid: price in gwei per kWh, and the salt it was sealed with.
        ///
        /// Origin: the participant or its agent. Free of charge. Errors: `NotRegistered`, `NoSuchPeriod`,
        /// `WindowNotOpen`, `WindowClosed`, `Paused`, `NotSealed`, `CommitmentMismatch`,
        /// `AboveTariff`, `BelowCost`, `InsufficientFunds`.
        #[pallet::call_index(1)]
        #[pallet::weight((T::WeightInfo::reveal(), DispatchClass::Operational))]
        pub fn reveal(
            origin: OriginFor<T>,
            delivery: Delivery,
            price: Price,
            salt: Salt,
        ) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            Self::do_reveal(&who, delivery, price, &salt)?;
            Ok(Pays::No.into())
        }

        /// Sets the share of the volume at the tariff that is taken as a deposit of bids that are sealed from now on.
        /// A replacement keeps the deposit of the bid that it replaces.
        ///
        /// Origin: the board. Errors: `ShareOutOfRange`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_deposit_share())]
        pub fn set_deposit_share(origin: OriginFor<T>, share: PartsPerMillion) -> DispatchResult {
            T::Board::ensure_origin(origin)?;
            ensure!(share <= PartsPerMillion::ONE, Error::<T>::ShareOutOfRange);
            DepositShare::<T>::put(share);
            Self::deposit_event(Event::DepositShareSet { share });
            Ok(())
        }
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn hold(who: &T::AccountId, amount: Money) -> DispatchResult {
        if amount.is_zero() {
            return Ok(());
        }
        T::Currency::hold(&HoldReason::Bid.into(), who, amount.planck())
    }

    pub(crate) fn release(
        who: &T::AccountId,
        amount: Money,
        precision: tokens::Precision,
    ) -> Result<Money, DispatchError> {
        if amount.is_zero() {
            return Ok(Money::ZERO);
        }
        T::Currency::release(&HoldReason::Bid.into(), who, amount.planck(), precision).map(Money::from_planck)
    }

    pub(crate) fn held(who: &T::AccountId) -> Money {
        Money::from_planck(T::Currency::balance_on_hold(&HoldReason::Bid.into(), who))
    }

    /// Moves money that is on hold for a bid to where it is free, all of it or nothing.
    pub(crate) fn pay(from: &T::AccountId, to: &T::AccountId, amount: Money) -> DispatchResult {
        if amount.is_zero() {
            return Ok(());
        }
        with_storage_layer(|| {
            T::Currency::transfer_on_hold(
                &HoldReason::Bid.into(),
                from,
                to,
                amount.planck(),
                tokens::Precision::Exact,
                tokens::Restriction::Free,
                tokens::Fortitude::Force,
            )
            .map(|_| ())
        })
    }
}
