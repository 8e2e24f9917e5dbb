//! `gridbid bill`: a participant's bill of a day, from a node or from an archive, and its proof.

mod blocks;

use crate::chain::Chain;
use crate::failure::{Kind, failure};
use crate::output::{Format, print_json};
use crate::proven::{ArchivedDay, ProvenBill};
use anyhow::Result;
use market::Day;
use std::path::PathBuf;

/// Which bill to show.
#[derive(clap::Args)]
pub struct Args {
    /// The node's WebSocket
    #[arg(long, required_unless_present = "archive", conflicts_with = "archive")]
    url: Option<String>,
    /// Reads it from the folder of `gridbid archive`
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
    /// The day
    #[arg(long)]
    day: Day,
    /// The participant's name
    #[arg(long)]
    participant: String,
    /// Prints its lines as in bill_lines.csv
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// Shows the bill: for a person with the blocks of a node.
pub async fn run(Args { url, archive, day, participant: name, csv }: Args, format: Format) -> Result<()> {
    let bill = match (url, archive) {
        (Some(url), _) if format == Format::Text && !csv => return blocks::show(&url, day, &name).await,
        (Some(url), _) => {
            let chain = Chain::connect(&url).await?;
            let who = chain.participant_named(&name).await?;
            ProvenBill::of(&chain, day, &who).await?.ok_or_else(|| {
                failure(Kind::BadInput, format!("{name} has no bill of day {day}: not settled, or pruned"))
            })?
        }
        (None, folder) => {
            let archived = ArchivedDay::read(&folder.unwrap_or_default(), day)?;
            archived.bills.into_iter().find(|bill| bill.name == name).ok_or_else(|| {
                failure(Kind::BadInput, format!("the archive has no bill of {name} for day {day}"))
            })?
        }
    };
    bill.check()?;
    match format {
        Format::Json => print_json(&bill)?,
        Format::Text if csv => print!("{}", bill.csv()?),
        Format::Text => println!("{}", bill.text()),
    }
    Ok(())
}
