//! `gridbid exporter`: the market's metrics for Prometheus, beside the node's own (`docs/operations.md`).

mod metrics;

use crate::chain::Chain;
use crate::events::Events;
use crate::output::{Format, print_json_line, print_line, tell};
use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use market::{Moment, ParticipantId};
use metrics::{Debt, Metrics};
use prometheus::TEXT_FORMAT;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;

/// How often the node is asked for a new block.
const PAUSE: Duration = Duration::from_millis(500);
/// How long is waited before a node that does not answer is tried again.
const RETRY: Duration = Duration::from_secs(5);
/// The most blocks that are caught up with: what happened before is not counted.
const CATCH_UP: u32 = 1_000;

fn wall_clock() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

async fn debts_of(chain: &Chain) -> Result<BTreeMap<ParticipantId, Debt>> {
    let all = chain.participants(None).await?;
    Ok(all.into_iter().map(|info| (info.id, Debt { name: info.name, owed: info.debt })).collect())
}

/// The block that was counted last.
struct Counted {
    number: u32,
    hash: String,
}

/// Forgets the block that was counted last where the chain has it no more, as one that began anew: its blocks are
/// counted from its head on.
async fn recognise(chain: &Chain, last: &mut Option<Counted>) -> Result<()> {
    let Some(Counted { number, hash }) = last else { return Ok(()) };
    if chain.hash_if_any(Some(*number)).await?.as_ref() != Some(hash) {
        let what = "the chain has another history, or began anew: counting goes on from its head";
        tell(format_args!("gridbid exporter: block {number} is gone: {what}"));
        *last = None;
    }
    Ok(())
}

/// Follows a node until it goes away.
async fn follow(metrics: &Metrics, url: &str, last: &mut Option<Counted>) -> Result<()> {
    let chain = Chain::connect(url).await?;
    recognise(&chain, last).await?;
    let events = Events::of_chain(&chain).await?;
    let mut debts = debts_of(&chain).await?;
    metrics.show_debts(&debts);
    metrics.up.set(1);
    loop {
        let head = chain.header(None).await?;
        if last.as_ref().is_some_and(|last| last.number > head.number) {
            recognise(&chain, last).await?;
        }
        let next = last.as_ref().map_or(head.number, |last| last.number.saturating_add(1));
        let mut number = next.max(head.number.saturating_sub(CATCH_UP));
        while number <= head.number {
            let hash = chain.hash(Some(number)).await?;
            let clock = chain.clock(Some(&hash)).await?;
            let mut indebted = false;
            for event in events.of(number).await? {
                metrics.count(&event, &clock.calendar, clock.now);
                indebted |= matches!(event.name.as_str(), "DebtChanged" | "DebtPaid" | "Registered");
            }
            if indebted {
                debts = debts_of(&chain).await?;
                metrics.show_debts(&debts);
            }
            metrics.block.set(number.into());
            *last = Some(Counted { number, hash });
            number = number.saturating_add(1);
        }
        metrics.show_clock(&chain.clock(Some(&head.hash)).await?, wall_clock());
        tokio::time::sleep(PAUSE).await;
    }
}

/// Serves the metrics until it is stopped. A node that goes away is tried again.
pub async fn run(url: &str, listen: SocketAddr, format: Format) -> Result<()> {
    let metrics = Arc::new(Metrics::new()?);
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let address = format!("http://{}/metrics", listener.local_addr()?);
    match format {
        Format::Json => print_json_line(&serde_json::json!({ "metrics": address, "url": url }))?,
        Format::Text => print_line(format_args!("metrics of {url} at {address}"))?,
    }
    let router = Router::new().route("/metrics", get(answer)).with_state(metrics.clone());
    let followed = async {
        let mut last = None;
        let mut complained = false;
        loop {
            if let Err(error) = follow(&metrics, url, &mut last).await {
                let was_up = metrics.up.get() == 1;
                metrics.up.set(0);
                if was_up || !complained {
                    let seconds = RETRY.as_secs();
                    tell(format_args!("gridbid exporter: {error:#}; trying again every {seconds} s"));
                    complained = true;
                }
            }
            tokio::time::sleep(RETRY).await;
        }
    };
    tokio::select! {
        served = axum::serve(listener, router) => Ok(served?),
        () = followed => Ok(()),
    }
}

async fn answer(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    let text = metrics.text().unwrap_or_default();
    ([(CONTENT_TYPE, TEXT_FORMAT)], text)
}
