//! A month of the market leaves a state hardly larger than ten days of it.

#[path = "../benches/common/mod.rs"]
mod common;

use common::native::Native;
use common::{Chain, Play, SLOT};
use frame_support::traits::StorageInfoTrait;
use runtime::AllPalletsWithSystem;
use scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Days after which the state is measured.
const DAYS: [u32; 2] = [10, 30];
/// The most that it may grow between them.
const MOST_GROWTH: f64 = 1.1;
/// Empty blocks before the first release, so that there are as many hashes of blocks as are kept.
const BLOCKS_BEFORE: u64 = 4_097;
/// The pallets of the market.
const MARKET: [&str; 5] = ["Participants", "Terms", "EnergyTasks", "BlindAuction", "Settlement"];

/// Entries, and the bytes of their keys and values, by pallet and item.
type Sizes = BTreeMap<(String, String), (u64, u64)>;

fn sizes(chain: &mut Native) -> Sizes {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let infos = AllPalletsWithSystem::storage_info();
    let names: BTreeMap<_, _> = infos
        .iter()
        .map(|info| (info.prefix.clone(), (text(&info.pallet_name), text(&info.storage_name))))
        .collect();
    chain.state.execute_with(|| {
        let mut sizes = Sizes::new();
        let mut key = Vec::new();
        while let Some(next) = sp_io::storage::next_key(&key) {
            let value = frame_support::storage::unhashed::get_raw(&next).unwrap_or_default();
            let name = next
                .get(..32)
                .and_then(|prefix| names.get(prefix))
                .cloned()
                .unwrap_or_else(|| ("other".into(), String::new()));
            let (entries, bytes) = sizes.entry(name).or_default();
            *entries += 1;
            *bytes += (next.len() + value.len()) as u64;
            key = next;
        }
        sizes
    })
}

fn sum(sizes: &Sizes, counts: impl Fn(&str) -> bool) -> u64 {
    sizes.iter().filter(|((pallet, _), _)| counts(pallet)).map(|(_, (_, bytes))| bytes).sum()
}

#[test]
fn state_should_grow_by_a_tenth_at_most_when_ten_days_become_thirty() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/paper-month");
    let scenario = Scenario::read(&folder).unwrap();
    let mut chain = Native::new(&scenario);
    let mut play = Play::new(&scenario, DAYS[1], chain.genesis());
    for block in (1..=BLOCKS_BEFORE).rev() {
        chain.block("empty", play.opening() - block * SLOT, Vec::new());
    }
    play.release(&mut chain, 0);
    let mut measured = Vec::new();
    for day in 0..DAYS[1] {
        play.day(&mut chain, day);
        if DAYS.contains(&(day + 1)) {
            measured.push(sizes(&mut chain));
        }
    }
    let (before, after) = (&measured[0], &measured[1]);
    let [first, last] = DAYS;
    println!("entries and bytes of keys and values after {first} and {last} days");
    for (pallet, item) in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let of = |sizes: &Sizes| sizes.get(&(pallet.clone(), item.clone())).copied().unwrap_or_default();
        let ((entries, bytes), (entries_after, bytes_after)) = (of(before), of(after));
        println!("{pallet:>20} {item:<24} {entries:>6} {bytes:>9} {entries_after:>6} {bytes_after:>9}");
    }
    let everything = ("state", sum(before, |_| true), sum(after, |_| true));
    let market = |pallet: &str| MARKET.contains(&pallet);
    for (name, small, large) in [everything, ("market's part", sum(before, market), sum(after, market))] {
        let growth = large as f64 / small as f64;
        println!("{name}: {small} bytes after {first} days, {large} after {last}: {growth:.3} times");
        assert!(small > 0 && growth <= MOST_GROWTH, "{name} grows {growth:.3} times");
    }
}
