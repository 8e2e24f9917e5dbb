//! `fuzz`: runs inputs on the runtime, replays one, plays many days, fills the market.

use clap::{Args, Parser, Subcommand};
use fuzz::table::{Table, all_errors};
use fuzz::{Report, crowd, days, edges, input, run};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

#[derive(Parser)]
#[command(about, version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs inputs that a seed draws, each on a chain of its own, and prints calls against outcomes.
    Run(Drawn),
    /// Draws inputs and writes those to the corpus that cover a call or an error that none before does.
    Choose {
        /// How many are drawn.
        #[arg(long, default_value_t = 200)]
        chains: u64,
        /// What they are drawn from.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Actions on a chain.
        #[arg(long, default_value_t = 400)]
        chain: u64,
        /// Where they are written to.
        #[arg(long, default_value = "fuzz/corpus")]
        corpus: PathBuf,
    },
    /// Runs inputs from files.
    Replay {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// Plays market days in which a share of the member-periods fails.
    Days {
        /// How many.
        #[arg(long, default_value_t = 1_000)]
        days: u32,
        /// Member-periods that fail, in per cent.
        #[arg(long, default_value_t = 20)]
        failing: u8,
        /// What they are drawn from.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Plays scenarios at the edges by the simulator and on the runtime.
    Edges {
        /// How many are drawn.
        #[arg(long, default_value_t = 1_000)]
        scenarios: u64,
        /// The first one's seed; the others follow.
        #[arg(long, default_value_t = 0)]
        seed: u64,
    },
}

#[derive(Args)]
struct Drawn {
    /// Actions in all.
    #[arg(long, default_value_t = 1_000_000)]
    actions: u64,
    /// What the inputs are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Actions on a chain.
    #[arg(long, default_value_t = 300)]
    chain: u64,
    /// Threads; the figures are the same with any number of them.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// Where the bytes of a failing input are written to.
    #[arg(long, default_value = "fuzz/corpus")]
    corpus: PathBuf,
}

impl Drawn {
    fn chain(&self, number: u64) -> Result<Report, String> {
        let bytes = input(self.seed, number);
        let most = self.chain.max(1).min(self.actions.saturating_sub(number * self.chain.max(1)));
        run(&bytes, most).map_err(|failure| {
            let file = self.corpus.join(format!("failure-{}-{number}.bin", self.seed));
            let written = std::fs::write(&file, &bytes[..failure.consumed]);
            let (seed, action, fault) = (self.seed, failure.action, failure.fault);
            let file = file.display();
            format!("seed {seed}, chain {number}, action {action}: {fault}\ninput: {file} ({written:?})")
        })
    }
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(drawn) => run_all(&drawn),
        Command::Choose { chains, seed, chain, corpus } => choose(chains, seed, chain, &corpus),
        Command::Replay { files } => replay(&files),
        Command::Days { days, failing, seed } => {
            days::play(days, failing, seed).map(|figures| println!("seed {seed}: {figures}"))
        }
        Command::Edges { scenarios, seed } => {
            edges::run(seed..seed.saturating_add(scenarios)).map(|figures| println!("{figures}"))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn run_all(run: &Drawn) -> Result<(), String> {
    let begun = Instant::now();
    let chains = run.actions.div_ceil(run.chain.max(1));
    let next = AtomicU64::new(0);
    let of_a_thread = || {
        let mut all = Report::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= chains {
                return Ok(all);
            }
            match run.chain(number) {
                Ok(report) => all.merge(report),
                Err(fault) => {
                    next.store(chains, Ordering::Relaxed);
                    return Err(fault);
                }
            }
            if number % 200 == 199 {
                eprintln!("{} of {chains} chains, {:.0} s", number + 1, begun.elapsed().as_secs_f64());
            }
        }
    };
    let reports: Vec<Result<Report, String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..run.jobs.max(1)).map(|_| scope.spawn(of_a_thread)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a thread died".into())))
            .collect()
    });
    let mut all = Report::default();
    for report in reports {
        all.merge(report?);
    }
    let seed = run.seed;
    print!("{}", all.table);
    let seconds = begun.elapsed().as_secs_f64();
    println!("\nseed {seed}: {} actions on {chains} chains in {seconds:.0} s, no check broken", all.actions);
    println!("{} blocks, {} lines settled, {} days closed", all.blocks, all.settled, all.closed);
    println!("{} periods cleared, {} of them with trades", all.cleared, all.traded);
    let (calls, accepted) = all.table.counts();
    println!("{accepted} of {calls} calls accepted ({:.1} %)", 100.0 * accepted as f64 / calls.max(1) as f64);
    all.table.merge(crowd::fill()?);
    all.table.merge(crowd::cannot_be()?);
    covers_all(&all.table)
}

fn covers_all(table: &Table) -> Result<(), String> {
    let (calls, errors) = (table.calls_never_accepted(), table.errors_never_hit());
    if calls.is_empty() && errors.is_empty() {
        println!(
            "every call accepted, and every error hit, at least once (full and impossible markets included)"
        );
        return Ok(());
    }
    Err(format!("never accepted: {calls:?}\nnever hit: {errors:?}"))
}

fn choose(chains: u64, seed: u64, chain: u64, corpus: &Path) -> Result<(), String> {
    let mut covered = BTreeSet::new();
    for number in 0..chains {
        let bytes = input(seed, number);
        let report = run(&bytes, chain).map_err(|failure| format!("chain {number}: {failure:?}"))?;
        let news: Vec<_> = report.table.covered().difference(&covered).cloned().collect();
        if !news.is_empty() {
            let file = corpus.join(format!("chosen-{seed}-{number}.bin"));
            std::fs::write(&file, &bytes[..report.consumed]).map_err(|error| error.to_string())?;
            println!("{}: {}", file.display(), news.join(", "));
            covered.extend(news);
        }
    }
    println!("errors not covered: {:?}", all_errors().difference(&covered).collect::<Vec<_>>());
    Ok(())
}

fn replay(files: &[PathBuf]) -> Result<(), String> {
    for file in files {
        let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let report = run(&bytes, u64::MAX)
            .map_err(|failure| format!("{}: action {}: {}", file.display(), failure.action, failure.fault))?;
        println!("{}: {} actions, no check broken", file.display(), report.actions);
    }
    Ok(())
}
