//! `gridbid watch`: one line for each new block.

use crate::chain::{Chain, Events};
use anyhow::Result;
use market::api::Clock;
use market::calendar::OpenWindows;
use market::{Calendar, Delivery, Moment};
use std::time::Duration;

/// How often the node is asked for a new block.
const PAUSE: Duration = Duration::from_millis(250);
/// The most blocks that are caught up with, should many have come at once.
const CATCH_UP: u32 = 100;

/// Follows the best chain until the node goes away or the user has seen enough.
pub async fn run(url: &str) -> Result<()> {
    let chain = Chain::connect(url).await?;
    let events = chain.events().await?;
    let mut next = chain.header(None).await?.number;
    loop {
        let best = chain.header(None).await?.number;
        next = next.max(best.saturating_sub(CATCH_UP));
        while next <= best {
            println!("{}", line(&chain, &events, next).await?);
            next = next.saturating_add(1);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn line(chain: &Chain, events: &Events, number: u32) -> Result<String> {
    let hash = chain.hash(Some(number)).await?;
    let clock = chain.clock(Some(&hash)).await?;
    let mut counts: Vec<(&str, usize)> =
        [("releases", 0), ("seals", 0), ("reveals", 0), ("trades", 0), ("readings", 0), ("lines", 0)].into();
    for event in events.of(number).await? {
        let place = match event.name.as_str() {
            "Released" => 0,
            "Sealed" => 1,
            "Revealed" => 2,
            "Traded" => 3,
            "ReadingSubmitted" | "Read" => 4,
            "Settled" | "LineSettled" => 5,
            _ => continue,
        };
        if let Some((_, count)) = counts.get_mut(place) {
            *count += 1;
        }
    }
    let counts: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let short = hash.get(..10).unwrap_or(&hash);
    let text = format!("block {number:>6} {short}  {}  {}", moment(&clock, clock.now), stages(&clock.open));
    Ok(if counts.is_empty() { text } else { format!("{text}  ({})", counts.join(", ")) })
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

/// A moment as day and time of day in the market's calendar.
pub fn moment(clock: &Clock, at: Moment) -> String {
    time_of_day(&clock.calendar, at)
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
