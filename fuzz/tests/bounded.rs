//! The fuzzer, bounded: the corpus and a few thousand actions.

use fuzz::table::{Table, all_errors};
use fuzz::{Report, crowd, days, input, run};
use std::path::Path;

/// Chains that a seed draws, and actions on each.
const CHAINS: u64 = 2;
const ACTIONS: u64 = 300;

fn corpus() -> Report {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut all = Report::default();
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let report =
            run(&bytes, u64::MAX).unwrap_or_else(|failure| panic!("{}: {failure:?}", file.display()));
        all.merge(report);
    }
    all
}

fn drawn() -> Report {
    let mut all = Report::default();
    for chain in 0..CHAINS {
        let report = run(&input(1, chain), ACTIONS);
        all.merge(report.unwrap_or_else(|failure| panic!("chain {chain}: {failure:?}")));
    }
    all
}

#[test]
fn market_should_hold_and_every_error_be_hit_when_the_corpus_and_drawn_inputs_run() {
    let (mut all, full) = std::thread::scope(|scope| {
        let full = scope.spawn(|| crowd::fill().unwrap());
        let mut all = corpus();
        all.merge(drawn());
        (all, full.join().unwrap())
    });
    let (calls, accepted) = all.table.counts();
    assert!(accepted * 10 >= calls * 3, "{accepted} of {calls} accepted");
    assert!(all.traded > 0, "{all:?}");
    all.table.merge(full);
    all.table.merge(crowd::cannot_be().unwrap());
    assert_eq!(all.table.calls_never_accepted(), Default::default(), "{}", all.table);
    assert_eq!(all.table.errors_never_hit(), Default::default(), "{}", all.table);
}

#[test]
fn errors_should_be_missed_when_nothing_ran() {
    let none = Table::default();
    assert_eq!(none.errors_never_hit(), all_errors());
    assert!(all_errors().contains("BlindAuction.CommitmentMismatch"));
    assert!(none.calls_never_accepted().contains("Settlement.submit_reading"));
}

#[test]
fn any_bytes_should_be_an_input() {
    for bytes in [&[][..], &[0; 64], &[255; 64]] {
        run(bytes, u64::MAX).unwrap();
    }
    assert_eq!(run(&input(7, 0), 100).unwrap().table, run(&input(7, 0), 100).unwrap().table);
}

#[test]
fn market_should_go_on_when_a_fifth_of_the_member_periods_fails() {
    let figures = days::play(12, 20, 1).unwrap();
    assert_eq!(figures.days_of_zero, 12);
    assert!(figures.report.traded * 2 >= figures.report.cleared, "{figures}");
}
