//! A meter that reports nothing.

use super::*;
use runtime::genesis_config_presets::development;

/// LA1 buys 100 kWh of MG1 at 0.4 ETH/kWh, uses 110 and MG1 gives 100; those named stay silent. Gives what LA1 pays in
/// all and MG1 gets.
fn played(silent: &[&str]) -> (NetMoney, NetMoney) {
    let mut outcome = Default::default();
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        trade(chain, &calendar, FIRST, &[("LA1", at("0.4"))]);
        let mut readings = vec![("LA1", "110", "0"), ("MG1", "0", "100")];
        readings.retain(|(name, ..)| !silent.contains(name));
        settle(chain, &calendar, FIRST, &readings);
        let of = |name| Runtime::line(FIRST, id(name)).unwrap().line.total();
        outcome = (of("LA1"), of("MG1"));
    });
    outcome
}

#[test]
fn silence_should_cost_more_than_a_reading_when_a_meter_reports_nothing() {
    assert_eq!(played(&[]), (net_eth("44.25"), net_eth("-40")));
    // A buyer is taken to have used its volume over alpha, 303.031 kWh.
    assert_eq!(played(&["LA1"]), (net_eth("126.288175"), net_eth("-40")));
    // A seller is taken to have given nothing: it buys what it sold at the tariff, and loses more than it got.
    assert_eq!(played(&["MG1"]), (net_eth("44.25"), net_eth("2.5")));
    assert_eq!(played(&["LA1", "MG1"]), (net_eth("126.288175"), net_eth("2.5")));
}

/// Nothing is gained by a reading that comes late, nor by a second one.
#[test]
fn money_should_be_the_readings_when_a_silent_meter_reports_at_last() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        trade(chain, &calendar, FIRST, &[("LA1", at("0.4"))]);
        settle(chain, &calendar, FIRST, &[("MG1", "0", "100")]);
        assert_eq!(free(&account("LA1")), eth("1373.711825"));
        let now = calendar.metering(FIRST).to + SLOT;
        chain.block_of(now, vec![read("LA1", FIRST, "110", "0")]);
        assert_eq!(free(&account("LA1")), eth("1455.75"));
        assert_eq!(free(&account("RES")), eth("1004.25"));
        let results = chain.block(now + SLOT, vec![read("LA1", FIRST, "1", "0")]);
        assert_refused(&results[0], pallet_settlement::Error::<Runtime>::AlreadyRead);
        assert_eq!(free(&account("LA1")), eth("1455.75"));
    });
}

/// What stays open: of a member that neither released nor ever reported the chain knows nothing.
#[test]
fn member_should_have_no_line_when_it_never_took_part() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        trade(chain, &calendar, FIRST, &[("LA1", at("0.4"))]);
        settle(chain, &calendar, FIRST, &[("LA1", "110", "0"), ("MG1", "0", "100")]);
        assert_eq!(Runtime::line(FIRST, id("LA4")), None);
        assert_eq!(free(&account("LA4")), eth("1500"));
    });
}
