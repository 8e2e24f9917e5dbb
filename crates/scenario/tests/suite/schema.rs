//! `report.json` is what `docs/report.schema.json` says.

use crate::folder;
use jsonschema::Validator;
use market::bill::{Correction, Reason};
use market::{NetEnergy, NetMoney};
use scenario::{Report, Scenario, simulate};
use serde_json::Value;

fn schema() -> Validator {
    let schema = include_str!("../../../../docs/report.schema.json");
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
}

fn json(name: &str, with_balances: bool) -> Value {
    let scenario = Scenario::read(&folder(name)).unwrap();
    let mut report = Report::of_simulation(&scenario, simulate(&scenario, 2));
    let (line, money) = (report.lines[0], NetMoney::from_planck(-1_000_000));
    let correction = Correction {
        delivery: line.delivery,
        participant: line.participant,
        number: 0,
        reason: Reason::LateReading,
        block: 1,
        before: line.actual,
        after: Some(NetEnergy::ZERO),
        balanced: NetEnergy::ZERO.saturating_sub(line.actual.unwrap()),
        balanced_money: money,
        grid_only: money,
    };
    let counterpart = Correction {
        participant: scenario.supplier,
        reason: Reason::Counterpart,
        before: None,
        after: None,
        balanced: line.actual.unwrap(),
        balanced_money: NetMoney::from_planck(1_000_000),
        grid_only: NetMoney::from_planck(1_000_000),
        ..correction
    };
    report.corrections.extend([counterpart, correction]);
    if !with_balances {
        report.balances.clear();
    }
    let mut text = Vec::new();
    report.write_json(&mut text).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn report_should_follow_its_schema() {
    let schema = schema();
    for name in ["paper", "district"] {
        for with_balances in [true, false] {
            schema.validate(&json(name, with_balances)).unwrap();
        }
    }
}

#[test]
fn sums_should_include_corrections() {
    let report = json("paper", false);
    assert_eq!(report["totals"]["sum_eth"], "0.000000000000");
    assert_eq!(report["corrections"][0]["participant"], "LA1");
    assert_eq!(report["corrections"][1]["reason"], "counterpart");
    assert_eq!(report["corrections"][1]["before_kwh"], Value::Null);
    let scenario = Scenario::read(&folder("paper")).unwrap();
    let settled = Report::of_simulation(&scenario, simulate(&scenario, 2));
    let used = settled.totals_of(market::ParticipantId(0)).actual;
    let rest = used.saturating_sub(settled.lines[0].actual.unwrap());
    assert_eq!(report["participants"][0]["actual_kwh"], rest.to_string());
}

#[test]
fn schema_should_refuse_what_is_no_report() {
    let schema = schema();
    let good = json("paper", true);
    for (pointer, value) in [
        ("/days", Value::from("2")),
        ("/participants/0/role", "LB".into()),
        ("/participants/0/total_eth", 1.5.into()),
        ("/participants/0/total_eth", "1e5".into()),
        ("/lines/0/expected_kwh", "".into()),
        ("/lines/0", Value::Null),
        ("/lines/0/estimated", Value::Null),
        ("/corrections", Value::Null),
        ("/corrections/0/reason", "mood".into()),
        ("/corrections/0/number", (-1).into()),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!schema.is_valid(&bad), "{pointer}");
    }
    let mut bad = good.clone();
    bad["lines"][0].as_object_mut().unwrap().remove("day");
    assert!(!schema.is_valid(&bad));
}

#[test]
fn totals_should_be_the_papers() {
    let scenario = Scenario::paper().unwrap();
    let mut text = Vec::new();
    Report::of_simulation(&scenario, simulate(&scenario, 1)).write_json(&mut text).unwrap();
    let json: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(json["days"], 1);
    assert_eq!(json["totals"]["p2p_kwh"], "1736.020");
    assert_eq!(json["totals"]["sum_eth"], "0.000000000000");
    assert_eq!(json["participants"][2]["saving_percent"], "19.0405");
    assert_eq!(json["participants"][4]["saving_percent"], Value::Null);
    assert_eq!(json["lines"][0]["bid_eth_per_kwh"].as_str().unwrap().len(), "0.390166000".len());
    assert_eq!(json["lines"][4]["bid_eth_per_kwh"], Value::Null);
}
