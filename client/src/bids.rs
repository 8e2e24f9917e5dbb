//! What bids that were sealed by hand can be opened with, kept from before they are sent until they are over.
//!
//! A seal may be refused, get lost, or be replaced by one that is. So every price that may have been sealed for a
//! period is kept, and the commitment on the chain tells which of them counts.

use crate::failure::{Kind, failure};
use crate::files::{Existing, make_folder, write_secret};
use anyhow::{Context, Result};
use market::commitment::Salt;
use market::{Delivery, Price};
use std::fmt::Write;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What a sealed bid may be opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The bid.
    pub price: Price,
    /// What it was sealed with.
    pub salt: Salt,
}

/// A folder of candidates: a file for each period, a line for each candidate.
pub struct Bids {
    folder: PathBuf,
}

impl Bids {
    /// The candidates in a folder, which is made when the first is kept.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Keeps a candidate beside the period's others, before its commitment is sent: without it nothing could be
    /// revealed. It is on the disk when this returns.
    ///
    /// # Errors
    /// Where it cannot be kept, or the period's file is damaged. The others stay.
    pub fn keep(&self, delivery: Delivery, candidate: Candidate) -> Result<()> {
        let mut all = self.of(delivery)?;
        if all.contains(&candidate) {
            return Ok(());
        }
        all.push(candidate);
        let mut text = String::new();
        for Candidate { price, salt } in all {
            writeln!(text, "{} 0x{}", price.gwei(), hex::encode(salt))?;
        }
        make_folder(&self.folder)?;
        write_secret(&self.path(delivery), &text, Existing::Replaced)
    }

    /// The candidates of a period; none where nothing was sealed from this folder.
    ///
    /// # Errors
    /// Where the file cannot be read, or has a line that is no candidate.
    pub fn of(&self, delivery: Delivery) -> Result<Vec<Candidate>> {
        let path = self.path(delivery);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        (1..)
            .zip(text.lines())
            .map(|(number, line)| candidate(line).ok_or_else(|| damaged(&path, number)))
            .collect()
    }

    /// Forgets a period's candidates.
    ///
    /// # Errors
    /// Where the file cannot be removed.
    pub fn forget(&self, delivery: Delivery) -> Result<()> {
        let path = self.path(delivery);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// Forgets the candidates of all periods before one. What it does not know it leaves alone.
    ///
    /// # Errors
    /// As [`Self::forget`].
    pub fn forget_before(&self, first: Delivery) -> Result<()> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", self.folder.display()));
            }
        };
        for entry in entries {
            let name = entry?.file_name();
            if let Some(delivery) = name.to_str().and_then(delivery_of).filter(|delivery| *delivery < first) {
                self.forget(delivery)?;
            }
        }
        Ok(())
    }

    fn path(&self, Delivery { day, period }: Delivery) -> PathBuf {
        self.folder.join(format!("{day}-{period}"))
    }
}

fn candidate(line: &str) -> Option<Candidate> {
    let (price, salt) = line.split_once(" 0x")?;
    let mut candidate = Candidate { price: Price::from_gwei(price.parse().ok()?), salt: [0; 32] };
    hex::decode_to_slice(salt, &mut candidate.salt).ok()?;
    Some(candidate)
}

fn delivery_of(name: &str) -> Option<Delivery> {
    let (day, period) = name.split_once('-')?;
    Some(Delivery { day: day.parse().ok()?, period: period.parse().ok()? })
}

fn damaged(path: &Path, line: usize) -> anyhow::Error {
    failure(
        Kind::BadInput,
        format!(
            "{}:{line}: expected a price in gwei and a salt; take the file away, and `reveal --price` opens a bid \
             whose price you know",
            path.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIVERY: Delivery = Delivery { day: 3, period: 7 };

    fn of(gwei: u64) -> Candidate {
        Candidate { price: Price::from_gwei(gwei), salt: [gwei.to_le_bytes()[0]; 32] }
    }

    #[test]
    fn candidates_should_all_be_there_when_several_were_kept() {
        let folder = tempfile::tempdir().unwrap();
        let bids = Bids::new(folder.path().join("bids"));
        assert_eq!(bids.of(DELIVERY).unwrap(), []);
        for gwei in [420_000_000, 1, 420_000_000] {
            bids.keep(DELIVERY, of(gwei)).unwrap();
        }
        assert_eq!(bids.of(DELIVERY).unwrap(), [of(420_000_000), of(1)]);
        assert_eq!(Bids::new(folder.path().join("bids")).of(DELIVERY).unwrap().len(), 2);
    }

    #[test]
    fn candidates_should_be_forgotten_when_their_period_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let bids = Bids::new(folder.path().to_owned());
        let later = [Delivery { day: 3, period: 10 }, Delivery { day: 10, period: 0 }];
        for delivery in [Delivery { day: 2, period: 23 }, DELIVERY, later[0], later[1]] {
            bids.keep(delivery, of(1)).unwrap();
        }
        std::fs::write(folder.path().join("notes"), "of mine").unwrap();
        bids.forget_before(later[0]).unwrap();
        bids.forget(later[1]).unwrap();
        bids.forget(later[1]).unwrap();
        let mut left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["3-10", "notes"]);
    }

    #[test]
    fn candidates_should_be_refused_with_their_line_when_the_file_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let bids = Bids::new(folder.path().to_owned());
        bids.keep(DELIVERY, of(1)).unwrap();
        let path = bids.path(DELIVERY);
        let whole = std::fs::read_to_string(&path).unwrap();
        for line in ["5\n", "5 0x05\n", "five 0x00\n", "\n"] {
            std::fs::write(&path, format!("{whole}{line}")).unwrap();
            let refusal = bids.keep(DELIVERY, of(2)).unwrap_err().to_string();
            assert!(refusal.contains("3-7:2: expected a price"), "{refusal}");
        }
    }
}
