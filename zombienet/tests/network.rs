//! The network of `network.toml`, driven through what happens to networks. `scripts/network.sh test` runs it.

use anyhow::{Context, Result, anyhow, ensure};
use client::chain::Chain;
use client::events::Events;
use client::proven::ProvenBill;
use market::api::RecordedLine;
use market::{Day, Delivery};
use std::collections::BTreeSet;
use std::future::Future;
use std::time::{Duration, Instant};
use zombienet_sdk::subxt::dynamic::{Value, tx};
use zombienet_sdk::subxt::ext::subxt_rpcs::client::rpc_params;
use zombienet_sdk::subxt::tx::DynamicPayload;
use zombienet_sdk::subxt::{OnlineClient, SubstrateConfig};
use zombienet_sdk::subxt_signer::sr25519::{Keypair, dev};
use zombienet_sdk::{AddNodeOptions, LocalFileSystem, Network, NetworkConfig, NetworkConfigExt};

/// The nodes that the network starts with, the validators first.
const NODES: [&str; 9] = ["alice", "bob", "charlie", "dave", "la1", "la2", "la3", "mg1", "res"];
/// How long finality may take to go on, a node to catch up.
const SOON: Duration = Duration::from_secs(120);
/// How long the market may take to come to something: a day has eight minutes.
const DAY: Duration = Duration::from_secs(600);
/// How long finality is watched while it must stand.
const WATCHED: Duration = Duration::from_secs(20);
/// How long a validator is away.
const AWAY: Duration = Duration::from_secs(10);
/// How often a node is asked.
const PAUSE: Duration = Duration::from_millis(500);
/// Blocks that finality has to go on for.
const BLOCKS: u32 = 5;
/// How often a node is killed until it was in time.
const ATTEMPTS: u32 = 3;
/// Milliseconds in which a node that is back reveals a bid: four blocks.
const ENOUGH: u64 = 8_000;
/// Everybody in the market, LA4 too, who has no node.
const PARTICIPANTS: usize = 6;
/// What a validator's account gets, in planck: 1 ETH.
const FLOAT: u128 = 1_000_000_000_000_000_000;

type Net = Network<LocalFileSystem>;

#[tokio::test(flavor = "multi_thread")]
async fn network_should_settle_its_days_when_its_nodes_validators_and_runtime_change() -> Result<()> {
    let began = Instant::now();
    let mut network = NetworkConfig::load_from_toml("network.toml")?.spawn_native().await?;
    done(began, "nine nodes and four gateways are up");
    let outcome = drive(&mut network, began).await;
    network.destroy().await?;
    outcome
}

fn done(began: Instant, what: &str) {
    eprintln!("{:>4} s  {what}", began.elapsed().as_secs());
}

async fn drive(network: &mut Net, began: Instant) -> Result<()> {
    macro_rules! step {
        ($what:expr, $done:expr) => {{
            let outcome = $done.await.with_context(|| $what)?;
            done(began, $what);
            outcome
        }};
    }
    step!("all finalise the same chain", finality_should_advance(network, &NODES));
    step!("a validator is killed and back", validator_should_catch_up_when_it_was_killed(network));
    step!("one of four validators is paused: finality goes on", finality_should_go_on_without_one(network));
    step!("two of four are paused: it stalls, and recovers", finality_should_stall_without_two(network));
    let eve = step!("a fifth node makes session keys", validator_should_set_its_keys(network));
    step!("Eve replaces Dave as a validator", validators_should_change_when_one_is_replaced(network, &eve));
    let killed = step!(
        "LA1's node is killed between seal and reveal, and reveals",
        bid_should_be_revealed_when_its_node_was_killed(network, "la1", Lost::Process)
    );
    step!("Dave is added as a fifth", validators_should_change_when_one_is_added(network, &eve));
    let bare = step!(
        "LA3's node loses its database there, and reveals",
        bid_should_be_revealed_when_its_node_was_killed(network, "la3", Lost::Database)
    );
    let upgraded =
        step!("the runtime is upgraded in the middle of the day", runtime_should_be_upgraded(network));
    let lost = step!(
        "LA2's node is killed between seal and reveal, for good",
        node_should_be_killed_after_its_seal(network, "la2")
    );
    step!("Charlie is removed", validators_should_change_when_one_is_removed(network, &eve));
    step!("the supplier serves LA2", supplier_should_serve_who_never_comes_back(network, lost));
    step!(
        "the bills agree on every node",
        bills_should_agree_on_every_node(network, &[killed, bare, upgraded, lost])
    );
    Ok(())
}

