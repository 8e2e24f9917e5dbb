//! How many bids a period takes by the weights in force, calendar by calendar.
//!
//! Each stage has its window, in blocks of six seconds, and its share of a block. The least of all stages is what a
//! period takes. Clearing and settling have until the next period's begins: what is left of a block's budget is gone
//! with the block; what transactions leave of it, which the hooks take as well, is not counted. One member in a hundred
//! sells.

use frame_support::dispatch::DispatchClass;
use frame_support::weights::Weight;
use market::calendar::Window;
use market::{Calendar, Delivery, Position};
use pallet_blind_auction::WeightInfo as _;
use pallet_energy_tasks::WeightInfo as _;
use pallet_settlement::WeightInfo as _;
use runtime::configs::market::{BLIND_AUCTION_BUDGET, ENERGY_TASKS_BUDGET, SETTLEMENT_BUDGET};
use runtime::configs::system::Weights;
use runtime::genesis_config_presets::development;
use runtime::{BlindAuction, Runtime, RuntimeCall, Settlement, tx_extension};
use sp_runtime::generic::Era;
use sp_runtime::traits::TransactionExtension;

type Auction = <Runtime as pallet_blind_auction::Config>::WeightInfo;
type Tasks = <Runtime as pallet_energy_tasks::Config>::WeightInfo;
type Settling = <Runtime as pallet_settlement::Config>::WeightInfo;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;
/// So many bids for each seller's offer.
const BIDS_AN_OFFER: u64 = 99;
/// What an hourly market has to take.
const LEAST_AN_HOUR: u64 = 100_000;

/// How many fit into a period, by stage.
struct Capacity {
    minutes: u64,
    stages: [(&'static str, u64); 6],
}

impl Capacity {
    fn of(minutes: u64) -> Self {
        let calendar = Calendar {
            period_length: minutes * MINUTE,
            periods_per_day: u16::try_from(DAY / (minutes * MINUTE)).unwrap(),
            ..development().calendar
        };
        assert_eq!(calendar.validate(), Ok(()));
        let delivery = Delivery { day: 1, period: 0 };
        let blocks = |window: Window| (window.to - window.from) / development().slot_duration;
        let period = calendar.period_length / development().slot_duration;
        let positions = vec![Position::NONE; calendar.periods_per_day.into()].try_into().unwrap();
        let release = pallet_energy_tasks::Call::release { day: 1, positions }.into();
        let releases = normal(&release, Tasks::release(calendar.periods_per_day.into()));
        let readings = normal(&release, Settling::submit_reading());
        let stages = [
            ("released", blocks(calendar.release(1)) * releases),
            ("sealed", blocks(calendar.sealing(delivery)) * normal(&release, Auction::seal())),
            ("revealed", blocks(calendar.reveal(delivery)) * operational(&release, Auction::reveal())),
            ("cleared", period * cleared()),
            ("read", blocks(calendar.metering(delivery)) * readings),
            ("settled", period * settled(&calendar)),
        ];
        Self { minutes, stages }
    }

    fn bids(&self) -> u64 {
        self.stages.iter().map(|(_, count)| *count).min().unwrap_or_default()
    }
}

/// A transaction's weight, with its extension, which is the same for all, and what every one costs.
fn transaction(of: &RuntimeCall, call: Weight, class: DispatchClass) -> u64 {
    let extension = tx_extension(Era::Immortal, 0, 0).weight(of);
    call.saturating_add(extension).saturating_add(Weights::get().get(class).base_extrinsic).ref_time()
}

/// Transactions of the normal class in a block.
fn normal(of: &RuntimeCall, call: Weight) -> u64 {
    let share = Weights::get().get(DispatchClass::Normal).max_total.unwrap().ref_time();
    share / transaction(of, call, DispatchClass::Normal)
}

/// Reveals in a block: what hooks leave. They go first, and other transactions get the rest.
fn operational(of: &RuntimeCall, call: Weight) -> u64 {
    let hooks = [ENERGY_TASKS_BUDGET, BLIND_AUCTION_BUDGET, SETTLEMENT_BUDGET];
    let used = hooks.into_iter().fold(Weights::get().base_block, Weight::saturating_add);
    let left = Weights::get().max_block.saturating_sub(used).ref_time();
    left / transaction(of, call, DispatchClass::Operational)
}

/// Bids that leave the queue in a block: one trade fills each, but for the one at the end of an offer, which takes two.
/// A step begins where the longest still fits.
fn cleared() -> u64 {
    let longest = Auction::fill().max(Auction::collect());
    let budget = BLIND_AUCTION_BUDGET.saturating_sub(BlindAuction::poll_weight()).saturating_sub(longest);
    let an_offer = Auction::fetch().saturating_add(Auction::trade());
    let bid = Auction::fetch().saturating_add(Auction::fill()).saturating_add(an_offer.div(BIDS_AN_OFFER));
    budget.ref_time() / bid.ref_time()
}

/// Lines in a block: each is settled, becomes part of a bill when its day is closed, and is pruned in the end.
fn settled(calendar: &Calendar) -> u64 {
    let periods = calendar.periods_per_day;
    let budget = SETTLEMENT_BUDGET.saturating_sub(Settling::look().saturating_mul(4));
    let line = Settlement::line_weight(development().history_days.into())
        .saturating_add(Settling::close_bill(periods.into(), 0).div(periods.into()))
        .saturating_add(Settling::prune_line(0));
    budget.ref_time() / line.ref_time()
}

#[test]
fn hour_should_take_a_region_by_the_weights_in_force() {
    let all = [60, 30, 15, 5].map(Capacity::of);
    let stages: Vec<_> = all[0].stages.iter().map(|(stage, _)| *stage).collect();
    println!("| period | {} | bids a period |", stages.join(" | "));
    println!("| ---: |{} ---: |", " ---: |".repeat(stages.len()));
    for capacity in &all {
        let counts: Vec<_> = capacity.stages.iter().map(|(_, count)| count.to_string()).collect();
        println!("| {} min | {} | {} |", capacity.minutes, counts.join(" | "), capacity.bids());
    }
    assert!(all[0].bids() >= LEAST_AN_HOUR, "an hour takes {} bids", all[0].bids());
    assert!(all.is_sorted_by(|longer, shorter| longer.bids() >= shorter.bids()));
}
