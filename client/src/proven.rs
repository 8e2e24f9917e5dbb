//! Bills with their proofs, from a node and in an archive's folder.

use crate::chain::Chain;
use crate::failure::{Kind, failure};
use crate::whole::write_whole;
use anyhow::{Context, Result};
use market::api::{BillProof, ParticipantInfo};
use market::bill::Bill;
use market::merkle::{self, Tree};
use market::{Day, Role};
use scenario::report::{Party, Report};
use serde::{Deserialize, Serialize};
use sp_core::H256;
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The amounts of money in a bill, as a line of an archive's file has them.
const MONEY: [&str; 3] = ["\"peer_to_peer_money\":", "\"balanced_money\":", "\"grid_only\":"];

/// A bill and its proof. Energy is in watt-hours, money in planck, prices in gwei per kWh, as on the chain; money is
/// written as a text, since few readers of JSON keep all digits of such numbers.
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
    /// A participant's bill of a day and its proof, which is made of everybody's leaves, as a node has them at a block or
    /// at the best one.
    pub async fn of(
        chain: &Chain,
        day: Day,
        who: &ParticipantInfo,
        at: Option<&str>,
    ) -> Result<Option<Self>> {
        let at = chain.one_block(at).await?;
        let Some(bill) = chain.bill(day, who.id, Some(&at)).await? else { return Ok(None) };
        let Some((leaves, published)) = chain.leaves(day, &at).await? else { return Ok(None) };
        Ok(Some(Self::under(who, bill, &Tree::new(leaves), published)))
    }

    /// A participant's bill with its proof in the tree over its day's.
    pub fn under(who: &ParticipantInfo, bill: Bill, tree: &Tree, published: Option<H256>) -> Self {
        let proof = BillProof::of(tree, published, bill.participant);
        Self { name: who.name.clone(), role: who.role, bill, proof }
    }

    /// The same at a block, and how much of the day is settled there.
    ///
    /// # Errors
    /// Where that is nothing, and where the chain has pruned the day.
    pub async fn settled(
        chain: &Chain,
        day: Day,
        who: &ParticipantInfo,
        at: &str,
    ) -> Result<(Self, Settled)> {
        let settled = Settled::of(chain, day, at).await?;
        if settled.periods == 0 {
            let when = "a period is when its metering window has closed";
            return Err(failure(Kind::BadInput, format!("nothing of day {day} is settled yet: {when}")));
        }
        let bill = Self::of(chain, day, who, Some(at)).await?.ok_or_else(|| {
            let archived = "`gridbid bill --archive` shows it from an archive";
            failure(
                Kind::BadInput,
                format!("the chain has pruned {}'s bill of day {day}: {archived}", who.name),
            )
        })?;
        Ok((bill, settled))
    }

    /// How many of its periods count by an estimate, for want of a reading in time.
    pub fn estimated(&self) -> usize {
        self.bill.lines.iter().filter(|line| line.estimated).count()
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
        let totals = self.bill.totals();
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
        if self.estimated() > 0 {
            let _ =
                writeln!(text, "{} of them are estimated, for want of a reading in time", self.estimated());
        }
        text.push_str(&match &self.proof {
            Some(shown) => format!("verified under the root 0x{}", hex::encode(shown.root)),
            None => "not proven: not all of the day is settled".to_owned(),
        });
        text
    }
}

/// How much of a day is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// So many periods.
    pub periods: u16,
    /// Of so many.
    pub of: u16,
}

impl Settled {
    /// As it stands at a block.
    pub async fn of(chain: &Chain, day: Day, at: &str) -> Result<Self> {
        let of = chain.calendar(day, Some(at)).await?.periods_per_day;
        let next = chain.clock(Some(at)).await?.next_to_settle.unwrap_or_default();
        let periods = match next.day.cmp(&day) {
            Ordering::Less => 0,
            Ordering::Equal => next.period.min(of),
            Ordering::Greater => of,
        };
        Ok(Self { periods, of })
    }

