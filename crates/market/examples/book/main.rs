//! Writes a book of bids and offers as CSV, clears it, and prints what that cost:
//! `cargo run --release -p market --example book -- BIDS OFFERS FILE`.
//! Prints a line of CSV: seconds of the fastest of seven runs, energy traded in watt-hours.

mod orders;

use market::clearing::{Pricing, clear};
use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

const RUNS: u32 = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bids, offers, file] = arguments.as_slice() else {
        return Err("usage: book BIDS OFFERS FILE".into());
    };
    let book = orders::book(bids.parse()?, offers.parse()?);
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    writeln!(out, "side,participant,gwei_per_kwh,wh")?;
    let bids = book.0.iter().map(|order| ("bid", order.key.bid_price(), order));
    let offers = book.1.iter().map(|order| ("offer", order.key.reserve_price(), order));
    for (side, price, order) in bids.chain(offers) {
        let (id, energy) = (order.key.participant().0, order.open.watt_hours());
        writeln!(out, "{side},{id},{},{energy}", price.gwei())?;
    }
    out.flush()?;
    let mut fastest = Duration::MAX;
    let mut traded = 0;
    for _ in 0..RUNS {
        let (bids, offers) = book.clone();
        let start = Instant::now();
        let trades = clear(bids, offers, Pricing::PayAsBid);
        fastest = fastest.min(start.elapsed());
        traded = trades.iter().map(|trade| trade.energy.watt_hours()).sum();
    }
    println!("{:.9},{traded}", fastest.as_secs_f64());
    Ok(())
}
