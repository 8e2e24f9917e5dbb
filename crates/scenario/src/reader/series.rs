//! Reads a time series from a CSV.

use crate::files::Files;
use crate::mistake::{Collector, Mistake};
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
}

/// A line's energy, with the line's number.
type Cell = (Energy, u64);

/// Reads a file. What a mistake leaves out of the series does not matter: nothing starts.
pub(super) fn read(files: &Files, shape: &Shape<'_>) -> Result<(Series, Collector), Mistake> {
    let text = files.require(shape.name)?;
    let mut mistakes = Collector::new(files.path(shape.name));
    let mut cells: Vec<HashMap<(i64, u16), Cell>> = vec![HashMap::new(); shape.participants.len()];
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let by_name: HashMap<&str, usize> =
        shape.participants.iter().enumerate().map(|(index, member)| (member.name.as_str(), index)).collect();
    let mut headed = false;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                mistakes.give_up(line, error.to_string());
                break;
            }
        };
        let line = record.position().map_or(1, csv::Position::line);
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
        match parse(&record, shape, &by_name) {
            Ok((member, day, period, energy)) => {
                let Some(cells) = cells.get_mut(member) else { continue };
                if let Some((_, first)) = cells.insert((day, period), (energy, line)) {
                    mistakes.note(line, format!("duplicate of line {first}: expected one line for each day, period and participant"));
                }
            }
            Err(message) => mistakes.note(line, message),
        }
    }
    if !headed {
        mistakes.give_up(1, format!("the file is empty: expected the header {}", HEADER.join(",")));
    }
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

fn parse(
    record: &csv::StringRecord,
    shape: &Shape<'_>,
    by_name: &HashMap<&str, usize>,
) -> Result<(usize, i64, u16, Energy), String> {
    let fields: Vec<&str> = record.iter().collect();
    let [day, period, name, kwh] = fields[..] else {
        let hint = match fields[..] {
            [_, _, _, whole, part] if is_digits(whole) && is_digits(part) => {
                format!(" (a decimal has a point, not a comma: {whole}.{part})")
            }
            _ => String::new(),
        };
        return Err(format!("expected 4 columns ({}), found {}{hint}", HEADER.join(","), fields.len()));
    };
    let days = shape.days.clone().unwrap_or(0..MAX_DAY + 1);
    let day = day.parse().ok().filter(|day| days.contains(day)).ok_or_else(|| {
        format!("day must be a whole number from {} to {}, found {day}", days.start, days.end - 1)
    })?;
    let period = period.parse().ok().filter(|period| *period < shape.periods).ok_or_else(|| {
        format!("period must be a whole number from 0 to {}, found {period}", shape.periods.saturating_sub(1))
    })?;
    let member = *by_name
        .get(name)
        .ok_or_else(|| format!("unknown participant {name}: expected an id of scenario.toml"))?;
    let role = shape.participants.get(member).map(|participant| participant.role);
    if !role.is_some_and(market::Role::is_metered) {
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
    Ok((member, day, period, energy))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Makes a series of the cells, and notes what is missing.
fn assemble(cells: &[HashMap<(i64, u16), Cell>], shape: &Shape<'_>, mistakes: &mut Collector) -> Series {
    let last = cells.iter().flat_map(HashMap::keys).map(|(day, _)| *day).max();
    let days = shape.days.clone().unwrap_or(0..last.map_or(0, |day| day + 1));
    let mut series = Series {
        first_day: days.start,
        periods: shape.periods,
        days: usize::try_from(days.end - days.start).unwrap_or_default(),
        of: Vec::with_capacity(cells.len()),
    };
    let all_read = mistakes.is_empty();
    for (cells, participant) in cells.iter().zip(shape.participants) {
        if cells.is_empty() {
            series.of.push(None);
            continue;
        }
        let mut values = Vec::with_capacity(series.days.saturating_mul(shape.periods.into()));
        let mut missing = None;
        for key in days.clone().flat_map(|day| (0..shape.periods).map(move |period| (day, period))) {
            match cells.get(&key) {
                Some((energy, _)) => values.push(*energy),
                None => {
                    missing.get_or_insert(key);
                    values.push(Energy::ZERO);
                }
            }
        }
        // A line that could not be read would be missing too.
        if let Some((day, period)) = missing.filter(|_| all_read) {
            // The participant's line that comes last before the gap, or else its first.
            let before = cells.iter().filter(|(key, _)| **key < (day, period)).max_by_key(|(key, _)| **key);
            let line = before.map(|(_, cell)| cell.1).or_else(|| cells.values().map(|cell| cell.1).min());
            let name = &participant.name;
            mistakes.note(
                line.unwrap_or(1),
                format!(
                    "{name} has no line for day {day}, period {period}: expected all {} periods of the days {} to {}",
                    shape.periods,
                    days.start,
                    days.end - 1,
                ),
            );
        }
        series.of.push(Some(values));
    }
    series
}
