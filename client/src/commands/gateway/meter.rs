//! What a meter has reported, kept in a file: a reading that was taken is never lost, and never changes.

use anyhow::{Context, Result, bail};
use market::settlement::Reading;
use market::{Day, Delivery, Energy};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

const HEADER: &str = "day,period,energy_in_wh,energy_out_wh";
/// The most days that are remembered: the longest history that a worker asks for, and some.
const DAYS: usize = 400;

/// What became of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is kept.
    Kept,
    /// The same was kept before.
    Known,
}

/// A meter's readings. Memory is bounded, in days; the file is the meter's whole record.
#[derive(Debug)]
pub struct Counted {
    readings: BTreeMap<Delivery, Reading>,
    periods: u16,
    limit: Energy,
    file: File,
}

impl Counted {
    /// Opens the record of a meter, whose tie line carries at most `limit` in a period.
    ///
    /// # Errors
    /// Where the file cannot be read or has a line that is no reading. A last line without its end, as a power
    /// cut leaves it, is taken away: it was not confirmed to the meter.
    pub fn open(path: &Path, periods: u16, limit: Energy) -> Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let whole = text.rfind('\n').map_or("", |end| text.get(..=end).unwrap_or_default());
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        file.set_len(u64::try_from(whole.len())?)?;
        let mut counted = Self { readings: BTreeMap::new(), periods, limit, file };
        match whole.lines().next() {
            None => counted.append(HEADER)?,
            Some(HEADER) => {}
            Some(other) => bail!("{}:1: expected {HEADER}, found {other}", path.display()),
        }
        let records = csv::Reader::from_reader(whole.as_bytes()).into_deserialize();
        for (number, record) in (2..).zip(records) {
            let (day, period, energy_in, energy_out) =
                record.with_context(|| format!("{}:{number}", path.display()))?;
            counted.remember(Reading {
                delivery: Delivery { day, period },
                energy_in: Energy::from_watt_hours(energy_in),
                energy_out: Energy::from_watt_hours(energy_out),
            });
        }
        Ok(counted)
    }

    /// Takes a reading: it is on the disk when this returns.
    ///
    /// # Errors
    /// Where it is no reading of this meter, differs from one that was taken, or cannot be written.
    pub fn take(&mut self, reading: Reading) -> Result<Taken> {
        let Reading { delivery, energy_in, energy_out } = reading;
        if delivery.period >= self.periods {
            bail!("{delivery}: a day has {} periods", self.periods);
        }
        if energy_in > self.limit || energy_out > self.limit {
            bail!("{delivery}: the tie line carries at most {} kWh in a period", self.limit);
        }
        match self.readings.get(&delivery) {
            Some(known) if *known == reading => return Ok(Taken::Known),
            Some(_) => bail!("{delivery}: another reading was taken before, and may be on the chain"),
            None => {}
        }
        let Delivery { day, period } = delivery;
        self.append(&format!("{day},{period},{},{}", energy_in.watt_hours(), energy_out.watt_hours()))?;
        self.remember(reading);
        Ok(Taken::Kept)
    }

    fn append(&mut self, line: &str) -> Result<()> {
        self.file.write_all(format!("{line}\n").as_bytes()).context("the reading cannot be kept")?;
        self.file.sync_data().context("the reading cannot be kept")
    }

    fn remember(&mut self, reading: Reading) {
        self.readings.insert(reading.delivery, reading);
        while self.readings.len() > DAYS.saturating_mul(self.periods.into()) {
            self.readings.pop_first();
        }
    }

    /// The reading of a period.
    pub fn reading(&self, delivery: Delivery) -> Option<Reading> {
        self.readings.get(&delivery).copied()
    }

    /// What was taken from the network on a day; `None` where a period is missing.
    pub fn day(&self, day: Day) -> Option<Vec<Energy>> {
        (0..self.periods).map(|period| Some(self.reading(Delivery { day, period })?.energy_in)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(day: Day, period: u16, watt_hours: u64) -> Reading {
        Reading {
            delivery: Delivery { day, period },
            energy_in: Energy::from_watt_hours(watt_hours),
            energy_out: Energy::ZERO,
        }
    }

    fn open(path: &Path) -> Counted {
        Counted::open(path, 2, Energy::from_watt_hours(1_000)).unwrap()
    }

    #[test]
    fn readings_should_be_there_when_the_gateway_starts_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.csv");
        let mut counted = open(&path);
        assert_eq!(counted.take(reading(1, 0, 5)).unwrap(), Taken::Kept);
        assert_eq!(counted.take(reading(1, 0, 5)).unwrap(), Taken::Known);
        let mut again = open(&path);
        assert_eq!(again.reading(Delivery { day: 1, period: 0 }), Some(reading(1, 0, 5)));
        assert_eq!(again.day(1), None);
        again.take(reading(1, 1, 6)).unwrap();
        assert_eq!(open(&path).day(1), Some([5, 6].map(Energy::from_watt_hours).to_vec()));
    }

    #[test]
    fn reading_should_be_refused_when_it_is_impossible_or_changes_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.csv");
        let mut counted = open(&path);
        counted.take(reading(1, 0, 5)).unwrap();
        for wrong in [reading(1, 0, 6), reading(1, 2, 5), reading(1, 1, 1_001)] {
            assert!(counted.take(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{HEADER}\n1,0,5,0\n"));
    }

    #[test]
    fn last_line_should_be_taken_away_when_a_power_cut_tore_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.csv");
        std::fs::write(&path, format!("{HEADER}\n1,0,5,0\n1,1,")).unwrap();
        let mut counted = open(&path);
        counted.take(reading(1, 1, 7)).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{HEADER}\n1,0,5,0\n1,1,7,0\n"));
        std::fs::write(&path, format!("{HEADER}\n1,0,five,0\n")).unwrap();
        let refusal = format!("{:#}", Counted::open(&path, 2, Energy::MAX).unwrap_err());
        assert!(refusal.contains("readings.csv:2"), "{refusal}");
    }
}
