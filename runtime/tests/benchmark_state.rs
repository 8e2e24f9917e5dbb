//! The state that benchmarks of the market's pallets start from: one that the market could be in.

#![cfg(feature = "runtime-benchmarks")]

mod common;

use common::*;
use market::calendar::Calendars;
use market::{Energy, Position, Price, Role};
use pallet_blind_auction::BenchmarkHelper as AuctionHelper;
use pallet_energy_tasks::BenchmarkHelper as TasksHelper;
use pallet_settlement::BenchmarkHelper as SettlementHelper;
use runtime::benchmarks::Helper;
use runtime::genesis_config_presets::development;
use runtime::market_api::runtime_decl_for_market_api::MarketApiV1;
use runtime::*;

const ENERGY: Energy = Energy::from_watt_hours(1_000);

#[test]
fn trader_should_be_able_to_seal_when_the_benchmark_made_it() {
    on_chain(&development(), |_| {
        let delivery = <Helper as AuctionHelper<_>>::delivery();
        Helper::seller(delivery, ENERGY, Price::ZERO);
        let (_, buyer) = Helper::buyer(delivery, ENERGY);
        pallet_blind_auction::Next::<Runtime>::put(delivery);
        <Helper as AuctionHelper<AccountId>>::set_now(Terms::of(delivery.day).sealing(delivery).from);
        let commitment = Default::default();
        let quote = Runtime::grid_prices(delivery).unwrap().tariff;
        let seal = pallet_blind_auction::Call::seal { delivery, commitment, quote }.into();
        assert_eq!(Runtime::check(seal, buyer), Ok(()));
        let offers = Runtime::offers(delivery, None, u32::MAX);
        assert_eq!(offers.iter().map(|offer| offer.open).collect::<Vec<_>>(), [ENERGY]);
    });
}

#[test]
fn supplier_should_be_replaced_when_a_benchmark_registers_another() {
    on_chain(&development(), |_| {
        use market::participant::Registry;
        let member = <Helper as SettlementHelper<AccountId>>::register(Role::RetailSupplier, [1; 32]);
        assert_eq!(Participants::retail_supplier(), Some(member));
        let account = <Helper as TasksHelper<AccountId>>::register(Role::RetailSupplier);
        assert_eq!(Participants::retail_supplier().map(|member| member.account), Some(account));
    });
}

#[test]
fn offer_should_be_in_the_books_when_a_benchmark_covered_it() {
    on_chain(&development(), |_| {
        use frame_support::traits::fungible::{InspectHold, Mutate};
        use market::position::Positions;
        let delivery = market::Delivery { day: 40, period: 1 };
        let member = <Helper as SettlementHelper<AccountId>>::register(Role::Microgrid, [1; 32]);
        Balances::mint_into(&member.account, 1).unwrap();
        <Helper as SettlementHelper<AccountId>>::cover_offer(&member, delivery);
        let offer = Position::Sell { energy: ENERGY, reserve: Price::ZERO };
        assert_eq!(EnergyTasks::position(member.id, delivery), Some(offer));
        assert_eq!(EnergyTasks::next_offer(delivery, None).map(|offer| offer.open), Some(ENERGY));
        assert_eq!(Balances::total_balance_on_hold(&member.account), 1);
    });
}
