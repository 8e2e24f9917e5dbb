//! `gridbid reveal`: a member's sealed bid, opened.

use crate::calls::Call;
use crate::failure::{Kind, failure};
use crate::member::Folder;
use crate::output::{Format, print_json};
use crate::session::{Period, Session};
use anyhow::Result;
use market::Price;
use serde_json::json;

/// Reveals it.
pub async fn run(folder: &Folder, period: Period, price: Option<Price>, format: Format) -> Result<()> {
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
            "delivery": delivery, "priceEth": price.to_string(), "included": included,
        })),
        Format::Text => {
            println!("revealed {price} ETH/kWh for {delivery}{included}");
            Ok(())
        }
    }
}
