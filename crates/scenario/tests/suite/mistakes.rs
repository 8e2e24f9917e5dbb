//! Every mistake is found, with file, line and what was expected.

use crate::{changed, folder};
use scenario::scenario::paper::FILES;
use scenario::{Files, Scenario};

/// The mistakes after a change, as they are shown.
fn shown(file: &str, from: &str, to: &str) -> String {
    match changed(file, from, to) {
        Ok(_) => panic!("no mistake in {file} after {from} became {to}"),
        Err(mistakes) => mistakes.to_string(),
    }
}

fn line_of(file: &str, text: &str) -> usize {
    let (_, whole) = FILES.into_iter().find(|(name, _)| *name == file).unwrap();
    whole[..whole.find(text).unwrap()].lines().count().max(1) + usize::from(text.starts_with('\n'))
}

/// Asserts that a change in a CSV is reported with a start, which has the line, and somewhere a word.
#[track_caller]
fn csv(file: &str, from: &str, to: &str, start: &str, word: &str) {
    let shown = shown(file, from, to);
    assert!(shown.starts_with(start) && shown.contains(word), "{shown}");
}

/// Asserts that a change in the settings is reported in the line in which it was made.
#[track_caller]
fn settings(from: &str, to: &str, word: &str) {
    let (name, whole) = FILES[0];
    let before = whole[..whole.find(from).unwrap_or_else(|| panic!("no {from}"))].matches('\n').count();
    let inside = to.find('\u{b6}').map_or(0, |at| to[..at].matches('\n').count());
    let line = before + 1 + inside;
    let shown = shown(name, from, &to.replace('\u{b6}', ""));
    let start = format!("x/scenario.toml:{line}: ");
    assert!(shown.starts_with(&start) && shown.contains(word), "expected {start}… {word}\nfound {shown}");
}

#[test]
fn csv_should_be_refused_when_a_line_is_wrong() {
    let first = "0,0,LA1,36.360";
    csv(
        "demand.csv",
        first,
        "0,0,LA1,-36.360",
        "x/demand.csv:2: kwh must be a decimal of at least 0",
        "-36.360",
    );
    csv("demand.csv", first, "0,0,LA1,36.3601", "x/demand.csv:2: kwh", "decimal places");
    csv("demand.csv", first, "0,0,LA1,much", "x/demand.csv:2: kwh", "much");
    csv("demand.csv", first, "0,0,LA1,99999999999", "x/demand.csv:2: kwh", "out of range");
    csv("demand.csv", first, "0,0,LA1", "x/demand.csv:2: expected 4 columns", "found 3");
    csv("demand.csv", first, "0,0,LA1,36.360,1", "x/demand.csv:2: expected 4 columns", "found 5");
    csv("demand.csv", first, "0,0,LA9,36.360", "x/demand.csv:2: unknown participant LA9", "scenario.toml");
    csv("demand.csv", first, "0,0,RES,36.360", "x/demand.csv:2: RES has no meter", "expected an LA");
    csv(
        "demand.csv",
        first,
        "0,24,LA1,36.360",
        "x/demand.csv:2: period must be a whole number from 0 to 23",
        "24",
    );
    csv("demand.csv", first, "-1,0,LA1,36.360", "x/demand.csv:2: day must be a whole number from 0", "-1");
    csv("demand.csv", first, "0,0,LA2,36.360", "x/demand.csv:3: duplicate of line 2", "one line");
    csv(
        "demand.csv",
        "0,0,LA1,36.360\n",
        "",
        "x/demand.csv:4: LA1 has no line for day 0, period 0",
        "all 24 periods",
    );
    csv(
        "demand.csv",
        "0,3,LA1,38.160\n",
        "",
        "x/demand.csv:8: LA1 has no line for day 0, period 3",
        "days 0 to 0",
    );
    csv(
        "history.csv",
        "-7,0,LA1",
        "-8,0,LA1",
        "x/history.csv:2: day must be a whole number from -7 to -1",
        "-8",
    );
    csv("history.csv", "-7,0,LA1", "0,0,LA1", "x/history.csv:2: day", "from -7 to -1");
    csv("generation.csv", "0,5,MG1,147.100\n", "", "x/generation.csv:6: MG1 has no line", "period 5");
}

