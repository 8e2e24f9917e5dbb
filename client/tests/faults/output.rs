//! Pipes that are closed, disks that are full, and paths that are no text.

use crate::common::{GRIDBID, assert_code, gridbid, scenario, stderr, stdout};
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{PipeWriter, pipe};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Commands that print something, each for people and as JSON.
fn commands(folder: &Path) -> Vec<Vec<OsString>> {
    let (paper, csv) = (scenario("paper"), folder.join("out/bill_lines.csv"));
    let out = gridbid([
        "simulate".into(),
        paper.clone().into_os_string(),
        "--out".into(),
        folder.join("out").into(),
    ]);
    assert_code(&out, 0);
    let plain: [Vec<OsString>; 4] = [
        vec!["simulate".into(), paper.clone().into()],
        vec!["best-response".into(), paper.into()],
        vec!["compare".into(), csv.clone().into(), csv.into()],
        vec!["init".into(), "--name".into(), "LA4".into()],
    ];
    let help = ["--help", "--version", "help", "bill --help"];
    let help = help.map(|words| words.split(' ').map(OsString::from).collect());
    let json = plain.clone().map(|command| [command, vec!["--json".into()]].concat());
    let mut commands: Vec<_> = plain.into_iter().chain(json).chain(help).collect();
    for (number, command) in commands.iter_mut().enumerate().filter(|(_, command)| command[0] == *"init") {
        command.extend(["--member".into(), folder.join(number.to_string()).into()]);
    }
    commands
}

#[test]
fn command_should_end_in_silence_when_its_output_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    for command in commands(folder.path()) {
        let output = Command::new(GRIDBID).args(&command).stdout(closed()).output().unwrap();
        assert_eq!(output.status.code(), Some(141), "{command:?}: {}", stderr(&output));
        assert_eq!(stderr(&output), "", "{command:?}");
    }
}

/// A pipe whose reader has seen enough, as `head`.
fn closed() -> PipeWriter {
    let (_, writer) = pipe().unwrap();
    writer
}

#[test]
fn command_should_say_so_when_its_output_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    for command in commands(folder.path()) {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output =
            Command::new(GRIDBID).args(&command).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{command:?}: {}", stderr(&output));
        let told = stderr(&output);
        assert!(
            told.contains("gridbid: cannot write to standard output: No space left"),
            "{command:?}: {told}"
        );
        assert_eq!(told.lines().count(), 1, "{command:?}: {told}");
    }
}

#[test]
fn command_should_end_with_its_code_when_nobody_hears_its_errors() {
    let mut command = Command::new(GRIDBID);
    let status =
        command.args(["simulate", "/nowhere/at/all"]).stdout(Stdio::null()).stderr(closed()).status();
    assert_eq!(status.unwrap().code(), Some(2));
}

/// Runs the command where no file can be larger than so many blocks of half a KiB, or of one where the shell says so.
fn on_a_small_disk(blocks: u32, command: &[OsString]) -> Output {
    // A file that grows beyond would end the command otherwise, before it sees any error.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    Command::new("sh").arg("-c").arg(script).arg(GRIDBID).args(command).output().unwrap()
}

#[test]
fn report_should_be_whole_or_as_it_was_when_the_disk_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let command: Vec<OsString> =
        vec!["simulate".into(), scenario("paper").into(), "--out".into(), out.clone().into()];
    assert_code(&gridbid(&command), 0);
    let report = fs::read(out.join("report.json")).unwrap();
    assert!(report.len() > 45_000, "{} bytes", report.len());
    fs::write(out.join("report.json"), "of before").unwrap();
    let output = on_a_small_disk(40, &command);
    assert_code(&output, 1);
    let told = stderr(&output);
    assert!(told.contains("cannot write") && told.contains("report.json: File too large"), "{told}");
    assert_eq!(fs::read(out.join("report.json")).unwrap(), b"of before");
    // Nothing half written is left beside it.
    let mut names: Vec<_> =
        fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["bids.svg", "bill_lines.csv", "demand.svg", "money.svg", "report.json"]);
    // And with room again, all is well.
    assert_code(&gridbid(&command), 0);
    assert_eq!(fs::read(out.join("report.json")).unwrap(), report);
}

