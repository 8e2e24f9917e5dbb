//! The paper's day to the digit.

use market::{Day, NetMoney, ParticipantId, Position, Role};
use scenario::report::{HEADER, percent};
use scenario::scenario::paper::{EXPECTED_DAY, TABLE_4};
use scenario::site::{Site, SiteDay};
use scenario::{Report, Scenario, simulate};
use std::collections::HashMap;

const MG: ParticipantId = ParticipantId(3);

fn report() -> Report {
    let scenario = Scenario::paper().unwrap();
    Report::of_simulation(&scenario, simulate(&scenario, 1))
}

/// The rows of a CSV, each by its columns' names.
fn rows(text: &str) -> Vec<HashMap<&str, &str>> {
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().unwrap().split(',').collect();
    lines.map(|line| header.iter().copied().zip(line.split(',')).collect()).collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

#[test]
fn participants_should_be_the_papers() {
    let scenario = Scenario::paper().unwrap();
    let names: Vec<_> = scenario.participants.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["LA1", "LA2", "LA3", "MG1", "RES"]);
    assert_eq!(scenario.name, "paper");
    assert_eq!(scenario.supplier, ParticipantId(4));
    // Midnight of 1 January 2026, eight hours ahead of UTC.
    assert_eq!(scenario.calendar.anchor, 1_767_225_600_000 - 480 * 60_000);
}

#[test]
fn positions_and_readings_should_be_table_4s() {
    let scenario = Scenario::paper().unwrap();
    for day in [0, 1] {
        for (id, (expected, actual)) in [
            ("la1_expected_kwh", "la1_actual_kwh"),
            ("la2_expected_kwh", "la2_actual_kwh"),
            ("la3_expected_kwh", "la3_actual_kwh"),
            ("mg_residual_kwh", "mg_residual_kwh"),
        ]
        .into_iter()
        .enumerate()
        {
            let site = Site::new(&scenario, ParticipantId(id.try_into().unwrap())).unwrap();
            let SiteDay { positions, metered } = site.day(day);
            for (row, (position, metered)) in rows(TABLE_4).into_iter().zip(positions.iter().zip(metered)) {
                let energy = match position {
                    Position::Buy(energy) => energy,
                    Position::Sell { energy, .. } => energy,
                };
                assert_eq!(energy.to_string(), format!("{:.3}", number(row[expected])));
                assert_eq!(
                    metered.inward().max(metered.outward()).to_string(),
                    format!("{:.3}", number(row[actual]))
                );
                assert_eq!(position.surplus().is_zero(), id < 3);
                assert_eq!(metered.outward().is_zero(), id < 3);
            }
        }
    }
}

#[test]
fn csv_should_agree_with_the_recomputed_day() {
    let mut csv = Vec::new();
    report().write_csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert_eq!(csv.lines().next().unwrap(), HEADER.join(","));
    let lines = rows(&csv);
    assert_eq!(lines.len(), 24 * 5);
    for (period, expected) in rows(EXPECTED_DAY).into_iter().enumerate() {
        let line = |name: &str| {
            let period = period.to_string();
            lines.iter().find(|line| line["period"] == period && line["participant"] == name).unwrap()
        };
        for (name, bid, bought) in [
            ("LA1", "la1_bid", "la1_p2p_kwh"),
            ("LA2", "la2_bid", "la2_p2p_kwh"),
            ("LA3", "la3_bid", "la3_p2p_kwh"),
        ] {
            let line = line(name);
            assert!((number(line["bid_eth_per_kwh"]) - number(expected[bid])).abs() < 0.000_001, "{line:?}");
            assert_eq!(line["p2p_kwh"], format!("{:.3}", number(expected[bought])));
            let paid = number(line["bid_eth_per_kwh"]) * number(line["p2p_kwh"]);
            assert!((number(line["p2p_eth"]) - paid).abs() < 0.000_001, "{line:?}");
        }
        let mg = line("MG1");
        let unsold = number(expected["mg_unsold_kwh"]);
        assert_eq!(mg["bid_eth_per_kwh"], "");
        assert!(mg["expected_kwh"].starts_with('-'));
        let left = if unsold == 0.0 { "0.000".into() } else { format!("-{unsold:.3}") };
        assert_eq!(mg["balanced_kwh"], left);
        let res = line("RES");
        for column in ["expected_kwh", "bid_eth_per_kwh", "p2p_kwh", "p2p_eth", "actual_kwh"] {
            assert_eq!(res[column], "", "{column}");
        }
    }
}

#[test]
fn csv_should_have_exact_decimals() {
    let mut csv = Vec::new();
    report().write_csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert!(lines[1].starts_with("0,0,LA1,LA,18.210,0.390165903,18.210,7.104921093630,"), "{}", lines[1]);
    assert!(lines[1].ends_with(",36.360,18.150,7.713750000000,15.453000000000,0"), "{}", lines[1]);
    assert!(lines[4].starts_with("0,0,MG1,MG,-160.500,,-61.970,-"), "{}", lines[4]);
    assert!(lines[5].starts_with("0,0,RES,RES,,,,,,"), "{}", lines[5]);
}

#[test]
fn money_should_be_the_papers_when_the_day_is_over() {
    let report = report();
    let paid = |id: u32| number(&report.totals_of(ParticipantId(id)).total().to_string());
    for (id, expected) in [(0, 738.640_910), (1, 765.535_420), (2, 1_061.889_459), (3, -1_246.678_438)] {
        assert!((paid(id) - expected).abs() < 0.000_01, "{id}: {}", paid(id));
    }
    let balances = [761.359_090, 734.464_580, 438.110_541, 1_246.678_438, 2_319.387_350];
    for (balance, expected) in report.balances.iter().zip(balances) {
        assert!((number(&balance.free.to_string()) - expected).abs() < 0.000_01, "{balance:?}");
        assert!(balance.held.is_zero() && balance.debt.is_zero());
    }
    assert_eq!(report.totals_of(MG).peer_to_peer.to_string(), "-1736.020");
    assert_eq!(report.totals_of(MG).balanced.to_string(), "-948.480");
}

#[test]
fn savings_should_be_the_recomputed_ones() {
    let report = report();
    let saving = |id| report.saving_of(ParticipantId(id)).map(percent);
    let expected = ["9.7995", "13.0176", "19.0405", "22.2102"].map(|text| Some(text.to_owned()));
    assert_eq!([saving(0), saving(1), saving(2), saving(3)], expected);
    assert_eq!(saving(4), None);
}

#[test]
fn money_of_each_period_should_sum_to_zero() {
    let report = report();
    for lines in report.lines.chunk_by(|a, b| a.delivery == b.delivery) {
        assert_eq!(lines.len(), 5);
        assert_eq!(lines.last().unwrap().role, Role::RetailSupplier);
        assert_eq!(lines.iter().map(market::bill::BillLine::total).sum::<NetMoney>(), NetMoney::ZERO);
    }
}

#[test]
fn buyers_should_run_out_of_money_when_nothing_is_paid_in() {
    let scenario = Scenario::paper().unwrap();
    let outcome = simulate(&scenario, 3);
    let bids = |day: Day| {
        let bid = |line: &&market::bill::BillLine| line.delivery.day == day && line.bid.is_some();
        outcome.lines.iter().filter(bid).count()
    };
    assert_eq!(bids(0), 72);
    assert!(bids(1) < 72);
    assert!(bids(2) < bids(1));
    assert!(outcome.balances[2].debt > NetMoney::ZERO);
}
