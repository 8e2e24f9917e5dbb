//! The simulator and the runtime come to the same days, and what a chain could not run is no scenario.

use fuzz::edges;
use fuzz::twice::{Figures, play};
use market::{Delivery, Money, ParticipantId, Price};
use scenario::simulate::{Missing, simulate_without};
use scenario::{Scenario, simulate};

/// Scenarios that are drawn.
const SCENARIOS: u64 = 400;

#[test]
fn chain_should_come_to_the_simulators_days_when_scenarios_are_drawn_at_the_edges() {
    let figures = edges::run(0..SCENARIOS).unwrap_or_else(|why| panic!("{why}"));
    println!("{figures}");
    // Enough of them are played, and are not idle; and each kind of refusal is met.
    assert!(u64::from(figures.played) * 3 >= SCENARIOS, "{figures}");
    assert!(figures.bids * 8 >= figures.lines && figures.trades > figures.played as usize, "{figures}");
    assert!(figures.estimates * 10 > figures.lines, "{figures}");
    for kind in [
        "a period must last at least sixteen slots",
        "the release window must last at least two slots",
        "the release opens less than two slots before the gate closure",
        "what covers offers by exposure_share",
        "make the same keys",
        "Alice is the market operator",
        "tie line carries in a period",
        "alpha must be above 0",
    ] {
        let found = figures.refused.iter().any(|mistake| mistake.contains(kind));
        assert!(found, "no scenario was refused since {kind}: {:#?}", figures.refused);
    }
}

#[test]
fn days_should_differ_when_the_simulator_plays_another_scenario() {
    let paper = Scenario::paper().unwrap();
    let (mut figures, none) = (Figures::default(), Missing::new());
    play(&paper, 1, &none, &simulate(&paper, 1), &mut figures).unwrap();
    assert_eq!((figures.played, figures.lines), (1, 24 * 5));
    let mut other = paper.clone();
    other.participants[0].balance = Money::ZERO;
    let why = play(&paper, 1, &none, &simulate(&other, 1), &mut figures).unwrap_err();
    assert!(why.starts_with("day 0 period 0: the simulator's lines are"), "{why}");
    let mut played = simulate(&paper, 1);
    played.balances[4].free = Money::ZERO;
    let why = play(&paper, 1, &none, &played, &mut figures).unwrap_err();
    assert!(why.starts_with("RES has "), "{why}");
    // An estimate is one on both sides, or on none.
    let missing = Missing::from([(Delivery::default(), ParticipantId(0))]);
    let played = simulate_without(&paper, 1, missing.clone());
    play(&paper, 1, &missing, &played, &mut figures).unwrap();
    let why = play(&paper, 1, &missing, &simulate(&paper, 1), &mut figures).unwrap_err();
    assert!(why.starts_with("day 0 period 0: the simulator's lines are"), "{why}");
    // A chain refuses what its workers send.
    let mut refused = paper.clone();
    refused.participants[3].generation_cost = Price::MAX;
    let why = play(&refused, 1, &none, &simulate(&refused, 1), &mut figures).unwrap_err();
    assert_eq!(why, "the chain does not begin");
}