async fn chain(network: &Net, name: &str) -> Result<Chain> {
    Chain::connect(network.get_node(name)?.ws_uri()).await.with_context(|| name.to_owned())
}

/// Waits until something is so; failures to answer are waited out, too.
async fn until<T>(
    what: &str,
    limit: Duration,
    mut asked: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        let last = match asked().await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => anyhow!("it is not so"),
            Err(error) => error,
        };
        ensure!(Instant::now() < deadline, "{what}, within {} s: {last:#}", limit.as_secs());
        tokio::time::sleep(PAUSE).await;
    }
}

/// The newest block that a node takes for final.
async fn finalised(network: &Net, name: &str) -> Result<u32> {
    chain(network, name).await?.finalised().await
}

/// Waits until nodes have blocks for final that the first of them has not now, and the same.
async fn finality_should_advance(network: &Net, names: &[&str]) -> Result<()> {
    let first = names.first().context("no node")?;
    let goal = until("it answers", SOON, async || finalised(network, first).await.map(Some)).await? + BLOCKS;
    let mut hashes = BTreeSet::new();
    for name in names {
        let what = format!("{name} takes block {goal} for final");
        until(&what, SOON, async || Ok((finalised(network, name).await? >= goal).then_some(()))).await?;
        hashes.insert(chain(network, name).await?.hash(Some(goal)).await?);
    }
    ensure!(hashes.len() == 1, "they differ in block {goal}: {hashes:?}");
    Ok(())
}

/// Kills a node by SIGKILL. What runs in its place ends at once.
async fn kill(network: &Net, name: &str) -> Result<()> {
    network.get_node(name)?.restart_with(Vec::new(), Some("false".into()), None, None).await
}

/// Starts a killed node as it was started first.
async fn start(network: &Net, name: &str) -> Result<()> {
    network.get_node(name)?.restart(None).await
}

async fn validator_should_catch_up_when_it_was_killed(network: &Net) -> Result<()> {
    kill(network, "bob").await?;
    tokio::time::sleep(AWAY).await;
    ensure!(chain(network, "bob").await.is_err(), "bob answers although it was killed");
    start(network, "bob").await?;
    finality_should_advance(network, &["alice", "bob"]).await
}

/// Pauses nodes by SIGSTOP while something is done.
async fn without<T>(network: &Net, names: &[&str], done: impl Future<Output = Result<T>>) -> Result<T> {
    for name in names {
        network.get_node(*name)?.pause().await?;
    }
    let outcome = done.await;
    for name in names {
        network.get_node(*name)?.resume().await?;
    }
    outcome
}

async fn finality_should_go_on_without_one(network: &Net) -> Result<()> {
    without(network, &["dave"], finality_should_advance(network, &["alice", "bob", "charlie"])).await?;
    finality_should_advance(network, &["alice", "dave"]).await
}

async fn finality_should_stall_without_two(network: &Net) -> Result<()> {
    without(network, &["charlie", "dave"], async {
        // A round that was all but done may still end.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let from = finalised(network, "alice").await?;
        tokio::time::sleep(WATCHED).await;
        let to = finalised(network, "alice").await?;
        ensure!(to == from, "two of four finalised blocks {from} to {to}");
        Ok(())
    })
    .await?;
    finality_should_advance(network, &NODES).await
}

/// Makes a call from an account through a node, and waits until it is final.
async fn submit(network: &Net, node: &str, call: &DynamicPayload, signer: &Keypair) -> Result<()> {
    let client: OnlineClient<SubstrateConfig> = network.get_node(node)?.wait_client().await?;
    let submitted = client.tx().sign_and_submit_then_watch_default(call, signer).await?;
    tokio::time::timeout(SOON, submitted.wait_for_finalized_success())
        .await
        .with_context(|| format!("it is not final within {} s", SOON.as_secs()))??;
    Ok(())
}

