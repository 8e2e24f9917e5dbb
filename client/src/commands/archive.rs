//! `gridbid archive`: saves the bills and proofs of closed days before the chain prunes them.

use crate::chain::Chain;
use crate::failure::{Kind, failure, kind};
use crate::output::{Format, print_json_line, print_line, tell};
use crate::proven::{ArchivedDay, ProvenBill, days_of};
use crate::words::days;
use anyhow::{Context, Result};
use market::Day;
use market::merkle::{self, Tree};
use sp_core::H256;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// How often an archive that follows a chain looks for a closed day.
const PAUSE: Duration = Duration::from_secs(5);
/// How long is waited after a failure before it is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// Whether an archive goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until all that is closed now is saved.
    Now,
    /// Until it is stopped.
    Stopped,
}

/// Saves all closed days that the chain still has and the folder has not.
///
/// # Errors
/// Where the folder is of another chain, and at the end where it has files that are not the chain's and cannot be saved
/// again. Until it is stopped, it outlives all else: a fault is told once, and what it kept from being saved is saved
/// when the fault is over.
pub async fn run(url: &str, folder: &Path, until: Until, format: Format) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut archive = Archive::open(folder)?;
    let mut connected = None;
    let mut told = None;
    loop {
        let saved = archive.follow(url, &mut connected, format).await;
        match saved {
            Ok(saved) => {
                if told.take().is_some() {
                    tell("gridbid archive: works again");
                }
                if until == Until::Now {
                    if saved == 0 && format == Format::Text {
                        print_line("nothing to save: no closed day is missing here")?;
                    }
                    return archive.check();
                }
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) if until == Until::Now || matches!(kind(&error), Kind::BadInput | Kind::Unread) => {
                return Err(error);
            }
            Err(error) => {
                connected = None;
                if told.replace(kind(&error)) != Some(kind(&error)) {
                    let seconds = RETRY.as_secs();
                    tell(format_args!("gridbid archive: {error:#}; trying again every {seconds} s"));
                }
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// A folder of archived days.
struct Archive<'a> {
    folder: &'a Path,
    /// The chain that it is of; none while it is empty.
    genesis: Option<H256>,
    /// The days whose files are whole, and their roots.
    kept: BTreeMap<Day, H256>,
    /// The days whose files are damaged, or not what the chain has.
    broken: BTreeSet<Day>,
}

impl<'a> Archive<'a> {
    /// Reads every file in the folder, and tells which are damaged.
    fn open(folder: &'a Path) -> Result<Self> {
        let mut archive = Self { folder, genesis: None, kept: BTreeMap::new(), broken: BTreeSet::new() };
        for day in days_of(folder)? {
            match ArchivedDay::read(folder, day) {
                Ok(archived) => {
                    archive.must_be_of(archived.genesis)?;
                    archive.kept.insert(day, archived.root);
                }
                Err(error) if kind(&error) == Kind::Differs => {
                    tell(format_args!("gridbid archive: {error:#}"));
                    archive.broken.insert(day);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(archive)
    }

    /// Fails where the folder is of another chain.
    fn must_be_of(&mut self, genesis: H256) -> Result<()> {
        if *self.genesis.get_or_insert(genesis) == genesis {
            return Ok(());
        }
        Err(failure(Kind::BadInput, format!("{} is of another chain", self.folder.display())))
    }

    /// Connects where that is lost, and saves what is missing; gives the number of days.
    async fn follow(&mut self, url: &str, connected: &mut Option<Chain>, format: Format) -> Result<usize> {
        let chain = match connected.take() {
            Some(chain) => chain,
            None => self.connect(url).await?,
        };
        let saved = self.save(&chain, format).await?;
        *connected = Some(chain);
        Ok(saved)
    }

    /// Connects, and compares the roots of what is kept with the chain's.
    async fn connect(&mut self, url: &str) -> Result<Chain> {
        let chain = Chain::connect(url).await?;
        self.must_be_of(chain.genesis().await?)?;
        let at = chain.finalised_hash().await?;
        let mut changed = Vec::new();
        for (day, root) in &self.kept {
            // A chain that has none of the day may be behind.
            if chain.root(*day, Some(&at)).await?.is_some_and(|now| now != *root) {
                changed.push(*day);
            }
        }
        for day in changed {
            tell(format_args!("gridbid archive: the chain has another root of day {day} than the archive"));
            self.kept.remove(&day);
            self.broken.insert(day);
        }
        Ok(chain)
    }

    /// Saves the days that are missing and that the chain still has, from the oldest on.
    async fn save(&mut self, chain: &Chain, format: Format) -> Result<usize> {
        let at = chain.finalised_hash().await?;
        let settled = chain.clock(Some(&at)).await?.next_to_settle.map_or(0, |next| next.day);
        let mut missing = Vec::new();
        for day in (0..settled).rev().filter(|day| !self.kept.contains_key(day)) {
            if !chain.keeps(day, Some(&at)).await? {
                break;
            }
            missing.push(day);
        }
        let mut saved = 0;
        for day in missing.into_iter().rev() {
            let Some(archived) = closed(chain, day).await? else { continue };
            let path = archived.write(self.folder)?;
            self.kept.insert(day, archived.root);
            if self.broken.remove(&day) {
                tell(format_args!("gridbid archive: day {day} is saved again"));
            }
            saved += 1;
            match format {
                Format::Json => print_json_line(&serde_json::json!({
                    "day": day, "root": archived.root, "bills": archived.bills.len(),
                    "file": path.to_string_lossy(),
                }))?,
                Format::Text => {
                    let bills = archived.bills.len();
                    print_line(format_args!("day {day}: {bills} bills in {}", path.display()))?;
                }
            }
        }
        Ok(saved)
    }

    /// Fails where files are left that are not the chain's.
    fn check(&self) -> Result<()> {
        if self.broken.is_empty() {
            return Ok(());
        }
        let broken: Vec<Day> = self.broken.iter().copied().collect();
        let message =
            format!("{} cannot be saved again: the chain has pruned it; take it from a copy", days(&broken));
        Err(failure(Kind::Differs, message))
    }
}

/// A day's bills and proofs, all as they are at one block that is final; `None` where the day is not closed there.
async fn closed(chain: &Chain, day: Day) -> Result<Option<ArchivedDay>> {
    let genesis = chain.genesis().await?;
    let at = chain.finalised_hash().await?;
    // Before anybody's bill is asked for.
    let Some(root) = chain.root(day, Some(&at)).await? else { return Ok(None) };
    let mut bills = Vec::new();
    for info in chain.participants(Some(&at)).await? {
        if let Some(bill) = chain.bill(day, info.id, Some(&at)).await? {
            bills.push((info, bill));
        }
    }
    if bills.is_empty() {
        // It was pruned meanwhile.
        return Ok(None);
    }
    // All bills are here, so that their proofs are made without the node: they hold where these are the day's.
    let tree = Tree::new(bills.iter().map(|(_, bill)| merkle::leaf(bill)).collect());
    let bills = bills.into_iter().map(|(info, bill)| ProvenBill::under(&info, bill, &tree, Some(root)));
    let bills = bills.collect();
    let archived = ArchivedDay { genesis, day, root, bills };
    archived.check()?;
    Ok(Some(archived))
}
