//! What a chain answers when it is asked about its market.

use crate::{AccountId, RuntimeCall};
use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use market::api::{Clock, Due, Leaves, Page, ParticipantInfo, RecordedLine};
use market::bill::Bill;
use market::clearing::{Order, Pricing, QueueKey};
use market::participant::PartsPerMillion;
use market::tariff::{GridPrices, Tariff};
use market::{Calendar, Day, Delivery, ParticipantId};
use scale_info::TypeInfo;
use sp_runtime::DispatchError;

/// What a bidder and an observer have to know of how this market is set up.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Settings {
    /// How prices of trades are found.
    pub pricing: Pricing,
    /// The seed of the lots.
    pub seed: u64,
    /// Days of history behind a forecast (3).
    pub history_days: u16,
    /// The share of a bid's volume at the tariff that sealing takes as a deposit, in parts per million.
    pub deposit_share: PartsPerMillion,
}

/// Why a call would be refused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Refusal {
    /// The error as the chain has it.
    pub error: DispatchError,
    /// Its name, as in `BlindAuction.WindowClosed`, or what went wrong outside a pallet.
    pub name: String,
}

sp_api::decl_runtime_apis! {
    /// The market, as of a block.
    ///
    /// Whatever is asked for, the work behind an answer and its size are bounded: a list has at most
    /// [`market::api::MOST_ENTRIES`] entries, leaves at most [`market::api::MOST_LEAVES`], and who wants more asks for the
    /// next page, at the same block.
    pub trait MarketApi {
        /// Where the market stands: the time, what is open, and what comes next.
        fn clock() -> Clock;
        /// How this market is set up.
        fn settings() -> Settings;
        /// The calendar of a day: its periods and windows. The chain knows those of the days that it keeps lines of, and
        /// what is announced.
        fn calendar(day: Day) -> Calendar;
        /// What these agents should do now and have not done, in the order of their participants. Agents beyond the most
        /// entries are left out.
        fn due(agents: Vec<AccountId>) -> Vec<Due>;
        /// The participants from a number on, at most so many. One that was removed keeps its place, as `(removed N)`
        /// without accounts.
        fn participants(from: u32, count: u32) -> Vec<ParticipantInfo>;
        /// The participant that an account acts for: its own, or as its agent.
        fn acting(who: AccountId) -> Option<ParticipantId>;
        /// The main grid's prices of a period; none for a day that is pruned.
        fn grid_prices(delivery: Delivery) -> Option<GridPrices>;
        /// The tariff that applies to a day; none for a day that is pruned.
        fn tariff(day: Day) -> Option<Tariff>;
        /// The revealed bids of a period that are not cleared yet, in the order of the queue: at most so many, from the
        /// first on, or behind the place of the last that is known.
        fn queue(delivery: Delivery, after: Option<QueueKey>, count: u32) -> Vec<Order>;
        /// The offers of a period, in the order of the queue, likewise.
        fn offers(delivery: Delivery, after: Option<QueueKey>, count: u32) -> Vec<Order>;
        /// The lines of a period, settled or on their way, with their corrections, by number of the participant: those of
        /// so many participants from a number on.
        fn lines(delivery: Delivery, from: u32, count: u32) -> Page<RecordedLine>;
        /// A participant's line of a period, settled or on its way; none where it has none, or it is pruned.
        fn line(delivery: Delivery, participant: ParticipantId) -> Option<RecordedLine>;
        /// A participant's bill of a day: its settled lines and their corrections; none before the day, and once it is
        /// pruned.
        fn bill(day: Day, participant: ParticipantId) -> Option<Bill>;
        /// The leaves of the tree over a day's bills, by number of the participant, so many from a number on, of which
        /// root and proofs are made; none before the day, and once it is pruned.
        fn leaves(day: Day, from: u32, count: u32) -> Option<Leaves>;
        /// Whether a call by this account would succeed in this block, without making it; fees aside. Only the market's own
        /// calls are tried, whose work is bounded and which hold no other call; all others are refused as
        /// `System.CallFiltered`.
        fn check(call: RuntimeCall, who: AccountId) -> Result<(), Refusal>;
    }
}
