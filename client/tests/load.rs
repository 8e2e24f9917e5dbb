//! The load generator and the real node. It needs a node's executable: `GRIDBID_NODE` names it, and without it
//! nothing is tested.

mod common;

use common::{assert_code, gridbid, node, stdout};
use std::ffi::OsString;

#[test]
fn load_should_lose_nothing_when_a_small_market_plays_its_period() {
    let Some(node) = node() else { return };
    let out = tempfile::tempdir().unwrap();
    let options =
        ["load", "--members", "60", "--microgrid-percent", "5", "--block-transactions", "20", "--node"];
    let arguments = options.map(OsString::from).into_iter().chain([node.into()]);
    let ran = gridbid(arguments.chain(["--out".into(), out.path().into()]));
    assert_code(&ran, 0);
    assert!(stdout(&ran).contains("all 61 bill lines are those of the simulation"), "{}", stdout(&ran));
    let stages = std::fs::read_to_string(out.path().join("load.csv")).unwrap();
    let included: Vec<(&str, &str)> = stages
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split(',').skip(2);
            Some((fields.next()?, fields.nth(2)?))
        })
        .collect();
    let expected =
        [("release", "60"), ("transfer", "60"), ("seal", "57"), ("reveal", "57"), ("reading", "60")];
    assert_eq!(included, expected);
    assert!(std::fs::read_to_string(out.path().join("blocks.csv")).unwrap().contains("\nclearing,"));
    let slope = std::fs::read_to_string(out.path().join("slope.csv")).unwrap();
    assert!(slope.lines().nth(1).unwrap().starts_with("60,57,"), "{slope}");
    let chain = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().file_name().to_string_lossy().starts_with("chain")
    };
    assert!(!std::fs::read_dir(out.path()).unwrap().any(chain), "its chain is gone");
}
