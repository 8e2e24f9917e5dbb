//! A bill as the paper's figures 10 to 12 show it. Every movement of money is named by its block, and the whole is
//! proven against the root of the day's bills.

use crate::chain::{Chain, Header, named};
use crate::events::{Event, Events, delivery_of, number_of};
use crate::failure::{Kind, failure};
use crate::output::{print, print_line};
use crate::proven::{ProvenBill, Settled};
use crate::tables::table;
use crate::words::time_of_day;
use anyhow::{Context, Result};
use jiff::Timestamp;
use market::api::{ParticipantInfo, RecordedLine};
use market::bill::Correction;
use market::units::{Energy, Money, NetEnergy, NetMoney, Price};
use market::{Calendar, Day, Delivery, Moment, Role, merkle};
use std::collections::{BTreeMap, BTreeSet};
use subxt::ext::scale_value::{Primitive, Value, ValueDef};

/// Prints the bill of a participant: all of it as of the newest block that the node takes for final.
pub async fn show(url: &str, day: Day, name: &str) -> Result<()> {
    let chain = Chain::connect(url).await?;
    let at = chain.finalised_hash().await?;
    let participants = chain.participants(Some(&at)).await?;
    let who = named(&participants, name)?;
    let (proven, settled) = ProvenBill::settled(&chain, day, who, &at).await?;
    let bill = &proven.bill;
    let calendar = chain.calendar(day, Some(&at)).await?;
    let mut blocks = Blocks {
        events: Events::of_chain(&chain).await?,
        chain: &chain,
        at,
        calendar,
        seen: BTreeMap::new(),
    };
    print_line(format_args!("Bill of {name} ({}), day {day}\n", who.role.name()))?;
    let mut sum = NetMoney::ZERO;
    for line in &bill.lines {
        let moved = blocks.movements(line.delivery, who).await?;
        let start = time_of_day(&calendar, calendar.start(line.delivery));
        print_line(format_args!("period {}, from {start}", line.delivery.period))?;
        if let Some(actual) = line.actual.filter(|_| line.estimated) {
            print_line(format_args!(
                "  estimated: no reading came in time, {actual} kWh counts in its place"
            ))?;
        }
        for movement in &moved {
            print(movement.show(&participants))?;
            sum = sum.saturating_add(movement.signed(who));
        }
        if moved.is_empty() {
            print_line("  no money moved")?;
        }
        for correction in bill.corrections.iter().filter(|correction| correction.delivery == line.delivery) {
            print(show_correction(correction))?;
        }
        check_trades(line.delivery, line.peer_to_peer_money, who, &moved)?;
    }
    print_totals(&proven, sum)?;
    prove(&proven, settled)
}

/// A movement of money, and the block that it is in.
struct Movement {
    header: Header,
    time: Moment,
    calendar: Calendar,
    what: String,
    from: [u8; 32],
    to: [u8; 32],
    value: Money,
    is_trade: bool,
}

impl Movement {
    /// Paid is positive, received negative.
    fn signed(&self, who: &ParticipantInfo) -> NetMoney {
        let money = if self.from == who.account { self.value.paid() } else { self.value.received() };
        money.unwrap_or_default()
    }

    fn show(&self, participants: &[ParticipantInfo]) -> String {
        let name = |account: &[u8; 32]| {
            let name = participants
                .iter()
                .find(|info| info.account == *account)
                .map_or("(no participant)", |info| info.name.as_str());
            format!("{name:<16} 0x{}", hex::encode(account))
        };
        let Header { number, hash, parent } = &self.header;
        format!(
            "  block    {number}\n    hash     {hash}\n    parent   {parent}\n    time     {} ({}, {} ms)\n    \
             sender   {}\n    receiver {}\n    value    {} ETH, {}\n",
            utc(self.time),
            time_of_day(&self.calendar, self.time),
            self.time,
            name(&self.from),
            name(&self.to),
            self.value,
            self.what
        )
    }
}

/// A block's movements, with the period of each.
type Block = Vec<(Delivery, Movement)>;

/// The blocks that were read.
struct Blocks<'a> {
    chain: &'a Chain,
    /// The block at which the bill is read.
    at: String,
    events: Events,
    calendar: Calendar,
    seen: BTreeMap<u32, Block>,
}

