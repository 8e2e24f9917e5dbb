//! Faults of the machine: a gateway that is down, slow or lies, a clock that jumps, a full disk. The chain goes
//! on, the node says once what is wrong, and it recovers alone.

use super::*;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use common::network::{connected, network_node};
use scenario::Scenario;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tokio::runtime::Runtime;

/// How a gateway answers a question that it should not.
#[derive(Clone, Copy, Debug)]
enum Lie {
    Malformed,
    Huge,
    OtherPeriod,
    OtherParticipant,
    Absurd,
    Negative,
    Slow,
    Fails,
}

/// Which readings it lies about, as long as it is asked for none of a later period.
const LIES: [(u16, &str, Lie); 9] = [
    (3, "LA1", Lie::Malformed),
    (3, "LA2", Lie::Huge),
    (3, "LA3", Lie::OtherParticipant),
    (3, "MG1", Lie::OtherPeriod),
    (5, "LA1", Lie::Slow),
    (5, "LA2", Lie::Absurd),
    (5, "LA3", Lie::Negative),
    (5, "MG1", Lie::Fails),
    (9, "LA2", Lie::Fails),
];
/// The period in which it is wrong only a few times.
const PASSING: u16 = 9;
/// The period whose readings nobody is there to give.
const DOWN: Delivery = Delivery { day: 0, period: 7 };

/// What a lying gateway remembers.
#[derive(Default)]
struct Memory {
    /// Whether it lies at all.
    lies: bool,
    /// The latest period of day 0 that a reading was asked of.
    latest: AtomicU32,
    passing: AtomicU32,
    /// Whether it takes questions and answers none.
    silent: AtomicBool,
}

impl Memory {
    fn lie(&self, uri: &Uri) -> Option<Lie> {
        let (path, query) = (uri.path(), uri.query().unwrap_or_default());
        let value = |key: &str| -> Option<u16> {
            query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))?.parse().ok()
        };
        let day = value("day").filter(|_| self.lies)?;
        if path.ends_with("/LA3/history") && day == 0 {
            return Some(Lie::Fails);
        }
        let period = value("period").filter(|_| day == 0)?;
        let latest = self.latest.fetch_max(period.into(), Ordering::Relaxed);
        let (_, _, lie) = *LIES.iter().find(|(of, who, _)| {
            *of == period && u32::from(period) >= latest && path.ends_with(&format!("/{who}/reading"))
        })?;
        let is_over = period == PASSING && self.passing.fetch_add(1, Ordering::Relaxed) >= 3;
        (!is_over).then_some(lie)
    }
}

async fn answer(State(memory): State<Arc<Memory>>, mut request: Request, next: Next) -> Response {
    let reading = |energy: &str| {
        let delivery = r#"{"day":0,"period":5}"#;
        format!(
            r#"{{"reading":{{"delivery":{delivery},"energy_in":{energy},"energy_out":0}},"signature":""}}"#
        )
    };
    let instead = |request: &mut Request, from: &str, to: &str| {
        *request.uri_mut() = request.uri().to_string().replace(from, to).parse().expect("a URI");
    };
    if memory.silent.load(Ordering::Relaxed) {
        return std::future::pending().await;
    }
    match memory.lie(request.uri()) {
        None => {}
        Some(Lie::Malformed) => return r#"{"reading":{"#.into_response(),
        Some(Lie::Huge) => return Body::from(" ".repeat(300_000)).into_response(),
        Some(Lie::Absurd) => return reading("18446744073709551615").into_response(),
        Some(Lie::Negative) => return reading("-5").into_response(),
        Some(Lie::Fails) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Lie::OtherPeriod) => instead(&mut request, "period=3", "period=4"),
        Some(Lie::OtherParticipant) => instead(&mut request, "participant=2", "participant=1"),
        Some(Lie::Slow) => tokio::time::sleep(Duration::from_secs(3)).await,
    }
    next.run(request).await
}

/// A site's gateway. Dropping it closes its connections, too.
struct Site {
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Site {
    fn up(address: SocketAddr, memory: &Arc<Memory>) -> Result<Self> {
        Self::of(Scenario::paper().map_err(|why| anyhow!("{why}"))?, address, memory)
    }

    fn of(scenario: Scenario, address: SocketAddr, memory: &Arc<Memory>) -> Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let router =
            scenario::gateway::router(Arc::new(scenario)).layer(from_fn_with_state(memory.clone(), answer));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, router).await
        });
        Ok(Self { address, runtime: Some(runtime) })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A script that stands in for the node: it ends in `exec`, so that the node has its process id.
