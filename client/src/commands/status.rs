//! `gridbid status`: where the market and the member stand.

use crate::member::Folder;
use crate::output::{Format, print, print_json};
use crate::session::Session;
use crate::tables::table;
use crate::words::{stages, time_of_day};
use anyhow::Result;
use market::api::Due;
use market::{Delivery, Price, Stage};
use serde_json::json;

/// Tells it.
pub async fn run(folder: &Folder, format: Format) -> Result<()> {
    let session = Session::open(folder).await?;
    let Session { chain, clock, info, member, .. } = &session;
    let due = chain.due(member.agent.public()).await?;
    let (sealing, reveal) =
        (own_bid(&session, clock.open.sealing).await?, own_bid(&session, clock.open.reveal).await?);
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
    let due: Vec<String> = due.iter().map(what).collect();
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
    print(table(&rows.map(|(name, value)| vec![name.to_owned(), value])))
}

/// What is to be done, in words: a release is of its whole day.
fn what(due: &Due) -> String {
    match due.stage {
        Stage::Release => format!("release of day {}", due.delivery.day),
        stage => format!("{stage:?} of {}", due.delivery).to_lowercase(),
    }
}

/// The live bid of a period, where it was sealed from this folder.
async fn own_bid(session: &Session, delivery: Option<Delivery>) -> Result<Option<Price>> {
    let Some(delivery) = delivery else { return Ok(None) };
    let Some(sealed) = session.sealed(delivery).await? else { return Ok(None) };
    let kept = session.member.bids.of(delivery)?;
    Ok(session.opening(delivery, &sealed, kept).map(|bid| bid.price))
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::ParticipantId;

    #[test]
    fn due_should_name_no_period_when_it_is_a_release() {
        let delivery = Delivery { day: 3, period: 0 };
        let due = |stage| Due { participant: ParticipantId(0), stage, delivery };
        assert_eq!(what(&due(Stage::Release)), "release of day 3");
        assert_eq!(what(&due(Stage::Sealing)), "sealing of day 3 period 0");
    }
}
