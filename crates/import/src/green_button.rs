//! Green Button: an Atom feed of the Energy Services Provider Interface (NAESB REQ.21).
//!
//! Its entries hang together by links. A block of intervals is a meter reading's, which names the type of its readings:
//! unit, power of ten, and which way the energy flows.

use crate::decimal::{Decimal, Unit};
use crate::value::{File, Found, Place, Quality, Register, Value};
use crate::xml::{Xml, children, text};
use jiff::{SignedDuration, Timestamp};
use roxmltree::Node;
use std::collections::HashMap;

/// An entry of the feed: its links and what is in it.
struct Entry<'a, 'input> {
    own: Option<&'a str>,
    up: Option<&'a str>,
    related: Vec<&'a str>,
    made: Option<Timestamp>,
    content: Node<'a, 'input>,
}

/// The type of a reading, as far as it is read.
#[derive(Clone, Copy)]
struct ReadingType {
    register: Register,
    unit: Unit,
    power_of_ten: i32,
    length: Option<i64>,
}

/// Reads a file's text.
pub fn read(file: File<'_>, content: &str, found: &mut Found) {
    let xml = match Xml::read(content) {
        Ok(xml) => xml,
        Err((line, message)) => return found.wrong(file.at(line), message),
    };
    let root = xml.document.root_element();
    if root.tag_name().name() != "feed" {
        let name = root.tag_name().name();
        return found.wrong(file.at(xml.line(root)), format!("expected an Atom feed, found {name}"));
    }
    let entries: Vec<Entry<'_, '_>> = children(root, "entry").filter_map(entry).collect();
    let mut types = HashMap::new();
    for entry in &entries {
        for node in children(entry.content, "ReadingType") {
            // Gas and water have other units.
            match reading_type(node) {
                Ok(of) => {
                    types.insert(entry.own.unwrap_or_default(), of);
                }
                Err(message) => found.wrong(file.at(xml.line(node)), message),
            }
        }
    }
    let readings: Vec<&Entry<'_, '_>> =
        entries.iter().filter(|entry| children(entry.content, "MeterReading").next().is_some()).collect();
    for entry in &entries {
        let reading = readings.iter().find(|reading| is_of(entry, reading));
        let of = reading
            .and_then(|reading| reading.related.iter().find_map(|link| types.get(link)))
            .or_else(|| types.values().next().filter(|_| types.len() == 1));
        let usage_point =
            reading.and_then(|reading| reading.up.or(reading.own)).or(entry.up).and_then(usage_point);
        let meter = usage_point.unwrap_or(file.stem);
        for block in children(entry.content, "IntervalBlock") {
            let Some(of) = of else {
                let message = "expected links to a MeterReading with a ReadingType, found none";
                found.wrong(file.at(xml.line(block)), message);
                continue;
            };
            let Some(of) = of else {
                found.left_alone += children(block, "IntervalReading").fold(0, |sum, _| sum + 1);
                continue;
            };
            for node in children(block, "IntervalReading") {
                let place = file.at(xml.line(node));
                match value(node, *of, entry.made, place) {
                    Ok(value) => found.push(meter, of.register, value),
                    Err(message) => found.wrong(place, message),
                }
            }
        }
    }
    if found.values.is_empty() && found.mistakes.is_empty() && found.left_alone == 0 {
        found.wrong(file.at(xml.line(root)), "expected an IntervalBlock with readings, found none");
    }
}

fn entry<'a, 'input>(node: Node<'a, 'input>) -> Option<Entry<'a, 'input>> {
    let links = |kind: &'static str| {
        children(node, "link")
            .filter(move |link| link.attribute("rel") == Some(kind))
            .filter_map(|link| link.attribute("href").map(|href| href.trim_end_matches('/')))
    };
    let made = text(node, &["updated"]).or_else(|| text(node, &["published"]));
    Some(Entry {
        own: links("self").next(),
        up: links("up").next(),
        related: links("related").collect(),
        made: made.and_then(|made| made.parse().ok()),
        content: children(node, "content").next()?,
    })
}

