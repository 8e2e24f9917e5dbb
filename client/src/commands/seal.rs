//! `gridbid seal`: a member's bid for a period, sealed.

use crate::bids::Candidate;
use crate::calls::Call;
use crate::failure::{Kind, failure};
use crate::member::Folder;
use crate::output::{Format, print_json, print_line};
use crate::session::{Period, Sending, Session};
use anyhow::{Context, Result};
use market::{Delivery, Energy, Money, Price};
use serde_json::json;

/// The bid.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    period: Period,
    /// The bid, in ETH per kWh
    #[arg(long, value_parser = crate::session::price)]
    price: Price,
    /// What others see meanwhile, in ETH per kWh [default: the tariff]
    #[arg(long, value_parser = crate::session::price)]
    quote: Option<Price>,
    #[command(flatten)]
    sending: Sending,
}

/// Checks the bid, keeps it in the member's folder, and seals it.
pub async fn run(args: Args, format: Format) -> Result<()> {
    let Args { folder, period, price, quote, sending } = args;
    let session = Session::open(&folder).await?;
    let delivery = period.or(session.clock.open.sealing, "sealing")?;
    let quote = match quote {
        Some(quote) => quote,
        None => {
            session.chain.grid_prices(delivery).await?.context("no prices are known of this period")?.tariff
        }
    };
    let bid = session.bid(delivery, price);
    let sealed = session.commitment(delivery, &bid);
    let call = Call::seal(delivery, sealed, quote);
    session.check(&call).await?;
    should_open(&session, delivery, bid).await?;
    if !sending.dry_run {
        session
            .member
            .bids
            .keep(delivery, bid)
            .context("nothing is sealed, since the price could not be kept; mend that, and seal again")?;
    }
    let outcome = session.send(&call, sending).await?;
    session.forget_settled();
    match format {
        Format::Json => print_json(&json!({
            "delivery": delivery, "commitment": sealed, "quoteEth": quote.to_string(), "included": outcome,
        })),
        Format::Text => {
            let told = outcome.word("sealed", "would seal");
            print_line(format_args!("{told} for {delivery}, quoting {quote} ETH/kWh{outcome}"))
        }
    }
}

/// Checks what the chain looks at when the bid is opened, and no sooner: a bid that can't be opened costs its deposit.
///
/// # Errors
/// [`Kind::Refused`] where the price is out of its limits (7), or the money does not cover the bid.
async fn should_open(session: &Session, delivery: Delivery, bid: Candidate) -> Result<()> {
    // A quote keeps to the limits of a bid. That of the lowest cost can only fall, and the tariff is the period's.
    let price = Call::seal(delivery, session.commitment(delivery, &bid), bid.price);
    session.check(&price).await.map_err(|error| error.context("the bid could not be revealed"))?;
    let line = session.chain.line(delivery, session.info.id, None).await?;
    let volume = line.and_then(|recorded| recorded.line.expected).map_or(Energy::ZERO, |net| net.inward());
    let deposit = session.sealed(delivery).await?.map_or(Money::ZERO, |sealed| sealed.deposit);
    let available = session.info.free.saturating_add(deposit);
    match bid.price.amount(volume) {
        Some(cover) if cover <= available => Ok(()),
        cover => Err(failure(
            Kind::Refused,
            format!(
                "BlindAuction.InsufficientFunds: the bid could not be revealed: {volume} kWh at {} ETH/kWh take {} \
                 ETH, and {available} ETH are there. Pay in first, or bid less",
                bid.price,
                cover.map_or_else(|| "more than there is".into(), |cover| cover.to_string())
            ),
        )),
    }
}
