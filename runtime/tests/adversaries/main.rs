//! Members, strangers and block producers that do their worst, on real signed transactions.
//!
//! Each test states the outcome in money and energy. Which of these attacks are stopped, and which are only bounded, is
//! summed up in `docs/security.md`.

#[path = "../common/mod.rs"]
mod common;

mod accounts;
mod block_space;
mod delivery;
mod disputes;
mod draining;
mod numbers;
mod offices;
mod pausing;
mod replay;
mod sealing;
mod shell;
mod silence;
mod spoiling;
mod ties;
mod windows;

use common::*;
use market::calendar::Calendars;
use market::commitment::{Salt, commitment};
use market::participant::Registry;
use market::position::Positions;
use market::settlement::Reading;
use market::{Calendar, Delivery, Energy, Money, NetEnergy, NetMoney, ParticipantId, Position, Price};
use runtime::market_api::runtime_decl_for_market_api::MarketApiV1;
use runtime::*;
use sp_core::Pair;

/// The first period, at the valley tariff of 0.425 ETH/kWh; the feed-in price is 0.38.
const FIRST: Delivery = Delivery { day: 0, period: 0 };
/// The one behind it, at the same prices.
const SECOND: Delivery = Delivery { day: 0, period: 1 };
const SLOT: u64 = 6_000;
const SALT: Salt = [7; 32];
/// Who has a meter.
const METERS: [&str; 5] = ["LA1", "LA2", "LA3", "LA4", "MG1"];

fn kwh(text: &str) -> Energy {
    Energy::parse_decimal(text).unwrap()
}

fn net_kwh(text: &str) -> NetEnergy {
    NetEnergy::parse_decimal(text).unwrap()
}

fn eth(text: &str) -> Money {
    Money::parse_decimal(text).unwrap()
}

fn net_eth(text: &str) -> NetMoney {
    NetMoney::parse_decimal(text).unwrap()
}

fn at(text: &str) -> Price {
    Price::parse_decimal(text).unwrap()
}

fn buy(text: &str) -> Position {
    Position::Buy(kwh(text))
}

/// An offer from the feed-in price on.
fn sell(text: &str) -> Position {
    Position::Sell { energy: kwh(text), reserve: at("0.38") }
}

fn id(name: &str) -> ParticipantId {
    Participants::acting(&agent_account(name)).unwrap()
}

/// A release of these positions for the first periods, and of nothing for the others.
fn release(name: &str, first: &[Position]) -> UncheckedExtrinsic {
    let mut positions = vec![Position::NONE; Terms::of(0).periods_per_day.into()];
    positions[..first.len()].copy_from_slice(first);
    let positions = positions.try_into().unwrap();
    by_agent(name, 0, pallet_energy_tasks::Call::release { day: 0, positions })
}

/// Releases these positions, and gives the calendar.
fn open_market(chain: &mut Chain, releases: &[(&str, &[Position])]) -> Calendar {
    let calendar = Terms::of(0);
    let releases = releases.iter().map(|(name, positions)| release(name, positions)).collect();
    chain.block_of(calendar.release(0).from, releases);
    calendar
}

fn bid_of(name: &str, delivery: Delivery, price: Price) -> sp_core::H256 {
    commitment(System::block_hash(0), id(name), delivery, price, &SALT)
}

fn seal_call(name: &str, delivery: Delivery, price: Price) -> pallet_blind_auction::Call<Runtime> {
    let commitment = bid_of(name, delivery, price);
    pallet_blind_auction::Call::seal { delivery, commitment, quote: at("0.4") }
}

fn seal(name: &str, delivery: Delivery, price: Price) -> UncheckedExtrinsic {
    by_agent(name, 0, seal_call(name, delivery, price))
}

fn reveal_call(delivery: Delivery, price: Price) -> pallet_blind_auction::Call<Runtime> {
    pallet_blind_auction::Call::reveal { delivery, price, salt: SALT }
}

