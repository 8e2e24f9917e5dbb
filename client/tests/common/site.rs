//! A site as the tests start it: its gateway, an MQTT broker (Debian's mosquitto), and a meter that reports.

use super::limited;
use anyhow::{Context, Result, ensure};
use client::files::{Existing, write_secret};
use market::gateway::SignedReading;
use market::{Delivery, ParticipantId};
use rumqttc::{AsyncClient, MqttOptions, QoS};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::{Value, json};
use sp_core::{H256, Pair, ed25519};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The genesis hash that readings are signed for.
pub const CHAIN: H256 = H256::repeat_byte(7);
/// How long an answer may take, and how long it may be.
const ANSWER: Duration = Duration::from_secs(2);
const LENGTH: usize = 256 * 1024;
/// How long a broker, or a message through it, may take.
const BROKER: Duration = Duration::from_secs(30);
/// The largest message of a meter, in bytes.
const MESSAGE: usize = 10_000_000;

/// What a request gets: status and body.
pub fn ask(address: &str, method: &str, path: &str) -> (u16, Value) {
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
pub struct Served {
    /// Where it listens.
    pub address: String,
    /// Whom it serves.
    pub name: &'static str,
    /// The meter's key.
    pub meter: ed25519::Public,
}

impl Served {
    /// The path of something of its member's.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/participants/{}/{rest}", self.name)
    }

    /// Gets something that is there.
    pub fn get<T: serde::de::DeserializeOwned>(&self, rest: &str) -> T {
        let (status, body) = ask(&self.address, "GET", &self.path(rest));
        assert_eq!(status, 200, "{rest}: {body}");
        serde_json::from_value(body).unwrap()
    }

    /// The path of a reading.
    pub fn reading_path(&self, Delivery { day, period }: Delivery) -> String {
        format!("reading?day={day}&period={period}&participant=3&chain=0x{}", hex::encode(CHAIN))
    }

    /// Whether it has a reading.
    pub fn has(&self, delivery: Delivery) -> bool {
        ask(&self.address, "GET", &self.path(&self.reading_path(delivery))).0 == 200
    }

    /// A reading, whose signature holds for participant 3 of this chain and for no other.
    pub fn reading(&self, delivery: Delivery) -> SignedReading {
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
}

/// A running `gridbid gateway`.
pub struct Gateway {
    child: Child,
    /// What it serves.
    pub served: Served,
    said: Arc<Mutex<String>>,
}

impl Gateway {
    /// Starts one that does start.
    pub fn start(folder: &Path, name: &'static str, key: &Path, more: &[&str]) -> Self {
        let mut child = limited()
            .arg("gateway")
            .arg(folder)
            .args(["--participant", name, "--listen", "127.0.0.1:0", "--json", "--key"])
            .arg(key)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (stderr, heard) = (child.stderr.take().unwrap(), Arc::clone(&said));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                heard.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            child.wait().unwrap();
            panic!("{}", said.lock().unwrap())
        });
        let address = told["gateway"].as_str().unwrap().trim_start_matches("http://").to_owned();
        let mut meter = [0; 32];
        hex::decode_to_slice(told["meter"].as_str().unwrap().trim_start_matches("0x"), &mut meter).unwrap();
        Self { child, served: Served { address, name, meter: ed25519::Public::from_raw(meter) }, said }
    }

    /// How many of its lines on standard error have these words.
    pub fn said(&self, words: &str) -> usize {
        self.said.lock().unwrap().lines().filter(|line| line.contains(words)).count()
    }

    /// All that it said on standard error.
    pub fn log(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Gives its disk room for files of so many bytes; without a number, for all.
    pub fn disk(&self, bytes: Option<u64>) {
        let id = Pid::from_raw(self.child.id().try_into().unwrap());
        prlimit(id, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A key of its own in a file for its owner alone.
pub fn key_file(folder: &Path) -> PathBuf {
    let path = folder.join("meter.key");
    write_secret(&path, &format!("0x{}\n", hex::encode([5; 32])), Existing::Replaced).unwrap();
    path
}

/// A port that nobody listens on.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A real broker on a port of its own.
pub struct Broker {
    child: Child,
    port: u16,
    folder: PathBuf,
    lines: String,
}

impl Broker {
    /// Starts one that takes anybody.
    pub fn start(folder: &Path, port: u16) -> Result<Self> {
        Self::with(folder, port, "allow_anonymous true\n")
    }

    /// Starts one with these lines of configuration.
    pub fn with(folder: &Path, port: u16, lines: &str) -> Result<Self> {
        let config = folder.join("mosquitto.conf");
        let user = if std::fs::metadata("/proc/self")?.uid() == 0 { "user root\n" } else { "" };
        std::fs::write(&config, format!("listener {port} 127.0.0.1\n{lines}{user}"))?;
        let found = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"];
        let executable = found.iter().find(|path| Path::new(path).exists());
        let executable = executable.context("mosquitto is missing: scripts/setup.sh installs it")?;
        let child = Command::new(executable)
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let broker = Self { child, port, folder: folder.to_owned(), lines: lines.to_owned() };
        wait_for(|| TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        Ok(broker)
    }

    /// Takes it away, as a service manager does: it may write down what it keeps.
    pub fn stop(&mut self) -> Result<()> {
        // One that is away already has no process any more.
        if self.child.try_wait()?.is_none() {
            kill_process(Pid::from_child(&self.child), Signal::TERM)?;
            self.child.wait()?;
        }
        Ok(())
    }

    /// Takes it away, and starts another of the same kind.
    pub fn restart(mut self) -> Result<Self> {
        self.stop()?;
        Self::with(&self.folder, self.port, &self.lines)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is done.
pub fn wait_for(mut done: impl FnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + BROKER;
    while !done() {
        ensure!(Instant::now() < deadline, "it takes too long");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// LA1's meter, which reports over MQTT.
pub struct Meter {
    client: AsyncClient,
    task: tokio::task::JoinHandle<()>,
}

impl Meter {
    /// One that reports to the broker of a port.
    pub fn new(port: u16) -> Self {
        Self::with(MqttOptions::new("meter", "127.0.0.1", port))
    }

    /// One that reports in a way of its own.
    pub fn with(mut options: MqttOptions) -> Self {
        options.set_max_packet_size(MESSAGE, MESSAGE);
        let (client, mut events) = AsyncClient::new(options, 64);
        let task = tokio::spawn(async move {
            loop {
                if events.poll().await.is_err() {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        });
        Self { client, task }
    }

    /// Says anything.
    pub async fn say(&self, payload: impl Into<String>) -> Result<()> {
        let payload: String = payload.into();
        Ok(self.client.publish("gridbid/LA1/reading", QoS::AtLeastOnce, false, payload).await?)
    }

    /// Reports a reading.
    pub async fn count(&self, day: u32, period: u16, watt_hours: u64) -> Result<()> {
        let delivery = json!({ "day": day, "period": period });
        self.say(json!({ "delivery": delivery, "energy_in": watt_hours, "energy_out": 0 }).to_string()).await
    }

    /// Reports a reading again and again until a gateway has it: before it has subscribed, nobody gets what is said.
    pub fn count_until(&self, served: &Served, day: u32, period: u16, watt_hours: u64) -> Result<()> {
        wait_for(|| {
            futures_block(self.count(day, period, watt_hours)).is_ok() && served.has(Delivery { day, period })
        })
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Waits for a future from a closure that cannot.
fn futures_block<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}