fn wrapped(folder: &Path, script: &str) -> Result<PathBuf> {
    let path = folder.join("node.sh");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n"))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

/// Pauses the chain at the first block from a moment on.
async fn pause_at(chain: &Chain, moment: u64) -> Result<()> {
    wait(chain, |clock| clock.now >= moment.saturating_sub(clock.calendar.period_length)).await?;
    chain.dev("pause", rpc_params![]).await?;
    while chain.clock(None).await?.now < moment {
        chain.dev("step", rpc_params![1]).await?;
    }
    Ok(())
}

/// What the node must have said in one line each, of which participant.
const COMPLAINTS: [(u32, &str); 13] = [
    (2, "the gateway answered with status 500"),
    (0, "the gateway's answer is not what was asked for: EOF"),
    (1, "the gateway's answer is longer than 262144 bytes"),
    (2, "the reading of day 0 period 3 is not signed by the participant's meter"),
    (3, "the gateway answered with the reading of day 0 period 4, not of day 0 period 3"),
    (0, "the gateway did not answer within 2000 ms"),
    (1, "the reading of day 0 period 5 is more than the participant's tie line carries"),
    (2, "the gateway's answer is not what was asked for: invalid value"),
    (3, "the gateway answered with status 500"),
    (0, "the gateway cannot be reached"),
    (1, "the gateway cannot be reached"),
    (2, "the gateway cannot be reached"),
    (1, "the gateway answered with status 500"),
];

#[tokio::test(flavor = "multi_thread")]
async fn day_should_close_and_each_fault_be_told_once_when_the_gateway_is_down_slow_or_lies() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()?;
    let memory = Arc::new(Memory { lies: true, ..Memory::default() });
    let site = Site::up(([127, 0, 0, 1], 0).into(), &memory)?;
    let address = site.address;
    let script = format!("exec '{}' \"$@\" --gateway http://{address}", executable.display());
    let (node, chain) = start(&wrapped(folder.path(), &script)?, folder.path(), 0).await?;

    let calendar = chain.clock(None).await?.calendar;
    pause_at(&chain, calendar.execution(DOWN).to).await?;
    drop(site);
    chain.dev("resume", rpc_params![]).await?;
    wait(&chain, |clock| clock.next_to_settle.is_some_and(|next| next > DOWN)).await?;
    let _site = Site::up(address, &memory)?;
    wait(&chain, |clock| clock.next_to_settle.is_some_and(|next| next.day > 0)).await?;
    chain.dev("pause", rpc_params![]).await?;

    let (url, out) = (node.url(), folder.path().join("out"));
    assert_code(&gridbid(arguments(&[&"report", &"--url", &url, &"--out", &out])), 0);
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("report.json"))?)?;
    let sum = report["totals"]["sum_eth"].as_str().context("a sum")?;
    assert!(sum.bytes().all(|byte| matches!(byte, b'0' | b'.')), "the day's money sums to {sum}");
    let la3 = report["participants"].as_array().context("participants")?.iter();
    let la3 = la3.clone().find(|party| party["participant"] == "LA3").context("LA3")?;
    assert_eq!(la3["p2p_kwh"], "0.000", "without a volume the supplier serves it");
    assert_ne!(la3["actual_kwh"], "0.000");

    let log = std::fs::read_to_string(folder.path().join("node.log"))?;
    let told = |id: u32, what: &str| log.matches(&format!("Participant {id}: {what}")).count();
    for (id, complaint) in COMPLAINTS {
        assert_eq!(told(id, complaint), 1, "of participant {id}: {complaint}\n{log}");
    }
    // MG1 is asked for its plan while an offer may be corrected, and then for its reading.
    assert_eq!(told(3, "the gateway cannot be reached"), 2, "{log}");
    let recoveries = [3, 4, 4, 4];
    assert_eq!([0, 1, 2, 3].map(|id| told(id, "works again")), recoveries, "{log}");
    node.stop().await
}