/// An office announces a call, and when its notice is over somebody else enacts it.
async fn by_office(
    network: &Net,
    office: &str,
    pallet: &str,
    call: &str,
    arguments: Vec<Value>,
) -> Result<()> {
    let inner = Value::unnamed_variant(pallet, [Value::unnamed_variant(call, arguments)]);
    let name = Value::unnamed_variant(office, []);
    let watcher = chain(network, "res").await?;
    let from = watcher.header(None).await?.number;
    let announce = tx("Offices", "announce", vec![name.clone(), inner.clone()]);
    let holder = Keypair::from_uri(&format!("//{office}").parse()?)?;
    submit(network, "alice", &announce, &holder)
        .await
        .with_context(|| format!("{office} announces {pallet}.{call}"))?;
    let (events, to) = (Events::of_chain(&watcher).await?, watcher.header(None).await?.number);
    let mut announced = None;
    for block in from..=to {
        let made = events.of(block).await?;
        announced = made.into_iter().find(|event| event.name == "Announced").or(announced);
    }
    let announced = announced.context("no event tells of the announcement")?;
    let number = announced.number("number").context("the announcement has no number")?;
    let due = announced.number("due").context("the announcement has no time")?;
    until("the notice is over", SOON, async || {
        let last = watcher.hash(Some(watcher.finalised().await?)).await?;
        Ok((i128::from(watcher.time(&last).await?) >= due).then_some(()))
    })
    .await?;
    let enact = tx("Offices", "enact", vec![name, Value::i128(number), inner]);
    submit(network, "alice", &enact, &dev::alice()).await.with_context(|| format!("{pallet}.{call}"))
}

/// A validator as the test knows it: its account, and the key that makes its blocks.
#[derive(Clone)]
struct Validator {
    account: [u8; 32],
    author: [u8; 32],
}

impl Validator {
    /// One of the first state: its account is the key that makes its blocks.
    fn first(key: &Keypair) -> Self {
        let key = key.public_key().0;
        Self { account: key, author: key }
    }
}

/// The validators of the first state.
fn first_validators() -> [Validator; 4] {
    [dev::alice(), dev::bob(), dev::charlie(), dev::dave()].map(|key| Validator::first(&key))
}

/// What a node answers that made session keys.
#[derive(serde::Deserialize)]
struct SessionKeys {
    keys: String,
    proof: String,
}

/// Starts a fifth node, which makes its session keys itself, and sets them by its account's transaction.
async fn validator_should_set_its_keys(network: &mut Net) -> Result<Validator> {
    // Not as a validator of zombienet's, which would bring known keys.
    let args = vec![
        "--validator".into(),
        "-:--prometheus-external".into(),
        ("--listen-addr", "/ip4/127.0.0.1/tcp/0/ws").into(),
        "--no-mdns".into(),
    ];
    network.add_node("eve", AddNodeOptions { args, ..AddNodeOptions::default() }).await?;
    finality_should_advance(network, &["alice", "eve"]).await?;
    let owner = dev::eve();
    let account = owner.public_key().0;
    let to = Value::unnamed_variant("Id", [Value::from_bytes(account)]);
    let transfer = tx("Balances", "transfer_keep_alive", vec![to, Value::u128(FLOAT)]);
    submit(network, "alice", &transfer, &dev::alice()).await.context("eve's account gets its float")?;

    let rpc = network.get_node("eve")?.rpc().await?;
    let hexadecimal = format!("0x{}", hex::encode(account));
    let made: SessionKeys = rpc.request("author_rotateKeysWithOwner", rpc_params![hexadecimal]).await?;
    let bytes = |text: &str| hex::decode(text.trim_start_matches("0x"));
    let (keys, proof) = (bytes(&made.keys)?, bytes(&made.proof)?);
    let (aura, grandpa) = keys.split_at_checked(32).context("session keys are too short")?;
    let author = aura.try_into()?;
    let keys =
        Value::named_composite([("aura", Value::from_bytes(aura)), ("grandpa", Value::from_bytes(grandpa))]);
    let set_keys = tx("Session", "set_keys", vec![keys, Value::from_bytes(proof)]);
    submit(network, "eve", &set_keys, &owner).await.context("session.set_keys")?;
    Ok(Validator { account, author })
}

