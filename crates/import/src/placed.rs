//! What all files say, in a community's periods, and the scenario folder that is made of it.

use crate::completeness::{Row, csv};
use crate::decimal::FineEnergy;
use crate::grid::{Grid, LocalDay};
use crate::plan::Plan;
use crate::spread::Cell;
use crate::value::{Quality, Register};
use market::Energy;
use scenario::files::{DEMAND, GENERATION, HISTORY, SETTINGS};
use scenario::{Files, Mistake, Mistakes, Scenario};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The completeness table's name in a folder.
const COMPLETENESS: &str = "completeness.csv";
/// The header of a scenario's series.
const HEADER: &str = "day,period,participant,kwh\n";

/// Whom the values are of, and when.
pub(crate) struct Community {
    pub(crate) plan: Plan,
    pub(crate) plan_path: PathBuf,
    pub(crate) settings_path: PathBuf,
    pub(crate) scenario: Scenario,
    pub(crate) grid: Grid,
    /// Texts that go into the folder as they are: settings, plan and profiles.
    pub(crate) texts: Vec<(String, String)>,
}

/// How many values there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In all.
    pub values: u64,
    /// Before or behind the days.
    pub outside: u64,
    /// There already.
    pub repeated: u64,
    /// Whose place another one took, of a later file or of the meter itself.
    pub replaced: u64,
    /// Lines that a profile leaves alone.
    pub left_alone: u64,
}

/// Where a period's energy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Measured,
    Estimated,
    Filled,
}

impl From<Quality> for Source {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::Measured => Self::Measured,
            Quality::Estimated => Self::Estimated,
        }
    }
}

type Period = Option<(FineEnergy, Source)>;

/// What all files say, in the days' periods.
pub struct Placed {
    members: BTreeMap<(usize, Register), Vec<Period>>,
    notes: Vec<Mistake>,
    counts: Counts,
    community: Community,
}

impl Placed {
    /// What meters' periods come to, by member and register.
    pub(crate) fn new(
        community: Community,
        members: BTreeMap<(usize, Register), Vec<Cell>>,
        notes: Vec<Mistake>,
        counts: Counts,
    ) -> Self {
        let periods = |(key, cells): (_, Vec<Cell>)| {
            let of = |cell: Cell| cell.map(|(energy, quality)| (energy, quality.into()));
            (key, cells.into_iter().map(of).collect())
        };
        Self { members: members.into_iter().map(periods).collect(), notes, counts, community }
    }

    /// Values that were left out, and what else is strange in the files; none keeps the rest from being imported.
    pub fn notes(&self) -> &[Mistake] {
        &self.notes
    }

    /// How many values there were.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The days from the first of the history on with their numbers, of a register: the history is of demand alone.
    fn days(&self, register: Register) -> impl Iterator<Item = (i64, LocalDay)> {
        let history = i64::from(self.community.scenario.history_days);
        let days = (-history..).zip(self.community.grid.days().iter().copied());
        days.filter(move |(number, _)| register == Register::In || *number >= 0)
    }

    /// What is there, estimated and missing, by member, register and day.
    pub fn completeness(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for ((number, register), periods) in &self.members {
            let Some(member) = self.community.scenario.participants.get(*number) else { continue };
            for (day, local) in self.days(*register) {
                let periods = periods.iter().skip(local.first).take(local.periods);
                let mut row = Row {
                    date: local.date,
                    day,
                    member: member.name.clone(),
                    register: *register,
                    measured: 0,
                    estimated: 0,
                    filled: 0,
                    missing: 0,
                };
                for period in periods {
                    match period {
                        Some((_, Source::Measured)) => row.measured += 1,
                        Some((_, Source::Estimated)) => row.estimated += 1,
                        Some((_, Source::Filled)) => row.filled += 1,
                        None => row.missing += 1,
                    }
                }
                rows.push(row);
            }
        }
        rows
    }

