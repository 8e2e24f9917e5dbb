//! `gridbid reveal`: a member's sealed bid, opened.

use crate::calls::Call;
use crate::failure::{Kind, failure};
use crate::member::Folder;
use crate::output::{Format, print_json, print_line};
use crate::session::{Period, Sending, Session};
use anyhow::Result;
use market::Price;
use serde_json::json;

/// Which bid.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    period: Period,
    /// The bid, where it was sealed from another folder
    #[arg(long, value_parser = crate::session::price)]
    price: Option<Price>,
    #[command(flatten)]
    sending: Sending,
}

/// Reveals the bid that the chain has the commitment of, and forgets it.
pub async fn run(args: Args, format: Format) -> Result<()> {
    let Args { folder, period, price, sending } = args;
    let session = Session::open(&folder).await?;
    let delivery = period.or(session.clock.open.reveal, "reveal")?;
    let candidates = match price {
        Some(price) => vec![session.bid(delivery, price)],
        None => session.member.bids.of(delivery)?,
    };
    let bid = match session.sealed(delivery).await? {
        Some(sealed) => session.opening(delivery, &sealed, candidates).ok_or_else(|| {
            let known = match price {
                Some(price) => format!("is not one of {price} ETH/kWh by this agent"),
                None => "was not made from this folder: --price tells its price".into(),
            };
            failure(Kind::BadInput, format!("the sealed bid for {delivery} {known}"))
        })?,
        // There is nothing to open: the chain says why.
        None => session.bid(delivery, price.unwrap_or_default()),
    };
    let outcome = session.send(&Call::reveal(delivery, bid.price, bid.salt), sending).await?;
    if !sending.dry_run {
        // What can't be removed now is removed once it is settled.
        let _ = session.member.bids.forget(delivery);
    }
    session.forget_settled();
    let price = bid.price;
    match format {
        Format::Json => print_json(&json!({
            "delivery": delivery, "priceEth": price.to_string(), "included": outcome,
        })),
        Format::Text => {
            let told = outcome.word("revealed", "would reveal");
            print_line(format_args!("{told} {price} ETH/kWh for {delivery}{outcome}"))
        }
    }
}