/// Whether an entry is a meter reading's.
fn is_of(entry: &Entry<'_, '_>, reading: &Entry<'_, '_>) -> bool {
    let Some(up) = entry.up else { return false };
    let below = |own: &str| up.strip_prefix(own).is_some_and(|rest| rest.starts_with('/'));
    reading.own.is_some_and(below) || reading.related.contains(&up)
}

/// The id of the usage point in a link.
fn usage_point(link: &str) -> Option<&str> {
    let mut parts = link.split('/').skip_while(|part| *part != "UsagePoint");
    parts.nth(1).filter(|id| !id.is_empty())
}

/// `None` for what is no electrical energy.
fn reading_type(node: Node<'_, '_>) -> Result<Option<ReadingType>, String> {
    let number = |name: &'static str| match text(node, &[name]) {
        None => Ok(None),
        Some(text) => text
            .parse::<i32>()
            .map(Some)
            .map_err(|_| format!("expected {name} to be a whole number, found `{text}`")),
    };
    let unit = match number("uom")? {
        Some(72) => Unit::Wh,
        Some(38) => Unit::W,
        _ => return Ok(None),
    };
    let register = match number("flowDirection")? {
        Some(1) => Register::In,
        Some(19) => Register::Out,
        other => {
            let found = other.map_or("none".into(), |other| other.to_string());
            return Err(format!(
                "expected flowDirection to be 1 (delivered) or 19 (received), found {found}"
            ));
        }
    };
    // 4 is of intervals, 12 of a momentary power; the others show a register.
    if let Some(other) = number("accumulationBehaviour")?.filter(|other| ![0, 4, 12].contains(other)) {
        return Err(format!("expected accumulationBehaviour to be 4 (of intervals), found {other}"));
    }
    let power_of_ten = number("powerOfTenMultiplier")?.unwrap_or(0);
    Ok(Some(ReadingType { register, unit, power_of_ten, length: number("intervalLength")?.map(i64::from) }))
}

fn value(
    node: Node<'_, '_>,
    of: ReadingType,
    made: Option<Timestamp>,
    place: Place,
) -> Result<Value, String> {
    let seconds =
        |name: &'static str| text(node, &["timePeriod", name]).map(|text| (text, text.parse::<i64>()));
    let from = match seconds("start") {
        Some((_, Ok(start))) => {
            Timestamp::from_second(start).map_err(|_| "start is out of range".to_owned())?
        }
        other => {
            let text = other.map_or("none", |(text, _)| text);
            return Err(format!("expected timePeriod/start in seconds since 1970, found {text}"));
        }
    };
    let length = match seconds("duration") {
        Some((text, Err(_))) => return Err(format!("expected timePeriod/duration in seconds, found {text}")),
        Some((_, Ok(length))) => Some(length),
        None => of.length,
    };
    let length = length.filter(|length| (1..=31 * 86_400).contains(length));
    let length = length.ok_or("expected timePeriod/duration from 1 s to 31 days")?;
    let to = from
        .checked_add(SignedDuration::from_secs(length))
        .map_err(|_| "the end is out of range".to_owned())?;
    let mut quality = Quality::Measured;
    for node in children(node, "ReadingQuality") {
        quality = quality.min(match text(node, &["quality"]) {
            None | Some("0" | "14" | "17" | "18" | "19") => Quality::Measured,
            Some("7" | "8" | "9" | "10" | "11" | "12" | "13" | "15" | "16") => Quality::Estimated,
            Some(other) => return Err(format!("expected a quality of ESPI from 0 to 19, found `{other}`")),
        });
    }
    let written = text(node, &["value"]).unwrap_or_default();
    let number = Decimal::parse(&format!("{written}e{}", of.power_of_ten), '.', None)
        .map_err(|_| format!("expected value to be a whole number, found `{written}`"))?;
    if number.is_negative() {
        return Err(format!("expected value to be at least 0, found {written}"));
    }
    let energy = number.energy(of.unit, length * 1_000).ok_or("the value is out of range")?;
    Ok(Value { from, to, energy, quality, made, place })
}
