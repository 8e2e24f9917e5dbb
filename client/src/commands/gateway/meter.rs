//! What a meter has reported, kept in a file: a reading that was taken is never lost, and never changes.
//!
//! The file is a CSV that only grows: the header, a line that names the member, a line for each reading. One gateway
//! at a time has it.

use crate::failure::{Kind, failure};
use crate::output::tell;
use anyhow::{Context, Result, bail};
use market::settlement::Reading;
use market::{Day, Delivery, Energy};
use rustix::fs::{FlockOperation, flock};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

const HEADER: &str = "day,period,energy_in_wh,energy_out_wh";
/// What the line begins with that names the member; files of earlier versions have none, and get one at their end.
const MEMBER: &str = "# member ";
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

/// Whose meter it is, and what it can count.
#[derive(Clone, Copy, Debug)]
pub struct Meter<'a> {
    /// The member's name.
    pub member: &'a str,
    /// Periods of a day.
    pub periods: u16,
    /// The most that its tie line carries in a period.
    pub limit: Energy,
}

/// A meter's readings. Memory is bounded, in days; the file is the meter's whole record.
#[derive(Debug)]
pub struct Counted {
    readings: BTreeMap<Delivery, Reading>,
    periods: u16,
    limit: Energy,
    /// It is locked as long as it is open.
    file: File,
    /// Its length in bytes before the last line.
    length: u64,
    /// Whether that line may be a part of one.
    is_torn: bool,
}

