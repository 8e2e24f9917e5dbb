//! The command without a node: simulations, mistakes in scenarios, and how it ends.

mod common;

use common::{assert_code, gridbid, scenario, stderr, stdout};
use std::fs;
use std::path::Path;
use std::process::Output;

const HEADER: &str = "day,period,participant,role,expected_kwh,bid_eth_per_kwh,p2p_kwh,p2p_eth,actual_kwh,balanced_kwh,balanced_eth,grid_only_eth,estimated";

fn simulate(folder: &Path, days: u32, out: Option<&Path>) -> Output {
    let mut arguments = vec!["simulate".into(), folder.into(), "--days".into(), days.to_string().into()];
    arguments.extend(out.into_iter().flat_map(|out| ["--out".into(), out.into()]));
    gridbid::<std::ffi::OsString>(arguments)
}

/// A decimal as a whole number of its last place, with as many places as the field has.
fn exact(field: &str, places: usize) -> i128 {
    let (whole, part) = field.split_once('.').unwrap_or((field, ""));
    assert_eq!(part.len(), places, "{field}");
    format!("{whole}{part}").parse().unwrap()
}

#[test]
fn simulate_should_write_all_files_when_it_is_given_each_scenario() {
    for (name, days, lines_a_day) in [
        ("paper", 1, 24 * 5),
        ("paper-month", 30, 24 * 5),
        ("district", 2, 96 * 15),
        ("households", 37, 96 * 17),
    ] {
        let out = tempfile::tempdir().unwrap();
        let output = simulate(&scenario(name), days, Some(out.path()));
        assert_code(&output, 0);
        assert!(stdout(&output).starts_with(name), "{}", stdout(&output));
        let csv = fs::read_to_string(out.path().join("bill_lines.csv")).unwrap();
        assert_eq!(csv.lines().next(), Some(HEADER));
        assert_eq!(csv.lines().count(), 1 + lines_a_day * days as usize, "{name}");
        assert!(fs::read_to_string(out.path().join("report.json")).unwrap().contains("\"participants\""));
        for figure in ["demand.svg", "bids.svg", "money.svg"] {
            assert!(fs::read_to_string(out.path().join(figure)).unwrap().starts_with("<svg"), "{figure}");
        }
    }
}

#[test]
fn lines_should_balance_when_the_days_are_summed() {
    let out = tempfile::tempdir().unwrap();
    assert_code(&simulate(&scenario("district"), 3, Some(out.path())), 0);
    let csv = fs::read_to_string(out.path().join("bill_lines.csv")).unwrap();
    let mut money = [0; 3];
    let mut energy = 0;
    for line in csv.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let day: usize = fields[0].parse().unwrap();
        money[day] += exact(fields[10], 12);
        if !fields[7].is_empty() {
            money[day] += exact(fields[7], 12);
            energy += exact(fields[6], 3);
            assert_eq!(exact(fields[8], 3), exact(fields[6], 3) + exact(fields[9], 3), "{line}");
        }
    }
    assert_eq!((money, energy), ([0; 3], 0));
}

#[test]
fn simulate_should_show_the_papers_figures_when_the_scenario_is_the_papers() {
    let output = simulate(&scenario("paper"), 1, None);
    assert_code(&output, 0);
    let text = stdout(&output);
    assert!(text.contains("this run, day 0             9.7995  13.0176  19.0405  +22.2102"), "{text}");
    for total in ["738.640910", "765.535420", "1061.889458", "-1246.678437"] {
        assert!(text.contains(total), "{total} in {text}");
    }
}

/// A copy of the paper's scenario with one thing changed.
fn broken(file: &str, change: impl FnOnce(String) -> String) -> Output {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(scenario("paper")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
    }
    let path = folder.path().join(file);
    fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
    let out = folder.path().join("out");
    let output = simulate(folder.path(), 1, Some(&out));
    assert!(!out.exists(), "nothing is written where the scenario is wrong");
    output
}

/// Asserts that a scenario is refused, with the place of the mistake and a word on it.
fn assert_refused(output: &Output, place: &str, word: &str) {
    assert_code(output, 2);
    let text = stderr(output);
    assert!(text.contains(place), "`{place}` in: {text}");
    assert!(text.contains(word), "`{word}` in: {text}");
}

fn change_line(text: &str, number: usize, change: impl Fn(&str) -> String) -> String {
    let lines = (1..).zip(text.lines());
    lines.map(|(n, line)| if n == number { change(line) } else { line.to_owned() } + "\n").collect()
}

