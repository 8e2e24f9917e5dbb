//! `gridbid import` on files as people have them: with the faults that broke other systems, each is read, or refused with
//! the exact mistake, and nothing is half imported.

mod common;

use common::{assert_code, gridbid, stderr, stdout};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Output;

const SETTINGS: &str = r#"[calendar]
period_minutes = 60
periods_per_day = 24
utc_offset_minutes = 120
release_from_minute = 960
release_to_minute = 1020

[market]
pricing = "pay-as-bid"
feed_in_eth = 0.08
seed = 1
history_days = 1

[[tariff]]
from_minute = 0
to_minute = 1440
step = "all"
eth_per_kwh = 0.32

[[participant]]
id = "H1"
role = "LA"
alpha = 1
tie_line_kw = 30

[[participant]]
id = "RES"
role = "RES"
"#;

const PLAN: &str = r#"first_day = 2021-06-02
days = 1

[[files]]
profile = "own.toml"
paths = ["meter.csv"]

[[meter]]
id = "meter"
member = "H1"
"#;

/// Hourly energies in kWh with a comma, at times with an offset.
const INTERVALS: &str = r#"format = "csv"
separator = ";"
decimal = ","
[time]
columns = ["Zeit"]
format = "iso"
minutes = 60
[[value]]
column = "Verbrauch (kWh)"
unit = "kWh"
register = "in"
"#;

/// What a register showed, in kWh.
const REGISTER: &str = r#"format = "csv"
[time]
columns = ["time"]
format = "iso"
[[value]]
column = "kWh"
kind = "register"
unit = "kWh"
register = "in"
"#;

/// What is imported, and what of it is as it should not be.
struct Case {
    settings: String,
    plan: String,
    profile: String,
    file: Vec<u8>,
}

impl Case {
    fn new(profile: &str, file: impl Into<Vec<u8>>) -> Self {
        Self { settings: SETTINGS.into(), plan: PLAN.into(), profile: profile.into(), file: file.into() }
    }

    /// Imports it, and gives what the command said and the folder's `history.csv` and `demand.csv` in one.
    fn run(&self, options: &[&str]) -> (Output, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        write("scenario.toml", self.settings.as_bytes());
        write("import.toml", self.plan.as_bytes());
        write("own.toml", self.profile.as_bytes());
        write("meter.csv", &self.file);
        let out = folder.path().join("out");
        let mut arguments: Vec<OsString> = vec!["import".into(), folder.path().join("import.toml").into()];
        arguments.extend(["--out".into(), out.clone().into()]);
        arguments.extend(options.iter().map(OsString::from));
        let output = gridbid(arguments);
        let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
        let texts = out.exists().then(|| read("history.csv") + &read("demand.csv"));
        if texts.is_some() {
            assert_code(&gridbid([OsString::from("simulate"), out.into()]), 0);
        }
        // Nothing is left beside it, whatever became of it.
        let names = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 4 + usize::from(texts.is_some()));
        (output, texts)
    }

    fn imported(&self, options: &[&str]) -> (Output, String) {
        let (output, texts) = self.run(options);
        assert_code(&output, 0);
        (output, texts.expect("a folder"))
    }

    /// It is refused with a mistake at a place, and nothing is written.
    fn refused(&self, place: &str, words: &[&str]) {
        let (output, texts) = self.run(&[]);
        assert_code(&output, 2);
        assert!(texts.is_none(), "something was written");
        let told = stderr(&output);
        for word in [place].iter().chain(words) {
            assert!(told.contains(word), "`{word}` in: {told}");
        }
    }
}

/// Two days of hours, each 0.5 kWh and one more watt-hour than the hour before.
fn hours() -> impl Iterator<Item = (String, u32)> {
    (0..48).map(|hour| (format!("2021-06-{:02}T{:02}:00:00+02:00", 1 + hour / 24, hour % 24), 500 + hour))
}

fn intervals() -> String {
    let line = |(time, watt_hours): (String, u32)| format!("{time};0,{watt_hours:03}\n");
    "Zeit;Verbrauch (kWh)\n".to_owned() + &hours().map(line).collect::<String>()
}