impl Blocks<'_> {
    /// What moved from or to a participant for a period.
    async fn movements(&mut self, delivery: Delivery, who: &ParticipantInfo) -> Result<Vec<&Movement>> {
        let numbers = self.numbers(delivery, who).await?;
        for number in &numbers {
            if !self.seen.contains_key(number) {
                let block =
                    self.read(*number).await.with_context(|| format!("cannot read block {number}"))?;
                self.seen.insert(*number, block);
            }
        }
        Ok(numbers
            .iter()
            .filter_map(|number| self.seen.get(number))
            .flatten()
            .filter(|(of, moved)| *of == delivery && (moved.from == who.account || moved.to == who.account))
            .map(|(_, moved)| moved)
            .collect())
    }

    /// The blocks in which a participant's money of a period moved; for the supplier, everybody's.
    async fn numbers(&self, delivery: Delivery, who: &ParticipantInfo) -> Result<BTreeSet<u32>> {
        let at = Some(self.at.as_str());
        let lines = if who.role == Role::RetailSupplier {
            self.chain.lines(delivery, at).await?
        } else {
            self.chain.line(delivery, who.id, at).await?.into_iter().collect()
        };
        let of = |line: &RecordedLine| {
            let (first, last) = line.traded.unwrap_or((1, 0));
            let corrected = line.corrections.iter().map(|correction| correction.block);
            (first..=last).chain(line.settled).chain(corrected).collect::<Vec<_>>()
        };
        Ok(lines.iter().flat_map(of).collect())
    }

    async fn read(&self, number: u32) -> Result<Block> {
        let hash = self.chain.hash(Some(number)).await?;
        let header = self.chain.header(Some(&hash)).await?;
        let time = self.chain.time(&hash).await?;
        let events = self.events.of(number).await?;
        let movement = |event: &Event| {
            let (from, to) = (bytes(event.field("from")?)?, bytes(event.field("to")?)?);
            let value = event.field("amount").or_else(|| event.field("paid")).and_then(number_of)?;
            let delivery = event.field("delivery").and_then(delivery_of)?;
            let moved = Movement {
                header: header.clone(),
                time,
                calendar: self.calendar,
                what: describe(event),
                from,
                to,
                value: Money::from_planck(value.unsigned_abs()),
                is_trade: event.name == "Traded",
            };
            Some((delivery, moved))
        };
        Ok(events.iter().filter_map(movement).collect())
    }
}

/// A correction, and the line that it corrects.
fn show_correction(correction: &Correction) -> String {
    let energy = match (correction.before, correction.after) {
        (Some(before), Some(after)) => format!("{before} kWh becomes {after} kWh, "),
        _ => String::new(),
    };
    format!(
        "  correction {} of this line, {}, in block {}\n    {energy}balanced {} kWh, {} ETH due, grid only {} ETH\n",
        correction.number,
        correction.reason.name(),
        correction.block,
        correction.balanced,
        correction.balanced_money.to_market_decimal(),
        correction.grid_only.to_market_decimal(),
    )
}

/// Fails where the trades in the blocks are not those of the line.
fn check_trades(
    delivery: Delivery,
    billed: Option<NetMoney>,
    who: &ParticipantInfo,
    moved: &[&Movement],
) -> Result<()> {
    let traded: NetMoney = moved.iter().filter(|moved| moved.is_trade).map(|moved| moved.signed(who)).sum();
    match billed {
        Some(billed) if billed != traded => Err(failure(
            Kind::Differs,
            format!("{delivery}: the bill has {billed} ETH peer-to-peer, the blocks have {traded} ETH"),
        )),
        _ => Ok(()),
    }
}

/// What a movement is for, from the event's own fields.
fn describe(event: &Event) -> String {
    let number = |name: &str| event.field(name).and_then(number_of);
    let price = number("price").and_then(|price| u64::try_from(price).ok()).map(Price::from_gwei);
    let energy = number("energy").and_then(|energy| i64::try_from(energy).ok());
    match (event.name.as_str(), energy, price) {
        ("Traded", Some(energy), Some(price)) => {
            let energy = Energy::from_watt_hours(energy.unsigned_abs());
            format!("peer-to-peer: {energy} kWh at {price} ETH/kWh")
        }
        ("Balanced", Some(energy), Some(price)) => {
            let due = number("due").map(NetMoney::from_planck).unwrap_or_default();
            format!(
                "balancing: {} kWh at {price} ETH/kWh, {} ETH due",
                NetEnergy::from_watt_hours(energy),
                due.to_market_decimal()
            )
        }
        ("CorrectionPaid", _, _) => {
            let due = number("due").map(NetMoney::from_planck).unwrap_or_default();
            format!("correction: {} ETH due", due.to_market_decimal())
        }
        (name, _, _) => format!("{}: {name}", event.pallet),
    }
}

