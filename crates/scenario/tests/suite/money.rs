//! No money is made or lost, whatever the days bring.

use crate::{changed, folder};
use market::clearing::Pricing;
use market::{Money, NetMoney, ParticipantId};
use scenario::{Scenario, Simulation, simulate};

fn total(scenario: &Scenario, days: u32) -> Money {
    let topped: Money =
        (0..days).flat_map(|_| &scenario.participants).map(|member| member.daily_top_up).sum();
    scenario.participants.iter().map(|member| member.balance).sum::<Money>().saturating_add(topped)
}

#[test]
fn balances_should_sum_to_what_was_paid_in_when_members_are_topped_up() {
    for (name, days) in [("paper", 3), ("paper-month", 31), ("district", 3)] {
        let scenario = Scenario::read(&folder(name)).unwrap();
        let outcome = simulate(&scenario, days);
        let sum: Money = outcome.balances.iter().map(scenario::simulate::Balance::total).sum();
        assert_eq!(sum, total(&scenario, days), "{name}");
        assert!(outcome.balances.iter().all(|balance| balance.held.is_zero()), "{name}");
        for lines in outcome.lines.chunk_by(|a, b| a.delivery == b.delivery) {
            assert!(lines.is_sorted_by_key(|line| line.participant));
            assert_eq!(lines.iter().map(market::bill::BillLine::total).sum::<NetMoney>(), NetMoney::ZERO);
            let traded: i64 = lines.iter().filter_map(|line| line.peer_to_peer).map(|e| e.watt_hours()).sum();
            assert_eq!(traded, 0);
        }
    }
}

#[test]
fn days_should_not_depend_on_how_many_follow() {
    let scenario = Scenario::read(&folder("paper-month")).unwrap();
    let long: Vec<_> = Simulation::new(&scenario, 5).collect();
    let short: Vec<_> = Simulation::new(&scenario, 2).collect();
    assert_eq!(long.len(), 5);
    assert_eq!(long[..2], short[..]);
    assert_eq!(Simulation::new(&scenario, 0).count(), 0);
}

#[test]
fn buyer_should_stay_away_when_it_cannot_cover_its_bid() {
    // LA1 bids 0.390166 for 18.21 kWh: 7.1 ETH.
    let poor = changed("scenario.toml", "balance_eth = 1500", "balance_eth = 5").unwrap();
    let outcome = simulate(&poor, 1);
    let line = outcome.lines[0];
    assert_eq!((line.participant, line.bid), (ParticipantId(0), None));
    assert_eq!(line.peer_to_peer.unwrap().watt_hours(), 0);
    assert_eq!(line.expected.unwrap().watt_hours(), 18_210);
    assert!(outcome.balances[0].debt > NetMoney::ZERO);
    assert_eq!(outcome.balances[0].free, Money::ZERO);
}

#[test]
fn debt_should_be_served_when_its_owner_is_topped_up() {
    let poor =
        changed("scenario.toml", "balance_eth = 1500", "balance_eth = 5\ndaily_top_up_eth = 5000").unwrap();
    let mut simulation = Simulation::new(&poor, 1);
    let lines = simulation.next().unwrap();
    // The top-up for day 1 comes at 16:00 on day 0: the debt is paid with the line that is settled next, at 16:15.
    let bids: Vec<_> = lines
        .iter()
        .filter(|line| line.participant == ParticipantId(0))
        .map(|line| line.bid.is_some())
        .collect();
    assert_eq!(bids[..17], [false; 17]);
    assert_eq!(bids[17..], [true; 7]);
    assert_eq!(simulation.balances()[0].debt, NetMoney::ZERO);
}

#[test]
fn supplier_should_owe_its_creditors_when_it_cannot_pay() {
    let poor = changed("scenario.toml", "balance_eth = 1000", "balance_eth = 0").unwrap();
    let rich = simulate(&Scenario::paper().unwrap(), 1);
    let outcome = simulate(&poor, 1);
    assert_eq!(outcome.lines, rich.lines);
    // It earns enough over the day to pay all it owes.
    assert!(outcome.balances.iter().all(|balance| balance.debt.is_zero()));
    let difference = rich.balances[4].free.saturating_sub(outcome.balances[4].free);
    assert_eq!(difference, Money::parse_decimal("1000").unwrap());
}

#[test]
fn buyers_should_pay_the_lowest_accepted_bid_when_prices_are_uniform() {
    let uniform = changed("scenario.toml", "\"pay-as-bid\"", "\"uniform\"").unwrap();
    assert_eq!(uniform.pricing, Pricing::Uniform);
    let outcome = simulate(&uniform, 1);
    // At 8:00 LA1, the last in the queue, is served in part, at 0.46 ETH/kWh.
    let lines: Vec<_> = outcome.lines.iter().filter(|line| line.delivery.period == 8).collect();
    let lowest = lines[0].bid.unwrap();
    for line in &lines[..3] {
        let paid = lowest.amount(line.peer_to_peer.unwrap().inward()).unwrap();
        assert_eq!(line.peer_to_peer_money, paid.paid());
    }
}
