//! The contract of `docs/gateway.md`, kept by the scenario's gateway and by `gridbid gateway`; and meters read over MQTT
//! from a real broker, Debian's mosquitto.

mod common;

use anyhow::Result;
use common::site::{Broker, CHAIN, Gateway, Meter, Served, ask, free_port, key_file, wait_for};
use common::{assert_code, gridbid, scenario, stderr};
use market::gateway::{History, PlantDay};
use market::{Delivery, Energy};
use scenario::{Scenario, dev_keys};
use serde_json::json;
use sp_core::{Pair, ed25519};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

/// The contract, clause by clause.
fn should_keep_the_contract(served: &Served, scenario: &Scenario) {
    let periods = usize::from(scenario.calendar.periods_per_day);
    let (status, health) = ask(&served.address, "GET", "/v1/health");
    assert_eq!(status, 200);
    assert!(health["participants"].as_array().unwrap().contains(&json!(served.name)), "{health}");
    for (day, days) in [(0, 2), (1, 7), (3, 1), (0, 366)] {
        let history: History = served.get(&format!("history?day={day}&days={days}"));
        assert_eq!(history.day, day);
        assert_eq!(history.demand_wh.len(), days);
        assert!(history.demand_wh.iter().all(|day| day.len() == periods));
    }
    let member = scenario.participant(scenario.id_of(served.name).unwrap()).unwrap();
    if member.role.sells() {
        let plant: PlantDay = served.get("plant?day=2");
        assert_eq!((plant.day, plant.generation_wh.len()), (2, periods));
    } else {
        let (status, _) = ask(&served.address, "GET", &served.path("plant?day=2"));
        assert_eq!(status, 404);
    }
    let chain = hex::encode(CHAIN);
    for (path, status) in [
        ("/".to_owned(), 404),
        ("/v1/participants/NOBODY/plant?day=0".to_owned(), 404),
        ("/v1/participants/RES/plant?day=0".to_owned(), 404),
        (served.path("history?day=0"), 400),
        (served.path("history?day=0&days=0"), 400),
        (served.path("history?day=0&days=367"), 400),
        (served.path("history?day=0&days=1&nights=1"), 400),
        (served.path("plant"), 400),
        (served.path(&format!("reading?day=0&period={periods}&participant=0&chain={chain}")), 400),
        (served.path("reading?day=0&period=0&participant=0&chain=07"), 400),
    ] {
        let (found, body) = ask(&served.address, "GET", &path);
        assert_eq!(found, status, "{path}: {body}");
        assert!(body["error"].as_str().is_some_and(|error| !error.is_empty()), "{path}: {body}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(ask(&served.address, method, "/v1/health").0, 405);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn contract_should_be_kept_by_the_scenarios_gateway() -> Result<()> {
    for (folder, name) in [("paper", "LA1"), ("paper", "MG1"), ("district", "PRO1")] {
        let read = Arc::new(Scenario::read(&scenario(folder)).expect("it is shipped"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        tokio::spawn(scenario::gateway::serve(listener, read.clone()));
        let served = Served { address, name, meter: dev_keys::meter(name)?.public() };
        tokio::task::spawn_blocking(move || {
            should_keep_the_contract(&served, &read);
            served.reading(Delivery { day: 1, period: 8 });
        })
        .await?;
    }
    Ok(())
}

#[test]
fn contract_should_be_kept_by_a_site_that_serves_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let key = key_file(folder.path());
    for (name_of_folder, name) in [("paper", "LA1"), ("paper", "MG1"), ("district", "PRO1")] {
        let path = scenario(name_of_folder);
        let read = Scenario::read(&path).unwrap();
        let gateway = Gateway::start(&path, name, &key, &[]);
        should_keep_the_contract(&gateway.served, &read);
        assert_eq!(gateway.served.meter, ed25519::Pair::from_seed(&[5; 32]).public());
        let delivery = Delivery { day: 1, period: 8 };
        let expected = scenario::gateway::counted(&read, read.id_of(name).unwrap(), delivery);
        assert_eq!(gateway.served.reading(delivery).reading, expected);
        // It serves its own site and nobody else's.
        let (status, _) = ask(&gateway.served.address, "GET", "/v1/participants/LA2/plant?day=0");
        assert_eq!(status, 404);
    }
}

#[test]
fn gateway_should_not_start_when_others_may_read_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let key = key_file(folder.path());
    let paper = scenario("paper");
    let start = |name: &str| {
        let parts =
            ["gateway", &paper.to_string_lossy(), "--participant", name, "--key", &key.to_string_lossy()]
                .map(str::to_owned);
        gridbid(parts.into_iter().chain(["--listen".to_owned(), "127.0.0.1:0".to_owned()]))
    };
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refused = start("LA1");
    assert_code(&refused, 2);
    assert!(stderr(&refused).contains("others may read it"), "{}", stderr(&refused));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    for name in ["RES", "LA9"] {
        assert_code(&start(name), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_should_come_over_mqtt_and_stay_when_gateway_and_broker_start_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let port = free_port()?;
    let broker = Broker::start(folder.path(), port)?;
    let (key, paper) = (key_file(folder.path()), scenario("paper"));
    let (address, readings) = (format!("127.0.0.1:{port}"), folder.path().join("readings.csv"));
    let readings = readings.to_string_lossy().into_owned();
    let more = ["--mqtt", &address, "--readings", &readings];
    let gateway = Gateway::start(&paper, "LA1", &key, &more);
    should_keep_the_contract(&gateway.served, &Scenario::read(&paper).expect("it is shipped"));
    let at = |day, period| Delivery { day, period };
    assert!(!gateway.served.has(at(0, 0)), "nothing was counted yet");

    let meter = Meter::new(port);
    meter.count_until(&gateway.served, 0, 0, 26_400)?;
    assert_eq!(gateway.served.reading(at(0, 0)).reading.energy_in, Energy::from_watt_hours(26_400));
    // What is wrong is passed over: no reading, a float, a period that is none, another count, more than the line.
    for wrong in ["", "{}", r#"{"delivery":{"day":0,"period":1},"energy_in":1.5,"energy_out":0}"#] {
        meter.say(wrong).await?;
    }
    meter.count(0, 24, 1).await?;
    meter.count(0, 0, 26_401).await?;
    meter.count(0, 1, 400_001).await?;
    for period in 1..24 {
        meter.count(0, period, 1_000 + u64::from(period)).await?;
    }
    wait_for(|| gateway.served.has(at(0, 23)))?;
    assert_eq!(gateway.served.reading(at(0, 0)).reading.energy_in, Energy::from_watt_hours(26_400));
    assert_eq!(gateway.served.reading(at(0, 1)).reading.energy_in, Energy::from_watt_hours(1_001));
    // A day that was metered is the history of later ones: day 2's release rests on day 0 as the last.
    let history: History = gateway.served.get("history?day=2&days=2");
    assert_eq!(history.demand_wh[1][1], Energy::from_watt_hours(1_001));

    drop(gateway);
    let gateway = Gateway::start(&paper, "LA1", &key, &more);
    assert_eq!(gateway.served.reading(at(0, 23)).reading.energy_in, Energy::from_watt_hours(1_023));
    let _broker = broker.restart()?;
    meter.count_until(&gateway.served, 1, 0, 5)
}