fn print_totals(proven: &ProvenBill, moved: NetMoney) -> Result<()> {
    let bill = &proven.bill;
    let totals = bill.totals();
    let estimated = match proven.estimated() {
        0 => "none".to_owned(),
        1 => "1 period".to_owned(),
        periods => format!("{periods} periods"),
    };
    let rows = [
        ("used or produced", format!("{} kWh", totals.actual)),
        ("of it estimated", estimated),
        ("peer-to-peer", format!("{} kWh", totals.peer_to_peer)),
        ("", format!("{} ETH", totals.peer_to_peer_money.to_market_decimal())),
        ("balanced", format!("{} kWh", totals.balanced)),
        ("", format!("{} ETH", totals.balanced_money.to_market_decimal())),
        ("total", format!("{} ETH", totals.total().to_market_decimal())),
        ("grid only", format!("{} ETH", totals.grid_only.to_market_decimal())),
        ("moved in the blocks above", format!("{} ETH", moved.to_market_decimal())),
    ];
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    print_line(format_args!(
        "\nTotals of {} periods and {} corrections (paid is positive, received negative)\n\n{}",
        bill.lines.len(),
        bill.corrections.len(),
        table(&rows)
    ))
}

/// Shows the proof of the bill, and checks it here.
fn prove(proven: &ProvenBill, settled: Settled) -> Result<()> {
    let ProvenBill { name, bill, proof, .. } = proven;
    let Some(shown) = proof else {
        return print_line("There is no proof yet: not all of the day is settled.");
    };
    let state =
        if shown.closed { "published, the day is closed" } else { "as the day stands, not closed yet" };
    print_line(format_args!("Merkle root   0x{} ({state})", hex::encode(shown.root)))?;
    print_line(format_args!("leaf          0x{}", hex::encode(merkle::leaf(bill))))?;
    print_line(format_args!(
        "place         {} of {} bills",
        shown.proof.leaf_index, shown.proof.number_of_leaves
    ))?;
    for sibling in &shown.proof.siblings {
        print_line(format_args!("beside        0x{}", hex::encode(sibling)))?;
    }
    proven.check()?;
    match settled.missing(bill.day) {
        None => print_line(format_args!("verified      {name}'s bill is one of the day's")),
        Some(missing) => {
            print_line(format_args!("not settled   {missing}; the rest comes, and another root"))
        }
    }
}

/// An account.
fn bytes(value: &Value<()>) -> Option<[u8; 32]> {
    let ValueDef::Composite(fields) = &value.value else { return None };
    if fields.len() == 1 {
        return bytes(fields.values().next()?);
    }
    let bytes: Option<Vec<u8>> = fields
        .values()
        .map(|byte| match byte.value {
            ValueDef::Primitive(Primitive::U128(byte)) => u8::try_from(byte).ok(),
            _ => None,
        })
        .collect();
    bytes?.try_into().ok()
}

/// A moment as date and time in UTC.
fn utc(moment: Moment) -> String {
    let time = i64::try_from(moment).ok().and_then(|moment| Timestamp::from_millisecond(moment).ok());
    time.map_or_else(|| "beyond all dates".into(), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_should_be_the_date_when_the_year_leaps_or_not() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(1_767_225_600_000), "2026-01-01 00:00:00 UTC");
        assert_eq!(utc(1_709_251_199_000), "2024-02-29 23:59:59 UTC");
        assert_eq!(utc(1_772_323_200_000), "2026-03-01 00:00:00 UTC");
    }

    #[test]
    fn correction_should_name_its_line_and_what_changes() {
        let correction = Correction {
            delivery: Delivery { day: 1, period: 2 },
            participant: market::ParticipantId(0),
            number: 0,
            reason: market::bill::Reason::LateReading,
            block: 77,
            before: Some(NetEnergy::from_watt_hours(100)),
            after: Some(NetEnergy::from_watt_hours(70)),
            balanced: NetEnergy::from_watt_hours(-30),
            balanced_money: NetMoney::from_planck(-12_750_000_000_000_000),
            grid_only: NetMoney::from_planck(-12_750_000_000_000_000),
        };
        let shown = "  correction 0 of this line, late reading, in block 77\n    0.100 kWh becomes 0.070 kWh, balanced \
                     -0.030 kWh, -0.012750000000 ETH due, grid only -0.012750000000 ETH\n";
        assert_eq!(show_correction(&correction), shown);
    }

    #[test]
    fn values_should_be_read_when_they_stand_in_newtypes() {
        let amount = Value::unnamed_composite([Value::u128(5)]);
        assert_eq!(number_of(&amount), Some(5));
        let account = Value::unnamed_composite([Value::unnamed_composite((0..32).map(Value::u128))]);
        assert_eq!(bytes(&account).map(|account| account[31]), Some(31));
        let delivery = Value::named_composite([("day", Value::u128(1)), ("period", Value::u128(2))]);
        assert_eq!(delivery_of(&delivery), Some(Delivery { day: 1, period: 2 }));
    }
}
