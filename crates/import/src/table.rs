//! Reads tables of separated values.

use crate::decimal::{Decimal, Unit};
use crate::profile::{Csv, Kind, ValueColumn};
use crate::time::{Clock, Label, Written, counted};
use crate::value::{File, Found, Quality, Register, Series, Value};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use scenario::mistake::line_of;
use std::collections::BTreeMap;

/// The most lines of words before the header.
const MAX_PREAMBLE: usize = 50;

/// Where a thing is said: in a column, or once for all lines above them.
#[derive(Clone, Debug)]
enum At {
    Column(usize),
    Said(String),
}

impl At {
    fn of<'a>(&'a self, row: &'a [&'a str]) -> &'a str {
        match self {
            Self::Column(index) => row.get(*index).copied().unwrap_or_default(),
            Self::Said(text) => text,
        }
    }
}

/// Where everything is said that a profile names.
struct Columns<'a> {
    time: Vec<usize>,
    counted: Option<At>,
    minutes: Option<At>,
    meter: Option<At>,
    only: Option<At>,
    quality: Option<At>,
    values: Vec<(&'a ValueColumn, usize, Option<At>, Option<At>)>,
    /// How many columns the header has.
    number: usize,
}

/// When a line is of, as far as the line alone tells.
enum When {
    Written(Written),
    Start(Timestamp),
}

/// A line of one series.
struct Row {
    line: u64,
    when: When,
    /// How long its interval is, in milliseconds; nothing for what a register showed.
    length: i64,
    /// Nothing where the cell has no value.
    value: Option<(Decimal, Unit)>,
    quality: Quality,
}

/// Reads a file's text.
pub fn read(profile: &Csv, file: File<'_>, text: &str, found: &mut Found) {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(profile.separator)
        .from_reader(text.as_bytes());
    let mut preamble: Vec<(u64, Vec<String>)> = Vec::new();
    let mut columns = None;
    let mut rows: BTreeMap<Series, Vec<Row>> = BTreeMap::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = line_of(text, error.position());
                found.wrong(file.at(line), error.to_string());
                return;
            }
        };
        let line = line_of(text, record.position());
        let cells: Vec<&str> = record.iter().map(str::trim).collect();
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        let Some(columns) = &columns else {
            match header(profile, &cells, &preamble) {
                Some(Ok(at)) => columns = Some(at),
                Some(Err(message)) => return found.wrong(file.at(line), message),
                None if preamble.len() == MAX_PREAMBLE => break,
                None => preamble.push((line, cells.into_iter().map(str::to_owned).collect())),
            }
            continue;
        };
        match row(profile, columns, file, line, &cells) {
            Ok(Some(read)) => {
                for (series, row) in read {
                    rows.entry(series).or_default().push(row);
                }
            }
            Ok(None) => found.left_alone += 1,
            Err(message) => found.wrong(file.at(line), message),
        }
    }
    if columns.is_none() {
        let (line, message) = no_header(profile, &preamble);
        found.wrong(file.at(line), message);
    }
    for (series, rows) in rows {
        place(profile, file, &series, rows, found);
    }
}

/// The columns, where cells are the header: it has those of the time and of the values.
fn header<'a>(
    profile: &'a Csv,
    cells: &[&str],
    preamble: &[(u64, Vec<String>)],
) -> Option<Result<Columns<'a>, String>> {
    let column = |name: &str| cells.iter().position(|cell| *cell == name);
    let time = profile.time.columns.iter().map(|name| column(name)).collect::<Option<Vec<usize>>>()?;
    if profile.value.iter().any(|value| !value.optional && column(&value.column).is_none()) {
        return None;
    }
    Some(columns(profile, cells, preamble, time))
}

fn columns<'a>(
    profile: &'a Csv,
    cells: &[&str],
    preamble: &[(u64, Vec<String>)],
    time: Vec<usize>,
) -> Result<Columns<'a>, String> {
    // Above a table, another one may have a line of names and one of what they are.
    let said = |name: &str| {
        let lines = preamble.windows(2).find_map(|pair| {
            let [(_, names), (_, of)] = pair else { return None };
            of.get(names.iter().position(|other| other == name)?)
        });
        lines.map(|text| At::Said(text.clone()))
    };
    let at = |name: &str, optional: bool| {
        let mut places = cells.iter().enumerate().filter(|(_, cell)| **cell == name).map(|(index, _)| index);
        match (places.next(), places.next()) {
            (Some(_), Some(_)) => Err(format!("expected one column {name}, found two")),
            (Some(index), None) => Ok(Some(At::Column(index))),
            (None, _) => match said(name) {
                None if !optional => Err(format!(
                    "expected a column {name}, found {}: if it has another name now, the profile has to say so",
                    cells.join(", ")
                )),
                said => Ok(said),
            },
        }
    };
    let one = |name: &Option<String>| name.as_ref().map_or(Ok(None), |name| at(name, false));
    for name in &profile.time.columns {
        at(name, false)?;
    }
    let mut values = Vec::new();
    for value in &profile.value {
        match at(&value.column, value.optional)? {
            Some(At::Column(index)) => {
                values.push((value, index, one(&value.unit_column)?, one(&value.register_column)?));
            }
            Some(At::Said(_)) | None => {}
        }
    }
    let minutes = profile.time.minutes_column.as_ref();
    let quality = profile.quality.as_ref();
    Ok(Columns {
        time,
        counted: one(&profile.time.counted)?,
        minutes: minutes.map_or(Ok(None), |name| at(name, profile.time.minutes.is_some()))?,
        meter: one(&profile.meter)?,
        only: one(&profile.only.as_ref().map(|only| only.column.clone()))?,
        quality: quality.map_or(Ok(None), |quality| at(&quality.column, quality.optional))?,
        values,
        number: cells.len(),
    })
}

