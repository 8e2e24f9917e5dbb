//! The contract of `docs/gateway.md`, kept by the scenario's gateway and by `gridbid gateway`; and meters read over MQTT
//! from a real broker, Debian's mosquitto.

mod common;

use anyhow::{Context, Result, ensure};
use common::{GRIDBID, assert_code, gridbid, scenario, stderr};
use market::gateway::{History, PlantDay, SignedReading};
use market::{Delivery, Energy, ParticipantId};
use rumqttc::{AsyncClient, MqttOptions, QoS};
use scenario::{Scenario, dev_keys};
use serde_json::{Value, json};
use sp_core::{H256, Pair, ed25519};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The genesis hash that readings are signed for.
const CHAIN: H256 = H256::repeat_byte(7);
/// How long an answer may take, and how long it may be.
const ANSWER: Duration = Duration::from_secs(2);
const LENGTH: usize = 256 * 1024;
/// How long a broker, or a message through it, may take.
const BROKER: Duration = Duration::from_secs(30);

/// What a request gets: status and body.
fn ask(address: &str, method: &str, path: &str) -> (u16, Value) {
    let began = Instant::now();
    let mut stream = TcpStream::connect(address).expect("the gateway listens");
    let request = format!("{method} {path} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.to_lowercase().contains("content-type: application/json"), "{path}: {head}");
    assert!(body.len() <= LENGTH && began.elapsed() < ANSWER, "{path}: {} bytes", body.len());
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    (status, serde_json::from_str(body).unwrap())
}

/// A gateway and what it serves.
struct Served {
    address: String,
    name: &'static str,
    meter: ed25519::Public,
}

impl Served {
    fn path(&self, rest: &str) -> String {
        format!("/v1/participants/{}/{rest}", self.name)
    }

    fn get<T: serde::de::DeserializeOwned>(&self, rest: &str) -> T {
        let (status, body) = ask(&self.address, "GET", &self.path(rest));
        assert_eq!(status, 200, "{rest}: {body}");
        serde_json::from_value(body).unwrap()
    }

    fn reading_path(&self, Delivery { day, period }: Delivery) -> String {
        format!("reading?day={day}&period={period}&participant=3&chain=0x{}", hex::encode(CHAIN))
    }

    /// A reading, whose signature holds for participant 3 of this chain and for no other.
    fn reading(&self, delivery: Delivery) -> SignedReading {
        let signed: SignedReading = self.get(&self.reading_path(delivery));
        let mut signature = [0; 64];
        hex::decode_to_slice(&signed.signature, &mut signature).unwrap();
        let signature = ed25519::Signature::from_raw(signature);
        let holds = |chain, id| {
            let payload = signed.reading.signed_payload(chain, ParticipantId(id));
            ed25519::Pair::verify(&signature, payload, &self.meter)
        };
        assert!(holds(CHAIN, 3) && !holds(CHAIN, 4) && !holds(H256::zero(), 3));
        assert_eq!(signed.reading.delivery, delivery);
        signed
    }

    /// The contract, clause by clause.
    fn should_keep_the_contract(&self, scenario: &Scenario) {
        let periods = usize::from(scenario.calendar.periods_per_day);
        let (status, health) = ask(&self.address, "GET", "/v1/health");
        assert_eq!(status, 200);
        assert!(health["participants"].as_array().unwrap().contains(&json!(self.name)), "{health}");
        for (day, days) in [(0, 2), (1, 7), (3, 1), (0, 366)] {
            let history: History = self.get(&format!("history?day={day}&days={days}"));
            assert_eq!(history.day, day);
            assert_eq!(history.demand_wh.len(), days);
            assert!(history.demand_wh.iter().all(|day| day.len() == periods));
        }
        let member = scenario.participant(scenario.id_of(self.name).unwrap()).unwrap();
        if member.role.sells() {
            let plant: PlantDay = self.get("plant?day=2");
            assert_eq!((plant.day, plant.generation_wh.len()), (2, periods));
        } else {
            let (status, _) = ask(&self.address, "GET", &self.path("plant?day=2"));
            assert_eq!(status, 404);
        }
        let chain = hex::encode(CHAIN);
        for (path, status) in [
            ("/".to_owned(), 404),
            ("/v1/participants/NOBODY/plant?day=0".to_owned(), 404),
            ("/v1/participants/RES/plant?day=0".to_owned(), 404),
            (self.path("history?day=0"), 400),
            (self.path("history?day=0&days=0"), 400),
            (self.path("history?day=0&days=367"), 400),
            (self.path("history?day=0&days=1&nights=1"), 400),
            (self.path("plant"), 400),
            (self.path(&format!("reading?day=0&period={periods}&participant=0&chain={chain}")), 400),
            (self.path("reading?day=0&period=0&participant=0&chain=07"), 400),
        ] {
            let (found, body) = ask(&self.address, "GET", &path);
            assert_eq!(found, status, "{path}: {body}");
            assert!(body["error"].as_str().is_some_and(|error| !error.is_empty()), "{path}: {body}");
        }
        for method in ["POST", "PUT", "DELETE"] {
            assert_eq!(ask(&self.address, method, "/v1/health").0, 405);
        }
    }
}

/// A running `gridbid gateway`.
struct Gateway {
    child: Child,
    served: Served,
}

impl Gateway {
    fn start(folder: &Path, name: &'static str, key: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(GRIDBID)
            .arg("gateway")
            .arg(folder)
            .args(["--participant", name, "--listen", "127.0.0.1:0", "--json", "--key"])
            .arg(key)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let address = told["gateway"].as_str().unwrap().trim_start_matches("http://").to_owned();
        let mut meter = [0; 32];
        hex::decode_to_slice(told["meter"].as_str().unwrap().trim_start_matches("0x"), &mut meter).unwrap();
        Self { child, served: Served { address, name, meter: ed25519::Public::from_raw(meter) } }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A key of its own in a file for its owner alone.
fn key_file(folder: &Path) -> PathBuf {
    let path = folder.join("meter.key");
    std::fs::write(&path, format!("0x{}\n", hex::encode([5; 32]))).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
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
            served.should_keep_the_contract(&read);
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
        gateway.served.should_keep_the_contract(&read);
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

/// A real broker on a port of its own.
struct Broker {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Broker {
    fn start(folder: &Path, port: u16) -> Result<Self> {
        let config = folder.join("mosquitto.conf");
        let user = if std::fs::metadata("/proc/self")?.uid() == 0 { "user root\n" } else { "" };
        std::fs::write(&config, format!("listener {port} 127.0.0.1\nallow_anonymous true\n{user}"))?;
        let found = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"];
        let executable = found.iter().find(|path| Path::new(path).exists());
        let executable = executable.context("mosquitto is missing: scripts/setup.sh installs it")?;
        let child = Command::new(executable)
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let broker = Self { child, port, folder: folder.to_owned() };
        wait_for(|| TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        Ok(broker)
    }

    fn restart(mut self) -> Result<Self> {
        self.child.kill()?;
        self.child.wait()?;
        Self::start(&self.folder.clone(), self.port)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for(mut done: impl FnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + BROKER;
    while !done() {
        ensure!(Instant::now() < deadline, "it takes too long");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// A meter that reports over MQTT.
struct Meter {
    client: AsyncClient,
    task: tokio::task::JoinHandle<()>,
}

impl Meter {
    fn new(port: u16) -> Self {
        let (client, mut events) = AsyncClient::new(MqttOptions::new("meter", "127.0.0.1", port), 16);
        let task = tokio::spawn(async move {
            loop {
                if events.poll().await.is_err() {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        });
        Self { client, task }
    }

    async fn say(&self, payload: impl Into<String>) -> Result<()> {
        let payload: String = payload.into();
        Ok(self.client.publish("gridbid/LA1/reading", QoS::AtLeastOnce, false, payload).await?)
    }

    async fn count(&self, day: u32, period: u16, watt_hours: u64) -> Result<()> {
        let delivery = json!({ "day": day, "period": period });
        self.say(json!({ "delivery": delivery, "energy_in": watt_hours, "energy_out": 0 }).to_string()).await
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn is_counted(served: &Served, delivery: Delivery) -> bool {
    ask(&served.address, "GET", &served.path(&served.reading_path(delivery))).0 == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_should_come_over_mqtt_and_stay_when_gateway_and_broker_start_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let broker = Broker::start(folder.path(), port)?;
    let (key, paper) = (key_file(folder.path()), scenario("paper"));
    let (address, readings) = (format!("127.0.0.1:{port}"), folder.path().join("readings.csv"));
    let readings = readings.to_string_lossy().into_owned();
    let more = ["--mqtt", &address, "--readings", &readings];
    let gateway = Gateway::start(&paper, "LA1", &key, &more);
    gateway.served.should_keep_the_contract(&Scenario::read(&paper).expect("it is shipped"));
    let at = |day, period| Delivery { day, period };
    assert!(!is_counted(&gateway.served, at(0, 0)), "nothing was counted yet");

    let meter = Meter::new(port);
    wait_for(|| {
        // Until the gateway has subscribed, nobody gets what the meter says.
        futures_block(meter.count(0, 0, 26_400)).is_ok() && is_counted(&gateway.served, at(0, 0))
    })?;
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
    wait_for(|| is_counted(&gateway.served, at(0, 23)))?;
    assert_eq!(gateway.served.reading(at(0, 0)).reading.energy_in, Energy::from_watt_hours(26_400));
    assert_eq!(gateway.served.reading(at(0, 1)).reading.energy_in, Energy::from_watt_hours(1_001));
    // A day that was metered is the history of later ones: day 2's release rests on day 0 as the last.
    let history: History = gateway.served.get("history?day=2&days=2");
    assert_eq!(history.demand_wh[1][1], Energy::from_watt_hours(1_001));

    drop(gateway);
    let gateway = Gateway::start(&paper, "LA1", &key, &more);
    assert_eq!(gateway.served.reading(at(0, 23)).reading.energy_in, Energy::from_watt_hours(1_023));
    let _broker = broker.restart()?;
    wait_for(|| futures_block(meter.count(1, 0, 5)).is_ok() && is_counted(&gateway.served, at(1, 0)))?;
    Ok(())
}

/// Waits for a future from a closure that cannot.
fn futures_block<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}
