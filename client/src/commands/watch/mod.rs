//! `gridbid watch`: a live view in a terminal; elsewhere a line, or a JSON document, for each new block.

mod block;
mod screen;

use crate::chain::Chain;
use crate::events::Events;
use crate::output::{Format, print_json_line, print_line};
use anyhow::Result;
use block::{Block, CATCH_UP};
use std::io::IsTerminal;
use std::time::Duration;

/// How often the node is asked for a new block.
const PAUSE: Duration = Duration::from_millis(250);

/// Where the market is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the whole terminal, where there is one.
    Screen,
    /// Line by line.
    Lines,
}

/// Follows the best chain until the node goes away, or does not answer, or the user has seen enough.
pub async fn run(url: &str, place: Place, format: Format) -> Result<()> {
    let chain = Chain::connect(url).await?;
    let events = Events::of_chain(&chain).await?;
    let terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    if place == Place::Screen && format == Format::Text && terminal {
        return screen::run(&chain, &events).await;
    }
    let mut next = chain.header(None).await?.number;
    loop {
        let best = chain.header(None).await?.number;
        next = next.max(best.saturating_sub(CATCH_UP));
        while next <= best {
            let block = Block::read(&chain, &events, next).await?;
            match format {
                Format::Text => print_line(block.text())?,
                Format::Json => print_json_line(&block)?,
            }
            next = next.saturating_add(1);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
