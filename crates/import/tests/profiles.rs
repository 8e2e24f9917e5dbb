//! The profiles that are known by name, each on a small file of our own making.

use import::Profile;
use import::read::read;
use import::value::{File, Found, Quality, Register};
use std::path::Path;

/// A value: meter, register, start, minutes, milliwatt-hours, whether it is measured.
type Shown = (String, Register, String, i64, i64, bool);

/// What is read of a file.
fn values(profile: &str, name: &str) -> (Vec<Shown>, Found) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name);
    let mut found = Found::default();
    let profile = Profile::named(profile).unwrap().unwrap();
    read(&profile, File { number: 0, stem: "stem" }, &std::fs::read(path).unwrap(), &mut found);
    let values = found.values.iter().flat_map(|((meter, register), values)| {
        values.iter().map(move |value| {
            let minutes = (value.to.as_second() - value.from.as_second()) / 60;
            let is_measured = value.quality == Quality::Measured;
            let energy = value.energy.milliwatt_hours();
            (meter.clone(), *register, value.from.to_string(), minutes, energy, is_measured)
        })
    });
    (values.collect(), found)
}

fn value(meter: &str, register: Register, from: &str, minutes: i64, energy: i64, is_measured: bool) -> Shown {
    (meter.into(), register, from.into(), minutes, energy, is_measured)
}

#[test]
fn cr_msg_should_be_read_with_its_totals_alone() {
    let (values, found) = values("eda", "eda.xml");
    let of = |from: &str, energy: i64, is_measured: bool| {
        value("AT9999990000000000000000000000001", Register::In, from, 15, energy, is_measured)
    };
    assert_eq!(
        values,
        [
            of("2021-10-31T00:30:00Z", 125_000, true),
            of("2021-10-31T00:45:00Z", 250_000, true),
            of("2021-10-31T01:00:00Z", 375_000, false),
            of("2021-10-31T01:15:00Z", 500_000, false),
        ]
    );
    assert_eq!((found.mistakes, found.left_alone), (vec![], 1));
    let first = found.values.values().next().unwrap()[0];
    assert_eq!((first.place.line, first.made.unwrap().to_string()), (26, "2021-11-01T05:00:00Z".into()));
}

#[test]
fn datadis_should_be_read_on_a_day_of_25_hours() {
    let (values, found) = values("datadis", "datadis.csv");
    assert_eq!(found.mistakes, []);
    let meter = "ES9999000000000001XX";
    assert_eq!(values.len(), 50);
    assert_eq!(values[0], value(meter, Register::In, "2021-10-30T22:00:00Z", 60, 101_000, true));
    assert_eq!(values[3], value(meter, Register::In, "2021-10-31T01:00:00Z", 60, 104_000, false));
    assert_eq!(values[24], value(meter, Register::In, "2021-10-31T22:00:00Z", 60, 125_000, true));
    assert_eq!(values[25 + 12], value(meter, Register::Out, "2021-10-31T10:00:00Z", 60, 250_000, true));
}

#[test]
fn enedis_should_be_read_with_what_stands_above_it() {
    let (values, found) = values("enedis", "enedis.csv");
    assert_eq!(found.mistakes, []);
    let of = |from: &str, energy: i64| value("99999999999999", Register::In, from, 30, energy, true);
    assert_eq!(
        values,
        [
            of("2021-10-31T00:00:00Z", 270_000),
            of("2021-10-31T00:30:00Z", 210_000),
            of("2021-10-31T01:30:00Z", 183_500),
        ]
    );
}

#[test]
fn green_button_should_be_read_by_its_links() {
    let (values, found) = values("green-button", "green-button.xml");
    assert_eq!(found.mistakes, []);
    assert_eq!(
        values,
        [
            value("42", Register::In, "2021-10-31T00:00:00Z", 15, 125_500, true),
            value("42", Register::In, "2021-10-31T00:15:00Z", 15, 250_000, false),
            value("42", Register::Out, "2021-10-31T00:00:00Z", 60, 3_000, true),
        ]
    );
}