fn reveal(name: &str, delivery: Delivery, price: Price) -> UncheckedExtrinsic {
    by_agent(name, 0, reveal_call(delivery, price))
}

/// Seals and reveals these bids, two blocks each, and lets the period begin.
fn trade(chain: &mut Chain, calendar: &Calendar, delivery: Delivery, bids: &[(&str, Price)]) {
    let (sealing, reveals) = (calendar.sealing(delivery), calendar.reveal(delivery));
    chain.block_of(sealing.from, bids.iter().map(|(name, price)| seal(name, delivery, *price)).collect());
    chain.block_of(reveals.from, bids.iter().map(|(name, price)| reveal(name, delivery, *price)).collect());
    chain.block_of(reveals.from + SLOT, Vec::new());
    chain.block_of(calendar.start(delivery), Vec::new());
}

fn signed_reading(
    name: &str,
    delivery: Delivery,
    taken: &str,
    given: &str,
) -> (Reading, sp_core::ed25519::Signature) {
    let reading = Reading { delivery, energy_in: kwh(taken), energy_out: kwh(given) };
    (reading, meter(name).sign(&reading.signed_payload(System::block_hash(0), id(name))))
}

fn read(name: &str, delivery: Delivery, taken: &str, given: &str) -> UncheckedExtrinsic {
    let (reading, signature) = signed_reading(name, delivery, taken, given);
    by_agent(name, 0, pallet_settlement::Call::submit_reading { reading, signature })
}

/// Meters a period by these readings, energy taken and given, and settles it. Who has neither a reading nor a release
/// has used nothing, and says so.
fn settle(chain: &mut Chain, calendar: &Calendar, delivery: Delivery, readings: &[(&str, &str, &str)]) {
    let is_idle = |name: &&str| {
        let is_read = readings.iter().any(|(read, ..)| read == name);
        !is_read && EnergyTasks::position(id(name), delivery).is_none()
    };
    let idle: Vec<_> = METERS.into_iter().filter(is_idle).map(|name| (name, "0", "0")).collect();
    settle_with(chain, calendar, delivery, &[readings, &idle].concat());
}

/// The same, where all other meters stay silent.
fn settle_with(chain: &mut Chain, calendar: &Calendar, delivery: Delivery, readings: &[(&str, &str, &str)]) {
    let window = calendar.metering(delivery);
    let readings = readings.iter().map(|(name, taken, given)| read(name, delivery, taken, given));
    chain.block_of(window.from + SLOT, readings.collect());
    chain.block_of(window.from + 2 * SLOT, Vec::new());
    chain.block_of(window.to, Vec::new());
    let lines = Runtime::lines(delivery, 0, u32::MAX).items;
    assert!(lines.iter().all(|line| line.settled.is_some()), "{lines:?}");
    assert_eq!(lines.iter().map(|line| line.line.total()).sum::<NetMoney>(), NetMoney::ZERO);
}

/// What a participant bought peer-to-peer, negative where it sold, and what it paid for it.
fn traded(name: &str, delivery: Delivery) -> (NetEnergy, NetMoney) {
    Runtime::line(delivery, id(name)).map_or_else(Default::default, |recorded| {
        (recorded.line.peer_to_peer.unwrap_or_default(), recorded.line.peer_to_peer_money.unwrap_or_default())
    })
}

/// What was balanced for a participant, and what it owes for that.
fn balanced(name: &str, delivery: Delivery) -> (NetEnergy, NetMoney) {
    let line = Runtime::line(delivery, id(name)).unwrap().line;
    (line.balanced, line.balanced_money)
}

/// All that an account has, holds included.
fn total(who: &AccountId) -> Money {
    use frame_support::traits::fungible::Inspect;
    Money::from_planck(Balances::total_balance(who))
}

fn debt(name: &str) -> NetMoney {
    Settlement::debt(id(name))
}

/// Alice, whose money is not the market's, sends a call with a tip.
fn by_stranger(ahead: u32, tip: Balance, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
    by_account_with("Alice", ahead, tip, call)
}
