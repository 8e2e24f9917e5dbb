//! The profile that a file seems to need.
//!
//! What cannot be seen in a file is not guessed: the zone of times without an offset, and what is left as a question is
//! written as one.

use crate::decimal::{Decimal, Unit};
use crate::profile::{NAMED, Profile};
use crate::read::read;
use crate::text;
use crate::time::{Format, Written};
use crate::value::{File, Found};
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many lines are looked at.
const LOOKED_AT: usize = 400;
/// How many values make a rising column a register.
const RISES: usize = 8;

/// Formats of time that are tried, in this order.
const FORMATS: [&str; 13] = [
    "iso",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%d-%m-%Y %H:%M",
    "unix",
    "unix-ms",
];

/// A table as it seems to be.
struct Table<'a> {
    separator: char,
    header: Vec<String>,
    rows: Vec<Vec<&'a str>>,
}

/// The profile of a file, as TOML with its questions in comments.
///
/// # Errors
/// Why nothing can be guessed.
pub fn guess(bytes: &[u8]) -> Result<String, String> {
    if let Some((name, toml)) = NAMED.into_iter().find(|(name, _)| is_of(name, bytes)) {
        return Ok(format!("# It is known by name: a plan may say profile = \"{name}\".\n{toml}"));
    }
    let encoding = text::guess(bytes);
    let text = text::decode(bytes, encoding).map_err(|(_, message)| message)?;
    if text.trim_start().starts_with('<') {
        return Err("it is XML, and neither a CR_MSG nor Green Button that can be read".into());
    }
    let table = table(&text).ok_or("no table is in it: expected lines with the same number of columns")?;
    let (columns, format) = time(&table).ok_or_else(|| {
        format!("expected a column with times behind the header {}, found none", table.header.join(", "))
    })?;
    let decimal = if table.separator != ',' && has(&table, &columns, ',') { ',' } else { '.' };
    let thousands = (decimal == ',' && has(&table, &columns, '.')).then_some('.');
    let values = values(&table, &columns, decimal, thousands);
    if values.is_empty() {
        return Err(format!(
            "expected a column with numbers behind the header {}, found none",
            table.header.join(", ")
        ));
    }
    Ok(toml(encoding.name(), &table, &columns, &format, (decimal, thousands), &values))
}

/// Whether a file is read by a profile, without a mistake.
fn is_of(name: &str, bytes: &[u8]) -> bool {
    let Some(Ok(profile)) = Profile::named(name) else { return false };
    let mut found = Found::default();
    read(&profile, File { number: 0, stem: "meter" }, bytes, &mut found);
    found.mistakes.is_empty() && !found.values.is_empty()
}

/// The table that begins with the header: the first line with as many columns as most lines have.
fn table(text: &str) -> Option<Table<'_>> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(LOOKED_AT).collect();
    let split = |separator: char| lines.iter().map(|line| cells(line, separator)).collect::<Vec<_>>();
    // The separator that makes most lines alike, and the most columns.
    let mut best: Option<(usize, usize, char)> = None;
    for separator in [';', '\t', '|', ','] {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for row in split(separator) {
            *counts.entry(row.len()).or_default() += 1;
        }
        let most = counts
            .iter()
            .filter(|(columns, _)| **columns > 1)
            .max_by_key(|(columns, lines)| (**lines, **columns));
        if let Some((columns, lines)) = most
            && best.is_none_or(|(other, _, _)| *lines > other)
        {
            best = Some((*lines, *columns, separator));
        }
    }
    let (_, columns, separator) = best?;
    let mut rows = split(separator).into_iter().skip_while(|row| row.len() != columns);
    let mut header = rows.next()?;
    let mut rest: Vec<Vec<&str>> = rows.collect();
    // Above it another table of as many columns may stand: the header is the last line of words.
    let is_words =
        |row: &Vec<&str>| row.iter().all(|cell| !cell.chars().next().is_some_and(|c| c.is_ascii_digit()));
    if let Some(last) = rest.iter().take(50).rposition(|row| row.len() == columns && is_words(row)) {
        header = rest.remove(last);
        rest.drain(..last);
    }
    let rows = rest.into_iter().filter(|row| row.len() >= columns).collect();
    Some(Table { separator, header: header.into_iter().map(str::to_owned).collect(), rows })
}

fn cells(line: &str, separator: char) -> Vec<&str> {
    line.split(separator).map(|cell| cell.trim().trim_matches('"')).collect()
}

/// The columns of the time, and its format: the first in which all lines are read.
fn time(table: &Table<'_>) -> Option<(Vec<usize>, Format)> {
    let singles = (0..table.header.len()).map(|column| vec![column]);
    let pairs = (1..table.header.len()).map(|column| vec![column - 1, column]);
    let reads = |columns: &[usize], format: &Format| {
        !table.rows.is_empty()
            && table.rows.iter().all(|row| match format.read(&joined(row, columns)) {
                // A plain number may be read as milliseconds, in 1970.
                Ok(Written::Moment(at)) => at.as_second() > 300_000_000,
                Ok(Written::Clock(_)) => true,
                Err(_) => false,
            })
    };
    // A date alone is none where the time of day stands beside it.
    singles.chain(pairs).find_map(|columns| {
        let format =
            FORMATS.iter().filter_map(|name| Format::named(name)).find(|format| reads(&columns, format))?;
        let is_date = *columns.first()? + 1 < table.header.len()
            && columns.len() == 1
            && table.rows.iter().all(|row| !joined(row, &columns).contains(':'))
            && format == Format::Iso;
        (!is_date).then_some((columns, format))
    })
}

