//! `gridbid load`: as many members as one likes, on a node of its own, through one delivery period.
//!
//! The command acts for all members itself. The node makes a block when it is told to, on its simulated clock:
//! as soon as enough transactions wait, or the last ones of a stage do. Everything is measured from outside.

mod figures;
mod stage;
mod transactions;

use crate::calls::Call;
use crate::chain::Chain;
use crate::devnode::DevNode;
use crate::events::Events;
use crate::failure::{Kind, failure};
use crate::output::{tell, tell_over};
use anyhow::{Context, Result, anyhow};
use figures::{Figures, Growth};
use market::api::{Clock, RecordedLine};
use market::bidding::{BidContext, demand_share};
use market::bill::BillLine;
use market::commitment::{commitment, salt, salt_message};
use market::settlement::Reading;
use market::{Delivery, Energy, Moment, NetEnergy, ParticipantId, Position, Price};
use rayon::prelude::*;
use scenario::site::Site;
use scenario::{Load, Participant, Scenario, Simulation};
use serde_json::Value;
use sp_core::Pair;
use sp_crypto_hashing::twox_128;
use stage::{Block, Driver};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use subxt::rpcs::client::rpc_params;
use tokio::signal::unix::{SignalKind, signal};
use transactions::{Format, Member, Signer};

/// The period that is traded.
const DELIVERY: Delivery = Delivery { day: 0, period: 0 };
/// A window is made for at least so many blocks of the least size; the rest of its slots is reserve.
const BLOCKS_A_WINDOW: usize = 60;
/// The least number of transactions that a block is made for.
const LEAST_A_BLOCK: usize = 500;
/// The most blocks that anything may take before it counts as never.
const MOST_BLOCKS: u32 = 20_000;
/// The pallets whose state grows with the number of bids.
const PALLETS: [&str; 6] = ["Participants", "Terms", "EnergyTasks", "BlindAuction", "Settlement", "System"];

/// What to put on the node.
#[derive(clap::Args)]
pub struct Args {
    /// Members: load aggregators and microgrids
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..=131_000))]
    members: u32,
    /// How many in a hundred members are microgrids; there is one at least
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=100))]
    microgrid_percent: u32,
    /// Periods from the first that members release something for; bids are made for the first
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=24))]
    traded_periods: u16,
    /// Who signs a member's transactions
    #[arg(long, value_enum, default_value_t = Signer::Agent)]
    signer: Signer,
    /// Connections that transactions go out over
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    connections: u32,
    /// Transactions that a block is made for, unless they are the last ones of a stage [default: as many as
    /// the window needs, at least 500]
    #[arg(long)]
    block_transactions: Option<usize>,
    /// Where load.csv, blocks.csv, the node's log and its chain go
    #[arg(long, default_value = "out/load")]
    out: PathBuf,
    /// The node's executable [default: `node` beside this command]
    #[arg(long)]
    node: Option<PathBuf>,
}

/// Runs the load, and stops the node on every way out.
pub async fn run(args: Args) -> Result<()> {
    let load = Load {
        members: args.members,
        microgrid_percent: args.microgrid_percent,
        periods: args.traded_periods,
    };
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    // A new one, so that nothing goes away with it but what this run has made.
    let chain_folder = tempfile::Builder::new()
        .prefix("chain-")
        .tempdir_in(&args.out)
        .with_context(|| format!("cannot write into {}", args.out.display()))?;
    let arguments = [
        // The first block opens the release window; the next one comes when it is asked for.
        ("--pace", "86400".to_owned()),
        ("--profile", "load".to_owned()),
        ("--members", load.members.to_string()),
        ("--microgrid-percent", load.microgrid_percent.to_string()),
        ("--traded-periods", load.periods.to_string()),
    ];
    let mut arguments: Vec<OsString> =
        arguments.into_iter().flat_map(|(name, value)| [name.into(), value.into()]).collect();
    arguments.extend(["--base-path".into(), chain_folder.path().into()]);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut node = DevNode::spawn_with(args.node.as_deref(), &arguments, &args.out.join("node.log"))?;
    let outcome = tokio::select! {
        done = play(&args, &load, &mut node, chain_folder.path()) => done,
        _ = interrupt.recv() => Err(anyhow!("interrupted")),
        _ = terminate.recv() => Err(anyhow!("interrupted")),
    };
    node.stop().await?;
    chain_folder.close().context("the node's data cannot be removed")?;
    outcome
}

