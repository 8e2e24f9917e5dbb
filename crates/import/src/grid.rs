//! A community's days, and the delivery periods in them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A local day: the one of a clock change has fewer periods, or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalDay {
    /// Its date.
    pub date: Date,
    /// Its first period's place among all.
    pub first: usize,
    /// How many periods it has.
    pub periods: usize,
}

/// Days that follow one another, and their periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    start: i64,
    length: i64,
    days: Vec<LocalDay>,
}

impl Grid {
    /// The days from a date on by the clock of a time zone, in periods of a length in milliseconds.
    ///
    /// # Errors
    /// Where a day is not so many whole periods, or out of range.
    pub fn new(zone: &TimeZone, first: Date, days: u32, length: i64) -> Result<Self, String> {
        let begins = |date: Date| date.to_zoned(zone.clone()).map(|at| at.timestamp().as_millisecond());
        let out_of_range = |error: jiff::Error| format!("the days are out of range: {error}");
        let start = begins(first).map_err(out_of_range)?;
        let (mut date, mut at, mut list) = (first, start, Vec::new());
        for _ in 0..days {
            let next_date = date.tomorrow().map_err(out_of_range)?;
            let next = begins(next_date).map_err(out_of_range)?;
            if length <= 0 || (next - at) % length != 0 {
                return Err(format!("{date} is not a whole number of periods of {} s", length / 1_000));
            }
            let place = |moment: i64| usize::try_from((moment - start) / length).unwrap_or_default();
            list.push(LocalDay { date, first: place(at), periods: place(next) - place(at) });
            (date, at) = (next_date, next);
        }
        Ok(Self { start, length, days: list })
    }

    /// Its days.
    pub fn days(&self) -> &[LocalDay] {
        &self.days
    }

    /// How many periods it has.
    pub fn periods(&self) -> usize {
        self.days.last().map_or(0, |day| day.first + day.periods)
    }

    /// How long a period is, in milliseconds.
    pub fn length(&self) -> i64 {
        self.length
    }

    /// When a period starts, in milliseconds since the epoch; the one behind the last ends it.
    pub fn starts(&self, period: usize) -> i64 {
        self.start.saturating_add(i64::try_from(period).unwrap_or(i64::MAX).saturating_mul(self.length))
    }

    /// The number of whole periods from the grid's start to a moment: below zero before it.
    pub fn place(&self, at: Timestamp) -> i64 {
        (at.as_millisecond() - self.start).div_euclid(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    #[test]
    fn day_should_be_shorter_or_longer_when_the_clock_changes() {
        let periods = |first: Date| {
            let grid = Grid::new(&berlin(), first, 3, 900_000).unwrap();
            grid.days().iter().map(|day| day.periods).collect::<Vec<_>>()
        };
        assert_eq!(periods(date(2021, 3, 27)), [96, 92, 96]);
        assert_eq!(periods(date(2021, 10, 30)), [96, 100, 96]);
        let fixed = Grid::new(&TimeZone::fixed(jiff::tz::offset(1)), date(2021, 3, 27), 3, 900_000).unwrap();
        assert_eq!(fixed.periods(), 288);
    }

    #[test]
    fn period_should_be_found_by_its_moment() {
        let grid = Grid::new(&berlin(), date(2021, 2, 15), 45, 900_000).unwrap();
        assert_eq!(grid.periods(), 45 * 96 - 4);
        for (moment, place) in
            [("2021-02-15T00:00+01", 0), ("2021-02-14T23:59+01", -1), ("2021-03-31T23:45+02", 4_315)]
        {
            assert_eq!(grid.place(moment.parse().unwrap()), place, "{moment}");
        }
        assert!(Grid::new(&berlin(), date(2021, 2, 15), 1, 7 * 60_000).is_err());
    }
}
