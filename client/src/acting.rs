//! What a member does by hand: `gridbid status`, `release`, `seal` and `reveal`.

use crate::chain::Chain;
use crate::failure::{Kind, failure};
use crate::member::{Folder, Member};
use crate::output::{Format, print_json};
use crate::tables::table;
use crate::transactions::{Call, Included, make};
use crate::watch::{stages, time_of_day};
use anyhow::{Context, Result};
use market::api::{Clock, ParticipantInfo};
use market::commitment::{commitment, salt, salt_message};
use market::units::Energy;
use market::{Day, Delivery, Position, Price};
use serde_json::json;
use std::path::PathBuf;

/// A member and its place on its chain.
struct Session {
    member: Member,
    chain: Chain,
    clock: Clock,
    info: ParticipantInfo,
}

impl Session {
    async fn open(folder: &Folder) -> Result<Self> {
        let member = Member::read(folder)?;
        let chain = Chain::connect(&member.url).await?;
        let id = chain.acting(member.agent.public()).await?;
        let id = id.ok_or_else(|| {
            let key = hex::encode(member.agent.public());
            failure(Kind::BadInput, format!("no participant has the agent 0x{key}: is it registered here?"))
        })?;
        let info = chain.participant(id).await?;
        if info.name != member.name {
            return Err(failure(
                Kind::BadInput,
                format!("this agent acts for {}, not for {}", info.name, member.name),
            ));
        }
        let clock = chain.clock(None).await?;
        Ok(Self { member, chain, clock, info })
    }

    async fn send(&self, call: &Call) -> Result<Included> {
        make(&self.chain, &self.member.agent, call).await
    }

    /// The salt of a period's bid: the agent's signature gives it again and again.
    async fn salt(&self, delivery: Delivery) -> Result<[u8; 32]> {
        let message = salt_message(self.chain.genesis().await?, self.info.id, delivery);
        Ok(salt(&self.member.agent.sign(&message)))
    }
}

fn eth(text: &str) -> Result<Price, String> {
    Price::parse_decimal(text).map_err(|error| error.to_string())
}

fn kwh(text: &str) -> Result<Energy, String> {
    Energy::parse_decimal(text).map_err(|error| error.to_string())
}

/// Which period a bid is for.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Period {
    /// The delivery day [default: of the period whose window is open]
    #[arg(long, requires = "period")]
    day: Option<Day>,
    /// The period, from 0 [default: the one whose window is open]
    #[arg(long, requires = "day")]
    period: Option<u16>,
}

impl Period {
    fn or(self, open: Option<Delivery>, window: &str) -> Result<Delivery> {
        match (self.day, self.period) {
            (Some(day), Some(period)) => Ok(Delivery { day, period }),
            _ => open.ok_or_else(|| failure(Kind::BadInput, format!("no {window} window is open now"))),
        }
    }
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
    for (line, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|error| format!("{line}: {error}"))?;
        let field = |index| record.get(index).unwrap_or_default().trim();
        if field(0) != positions.len().to_string() {
            return Err(format!("{line}: expected period {}, found {}", positions.len(), field(0)));
        }
        let energy = kwh(field(1)).map_err(|error| format!("{line}: kwh is {error}"))?;
        positions.push(match field(2) {
            "" => Position::Buy(energy),
            reserve => Position::Sell {
                energy,
                reserve: eth(reserve).map_err(|error| format!("{line}: reserve_eth is {error}"))?,
            },
        });
    }
    if positions.len() == usize::from(periods) {
        Ok(positions)
    } else {
        Err(format!("{}: expected {periods} periods, found {}", positions.len() + 1, positions.len()))
    }
}

/// `gridbid release`.
pub async fn release(folder: &Folder, day: Option<Day>, volumes: &Volumes, format: Format) -> Result<()> {
    let session = Session::open(folder).await?;
    let day = day.or(session.clock.open.release);
    let day = day.ok_or_else(|| failure(Kind::BadInput, "no release window is open now"))?;
    let positions = volumes.positions(session.clock.calendar.periods_per_day)?;
    let included = session.send(&Call::release(day, &positions)).await?;
    let bought: Energy = positions.iter().map(|position| position.shortage()).sum();
    let offered: Energy = positions.iter().map(|position| position.surplus()).sum();
    match format {
        Format::Json => print_json(&json!({
            "day": day, "buyKwh": bought.to_string(), "offerKwh": offered.to_string(), "included": place(&included),
        })),
        Format::Text => {
            println!("released for day {day}: {bought} kWh to buy, {offered} kWh offered{}", at(&included));
            Ok(())
        }
    }
}

