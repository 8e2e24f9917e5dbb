//! The gateway over HTTP.

use crate::folder;
use market::ParticipantId;
use market::gateway::{History, PlantDay, SignedReading};
use scenario::site::Site;
use scenario::{Scenario, dev_keys, gateway};
use serde_json::{Value, json};
use sp_core::{Blake2Hasher, H256, Hasher, Pair, ed25519};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A gateway that runs as long as the test.
struct Served {
    _runtime: tokio::runtime::Runtime,
    address: std::net::SocketAddr,
}

fn serve(name: &str) -> (Arc<Scenario>, Served) {
    let scenario = Arc::new(Scenario::read(&folder(name)).unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(gateway::serve(listener, scenario.clone()));
    (scenario, Served { _runtime: runtime, address })
}

impl Served {
    /// The status and the body that a request gets.
    fn ask(&self, method: &str, path: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("application/json"), "{head}");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap())
    }

    fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path);
        assert_eq!(status, 200, "{body}");
        body
    }
}

const GENESIS: &str = "0101010101010101010101010101010101010101010101010101010101010101";

#[test]
fn health_should_name_the_participants() {
    let (_, gateway) = serve("paper");
    assert_eq!(
        gateway.get("/v1/health"),
        json!({ "scenario": "paper", "participants": ["LA1", "LA2", "LA3", "MG1"] })
    );
}

#[test]
fn history_should_be_the_days_before_the_release() {
    let (scenario, gateway) = serve("paper-month");
    let path = "/v1/participants/LA2/history?day=3&days=7";
    let history: History = serde_json::from_value(gateway.get(path)).unwrap();
    assert_eq!(history.day, 3);
    let id = scenario.id_of("LA2").unwrap();
    let expected: Vec<_> = (-5..2).map(|day| scenario.demand(id, day)).collect();
    assert_eq!(history.demand_wh, expected);
    assert_eq!(gateway.get(path)["demand_wh"][0][0], 90_031);
}

#[test]
fn reading_should_be_signed_by_the_participants_meter() {
    let (scenario, gateway) = serve("paper");
    for (name, energy_in, energy_out) in [("LA1", 19_800, 0), ("MG1", 0, 159_200)] {
        let id = scenario.id_of(name).unwrap();
        let path =
            format!("/v1/participants/{name}/reading?day=5&period=2&participant={}&chain={GENESIS}", id.0);
        let answer = gateway.get(&path);
        assert_eq!(
            answer["reading"],
            json!({ "delivery": { "day": 5, "period": 2 }, "energy_in": energy_in, "energy_out": energy_out })
        );
        let signed: SignedReading = serde_json::from_value(answer).unwrap();
        let mut signature = [0; 64];
        hex::decode_to_slice(signed.signature, &mut signature).unwrap();
        let signature = ed25519::Signature::from_raw(signature);
        let meter = dev_keys::meter(name).unwrap().public();
        let payload = |id| signed.reading.signed_payload(H256::repeat_byte(1), ParticipantId(id));
        assert!(ed25519::Pair::verify(&signature, payload(id.0), &meter));
        assert!(!ed25519::Pair::verify(&signature, payload(id.0 + 1), &meter));
    }
}

#[test]
fn plant_should_be_the_sites() {
    let (scenario, gateway) = serve("district");
    for name in ["PRO1", "WIND1", "HYDRO1"] {
        let site = Site::new(&scenario, scenario.id_of(name).unwrap()).unwrap();
        let plant = gateway.get(&format!("/v1/participants/{name}/plant?day=1"));
        assert_eq!(serde_json::from_value::<PlantDay>(plant).ok(), site.plant_day(1));
        let history = gateway.get(&format!("/v1/participants/{name}/history?day=1&days=5"));
        assert_eq!(serde_json::from_value::<History>(history).unwrap(), site.history(1));
    }
    let plant = gateway.get("/v1/participants/PRO1/plant?day=0");
    assert_eq!(
        plant["plant"]["storage"],
        json!({ "capacity": 40_000, "power": 20_000, "efficiency": 900_000 })
    );
    assert_eq!(plant["plant"]["tie_line"], json!({ "limit": 50_000, "loss": 20_000, "cost": 5_000_000 }));
    assert_eq!(plant["reserve"], 388_000_000);
    let (status, body) = gateway.ask("GET", "/v1/participants/LA1/plant?day=0");
    assert_eq!((status, body), (404, json!({ "error": "LA1 has no plant" })));
}

#[test]
fn request_should_be_refused_when_it_is_wrong() {
    let (_, gateway) = serve("paper");
    let reading = |query: &str| format!("/v1/participants/LA1/reading?{query}");
    for (path, status, word) in [
        ("/".into(), 404, "no such path"),
        ("/v1/participants".into(), 404, "no such path"),
        ("/v1/participants/LA9/plant?day=0".into(), 404, "unknown participant LA9"),
        ("/v1/participants/RES/plant?day=0".into(), 404, "RES has no meter"),
        ("/v1/participants/MG1/plant".into(), 400, "day"),
        ("/v1/participants/MG1/plant?day=-1".into(), 400, "day"),
        ("/v1/participants/MG1/plant?day=0&night=1".into(), 400, "night"),
        ("/v1/participants/LA1/history?day=0".into(), 400, "days"),
        ("/v1/participants/LA1/history?day=0&days=0".into(), 400, "days must be 1 to 366"),
        ("/v1/participants/LA1/history?day=0&days=367".into(), 400, "days must be 1 to 366"),
        (reading("day=0&period=0&participant=0"), 400, "chain"),
        (reading("day=0&period=0&participant=0&chain=00"), 400, "64 hexadecimal digits"),
        (reading(&format!("day=0&period=24&participant=0&chain={GENESIS}")), 400, "period must be 0 to 23"),
    ] {
        let (found, body) = gateway.ask("GET", &path);
        assert_eq!(found, status, "{path}: {body}");
        assert!(body["error"].as_str().is_some_and(|error| error.contains(word)), "{path}: {body}");
    }
    let (status, body) = gateway.ask("POST", "/v1/health");
    assert_eq!((status, body), (405, json!({ "error": "only GET is answered" })));
}

/// The worked example of `docs/gateway.md`.
#[test]
fn document_should_have_the_signature_that_the_meter_makes() {
    let (_, gateway) = serve("paper");
    let document = include_str!("../../../../docs/gateway.md");
    let path = format!("/v1/participants/LA1/reading?day=1&period=8&participant=0&chain={GENESIS}");
    assert!(document.contains(&path), "{path}");
    let answer = gateway.get(&path);
    let signed: SignedReading = serde_json::from_value(answer.clone()).unwrap();
    let payload = signed.reading.signed_payload(H256::repeat_byte(1), ParticipantId(0));
    let meter = dev_keys::meter("LA1").unwrap().public();
    let texts = [signed.signature, hex::encode(payload), hex::encode(meter.0)];
    let missing: Vec<_> = texts.iter().filter(|text| !document.contains(*text)).collect();
    assert!(missing.is_empty(), "docs/gateway.md lacks {missing:?}");
    let fields: Vec<u8> = document
        .split("The fields:")
        .nth(1)
        .and_then(|rest| rest.split("```").nth(1))
        .unwrap()
        .lines()
        .flat_map(|line| hex::decode(line.split(' ').next_back().unwrap()).unwrap())
        .collect();
    assert_eq!(Blake2Hasher::hash(&fields).0, payload);
    let shown = serde_json::to_string(&answer["reading"]).unwrap();
    assert!(document.replace([' ', '\n'], "").contains(&shown), "docs/gateway.md lacks {shown}");
}
