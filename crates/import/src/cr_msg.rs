//! The consumption record (CR_MSG) of Austria's energy data exchange, as ebutilities.at publishes it.
//!
//! A record is of one metering point. Its energies have codes: of the total that the meter counted, and of what the
//! network operator works out of it for a community. Totals are read, the others are left alone.

use crate::decimal::{Decimal, Unit};
use crate::value::{File, Found, Place, Quality, Register, Value};
use crate::xml::{Xml, children, text};
use jiff::Timestamp;
use roxmltree::Node;

/// What a meter counted in all.
const TOTALS: [(&str, Register); 2] = [("1-1:1.9.0 G.01", Register::In), ("1-1:2.9.0 G.01", Register::Out)];

/// Reads a file's text.
pub fn read(file: File<'_>, content: &str, found: &mut Found) {
    let xml = match Xml::read(content) {
        Ok(xml) => xml,
        Err((line, message)) => return found.wrong(file.at(line), message),
    };
    let root = xml.document.root_element();
    if root.tag_name().name() != "ConsumptionRecord" {
        let name = root.tag_name().name();
        return found.wrong(file.at(xml.line(root)), format!("expected a ConsumptionRecord, found {name}"));
    }
    let made = text(root, &["MarketParticipantDirectory", "RoutingHeader", "DocumentCreationDateTime"]);
    let made = made.and_then(|made| made.parse().ok());
    let mut codes = Vec::new();
    let mut has_total = false;
    for process in children(root, "ProcessDirectory") {
        let meter = text(process, &["MeteringPoint"]).filter(|meter| !meter.is_empty());
        let Some(meter) = meter else {
            found.wrong(file.at(xml.line(process)), "expected a MeteringPoint, found none");
            continue;
        };
        for data in children(process, "Energy").flat_map(|energy| children(energy, "EnergyData")) {
            let code = data.attribute("MeterCode").unwrap_or_default().trim();
            let positions = children(data, "EP");
            let Some((_, register)) = TOTALS.into_iter().find(|(total, _)| *total == code) else {
                codes.push(code.to_owned());
                found.left_alone += positions.fold(0, |sum, _| sum + 1);
                continue;
            };
            has_total = true;
            let unit = data.attribute("UOM").unwrap_or_default();
            let Some(unit) = Unit::named(unit).filter(|unit| !unit.is_power()) else {
                found
                    .wrong(file.at(xml.line(data)), format!("expected UOM to be KWH or MWH, found `{unit}`"));
                continue;
            };
            for position in positions {
                let place = file.at(xml.line(position));
                match value(position, unit, made, place) {
                    Ok(value) => found.push(meter, register, value),
                    Err(message) => found.wrong(place, message),
                }
            }
        }
    }
    if !has_total {
        codes.dedup();
        let message = format!(
            "expected the energies {} or {}, found {}",
            TOTALS[0].0,
            TOTALS[1].0,
            if codes.is_empty() { "none".into() } else { codes.join(", ") }
        );
        found.wrong(file.at(xml.line(root)), message);
    }
}

fn value(position: Node<'_, '_>, unit: Unit, made: Option<Timestamp>, place: Place) -> Result<Value, String> {
    let moment = |name: &'static str| {
        let written = text(position, &[name]).unwrap_or_default();
        written.parse::<Timestamp>().map_err(|_| {
            format!("expected {name} to be a time as 2021-03-28T01:00:00+01:00, found `{written}`")
        })
    };
    let (from, to) = (moment("DTF")?, moment("DTT")?);
    if from >= to {
        return Err(format!("expected DTT behind DTF, {from}, found {to}"));
    }
    let quality = match text(position, &["MM"]) {
        None | Some("L1") => Quality::Measured,
        Some("L2" | "L3") => Quality::Estimated,
        Some(other) => return Err(format!("expected MM to be L1, L2 or L3, found `{other}`")),
    };
    let number = Decimal::parse(text(position, &["BQ"]).unwrap_or_default(), '.', None)?;
    if number.is_negative() {
        return Err("expected BQ to be at least 0".into());
    }
    let energy = number.energy(unit, 0).ok_or("BQ is out of range")?;
    Ok(Value { from, to, energy, quality, made, place })
}
