//! Each check across the pallets fails on a state that breaks it.
#![cfg(feature = "try-runtime")]

mod common;

use common::*;
use frame_support::traits::fungible::{Mutate, MutateHold};
use market::calendar::Calendars;
use market::commitment::commitment;
use market::participant::Registry;
use market::{Delivery, Energy, Money, NetEnergy, NetMoney, ParticipantId, Position, Price};
use pallet_blind_auction::{Bids, Seals};
use pallet_settlement::Lines;
use pallet_settlement::types::Line;
use runtime::genesis_config_presets::development;
use runtime::*;
use sp_runtime::DispatchError;

const SALT: [u8; 32] = [7; 32];
/// Settled.
const FIRST: Delivery = Delivery { day: 0, period: 0 };
/// Cleared, its income on hold.
const SECOND: Delivery = Delivery { day: 0, period: 1 };
/// Being sealed.
const THIRD: Delivery = Delivery { day: 0, period: 2 };
/// The bidders, the higher bid first: it gets all, the other a half.
const BIDS: [(&str, u64); 2] = [("LA1", 400_000_000), ("LA2", 390_000_000)];
const RESERVE: Price = Price::from_gwei(385_000_000);

fn kwh(amount: u64) -> Energy {
    Energy::from_watt_hours(amount * 1_000)
}

fn id(name: &str) -> ParticipantId {
    Participants::acting(&agent_account(name)).unwrap()
}

fn release(name: &str, position: Position) -> UncheckedExtrinsic {
    let positions = vec![position; 24].try_into().unwrap();
    by_agent(name, 0, pallet_energy_tasks::Call::release { day: 0, positions })
}

fn seals(delivery: Delivery) -> Vec<UncheckedExtrinsic> {
    let seal = |(name, price): (&str, u64)| {
        let quote = Price::from_gwei(price);
        let commitment = commitment(System::block_hash(0), id(name), delivery, quote, &SALT);
        by_agent(name, 0, pallet_blind_auction::Call::seal { delivery, commitment, quote })
    };
    BIDS.map(seal).into()
}

fn reveals(delivery: Delivery) -> Vec<UncheckedExtrinsic> {
    let reveal = |(name, price)| {
        let price = Price::from_gwei(price);
        by_agent(name, 0, pallet_blind_auction::Call::reveal { delivery, price, salt: SALT })
    };
    BIDS.map(reveal).into()
}

/// A market with a settled hour, one that is cleared, and one that is being sealed.
fn market(chain: &mut Chain) {
    let calendar = Terms::of(0);
    let (buy, sell) = (Position::Buy(kwh(10)), Position::Sell { energy: kwh(15), reserve: RESERVE });
    let released = vec![release("LA1", buy), release("LA2", buy), release("MG1", sell)];
    chain.block_of(calendar.release(0).from, released);
    for delivery in [FIRST, SECOND] {
        chain.block_of(calendar.sealing(delivery).from, seals(delivery));
        chain.block_of(calendar.reveal(delivery).from, reveals(delivery));
        let start = calendar.start(delivery);
        for now in [start, start + 6_000, start + calendar.quarter()] {
            chain.block_of(now, Vec::new());
        }
    }
    chain.block_of(calendar.sealing(THIRD).from, seals(THIRD));
    assert_eq!(Settlement::next_to_settle(), Some(SECOND));
}

fn check_fails(fault: &'static str, corrupt: impl FnOnce()) {
    let mut state = sp_io::TestExternalities::new(storage(&genesis_config_presets::genesis(&development())));
    state.execute_with(|| {
        let mut chain = Chain::new(&development());
        market(&mut chain);
        chain.try_state();
        corrupt();
        assert_eq!(runtime::invariants::check(), Err(DispatchError::Other(fault)));
    });
}

fn change(delivery: Delivery, name: &str, change: impl FnOnce(&mut Line)) {
    Lines::<Runtime>::mutate(delivery, id(name), |line| change(line.as_mut().unwrap()));
}

/// Lets a trade of the cleared hour be as large as this, at the prices that it was made at.
fn trade(name: &str, sold: Energy) {
    let amount = Price::from_gwei(400_000_000).amount(sold).unwrap();
    change(SECOND, name, |line| {
        line.energy = sold.bought().unwrap();
        line.money = amount.paid().unwrap();
    });
    let others: Vec<_> = ["LA1", "LA2"]
        .map(|buyer| Lines::<Runtime>::get(SECOND, id(buyer)).unwrap())
        .iter()
        .map(|line| (line.energy, line.money))
        .collect();
    change(SECOND, "MG1", |line| {
        line.energy = others.iter().map(|(energy, _)| *energy).sum::<NetEnergy>().checked_neg().unwrap();
        line.money = others.iter().map(|(_, money)| *money).sum::<NetMoney>().checked_neg().unwrap();
    });
}

#[test]
fn money_should_be_checked() {
    check_fails("money: the issuance is not what accounts have", || {
        pallet_balances::TotalIssuance::<Runtime>::mutate(|all| *all -= 1);
    });
    check_fails("money: something is reserved and not on hold", || {
        frame_system::Account::<Runtime>::mutate(account("LA1"), |info| info.data.reserved += 1);
    });
}