/// Waits until so many bids of a period are open, which has to be before its reveal window closes.
async fn all_should_be_opened(chain: &Chain, delivery: Delivery, all: usize) -> Result<()> {
    loop {
        let closes = chain.clock(None).await?.open.reveal != Some(delivery);
        let open = chain.queue(delivery, None).await?.len();
        if open == all {
            return Ok(());
        }
        ensure!(!closes, "{open} of {all} bids of {delivery} are open when its reveal window closes");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// How many bids a period has where everybody does what is due.
fn bids(scenario: &Scenario, delivery: Delivery) -> usize {
    let lines = scenario::Simulation::new(scenario, 1).flatten();
    lines.filter(|line| line.delivery == delivery && line.bid.is_some()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn bids_should_be_opened_in_time_when_the_gateway_of_forty_agents_is_silent() -> Result<()> {
    /// Seconds of wall time a period, of which the reveal window has a third.
    const PACE: u32 = 9;
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()?;
    let market = folder.path().join("market");
    community::write(&market, 40)?;
    let memory = Arc::new(Memory::default());
    let scenario = Scenario::read(&market).map_err(|why| anyhow!("{why}"))?;
    let site = Site::of(scenario.clone(), ([127, 0, 0, 1], 0).into(), &memory)?;
    let parts: [&dyn AsRef<std::ffi::OsStr>; 7] = [
        &"--scenario",
        &market,
        &"--pace",
        &"0",
        &"--tmp",
        &"--gateway",
        &format!("http://{}", site.address),
    ];
    let log = folder.path().join("node.log");
    let mut node = DevNode::spawn_with(Some(&executable), &arguments(&parts), &log)?;
    let chain = node.connect().await?;
    wait(&chain, |clock| clock.open.sealing.is_some()).await?;
    chain.dev("pause", rpc_params![]).await?;
    // Readings are due, and offers are looked at again, for every agent in every block.
    memory.silent.store(true, Ordering::Relaxed);
    let first = chain.clock(None).await?.calendar.delivery_at(chain.clock(None).await?.now);
    chain.dev("setPace", rpc_params![PACE]).await?;
    chain.dev("resume", rpc_params![]).await?;
    // A period whose bids are all made beside the silence.
    let period = first.map_or(0, |delivery| delivery.period) + 2;
    let delivery = Delivery { day: 0, period };
    wait(&chain, |clock| clock.open.reveal == Some(delivery)).await?;
    all_should_be_opened(&chain, delivery, bids(&scenario, delivery)).await?;
    node.stop().await
}

/// A namespace with a small file system of its own, kept by a process that ends with this one.
struct SmallDisk {
    keeper: tokio::process::Child,
    folder: PathBuf,
}

impl SmallDisk {
    /// `None` where the system does not let us.
    async fn mounted(folder: &Path) -> Option<Self> {
        let folder = folder.join("data");
        std::fs::create_dir(&folder).ok()?;
        let script = "mount -t tmpfs -o size=300m,mode=700 tmpfs \"$0\" && touch \"$0/mounted\" && cat";
        let mut keeper = tokio::process::Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
            .arg(&folder)
            .stdin(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .ok()?;
        let disk = |keeper| Self { keeper, folder: folder.clone() };
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if keeper.try_wait().ok()?.is_some() {
                return None;
            }
            let inside = format!("/proc/{}/root{}/mounted", keeper.id()?, folder.display());
            if Path::new(&inside).exists() {
                return Some(disk(keeper));
            }
        }
        None
    }

    fn keeper(&self) -> u32 {
        self.keeper.id().expect("it waits for the end of its input")
    }

    fn filler(&self) -> PathBuf {
        format!("/proc/{}/root{}/filler", self.keeper(), self.folder.display()).into()
    }

    /// Leaves no room at all.
    fn fill(&self) -> Result<()> {
        use std::io::Write;
        let mut file = std::fs::File::create(self.filler())?;
        let block = vec![0; 64 * 1024];
        while file.write_all(&block).is_ok() {}
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bills_should_be_the_same_when_the_disk_was_full_amid_the_day() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()?;
    let Some(disk) = SmallDisk::mounted(folder.path()).await else {
        skipped("no namespace with a file system of its own can be made here");
        return Ok(());
    };
    let script = format!(
        "exec nsenter --target {} --user --mount --preserve-credentials '{}' \"$@\"",
        disk.keeper(),
        executable.display()
    );
    let wrapper = wrapped(folder.path(), &script)?;
    let (mut node, chain) = start(&wrapper, folder.path(), 0).await?;
    let noon = chain.clock(None).await?.calendar.start(Delivery { day: 0, period: 8 });
    wait(&chain, |clock| clock.now >= noon).await?;
    disk.fill()?;
    tokio::time::timeout(Duration::from_secs(60), node.ended()).await??;
    let log = std::fs::read_to_string(folder.path().join("node.log"))?;
    for line in ["The node ends, since its database cannot be written", "The simulated clock stands"] {
        assert_eq!(log.matches(line).count(), 1, "{line}\n{}", node.last_words());
    }
    std::fs::remove_file(disk.filler())?;
    same_bills_when_the_day_ends(&wrapper, folder.path())
}

/// Where Debian and its like have libfaketime.
const FAKETIME: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib64/faketime/libfaketime.so.1",
];

/// A wall clock that a test sets.
struct Clockwork {
    setting: PathBuf,
    library: &'static str,
}

impl Clockwork {
    fn new(folder: &Path) -> Result<Option<Self>> {
        let Some(library) = FAKETIME.into_iter().find(|path| Path::new(path).exists()) else {
            skipped("libfaketime is not installed");
            return Ok(None);
        };
        let clock = Self { setting: folder.join("clock"), library };
        clock.shift(0)?;
        Ok(Some(clock))
    }

    /// Lets it go wrong by so many seconds.
    fn shift(&self, seconds: i64) -> Result<()> {
        // Never half written.
        let next = self.setting.with_extension("next");
        std::fs::write(&next, format!("{seconds:+}\n"))?;
        Ok(std::fs::rename(next, &self.setting)?)
    }

    fn wrapped(&self, folder: &Path, executable: &Path) -> Result<PathBuf> {
        let script = format!(
            "export LD_PRELOAD={} FAKETIME_TIMESTAMP_FILE='{}' FAKETIME_NO_CACHE=1 \
             FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1\nexec '{}' \"$@\"",
            self.library,
            self.setting.display(),
            executable.display()
        );
        wrapped(folder, &script)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bills_should_be_the_same_when_the_host_clock_jumps() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()?;
    let Some(clockwork) = Clockwork::new(folder.path())? else { return Ok(()) };
    let wrapper = clockwork.wrapped(folder.path(), &executable)?;
    let (node, chain) = start(&wrapper, folder.path(), 0).await?;
    let calendar = chain.clock(None).await?.calendar;
    for (period, seconds) in [(2, 3_600), (5, -86_400), (8, 0), (11, 31_536_000), (14, -31_536_000)] {
        let start = calendar.start(Delivery { day: 0, period });
        wait(&chain, |clock| clock.now >= start).await?;
        clockwork.shift(seconds)?;
    }
    let last = calendar.start(Delivery { day: 0, period: 17 });
    wait(&chain, |clock| clock.now >= last).await?;
    let log = std::fs::read_to_string(folder.path().join("node.log"))?;
    assert!(!log.contains("Going on without"), "no work is left behind\n{log}");
    node.kill().await?;
    clockwork.shift(0)?;
    same_bills_when_the_day_ends(&executable, folder.path())
}

/// Waits for blocks above a number; gives the best one's.
async fn block_above(chain: &Chain, number: u32, most: Duration) -> Result<Option<u32>> {
    let deadline = Instant::now() + most;
    while Instant::now() < deadline {
        let best = chain.header(None).await?.number;
        if best > number {
            return Ok(Some(best));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(None)
}

/// One of four validators makes every fourth block of a chain of two-second slots.
const TURN: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn network_should_go_on_when_the_host_clock_jumps_and_is_set_right() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()?;
    let Some(clockwork) = Clockwork::new(folder.path())? else { return Ok(()) };
    let wrapper = clockwork.wrapped(folder.path(), &executable)?;
    let (mut child, url) = network_node(&wrapper, folder.path()).await?;
    let chain = connected(&url).await?;
    let mut best = block_above(&chain, 1, TURN).await?.context("blocks in time")?;
    // An hour ahead: the chain follows, as a chain does that stood for an hour.
    clockwork.shift(3_600)?;
    best = block_above(&chain, best.saturating_add(1), TURN).await?.context("blocks an hour ahead")?;
    // Set right: no block can lie before the last, so the chain stands, in silence.
    clockwork.shift(0)?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    best = chain.header(None).await?.number.max(best);
    assert_eq!(block_above(&chain, best, TURN / 2).await?, None, "time does not go back");
    // As soon as time has caught up, the node goes on alone.
    clockwork.shift(3_700)?;
    block_above(&chain, best, TURN).await?.context("blocks once time has caught up")?;
    child.kill().await?;
    let log = std::fs::read_to_string(folder.path().join("node.log"))?;
    assert!(!log.to_lowercase().contains("panic"), "{log}");
    assert!(log.lines().count() < 300, "it stands in silence\n{log}");
    Ok(())
}

/// Whatever lies below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn assert_the_owners_alone(folder: &Path, least: usize) {
    let keys: Vec<_> = files_below(folder)
        .into_iter()
        .filter(|path| path.to_string_lossy().contains("keystore") || path.ends_with("secret_ed25519"))
        .collect();
    assert!(keys.len() >= least, "{keys:?}");
    for path in keys {
        let mode = std::fs::metadata(&path).expect("the file is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_should_be_the_owners_alone_and_in_no_log() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()?;
    // All that the node can say, of the keystore and of calls.
    let script = format!("exec '{}' \"$@\" -l info,keystore=trace,rpc=trace", executable.display());
    let (node, chain) = start(&wrapped(folder.path(), &script)?, folder.path(), 0).await?;
    wait(&chain, |clock| clock.open.sealing.is_some()).await?;
    node.kill().await?;
    // The agents' keys of a --dev chain, which everybody knows, are in memory only.
    assert_the_owners_alone(folder.path(), 1);
    let log = std::fs::read_to_string(folder.path().join("node.log"))?;
    for secret in ["//agent", "//meter", "//Alice", "//LA1"] {
        assert!(!log.contains(secret), "{secret}");
    }
    let inserted = Command::new(&executable)
        .args(["key", "insert", "--chain", "local", "--key-type", "grid", "--scheme", "ed25519"])
        .args(["--suri", "//Eve//agent", "--base-path"])
        .arg(folder.path().join("other"))
        .output()?;
    assert!(inserted.status.success(), "{}", common::stderr(&inserted));
    assert_the_owners_alone(&folder.path().join("other"), 1);
    let file = folder.path().join("node-key");
    let generated = Command::new(&executable)
        .args(["key", "generate-node-key", "--chain", "local", "--file"])
        .arg(&file)
        .output()?;
    assert!(generated.status.success(), "{}", common::stderr(&generated));
    assert_eq!(std::fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_should_be_safe_and_batches_bounded_when_the_chain_is_a_networks() -> Result<()> {
    let Some(executable) = node() else { return Ok(()) };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()?;
    let (mut child, url) = network_node(&executable, folder.path()).await?;
    let chain = connected(&url).await?;
    let refusal = chain.dev("status", rpc_params![]).await.expect_err("only a --dev node has it");
    assert!(format!("{refusal:#}").contains("Method not found"), "{refusal:#}");
    let rpc = subxt::rpcs::client::RpcClient::from_insecure_url(&url).await?;
    for (method, params) in [
        ("author_rotateKeys", rpc_params![]),
        ("author_insertKey", rpc_params!["grid", "//Eve", "0x00"]),
        ("system_addReservedPeer", rpc_params!["/ip4/127.0.0.1/tcp/1"]),
        ("offchain_localStorageSet", rpc_params!["PERSISTENT", "0x00", "0x00"]),
    ] {
        let answer: Result<serde_json::Value, _> = rpc.request(method, params).await;
        let refusal = answer.expect_err(method).to_string();
        assert!(refusal.contains("unsafe"), "{method}: {refusal}");
    }
    assert!(batch(&url, 100)?.contains(r#""result""#));
    assert!(!batch(&url, 101)?.contains(r#""result""#), "a longer batch is refused");
    child.kill().await?;
    assert_the_owners_alone(folder.path(), 1);
    Ok(())
}

/// The answer to so many questions at once, over HTTP.
fn batch(url: &str, calls: usize) -> Result<String> {
    use std::io::{Read, Write};
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"system_chain","params":[]}"#;
    let body = format!("[{}]", vec![call; calls].join(","));
    let host = url.trim_start_matches("ws://");
    let mut stream = std::net::TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
