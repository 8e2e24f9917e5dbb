//! A volume that is released to spoil S_t, and with it the bids (5) of all others.

use super::*;
use runtime::genesis_config_presets::development;

const HONEST: [(&str, &str); 3] = [("LA1", "18.21"), ("LA2", "29.71"), ("LA3", "14.05")];

/// The paper's first period, where LA4 releases this volume and bids by (5) for it or not at all.
struct Outcome {
    bid_of_la1: Price,
    sold: NetEnergy,
    income: NetMoney,
    la4_pays: NetMoney,
}

fn play(la4: Option<&str>, la4_bids: bool) -> Outcome {
    let mut outcome = None;
    on_chain(&development(), |chain| {
        let positions = HONEST.map(|(name, volume)| (name, [buy(volume)]));
        let spoiler = la4.map(|volume| ("LA4", [buy(volume)]));
        let all: Vec<_> = positions.iter().chain(&spoiler).map(|(name, all)| (*name, &all[..])).collect();
        let calendar = open_market(chain, &[&all[..], &[("MG1", &[sell("160.5")])]].concat());
        let names = HONEST.map(|(name, _)| name).into_iter().chain(la4_bids.then_some("LA4"));
        let bids: Vec<_> = names.map(|name| (name, common::paper::price(name, FIRST))).collect();
        trade(chain, &calendar, FIRST, &bids);
        settle(
            chain,
            &calendar,
            FIRST,
            &[
                ("LA1", "36.36", "0"),
                ("LA2", "40.58", "0"),
                ("LA3", "15.10", "0"),
                ("LA4", "0", "0"),
                ("MG1", "0", "160.5"),
            ],
        );
        let (sold, income) = traded("MG1", FIRST);
        let la4_pays = Runtime::line(FIRST, id("LA4")).unwrap().line.total();
        outcome = Some(Outcome { bid_of_la1: bids[0].1, sold, income, la4_pays });
    });
    outcome.unwrap()
}

/// What stays open: it costs the spoiler nothing, and the sellers lose what the bids (5) were above the feed-in price.
#[test]
fn sellers_should_get_the_feed_in_price_at_least_when_a_member_spoils_the_sum_of_volumes() {
    let honest = play(None, false);
    let spoilt = play(Some("400"), false);
    assert_eq!(honest.bid_of_la1, at("0.390165903"));
    assert_eq!(spoilt.bid_of_la1, at("0.381246466"));
    assert_eq!((honest.sold, spoilt.sold), (net_kwh("-61.97"), net_kwh("-61.97")), "no energy is lost");
    let least = net_eth("-23.5486");
    assert!(honest.income < spoilt.income && spoilt.income < least, "{} {}", honest.income, spoilt.income);
    assert_eq!(spoilt.la4_pays, NetMoney::ZERO);
    on_chain(&development(), |chain| {
        open_market(chain, &[]);
        let results =
            chain.block(Terms::of(0).release(0).from + SLOT, vec![release("LA4", &[buy("400.001")])]);
        assert_refused(&results[0], pallet_energy_tasks::Error::<Runtime>::OverTieLine);
        assert_eq!(EnergyTasks::total_volume(FIRST), Energy::ZERO, "the tie line bounds it");
    });
}

#[test]
fn spoiler_should_pay_for_it_when_it_bids_for_the_volume() {
    let spoilt = play(Some("400"), true);
    // By (5) its bid is the highest, so it gets all there is, and sells what it can't use at the feed-in price.
    assert_eq!(spoilt.sold, net_kwh("-160.5"));
    assert!(spoilt.la4_pays > net_eth("5.5"), "{}", spoilt.la4_pays);
}