#[test]
fn nothing_should_be_left_when_there_is_no_room_for_the_first_file() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let command: Vec<OsString> =
        vec!["simulate".into(), scenario("paper").into(), "--out".into(), out.clone().into()];
    let output = on_a_small_disk(1, &command);
    assert_code(&output, 1);
    assert!(stderr(&output).contains("bill_lines.csv: File too large"), "{}", stderr(&output));
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0, "nothing torn is left");
}

#[test]
fn init_should_print_json_when_its_path_is_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let member = folder.path().join(OsString::from_vec(b"m\xe4rz".to_vec()));
    let output = gridbid::<OsString>([
        "init".into(),
        "--name".into(),
        "LA4".into(),
        "--json".into(),
        "--member".into(),
        member.clone().into(),
    ]);
    assert_code(&output, 0);
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(json["folder"].as_str().unwrap().ends_with("m\u{fffd}rz"), "{json}");
    assert!(member.join("member.toml").exists());
}

#[test]
fn compare_should_take_files_of_before_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (one, older, other) =
        (folder.path().join("one"), folder.path().join("older"), folder.path().join("other"));
    let out = folder.path().join("out");
    assert_code(
        &gridbid::<OsString>([
            "simulate".into(),
            scenario("paper").into(),
            "--out".into(),
            out.clone().into(),
        ]),
        0,
    );
    let text = fs::read_to_string(out.join("bill_lines.csv")).unwrap();
    let header = "day,period,participant,role,expected_kwh,bid_eth_per_kwh,p2p_kwh,p2p_eth,actual_kwh,balanced_kwh,balanced_eth,grid_only_eth";
    assert_eq!(text.lines().next(), Some(format!("{header},estimated").as_str()));
    assert!(text.lines().skip(1).all(|line| line.ends_with(",0")));
    // The twelve columns of before stay as they were, byte for byte.
    let twelve: String = text.lines().map(|line| format!("{}\n", line.rsplit_once(',').unwrap().0)).collect();
    fs::write(&one, &text).unwrap();
    fs::write(&older, &twelve).unwrap();
    fs::write(&other, twelve.replacen("36.360", "36.361", 1)).unwrap();
    assert_code(&gridbid(["compare".as_ref(), one.as_os_str(), one.as_os_str()]), 0);
    for (a, b) in [(&one, &older), (&older, &one), (&older, &older)] {
        assert_code(&gridbid(["compare".as_ref(), a.as_os_str(), b.as_os_str()]), 0);
    }
    let output = gridbid(["compare".as_ref(), one.as_os_str(), other.as_os_str()]);
    assert_code(&output, 4);
    assert!(stderr(&output).contains("actual_kwh `36.360` is not `36.361`"), "{}", stderr(&output));
    let json = out.join("report.json");
    for (a, b) in [(&one, &json), (&json, &json)] {
        let output = gridbid(["compare".as_ref(), a.as_os_str(), b.as_os_str()]);
        assert_code(&output, 2);
        assert!(stderr(&output).contains("report.json is no bill_lines.csv"), "{}", stderr(&output));
    }
}

#[test]
fn load_should_be_refused_when_json_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["load", "--json", "--node", "/nowhere/node", "--out"].map(OsString::from);
    let output = gridbid(arguments.into_iter().chain([folder.path().into()]));
    assert_code(&output, 2);
    assert!(stderr(&output).contains("load prints no JSON"), "{}", stderr(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is begun");
}

#[test]
fn load_should_leave_alone_what_it_did_not_make() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("chain/precious");
    fs::create_dir(folder.path().join("chain")).unwrap();
    fs::write(&precious, "x").unwrap();
    let output = gridbid::<OsString>([
        "load".into(),
        "--node".into(),
        "/nowhere/node".into(),
        "--out".into(),
        folder.path().into(),
    ]);
    assert_code(&output, 3);
    assert!(precious.exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "what it made is gone");
}