fn joined(row: &[&str], columns: &[usize]) -> String {
    columns.iter().filter_map(|column| row.get(*column)).copied().collect::<Vec<_>>().join(" ")
}

/// Whether a column that is not of the time has a number with a mark.
fn has(table: &Table<'_>, time: &[usize], mark: char) -> bool {
    let is_number = |cell: &str| {
        cell.contains(mark) && cell.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-'))
    };
    let of = |row: &Vec<&str>| {
        row.iter().enumerate().any(|(column, cell)| !time.contains(&column) && is_number(cell))
    };
    table.rows.iter().any(of)
}

/// The columns of numbers, and whether each rises as a register does.
fn values(table: &Table<'_>, time: &[usize], decimal: char, thousands: Option<char>) -> Vec<(usize, bool)> {
    let of = |column: usize| -> Option<(usize, bool)> {
        let cells = table.rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.is_empty());
        let numbers: Vec<Decimal> =
            cells.map(|cell| Decimal::parse(cell, decimal, thousands).ok()).collect::<Option<_>>()?;
        let energies: Vec<_> = numbers.iter().filter_map(|number| number.energy(Unit::KWh, 0)).collect();
        let rises = energies.windows(2).all(|pair| pair.first() <= pair.last());
        let is_register = rises && energies.len() >= RISES && energies.first() < energies.last();
        (!numbers.is_empty()).then_some((column, is_register))
    };
    let columns = (0..table.header.len()).filter(|column| !time.contains(column)).filter_map(of);
    // A meter's number is a number, too, but names no unit.
    let all: Vec<(usize, bool)> = columns.collect();
    let with_unit: Vec<(usize, bool)> = all
        .iter()
        .copied()
        .filter(|(column, _)| table.header.get(*column).is_some_and(|name| unit(name).is_some()))
        .collect();
    if with_unit.is_empty() { all.last().copied().into_iter().collect() } else { with_unit }
}

/// The unit that a header names.
fn unit(name: &str) -> Option<Unit> {
    let words = name.split(|c: char| !c.is_ascii_alphabetic());
    words.filter(|word| !word.is_empty()).find_map(Unit::named)
}

fn toml(
    encoding: &str,
    table: &Table<'_>,
    time: &[usize],
    format: &Format,
    (decimal, thousands): (char, Option<char>),
    values: &[(usize, bool)],
) -> String {
    let name = |column: usize| quoted(table.header.get(column).map_or("", String::as_str));
    let columns: Vec<String> = time.iter().map(|column| name(*column)).collect();
    let times: Vec<Written> =
        table.rows.iter().filter_map(|row| format.read(&joined(row, time)).ok()).collect();
    let mut text = format!(
        "format = \"csv\"\nencoding = \"{}\"\nseparator = {}\ndecimal = \"{decimal}\"\n",
        encoding.to_ascii_lowercase(),
        quoted(&table.separator.to_string())
    );
    if let Some(mark) = thousands {
        let _ = writeln!(text, "thousands = \"{mark}\"");
    }
    let _ = writeln!(
        text,
        "# meter = \"..\"  the column of the meter's id; without one, the file's name is the id"
    );
    let _ =
        write!(text, "\n[time]\ncolumns = [{}]\nformat = {}\n", columns.join(", "), quoted(format.name()));
    let swapped = format.name().replace("%d/%m", "%m/%d");
    let reads = |other: Format| table.rows.iter().all(|row| other.read(&joined(row, time)).is_ok());
    if swapped != format.name() && Format::named(&swapped).is_some_and(reads) {
        let _ = writeln!(
            text,
            "# the file does not tell days from months: look whether it is {}",
            quoted(&swapped)
        );
    }
    if matches!(times.first(), Some(Written::Clock(_))) {
        let _ = writeln!(
            text,
            "# zone = \"Europe/Vienna\"  has to be said: the zone of the clock that the times show"
        );
    }
    if values.iter().any(|(_, is_register)| !is_register) {
        let _ =
            writeln!(text, "label = \"start\"  # or \"end\": whether a time is the start of its interval");
        match minutes(&times) {
            Some(minutes) => {
                let _ = writeln!(text, "minutes = {minutes}");
            }
            None => {
                let _ = writeln!(text, "# minutes = 15  has to be said: how long an interval is");
            }
        }
    }
    for (column, is_register) in values {
        let header = table.header.get(*column).map_or("", String::as_str);
        let _ = write!(text, "\n[[value]]\ncolumn = {}\n", name(*column));
        if *is_register {
            let _ = writeln!(text, "kind = \"register\"  # it only rises");
        }
        match unit(header) {
            Some(unit) => {
                let _ = writeln!(text, "unit = \"{}\"", unit.name());
            }
            None => {
                let _ = writeln!(text, "# unit = \"kWh\"  has to be said: W, kW, Wh, kWh or MWh");
            }
        }
        let _ = writeln!(text, "register = \"in\"  # or \"out\", for what the member gives");
    }
    text
}

/// The most frequent time between two lines, in minutes.
fn minutes(times: &[Written]) -> Option<i64> {
    let milliseconds = |written: &Written| match written {
        Written::Moment(at) => Some(at.as_millisecond()),
        Written::Clock(clock) => {
            clock.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp().as_millisecond())
        }
    };
    let moments: Vec<i64> = times.iter().filter_map(milliseconds).collect();
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for pair in moments.windows(2) {
        if let [one, other] = pair {
            *counts.entry((other - one).abs()).or_default() += 1;
        }
    }
    let (most, _) = counts.into_iter().filter(|(length, _)| *length > 0).max_by_key(|(_, count)| *count)?;
    (most % 60_000 == 0).then_some(most / 60_000)
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
