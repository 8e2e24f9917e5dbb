//! Time series: a value for each participant, day and period.

use market::{Energy, ParticipantId};

/// Energies of all participants over days and periods. After its last day it starts over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    pub(crate) first_day: i64,
    pub(crate) periods: u16,
    pub(crate) days: usize,
    pub(crate) of: Vec<Option<Vec<Energy>>>,
}

impl Series {
    /// One day of every participant: an energy for each period, or nothing.
    pub(crate) fn of_day(day: i64, periods: u16, of: Vec<Option<Vec<Energy>>>) -> Self {
        Self { first_day: day, periods, days: 1, of }
    }

    /// Number of days that it has lines for.
    pub fn days(&self) -> usize {
        self.days
    }

    /// Whether it has lines for a participant.
    pub fn has(&self, participant: ParticipantId) -> bool {
        self.values(participant).is_some()
    }

    fn values(&self, participant: ParticipantId) -> Option<&[Energy]> {
        self.of.get(usize::try_from(participant.0).ok()?)?.as_deref()
    }

    /// The energies of a participant's day, one for each period; `None` where it has no lines.
    pub fn day(&self, participant: ParticipantId, day: i64) -> Option<&[Energy]> {
        let values = self.values(participant)?;
        let days = i64::try_from(self.days).ok().filter(|days| *days > 0)?;
        let row = usize::try_from(day.saturating_sub(self.first_day).rem_euclid(days)).ok()?;
        let periods = usize::from(self.periods);
        values.get(row.checked_mul(periods)?..)?.get(..periods)
    }
}
