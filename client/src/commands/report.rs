//! `gridbid report`: settled days of a node that runs already.

use crate::chain::Chain;
use crate::failure::{Kind, failure};
use crate::output::{Format, print_and_write};
use crate::results::Results;
use crate::tables;
use anyhow::Result;
use market::Day;
use std::path::Path;

/// Collects, prints and writes the days.
pub async fn run(url: &str, from: Day, days: u32, out: Option<&Path>, format: Format) -> Result<()> {
    let chain = Chain::connect(url).await?;
    let name = chain.name().await?;
    let mut results = Results::of_chain(&chain, &name, from).await?;
    let settled = chain.clock(None).await?.next_to_settle.unwrap_or_default().day;
    for day in from..from.saturating_add(days) {
        if day >= settled {
            return Err(failure(
                Kind::BadInput,
                format!("day {day} is not settled yet: days before {settled} are"),
            ));
        }
        results.collect(&chain, day).await?;
    }
    if results.report.lines.is_empty() {
        return Err(failure(Kind::BadInput, format!("the chain keeps no lines of day {from} any more")));
    }
    print_and_write(&results, None, out, format)?;
    tables::check_balance(&results)
}
