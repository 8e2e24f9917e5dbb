//! `gridbid status`: where the market and the member stand.

use crate::member::Folder;
use crate::output::{Format, print_json};
use crate::session::Session;
use crate::tables::table;
use crate::words::{stages, time_of_day};
use anyhow::Result;
use market::{Delivery, Price};
use serde_json::json;

/// Tells it.
pub async fn run(folder: &Folder, format: Format) -> Result<()> {
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
