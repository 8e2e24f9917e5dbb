//! Many members at one price.

use super::*;
use market::Role;
use market::clearing::lot;
use market::participant::{Kinds, Parameters, PartsPerMillion};
use runtime::genesis_config_presets::{Genesis, Participant, development};

const MEMBERS: usize = 20;

fn name(index: usize) -> String {
    format!("TIE{index}")
}

/// The development market with twenty more load aggregators, all alike.
fn crowd() -> Genesis {
    let mut genesis = development();
    let parameters = Parameters {
        alpha: PartsPerMillion(330_000),
        generation_cost: Price::ZERO,
        tie_line: market::Power::from_watts(400_000),
    };
    let member = |index| {
        let role = Role::LoadAggregator;
        Participant::with_development_keys(
            &name(index),
            role,
            Kinds::default(),
            parameters,
            eth("100"),
            Money::ZERO,
        )
    };
    genesis.participants.extend((0..MEMBERS).filter_map(member));
    genesis
}

/// Who bought how much, where all bid alike and seal and reveal in this order.
fn bought(order: &[usize]) -> Vec<NetEnergy> {
    let mut bought = Vec::new();
    on_chain(&crowd(), |chain| {
        let names: Vec<_> = (0..MEMBERS).map(name).collect();
        let positions = [buy("10")];
        let mut all: Vec<_> = names.iter().map(|name| (name.as_str(), &positions[..])).collect();
        let offer = [sell("75")];
        all.push(("MG1", &offer));
        let calendar = open_market(chain, &all);
        let bids: Vec<_> = order.iter().map(|index| (names[*index].as_str(), at("0.4"))).collect();
        trade(chain, &calendar, FIRST, &bids);
        bought = names.iter().map(|name| traded(name, FIRST).0).collect();
        // 75 of 200 kWh: seven in the order of their lots get all, the eighth a half, the others nothing.
        let mut by_lot: Vec<_> = (0..MEMBERS).collect();
        by_lot.sort_by_key(|index| lot(development().seed, FIRST, id(&names[*index])));
        for (place, index) in by_lot.into_iter().enumerate() {
            let share = ["10", "5", "0"][if place < 7 {
                0
            } else if place == 7 {
                1
            } else {
                2
            }];
            assert_eq!(bought[index], net_kwh(share), "place {place}");
            let spent = net_kwh(share).inward();
            assert_eq!(
                total(&account(&names[index])).planck(),
                eth("100").planck() - at("0.4").amount(spent).unwrap().planck()
            );
        }
    });
    bought
}

#[test]
fn none_should_gain_by_racing_when_many_bid_one_price() {
    let forwards: Vec<_> = (0..MEMBERS).collect();
    let backwards: Vec<_> = (0..MEMBERS).rev().collect();
    let shuffled: Vec<_> = (0..MEMBERS).map(|index| index * 7 % MEMBERS).collect();
    let first = bought(&forwards);
    assert_eq!(first, bought(&backwards));
    assert_eq!(first, bought(&shuffled));
}
