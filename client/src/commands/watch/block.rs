//! A block, as it is shown.

use crate::chain::Chain;
use crate::events::{Event, Events};
use crate::words::{stages, time_of_day};
use anyhow::Result;
use market::calendar::OpenWindows;
use serde::Serialize;

/// The most blocks that are caught up with, should many have come at once.
pub const CATCH_UP: u32 = 100;
/// The events that are counted, by pallet and name, and their names for people.
const COUNTED: [(&str, &str, &str); 6] = [
    ("EnergyTasks", "Released", "releases"),
    ("BlindAuction", "Sealed", "seals"),
    ("BlindAuction", "Revealed", "reveals"),
    ("BlindAuction", "Traded", "trades"),
    ("Settlement", "ReadingSubmitted", "readings"),
    ("Settlement", "LineSettled", "lines"),
];

/// A block, as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Block {
    pub number: u32,
    hash: String,
    time: String,
    open: OpenWindows,
    counts: Vec<(&'static str, usize)>,
}

impl Block {
    pub async fn read(chain: &Chain, events: &Events, number: u32) -> Result<Self> {
        let hash = chain.hash(Some(number)).await?;
        let clock = chain.clock(Some(&hash)).await?;
        let counts = counts(&events.of(number).await?);
        let time = time_of_day(&clock.calendar, clock.now);
        Ok(Self { number, hash, time, open: clock.open, counts })
    }

    #[cfg(test)]
    pub fn of(
        number: u32,
        hash: &str,
        time: &str,
        open: &OpenWindows,
        counts: &[(&'static str, usize)],
    ) -> Self {
        Self { number, hash: hash.into(), time: time.into(), open: *open, counts: counts.to_vec() }
    }

    pub fn text(&self) -> String {
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
}
