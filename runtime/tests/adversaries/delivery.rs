//! A seller that does not deliver, or takes its money and leaves.

use super::*;
use pallet_balances::Call as BalancesCall;
use runtime::genesis_config_presets::development;

/// LA1 buys 100 kWh of MG1 at 0.4 ETH/kWh in each of the first two periods, of which MG1 delivers what this says.
fn two_periods(chain: &mut Chain, between: impl FnOnce(&mut Chain, &Calendar)) {
    let positions = [buy("100"), buy("100")];
    let offers = [sell("100"), sell("100")];
    let calendar = open_market(chain, &[("LA1", &positions), ("MG1", &offers)]);
    trade(chain, &calendar, FIRST, &[("LA1", at("0.4"))]);
    between(chain, &calendar);
}

fn leave(amount: Money) -> UncheckedExtrinsic {
    let value = amount.planck();
    by_account("MG1", BalancesCall::transfer_allow_death { dest: account("Bob").into(), value })
}

#[test]
fn seller_should_lose_its_income_and_owe_the_rest_when_it_does_not_deliver() {
    on_chain(&development(), |chain| {
        two_periods(chain, |chain, calendar| {
            assert_eq!(traded("MG1", FIRST), (net_kwh("-100"), net_eth("-40")));
            assert_eq!((free(&account("MG1")), total(&account("MG1"))), (Money::ZERO, eth("40")));
            // The second period is traded before the first is settled; its income is on hold as well.
            trade(chain, calendar, SECOND, &[("LA1", at("0.4"))]);
            settle(chain, calendar, FIRST, &[("LA1", "100", "0"), ("MG1", "0", "0")]);
            // It owes 100 kWh at 0.425 and has got 40 ETH: all of it goes to the supplier, who served LA1.
            assert_eq!(balanced("MG1", FIRST), (net_kwh("100"), net_eth("42.5")));
            assert_eq!((free(&account("MG1")), debt("MG1")), (Money::ZERO, net_eth("2.5")));
            assert_eq!(free(&account("RES")), eth("1040"));
            assert_eq!(Runtime::line(FIRST, id("LA1")).unwrap().line.total(), net_eth("40"));
            // What it earns by the next delivery serves the debt first.
            settle(chain, calendar, SECOND, &[("LA1", "100", "0"), ("MG1", "0", "100")]);
            assert_eq!((free(&account("MG1")), debt("MG1")), (eth("37.5"), NetMoney::ZERO));
            assert_eq!(free(&account("RES")), eth("1042.5"));
            assert_eq!(free(&account("LA1")), eth("1420"));
        });
    });
}

#[test]
fn seller_should_not_reach_its_income_when_it_leaves_before_the_reading() {
    on_chain(&development(), |chain| {
        two_periods(chain, |chain, calendar| {
            // It has nothing free, not even a fee.
            let start = calendar.start(FIRST);
            assert!(chain.block(start + SLOT, vec![leave(eth("39"))])[0].is_err());
            assert_eq!(total(&account("MG1")), eth("40"));
            settle(chain, calendar, FIRST, &[("LA1", "100", "0")]);
            assert_eq!((total(&account("MG1")), debt("MG1")), (Money::ZERO, net_eth("2.5")));
            assert_eq!(free(&account("RES")), eth("1040"));
        });
    });
}

/// What stays open: who leaves with what it earned before leaves the supplier a claim on the last period's shortfall,
/// at most the tariff less the bid for each kWh.
#[test]
fn supplier_should_be_left_with_tariff_less_bid_when_a_seller_leaves_with_earlier_income() {
    on_chain(&development(), |chain| {
        two_periods(chain, |chain, calendar| {
            trade(chain, calendar, SECOND, &[("LA1", at("0.4"))]);
            settle(chain, calendar, FIRST, &[("LA1", "100", "0"), ("MG1", "0", "100")]);
            assert_eq!((free(&account("MG1")), total(&account("MG1"))), (eth("40"), eth("80")));
            let now = calendar.metering(FIRST).to + SLOT;
            chain.block_of(now, vec![leave(eth("39.99"))]);
            settle(chain, calendar, SECOND, &[("LA1", "100", "0")]);
            assert!(debt("MG1") > net_eth("2.49") && debt("MG1") < net_eth("2.5"), "{}", debt("MG1"));
            assert_eq!(total(&account("MG1")), Money::ZERO);
            assert!(free(&account("RES")) > eth("1040") && free(&account("RES")) < eth("1040.01"));
            assert_eq!(free(&account("LA1")), eth("1420"), "the buyer has its energy at its price");
        });
    });
}
