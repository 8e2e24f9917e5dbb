//! Bills with their proofs, from a node and in an archive's folder.

use crate::chain::Chain;
use crate::failure::{Kind, failure};
use anyhow::{Context, Result};
use market::api::{BillProof, ParticipantInfo};
use market::bill::{Bill, Totals};
use market::{Day, Role, merkle};
use scenario::report::{Party, Report};
use serde::{Deserialize, Serialize};
use sp_core::H256;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

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
    /// A participant's bill of a day, as a node has it.
    pub async fn of(chain: &Chain, day: Day, who: &ParticipantInfo) -> Result<Option<Self>> {
        let Some(bill) = chain.bill(day, who.id).await? else { return Ok(None) };
        let proof = chain.proof(day, who.id).await?;
        Ok(Some(Self { name: who.name.clone(), role: who.role, bill, proof }))
    }

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
    pub fn csv(&self) -> Result<String> {
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

    /// In words, with what the proof shows.
    pub fn text(&self) -> String {
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
pub struct ArchivedDay {
    /// The hash of the chain's first block.
    pub genesis: H256,
    /// The day.
    pub day: Day,
    /// The root of its bills.
    pub root: H256,
    /// Its bills.
    pub bills: Vec<ProvenBill>,
}

impl ArchivedDay {
    /// Reads a day from an archive, and checks every proof in it.
    pub fn read(folder: &Path, day: Day) -> Result<Self> {
        let path = path(folder, day);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            failure(Kind::BadInput, format!("day {day} is not archived: {}: {error}", path.display()))
        })?;
        let archived: Self =
            serde_json::from_str(&text).with_context(|| format!("{} is no archived day", path.display()))?;
        archived.check().with_context(|| path.display().to_string())?;
        Ok(archived)
    }

    /// Fails where a proof does not hold, or is of another day.
    pub fn check(&self) -> Result<()> {
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
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
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

/// The file of a day.
pub fn path(folder: &Path, day: Day) -> PathBuf {
    folder.join(format!("day-{day}.json"))
}

/// The days in a folder, in order.
pub fn days_of(folder: &Path) -> Result<Vec<Day>> {
    let names = std::fs::read_dir(folder)?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut days: Vec<Day> =
        names.filter_map(|name| name.strip_prefix("day-")?.strip_suffix(".json")?.parse().ok()).collect();
    days.sort_unstable();
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::bill::BillLine;
    use market::units::{NetEnergy, NetMoney};
    use market::{Delivery, ParticipantId, Price};

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