    /// What is missing, in words; nothing where nothing is.
    pub fn missing(self, day: Day) -> Option<String> {
        let Self { periods, of } = self;
        (periods < of).then(|| format!("day {day} is not settled yet: {periods} of {of} periods are"))
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
    ///
    /// # Errors
    /// [`Kind::BadInput`] where there is no such file, [`Kind::Differs`] where it holds no archived day, or another
    /// one.
    pub fn read(folder: &Path, day: Day) -> Result<Self> {
        let path = path(folder, day);
        let bytes = std::fs::read(&path).map_err(|error| {
            failure(Kind::BadInput, format!("day {day} is not archived: {}: {error}", path.display()))
        })?;
        let text = with_money_as_text(&String::from_utf8_lossy(&bytes));
        let archived: Self = serde_json::from_str(&text).map_err(|error| {
            failure(Kind::Differs, format!("{} is damaged, no archived day: {error}", path.display()))
        })?;
        archived.check().with_context(|| path.display().to_string())?;
        if archived.day != day {
            let message = format!("{} has day {}, not day {day}", path.display(), archived.day);
            return Err(failure(Kind::Differs, message));
        }
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

    /// Fails where a chain has another root of the day, or none.
    pub async fn check_root(&self, chain: &Chain, at: &str) -> Result<()> {
        match chain.root(self.day, Some(at)).await? {
            Some(root) if root == self.root => Ok(()),
            Some(root) => Err(failure(
                Kind::Differs,
                format!("the archive has the root {:?} for day {}, the chain {root:?}", self.root, self.day),
            )),
            None => Err(failure(
                Kind::Differs,
                format!("the chain has no root of day {}: it is not closed there, or is too old", self.day),
            )),
        }
    }

    /// Writes it whole or not at all.
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
        let path = path(folder, self.day);
        write_whole(&path, |file| Ok(serde_json::to_writer_pretty(file, self)?))?;
        Ok(path)
    }
}

/// An archived day in the form in which it is written now: money was a number once.
fn with_money_as_text(written: &str) -> String {
    let mut text = String::new();
    for line in written.lines() {
        let value = MONEY.iter().find_map(|key| line.trim_start().strip_prefix(key)?.strip_prefix(' '));
        let number =
            value.map(|value| value.trim_end_matches(',')).filter(|value| value.parse::<i128>().is_ok());
        match number {
            Some(number) => text.push_str(&line.replacen(number, &format!("\"{number}\""), 1)),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
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
    use crate::failure::kind;
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
        let tree = Tree::new(bills.iter().map(merkle::leaf).collect());
        let root = tree.root();
        let proven = |(index, bill): (u32, Bill)| ProvenBill {
            name: format!("LA{index}"),
            role: Role::LoadAggregator,
            bill,
            proof: BillProof::of(&tree, Some(root), ParticipantId(index)),
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
    fn archived_day_should_be_refused_when_its_file_is_emptied_torn_or_of_another_day() {
        let folder = tempfile::tempdir().unwrap();
        let whole = std::fs::read(archived().write(folder.path()).unwrap()).unwrap();
        for torn in [0, whole.len() / 2, whole.len() - 2] {
            std::fs::write(path(folder.path(), 4), &whole[..torn]).unwrap();
            let refusal = ArchivedDay::read(folder.path(), 4).unwrap_err();
            assert_eq!(kind(&refusal), Kind::Differs, "{refusal:#}");
            assert!(format!("{refusal:#}").contains("day-4.json is damaged"), "{refusal:#}");
        }
        std::fs::write(path(folder.path(), 5), &whole).unwrap();
        let refusal = ArchivedDay::read(folder.path(), 5).unwrap_err();
        assert_eq!(kind(&refusal), Kind::Differs, "{refusal:#}");
    }

    #[test]
    fn money_should_be_a_text_when_a_bill_is_written_and_be_read_as_a_number_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = archived().write(folder.path()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let (new, old) = ("\"-340282366920938463463374607\"", "-340282366920938463463374607");
        assert!(text.contains(&format!("\"balanced_money\": {new},")), "{text}");
        // As archives were written before.
        std::fs::write(&path, text.replace(new, old)).unwrap();
        assert_eq!(ArchivedDay::read(folder.path(), 4).unwrap().bills, archived().bills);
    }

    #[test]
    fn estimates_should_be_told_when_a_bill_is_shown() {
        let mut bill = archived().bills.remove(1);
        assert!(!bill.text().contains("estimated"), "{}", bill.text());
        assert!(bill.csv().unwrap().lines().nth(1).unwrap().ends_with(",0"));
        bill.bill.lines[0].estimated = true;
        assert!(bill.text().contains("1 of them are estimated"), "{}", bill.text());
        assert!(bill.csv().unwrap().lines().nth(1).unwrap().ends_with(",1"));
    }

    #[test]
    fn csv_should_have_the_bills_own_lines() {
        let csv = archived().bills[1].csv().unwrap();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with("4,0,LA1,LA,0.005,0.000000007,"), "{csv}");
    }
}