/// The lines that two days of hours come to.
fn expected() -> String {
    let header = "day,period,participant,kwh\n";
    let line = |hour: u32| format!("{},{},H1,0.{}\n", i64::from(hour) / 24 - 1, hour % 24, 500 + hour);
    let day = |first: u32| (first..first + 24).map(line).collect::<String>();
    format!("{header}{}{header}{}", day(0), day(24))
}

/// What a register showed at each of the same hours.
fn register(from: u64) -> Vec<(String, String)> {
    let mut shown = from;
    let ends = hours().chain([("2021-06-03T00:00:00+02:00".into(), 0)]);
    let line = |(time, watt_hours): (String, u32)| {
        let line = (time, format!("{}.{:03}", shown / 1_000, shown % 1_000));
        shown += u64::from(watt_hours);
        line
    };
    ends.map(line).collect()
}

fn csv(readings: &[(String, String)]) -> String {
    let lines = readings.iter().map(|(time, kwh)| format!("{time},{kwh}\n"));
    "time,kWh\n".to_owned() + &lines.collect::<String>()
}

/// Asserts that a table has a row of these cells.
fn assert_row(output: &Output, cells: &str) {
    let text = stdout(output);
    let has = text.lines().any(|line| line.split_whitespace().eq(cells.split_whitespace()));
    assert!(has, "`{cells}` in:\n{text}");
}

#[test]
fn file_should_be_read_when_it_is_as_its_profile_says() {
    let (output, texts) = Case::new(INTERVALS, intervals()).imported(&[]);
    assert_eq!(texts, expected());
    assert!(stdout(&output).contains("48 values: 0 before or behind the days"), "{}", stdout(&output));
    assert_eq!(Case::new(REGISTER, csv(&register(13_423_700))).imported(&[]).1, expected());
}

#[test]
fn outlier_should_be_left_out_and_its_period_estimated_when_a_counter_reads_nothing_once() {
    // Input 7: else an hour of 13.4 MWh.
    for strange in ["0", "53700.0"] {
        let mut readings = register(13_423_700);
        readings[30].1 = strange.into();
        let (output, texts) = Case::new(REGISTER, csv(&readings)).imported(&[]);
        let told = stderr(&output);
        assert!(told.contains("meter.csv:32: ") && told.contains("left out"), "{told}");
        // 0.529 and 0.530 kWh are known in sum.
        let lines: Vec<&str> =
            texts.lines().filter(|line| line.starts_with("0,5,") || line.starts_with("0,6,")).collect();
        assert_eq!(lines, ["0,5,H1,0.529", "0,6,H1,0.530"], "{texts}");
        assert_row(&output, "H1 in 2021-06-02 22 2 0 0");
    }
}

#[test]
fn register_should_go_round_when_its_modulus_is_known() {
    // Input 8: a register of 838.8608 kWh, of which the last hour before midnight is 15.6 Wh.
    let mut readings = register(0);
    for (hour, reading) in readings.iter_mut().enumerate() {
        let before = 8_388_576 - 2_000 * (29 - i64::try_from(hour).unwrap());
        let shown = if hour < 30 { before } else { 124 + 2_000 * (i64::try_from(hour).unwrap() - 30) };
        reading.1 = format!("{}.{:04}", shown / 10_000, shown % 10_000);
    }
    let mut case = Case::new(REGISTER, csv(&readings));
    case.plan.push_str("modulus_kwh = 838.8608\n");
    let (output, texts) = case.imported(&[]);
    assert!(
        stderr(&output).contains("meter.csv:32: the register has gone round to 0.0124 kWh"),
        "{}",
        stderr(&output)
    );
    // 0.2 kWh an hour, but the one in which it goes round: 0.0156 kWh, of which 0.6 Wh go into the next.
    let around: Vec<&str> = texts.lines().skip(25 + 1 + 4).take(3).collect();
    assert_eq!(around, ["0,4,H1,0.200", "0,5,H1,0.015", "0,6,H1,0.200"], "{texts}");
    // Without it, the time before is a gap, and told.
    case.plan = PLAN.into();
    case.refused(
        "meter.csv:32: the register starts over",
        &["H1 lacks 1 of 24 periods of register in on 2021-06-02"],
    );
}