/// What to say where no line is the header: the line that comes nearest to it.
fn no_header(profile: &Csv, preamble: &[(u64, Vec<String>)]) -> (u64, String) {
    let needed = profile.value.iter().filter(|value| !value.optional).map(|value| &value.column);
    let names: Vec<&String> = profile.time.columns.iter().chain(needed).collect();
    let hits = |cells: &[String]| names.iter().filter(|name| cells.contains(name)).count();
    let expected = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let nearest = preamble.iter().rev().max_by_key(|(_, cells)| (hits(cells), cells.len()));
    let Some((line, cells)) = nearest else {
        return (1, format!("the file is empty: expected a header with {expected}"));
    };
    let missing: Vec<&str> =
        names.iter().filter(|name| !cells.contains(name)).map(|name| name.as_str()).collect();
    let shown: String = cells.join(", ").chars().take(120).collect();
    let why = match cells.len() {
        1 => format!(", which has no `{}`: is the separator another?", char::from(profile.separator)),
        _ => format!(", which lacks {}", missing.join(", ")),
    };
    (*line, format!("expected a header with {expected}, found {shown}{why}"))
}

/// What a line says, by series; `None` where the profile leaves it alone.
fn row(
    profile: &Csv,
    columns: &Columns<'_>,
    file: File<'_>,
    line: u64,
    cells: &[&str],
) -> Result<Option<Vec<(Series, Row)>>, String> {
    if cells.iter().skip(columns.number).any(|cell| !cell.is_empty()) {
        return Err(format!(
            "expected {} columns as in the header, found {}: a separator within a value needs quotes",
            columns.number,
            cells.len()
        ));
    }
    if let (Some(at), Some(only)) = (&columns.only, &profile.only)
        && !only.is.iter().any(|is| is == at.of(cells))
    {
        return Ok(None);
    }
    let time: Vec<&str> =
        columns.time.iter().map(|index| cells.get(*index).copied().unwrap_or_default()).collect();
    let written = profile.time.format.read(&time.join(" "))?;
    if matches!(written, Written::Clock(_)) && profile.time.zone.is_none() {
        return Err(format!(
            "`{}` has no offset: the profile has to say in which zone it is",
            time.join(" ")
        ));
    }
    let meter = columns.meter.as_ref().map_or(file.stem, |at| at.of(cells));
    if meter.is_empty() {
        return Err("expected a meter's id, found none".into());
    }
    let quality = quality(profile, columns, cells)?;
    let mut read = Vec::new();
    for (value, index, unit, register) in &columns.values {
        let length = match value.kind {
            Kind::Interval => length(profile, columns, cells)?,
            Kind::Register => 0,
        };
        let cell = cells.get(*index).copied().unwrap_or_default();
        let row = Row {
            line,
            when: when(profile, columns, cells, written, length)?,
            length,
            value: number(profile, cell, unit_of(value, unit.as_ref(), cells)?)?,
            quality,
        };
        read.push(((meter.to_owned(), register_of(value, register.as_ref(), cells)?), row));
    }
    Ok(Some(read))
}

fn when(
    profile: &Csv,
    columns: &Columns<'_>,
    cells: &[&str],
    written: Written,
    length: i64,
) -> Result<When, String> {
    let (Some(at), Some(zone)) = (&columns.counted, &profile.time.zone) else {
        return Ok(When::Written(written));
    };
    let text = at.of(cells);
    let number = text.strip_suffix(":00").unwrap_or(text).parse::<i64>();
    let number = number.map_err(|_| format!("expected an interval's number from 1, found `{text}`"))?;
    let Written::Clock(clock) = written else {
        return Err("expected a date beside the interval's number, found a moment".into());
    };
    counted(zone, clock.date(), number, length).map(When::Start)
}

