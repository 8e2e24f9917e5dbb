//! What a chain specification may not say, and a database that it does not belong to. They need the node's executable:
//! `GRIDBID_NODE` names it, and without it nothing is tested.

use frame_support::storage::storage_prefix;
use sp_core::bytes::to_hex;
use std::path::{Path, PathBuf};
use std::process::Command;

fn node() -> Option<PathBuf> {
    let node = std::env::var_os("GRIDBID_NODE").map(PathBuf::from);
    if node.is_none() {
        eprintln!("GRIDBID_NODE names no node: nothing is tested");
    }
    node
}

/// What a command of the node prints, or what it says went wrong.
fn run(node: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(node).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// The specification of the local network with one text replaced, in a file.
fn spec(node: &Path, folder: &Path, name: &str, from: &str, to: &str) -> String {
    let local = run(node, &["export-chain-spec", "--chain", "local"]).unwrap();
    changed(&local, folder, name, from, to)
}

fn changed(text: &str, folder: &Path, name: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from}");
    let path = folder.join(name);
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Opens a chain, and does nothing: there is no block to go back.
fn open(node: &Path, spec: &str, base: &str) -> Result<String, String> {
    run(node, &["revert", "--chain", spec, "--base-path", base])
}

#[test]
fn chain_should_be_refused_when_it_began_with_another_first_state() {
    let Some(node) = node() else { return };
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    let base = base.to_str().unwrap();
    let own = spec(&node, folder.path(), "own.json", "\"seed\": 980429", "\"seed\": 980429");
    let other = spec(&node, folder.path(), "other.json", "\"seed\": 980429", "\"seed\": 980430");
    open(&node, &own, base).unwrap();
    let refusal = open(&node, &other, base).unwrap_err();
    let expected = "was made from another version of Gridbid Local: choose another --base-path";
    assert!(refusal.contains(expected), "{refusal}");
    open(&node, &own, base).unwrap();
}

#[test]
fn chain_should_be_refused_in_words_when_its_slots_last_no_time() {
    let Some(node) = node() else { return };
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    let base = base.to_str().unwrap();
    let none = spec(&node, folder.path(), "none.json", "\"slotDuration\": 2000", "\"slotDuration\": 0");
    let refusal = open(&node, &none, base).unwrap_err();
    assert!(refusal.contains("slotDuration must be at least 2 ms, found 0"), "{refusal}");
    assert!(!refusal.contains("unreachable"), "{refusal}");
    // A raw specification is no genesis configuration any more: the chain itself is asked.
    let raw = run(&node, &["export-chain-spec", "--chain", "local", "--raw"]).unwrap();
    let key = to_hex(&storage_prefix(b"Slots", b"SlotDuration"), false);
    let slots = |milliseconds: u64| format!("\"{key}\": \"{}\"", to_hex(&milliseconds.to_le_bytes(), false));
    let raw = changed(&raw, folder.path(), "raw.json", &slots(2_000), &slots(0));
    let refusal = open(&node, &raw, base).unwrap_err();
    assert!(refusal.contains("a slot of this chain lasts 0 ms"), "{refusal}");
}

#[test]
fn chain_should_be_refused_in_words_when_nobody_could_trade_in_its_periods() {
    let Some(node) = node() else { return };
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    // An eighth of its two minutes is 15 s.
    let slow = spec(&node, folder.path(), "slow.json", "\"slotDuration\": 2000", "\"slotDuration\": 8000");
    let refusal = open(&node, &slow, base.to_str().unwrap()).unwrap_err();
    assert!(refusal.contains("a period must last at least sixteen slots"), "{refusal}");
    assert!(!refusal.contains("unreachable"), "{refusal}");
}
