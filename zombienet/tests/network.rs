//! The network of `network.toml`, driven through what happens to networks. `scripts/network.sh test` runs it.

use anyhow::{Context, Result, anyhow, ensure};
use client::archive::ProvenBill;
use client::chain::Chain;
use market::api::RecordedLine;
use market::{Day, Delivery};
use std::time::{Duration, Instant};
use zombienet_sdk::subxt::dynamic::{Value, tx};
use zombienet_sdk::subxt::{OnlineClient, SubstrateConfig};
use zombienet_sdk::subxt_signer::sr25519::{Keypair, dev};
use zombienet_sdk::{LocalFileSystem, Network, NetworkConfig, NetworkConfigExt, NetworkNode};

/// All nodes, the validators first.
const NODES: [&str; 9] = ["alice", "bob", "charlie", "dave", "la1", "la2", "la3", "mg1", "res"];
/// How long a step may take: a day has eight minutes.
const STEP: Duration = Duration::from_secs(600);
/// How long finality is watched.
const WATCHED: Duration = Duration::from_secs(30);
/// How often a node is asked.
const PAUSE: Duration = Duration::from_millis(500);

type Net = Network<LocalFileSystem>;

#[tokio::test(flavor = "multi_thread")]
async fn network_should_settle_its_days_when_nodes_are_killed_paused_and_lost() -> Result<()> {
    let network = NetworkConfig::load_from_toml("network.toml")?.spawn_native().await?;
    let outcome = drive(&network).await;
    network.destroy().await?;
    outcome
}

async fn drive(network: &Net) -> Result<()> {
    let began = Instant::now();
    macro_rules! step {
        ($what:expr, $done:expr) => {
            $done.await.with_context(|| $what)?;
            eprintln!("{:>4} s  {}", began.elapsed().as_secs(), $what);
        };
    }
    step!("a validator is killed and back", validator_should_catch_up_when_it_was_killed(network));
    step!("one of four paused: finality goes on", finality_should_go_on_when_one_is_paused(network));
    step!(
        "two of four paused: it stalls and recovers",
        finality_should_recover_when_two_were_paused(network)
    );
    step!("a validator leaves and comes back", validators_should_change_when_the_operator_says_so(network));
    step!(
        "LA1 is killed between seal and reveal",
        bid_should_be_revealed_when_its_node_was(network, "la1", Lost::Process)
    );
    step!(
        "LA1 loses its database there, too",
        bid_should_be_revealed_when_its_node_was(network, "la1", Lost::Database)
    );
    step!(
        "LA2 never comes back: the supplier serves it",
        supplier_should_serve_who_never_comes_back(network)
    );
    step!("a day's bills agree on every node", bills_should_agree_on_every_node(network));
    Ok(())
}

async fn chain(network: &Net, name: &str) -> Result<Chain> {
    Chain::connect(network.get_node(name)?.ws_uri()).await.with_context(|| name.to_owned())
}