/// Sets the validators, and waits until they, and nobody else, make final blocks.
async fn set_validators(network: &Net, validators: &[Validator]) -> Result<()> {
    let accounts: Vec<Value> = validators.iter().map(|one| Value::from_bytes(one.account)).collect();
    by_office(network, "Board", "Validators", "set", vec![Value::unnamed_composite(accounts)]).await?;
    let wanted: BTreeSet<[u8; 32]> = validators.iter().map(|one| one.author).collect();
    let watcher = chain(network, "res").await?;
    let from = until("the authorities change", SOON, async || {
        let head = watcher.header(None).await?.number;
        let authorities: BTreeSet<_> = watcher.authorities(None).await?.into_iter().collect();
        Ok((authorities == wanted).then_some(head))
    })
    .await?;
    // Two turns of everybody, and the blocks until the change is in force.
    let turns = u32::try_from(validators.len())? * 2;
    until("all of them make blocks", SOON, async || {
        let last = watcher.finalised().await?;
        let first = last.saturating_sub(turns).max(from + 1);
        let mut authors = BTreeSet::new();
        for number in first..=last {
            authors.insert(author(network, number).await?);
        }
        Ok((authors == wanted).then_some(()))
    })
    .await
}

/// The key that made a block.
async fn author(network: &Net, number: u32) -> Result<[u8; 32]> {
    let rpc = network.get_node("res")?.rpc().await?;
    let watcher = chain(network, "res").await?;
    let hash = watcher.hash(Some(number)).await?;
    let made: Made = rpc.request("chain_getHeader", rpc_params![hash]).await?;
    // What stands before the runtime runs (6), of "aura", in eight bytes (0x20): the slot.
    let slot = made.digest.logs.iter().find_map(|log| log.strip_prefix("0x066175726120"));
    let mut bytes = [0; 8];
    hex::decode_to_slice(slot.context("no slot")?, &mut bytes)?;
    let authorities = watcher.authorities(Some(&made.parent_hash)).await?;
    let place =
        u64::from_le_bytes(bytes).checked_rem(authorities.len().try_into()?).context("no authority")?;
    authorities.get(usize::try_from(place)?).copied().context("no authority")
}

/// What a header says about who made it.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    parent_hash: String,
    digest: Digest,
}

#[derive(serde::Deserialize)]
struct Digest {
    logs: Vec<String>,
}

async fn validators_should_change_when_one_is_replaced(network: &Net, eve: &Validator) -> Result<()> {
    let [alice, bob, charlie, _] = first_validators();
    set_validators(network, &[alice, bob, charlie, eve.clone()]).await?;
    // Two of the first four are away, and of the new four only one.
    without(network, &["charlie", "dave"], finality_should_advance(network, &["alice", "bob", "eve"]))
        .await?;
    finality_should_advance(network, &NODES).await
}

async fn validators_should_change_when_one_is_added(network: &Net, eve: &Validator) -> Result<()> {
    let [alice, bob, charlie, dave] = first_validators();
    set_validators(network, &[alice, bob, charlie, eve.clone(), dave]).await
}

async fn validators_should_change_when_one_is_removed(network: &Net, eve: &Validator) -> Result<()> {
    let [alice, bob, _, dave] = first_validators();
    set_validators(network, &[alice, bob, eve.clone(), dave]).await
}

/// What a site's node loses.
#[derive(Clone, Copy)]
enum Lost {
    /// Its process, by SIGKILL.
    Process,
    /// Its process and its database; the keystore stays.
    Database,
}

