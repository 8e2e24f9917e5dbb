//! Reads a scenario's files, and finds every mistake in them.

mod literal;
mod participants;
mod raw;
mod series;
mod settings;

use crate::files::{DEMAND, FORECAST, Files, GENERATION, HISTORY};
use crate::mistake::{Collector, Mistakes};
use crate::scenario::{Participant, Scenario, paper};
use crate::series::Series;
use market::{ParticipantId, Role};
use series::Shape;
use std::path::Path;

impl Scenario {
    /// Reads a scenario's folder (`docs/scenario.md`).
    ///
    /// # Errors
    /// All mistakes in it, each with file, line and what was expected.
    pub fn read(folder: &Path) -> Result<Self, Mistakes> {
        Self::from_files(&Files::read(folder)?)
    }

    /// Reads a scenario's settings alone: it has no series yet.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn settings(files: &Files) -> Result<Self, Mistakes> {
        settings::read(files)
    }

    /// Reads a scenario from files that are at hand.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn from_files(files: &Files) -> Result<Self, Mistakes> {
        let mut scenario = settings::read(files)?;
        let (periods, history_days) = (scenario.calendar.periods_per_day, i64::from(scenario.history_days));
        let members = &scenario.participants;
        let shape = |name, days| Shape {
            name,
            periods,
            days,
            participants: members,
            limits: vec![None; members.len()],
        };
        let (history, mut mistakes) = series::read(files, &shape(HISTORY, Some(-history_days..0)))?;
        // Whose demand its tie line has to carry depends on who has a source.
        let (generation, of_generation) = series::read(files, &shape(GENERATION, None))?;
        let limits = (0..).map(ParticipantId).zip(members).map(|(id, member)| {
            let limit = member.plant.tie_line.limit.most_energy(scenario.calendar.period_length);
            (!member.has_plant(generation.has(id))).then_some(limit)
        });
        let of_demand = Shape { limits: limits.collect(), ..shape(DEMAND, None) };
        let (demand, more) = series::read(files, &of_demand)?;
        mistakes.append(more);
        mistakes.append(of_generation);
        let mut forecast = Series::default();
        if files.get(FORECAST).is_some() {
            let (series, more) = series::read(files, &shape(FORECAST, None))?;
            forecast = series;
            mistakes.append(more);
        }
        let buys = |_, member: &Participant| member.role.buys();
        mistakes.append(missing(&history, members, files.path(HISTORY), buys));
        mistakes.append(missing(&demand, members, files.path(DEMAND), buys));
        mistakes.append(missing(&generation, members, files.path(GENERATION), |_, member| {
            member.role == Role::Microgrid && member.plant.source.is_none()
        }));
        let is_forecast = |id, _: &Participant| forecast.has(id);
        mistakes.append(missing(&generation, members, files.path(GENERATION), is_forecast));
        (scenario.history, scenario.demand) = (history, demand);
        (scenario.generation, scenario.forecast) = (generation, forecast);
        mistakes.finish(scenario)
    }

    /// The paper's experiment, `scenarios/paper`, as it is shipped in the program.
    ///
    /// # Errors
    /// Never, where the program was built from a repository whose tests pass.
    pub fn paper() -> Result<Self, Mistakes> {
        Self::from_files(&Files::new("scenarios/paper", paper::FILES))
    }
}

/// The participants that must have lines in a file and have none.
fn missing(
    series: &Series,
    participants: &[Participant],
    path: String,
    needed: impl Fn(ParticipantId, &Participant) -> bool,
) -> Collector {
    let mut mistakes = Collector::new(path);
    for (id, member) in (0..).map(ParticipantId).zip(participants) {
        if needed(id, member) && !series.has(id) {
            let (role, name) = (member.role.name(), &member.name);
            mistakes.note(1, format!("expected lines for {role} {name}, found none"));
        }
    }
    mistakes
}
