//! `gridbid release`: what a member wants to trade on a day.

use crate::calls::Call;
use crate::failure::{Kind, failure};
use crate::member::Folder;
use crate::output::{Format, print_json, print_line};
use crate::session::{Sending, Session, price};
use anyhow::Result;
use market::{Day, Energy, Position};
use scenario::mistake::line_of;
use serde_json::json;
use std::path::PathBuf;

fn kwh(text: &str) -> Result<Energy, String> {
    Energy::parse_decimal(text).map_err(|error| error.to_string())
}

/// What to release.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Volumes {
    /// The same volume to buy in every period
    #[arg(long, value_parser = kwh)]
    kwh: Option<Energy>,
    /// A CSV with the header period,kwh,reserve_eth and a line for each period: with a reserve price it is an offer
    #[arg(long)]
    file: Option<PathBuf>,
}

impl Volumes {
    fn positions(&self, periods: u16) -> Result<Vec<Position>> {
        match (&self.kwh, &self.file) {
            (Some(volume), _) => Ok(vec![Position::Buy(*volume); periods.into()]),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| failure(Kind::BadInput, format!("{}: {error}", path.display())))?;
                positions_of(&text, periods)
                    .map_err(|mistake| failure(Kind::BadInput, format!("{}:{mistake}", path.display())))
            }
            (None, None) => Err(failure(Kind::BadInput, "--kwh or --file tells what to release")),
        }
    }
}

/// The positions in a CSV, or the line that is wrong and why.
fn positions_of(text: &str, periods: u16) -> Result<Vec<Position>, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| format!("1: {error}"))?;
    if header != vec!["period", "kwh", "reserve_eth"] {
        return Err("1: expected the header period,kwh,reserve_eth".into());
    }
    let mut positions = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("{}: {error}", line_of(text, error.position())))?;
        let line = line_of(text, record.position());
        let field = |index| record.get(index).unwrap_or_default().trim();
        if field(0) != positions.len().to_string() {
            return Err(format!("{line}: expected period {}, found {}", positions.len(), field(0)));
        }
        let energy = kwh(field(1)).map_err(|error| format!("{line}: kwh is {error}"))?;
        positions.push(match field(2) {
            "" => Position::Buy(energy),
            reserve => Position::Sell {
                energy,
                reserve: price(reserve).map_err(|error| format!("{line}: reserve_eth is {error}"))?,
            },
        });
    }
    if positions.len() == usize::from(periods) {
        Ok(positions)
    } else {
        Err(format!("{}: expected {periods} periods, found {}", positions.len() + 1, positions.len()))
    }
}

/// What to release, and where.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    folder: Folder,
    /// The delivery day [default: the one whose release is open]
    #[arg(long)]
    day: Option<Day>,
    #[command(flatten)]
    volumes: Volumes,
    #[command(flatten)]
    sending: Sending,
}

/// Releases.
pub async fn run(args: Args, format: Format) -> Result<()> {
    let Args { folder, day, volumes, sending } = args;
    let session = Session::open(&folder).await?;
    let day = day.or(session.clock.open.release);
    let day = day.ok_or_else(|| failure(Kind::BadInput, "no release window is open now"))?;
    let positions = volumes.positions(session.clock.calendar.periods_per_day)?;
    let outcome = session.send(&Call::release(day, &positions), sending).await?;
    let bought: Energy = positions.iter().map(|position| position.shortage()).sum();
    let offered: Energy = positions.iter().map(|position| position.surplus()).sum();
    match format {
        Format::Json => print_json(&json!({
            "day": day, "buyKwh": bought.to_string(), "offerKwh": offered.to_string(), "included": outcome,
        })),
        Format::Text => {
            let told = outcome.word("released", "would release");
            print_line(format_args!(
                "{told} for day {day}: {bought} kWh to buy, {offered} kWh offered{outcome}"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Price;

    #[test]
    fn positions_should_be_read_from_a_file() {
        let file = "period,kwh,reserve_eth\n0,10,\n1,2.5,0.4\n";
        let expected = [
            Position::Buy(Energy::from_watt_hours(10_000)),
            Position::Sell { energy: Energy::from_watt_hours(2_500), reserve: Price::from_gwei(400_000_000) },
        ];
        assert_eq!(positions_of(file, 2), Ok(expected.to_vec()));
    }

    #[test]
    fn positions_should_be_refused_with_their_line_when_they_are_wrong() {
        for (file, word) in [
            ("period,kwh\n0,10\n", "1: expected the header"),
            ("period,kwh,reserve_eth\n1,10,\n", "2: expected period 0, found 1"),
            ("period,kwh,reserve_eth\n0,-10,\n1,1,\n", "2: kwh is out of range"),
            ("period,kwh,reserve_eth\n0,10,x\n1,1,\n", "2: reserve_eth is not"),
            ("period,kwh,reserve_eth\r\n\r\n0,10,\r\n1,x,\r\n", "4: kwh is"),
            ("period,kwh,reserve_eth\n0,10,\n", "2: expected 2 periods, found 1"),
        ] {
            let mistake = positions_of(file, 2).unwrap_err();
            assert!(mistake.starts_with(word), "{mistake}");
        }
    }
}