impl Counted {
    /// Opens the record of a meter, or begins one. What is not as expected is told on standard error and passed over:
    /// a line that is no reading; a last line that was cut short, by a full disk or a power cut, which is taken away,
    /// since its reading was not confirmed.
    ///
    /// # Errors
    /// Where another gateway has the file, it is another member's, or no such file at all, and where it cannot be read
    /// or begun. Then it stays as it is.
    pub fn open(path: &Path, meter: Meter<'_>) -> Result<Self> {
        let Meter { member, periods, limit } = meter;
        let told = path.display();
        let bad = |what: String| failure(Kind::BadInput, format!("{told}: {what}"));
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .with_context(|| format!("cannot write {told}"))?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| {
            bad(format!("it cannot be locked ({error}): does another gateway keep its readings there?"))
        })?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| format!("cannot read {told}"))?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end.saturating_add(1));
        let (whole, rest) = bytes.split_at(whole);
        let record = Record::of(&String::from_utf8_lossy(whole));
        let begun = || HEADER.as_bytes().starts_with(rest);
        if !(record.has_header || (whole.is_empty() && begun())) {
            return Err(bad(format!(
                "it is no file of readings, which begins with {HEADER}; it stays as it is"
            )));
        }
        if let Some(other) = record.members.iter().find(|other| *other != member) {
            return Err(bad(format!("it has the readings of {other}, and not those of {member}")));
        }
        if let Some((number, line)) = record.strange.first() {
            let lines = record.strange.len();
            tell(format_args!(
                "gridbid gateway: {told}: {lines} lines that are no readings are passed over, the first is {number}: \
                 {line:?}"
            ));
        }
        if !rest.is_empty() {
            let rest = String::from_utf8_lossy(rest);
            tell(format_args!(
                "gridbid gateway: {told}: the last line was cut short and is taken away, its reading was not \
                 confirmed: {rest:?}"
            ));
        }
        let length = u64::try_from(whole.len())?;
        let mut counted =
            Self { readings: BTreeMap::new(), periods, limit, file, length, is_torn: !rest.is_empty() };
        let named = format!("{MEMBER}{member}");
        if !record.has_header {
            counted.append(&format!("{HEADER}\n{named}")).with_context(|| format!("cannot write {told}"))?;
        } else if record.members.is_empty()
            && let Err(error) = counted.append(&named)
        {
            tell(format_args!("gridbid gateway: {told} does not say yet that it is {member}'s: {error:#}"));
        }
        counted.mend().with_context(|| format!("cannot write {told}"))?;
        for reading in record.readings {
            counted.remember(reading);
        }
        Ok(counted)
    }

    /// Takes a reading: it is on the disk when this returns.
    ///
    /// # Errors
    /// Where it is no reading of this meter, differs from one that was taken, or cannot be written. What could not be
    /// written can be taken again.
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
        self.append(&format!("{day},{period},{},{}", energy_in.watt_hours(), energy_out.watt_hours()))
            .context("the reading cannot be kept")?;
        self.remember(reading);
        Ok(Taken::Kept)
    }

    fn append(&mut self, line: &str) -> Result<()> {
        self.mend()?;
        self.length = self.file.metadata()?.len();
        self.is_torn = true;
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.file.sync_data()?;
        self.is_torn = false;
        Ok(())
    }

    /// Takes away what is left of a line that could not be written: the next would become a part of it.
    fn mend(&mut self) -> std::io::Result<()> {
        if self.is_torn {
            self.file.set_len(self.length)?;
            self.is_torn = false;
        }
        Ok(())
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

/// The whole lines of a file.
#[derive(Default)]
struct Record {
    has_header: bool,
    /// Whom it names as its member.
    members: Vec<String>,
    readings: Vec<Reading>,
    /// Lines that are nothing of this, by their number.
    strange: Vec<(usize, String)>,
}

impl Record {
    fn of(text: &str) -> Self {
        let mut lines = (1..).zip(text.lines());
        let mut record =
            Self { has_header: lines.next().is_some_and(|(_, first)| first == HEADER), ..Self::default() };
        for (number, line) in lines {
            match (line.strip_prefix(MEMBER), reading_of(line)) {
                (Some(member), _) => record.members.push(member.to_owned()),
                (None, Some(reading)) => record.readings.push(reading),
                (None, None) => record.strange.push((number, line.to_owned())),
            }
        }
        record
    }
}

fn reading_of(line: &str) -> Option<Reading> {
    let numbers: Vec<u64> = line.split(',').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let [day, period, energy_in, energy_out] = numbers.try_into().ok()?;
    Some(Reading {
        delivery: Delivery { day: day.try_into().ok()?, period: period.try_into().ok()? },
        energy_in: Energy::from_watt_hours(energy_in),
        energy_out: Energy::from_watt_hours(energy_out),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LA1: Meter<'_> = Meter { member: "LA1", periods: 2, limit: Energy::from_watt_hours(1_000) };

    fn reading(day: Day, period: u16, watt_hours: u64) -> Reading {
        Reading {
            delivery: Delivery { day, period },
            energy_in: Energy::from_watt_hours(watt_hours),
            energy_out: Energy::ZERO,
        }
    }

    fn open(path: &Path) -> Counted {
        Counted::open(path, LA1).unwrap()
    }

    fn refusal(path: &Path, member: &str) -> String {
        format!("{:#}", Counted::open(path, Meter { member, ..LA1 }).unwrap_err())
    }

    #[test]
    fn readings_should_be_there_when_the_gateway_starts_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.csv");
        let mut counted = open(&path);
        assert_eq!(counted.take(reading(1, 0, 5)).unwrap(), Taken::Kept);
        assert_eq!(counted.take(reading(1, 0, 5)).unwrap(), Taken::Known);
        drop(counted);
        let mut again = open(&path);
        assert_eq!(again.reading(Delivery { day: 1, period: 0 }), Some(reading(1, 0, 5)));
        assert_eq!(again.day(1), None);
        again.take(reading(1, 1, 6)).unwrap();
        drop(again);
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
        let expected = format!("{HEADER}\n# member LA1\n1,0,5,0\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    }

    #[test]
    fn last_line_should_be_taken_away_when_it_was_cut_short() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.csv");
        let begun = format!("{HEADER}\n# member LA1\n");
        for (torn, kept) in [
            (format!("{begun}1,0,5,0\n1,1,"), format!("{begun}1,0,5,0\n")),
            (format!("{begun}1,0,5,0\n1,1,7,0"), format!("{begun}1,0,5,0\n")),
            (format!("{HEADER}\n# mem"), begun.clone()),
            ("day,per".to_owned(), begun.clone()),
        ] {
            std::fs::write(&path, &torn).unwrap();
            let mut counted = open(&path);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), kept, "{torn}");
            counted.take(reading(1, 1, 7)).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{kept}1,1,7,0\n"), "{torn}");
        }
    }

    #[test]
    fn line_should_be_passed_over_when_it_is_no_reading() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.csv");
        // As earlier versions left it where the disk was full for a while.
        std::fs::write(&path, format!("{HEADER}\n1,0,5,0\n1,1,11,1,7,0\n2,0,8,0\n")).unwrap();
        let counted = open(&path);
        assert_eq!(counted.reading(Delivery { day: 2, period: 0 }), Some(reading(2, 0, 8)));
        assert_eq!(counted.reading(Delivery { day: 1, period: 1 }), None);
    }

    #[test]
    fn file_should_be_one_members_when_it_is_of_an_earlier_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.csv");
        std::fs::write(&path, format!("{HEADER}\n1,0,5,0\n")).unwrap();
        assert_eq!(open(&path).reading(Delivery { day: 1, period: 0 }), Some(reading(1, 0, 5)));
        let bound = format!("{HEADER}\n1,0,5,0\n# member LA1\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), bound);
        let refusal = refusal(&path, "LA2");
        assert!(refusal.contains("the readings of LA1, and not those of LA2"), "{refusal}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), bound);
    }

    #[test]
    fn file_should_be_refused_and_stay_when_it_is_a_foreign_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.csv");
        for foreign in ["my notes", "my notes\n", "day,period,kwh\n0,0,1\n", "\n", "\u{0}\u{0}"] {
            std::fs::write(&path, foreign).unwrap();
            let refusal = refusal(&path, "LA1");
            assert!(refusal.contains("no file of readings"), "{refusal}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), foreign);
        }
    }

    #[test]
    fn file_should_be_refused_when_another_gateway_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.csv");
        let first = open(&path);
        let refusal = refusal(&path, "LA1");
        assert!(refusal.contains("does another gateway keep its readings there?"), "{refusal}");
        drop(first);
        open(&path);
    }
}
