//! Reads a scenario's files, and finds every mistake in them.

mod literal;
mod raw;
mod series;
mod settings;

use crate::files::{DEMAND, FORECAST, Files, GENERATION, HISTORY};
use crate::mistake::{Collector, Mistakes};
use crate::scenario::{Participant, Scenario, paper};
use crate::series::Series;
use market::{ParticipantId, Role};
use series::Shape;
use settings::Settings;
use std::path::Path;

impl Scenario {
    /// Reads a scenario's folder (`docs/scenario.md`).
    ///
    /// # Errors
    /// All mistakes in it, each with file, line and what was expected.
    pub fn read(folder: &Path) -> Result<Self, Mistakes> {
        Self::from_files(&Files::read(folder)?)
    }

    /// Reads a scenario from files that are at hand.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn from_files(files: &Files) -> Result<Self, Mistakes> {
        read(files)
    }

    /// The paper's experiment, `scenarios/paper`, as it is shipped in the program.
    ///
    /// # Errors
    /// Never, where the program was built from a repository whose tests pass.
    pub fn paper() -> Result<Self, Mistakes> {
        Self::from_files(&Files::new("scenarios/paper", paper::FILES))
    }
}

fn read(files: &Files) -> Result<Scenario, Mistakes> {
    let settings = settings::read(files)?;
    let (periods, history_days) = (settings.calendar.periods_per_day, i64::from(settings.history_days));
    let participants = &settings.participants;
    let shape = |name, days| Shape { name, periods, days, participants };
    let (history, mut mistakes) = series::read(files, &shape(HISTORY, Some(-history_days..0)))?;
    let (demand, more) = series::read(files, &shape(DEMAND, None))?;
    mistakes.append(more);
    let (generation, more) = series::read(files, &shape(GENERATION, None))?;
    mistakes.append(more);
    let mut forecast = Series::default();
    if files.get(FORECAST).is_some() {
        let (series, more) = series::read(files, &shape(FORECAST, None))?;
        forecast = series;
        mistakes.append(more);
    }
    let all = Needs { files, settings: &settings };
    mistakes.append(all.lines_in(HISTORY, &history, |member| member.role.buys()));
    mistakes.append(all.lines_in(DEMAND, &demand, |member| member.role.buys()));
    mistakes.append(all.lines_in(GENERATION, &generation, |member| {
        member.role == Role::Microgrid && member.plant.source.is_none()
    }));
    let has_forecast = |id| forecast.has(id);
    mistakes.append(all.lines_in_if(GENERATION, &generation, has_forecast, |_| true));
    mistakes.finish(Scenario {
        name: files.name(),
        calendar: settings.calendar,
        utc_offset_minutes: settings.utc_offset_minutes,
        pricing: settings.pricing,
        seed: settings.seed,
        history_days: settings.history_days,
        tariff: settings.tariff,
        step_names: settings.step_names,
        participants: settings.participants,
        supplier: settings.supplier,
        history,
        demand,
        generation,
        forecast,
    })
}

/// Which participants must have lines in which file.
struct Needs<'a> {
    files: &'a Files,
    settings: &'a Settings,
}

impl Needs<'_> {
    fn lines_in(&self, name: &str, series: &Series, needed: impl Fn(&Participant) -> bool) -> Collector {
        self.lines_in_if(name, series, |_| true, needed)
    }

    fn lines_in_if(
        &self,
        name: &str,
        series: &Series,
        asked: impl Fn(ParticipantId) -> bool,
        needed: impl Fn(&Participant) -> bool,
    ) -> Collector {
        let mut mistakes = Collector::new(self.files.path(name));
        for (id, member) in (0..).map(ParticipantId).zip(&self.settings.participants) {
            if needed(member) && asked(id) && !series.has(id) {
                mistakes.note(
                    1,
                    format!("expected lines for {} {}, found none", member.role.name(), member.name),
                );
            }
        }
        mistakes
    }
}