#[test]
fn demand_should_be_refused_when_the_tie_line_does_not_carry_it() {
    let with = |limit: &str, generation: &str| {
        let files = FILES.map(|(name, text)| match name {
            "scenario.toml" => (name, text.replacen("tie_line_kw = 400", limit, 1)),
            "generation.csv" => (name, format!("{text}{generation}")),
            _ => (name, text.to_owned()),
        });
        Scenario::from_files(&Files::new("x", files))
    };
    // LA1 takes 36.36 kWh in the first hour.
    assert!(with("tie_line_kw = 400", "").is_ok());
    let shown = with("tie_line_kw = 36.359", "").unwrap_err().to_string();
    let expected =
        "x/demand.csv:2: kwh must be at most 36.359, what LA1's tie line carries in a period, found 36.360";
    assert!(shown.starts_with(expected), "{shown}");
    // Who has a source of its own need not draw all of it.
    let own: String = (0..24).map(|period| format!("0,{period},LA1,50\n")).collect();
    let scenario = with("tie_line_kw = 36.359", &own).unwrap();
    let day = scenario::site::Site::new(&scenario, market::ParticipantId(0)).unwrap().day(0);
    let most = day.metered.iter().map(|net| net.inward().max(net.outward())).max().unwrap();
    assert!(most.watt_hours() <= 36_359, "{most}");
}

#[test]
fn csv_should_be_refused_when_its_header_is_wrong() {
    let header = "day,period,participant,kwh";
    for to in
        ["day,period,participant", "day,period,kwh,participant", "day,period,participant,kWh", "0,1,LA1,2"]
    {
        csv("demand.csv", header, to, "x/demand.csv:1: expected the header day,period,participant,kwh", to);
    }
}

#[test]
fn header_should_be_the_only_mistake_when_it_is_wrong() {
    let header = "day,period,participant,kwh";
    for (file, to) in
        [("demand.csv", "day,period,member,kwh"), ("history.csv", ""), ("generation.csv", "a,b")]
    {
        let mistakes = changed(file, header, to).unwrap_err();
        assert_eq!(mistakes.iter().count(), 1, "{mistakes}");
    }
    for (to, name) in
        [("day;period;participant;kwh", "semicolons"), ("day\tperiod\tparticipant\tkwh", "tabs")]
    {
        let shown = shown("demand.csv", header, to);
        assert!(shown.contains(&format!("not by {name}")) && shown.lines().count() == 1, "{shown}");
    }
}

#[test]
fn decimal_should_be_shown_with_a_point_when_it_has_a_comma() {
    csv(
        "demand.csv",
        "0,0,LA1,36.360",
        "0,0,LA1,36,360",
        "x/demand.csv:2: expected 4 columns",
        "comma: 36.360)",
    );
    settings("feed_in_eth = 0.38", "feed_in_eth = 0,07", "(a decimal has a point, not a comma: 0.07)");
    settings("feed_in_eth = 0.38", "feed_in_eth = \"0,07\"", "with a point and not a comma");
    settings("balance_eth = 1500", "balance_eth = 1500,5 # a comma", "comma: 1500.5)");
    // Another mistake is no comma's.
    let shown = shown("scenario.toml", "feed_in_eth = 0.38", "feed_in_eth = = 0.38");
    assert!(!shown.contains("comma"), "{shown}");
}

#[test]
fn participant_should_have_lines_when_its_role_needs_them() {
    let (_, demand) = FILES[2];
    let without = |name: &str, text: &str| -> String {
        text.lines().filter(|line| !line.contains(name)).fold(String::new(), |all, line| all + line + "\n")
    };
    let files = FILES
        .map(|(name, text)| (name, if name == "demand.csv" { without("LA2", demand) } else { text.into() }));
    let shown = Scenario::from_files(&Files::new("x", files)).unwrap_err().to_string();
    assert_eq!(shown, "x/demand.csv:1: expected lines for LA LA2, found none");
    let files = FILES.map(|(name, text)| {
        (name, if name == "generation.csv" { without("MG1", text) } else { text.into() })
    });
    let shown = Scenario::from_files(&Files::new("x", files)).unwrap_err().to_string();
    assert_eq!(shown, "x/generation.csv:1: expected lines for MG MG1, found none");
}