#[test]
fn energy_should_be_shared_when_a_reading_comes_again_with_an_old_clock() {
    // Input 9: payload clocks of 17:00, 17:00 and 19:00 are two hours with 8.056 kWh in all.
    let mut readings = register(100_000);
    for (_, kwh) in &mut readings[43..] {
        let watt_hours: u64 = kwh.replace('.', "").parse().unwrap();
        *kwh = format!("{}.{:03}", (watt_hours + 6_973) / 1_000, (watt_hours + 6_973) % 1_000);
    }
    readings[42] = readings[41].clone();
    let (output, texts) = Case::new(REGISTER, csv(&readings)).imported(&[]);
    let lines: Vec<&str> =
        texts.lines().filter(|line| line.starts_with("0,17,") || line.starts_with("0,18,")).collect();
    assert_eq!(lines, ["0,17,H1,4.028", "0,18,H1,4.028"], "{texts}");
    assert!(stdout(&output).contains("1 there already"), "{}", stdout(&output));
}

#[test]
fn role_should_be_refused_when_it_is_misspelt() {
    // Input 18: it is not taken for another.
    let mut case = Case::new(INTERVALS, intervals());
    case.settings = SETTINGS.replace("role = \"LA\"", "role = \"Verbaucher\"");
    case.refused("scenario.toml:22: ", &["role must be one of", "found \"Verbaucher\""]);
    let directions = INTERVALS
        .replace("register = \"in\"", "register_column = \"Art\"\nin = [\"Bezug\"]\nout = [\"Lieferung\"]");
    let file = intervals().replace(" (kWh)\n", " (kWh);Art\n").replace('\n', ";Bezug\n").replacen(
        "Art;Bezug",
        "Art",
        1,
    );
    assert_eq!(Case::new(&directions, file.clone()).imported(&[]).1, expected());
    let misspelt = file.replacen("0,503;Bezug", "0,503;Bezgu", 1);
    Case::new(&directions, misspelt)
        .refused("meter.csv:5: expected one of Bezug, Lieferung, found `Bezgu`", &[]);
}

#[test]
fn file_should_be_read_when_words_stand_above_it() {
    // Input 19: words, semicolons, an offset, decimal commas, a mark, and lines that end as Windows has them.
    let file = format!("\u{feff}Lastgang der Messstelle Größe 1\n\n{}", intervals()).replace('\n', "\r\n");
    assert_eq!(Case::new(INTERVALS, file).imported(&[]).1, expected());
}

