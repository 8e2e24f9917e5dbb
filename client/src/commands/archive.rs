//! `gridbid archive`: saves the bills and proofs of closed days before the chain prunes them.

use crate::chain::Chain;
use crate::failure::{Kind, failure};
use crate::output::{Format, print_json_line};
use crate::proven::{ArchivedDay, ProvenBill, days_of, path};
use anyhow::{Context, Result};
use sp_core::H256;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often an archive that follows a chain looks for a closed day.
const PAUSE: Duration = Duration::from_secs(20);

/// Whether an archive goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until all that is closed now is saved.
    Now,
    /// Until it is stopped.
    Stopped,
}

/// Saves all closed days that the chain still has and the folder has not.
pub async fn run(url: &str, folder: &Path, until: Until, format: Format) -> Result<()> {
    let chain = Chain::connect(url).await?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let genesis = chain.genesis().await?;
    if let Some(day) = days_of(folder)?.last() {
        let archived = ArchivedDay::read(folder, *day)?;
        if archived.genesis != genesis {
            return Err(failure(Kind::BadInput, format!("{} is of another chain", folder.display())));
        }
    }
    loop {
        let saved = save(&chain, genesis, folder).await?;
        for (path, day) in &saved {
            match format {
                Format::Json => print_json_line(&serde_json::json!({
                    "day": day.day, "root": day.root, "bills": day.bills.len(), "file": path,
                }))?,
                Format::Text => {
                    println!("day {}: {} bills in {}", day.day, day.bills.len(), path.display());
                }
            }
        }
        if until == Until::Now {
            if saved.is_empty() && format == Format::Text {
                println!("nothing to save: no closed day is missing here");
            }
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Saves what is missing, from the newest day back to where the chain has pruned.
async fn save(chain: &Chain, genesis: H256, folder: &Path) -> Result<Vec<(PathBuf, ArchivedDay)>> {
    let settled = chain.clock(None).await?.next_to_settle.map_or(0, |next| next.day);
    let participants = chain.participants(None).await?;
    let mut saved = Vec::new();
    for day in (0..settled).rev() {
        if path(folder, day).exists() {
            continue;
        }
        let mut bills = Vec::new();
        for info in &participants {
            bills.extend(ProvenBill::of(chain, day, info).await?);
        }
        if bills.is_empty() {
            break;
        }
        let root = bills.first().and_then(|bill| bill.proof.as_ref()).map(|proof| proof.root);
        let closed = |bill: &ProvenBill| bill.proof.as_ref().is_some_and(|proof| proof.closed);
        let Some(root) = root.filter(|_| bills.iter().all(closed)) else { continue };
        let archived = ArchivedDay { genesis, day, root, bills };
        archived.check()?;
        saved.push((archived.write(folder)?, archived));
    }
    saved.reverse();
    Ok(saved)
}