/// What a member does in the market.
struct Role {
    id: ParticipantId,
    keys: Member,
    positions: Vec<Position>,
    metered: NetEnergy,
}

impl Role {
    fn position(&self) -> Position {
        self.positions.first().copied().unwrap_or_default()
    }
}

/// Everybody who has a meter.
fn roles(scenario: &Scenario, signer: Signer) -> Result<Vec<Role>> {
    let members: Vec<_> = scenario.members().filter(|(_, member)| member.role.is_metered()).collect();
    let role = |(id, member): &(ParticipantId, &Participant)| {
        let keys = Member::new(&member.name, signer)?;
        let day = Site::new(scenario, *id).ok_or_else(|| anyhow!("{} has no meter", member.name))?.day(0);
        let (_, metered) = day.of(DELIVERY.period);
        Ok(Role { id: *id, keys, positions: day.positions, metered })
    };
    members.par_iter().map(role).collect()
}

/// Everything from the release to the last bill line.
async fn play(args: &Args, load: &Load, node: &mut DevNode, folder: &Path) -> Result<()> {
    let scenario = load.scenario().map_err(|mistakes| failure(Kind::BadInput, mistakes))?;
    let began = Instant::now();
    let roles = tokio::task::block_in_place(|| roles(&scenario, args.signer))?;
    tell(format_args!("{} members are ready after {:.1} s", roles.len(), began.elapsed().as_secs_f64()));
    let chain = node.connect().await?;
    tell(format_args!("the node answers after {:.1} s", began.elapsed().as_secs_f64()));
    let format = Format::of(&chain).await?;
    let events = Events::of_chain(&chain).await?;
    let mut connections = Vec::new();
    for _ in 0..args.connections {
        connections.push(Arc::new(Chain::connect(&node.url()).await?));
    }
    let driver = Driver {
        block_transactions: args
            .block_transactions
            .unwrap_or_else(|| roles.len().div_ceil(BLOCKS_A_WINDOW).max(LEAST_A_BLOCK)),
        block_limit: format.block_limit()?,
        connections,
        chain,
    };
    let mut figures = Figures::new(*load, driver.block_transactions);
    figures.grow("before", growth(&driver, node, folder).await?);
    let mut run = Run { driver, format, events, scenario, roles, figures };
    let outcome = run.all(node, folder).await;
    run.figures.print_and_write(&args.out)?;
    outcome
}

/// A run of the load.
struct Run {
    driver: Driver,
    format: Format,
    events: Events,
    scenario: Scenario,
    roles: Vec<Role>,
    figures: Figures,
}

impl Run {
    async fn all(&mut self, node: &DevNode, folder: &Path) -> Result<()> {
        self.driver.chain.dev("pause", rpc_params![]).await?;
        self.driver.chain.dev("setPace", rpc_params![0]).await?;
        self.advance("release").await?;
        let release = |_: usize, role: &Role| Some(Call::release(0, &role.positions));
        self.stage("release", "release", 0, release).await?;
        self.transfer().await?;
        self.figures.grow("released", growth(&self.driver, node, folder).await?);
        self.bid().await?;
        self.figures.grow("revealed", growth(&self.driver, node, folder).await?);
        self.clear().await?;
        self.figures.grow("cleared", growth(&self.driver, node, folder).await?);
        self.advance("metering").await?;
        let genesis = self.format.genesis;
        let nonce = |role: &Role| if role.position().shortage().is_zero() { 2 } else { 4 };
        let reading = |_: usize, role: &Role| {
            let reading = Reading {
                delivery: DELIVERY,
                energy_in: role.metered.inward(),
                energy_out: role.metered.outward(),
            };
            let signature = role.keys.meter.sign(&reading.signed_payload(genesis, role.id));
            Some(Call::submit_reading(&reading, signature.0))
        };
        self.stage_with("reading", "metering", nonce, reading).await?;
        self.settle().await?;
        self.figures.grow("settled", growth(&self.driver, node, folder).await?);
        self.compare().await
    }

