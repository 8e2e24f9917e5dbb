//! A year of the paper's market takes seconds at most.

use scenario::{Scenario, Simulation};
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
