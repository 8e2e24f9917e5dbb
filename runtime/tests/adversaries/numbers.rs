//! Numbers at and beyond the ends of their types.

use super::*;
use market::Power;
use market::position::Positions;
use runtime::genesis_config_presets::{AGENT_FLOAT, Genesis, development};

#[test]
fn release_should_be_refused_when_it_has_24_volumes_of_u64_max() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA2", &[buy("10")])]);
        let now = calendar.release(0).from + SLOT;
        let most = [Position::Buy(Energy::MAX); 24];
        let offers = [Position::Sell { energy: Energy::MAX, reserve: at("0.38") }; 24];
        let prices = [Position::Sell { energy: kwh("1"), reserve: Price::MAX }; 24];
        let results = chain.block(now, vec![release("LA1", &most), release("MG1", &offers)]);
        assert_refused(&results[0], pallet_energy_tasks::Error::<Runtime>::OverTieLine);
        assert_refused(&results[1], pallet_energy_tasks::Error::<Runtime>::OverTieLine);
        let results = chain.block(now + SLOT, vec![release("MG1", &prices)]);
        assert_refused(&results[0], pallet_energy_tasks::Error::<Runtime>::PriceOutOfRange);
        assert_eq!(EnergyTasks::total_volume(FIRST), kwh("10"), "S_t is what honest members made it");
        assert_eq!(EnergyTasks::position(id("LA1"), FIRST), None);
        assert_eq!(EnergyTasks::next_offer(FIRST, None), None);
        for name in ["LA1", "MG1"] {
            assert!(free(&agent_account(name)).planck() < AGENT_FLOAT, "{name} paid for it");
        }
    });
}

/// The development market at the bounds: 1 TWh a period, a tariff of 1,000,000 ETH/kWh, money to match.
fn at_the_bounds() -> Genesis {
    let mut genesis = development();
    for participant in &mut genesis.participants {
        participant.parameters.tie_line = Power::from_watts(Energy::MAX_PER_PERIOD.watt_hours());
        participant.balance = eth("9000000000000000");
    }
    for step in &mut genesis.tariff {
        step.price = Price::MAX_IN_MARKET;
    }
    genesis.bounds.highest = Price::MAX_IN_MARKET;
    genesis
}

#[test]
fn money_should_be_exact_when_price_and_volume_are_the_most_that_there_are() {
    on_chain(&at_the_bounds(), |chain| {
        let most = Position::Buy(Energy::MAX_PER_PERIOD);
        let offer = Position::Sell { energy: Energy::MAX_PER_PERIOD, reserve: at("0.38") };
        let all =
            [("LA1", &[most][..]), ("LA2", &[most]), ("LA3", &[most]), ("LA4", &[most]), ("MG1", &[offer])];
        let calendar = open_market(chain, &all);
        assert_eq!(EnergyTasks::total_volume(FIRST).watt_hours(), 4_000_000_000_000);
        trade(chain, &calendar, FIRST, &[("LA1", Price::MAX_IN_MARKET), ("LA2", at("999999.999999999"))]);
        // 1 TWh, which is 10^9 kWh, for 10^15 ETH.
        assert_eq!(traded("LA1", FIRST), (net_kwh("1000000000"), net_eth("1000000000000000")));
        assert_eq!(traded("LA2", FIRST), Default::default());
        let used = "1000000000";
        let readings = [
            ("LA1", used, "0"),
            ("LA2", used, "0"),
            ("LA3", used, "0"),
            ("LA4", used, "0"),
            ("MG1", "0", used),
        ];
        settle(chain, &calendar, FIRST, &readings);
        assert_eq!(free(&account("LA1")), eth("8000000000000000"));
        assert_eq!(free(&account("LA2")), eth("8000000000000000"));
        assert_eq!(free(&account("MG1")), eth("10000000000000000"));
        assert_eq!(free(&account("RES")), eth("12000000000000000"));
    });
}

#[test]
fn bid_should_be_refused_when_price_times_volume_overflows() {
    on_chain(&at_the_bounds(), |chain| {
        let most = Position::Buy(Energy::MAX_PER_PERIOD);
        let calendar = open_market(chain, &[("LA1", &[most]), ("MG1", &[sell("100")])]);
        let commitment = bid_of("LA1", FIRST, Price::MAX);
        let loud = pallet_blind_auction::Call::seal { delivery: FIRST, commitment, quote: Price::MAX };
        let quiet = pallet_blind_auction::Call::seal { delivery: FIRST, commitment, quote: at("0.4") };
        let from = calendar.sealing(FIRST).from;
        let above = || pallet_blind_auction::Error::<Runtime>::AboveTariff;
        assert_refused(&chain.block(from, vec![by_agent("LA1", 0, loud)])[0], above());
        chain.block_of(from + SLOT, vec![by_agent("LA1", 0, quiet)]);
        let window = calendar.reveal(FIRST);
        assert_refused(&chain.block(window.from, vec![reveal("LA1", FIRST, Price::MAX)])[0], above());
        chain.block_of(window.from + SLOT, Vec::new());
        chain.block_of(calendar.start(FIRST), Vec::new());
        // The deposit of a bid that can't be opened: a tenth of 10^9 kWh at 1,000,000 ETH/kWh.
        assert_eq!(free(&account("LA1")), eth("8900000000000000"));
        assert_eq!(free(&Settlement::pot()), eth("100000000000000"));
    });
}