/// Waits until something is so; failures to answer are waited out, too.
async fn until<T>(what: &str, mut asked: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + STEP;
    loop {
        let last = match asked().await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => anyhow!("it is not so"),
            Err(error) => error,
        };
        ensure!(Instant::now() < deadline, "{what}: {last:#}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// The newest block that a node takes for final.
async fn finalised(network: &Net, name: &str) -> Result<u32> {
    chain(network, name).await?.finalised().await
}

async fn finality_should_advance(network: &Net, name: &str) -> Result<()> {
    let from = finalised(network, name).await?;
    until("finality advances", async || Ok((finalised(network, name).await? >= from + 5).then_some(()))).await
}

async fn validator_should_catch_up_when_it_was_killed(network: &Net) -> Result<()> {
    finality_should_advance(network, "alice").await?;
    // SIGKILL, and the same command again.
    network.get_node("bob")?.restart(None).await?;
    let reached = finalised(network, "alice").await?;
    until("bob catches up", async || Ok((finalised(network, "bob").await? > reached).then_some(()))).await
}

async fn finality_should_go_on_when_one_is_paused(network: &Net) -> Result<()> {
    let dave = network.get_node("dave")?;
    dave.pause().await?;
    let went_on = finality_should_advance(network, "alice").await;
    dave.resume().await?;
    went_on
}

async fn finality_should_recover_when_two_were_paused(network: &Net) -> Result<()> {
    let paused: [&NetworkNode; 2] = [network.get_node("charlie")?, network.get_node("dave")?];
    for node in paused {
        node.pause().await?;
    }
    // A round that was all but done may still end.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let from = finalised(network, "alice").await?;
    tokio::time::sleep(WATCHED).await;
    let to = finalised(network, "alice").await?;
    for node in paused {
        node.resume().await?;
    }
    ensure!(to == from, "two of four finalised blocks {from} to {to}");
    finality_should_advance(network, "alice").await
}

/// Makes a call by the operator's origin, and waits until it is final.
async fn by_operator(network: &Net, pallet: &str, call: &str, arguments: Vec<Value>) -> Result<()> {
    let client: OnlineClient<SubstrateConfig> = network.get_node("alice")?.wait_client().await?;
    let call = Value::unnamed_variant(pallet, [Value::unnamed_variant(call, arguments)]);
    let sudo = tx("Sudo", "sudo", vec![call]);
    client
        .tx()
        .sign_and_submit_then_watch_default(&sudo, &dev::alice())
        .await?
        .wait_for_finalized_success()
        .await?;
    Ok(())
}

async fn set_validators(network: &Net, keys: &[Keypair]) -> Result<()> {
    let accounts = keys.iter().map(|key| Value::from_bytes(key.public_key().0));
    let accounts: Vec<Value> = accounts.collect();
    by_operator(network, "Validators", "set", vec![Value::unnamed_composite(accounts)]).await?;
    let wanted = keys.len();
    until("the validators change", async || {
        let authorities = chain(network, "res").await?.authorities().await?;
        Ok((authorities.len() == wanted).then_some(()))
    })
    .await?;
    finality_should_advance(network, "alice").await
}

async fn validators_should_change_when_the_operator_says_so(network: &Net) -> Result<()> {
    let all = [dev::alice(), dev::bob(), dev::charlie(), dev::dave()];
    set_validators(network, &all[..3]).await?;
    set_validators(network, &all).await
}

/// What a site's node loses.
#[derive(Clone, Copy)]
enum Lost {
    /// Its process, by SIGKILL.
    Process,
    /// Its process and its database; the keystore stays.
    Database,
}

/// The line of a participant, as another node has it.
async fn line(network: &Net, who: &str, delivery: Delivery) -> Result<Option<RecordedLine>> {
    let chain = chain(network, "res").await?;
    let id = chain.participant_named(who).await?.id;
    let lines = chain.lines(delivery, None).await?;
    Ok(lines.into_iter().find(|line| line.line.participant == id))
}

async fn bid_should_be_revealed_when_its_node_was(network: &Net, name: &str, lost: Lost) -> Result<()> {
    let who = name.to_uppercase();
    let watcher = chain(network, "res").await?;
    let id = watcher.participant_named(&who).await?.id;
    let events = watcher.events().await?;
    let mut next = watcher.header(None).await?.number;
    let delivery = until("it seals", async || {
        let head = watcher.header(None).await?.number;
        while next <= head {
            let found = events.of(next).await?.into_iter().find(|event| {
                event.name == "Sealed" && event.number("participant") == Some(i128::from(id.0))
            });
            next += 1;
            if let Some(delivery) = found.and_then(|event| event.delivery()) {
                return Ok(Some(delivery));
            }
        }
        Ok(None)
    })
    .await?;
    let node = network.get_node(name)?;
    if let Lost::Database = lost {
        // It stands still while its database goes away; then it is killed and started again.
        node.pause().await?;
        let chains = node.base_dir().join("data/chains");
        for chain in std::fs::read_dir(&chains).with_context(|| chains.display().to_string())?.flatten() {
            for database in ["db", "paritydb"] {
                let path = chain.path().join(database);
                if path.exists() {
                    std::fs::remove_dir_all(path)?;
                }
            }
        }
    }
    node.restart(None).await?;
    let bid = until("the period is settled", async || {
        Ok(line(network, &who, delivery).await?.filter(|line| line.settled.is_some()))
    })
    .await?;
    ensure!(bid.line.bid.is_some(), "{who} did not reveal its bid for {delivery}");
    Ok(())
}

async fn supplier_should_serve_who_never_comes_back(network: &Net) -> Result<()> {
    network.get_node("la2")?.pause().await?;
    let open = until("a window opens", async || {
        let clock = chain(network, "res").await?.clock(None).await?;
        Ok(clock.open.sealing)
    })
    .await?;
    // What was sealed before is over with the day after.
    let delivery = Delivery { day: open.day + 1, period: 3 };
    until("the supplier settles without it", async || {
        let next = chain(network, "res").await?.clock(None).await?.next_to_settle;
        Ok(next.filter(|next| *next > delivery))
    })
    .await?;
    let alone = line(network, "LA2", delivery).await?;
    ensure!(
        alone
            .is_none_or(|line| line.line.bid.is_none()
                && line.line.peer_to_peer.unwrap_or_default().watt_hours() == 0),
        "LA2 traded without its node"
    );
    let served = line(network, "LA1", delivery).await?.context("LA1 has no line")?;
    ensure!(served.line.bid.is_some(), "LA1 goes on");
    network.get_node("la2")?.resume().await
}

/// Everybody's bill of a day, as a node has it.
async fn bills(network: &Net, node: &str, day: Day) -> Result<Vec<ProvenBill>> {
    let chain = chain(network, node).await?;
    let mut bills = Vec::new();
    for info in chain.participants(None).await? {
        let (bill, proof) = (chain.bill(day, info.id).await?, chain.proof(day, info.id).await?);
        bills.extend(bill.map(|bill| ProvenBill { name: info.name, role: info.role, bill, proof }));
    }
    Ok(bills)
}

async fn bills_should_agree_on_every_node(network: &Net) -> Result<()> {
    let last =
        chain(network, "res").await?.clock(None).await?.next_to_settle.context("nothing is settled")?;
    let day = last.day.checked_sub(1).context("no day is settled")?;
    let first = bills(network, "alice", day).await?;
    ensure!(first.len() > 4, "{} bills", first.len());
    for node in NODES {
        let same = until("its bills are there", async || {
            let theirs = bills(network, node, day).await?;
            // A node that lags has not closed the day yet.
            Ok((theirs.len() == first.len()).then_some(theirs))
        })
        .await?;
        for (one, other) in first.iter().zip(&same) {
            one.check()?;
            ensure!(one.bill == other.bill, "{node} has another bill of {} for day {day}", one.name);
        }
    }
    Ok(())
}
