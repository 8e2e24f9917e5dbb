//! What a chain could not run is no scenario: it is refused with file, line and what was expected.

use scenario::{Files, Mistakes, Scenario};

/// Days of two periods of two minutes, with who buys, who sells and who balances.
const SETTINGS: &str = r#"[calendar]
period_minutes = 2
periods_per_day = 2
utc_offset_minutes = 0
release_from_minute = 0
release_to_minute = 3

[market]
pricing = "pay-as-bid"
feed_in_eth = 0.1
seed = 1
history_days = 1

[[tariff]]
from_minute = 0
to_minute = 4
step = "all"
eth_per_kwh = 0.3

[[participant]]
id = "buyer"
role = "LA"
balance_eth = 10
alpha = 1
tie_line_kw = 30

[[participant]]
id = "seller"
role = "MG"
kinds = ["wind"]
generation_cost_eth = 0.1
reserve_price_eth = 0.1
tie_line_kw = 30

[[participant]]
id = "RES"
role = "RES"
"#;

/// The scenario with these texts replaced in its settings, and more behind them.
fn changed(edits: &[(&str, &str)], more: &str) -> Result<Scenario, Mistakes> {
    let settings = edits.iter().fold(SETTINGS.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "no {from}");
        text.replacen(from, to, 1)
    });
    let series =
        |day: i8, id: &str| format!("day,period,participant,kwh\n{day},0,{id},0.5\n{day},1,{id},0.5\n");
    let files = [
        ("scenario.toml", settings + more),
        ("history.csv", series(-1, "buyer")),
        ("demand.csv", series(0, "buyer")),
        ("generation.csv", series(0, "seller")),
    ];
    Scenario::from_files(&Files::new("x", files))
}

#[track_caller]
fn refused(edits: &[(&str, &str)], more: &str, expected: &str) {
    let shown = changed(edits, more).unwrap_err().to_string();
    assert!(shown.starts_with(expected) && !shown.contains('\n'), "{shown}");
}

#[test]
fn calendar_should_be_refused_when_nobody_could_trade_in_its_periods() {
    assert!(changed(&[], "").is_ok());
    let of = |minutes, day| [("minutes = 2", minutes), ("to_minute = 3", "to_minute = 1"), ("= 4", day)];
    refused(
        &of("minutes = 1", "= 2"),
        "",
        "x/scenario.toml:2: a period must last at least sixteen slots, so that sealing and reveal, an eighth of it \
         each, last two (a slot of the chain lasts 6 s)",
    );
    refused(&of("minutes = 1.592", "= 3.184"), "", "x/scenario.toml:2: a period must last at least sixteen");
    assert!(changed(&of("minutes = 1.6", "= 3.2"), "").is_ok());
}

#[test]
fn calendar_should_be_refused_when_nobody_could_release_in_its_window() {
    let of = |minute| [("to_minute = 3", minute)];
    refused(
        &of("to_minute = 0.199"),
        "",
        "x/scenario.toml:6: the release window must last at least two slots (a slot of the chain lasts 6 s)",
    );
    assert!(changed(&of("to_minute = 0.2"), "").is_ok());
}

#[test]
fn ids_should_be_refused_when_they_make_the_same_keys() {
    let dso = |id: &str| format!("\n[[participant]]\nid = \"{id}\"\nrole = \"DSO\"\n");
    // A number is one, however it is written; and this one's bytes are those of the letter, as a text is encoded.
    for (one, other) in [("1", "01"), ("a", "24836"), ("007", "7")] {
        assert!(changed(&[], &dso(one)).is_ok());
        refused(
            &[],
            &(dso(one) + &dso(other)),
            &format!(
                "x/scenario.toml:44: {other} and {one} in line 40 make the same keys: expected another id"
            ),
        );
    }
    refused(&[], &dso("111477644869908"), "x/scenario.toml:40: Alice is the market operator");
    assert!(changed(&[], &(dso("1") + &dso("10"))).is_ok());
}

#[test]
fn release_should_be_refused_when_it_leaves_no_time_to_bid_with_what_is_paid_in() {
    // Gate closure is an eighth of a period before its end, at 1.75.
    let of = |minute| [("release_from_minute = 0", minute), ("= 10", "= 10\ndaily_top_up_eth = 1")];
    for minute in ["release_from_minute = 1.551", "release_from_minute = 1.749"] {
        refused(
            &of(minute),
            "",
            "x/scenario.toml:5: the release opens less than two slots before the gate closure at minute 1.750",
        );
        assert!(changed(&of(minute)[..1], "").is_ok());
    }
    for minute in ["release_from_minute = 1.55", "release_from_minute = 1.75"] {
        assert!(changed(&of(minute), "").is_ok());
    }
}

#[test]
fn release_should_be_refused_when_it_leaves_no_time_to_cover_offers() {
    fn of(minute: &str) -> [(&str, &str); 2] {
        let share = ("history_days = 1", "history_days = 1\nexposure_share = 0.5");
        [("release_from_minute = 0", minute), share]
    }
    // A period is settled at 0.5, a sealing opens at 1.5.
    for minute in ["0.3", "0.499", "1.3", "1.999"].map(|minute| format!("release_from_minute = {minute}")) {
        refused(
            &of(&minute),
            "",
            "x/scenario.toml:5: the release opens in the two slots before a period is settled, or from two slots before \
             a sealing until the reveal closes: what covers offers by exposure_share",
        );
        assert!(changed(&of(&minute)[..1], "").is_ok());
    }
    for minute in ["0", "0.299", "0.5", "1.299"].map(|minute| format!("release_from_minute = {minute}")) {
        assert!(changed(&of(&minute), "").is_ok(), "{minute}");
    }
}

#[test]
fn sellers_should_be_refused_when_a_period_has_no_room_for_their_offers() {
    let seller = &SETTINGS[SETTINGS.find("\n[[participant]]\nid = \"seller\"").unwrap()..];
    let seller = &seller[..seller.find("\n[[participant]]\nid = \"RES\"").unwrap()];
    let more: String = (0..10_000).map(|number| seller.replace("seller", &format!("M{number}"))).collect();
    // With the one of the settings, the last is one too many.
    let line = SETTINGS.lines().count() + 9_999 * 8 + 4;
    refused(
        &[],
        &more,
        &format!("x/scenario.toml:{line}: expected at most 10000 that sell: a period has no more offers"),
    );
}

#[test]
fn participants_should_be_refused_when_a_chain_has_no_room_for_them() {
    let dso = |number| format!("\n[[participant]]\nid = \"D{number}\"\nrole = \"DSO\"\n");
    let more: String = (0..131_070).map(dso).collect();
    let line = SETTINGS.lines().count() + 131_069 * 4 + 2;
    refused(
        &[],
        &more,
        &format!("x/scenario.toml:{line}: expected at most 131072 participants: a chain has no more"),
    );
}
