//! `gridbid report`: settled days of a node that runs already.

use crate::chain::Chain;
use crate::failure::{Kind, failure};
use crate::output::{Format, print_and_write};
use crate::results::Results;
use crate::tables;
use crate::words::days;
use anyhow::Result;
use market::Day;
use std::path::Path;

/// Collects, prints and writes the days. All is as of one block that the node takes for final.
///
/// # Errors
/// Where a day is not settled, and in the end where the node has lines of some of the days no more: these are named.
pub async fn run(url: &str, from: Day, count: u32, out: Option<&Path>, format: Format) -> Result<()> {
    let chain = Chain::connect(url).await?;
    let name = chain.name().await?;
    let head = chain.header(Some(&chain.finalised_hash().await?)).await?;
    let settled = chain.clock(Some(&head.hash)).await?.next_to_settle.unwrap_or_default().day;
    let end = from.saturating_add(count);
    if end > settled {
        let day = from.max(settled);
        return Err(failure(
            Kind::BadInput,
            format!("day {day} is not settled yet: days before {settled} are"),
        ));
    }
    let mut results = Results::of_chain(&chain, &name, from, &head).await?;
    let mut missing = Vec::new();
    for day in from..end {
        if !results.collect(&chain, day, &head).await? {
            missing.push(day);
        }
    }
    if missing.is_empty() || !results.report.lines.is_empty() {
        print_and_write(&results, None, out, format)?;
        tables::check_balance(&results)?;
    }
    if missing.is_empty() {
        return Ok(());
    }
    let missing = days(&missing);
    Err(failure(
        Kind::BadInput,
        format!("not reported: the chain has pruned {missing}; an archive may have it (`gridbid archive`)"),
    ))
}
