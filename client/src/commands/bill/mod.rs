//! `gridbid bill`: a participant's bill of a day, from a node or from an archive, and its proof.

mod blocks;

use crate::chain::{Chain, named};
use crate::failure::{Kind, failure};
use crate::output::{Format, print, print_json, print_line, tell};
use crate::proven::{ArchivedDay, ProvenBill};
use anyhow::Result;
use market::Day;
use std::path::{Path, PathBuf};

/// Which bill to show.
#[derive(clap::Args)]
pub struct Args {
    /// The node's WebSocket
    #[arg(long, required_unless_present = "archive")]
    url: Option<String>,
    /// Reads it from the folder of `gridbid archive`; with --url, the chain is asked for the day's root
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
    let (bill, under) = match (url, archive) {
        (Some(url), None) if format == Format::Text && !csv => return blocks::show(&url, day, &name).await,
        (Some(url), None) => (of_node(&url, day, &name).await?, None),
        (url, folder) => {
            let bill = of_archive(&folder.unwrap_or_default(), url.as_deref(), day, &name).await?;
            (bill, Some(if url.is_some() { "which is the chain's" } else { "as the archive has it" }))
        }
    };
    bill.check()?;
    match format {
        Format::Json => print_json(&bill),
        Format::Text if csv => print(bill.csv()?),
        Format::Text => print_line(format_args!("{}, {}", bill.text(), under.unwrap_or_default())),
    }
}

async fn of_node(url: &str, day: Day, name: &str) -> Result<ProvenBill> {
    let chain = Chain::connect(url).await?;
    let at = chain.finalised_hash().await?;
    let participants = chain.participants(Some(&at)).await?;
    let (bill, settled) = ProvenBill::settled(&chain, day, named(&participants, name)?, &at).await?;
    if let Some(missing) = settled.missing(day) {
        tell(missing);
    }
    Ok(bill)
}

async fn of_archive(folder: &Path, url: Option<&str>, day: Day, name: &str) -> Result<ProvenBill> {
    let archived = ArchivedDay::read(folder, day)?;
    if let Some(url) = url {
        let chain = Chain::connect(url).await?;
        if chain.genesis().await? != archived.genesis {
            let message = format!("{} is of another chain than {url}", folder.display());
            return Err(failure(Kind::BadInput, message));
        }
        archived.check_root(&chain, &chain.finalised_hash().await?).await?;
    }
    archived
        .bills
        .into_iter()
        .find(|bill| bill.name == name)
        .ok_or_else(|| failure(Kind::BadInput, format!("the archive has no bill of {name} for day {day}")))
}
