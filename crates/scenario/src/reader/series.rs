//! Reads a time series from a CSV.

use crate::files::Files;
use crate::mistake::{Collector, Mistake, line_of};
use crate::scenario::Participant;
use crate::series::Series;
use market::Energy;
use std::collections::HashMap;
use std::ops::Range;

/// The header of every CSV of a scenario.
const HEADER: [&str; 4] = ["day", "period", "participant", "kwh"];

/// The last day that a series may have lines for.
const MAX_DAY: i64 = 3_660;

/// Where the lines of a file may lie.
pub(super) struct Shape<'a> {
    pub(super) name: &'a str,
    pub(super) periods: u16,
    /// The days it must have lines for; `None` for all days from 0 to the last it has lines for.
    pub(super) days: Option<Range<i64>>,
    pub(super) participants: &'a [Participant],
    /// The most energy of a line, by participant; `None` where only what the market handles binds.
    pub(super) limits: Vec<Option<Energy>>,
}

/// A line. There are millions of them, so that it is small, and they stand in one row.
struct Cell {
    /// The participant's place in the list.
    member: u32,
    /// Its place in the order of time, from the first period of the first day.
    at: u32,
    /// The line's number.
    line: u32,
    energy: Energy,
}

impl Cell {
    fn line(&self) -> u64 {
        self.line.into()
    }

    /// The order of a series.
    fn key(&self) -> u64 {
        u64::from(self.member) << u32::BITS | u64::from(self.at)
    }
}

/// Finds participants by their names. Whoever was last found or stands behind it in the list is looked at first: most
/// files are in this order, and then nothing is searched for.
struct Names<'a> {
    participants: &'a [Participant],
    places: HashMap<&'a str, usize>,
    last: usize,
}

impl<'a> Names<'a> {
    fn new(participants: &'a [Participant]) -> Self {
        let places = participants.iter().enumerate().map(|(place, member)| (member.name.as_str(), place));
        Self { participants, places: places.collect(), last: 0 }
    }

    fn find(&mut self, name: &str) -> Option<(usize, &'a Participant)> {
        let mut near = self.participants.iter().enumerate().skip(self.last).take(2);
        let near = near.find(|(_, member)| member.name == name).map(|(place, _)| place);
        self.last = near.or_else(|| self.places.get(name).copied())?;
        Some((self.last, self.participants.get(self.last)?))
    }
}

/// Reads a file. What a mistake leaves out of the series does not matter: nothing starts.
pub(super) fn read(files: &Files, shape: &Shape<'_>) -> Result<(Series, Collector), Mistake> {
    let text = files.require(shape.name)?;
    let mut mistakes = Collector::new(files.path(shape.name));
    let mut cells = Vec::new();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut names = Names::new(shape.participants);
    let (mut record, mut headed) = (csv::StringRecord::new(), false);
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let line = line_of(text, error.position());
                mistakes.give_up(line, error.to_string());
                break;
            }
        }
        let line = line_of(text, record.position());
        if !headed {
            headed = true;
            if record.iter().ne(HEADER) {
                let found = record.iter().collect::<Vec<_>>().join(",");
                let hint = separator(&found).map_or_else(String::new, |mark| {
                    format!(" (columns are separated by commas, not by {mark}, and a decimal has a point)")
                });
                let header = HEADER.join(",");
                mistakes.give_up(line, format!("expected the header {header}, found {found}{hint}"));
                break;
            }
            continue;
        }
        // A file that is read has fewer bytes than this number holds.
        match parse(&record, u32::try_from(line).unwrap_or(u32::MAX), shape, &mut names) {
            Ok(cell) => cells.push(cell),
            Err(message) => mistakes.note(line, message),
        }
    }
    if !headed {
        mistakes.give_up(1, format!("the file is empty: expected the header {}", HEADER.join(",")));
    }
    sort(&mut cells, &mut mistakes);
    let series = assemble(&cells, shape, &mut mistakes);
    Ok((series, mistakes))
}

/// What else than a comma separates the columns of a header.
fn separator(header: &str) -> Option<&'static str> {
    [(';', "semicolons"), ('\t', "tabs")]
        .into_iter()
        .find(|(mark, _)| header.contains(*mark))
        .map(|(_, name)| name)
}

/// Brings lines into the order of a series, the first of each participant and period alone.
fn sort(cells: &mut Vec<Cell>, mistakes: &mut Collector) {
    // Stable: lines of one key stay in the order of the file. In most files long runs are in order already.
    cells.sort_by_key(Cell::key);
    cells.dedup_by(|later, first| {
        let is_twice = later.key() == first.key();
        if is_twice {
            mistakes.note(
                later.line(),
                format!(
                    "duplicate of line {}: expected one line for each day, period and participant",
                    first.line
                ),
            );
        }
        is_twice
    });
}

