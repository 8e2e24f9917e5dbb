//! How the time of a day grows with the members: a scenario's files are read, its day is played, and its report is
//! written. Every number of members is twice the one before; beside its times stands how many times as long it took.
//!
//! `cargo bench -p scenario --bench members`, or with numbers of members behind `--`.

use market::Role;
use scenario::scenario::paper::FILES;
use scenario::{Files, Load, Report, Scenario, simulate};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Members, where the command line names none.
const MEMBERS: [u32; 4] = [2_500, 5_000, 10_000, 20_000];
/// Of so many runs the fastest counts.
const RUNS: usize = 3;
/// Periods of the paper's day.
const PERIODS: u16 = 24;

/// The files of a market of so many members, half of them microgrids.
fn files(members: u32) -> Files {
    let load = Load { members, microgrid_percent: 50, periods: PERIODS };
    let scenario = load.scenario().expect("a market");
    let (_, paper) = FILES[0];
    let before = paper.split("[[participant]]").next().unwrap_or_default();
    let mut settings = before.replace("history_days = 7", "history_days = 1");
    let header = || "day,period,participant,kwh\n".to_owned();
    let (mut history, mut demand, mut generation) = (header(), header(), header());
    for member in &scenario.participants {
        let (name, role, balance) = (&member.name, member.role.name(), member.balance);
        let _ = write!(
            settings,
            "[[participant]]\nid = \"{name}\"\nrole = \"{role}\"\nbalance_eth = {balance}\n"
        );
        let limit = member.plant.tie_line.limit;
        let _ = match member.role {
            Role::LoadAggregator => write!(settings, "alpha = 0.33\ntie_line_kw = {limit}\n\n"),
            Role::Microgrid => write!(
                settings,
                "kinds = [\"wind\"]\ngeneration_cost_eth = {}\nreserve_price_eth = {}\ntie_line_kw = {limit}\n\n",
                member.generation_cost, member.reserve_price,
            ),
            _ => writeln!(settings),
        };
    }
    for period in 0..usize::from(PERIODS) {
        for (id, member) in scenario.members() {
            let line = |text: &mut String, day: i8, energy| {
                let _ = writeln!(text, "{day},{period},{},{energy}", member.name);
            };
            match member.role {
                Role::LoadAggregator => {
                    let energy = scenario.demand(id, 0)[period];
                    line(&mut history, -1, energy);
                    line(&mut demand, 0, energy);
                }
                Role::Microgrid => line(&mut generation, 0, scenario.generation(id, 0)[period]),
                _ => {}
            }
        }
    }
    let texts = [
        ("scenario.toml", settings),
        ("history.csv", history),
        ("demand.csv", demand),
        ("generation.csv", generation),
    ];
    Files::new("members", texts)
}

/// What reading, playing and reporting took.
fn once(files: &Files) -> [Duration; 3] {
    let begun = Instant::now();
    let scenario = Scenario::from_files(files).expect("a scenario");
    let read = begun.elapsed();
    let played = simulate(&scenario, 1);
    let simulated = begun.elapsed();
    let report = Report::of_simulation(&scenario, played);
    report.write_csv(std::io::sink()).and_then(|()| report.write_json(std::io::sink())).expect("a sink");
    [read, simulated - read, begun.elapsed() - simulated]
}

fn main() {
    // Cargo passes options of its own.
    let asked: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let members = if asked.is_empty() { MEMBERS.to_vec() } else { asked };
    println!("| members | read, s | simulate, s | report, s | together, s | times the one before |");
    println!("| ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut before: Option<f64> = None;
    for members in members {
        let files = files(members);
        let all = |times: &[Duration; 3]| times.iter().sum::<Duration>();
        let best = (0..RUNS).map(|_| once(&files)).min_by_key(all).unwrap_or_default();
        let together = all(&best).as_secs_f64();
        let [read, simulated, reported] = best.map(|time| time.as_secs_f64());
        let growth = before.map_or_else(String::new, |before| format!("{:.2}", together / before));
        println!("| {members} | {read:.2} | {simulated:.2} | {reported:.2} | {together:.2} | {growth} |");
        before = Some(together);
    }
}