#[test]
fn file_should_be_named_when_it_is_missing_or_empty() {
    for (missing, _) in FILES {
        let rest = FILES.into_iter().filter(|(name, _)| *name != missing);
        let shown = Scenario::from_files(&Files::new("x", rest)).unwrap_err().to_string();
        assert_eq!(shown, format!("x/{missing}: the file is missing"));
    }
    let empty = FILES.map(|(name, text)| (name, if name == "demand.csv" { "" } else { text }));
    let shown = Scenario::from_files(&Files::new("x", empty)).unwrap_err().to_string();
    assert!(shown.starts_with("x/demand.csv:1: the file is empty"), "{shown}");
    let shown = Scenario::read(&folder("nowhere")).unwrap_err().to_string();
    assert!(shown.contains("nowhere: there is no such folder"), "{shown}");
}

#[test]
fn file_should_be_refused_when_it_is_no_text() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    assert!(Scenario::read(folder.path()).is_ok());
    let cases: [(&str, &[u8], &str, &str); 3] = [
        ("demand.csv", b"\xff\xfed\0a\0y\0", "demand.csv:1: expected UTF-8 text, found UTF-16", "save"),
        (
            "scenario.toml",
            b"[calendar]\n# f\xfcr M\xe4rz\n",
            "scenario.toml:2: expected",
            "is `\u{fc}` in Latin-1",
        ),
        ("scenario.toml", b"[calendar]\n# f\xc3", "scenario.toml:2: expected UTF-8 text", "behind `# f`"),
    ];
    for (name, bytes, start, word) in cases {
        let path = folder.path().join(name);
        let before = std::fs::read(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
        let shown = Scenario::read(folder.path()).unwrap_err().to_string();
        assert!(shown.contains(start) && shown.contains(word), "{shown}");
        std::fs::write(&path, before).unwrap();
    }
}

#[test]
fn all_mistakes_should_be_shown_when_there_are_several() {
    let (_, demand) = FILES[2];
    let files = FILES.map(|(name, text)| match name {
        "demand.csv" => (name, demand.replace(",LA1,", ",LA7,")),
        "history.csv" => (name, text.replacen("55.182", "-1", 1)),
        _ => (name, text.into()),
    });
    let mistakes = Scenario::from_files(&Files::new("x", files)).unwrap_err();
    assert_eq!(mistakes.iter().count(), 1 + 24 + 1);
    let shown = mistakes.to_string();
    assert!(shown.starts_with("x/history.csv:2: kwh"), "{shown}");
    assert!(shown.contains("\nx/demand.csv:2: unknown participant LA7"), "{shown}");
    assert!(shown.ends_with("\nand 6 more"), "{shown}");
}

#[test]
fn calendar_should_be_refused_when_it_is_none() {
    settings("period_minutes = 60", "period_minutes = 0", "a period's length");
    settings("period_minutes = 60", "period_minutes = -60", "period_minutes must be minutes");
    settings("periods_per_day = 24", "periods_per_day = 289", "from 1 to 288, found 289");
    settings("periods_per_day = 24", "periods_per_day = 0", "from 1 to 288, found 0");
    settings("utc_offset_minutes = 480", "utc_offset_minutes = 900", "from -720 to 840, found 900");
    settings("release_to_minute = 1020", "release_to_minute = 1430", "release window");
    settings("release_to_minute = 1020", "release_to_minute = 960", "release window");
    settings("release_to_minute = 1020", "release_to_minute = 960.199", "must last at least two slots");
    settings("periods_per_day = 24", "periods_per_day = 24\n\u{b6}hours = 3", "unknown field `hours`");
    settings("period_minutes = 60", "period_minutes = [60]", "expected");
}

