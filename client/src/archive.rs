//! Bills with their proofs, as they are kept: `gridbid archive` saves those of closed days before the chain prunes
//! them, and `gridbid bill` shows and checks them again, from the archive or from a node.

use crate::chain::Chain;
use crate::failure::{Kind, failure};
use crate::output::{Format, print_json, print_json_line};
use anyhow::{Context, Result};
use market::api::BillProof;
use market::bill::{Bill, Totals};
use market::{Day, ParticipantId, Role, merkle};
use scenario::report::{Party, Report};
use serde::{Deserialize, Serialize};
use sp_core::H256;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often an archive that follows a chain looks for a closed day.
const PAUSE: Duration = Duration::from_secs(20);

/// A bill and its proof. Energy is in watt-hours, money in planck, prices in gwei per kWh, as on the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenBill {
    /// The participant's name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// The bill.
    pub bill: Bill,
    /// The proof that it is one of the day's; none while lines of the day are missing.
    pub proof: Option<BillProof>,
}

impl ProvenBill {
    /// Fails where the proof does not hold.
    pub fn check(&self) -> Result<()> {
        match &self.proof {
            Some(shown) if !merkle::verify(&shown.root, &self.bill, &shown.proof) => Err(failure(
                Kind::Differs,
                format!("the proof does not show that {}'s bill is under the root", self.name),
            )),
            _ => Ok(()),
        }
    }

    /// As lines of `bill_lines.csv`.
    fn csv(&self) -> Result<String> {
        let number = usize::try_from(self.bill.participant.0)?;
        let nobody = Party { name: String::new(), role: self.role };
        let mut parties = vec![nobody; number];
        parties.push(Party { name: self.name.clone(), role: self.role });
        let report = Report {
            name: self.name.clone(),
            parties,
            lines: self.bill.lines.clone(),
            corrections: self.bill.corrections.clone(),
            balances: Vec::new(),
        };
        let mut bytes = Vec::new();
        report.write_csv(&mut bytes)?;
        Ok(String::from_utf8(bytes)?)
    }

    fn text(&self) -> String {
        let totals = Totals::of(&self.bill.lines);
        let mut text = format!(
            "Bill of {} ({}), day {}: {} periods, {} kWh, {} ETH (grid only {} ETH)\n",
            self.name,
            self.role.name(),
            self.bill.day,
            self.bill.lines.len(),
            totals.actual,
            totals.total().to_market_decimal(),
            totals.grid_only.to_market_decimal()
        );
        text.push_str(&match &self.proof {
            Some(shown) => format!("verified under the root 0x{}", hex::encode(shown.root)),
            None => "not proven: not all of the day is settled".to_owned(),
        });
        text
    }
}

/// An archived day: `day-N.json`.
#[derive(Debug, Serialize, Deserialize)]
struct ArchivedDay {
    genesis: H256,
    day: Day,
    root: H256,
    bills: Vec<ProvenBill>,
}

impl ArchivedDay {
    /// Reads a day from an archive, and checks every proof in it.
    fn read(folder: &Path, day: Day) -> Result<Self> {
        let path = path(folder, day);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            failure(Kind::BadInput, format!("day {day} is not archived: {}: {error}", path.display()))
        })?;
        let archived: Self =
            serde_json::from_str(&text).with_context(|| format!("{} is no archived day", path.display()))?;
        archived.check().with_context(|| path.display().to_string())?;
        Ok(archived)
    }

    fn check(&self) -> Result<()> {
        for bill in &self.bills {
            bill.check()?;
            let root = bill.proof.as_ref().map(|proof| proof.root);
            if root != Some(self.root) || bill.bill.day != self.day {
                let name = &bill.name;
                return Err(failure(Kind::Differs, format!("{name}'s bill is not of this day's root")));
            }
        }
        Ok(())
    }

    /// Writes it whole or not at all.
    fn write(&self, folder: &Path) -> Result<PathBuf> {
        let path = path(folder, self.day);
        let new = path.with_extension("new");
        let write = || -> Result<()> {
            let mut file = File::create(&new)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.sync_all()?;
            std::fs::rename(&new, &path)?;
            Ok(())
        };
        write().with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

fn path(folder: &Path, day: Day) -> PathBuf {
    folder.join(format!("day-{day}.json"))
}

/// Where a bill is read from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A node's WebSocket.
    Node(String),
    /// An archive's folder.
    Archive(PathBuf),
}

/// How a bill is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In words, with what the proof shows.
    Text,
    /// As lines of `bill_lines.csv`.
    Csv,
    /// As a [`ProvenBill`].
    Json,
}

