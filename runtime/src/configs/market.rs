//! The market's pallets, and what their hooks may use of a block.

use crate::configs::offices::{Arbiter, Board, Guardian, Registrar, Treasurer};
use crate::configs::system::milliseconds;
use crate::{
    Balances, BlindAuction, EnergyTasks, Participants, Runtime, RuntimeHoldReason, Settlement, Slots, Terms,
    Timestamp,
};
use frame_support::{
    PalletId, parameter_types,
    traits::{ConstU32, Get},
    weights::Weight,
};
use market::participant::MAX_PARTICIPANTS;
use market::position::MAX_OFFERS;
use market::settlement::MOST_HISTORY_DAYS;
use market::units::PLANCK_PER_ETH;

/// What the hooks of all market pallets together may use of a block: a fifth of it.
pub const HOOKS_SHARE: u64 = 5;

/// Pruning of old releases needs no hurry.
pub const ENERGY_TASKS_BUDGET: Weight = milliseconds(20);
/// Clearing: a bid that is filled takes 0.6 ms; 99,000 bids, filled or not, took 265 blocks of the 600 of an hour.
pub const BLIND_AUCTION_BUDGET: Weight = milliseconds(195);
/// Settling: 100,000 lines took 317 blocks of the 600 of an hour.
pub const SETTLEMENT_BUDGET: Weight = milliseconds(185);

parameter_types! {
    /// What the hook of `energy-tasks` may use of a block.
    pub const EnergyTasksBudget: Weight = ENERGY_TASKS_BUDGET;
    /// What the hook of `blind-auction` may use of a block.
    pub const BlindAuctionBudget: Weight = BLIND_AUCTION_BUDGET;
    /// What the hook of `settlement` may use of a block.
    pub const SettlementBudget: Weight = SETTLEMENT_BUDGET;
    /// What a dispute holds, and loses where it is dismissed: 0.1 ETH.
    pub const DisputeDeposit: u128 = PLANCK_PER_ETH / 10;
    /// Names the account that holds forfeited deposits.
    pub const ForfeitPot: PalletId = PalletId(*b"grid/pot");
}

/// Days of history behind a forecast, and behind the estimate of a missing reading.
pub struct HistoryDays;

impl Get<u16> for HistoryDays {
    fn get() -> u16 {
        pallet_energy_tasks::HistoryDays::<Runtime>::get()
    }
}

impl pallet_participants::Config for Runtime {
    type Registrar = Registrar;
    type Guardian = Guardian;
    type MaxParticipants = ConstU32<MAX_PARTICIPANTS>;
    type Time = Timestamp;
    type Books = Settlement;
    type Offers = EnergyTasks;
    type Holds = (BlindAuction, (EnergyTasks, Settlement));
    type WeightInfo = pallet_participants::weights::SubstrateWeight<Runtime>;
}

impl pallet_terms::Config for Runtime {
    type Board = Board;
    type Registrar = Registrar;
    type Guardian = Guardian;
    type Time = Timestamp;
    type SlotDuration = <Runtime as pallet_aura::Config>::SlotDuration;
    type Registry = Participants;
    type Books = Settlement;
    type Releases = EnergyTasks;
    type WeightInfo = pallet_terms::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

impl pallet_energy_tasks::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Guardian = Guardian;
    type Board = Board;
    type Time = Timestamp;
    type Registry = Participants;
    type Calendars = Terms;
    type Prices = Terms;
    type Seed = Terms;
    type MaxOffers = ConstU32<MAX_OFFERS>;
    // What the settlement still needs is kept beyond that.
    type RetentionDays = ConstU32<2>;
    type Books = Settlement;
    type HookBudget = EnergyTasksBudget;
    type WeightInfo = pallet_energy_tasks::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

impl pallet_blind_auction::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Time = Timestamp;
    type Registry = Participants;
    type Calendars = Terms;
    type Prices = Terms;
    type Positions = EnergyTasks;
    type TradeBook = Settlement;
    type DebtBook = Settlement;
    type Seed = Terms;
    type Board = Board;
    type Blocks = Slots;
    type HookBudget = BlindAuctionBudget;
    type Pot = Settlement;
    type WeightInfo = pallet_blind_auction::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

impl pallet_settlement::Config for Runtime {
    type WeightInfo = pallet_settlement::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Treasurer = Treasurer;
    type Board = Board;
    type Arbiter = Arbiter;
    type Time = Timestamp;
    type Registry = Participants;
    type Calendars = Terms;
    type Prices = Terms;
    type Positions = EnergyTasks;
    type Exposure = EnergyTasks;
    type Clearing = BlindAuction;
    type HookBudget = SettlementBudget;
    type Blocks = Slots;
    type CorrectionDays = ConstU32<2>;
    type DisputeDays = ConstU32<3>;
    // What a day needs until it is closed, and the history behind an estimate.
    type RetentionDays = ConstU32<MOST_HISTORY_DAYS>;
    // Ten years.
    type RootRetentionDays = ConstU32<3_653>;
    // A year, and some days to close the books.
    type ReferenceDays = ConstU32<400>;
    type MaxReferences = ConstU32<4_000_000>;
    type DisputeDeposit = DisputeDeposit;
    type PalletId = ForfeitPot;
    type HistoryDays = HistoryDays;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configs::system::MAXIMUM_BLOCK_WEIGHT;

    #[test]
    fn market_hooks_should_take_a_fifth_of_a_block_when_all_use_their_budgets() {
        let budgets = [ENERGY_TASKS_BUDGET, BLIND_AUCTION_BUDGET, SETTLEMENT_BUDGET];
        let all = budgets.into_iter().fold(Weight::zero(), Weight::saturating_add);
        assert!(all.all_lte(MAXIMUM_BLOCK_WEIGHT / HOOKS_SHARE), "{all}");
    }
}