#[test]
fn scenario_should_be_refused_when_energy_is_negative() {
    let output = broken("demand.csv", |text| {
        change_line(&text, 5, |line| {
            let (left, _) = line.rsplit_once(',').unwrap();
            format!("{left},-1.5")
        })
    });
    assert_refused(&output, "demand.csv:5:", "-1.5");
}

#[test]
fn scenario_should_be_refused_when_a_column_is_missing() {
    let output = broken("demand.csv", |text| {
        text.lines().map(|line| format!("{}\n", line.rsplit_once(',').unwrap().0)).collect()
    });
    assert_refused(&output, "demand.csv:1:", "kwh");
}

#[test]
fn scenario_should_be_refused_when_a_line_is_there_twice() {
    let output = broken("demand.csv", |text| {
        let second = text.lines().nth(1).unwrap().to_owned();
        format!("{}\n{second}\n", text.trim_end())
    });
    let lines = fs::read_to_string(scenario("paper").join("demand.csv")).unwrap().lines().count();
    assert_refused(&output, &format!("demand.csv:{}:", lines + 1), "line 2");
}

#[test]
fn scenario_should_be_refused_when_a_participant_is_unknown() {
    let output = broken("generation.csv", |text| change_line(&text, 3, |line| line.replace("MG1", "MG9")));
    assert_refused(&output, "generation.csv:3:", "MG9");
}

#[test]
fn scenario_should_be_refused_when_the_tariff_has_a_gap() {
    let output = broken("scenario.toml", |text| {
        // The step to 07:00 ends at 06:00.
        assert!(text.contains("to_minute = 420"), "{text}");
        text.replace("to_minute = 420", "to_minute = 360")
    });
    assert_refused(&output, "scenario.toml:", "gap");
}

#[test]
fn best_response_should_tell_what_each_buyer_gains_when_the_scenario_is_the_papers() {
    let paper = scenario("paper");
    let output = gridbid(["best-response".as_ref(), paper.as_os_str()]);
    assert_code(&output, 0);
    for paid in ["738.640910", "765.535420", "1061.889458"] {
        assert!(stdout(&output).contains(paid), "{}", stdout(&output));
    }
    let output = gridbid(["best-response".as_ref(), paper.as_os_str(), "--json".as_ref()]);
    assert_code(&output, 0);
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let buyers = json["buyers"].as_array().unwrap();
    assert_eq!(buyers.len(), 3);
    for buyer in buyers {
        assert_eq!(buyer["periods"].as_array().unwrap().len(), 24);
        assert!(!buyer["best_price"]["gain_eth"].as_str().unwrap().starts_with('-'));
    }
}

#[test]
fn command_should_end_with_2_when_it_is_used_wrongly() {
    for arguments in [
        vec![],
        vec!["fly"],
        vec!["simulate"],
        vec!["simulate", "/nowhere/at/all"],
        vec!["best-response", "/nowhere/at/all"],
        vec!["simulate", "/tmp", "--days", "0"],
        vec!["bill", "--url", "ws://127.0.0.1:1"],
        vec!["compare", "/nowhere/a.csv", "/nowhere/b.csv"],
    ] {
        assert_code(&gridbid(&arguments), 2);
    }
}

#[test]
fn command_should_end_with_3_when_no_node_is_there() {
    let url = "ws://127.0.0.1:1";
    for arguments in [
        vec!["report", "--url", url],
        vec!["watch", "--url", url],
        vec!["bill", "--url", url, "--day", "0", "--participant", "LA1"],
    ] {
        let output = gridbid(&arguments);
        assert_code(&output, 3);
        assert!(stderr(&output).contains(url), "{}", stderr(&output));
    }
    let paper = scenario("paper");
    let output = gridbid(["run".as_ref(), paper.as_os_str(), "--node".as_ref(), "/nowhere/node".as_ref()]);
    assert_code(&output, 3);
    assert!(stderr(&output).contains("/nowhere/node"), "{}", stderr(&output));
}

#[test]
fn compare_should_end_with_4_when_a_field_differs() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
    fs::write(&one, format!("{HEADER}\n0,0,LA1,LA,1.000,,,,,,,,0\n")).unwrap();
    fs::write(&other, format!("{HEADER}\n0,0,LA1,LA,1.001,,,,,,,,0\n")).unwrap();
    assert_code(&gridbid([&"compare".into(), &one, &one]), 0);
    let output = gridbid([&"compare".into(), &one, &other]);
    assert_code(&output, 4);
    assert!(stderr(&output).contains("expected_kwh `1.000` is not `1.001`"), "{}", stderr(&output));
}