    /// Fills gaps, each with what the same period had on the nearest day before that has it, or else on the nearest day
    /// behind. What no day has stays missing.
    pub fn fill(&mut self) {
        let keys: Vec<(usize, Register)> = self.members.keys().copied().collect();
        for key in keys {
            let days: Vec<_> = self.days(key.1).map(|(_, day)| day).collect();
            let Some(periods) = self.members.get_mut(&key) else { continue };
            let known = periods.clone();
            for (number, day) in days.iter().enumerate() {
                for at in 0..day.periods {
                    let of = |day: &LocalDay| {
                        let period = (at < day.periods).then(|| known.get(day.first + at).copied().flatten());
                        period.flatten().map(|(energy, _)| energy)
                    };
                    let Some(period) = periods.get_mut(day.first + at).filter(|period| period.is_none())
                    else {
                        continue;
                    };
                    let before = days.iter().take(number).rev().find_map(of);
                    let energy = before.or_else(|| days.iter().skip(number + 1).find_map(of));
                    *period = energy.map(|energy| (energy, Source::Filled));
                }
            }
        }
    }

    /// The files of the scenario folder.
    ///
    /// # Errors
    /// Where a gap is left, and where they are no scenario: all mistakes.
    pub fn folder(&self, name: &str) -> Result<Vec<(String, String)>, Mistakes> {
        let rows = self.completeness();
        let gaps: Vec<Mistake> = rows.iter().filter(|row| row.missing > 0).map(|row| self.gap(row)).collect();
        if !gaps.is_empty() {
            return Err(Mistakes::new(gaps));
        }
        let mut texts = self.community.texts.clone();
        texts.push((HISTORY.into(), self.series(Register::In, |day| day < 0)));
        texts.push((DEMAND.into(), self.series(Register::In, |day| day >= 0)));
        texts.push((GENERATION.into(), self.series(Register::Out, |day| day >= 0)));
        texts.push((COMPLETENESS.into(), csv(&rows)));
        // The scenario's own reader has the last word.
        Scenario::from_files(&Files::new(name, texts.clone())).map_err(|found| {
            let settings = Path::new(name).join(SETTINGS).display().to_string();
            let at_home = |mistake: &Mistake| {
                let path = if mistake.path == settings {
                    self.community.settings_path.display().to_string()
                } else {
                    mistake.path.clone()
                };
                Mistake { path, ..mistake.clone() }
            };
            Mistakes::new(found.iter().map(at_home).collect())
        })?;
        Ok(texts)
    }

    fn gap(&self, row: &Row) -> Mistake {
        let Row { member, register, date, missing, .. } = row;
        let message = format!(
            "{member} lacks {missing} of {} periods of register {} on {date}: a scenario has no gaps yet, and --fill \
             takes the same periods of the nearest day",
            row.periods(),
            register.name()
        );
        let line =
            self.community.plan.meters.iter().find(|meter| meter.member == *member).map(|meter| meter.line);
        Mistake { path: self.community.plan_path.display().to_string(), line, message }
    }

    /// A register's lines on some days. What is below a watt-hour goes into the period behind, so that no sum is off by
    /// one.
    fn series(&self, register: Register, is_day: impl Fn(i64) -> bool) -> String {
        let mut lines = String::from(HEADER);
        let mut rests: BTreeMap<usize, i64> = BTreeMap::new();
        for (day, local) in self.days(register).filter(|(day, _)| is_day(*day)) {
            for period in 0..local.periods {
                for ((number, _), periods) in self.members.iter().filter(|((_, of), _)| *of == register) {
                    let known = periods.get(local.first + period).copied().flatten();
                    let (Some((energy, _)), Some(member)) =
                        (known, self.community.scenario.participants.get(*number))
                    else {
                        continue;
                    };
                    let rest = rests.entry(*number).or_default();
                    let whole = energy.milliwatt_hours().saturating_add(*rest);
                    *rest = whole.rem_euclid(1_000);
                    let energy =
                        Energy::from_watt_hours(u64::try_from(whole.div_euclid(1_000)).unwrap_or_default());
                    // Writing into a text does not fail.
                    let _ = writeln!(lines, "{day},{period},{},{energy}", member.name);
                }
            }
        }
        lines
    }
}