#[test]
fn market_should_be_refused_when_a_key_is_wrong() {
    settings(
        "pricing = \"pay-as-bid\"",
        "pricing = \"cheap\"",
        "pricing must be \"pay-as-bid\" or \"uniform\"",
    );
    settings("feed_in_eth = 0.38", "feed_in_eth = 0.38e0", "feed_in_eth must be ETH/kWh");
    settings("feed_in_eth = 0.38", "feed_in_eth = 0.3800000001", "decimal places");
    settings("feed_in_eth = 0.38", "feed_in_eth = -0.38", "found -0.38");
    settings("seed = 980429", "seed = -1", "seed must be a whole number");
    settings(
        "history_days = 7",
        "history_days = 7\n\u{b6}exposure_share = 1.1",
        "exposure_share must be a share",
    );
    settings("history_days = 7", "history_days = 0", "from 1 to 366, found 0");
    settings("history_days = 7", "history_days = 7\n\u{b6}hisotry_days = 7", "unknown field");
    settings("history_days = 7\n", "history_days = = 7\n", "");
    let shown = shown("scenario.toml", "seed = 980429\n", "");
    assert!(shown.starts_with("x/scenario.toml:12: ") && shown.contains("missing field `seed`"), "{shown}");
}

#[test]
fn tariff_should_be_refused_when_it_does_not_cover_the_day_once() {
    settings(
        "from_minute = 480",
        "from_minute = 540",
        "leaves a gap in the day: expected a step from minute 480",
    );
    settings("from_minute = 480", "from_minute = 420", "overlap: expected a step from minute 480");
    settings("to_minute = 1440", "to_minute = 1380", "ends before it starts");
    settings("to_minute = 1440", "to_minute = 1500", "overlap");
    settings("from_minute = 420", "from_minute = 430", "must begin with a period");
    settings("eth_per_kwh = 0.725", "eth_per_kwh = 0.379", "expected at least feed_in_eth, 0.38");
    settings("step = \"peak\"", "stop = \"peak\"", "unknown field `stop`");
    let shown = shown(
        "scenario.toml",
        "from_minute = 1380\nto_minute = 1440",
        "from_minute = 1380\nto_minute = 1430",
    );
    assert!(shown.contains("expected the last step to end with the day, at minute 1440"), "{shown}");
}

#[test]
fn participant_should_be_refused_when_a_key_is_wrong() {
    settings("id = \"LA2\"", "id = \"LA1\"", "duplicate id LA1");
    settings("id = \"LA2\"", "id = \"\"", "id must have");
    settings("id = \"LA2\"", "id = \"L/A\"", "id must have");
    settings("id = \"LA2\"", "id = \"Alice\"", "market operator");
    settings("role = \"LA\"", "role = \"LB\"", "role must be one of \"LA\", \"MG\"");
    settings("alpha = 0.33", "alpha = 0", "alpha must be above 0");
    settings("alpha = 0.33", "alpha = 1.01", "alpha must be a share from 0 to 1");
    settings("alpha = 0.33", "alpha = 0.3333333", "decimal places");
    settings("balance_eth = 1500", "balance_eth = -1", "balance_eth must be ETH");
    settings("balance_eth = 1500", "balance = 1500", "unknown field `balance`");
    settings("tie_line_kw = 400", "tie_line_kw = 0", "tie_line_kw must be above 0");
    settings("tie_line_kw = 400", "tie_line_kw = 400\n\u{b6}tie_line_loss = 1", "below 1");
    settings("kinds = [\"wind\"]", "kinds = [\"coal\"]", "\"hydropower\"");
    settings("kinds = [\"wind\"]", "kinds = []", "at least one");
    settings("kinds = [\"wind\"]", "kinds = [\"storage\"]", "storage_kwh");
    settings("reserve_price_eth = 0.38", "reserve_price_eth = 0.379", "at least feed_in_eth");
    settings("reserve_price_eth = 0.38", "reserve_price_eth = 2000000", "at most 1000000");
    settings(
        "generation_cost_eth = 0.20\nreserve",
        "generation_cost_eth = 0.40\n\u{b6}reserve",
        "generation_cost_eth, 0.4",
    );
    settings("kinds = [\"wind\"]", "kinds = [\"wind\"]\n\u{b6}alpha = 0.33", "no key of a participant");
    let ring = "source_min_kw = 2\n\u{b6}source_max_kw = 1\nsource_cost_eth = 0.1\ntie_line_kw = 400";
    settings("tie_line_kw = 400", ring, "at least source_min_kw");
}

