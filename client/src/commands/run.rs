//! `gridbid run`: market days on a real node that the command starts, watches and stops.

use crate::chain::Chain;
use crate::devnode::{DevNode, Settings};
use crate::differences::differences;
use crate::failure::{Kind, failure};
use crate::output::{self, Format, note};
use crate::results::Results;
use crate::words::{stages, time_of_day};
use crate::{progress, tables};
use anyhow::{Context, Result, anyhow};
use market::api::Clock;
use market::{Day, Delivery};
use scenario::Scenario;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use subxt::rpcs::client::rpc_params;
use tokio::signal::unix::{SignalKind, signal};

/// How often the node is asked how far it is.
const PAUSE: Duration = Duration::from_millis(150);
/// How long a node that runs as fast as it can may stand still.
const STANDSTILL: Duration = Duration::from_secs(120);
/// A person's pace: seconds of real time a period.
const PERSON: u32 = 360;

/// What to run.
#[derive(clap::Args)]
pub struct Args {
    /// The scenario's folder
    scenario: PathBuf,
    /// How many days
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// Where bill_lines.csv, report.json, the figures and the node's log go
    #[arg(long)]
    out: Option<PathBuf>,
    /// Seconds of real time a period; 0 is as fast as the workers follow
    #[arg(long, default_value_t = 0, value_name = "SECONDS")]
    pace: u32,
    /// Leaves the node up afterwards, at a person's pace, until Ctrl-C
    #[arg(long)]
    keep: bool,
    /// Where the node keeps its data, and goes on from; without it, nothing is kept
    #[arg(long)]
    base_path: Option<PathBuf>,
    /// The node's executable [default: `node` beside this command]
    #[arg(long)]
    node: Option<PathBuf>,
}

/// Runs the days, and stops the node on every way out.
pub async fn run(args: Args, format: Format) -> Result<()> {
    let scenario = output::read(&args.scenario)?;
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    }
    let temporary = std::env::temp_dir().join(format!("gridbid-node-{}.log", std::process::id()));
    let log = args.out.as_ref().map_or(temporary.clone(), |out| out.join("node.log"));
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let settings = Settings {
        executable: args.node.as_deref(),
        scenario: Some(&args.scenario),
        base_path: args.base_path.as_deref(),
        pace: args.pace,
        log: &log,
    };
    let interrupted = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    tokio::pin!(interrupted);
    let mut node = DevNode::spawn(&settings)?;
    let outcome = tokio::select! {
        done = play(&args, &scenario, &mut node, format) => done,
        () = &mut interrupted => Err(anyhow!("interrupted")),
    };
    let outcome = match outcome {
        Ok(chain) if args.keep => tokio::select! {
            kept = keep(&mut node, &chain, format) => kept,
            () = &mut interrupted => Ok(()),
        },
        other => other.map(drop),
    };
    node.stop().await?;
    if args.out.is_none() && outcome.is_ok() {
        // Nobody asked for it, and nothing went wrong.
        let _ = std::fs::remove_file(&temporary);
    }
    outcome
}

/// Plays and reports the days; gives the connection.
async fn play(args: &Args, scenario: &Scenario, node: &mut DevNode, format: Format) -> Result<Chain> {
    let chain = node.connect().await?;
    let began = Instant::now();
    let results = settle(args, scenario, node, &chain).await?;
    let took = began.elapsed();
    if args.pace == 0 || args.keep {
        chain.dev("pause", rpc_params![]).await?;
    }
    output::print_and_write(&results, Some(&args.scenario), args.out.as_deref(), format)?;
    note(format, &format!("{} on the chain took {:.1} s", counted(args.days), took.as_secs_f64()))?;
    if let Some(memory) = node.peak_memory_mib() {
        note(format, &format!("the node held at most {memory} MiB of memory"))?;
    }
    tables::check_balance(&results)?;
    note(format, "each day's money sums to zero")?;
    if let Some(periods) = tables::check_expected_day(&results, &args.scenario)? {
        note(format, &format!("day 0 is the day of expected_day.csv in all {periods} periods"))?;
    }
    compare_with_simulation(scenario, &results, args.days, format)?;
    Ok(chain)
}

/// The chain's lines have to be the simulation's.
fn compare_with_simulation(scenario: &Scenario, results: &Results, days: u32, format: Format) -> Result<()> {
    let simulated = Results::of_simulation(scenario, days, |_| {});
    let found = differences(&results.csv()?, &simulated.csv()?);
    if found.is_empty() {
        let lines = results.report.lines.len();
        return note(format, &format!("the chain's {lines} bill lines are those of the simulation"));
    }
    let shown: Vec<&str> = found.iter().take(10).map(String::as_str).collect();
    Err(failure(
        Kind::Differs,
        format!("{} lines of the chain are not the simulation's:\n  {}", found.len(), shown.join("\n  ")),
    ))
}

/// Waits until the days are settled, and collects each as soon as it is. Days that an earlier run on the same data has
/// settled and the chain has pruned since are read in the states of before, which a `--dev` node keeps.
async fn settle(args: &Args, scenario: &Scenario, node: &mut DevNode, chain: &Chain) -> Result<Results> {
    let head = chain.header(None).await?;
    let mut results = Results::of_chain(chain, &scenario.name, 0, &head).await?;
    let periods = u64::from(results.calendar.periods_per_day);
    let mut shown = progress::Progress::new(u64::from(args.days).saturating_mul(periods));
    let (mut day, mut last, mut moved): (Day, u32, _) = (0, 0, Instant::now());
    while day < args.days {
        node.check()?;
        let header = chain.header(None).await?;
        let clock = chain.clock(Some(&header.hash)).await?;
        let settled = clock.next_to_settle.unwrap_or_default();
        while day < args.days && settled.day > day {
            if !results.collect(chain, day, &header).await? {
                let what = "the chain has pruned it, and its node keeps no older state";
                return Err(anyhow!("day {day} cannot be read any more: {what}"));
            }
            day = day.saturating_add(1);
        }
        let done = u64::from(settled.day).saturating_mul(periods).saturating_add(settled.period.into());
        shown.show(done, &state(&clock, header.number, settled));
        if header.number != last {
            (last, moved) = (header.number, Instant::now());
        } else if args.pace == 0 && moved.elapsed() > STANDSTILL {
            let seconds = STANDSTILL.as_secs();
            let log = node.last_words();
            return Err(anyhow!("the node made no block for {seconds} s; the end of its log:\n{log}"));
        }
        tokio::time::sleep(PAUSE).await;
    }
    shown.finish();
    Ok(results)
}

fn state(clock: &Clock, block: u32, settled: Delivery) -> String {
    let time = time_of_day(&clock.calendar, clock.now);
    format!("{time}  block {block}  {}  (next to settle: {settled})", stages(&clock.open))
}

/// Leaves the node up for a person.
async fn keep(node: &mut DevNode, chain: &Chain, format: Format) -> Result<()> {
    chain.dev("setPace", rpc_params![PERSON]).await?;
    chain.dev("resume", rpc_params![]).await?;
    let text = format!(
        "\nThe node stays up, a period in about {} minutes, until you press Ctrl-C.\n\
         Polkadot.js Apps:  https://polkadot.js.org/apps/?rpc={}\n\
         The market:        gridbid watch --url {}",
        PERSON / 60,
        node.url(),
        node.url()
    );
    note(format, &text)?;
    node.ended().await?;
    Err(failure(Kind::Unreachable, format!("the node ended; the end of its log:\n{}", node.last_words())))
}

fn counted(days: u32) -> String {
    if days == 1 { "the market day".to_owned() } else { format!("{days} market days") }
}
