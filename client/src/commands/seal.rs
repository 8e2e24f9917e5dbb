//! `gridbid seal`: a member's bid for a period, sealed.

use crate::calls::Call;
use crate::member::Folder;
use crate::output::{Format, print_json};
use crate::session::{Period, Session};
use anyhow::{Context, Result};
use market::Price;
use market::commitment::commitment;
use serde_json::json;

/// Keeps the bid in the member's folder, and seals it.
pub async fn run(
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
            "delivery": delivery, "commitment": sealed, "quoteEth": quote.to_string(), "included": included,
        })),
        Format::Text => {
            println!("sealed for {delivery}, quoting {quote} ETH/kWh{included}");
            Ok(())
        }
    }
}