#[test]
fn profile_should_be_guessed_by_its_name_when_it_reads_the_file() {
    for (name, file) in [
        ("eda", "eda.xml"),
        ("datadis", "datadis.csv"),
        ("enedis", "enedis.csv"),
        ("green-button", "green-button.xml"),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(file);
        let guess = import::guess::guess(&std::fs::read(path).unwrap()).unwrap();
        assert!(
            guess.starts_with(&format!("# It is known by name: a plan may say profile = \"{name}\"")),
            "{guess}"
        );
        assert!(Profile::read(&guess).is_ok(), "{guess}");
    }
}

/// Reads a file with something changed; gives the first mistake with its line.
fn mistake(profile: &str, name: &str, from: &str, to: &str) -> (u64, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    let mut found = Found::default();
    let profile = Profile::named(profile).unwrap().unwrap();
    read(&profile, File { number: 0, stem: "stem" }, text.replacen(from, to, 1).as_bytes(), &mut found);
    let (place, message) = found.mistakes.first().expect("a mistake").clone();
    (place.unwrap().line, message)
}

#[test]
fn file_should_be_refused_with_its_line_when_it_is_not_as_published() {
    for (profile, name, from, to, line, word) in [
        ("eda", "eda.xml", "<cr:MM>L2", "<cr:MM>L4", 28, "L1, L2 or L3, found `L4`"),
        ("eda", "eda.xml", "G.01\" UOM=\"KWH", "G.01\" UOM=\"KWT", 25, "UOM to be KWH or MWH"),
        ("eda", "eda.xml", "1.9.0 G.01", "1.9.0 P.01", 3, "expected the energies 1-1:1.9.0 G.01"),
        ("eda", "eda.xml", "0.375", "-0.375", 28, "at least 0"),
        ("eda", "eda.xml", "</cr:EnergyData>", "", 34, "no well-formed XML"),
        ("eda", "green-button.xml", "Green Button", "", 3, "expected a ConsumptionRecord, found feed"),
        ("datadis", "datadis.csv", "25:00", "26:00", 26, "intervals from 1 to 25, found 26"),
        ("datadis", "datadis.csv", ";E;", ";X;", 5, "found `X`"),
        ("datadis", "datadis.csv", "Consumo_kWh", "Consumo", 1, "lacks Consumo_kWh"),
        ("enedis", "enedis.csv", "Grandeur metier", "Grandeur", 4, "expected a column Grandeur metier"),
        ("enedis", "enedis.csv", ";W;30", ";VA;30", 5, "expected a unit as kWh or W, found `VA`"),
        (
            "green-button",
            "green-button.xml",
            "<flowDirection>19",
            "<flowDirection>4",
            39,
            "19 (received), found 4",
        ),
        ("green-button", "green-button.xml", "<value>3", "<value>-3", 71, "at least 0, found -3"),
        ("green-button", "green-button.xml", "<quality>8", "<quality>99", 57, "0 to 19, found `99`"),
    ] {
        let (found, message) = mistake(profile, name, from, to);
        assert!(message.contains(word), "{message}");
        assert_eq!(found, line, "{message}");
    }
}

#[test]
fn households_should_have_a_plan_and_profiles_that_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/households");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let plan = import::plan::Plan::read(&text("import.toml")).unwrap();
    assert_eq!((plan.meters.len(), plan.days), (22, 37));
    for files in plan.files {
        assert!(Profile::read(&text(&files.profile)).is_ok(), "{}", files.profile);
    }
    // What was imported is complete, and measured.
    let mut rows = text("completeness.csv");
    rows = rows.split_once('\n').unwrap().1.to_owned();
    assert_eq!(rows.lines().count(), 16 * 44 + 6 * 37);
    assert!(rows.lines().all(|line| line.ends_with(",96,96,0,0,0")));
}
