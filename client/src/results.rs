//! The outcome of some days, from a simulation or from a chain.

use crate::chain::{Chain, Header};
use crate::failure::{Kind, kind};
use anyhow::Result;
use market::bill::BillLine;
use market::{Calendar, Day, Delivery, ParticipantId, Role};
use scenario::report::{Party, Report};
use scenario::{Scenario, Simulation};
use std::collections::BTreeSet;

/// Bill lines, whose they are, and the calendar of the first of them.
pub struct Results {
    /// The calendar of the first day.
    pub calendar: Calendar,
    /// Names, roles and lines. It has no balances: a chain's go on moving when the last line is settled.
    pub report: Report,
}

impl Results {
    fn new(name: &str, calendar: Calendar, parties: Vec<Party>) -> Self {
        let report = Report {
            name: name.to_owned(),
            parties,
            lines: Vec::new(),
            corrections: Vec::new(),
            balances: Vec::new(),
        };
        Self { calendar, report }
    }

    /// Plays a scenario's days, and tells after each how many are done.
    pub fn of_simulation(scenario: &Scenario, days: u32, mut done: impl FnMut(u32)) -> Self {
        let party = |member: &scenario::Participant| Party { name: member.name.clone(), role: member.role };
        let parties = scenario.participants.iter().map(party).collect();
        let mut results = Self::new(&scenario.name, scenario.calendar, parties);
        for (day, lines) in (1..).zip(Simulation::new(scenario, days)) {
            results.report.lines.extend(lines);
            done(day);
        }
        results
    }

    /// Results of a chain as of a block, from a day on, still without lines.
    pub async fn of_chain(chain: &Chain, name: &str, first: Day, at: &Header) -> Result<Self> {
        let calendar = chain.calendar(first, Some(&at.hash)).await?;
        let participants = chain.participants(Some(&at.hash)).await?;
        let parties =
            participants.into_iter().map(|info| Party { name: info.name, role: info.role }).collect();
        Ok(Self::new(name, calendar, parties))
    }

    /// Adds the lines of a day that a chain has settled as of a block: all of them as they are at one block. Gives
    /// whether there were any to be had.
    pub async fn collect(&mut self, chain: &Chain, day: Day, head: &Header) -> Result<bool> {
        let Some(at) = kept_at(chain, day, head).await? else { return Ok(false) };
        for period in 0..chain.calendar(day, Some(&at)).await?.periods_per_day {
            for recorded in chain.lines(Delivery { day, period }, Some(&at)).await? {
                self.report.lines.push(recorded.line);
                self.report.corrections.extend(recorded.corrections);
            }
        }
        Ok(true)
    }

    /// Everybody.
    pub fn members(&self) -> impl Iterator<Item = (ParticipantId, &str, Role)> {
        (0u32..)
            .zip(&self.report.parties)
            .map(|(id, party)| (ParticipantId(id), party.name.as_str(), party.role))
    }

    /// The lines of a participant.
    pub fn lines_of(&self, id: ParticipantId) -> impl Iterator<Item = &BillLine> {
        self.report.lines.iter().filter(move |line| line.participant == id)
    }

    /// The days that there are lines of.
    pub fn days(&self) -> BTreeSet<Day> {
        self.report.lines.iter().map(|line| line.delivery.day).collect()
    }

    /// The first of them.
    pub fn first_day(&self) -> Day {
        self.report.lines.iter().map(|line| line.delivery.day).min().unwrap_or_default()
    }

    /// The CSV of the bill lines.
    pub fn csv(&self) -> Result<String> {
        let mut bytes = Vec::new();
        self.report.write_csv(&mut bytes)?;
        Ok(String::from_utf8(bytes)?)
    }
}

/// The newest block up to a head at which a chain keeps the lines of a settled day. Where the chain has pruned them, a
/// node that keeps old states, as a `--dev` node does, still has them as they were before.
async fn kept_at(chain: &Chain, day: Day, head: &Header) -> Result<Option<String>> {
    if chain.keeps(day, Some(&head.hash)).await? {
        return Ok(Some(head.hash.clone()));
    }
    // At the one they were not pruned yet, or the node has no state any more; at the other they were.
    let (mut before, mut pruned) = (0, head.number);
    while pruned.saturating_sub(before) > 1 {
        let middle = before.midpoint(pruned);
        match standing_at(chain, day, middle).await? {
            Standing::Pruned => pruned = middle,
            Standing::NotPruned(_) | Standing::Unknown => before = middle,
        }
    }
    Ok(match standing_at(chain, day, before).await? {
        Standing::NotPruned(hash) if chain.keeps(day, Some(&hash)).await? => Some(hash),
        _ => None,
    })
}

/// How the lines of a day stand at a block.
enum Standing {
    /// They are there, or will come. With the block's hash.
    NotPruned(String),
    Pruned,
    /// The node does not keep that state.
    Unknown,
}

async fn standing_at(chain: &Chain, day: Day, number: u32) -> Result<Standing> {
    let hash = chain.hash(Some(number)).await?;
    let standing = async {
        let next = chain.clock(Some(&hash)).await?.next_to_settle;
        let settled = next.is_some_and(|next| next.day > day);
        Ok::<_, anyhow::Error>(settled && !chain.keeps(day, Some(&hash)).await?)
    };
    match standing.await {
        Ok(true) => Ok(Standing::Pruned),
        Ok(false) => Ok(Standing::NotPruned(hash)),
        Err(error) if kind(&error) == Kind::Unreachable => Err(error),
        Err(_) => Ok(Standing::Unknown),
    }
}