#[test]
fn issuance_should_change_by_what_events_tell() {
    let who = account("LA1");
    let fee = pallet_transaction_payment::Event::TransactionFeePaid { who, actual_fee: 3, tip: 0 };
    let topped_up = pallet_settlement::Event::ToppedUp {
        day: 0,
        participant: ParticipantId(0),
        account: account("LA1"),
        amount: Money::from_planck(10),
        reference: Settlement::top_up_reference(0, ParticipantId(0)),
    };
    let events: [RuntimeEvent; 2] = [fee.into(), topped_up.into()];
    assert_eq!(runtime::invariants::issuance_change(events.iter()), 7);
    assert_eq!(runtime::invariants::issuance_change(events[..1].iter()), -3);
}

#[test]
fn holds_should_be_checked_on_every_account() {
    let bid = RuntimeHoldReason::from(pallet_blind_auction::HoldReason::Bid);
    let income = RuntimeHoldReason::from(pallet_settlement::HoldReason::Income);
    check_fails("holds: they are not the books", || {
        Balances::mint_into(&account("Stranger"), 2).unwrap();
        Balances::hold(&income, &account("Stranger"), 1).unwrap();
    });
    check_fails("holds: they are not the books", || {
        Balances::hold(&bid, &account("LA3"), 1).unwrap();
    });
    check_fails("holds: they are not the books", || {
        Seals::<Runtime>::remove(THIRD, id("LA1"));
    });
    check_fails("holds: they are not the books", || {
        change(SECOND, "MG1", |line| line.income = Money::from_planck(1));
    });
    check_fails("holds: a line of nobody's", || {
        Lines::<Runtime>::insert(SECOND, ParticipantId(77), Line::default());
    });
    let cover = |delivery| {
        let key = EnergyTasks::offers(delivery, None).next().unwrap().key;
        pallet_energy_tasks::Offers::<Runtime>::mutate(delivery, key, |offer| {
            offer.as_mut().unwrap().held = Money::from_planck(1);
        });
    };
    check_fails("holds: they are not the books", || cover(THIRD));
    check_fails("holds: an offer of a settled period is covered", || cover(FIRST));
}

#[test]
fn energy_should_be_checked() {
    check_fails("energy: sold is not bought", || {
        change(SECOND, "LA1", |line| line.energy = kwh(9).bought().unwrap());
    });
    check_fails("energy: actual is not peer-to-peer and balanced", || {
        change(FIRST, "LA1", |line| {
            line.settled.as_mut().unwrap().actual = Some(NetEnergy::from_watt_hours(1));
        });
    });
}

#[test]
fn days_should_be_checked() {
    check_fails("days: bills do not sum to zero", || {
        change(FIRST, "RES", |line| {
            line.settled.as_mut().unwrap().balanced_money = NetMoney::from_planck(1);
        });
    });
    check_fails("days: balanced energy does not sum to zero", || {
        change(FIRST, "RES", |line| {
            line.settled.as_mut().unwrap().balanced = NetEnergy::from_watt_hours(1);
        });
    });
    check_fails("days: a line of a settled period is not settled", || {
        change(FIRST, "RES", |line| line.settled = None);
    });
}

#[test]
fn order_of_the_stages_should_be_checked() {
    check_fails("order: a period is settled before it is cleared", || {
        pallet_blind_auction::Next::<Runtime>::put(FIRST);
    });
}

#[test]
fn bids_should_be_checked() {
    let key = |price| {
        let lot = market::clearing::lot(980_429, THIRD, id("LA1"));
        market::clearing::QueueKey::of_bid(Price::from_gwei(price), lot, id("LA1"))
    };
    let bid = || pallet_blind_auction::Bid { volume: kwh(10) };
    check_fails("bids: one is readable before gate closure", || {
        Bids::<Runtime>::insert(THIRD, key(1), bid());
    });
    check_fails("bids: a bidder has two in a period", || {
        pallet_timestamp::Now::<Runtime>::put(Terms::of(0).reveal(THIRD).from);
        Bids::<Runtime>::insert(THIRD, key(1), bid());
    });
}

#[test]
fn trades_should_be_checked() {
    check_fails("trades: more is bought than was released", || trade("LA1", kwh(11)));
    check_fails("trades: more is sold than was offered", || trade("LA2", kwh(10)));
    check_fails("trades: one is above the bid", || {
        change(SECOND, "LA1", |line| line.bid = Some(RESERVE));
    });
    check_fails("trades: one is not at the bid", || {
        change(SECOND, "LA1", |line| line.bid = Some(Price::from_gwei(400_000_001)));
    });
    check_fails("trades: one is below the reserve price", || {
        change(SECOND, "MG1", |line| line.money = NetMoney::from_planck(-1));
    });
}

#[test]
fn queue_should_be_checked() {
    check_fails("queue: a lower bid was served before a higher one was full", || trade("LA1", kwh(9)));
    check_fails("queue: a bid and an offer that meet were left open", || {
        change(SECOND, "LA2", |line| {
            line.energy = kwh(4).bought().unwrap();
            line.money = Price::from_gwei(390_000_000).amount(kwh(4)).unwrap().paid().unwrap();
        });
        change(SECOND, "MG1", |line| line.energy = kwh(14).sold().unwrap());
    });
    check_fails("queue: a dearer offer was sold before a cheaper one was sold out", || {
        let offer = pallet_energy_tasks::Offer { energy: kwh(1), ..Default::default() };
        let key =
            market::clearing::QueueKey::of_offer(Price::ZERO, market::clearing::Lot(0), ParticipantId(77));
        pallet_energy_tasks::Offers::<Runtime>::insert(SECOND, key, offer);
    });
}