#[test]
fn participant_should_be_refused_when_a_key_is_missing() {
    for (key, of) in [("alpha = 0.33\n", "alpha"), ("tie_line_kw = 400\n", "tie_line_kw")] {
        let shown = shown("scenario.toml", key, "");
        assert!(shown.contains(&format!("LA1: expected {of}")), "{shown}");
    }
    let of_another_role = shown("scenario.toml", "role = \"LA\"", "role = \"RES\"");
    assert!(
        of_another_role.contains("alpha is no key of a participant with role \"RES\""),
        "{of_another_role}"
    );
    let shown = shown("scenario.toml", "kinds = [\"wind\"]\n", "");
    assert!(shown.contains("MG1: expected kinds"), "{shown}");
    let shown = self::shown("scenario.toml", "tie_line_kw = 400", "tie_line_kw = 400\nsource_max_kw = 1");
    assert!(shown.contains("expected all of source_min_kw, source_max_kw, source_cost_eth"), "{shown}");
}

#[test]
fn supplier_should_be_the_only_one() {
    let at = line_of("scenario.toml", "[[participant]]\nid = \"RES\"");
    let text = FILES[0].1.to_owned() + "\n[[participant]]\nid = \"RES2\"\nrole = \"RES\"\n";
    let files =
        FILES.map(|(name, whole)| (name, if name == "scenario.toml" { text.clone() } else { whole.into() }));
    let shown = Scenario::from_files(&Files::new("x", files)).unwrap_err().to_string();
    assert!(shown.contains("expected exactly one RES: RES is one too"), "{shown}");
    assert!(shown.starts_with(&format!("x/scenario.toml:{}: ", at + 8)), "{shown} {at}");
    let shown = self::shown("scenario.toml", "role = \"RES\"", "role = \"DSO\"");
    assert!(shown.contains("expected exactly one participant with role = \"RES\", found none"), "{shown}");
}

#[test]
fn decimals_should_be_exact_however_they_are_written() {
    for written in ["1_500", "\"1500\"", "1500.000", "+1500"] {
        let scenario =
            changed("scenario.toml", "balance_eth = 1500", &format!("balance_eth = {written}")).unwrap();
        assert_eq!(scenario.participants[0].balance.to_string(), "1500.000000000000000000", "{written}");
    }
    // No float holds it.
    let long = "0.123456789012345678";
    let scenario = changed("scenario.toml", "balance_eth = 1500", &format!("balance_eth = {long}")).unwrap();
    assert_eq!(scenario.participants[0].balance.to_string(), long);
}

#[test]
fn scenario_should_be_read_when_lines_end_as_on_windows() {
    let files = FILES.map(|(name, text)| (name, format!("\u{feff}{}", text.replace('\n', "\r\n"))));
    let read = Scenario::from_files(&Files::new("scenarios/paper", files)).unwrap();
    assert_eq!(read, Scenario::paper().unwrap());
}

#[test]
fn mistake_should_have_its_line_when_lines_end_as_on_windows_or_are_empty() {
    let files = FILES.map(|(name, text)| match name {
        "demand.csv" => {
            let text = text.replacen('\n', "\n\n", 1).replacen("\n0,0,LA2,", "\n0,x,LA2,", 1);
            (name, text.replace('\n', "\r\n"))
        }
        _ => (name, text.to_owned()),
    });
    let mistakes = Scenario::from_files(&Files::new("x", files)).unwrap_err().to_string();
    assert!(mistakes.starts_with("x/demand.csv:4: period must be"), "{mistakes}");
}
