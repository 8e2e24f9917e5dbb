//! Time series: a value for each participant, day and period.

use market::{Energy, ParticipantId};

/// Energies of all participants over days and periods. After its last day it starts over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    pub(crate) first_day: i64,
    pub(crate) periods: u16,
    pub(crate) days: usize,
    /// Where each participant's energies begin; nowhere for one that has none.
    pub(crate) starts: Vec<Option<usize>>,
    /// All energies in one row, by participant and time.
    pub(crate) energies: Vec<Energy>,
}

impl Series {
    /// One day of every participant: an energy for each period, or nothing.
    pub(crate) fn of_day<D: IntoIterator<Item = Energy>>(
        day: i64,
        periods: u16,
        of: impl IntoIterator<Item = Option<D>>,
    ) -> Self {
        let mut series = Self { first_day: day, periods, days: 1, ..Self::default() };
        for energies in of {
            series.push(energies);
        }
        series
    }

    /// Adds the energies of the next participant, if it has any.
    pub(crate) fn push(&mut self, energies: Option<impl IntoIterator<Item = Energy>>) {
        self.starts.push(energies.is_some().then_some(self.energies.len()));
        self.energies.extend(energies.into_iter().flatten());
    }

    /// Number of days that it has lines for.
    pub fn days(&self) -> usize {
        self.days
    }

    /// Whether it has lines for a participant.
    pub fn has(&self, participant: ParticipantId) -> bool {
        self.start(participant).is_some()
    }

    fn start(&self, participant: ParticipantId) -> Option<usize> {
        *self.starts.get(usize::try_from(participant.0).ok()?)?
    }

    /// The energies of a participant's day, one for each period; `None` where it has no lines.
    pub fn day(&self, participant: ParticipantId, day: i64) -> Option<&[Energy]> {
        let start = self.start(participant)?;
        let days = i64::try_from(self.days).ok().filter(|days| *days > 0)?;
        let row = usize::try_from(day.saturating_sub(self.first_day).rem_euclid(days)).ok()?;
        let periods = usize::from(self.periods);
        self.energies.get(start.checked_add(row.checked_mul(periods)?)?..)?.get(..periods)
    }
}