    /// Everybody pays somebody of the other half a little, so that in a block hardly anybody both pays and is paid.
    async fn transfer(&mut self) -> Result<()> {
        let half = self.roles.len() / 2;
        let accounts: Vec<_> = self.roles.iter().map(|role| role.keys.public()).collect();
        let amount = Price::from_gwei(1).amount(Energy::from_watt_hours(1)).unwrap_or_default();
        let transfer = |index: usize, _: &Role| {
            accounts.get((index + half) % accounts.len()).map(|other| Call::transfer(*other, amount))
        };
        self.stage("transfer", "release", 1, transfer).await
    }

    /// Sealing and reveal.
    async fn bid(&mut self) -> Result<()> {
        let total: Energy = self.roles.iter().map(|role| role.position().shortage()).sum();
        let prices = self.scenario.prices(DELIVERY.period);
        let genesis = self.format.genesis;
        let bid = |role: &Role| {
            let volume = role.position().shortage();
            let price = demand_share(&BidContext { volume, total, prices })?;
            let salt = salt(&role.keys.agent.sign(&salt_message(genesis, role.id, DELIVERY)).0);
            Some((price, salt))
        };
        self.advance("sealing").await?;
        let seal = |_: usize, role: &Role| {
            let (price, salt) = bid(role)?;
            let sealed = commitment(genesis, role.id, DELIVERY, price, &salt);
            Some(Call::seal(DELIVERY, sealed, prices.tariff))
        };
        self.stage("seal", "sealing", 2, seal).await?;
        self.advance("reveal").await?;
        let reveal = |_: usize, role: &Role| {
            let (price, salt): (Price, _) = bid(role)?;
            Some(Call::reveal(DELIVERY, price, salt))
        };
        self.stage("reveal", "reveal", 3, reveal).await
    }

    async fn stage(
        &mut self,
        name: &str,
        window: &str,
        nonce: u32,
        call: impl Fn(usize, &Role) -> Option<Call> + Sync,
    ) -> Result<()> {
        self.stage_with(name, window, |_| nonce, call).await
    }

    /// Signs a call of everybody, sends all, and checks that nothing is lost.
    async fn stage_with(
        &mut self,
        name: &str,
        window: &str,
        nonce: impl Fn(&Role) -> u32 + Sync,
        call: impl Fn(usize, &Role) -> Option<Call> + Sync,
    ) -> Result<()> {
        let (format, roles) = (&self.format, &self.roles);
        let sign = |(index, role): (usize, &Role)| {
            call(index, role).map(|call| format.sign(&role.keys, nonce(role), &call))
        };
        let signed = tokio::task::block_in_place(|| {
            roles.par_iter().enumerate().filter_map(sign).collect::<Result<Vec<_>>>()
        })?;
        let mut outcome = self.driver.stage(name, window, signed).await?;
        self.driver.count_failures(&self.events, &self.format, &mut outcome).await?;
        let checked = outcome.check();
        self.figures.add(outcome);
        checked
    }

    /// Makes blocks until a window is open.
    async fn advance(&self, window: &str) -> Result<()> {
        let path = format!("/open/{window}");
        let is_ours = |open: &Value| {
            let number = |key: &str| open.get(key).and_then(Value::as_u64);
            open.as_u64() == Some(DELIVERY.day.into())
                || (number("day"), number("period"))
                    == (Some(DELIVERY.day.into()), Some(DELIVERY.period.into()))
        };
        let mut status = self.driver.chain.dev("status", rpc_params![]).await?;
        for _ in 0..MOST_BLOCKS {
            if status.pointer(&path).is_some_and(is_ours) {
                return Ok(());
            }
            status = self.driver.step().await?;
        }
        Err(anyhow!("the window {window} never opens"))
    }