/// Waits for the next block with a participant's sealed bid, and gives its period. Blocks are read from `next` on.
async fn sealed(network: &Net, who: &str, next: &mut u32) -> Result<Delivery> {
    let watcher = chain(network, "res").await?;
    let id = watcher.participant_named(who).await?.id;
    let events = Events::of_chain(&watcher).await?;
    until(&format!("{who} seals a bid"), DAY, async || {
        let head = watcher.header(None).await?.number;
        while *next <= head {
            let found = events.of(*next).await?.into_iter().find(|event| {
                event.name == "Sealed" && event.number("participant") == Some(i128::from(id.0))
            });
            *next += 1;
            if let Some(delivery) = found.and_then(|event| event.delivery()) {
                return Ok(Some(delivery));
            }
        }
        Ok(None)
    })
    .await
}

/// Waits until a participant has sealed a bid, and kills its node while the bid cannot be revealed yet.
async fn node_should_be_killed_after_its_seal(network: &Net, name: &str) -> Result<Delivery> {
    let watcher = chain(network, "res").await?;
    let mut next = watcher.header(None).await?.number;
    for _ in 0..ATTEMPTS {
        let delivery = sealed(network, &name.to_uppercase(), &mut next).await?;
        kill(network, name).await?;
        if watcher.clock(None).await?.open.sealing == Some(delivery) {
            return Ok(delivery);
        }
        eprintln!("        {name}'s node was killed too late for {delivery}: with the next bid, then");
        start(network, name).await?;
    }
    Err(anyhow!("{name} was not killed in time, {ATTEMPTS} times"))
}

/// Kills a site's node between seal and reveal and starts it again, until it was back while the bid could be
/// revealed: then it must have been. A machine may be too slow for that once.
async fn bid_should_be_revealed_when_its_node_was_killed(
    network: &Net,
    name: &str,
    lost: Lost,
) -> Result<Delivery> {
    let watcher = chain(network, "res").await?;
    for _ in 0..ATTEMPTS {
        let delivery = node_should_be_killed_after_its_seal(network, name).await?;
        if let Lost::Database = lost {
            let database = network.get_node(name)?.base_dir().join("data/chains/gridbid-local/paritydb");
            std::fs::remove_dir_all(&database).with_context(|| database.display().to_string())?;
        }
        start(network, name).await?;
        until(&format!("{name} is back"), SOON, async || {
            let own = chain(network, name).await?.header(None).await?.number;
            Ok((own + 1 >= watcher.header(None).await?.number).then_some(()))
        })
        .await?;
        let clock = watcher.clock(None).await?;
        let begins = clock.calendar.start(delivery);
        until(&format!("{delivery} begins"), SOON, async || {
            let last = watcher.hash(Some(watcher.finalised().await?)).await?;
            Ok((watcher.time(&last).await? >= begins).then_some(()))
        })
        .await?;
        if line(&watcher, &name.to_uppercase(), delivery).await?.line.bid.is_some() {
            return Ok(delivery);
        }
        let left = begins.saturating_sub(clock.now);
        ensure!(left < ENOUGH, "{name} was back {left} ms before {delivery}, and did not reveal its bid");
        eprintln!("        {name}'s node was back too late for {delivery}: with the next bid, then");
    }
    Err(anyhow!("{name} was not back in time, {ATTEMPTS} times"))
}

/// The spec version of the runtime that a node runs at its best block.
async fn spec_version(network: &Net, name: &str) -> Result<u32> {
    let rpc = network.get_node(name)?.rpc().await?;
    let version: Version = rpc.request("state_getRuntimeVersion", rpc_params![]).await?;
    Ok(version.spec_version)
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    spec_version: u32,
}

/// The period in which the chain is.
async fn now(network: &Net) -> Result<Delivery> {
    let clock = chain(network, "res").await?.clock(None).await?;
    clock.calendar.delivery_at(clock.now).context("it is before the market's first day")
}