/// `gridbid seal`.
pub async fn seal(
    folder: &Folder,
    period: Period,
    price: Price,
    quote: Option<Price>,
    format: Format,
) -> Result<()> {
    let session = Session::open(folder).await?;
    let delivery = period.or(session.clock.open.sealing, "sealing")?;
    let quote = match quote {
        Some(quote) => quote,
        None => {
            session.chain.grid_prices(delivery).await?.context("no prices are known of this period")?.tariff
        }
    };
    let salt = session.salt(delivery).await?;
    let sealed = commitment(session.chain.genesis().await?, session.info.id, delivery, price, &salt);
    session.member.keep_bid(delivery, price)?;
    let included = session.send(&Call::seal(delivery, sealed, quote)).await?;
    match format {
        Format::Json => print_json(&json!({
            "delivery": delivery, "commitment": sealed, "quoteEth": quote.to_string(), "included": place(&included),
        })),
        Format::Text => {
            println!("sealed for {delivery}, quoting {quote} ETH/kWh{}", at(&included));
            Ok(())
        }
    }
}

/// `gridbid reveal`.
pub async fn reveal(folder: &Folder, period: Period, price: Option<Price>, format: Format) -> Result<()> {
    let session = Session::open(folder).await?;
    let delivery = period.or(session.clock.open.reveal, "reveal")?;
    let price = match price {
        Some(price) => price,
        None => session.member.kept_bid(delivery)?.ok_or_else(|| {
            failure(
                Kind::BadInput,
                format!("no bid for {delivery} was sealed from this folder: --price tells it"),
            )
        })?,
    };
    let salt = session.salt(delivery).await?;
    let included = session.send(&Call::reveal(delivery, price, salt)).await?;
    match format {
        Format::Json => print_json(&json!({
            "delivery": delivery, "priceEth": price.to_string(), "included": place(&included),
        })),
        Format::Text => {
            println!("revealed {price} ETH/kWh for {delivery}{}", at(&included));
            Ok(())
        }
    }
}

fn at(included: &Included) -> String {
    format!("\nblock {} {}\ntransaction {}", included.block, included.hash, included.transaction)
}

fn place(included: &Included) -> serde_json::Value {
    json!({ "block": included.block, "hash": included.hash, "transaction": included.transaction })
}

/// `gridbid status`.
pub async fn status(folder: &Folder, format: Format) -> Result<()> {
    let session = Session::open(folder).await?;
    let Session { chain, clock, info, member } = &session;
    let due = chain.due(member.agent.public()).await?;
    let kept = |delivery: Option<Delivery>| delivery.map(|delivery| member.kept_bid(delivery)).transpose();
    let (sealing, reveal) = (kept(clock.open.sealing)?.flatten(), kept(clock.open.reveal)?.flatten());
    let debt = info.debt.to_market_decimal().to_string();
    if let Format::Json = format {
        return print_json(&json!({
            "name": info.name, "participant": info.id, "role": info.role.name(),
            "now": clock.now, "open": clock.open, "paused": clock.paused, "nextBoundary": clock.next_boundary, "due": due,
            "freeEth": info.free.to_string(), "heldEth": info.held.to_string(), "debtEth": debt,
            "keptBidEth": {
                "sealing": sealing.map(|price| price.to_string()),
                "reveal": reveal.map(|price| price.to_string()),
            },
        }));
    }
    let until = time_of_day(&clock.calendar, clock.next_boundary);
    let due = due.iter().map(|due| format!("{:?} of {}", due.stage, due.delivery).to_lowercase());
    let due: Vec<String> = due.collect();
    let bid = |price: Option<Price>| price.map_or_else(|| "none".into(), |price| format!("{price} ETH/kWh"));
    let rows = [
        ("member", format!("{}, {} {}", info.name, info.role.name(), info.id.0)),
        ("market's time", time_of_day(&clock.calendar, clock.now)),
        ("open", stages(&clock.open)),
        ("next change", until),
        ("to do", if due.is_empty() { "nothing".into() } else { due.join(", ") }),
        ("free", format!("{} ETH", info.free)),
        ("held", format!("{} ETH", info.held)),
        ("debt", format!("{debt} ETH")),
        ("own bid, sealing", bid(sealing)),
        ("own bid, reveal", bid(reveal)),
    ];
    print!("{}", table(&rows.map(|(name, value)| vec![name.to_owned(), value])));
    Ok(())
}

/// Reads a price from the command line, in ETH per kWh.
pub fn price(text: &str) -> Result<Price, String> {
    eth(text)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("period,kwh,reserve_eth\n0,10,\n", "2: expected 2 periods, found 1"),
        ] {
            let mistake = positions_of(file, 2).unwrap_err();
            assert!(mistake.starts_with(word), "{mistake}");
        }
    }
}
