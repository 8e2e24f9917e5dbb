//! A year of the paper's market takes seconds at most, and twice the members twice the time.

use scenario::load::Load;
use scenario::report::Report;
use scenario::{Scenario, Simulation, simulate};
use std::time::{Duration, Instant};

#[test]
fn year_should_be_simulated_in_seconds() {
    let scenario = Scenario::paper().unwrap();
    let began = Instant::now();
    let lines: usize = Simulation::new(&scenario, 365).map(|day| day.len()).sum();
    let took = began.elapsed();
    println!("{lines} lines in {took:?}");
    assert_eq!(lines, 365 * 24 * 5);
    // The bound of the release build, which takes a fraction of it; this one is not optimised.
    assert!(took < Duration::from_secs(60), "{took:?}");
}

/// What a day of a market and its report take, at best.
fn day_and_report(members: u32) -> Duration {
    let mut scenario = Load { members, microgrid_percent: 50, periods: 24 }.scenario().unwrap();
    // The supplier begins without money: half of the members become its creditors.
    scenario.participants[0].balance = market::Money::ZERO;
    let once = || {
        let began = Instant::now();
        let report = Report::of_simulation(&scenario, simulate(&scenario, 1));
        report.write_json(std::io::sink()).unwrap();
        began.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap()
}

#[test]
fn time_should_grow_with_the_members_and_not_with_their_square() {
    let (some, more) = (day_and_report(500), day_and_report(4_000));
    println!("{some:?} for 500 members, {more:?} for 4,000");
    // Eight times as many; a square would be 64 times, and other work on the machine is left room.
    assert!(more < some * 24, "{some:?} {more:?}");
}
