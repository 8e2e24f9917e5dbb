//! `rehearsal WASM URL`: see `scripts/rehearse-upgrade.sh`.

use anyhow::{Context, Result, ensure};
use rehearsal::{Upgrade, entries, entries_of, state_of};

const PICOSECONDS_OF_A_MILLISECOND: u64 = 1_000_000_000;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: rehearsal WASM URL, as in ws://127.0.0.1:9944";
    let (wasm, url) = arguments.next().zip(arguments.next()).context(usage)?;
    let upgrade = Upgrade::read(wasm.as_ref())?;
    let (block, mut state) = state_of(&url, None).await?;
    println!("{} entries of the state of block {block}", entries(&mut state));
    ensure!(entries_of(&mut state, "Participants", "Count") > 0, "no market is in it");
    let migrated = upgrade.migrate(&mut state)?;
    let (took, most) = migrated.ref_time;
    ensure!(took <= most, "the migrations need {took} ps, a block has {most}");
    for (pallet, before, after) in &migrated.pallets {
        println!("{pallet}: its state goes from version {before} to {after}");
    }
    if migrated.pallets.is_empty() {
        println!("no pallet's state changes its version");
    }
    let milliseconds = |weight| weight / PICOSECONDS_OF_A_MILLISECOND;
    println!(
        "all checks hold; blocks that the migrations take: {}; of each at most {} ms of {} ms",
        migrated.blocks,
        milliseconds(took),
        milliseconds(most)
    );
    Ok(())
}
