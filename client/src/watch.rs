//! `gridbid watch`: a live view in a terminal; elsewhere a line, or a JSON document, for each new block.

mod screen;

use crate::chain::{Chain, Event, Events};
use crate::output::{Format, print_json_line};
use anyhow::Result;
use market::calendar::OpenWindows;
use market::{Calendar, Delivery, Moment};
use serde::Serialize;
use std::io::IsTerminal;
use std::time::Duration;

/// How often the node is asked for a new block.
const PAUSE: Duration = Duration::from_millis(250);
/// The most blocks that are caught up with, should many have come at once.
const CATCH_UP: u32 = 100;

/// The events that are counted, by pallet and name, and their names for people.
const COUNTED: [(&str, &str, &str); 6] = [
    ("EnergyTasks", "Released", "releases"),
    ("BlindAuction", "Sealed", "seals"),
    ("BlindAuction", "Revealed", "reveals"),
    ("BlindAuction", "Traded", "trades"),
    ("Settlement", "ReadingSubmitted", "readings"),
    ("Settlement", "LineSettled", "lines"),
];

/// Where the market is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the whole terminal, where there is one.
    Screen,
    /// Line by line.
    Lines,
}

/// Follows the best chain until the node goes away or the user has seen enough.
pub async fn run(url: &str, place: Place, format: Format) -> Result<()> {
    let chain = Chain::connect(url).await?;
    let events = chain.events().await?;
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
                Format::Text => println!("{}", block.text()),
                Format::Json => print_json_line(&block)?,
            }
            next = next.saturating_add(1);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A block, as it is shown.
#[derive(Clone, Debug, Serialize)]
struct Block {
    number: u32,
    hash: String,
    time: String,
    open: OpenWindows,
    counts: Vec<(&'static str, usize)>,
}

impl Block {
    async fn read(chain: &Chain, events: &Events, number: u32) -> Result<Self> {
        let hash = chain.hash(Some(number)).await?;
        let clock = chain.clock(Some(&hash)).await?;
        let counts = counts(&events.of(number).await?);
        let time = time_of_day(&clock.calendar, clock.now);
        Ok(Self { number, hash, time, open: clock.open, counts })
    }

    #[cfg(test)]
    fn of(number: u32, hash: &str, time: &str, open: &OpenWindows, counts: &[(&'static str, usize)]) -> Self {
        Self { number, hash: hash.into(), time: time.into(), open: *open, counts: counts.to_vec() }
    }

    fn text(&self) -> String {
        let short = self.hash.get(..10).unwrap_or(&self.hash);
        let text = format!("block {:>6} {short}  {}  {}", self.number, self.time, stages(&self.open));
        let counts: Vec<String> = self.counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        if counts.is_empty() { text } else { format!("{text}  ({})", counts.join(", ")) }
    }
}

/// How many there are of the events that are counted, where there are some.
fn counts(events: &[Event]) -> Vec<(&'static str, usize)> {
    let of = |pallet: &str, event: &str| {
        events.iter().filter(|found| found.pallet == pallet && found.name == event).count()
    };
    let all = COUNTED.map(|(pallet, event, name)| (name, of(pallet, event)));
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// What is open, in words.
pub fn stages(open: &OpenWindows) -> String {
    let of =
        |name: &str, delivery: Option<Delivery>| delivery.map(|delivery| format!("{name} of {delivery}"));
    let all: Vec<String> = [
        open.release.map(|day| format!("release of day {day}")),
        of("sealing", open.sealing),
        of("reveal", open.reveal),
        of("execution", open.execution),
        of("metering", open.metering),
    ]
    .into_iter()
    .flatten()
    .collect();
    if all.is_empty() { "no window open".into() } else { all.join(", ") }
}

/// A moment as day and time of day; `eve` is the day before day 0.
pub fn time_of_day(calendar: &Calendar, at: Moment) -> String {
    let length = calendar.day_length().max(1);
    let (day, into) = match at.checked_sub(calendar.anchor) {
        Some(since) => (format!("day {}", since / length), since % length),
        None => {
            let until = calendar.anchor - at;
            ("eve".to_owned(), length.saturating_sub(until % length) % length)
        }
    };
    let seconds = into / 1000;
    format!("{day} {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use subxt::ext::scale_value::Composite;

    #[test]
    fn releases_should_be_the_markets_when_money_is_released_too() {
        let of = |pallet: &str, name: &str| Event {
            pallet: pallet.into(),
            name: name.into(),
            fields: Composite::Named(Vec::new()),
        };
        let events = [
            of("EnergyTasks", "Released"),
            of("Balances", "Released"),
            of("BlindAuction", "Revealed"),
            of("Balances", "Released"),
        ];
        assert_eq!(counts(&events), [("releases", 1), ("reveals", 1)]);
    }

    #[test]
    fn moment_should_be_day_and_time_when_it_is_before_or_after_the_anchor() {
        let hour = 3_600_000;
        let calendar =
            Calendar { anchor: 100 * hour, period_length: hour, periods_per_day: 24, ..Calendar::default() };
        assert_eq!(time_of_day(&calendar, 100 * hour), "day 0 00:00:00");
        assert_eq!(time_of_day(&calendar, 125 * hour + 61_000), "day 1 01:01:01");
        assert_eq!(time_of_day(&calendar, 92 * hour), "eve 16:00:00");
    }
}