/// Shows a bill from an archive, or a node's without its blocks, and checks its proof.
pub async fn show(source: &Source, day: Day, name: &str, form: Form) -> Result<()> {
    let bill = match source {
        Source::Node(url) => {
            let chain = Chain::connect(url).await?;
            let who = chain.participant_named(name).await?;
            proven(&chain, day, who.id, &who.name, who.role).await?.ok_or_else(|| {
                failure(Kind::BadInput, format!("{name} has no bill of day {day}: not settled, or pruned"))
            })?
        }
        Source::Archive(folder) => {
            let archived = ArchivedDay::read(folder, day)?;
            archived.bills.into_iter().find(|bill| bill.name == name).ok_or_else(|| {
                failure(Kind::BadInput, format!("the archive has no bill of {name} for day {day}"))
            })?
        }
    };
    bill.check()?;
    match form {
        Form::Json => print_json(&bill)?,
        Form::Csv => print!("{}", bill.csv()?),
        Form::Text => println!("{}", bill.text()),
    }
    Ok(())
}

async fn proven(
    chain: &Chain,
    day: Day,
    id: ParticipantId,
    name: &str,
    role: Role,
) -> Result<Option<ProvenBill>> {
    let Some(bill) = chain.bill(day, id).await? else { return Ok(None) };
    let proof = chain.proof(day, id).await?;
    Ok(Some(ProvenBill { name: name.to_owned(), role, bill, proof }))
}

/// Whether an archive goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until all that is closed now is saved.
    Now,
    /// Until it is stopped.
    Stopped,
}

/// `gridbid archive`: saves all closed days that the chain still has and the folder has not.
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

/// The days in a folder, in order.
fn days_of(folder: &Path) -> Result<Vec<Day>> {
    let names = std::fs::read_dir(folder)?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut days: Vec<Day> =
        names.filter_map(|name| name.strip_prefix("day-")?.strip_suffix(".json")?.parse().ok()).collect();
    days.sort_unstable();
    Ok(days)
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
            bills.extend(proven(chain, day, info.id, &info.name, info.role).await?);
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

#[cfg(test)]
mod tests {
    use super::*;
    use market::bill::BillLine;
    use market::units::{NetEnergy, NetMoney};
    use market::{Delivery, Price};

    fn archived() -> ArchivedDay {
        let bill = |id: u32| Bill {
            day: 4,
            participant: ParticipantId(id),
            lines: vec![BillLine {
                delivery: Delivery { day: 4, period: 0 },
                participant: ParticipantId(id),
                role: Role::LoadAggregator,
                expected: Some(NetEnergy::from_watt_hours(5)),
                bid: Some(Price::from_gwei(7)),
                peer_to_peer: None,
                peer_to_peer_money: None,
                actual: Some(NetEnergy::from_watt_hours(-9)),
                estimated: false,
                balanced: NetEnergy::from_watt_hours(-9),
                balanced_money: NetMoney::from_planck(-340_282_366_920_938_463_463_374_607),
                grid_only: NetMoney::ZERO,
            }],
            corrections: Vec::new(),
        };
        let bills: Vec<Bill> = (0..3).map(bill).collect();
        let leaves: Vec<H256> = bills.iter().map(merkle::leaf).collect();
        let root = merkle::root(&leaves);
        let proven = |(index, bill): (u32, Bill)| ProvenBill {
            name: format!("LA{index}"),
            role: Role::LoadAggregator,
            bill,
            proof: merkle::prove(&leaves, index).map(|proof| BillProof { root, closed: true, proof }),
        };
        ArchivedDay { genesis: H256::zero(), day: 4, root, bills: (0..).zip(bills).map(proven).collect() }
    }

    #[test]
    fn archived_day_should_be_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        archived().write(folder.path()).unwrap();
        assert_eq!(ArchivedDay::read(folder.path(), 4).unwrap().bills, archived().bills);
        assert_eq!(days_of(folder.path()).unwrap(), [4]);
        assert!(ArchivedDay::read(folder.path(), 5).is_err());
    }

    #[test]
    fn archived_day_should_be_refused_when_a_bill_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = archived().write(folder.path()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("-340282366920938463463374607", "-340282366920938463463374608"))
            .unwrap();
        let refusal = format!("{:#}", ArchivedDay::read(folder.path(), 4).unwrap_err());
        assert!(refusal.contains("proof does not show"), "{refusal}");
    }

    #[test]
    fn csv_should_have_the_bills_own_lines() {
        let csv = archived().bills[1].csv().unwrap();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with("4,0,LA1,LA,0.005,0.000000007,"), "{csv}");
    }
}
