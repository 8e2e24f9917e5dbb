//! The scenarios that are shipped.

use crate::{folder, rules};
use market::{Calendar, NetMoney, Role};
use scenario::{Files, Scenario, simulate};

#[test]
fn files_should_be_those_of_the_generator() {
    let table = std::fs::read_to_string(folder("paper").join("table4.csv")).unwrap();
    for (name, files) in [
        ("paper", rules::paper(&table)),
        ("paper-month", rules::paper_month(&table)),
        ("district", rules::district()),
    ] {
        for (file, text) in files {
            let committed = std::fs::read_to_string(folder(name).join(file)).unwrap();
            assert!(text == committed, "{name}/{file}: run `cargo run -p scenario --example scenarios`");
        }
    }
}

#[test]
fn paper_should_be_the_same_when_it_is_read_from_its_folder() {
    assert_eq!(Scenario::read(&folder("paper")).unwrap(), Scenario::paper().unwrap());
    assert_eq!(Files::read(&folder("paper")).unwrap().name(), "paper");
}

#[test]
fn buyers_should_never_run_dry_in_the_papers_month() {
    let scenario = Scenario::read(&folder("paper-month")).unwrap();
    assert_eq!(scenario.days(), 30);
    let outcome = simulate(&scenario, 30);
    assert_eq!(outcome.lines.len(), 30 * 24 * 5);
    for line in &outcome.lines {
        assert_eq!(line.bid.is_some(), line.role == Role::LoadAggregator, "{line:?}");
    }
    assert!(outcome.balances.iter().all(|balance| balance.debt == NetMoney::ZERO));
}

#[test]
fn days_should_vary_in_the_papers_month() {
    let scenario = Scenario::read(&folder("paper-month")).unwrap();
    let ids: Vec<_> = scenario.ids().collect();
    assert_ne!(scenario.demand(ids[0], 0), scenario.demand(ids[0], 1));
    assert_ne!(scenario.generation(ids[3], 0), scenario.generation(ids[3], 1));
    assert_eq!(scenario.demand(ids[0], 0), scenario.demand(ids[0], 30));
    assert_eq!(scenario.generation(ids[3], 1), scenario.generation(ids[3], 31));
}

#[test]
fn district_should_have_all_kinds_and_quarter_hours() {
    let scenario = Scenario::read(&folder("district")).unwrap();
    let Calendar { period_length, periods_per_day, .. } = scenario.calendar;
    assert_eq!((period_length, periods_per_day), (900_000, 96));
    let count = |role| scenario.participants.iter().filter(|member| member.role == role).count();
    assert_eq!(count(Role::LoadAggregator), 10);
    assert_eq!(count(Role::Prosumer), 1);
    assert_eq!(count(Role::Microgrid), 3);
    assert_eq!(count(Role::DistributionOperator), 1);
    let mut reserves: Vec<_> =
        scenario.participants.iter().filter(|m| m.role == Role::Microgrid).map(|m| m.reserve_price).collect();
    reserves.dedup();
    assert_eq!(reserves.len(), 3);
    let wind = scenario.id_of("WIND1").unwrap();
    assert_ne!(scenario.forecast(wind, 0), scenario.generation(wind, 0));
    let sun = scenario.id_of("PV1").unwrap();
    assert_eq!(scenario.forecast(sun, 0), scenario.generation(sun, 0));
}

#[test]
fn district_should_trade_with_everybody_and_owe_nothing() {
    let scenario = Scenario::read(&folder("district")).unwrap();
    let outcome = simulate(&scenario, 4);
    // The operator of the network has no lines.
    assert_eq!(outcome.lines.len(), 4 * 96 * 15);
    for (id, member) in scenario.members().filter(|(_, member)| member.role.is_metered()) {
        let mut lines = outcome.lines.iter().filter(|line| line.participant == id);
        assert!(
            lines.any(|line| line.peer_to_peer.is_some_and(|energy| !energy.is_zero())),
            "{}",
            member.name
        );
    }
    assert!(outcome.balances.iter().all(|balance| balance.debt == NetMoney::ZERO), "{:?}", outcome.balances);
    let prosumer = scenario.id_of("PRO1").unwrap();
    let of = |line: &&market::bill::BillLine| line.participant == prosumer;
    assert!(outcome.lines.iter().filter(of).any(|line| line.expected.is_some_and(|e| e.watt_hours() < 0)));
    assert!(outcome.lines.iter().filter(of).any(|line| line.bid.is_some()));
}

/// So that no offer of theirs is cut: of a debtor's counts only what it lately delivered.
#[test]
fn sellers_should_never_owe_in_the_shipped_scenarios() {
    for (name, days) in [("paper", 3), ("paper-month", 30), ("district", 7)] {
        let scenario = Scenario::read(&folder(name)).unwrap();
        let played = simulate(&scenario, days);
        for (id, member) in scenario.members().filter(|(_, member)| member.role.sells()) {
            let mut money = member.balance.paid().unwrap();
            for line in played.lines.iter().filter(|line| line.participant == id) {
                money = money.saturating_sub(line.total());
                assert!(money >= NetMoney::ZERO, "{name}, {}: {}", member.name, line.delivery);
            }
        }
    }
}