fn parse(
    record: &csv::StringRecord,
    line: u32,
    shape: &Shape<'_>,
    names: &mut Names<'_>,
) -> Result<Cell, String> {
    let field = |index| record.get(index).unwrap_or_default();
    if record.len() != HEADER.len() {
        let (whole, part) = (field(3), field(4));
        let is_comma = record.len() == 5 && is_digits(whole) && is_digits(part);
        let hint = if is_comma {
            format!(" (a decimal has a point, not a comma: {whole}.{part})")
        } else {
            String::new()
        };
        return Err(format!("expected 4 columns ({}), found {}{hint}", HEADER.join(","), record.len()));
    }
    let [day, period, name, kwh] = [0, 1, 2, 3].map(field);
    let days = shape.days.clone().unwrap_or(0..MAX_DAY + 1);
    let day: i64 = day.parse().ok().filter(|day| days.contains(day)).ok_or_else(|| {
        format!("day must be a whole number from {} to {}, found {day}", days.start, days.end - 1)
    })?;
    let period: u16 = period.parse().ok().filter(|period| *period < shape.periods).ok_or_else(|| {
        format!("period must be a whole number from 0 to {}, found {period}", shape.periods.saturating_sub(1))
    })?;
    let (member, participant) = names
        .find(name)
        .ok_or_else(|| format!("unknown participant {name}: expected an id of scenario.toml"))?;
    if !participant.role.is_metered() {
        return Err(format!("{name} has no meter: expected an LA, MG or prosumer"));
    }
    let energy = Energy::parse_decimal(kwh)
        .map_err(|error| error.to_string())
        .and_then(|energy| {
            if energy <= Energy::MAX_PER_PERIOD { Ok(energy) } else { Err("out of range".into()) }
        })
        .map_err(|why| {
            format!("kwh must be a decimal of at least 0 with at most 3 places behind the point, found {kwh}: {why}")
        })?;
    if let Some(limit) = shape.limits.get(member).copied().flatten().filter(|limit| energy > *limit) {
        return Err(format!(
            "kwh must be at most {limit}, what {name}'s tie line carries in a period, found {kwh}"
        ));
    }
    // Within the days that a series may have, nothing is cut.
    let day = u32::try_from(day.saturating_sub(days.start)).unwrap_or(u32::MAX);
    let at = day.saturating_mul(shape.periods.into()).saturating_add(period.into());
    // A market has fewer participants than this number holds.
    Ok(Cell { member: u32::try_from(member).unwrap_or(u32::MAX), at, line, energy })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Makes a series of the lines, which are in its order, and notes what is missing.
fn assemble(mut cells: &[Cell], shape: &Shape<'_>, mistakes: &mut Collector) -> Series {
    let last = cells.iter().map(|cell| cell.at).max();
    let periods = u32::from(shape.periods).max(1);
    let days = shape.days.clone().unwrap_or(0..last.map_or(0, |at| i64::from(at / periods) + 1));
    let mut series = Series {
        first_day: days.start,
        periods: shape.periods,
        days: usize::try_from(days.end - days.start).unwrap_or_default(),
        starts: Vec::with_capacity(shape.participants.len()),
        energies: Vec::with_capacity(cells.len()),
    };
    let all_read = mistakes.is_empty();
    for (place, participant) in (0..).zip(shape.participants) {
        let own = cells.iter().take_while(|cell| cell.member == place).count();
        let (own, others) = cells.split_at(own);
        cells = others;
        series.push((!own.is_empty()).then(|| own.iter().map(|cell| cell.energy)));
        if own.is_empty() {
            continue;
        }
        let number = u32::try_from(series.days).unwrap_or(u32::MAX).saturating_mul(periods);
        let found = own.iter().map(|cell| Some(cell.at)).chain(std::iter::repeat(None));
        // A line that could not be read would be missing too.
        let missing = (0..number).zip(found).find(|(at, found)| *found != Some(*at)).filter(|_| all_read);
        if let Some((missing, _)) = missing {
            // The participant's line that comes last before the gap, or else its first.
            let before = own.iter().take_while(|cell| cell.at < missing).last();
            let line = before.map(Cell::line).or_else(|| own.iter().map(Cell::line).min());
            let name = &participant.name;
            let (day, period) = (days.start + i64::from(missing / periods), missing % periods);
            mistakes.note(
                line.unwrap_or(1),
                format!(
                    "{name} has no line for day {day}, period {period}: expected all {periods} periods of the \
                     days {} to {}",
                    days.start,
                    days.end - 1,
                ),
            );
        }
    }
    series
}