/// Root authorizes the next runtime, and somebody else applies it. Gives the period in which it was.
async fn runtime_should_be_upgraded(network: &Net) -> Result<Delivery> {
    let file = std::env::var("GRIDBID_NEXT_RUNTIME").context("GRIDBID_NEXT_RUNTIME names no Wasm")?;
    let code = std::fs::read(&file).context(file)?;
    let before = spec_version(network, "res").await?;
    let hash = Value::from_bytes(sp_crypto_hashing::blake2_256(&code));
    by_office(network, "Root", "System", "authorize_upgrade", vec![hash]).await?;
    let apply = tx("System", "apply_authorized_upgrade", vec![Value::from_bytes(&code)]);
    submit(network, "eve", &apply, &dev::eve()).await.context("system.apply_authorized_upgrade")?;
    for name in NODES.iter().chain(&["eve"]) {
        let what = format!("{name} runs spec version {}", before + 1);
        until(&what, SOON, async || Ok((spec_version(network, name).await? == before + 1).then_some(())))
            .await?;
    }
    finality_should_advance(network, &NODES).await?;
    now(network).await
}

/// The line of a participant.
async fn line(chain: &Chain, who: &str, delivery: Delivery) -> Result<RecordedLine> {
    let id = chain.participant_named(who).await?.id;
    chain.line(delivery, id, None).await?.with_context(|| format!("{who} has no line of {delivery}"))
}

/// Waits until the rest of the day is settled: the bid that LA2 sealed, and what it would have bid for then, are
/// served by the supplier, while LA1 goes on.
async fn supplier_should_serve_who_never_comes_back(network: &Net, lost: Delivery) -> Result<()> {
    let watcher = chain(network, "res").await?;
    let calendar = until("the day is settled", DAY, async || {
        let clock = watcher.clock(None).await?;
        Ok(clock.next_to_settle.is_some_and(|next| next.day > lost.day).then_some(clock.calendar))
    })
    .await?;
    let mut goes_on = false;
    for period in lost.period..calendar.periods_per_day {
        let delivery = Delivery { period, ..lost };
        let served = line(&watcher, "LA2", delivery).await?.line;
        ensure!(served.bid.is_none(), "LA2 has a bid for {delivery} without its node");
        ensure!(
            served.peer_to_peer.unwrap_or_default().is_zero(),
            "LA2 traded in {delivery} without its node"
        );
        let used = served.actual.unwrap_or_default();
        ensure!(!used.is_zero() && served.balanced == used, "the supplier did not serve LA2 in {delivery}");
        goes_on |= line(&watcher, "LA1", delivery).await?.line.bid.is_some();
    }
    ensure!(goes_on, "LA1 has no bid from {lost} on");
    Ok(())
}

/// Everybody's bill of a day, as a node has it.
async fn bills(network: &Net, node: &str, day: Day) -> Result<Vec<ProvenBill>> {
    let chain = chain(network, node).await?;
    let mut bills = Vec::new();
    for info in chain.participants(None).await? {
        bills.extend(ProvenBill::of(&chain, day, &info, None).await?);
    }
    Ok(bills)
}

/// The bills of the days in which something happened are the same on every node that is left, and proven.
async fn bills_should_agree_on_every_node(network: &Net, happened: &[Delivery]) -> Result<()> {
    let days: BTreeSet<Day> = happened.iter().map(|delivery| delivery.day).collect();
    for day in days {
        // A node that lags has not settled the day yet.
        until("they agree", SOON, async || {
            let first = bills(network, "alice", day).await?;
            ensure!(first.len() == PARTICIPANTS, "{} bills of day {day}", first.len());
            let traded = first.iter().flat_map(|bill| &bill.bill.lines).any(|line| line.bid.is_some());
            ensure!(traded, "nobody bid in day {day}");
            for node in NODES.iter().filter(|node| **node != "la2").chain(&["eve"]) {
                let theirs = bills(network, node, day).await?;
                ensure!(theirs.len() == first.len(), "{node} has {} bills of day {day}", theirs.len());
                for (one, other) in first.iter().zip(&theirs) {
                    one.check()?;
                    other.check()?;
                    ensure!(one.proof.is_some(), "{}'s bill of day {day} is not proven", one.name);
                    ensure!(
                        one.bill == other.bill && one.proof == other.proof,
                        "{node} has another bill of {} for day {day}",
                        one.name
                    );
                }
            }
            Ok(Some(()))
        })
        .await?;
    }
    Ok(())
}