#[test]
fn encoding_should_be_the_files_own_or_a_mistake() {
    let profile = INTERVALS.replace("Zeit", "Zählzeit");
    let file = intervals().replace("Zeit", "Zählzeit");
    let latin: Vec<u8> = file.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let of = |encoding: &str| format!("encoding = \"{encoding}\"\n{profile}");
    assert_eq!(Case::new(&of("windows-1252"), latin.clone()).imported(&[]).1, expected());
    Case::new(&profile, latin)
        .refused("meter.csv:1: the byte 0xe4 is no UTF-8, and `ä` in Windows-1252", &[]);
    let wide: Vec<u8> = format!("\u{feff}{file}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(Case::new(&profile, wide).imported(&[]).1, expected());
}

#[test]
fn header_should_be_refused_when_it_is_another() {
    let file = intervals().replace("Verbrauch (kWh)", "Energie [kWh]");
    let words = ["found Zeit, Energie [kWh]", "lacks Verbrauch (kWh)"];
    Case::new(INTERVALS, file).refused("meter.csv:1: expected a header with Zeit, Verbrauch (kWh)", &words);
    let commas = intervals().replace(';', "\t");
    Case::new(INTERVALS, commas).refused("meter.csv:1: ", &["is the separator another?"]);
    let points = intervals().replacen("0,505", "0.505", 1);
    Case::new(INTERVALS, points)
        .refused("meter.csv:7: expected a number with decimals behind `,`, found `0.505`", &[]);
}

#[test]
fn hour_should_be_refused_when_the_clock_was_set_forward_over_it() {
    let profile = INTERVALS.replace("\"iso\"", "\"%d.%m.%Y %H:%M\"\nzone = \"Europe/Berlin\"");
    let line = |hour: u32| format!("28.03.2021 {hour:02}:00;0,5\n");
    let file = "Zeit;Verbrauch (kWh)\n".to_owned() + &(0..24).map(line).collect::<String>();
    let word = "2021-03-28T02:00:00 does not exist: the clock was set forward over it";
    Case::new(&profile, file).refused(&format!("meter.csv:4: {word}"), &[]);
}

#[test]
fn gap_should_stay_a_gap_until_it_is_to_be_filled() {
    let file = intervals().replacen("0,530\n", "\n", 1).replacen("0,531\n", "n/a\n", 1);
    let profile = format!("missing = [\"\", \"n/a\"]\n{INTERVALS}");
    let case = Case::new(&profile, file);
    let (output, texts) = case.run(&[]);
    assert_code(&output, 2);
    assert!(texts.is_none());
    let word = "H1 lacks 2 of 24 periods of register in on 2021-06-02";
    assert!(stderr(&output).contains(word), "{}", stderr(&output));
    assert_row(&output, "H1 in 2021-06-02 22 0 0 2");
    let (output, texts) = case.imported(&["--fill"]);
    // What the day before had.
    assert_eq!(texts, expected().replace("0.530", "0.506").replace("0.531", "0.507"));
    assert_row(&output, "H1 in 2021-06-02 22 0 2 0");
}

#[test]
fn everything_should_be_told_when_values_have_no_place() {
    let mut case = Case::new(&format!("meter = \"Zeit\"\n{INTERVALS}"), intervals());
    case.refused(
        "import.toml:8: no file has a meter meter",
        &["has no meter 2021-06-01T00:00:00+02:00", "and 29 more"],
    );
    case = Case::new(INTERVALS, intervals() + "2021-06-02T23:00:00+02:00;0,6\n");
    case.refused(
        "meter.csv:50: 0.6 kWh from 2021-06-02T21:00:00Z, and another value before it (line 49)",
        &[],
    );
    case.plan = PLAN.replace("own.toml", "edf");
    case.refused("import.toml:5: expected a profile's file, or one of eda, datadis", &["--guess"]);
    case.plan = PLAN.replace("\"H1\"", "\"RES\"");
    case.refused("import.toml:8: expected an LA, MG or prosumer", &["found RES"]);
}

#[test]
fn folder_should_stay_when_it_is_there_already() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("import.toml");
    let output = gridbid([OsString::from("import"), plan.into(), "--out".into(), folder.path().into()]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("is there already"), "{}", stderr(&output));
}

#[test]
fn profile_should_be_guessed_and_shown_with_what_it_leaves_open() {
    let folder = tempfile::tempdir().unwrap();
    let guess = |name: &str, bytes: &[u8]| {
        let path: &Path = &folder.path().join(name);
        fs::write(path, bytes).unwrap();
        let output = gridbid([OsString::from("import"), "--guess".into(), path.into()]);
        assert_code(&output, 0);
        stdout(&output)
    };
    // Values that only rise would be a register's.
    let file = format!("\u{feff}Lastgang\n\n{}", intervals().replacen("0,520", "0,020", 1));
    let shown = guess("meter.csv", file.as_bytes());
    // As it is, it reads the file.
    let profile = shown.split_once('\n').unwrap().1;
    assert_eq!(Case::new(profile, file).imported(&[]).1, expected().replace("0.520", "0.020"), "{shown}");
    let shown = guess("meter.csv", csv(&register(0)).as_bytes());
    assert!(shown.contains("kind = \"register\"") && !shown.contains("minutes"), "{shown}");
    let german = "Datum;Uhrzeit;Wert\n01.06.2021;00:00;1.234,5\n01.06.2021;00:15;1,5\n";
    let shown = guess("meter.csv", german.as_bytes());
    for word in [
        "columns = [\"Datum\", \"Uhrzeit\"]",
        "format = \"%d.%m.%Y %H:%M\"",
        "thousands = \".\"",
        "minutes = 15",
        "# zone = ",
        "# unit = ",
    ] {
        assert!(shown.contains(word), "`{word}` in: {shown}");
    }
    let american = guess("meter.csv", b"when,Wh\n01/02/2021 00:00,5\n01/02/2021 00:15,4\n");
    assert!(american.contains("look whether it is \"%m/%d/%Y %H:%M\""), "{american}");
    // What it leaves open is no profile.
    Case::new(shown.split_once('\n').unwrap().1, german).refused("own.toml:1: expected unit", &[]);
}
