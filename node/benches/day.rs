//! A whole market day in process, on the runtime as it is compiled into the node: releases, seals, reveals,
//! clearing, readings and settlement in blocks of their own. Prints the time of a day and of a bid, so that its
//! growth shows.
//!
//! Making and signing the transactions is not counted, checking their signatures is. A block's changes go into a trie
//! in memory.
//!
//! Criterion would do the same; with it among the node's dependencies, tests would build the SDK a second time.

mod common;

use common::Play;
use common::native::Native;
use scenario::{Load, Scenario};

/// How often a day is played.
const RUNS: usize = 5;

fn measure(name: &str, scenario: &Scenario) {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let mut chain = Native::new(scenario);
            let mut play = Play::new(scenario, 1, chain.genesis());
            play.release(&mut chain, 0);
            play.day(&mut chain, 0);
            chain.spent.as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let bids = Play::new(scenario, 1, Default::default()).bids(0);
    let each = |seconds: f64| seconds * 1e6 / bids as f64;
    let (fastest, median) = (times[0], times[RUNS / 2]);
    println!("| {name} | {bids} | {fastest:.3} | {median:.3} | {:.0} | {:.0} |", each(fastest), each(median));
}

fn main() {
    println!("| market | bids a day | s a day, fastest of {RUNS} | median | us a bid, fastest | median |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    measure("the paper's", &Scenario::paper().unwrap());
    for members in [100, 1_000] {
        let load = Load { members, microgrid_percent: 1, periods: 24 };
        measure(&format!("{members} members"), &load.scenario().unwrap());
    }
}
