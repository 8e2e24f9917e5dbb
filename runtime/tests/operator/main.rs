//! What the operator can do on a market that is running, on real signed transactions.

#[path = "../common/mod.rs"]
mod common;

mod calendar;
mod deposit;
mod keys;
mod leaving;
mod offices;
mod pause;

use common::paper::*;
use common::*;
use market::calendar::Calendars;
use market::settlement::Reading;
use market::{Calendar, Delivery, Energy, Moment, NetMoney, ParticipantId, Position, Price, Stage};
use runtime::genesis_config_presets::development;
use runtime::market_api::runtime_decl_for_market_api::MarketApiV1;
use runtime::*;
use sp_core::Pair;
use sp_runtime::DispatchResult;

/// The first period.
const FIRST: Delivery = Delivery { day: 0, period: 0 };

fn hour(period: u16) -> Delivery {
    Delivery { day: 0, period }
}

fn kwh(amount: u64) -> Energy {
    Energy::from_watt_hours(amount * 1_000)
}

/// The operator's call, in a block of its own; what came of it.
fn order(chain: &mut Chain, now: Moment, call: impl Into<RuntimeCall>) -> DispatchResult {
    let sudo = pallet_sudo::Call::sudo { call: Box::new(call.into()) };
    chain.block_of(now, vec![by_account("Alice", sudo)]);
    let mut results = System::events().into_iter().filter_map(|record| match record.event {
        RuntimeEvent::Sudo(pallet_sudo::Event::Sudid { sudo_result }) => Some(sudo_result),
        _ => None,
    });
    results.next_back().unwrap()
}

fn must_order(chain: &mut Chain, now: Moment, call: impl Into<RuntimeCall>) {
    order(chain, now, call).unwrap();
}

/// A release of the same position for every period of a day.
fn release_day(name: &str, day: market::Day, position: Position) -> UncheckedExtrinsic {
    let positions = vec![position; Terms::of(day).periods_per_day.into()].try_into().unwrap();
    by_agent(name, 0, pallet_energy_tasks::Call::release { day, positions })
}

/// A reading that this key signed.
fn read_with(
    key: &sp_core::ed25519::Pair,
    name: &str,
    delivery: Delivery,
    net: i64,
) -> pallet_settlement::Call<Runtime> {
    let energy = Energy::from_watt_hours(net.unsigned_abs());
    let (energy_in, energy_out) = if net > 0 { (energy, Energy::ZERO) } else { (Energy::ZERO, energy) };
    let reading = Reading { delivery, energy_in, energy_out };
    let id = Participants::acting(&account(name)).unwrap();
    let signature = key.sign(&reading.signed_payload(System::block_hash(0), id));
    pallet_settlement::Call::submit_reading { reading, signature }
}

/// Asserts that a period is settled, and that its lines sum to zero.
fn assert_settled(delivery: Delivery) {
    let lines = Runtime::lines(delivery, 0, u32::MAX).items;
    assert!(!lines.is_empty(), "{delivery} has no lines");
    assert!(lines.iter().all(|line| line.settled.is_some()), "{delivery}: {lines:?}");
    assert_eq!(lines.iter().map(|line| line.line.total()).sum::<NetMoney>(), NetMoney::ZERO, "{delivery}");
}

/// Asserts that nothing is on hold on any member's account.
fn assert_nothing_held() {
    for info in Runtime::participants(0, u32::MAX) {
        assert!(info.held.is_zero(), "{}: {}", info.name, info.held);
    }
}

/// How often an event of the auction was made in this block.
fn auction_events(of: impl Fn(&pallet_blind_auction::Event<Runtime>) -> bool) -> usize {
    let events = System::events();
    events
        .iter()
        .filter(|record| matches!(&record.event, RuntimeEvent::BlindAuction(event) if of(event)))
        .count()
}

use market::participant::Registry;
