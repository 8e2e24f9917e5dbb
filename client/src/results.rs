//! The outcome of some days, from a simulation or from a chain.

use crate::chain::Chain;
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

    /// Results of a chain from a day on, still without lines.
    pub async fn of_chain(chain: &Chain, name: &str, first: Day) -> Result<Self> {
        let calendar = chain.calendar(first).await?;
        let participants = chain.participants(None).await?;
        let parties =
            participants.into_iter().map(|info| Party { name: info.name, role: info.role }).collect();
        Ok(Self::new(name, calendar, parties))
    }

    /// Adds the lines of a day that a chain has settled.
    pub async fn collect(&mut self, chain: &Chain, day: Day) -> Result<()> {
        for period in 0..chain.calendar(day).await?.periods_per_day {
            let lines = chain.lines(Delivery { day, period }, None).await?;
            for recorded in lines {
                self.report.lines.push(recorded.line);
                self.report.corrections.extend(recorded.corrections);
            }
        }
        Ok(())
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