    /// Makes blocks until the queue is cleared, and measures them.
    async fn clear(&mut self) -> Result<()> {
        let closure = self.scenario.calendar.sealing(DELIVERY).to;
        // A region's queue may take longer than the window of execution.
        let start = self.scenario.calendar.reveal(DELIVERY).to;
        let begun = |clock: &Clock| clock.now >= start;
        let blocks = self.blocks_until("clear", begun, |clock| begun(clock) && !clock.backlog).await?;
        let mut paid = Vec::new();
        for role in self.roles.iter().filter(|role| !role.position().shortage().is_zero()) {
            let line: Option<RecordedLine> = self.driver.chain.line(DELIVERY, role.id, None).await?;
            if let Some((_, last)) = line.and_then(|line| line.traded) {
                paid.push(last);
            }
        }
        let times: BTreeMap<u32, Moment> = blocks.iter().map(|block| (block.number, block.time)).collect();
        let mut waits: Vec<f64> = paid
            .iter()
            .filter_map(|block| times.get(block))
            .map(|time| time.saturating_sub(closure) as f64 / 1_000.0)
            .collect();
        waits.sort_by(f64::total_cmp);
        self.figures.cleared(blocks, waits);
        Ok(())
    }

    /// Makes blocks until the period is settled.
    async fn settle(&mut self) -> Result<()> {
        let settled = |clock: &Clock| clock.next_to_settle.is_some_and(|next| next > DELIVERY);
        let blocks = self.blocks_until("settle", |_| true, settled).await?;
        self.figures.settled(blocks);
        Ok(())
    }

    /// Makes blocks until something is done, and measures those that count.
    async fn blocks_until(
        &self,
        name: &str,
        counts: impl Fn(&Clock) -> bool,
        done: impl Fn(&Clock) -> bool,
    ) -> Result<Vec<Block>> {
        let mut blocks = Vec::new();
        let mut clock = self.driver.chain.clock(None).await?;
        for _ in 0..MOST_BLOCKS {
            if done(&clock) {
                tell("");
                return Ok(blocks);
            }
            let start = Instant::now();
            let status = self.driver.step().await?;
            let seconds = start.elapsed().as_secs_f64();
            clock = self.driver.chain.clock(None).await?;
            if counts(&clock) {
                let number = status.get("block").and_then(Value::as_u64).unwrap_or_default();
                let (number, fullness) = (u32::try_from(number)?, self.driver.fullness().await?);
                tell_over(format_args!("{name}: block {number}"));
                blocks.push(Block { number, time: clock.now, transactions: 0, seconds, fullness });
            }
        }
        Err(anyhow!("{name} does not end"))
    }

    /// The chain's lines have to be the simulation's.
    async fn compare(&mut self) -> Result<()> {
        let simulated = tokio::task::block_in_place(|| Simulation::new(&self.scenario, 1).next());
        let mut expected: Vec<BillLine> = simulated.unwrap_or_default();
        expected.retain(|line| line.delivery == DELIVERY);
        let mut different = 0usize;
        for line in &expected {
            let found = self.driver.chain.line(DELIVERY, line.participant, None).await?;
            different += usize::from(found.map(|found| found.line) != Some(*line));
        }
        self.figures.compared(expected.len(), different);
        if different == 0 {
            return Ok(());
        }
        let message =
            format!("{different} of {} lines of the chain are not the simulation's", expected.len());
        Err(failure(Kind::Differs, message))
    }
}

/// What the node holds now.
async fn growth(driver: &Driver, node: &DevNode, folder: &Path) -> Result<Growth> {
    let mut state = Vec::new();
    for pallet in PALLETS {
        let prefix = format!("0x{}", hex::encode(twox_128(pallet.as_bytes())));
        let size = driver.chain.request("state_getStorageSize", rpc_params![prefix]).await?;
        state.push((pallet, size.as_u64().unwrap_or_default()));
    }
    Ok(Growth {
        memory_mib: node.memory_mib().unwrap_or_default(),
        peak_mib: node.peak_memory_mib().unwrap_or_default(),
        database_bytes: size_of_folder(folder),
        state,
    })
}

/// Bytes of all files in a folder.
fn size_of_folder(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of_folder(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