fn quality(profile: &Csv, columns: &Columns<'_>, cells: &[&str]) -> Result<Quality, String> {
    let (Some(at), Some(quality)) = (&columns.quality, &profile.quality) else {
        return Ok(Quality::Measured);
    };
    let text = at.of(cells);
    if quality.measured.iter().any(|word| word == text) {
        Ok(Quality::Measured)
    } else if quality.estimated.iter().any(|word| word == text) {
        Ok(Quality::Estimated)
    } else {
        let known = quality.measured.iter().chain(&quality.estimated).map(String::as_str).collect::<Vec<_>>();
        Err(format!("expected {} to be one of {}, found `{text}`", quality.column, known.join(", ")))
    }
}

/// How long a line's interval is, in milliseconds.
fn length(profile: &Csv, columns: &Columns<'_>, cells: &[&str]) -> Result<i64, String> {
    let text = columns.minutes.as_ref().map_or("", |at| at.of(cells));
    let minutes = match (text, profile.time.minutes) {
        ("", Some(minutes)) => Some(i64::from(minutes)),
        _ => match text.strip_prefix("PT") {
            Some(_) => text.parse::<SignedDuration>().ok().map(|duration| duration.as_mins()),
            None => text.parse().ok(),
        },
    };
    let minutes = minutes.filter(|minutes| (1..=1_440).contains(minutes));
    minutes
        .map(|minutes| minutes * 60_000)
        .ok_or_else(|| format!("expected how many minutes the interval has, as 30 or PT30M, found `{text}`"))
}

fn unit_of(value: &ValueColumn, at: Option<&At>, cells: &[&str]) -> Result<Unit, String> {
    let unit = match at {
        Some(at) => Unit::named(at.of(cells)).ok_or_else(|| at.of(cells)),
        None => value.unit.ok_or(""),
    };
    let unit = unit.map_err(|found| format!("expected a unit as kWh or W, found `{found}`"))?;
    if value.kind == Kind::Register && unit.is_power() {
        return Err(format!("a register shows energy, found {}", unit.name()));
    }
    Ok(unit)
}

fn register_of(value: &ValueColumn, at: Option<&At>, cells: &[&str]) -> Result<Register, String> {
    let Some(at) = at else {
        return value.register.ok_or_else(|| "expected a register".into());
    };
    let text = at.of(cells);
    let has = |words: &[String]| words.iter().any(|word| word == text);
    match (has(&value.inward), has(&value.outward)) {
        (true, _) => Ok(Register::In),
        (_, true) => Ok(Register::Out),
        _ => {
            let known: Vec<&str> = value.inward.iter().chain(&value.outward).map(String::as_str).collect();
            Err(format!("expected one of {}, found `{text}`", known.join(", ")))
        }
    }
}

fn number(profile: &Csv, cell: &str, unit: Unit) -> Result<Option<(Decimal, Unit)>, String> {
    if cell.is_empty() || profile.missing.iter().any(|word| word == cell) {
        return Ok(None);
    }
    let number = Decimal::parse(cell, profile.decimal, profile.thousands)?;
    if number.is_negative() {
        return Err(format!(
            "expected at least 0, found {cell}: what comes in and goes out are registers of their own"
        ));
    }
    Ok(Some((number, unit)))
}

/// Gives the lines of a series their moments.
fn place(profile: &Csv, file: File<'_>, (meter, register): &Series, mut rows: Vec<Row>, found: &mut Found) {
    let utc = TimeZone::UTC;
    let zone = profile.time.zone.as_ref().unwrap_or(&utc);
    let written = |row: Option<&Row>| match row.map(|row| &row.when) {
        Some(When::Written(written)) => Some(*written),
        _ => None,
    };
    // Some files have the newest first.
    if written(rows.first()) > written(rows.last()) {
        rows.reverse();
    }
    let length = rows.first().map_or(0, |row| row.length);
    let label = if length == 0 { Label::Start } else { profile.time.label };
    let mut clock = Clock::new(zone, label, length);
    for row in rows {
        clock = clock.with_length(row.length);
        let start = match row.when {
            When::Start(start) => Ok(start),
            When::Written(written) => clock.start(written),
        };
        let end = start.and_then(|start| {
            let end = start.checked_add(SignedDuration::from_millis(row.length));
            end.map(|end| (start, end)).map_err(|_| "the time is out of range".into())
        });
        let Some((number, unit)) = row.value else {
            if let Err(message) = end {
                found.wrong(file.at(row.line), message);
            }
            continue;
        };
        let value = end.and_then(|(from, to)| {
            let energy = number.energy(unit, row.length).ok_or("the value is out of range")?;
            Ok(Value { from, to, energy, quality: row.quality, made: None, place: file.at(row.line) })
        });
        match value {
            Ok(value) => found.push(meter, *register, value),
            Err(message) => found.wrong(file.at(row.line), message),
        }
    }
}
