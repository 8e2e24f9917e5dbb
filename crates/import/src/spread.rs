//! Energies of any intervals, brought into a community's periods.

use crate::decimal::FineEnergy;
use crate::grid::Grid;
use crate::value::Quality;
use jiff::Timestamp;

/// Energy of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub from: Timestamp,
    /// Where it ends, behind its beginning.
    pub to: Timestamp,
    /// The energy.
    pub energy: FineEnergy,
    /// Whether a meter counted it.
    pub quality: Quality,
}

/// What is known of a period: nothing where a part of it is not covered.
pub type Cell = Option<(FineEnergy, Quality)>;

/// Brings intervals that do not overlap into periods. An interval's energy is shared out by time, and nothing of it is
/// lost. A period counts as measured where meters counted all of it in intervals no longer than itself; where a longer
/// one was shared out, each share is an estimate.
pub fn spread(spans: &[Span], grid: &Grid) -> Vec<Cell> {
    struct Filling {
        covered: i64,
        energy: i64,
        quality: Quality,
    }
    let nothing = || Filling { covered: 0, energy: 0, quality: Quality::Measured };
    let mut periods: Vec<Filling> = std::iter::repeat_with(nothing).take(grid.periods()).collect();
    for span in spans {
        let (from, to) = (span.from.as_millisecond(), span.to.as_millisecond());
        let quality = if to - from > grid.length() { Quality::Estimated } else { span.quality };
        let first = usize::try_from(grid.place(span.from).max(0)).unwrap_or(usize::MAX);
        for (place, period) in periods.iter_mut().enumerate().skip(first) {
            let (start, end) = (grid.starts(place).max(from), grid.starts(place + 1).min(to));
            if start >= end {
                break;
            }
            period.covered += end - start;
            let share =
                until(span.energy, end - from, to - from) - until(span.energy, start - from, to - from);
            period.energy = period.energy.saturating_add(share);
            period.quality = period.quality.min(quality);
        }
    }
    let cell = |of: &Filling| {
        let is_whole = of.covered == grid.length();
        is_whole.then_some((FineEnergy::from_milliwatt_hours(of.energy), of.quality))
    };
    periods.iter().map(cell).collect()
}

/// What has come until a moment of an interval, rounded down: shares that are differences of it lose nothing.
fn until(energy: FineEnergy, time: i64, of: i64) -> i64 {
    let part = i128::from(energy.milliwatt_hours()) * i128::from(time) / i128::from(of).max(1);
    i64::try_from(part).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    const MEASURED: Quality = Quality::Measured;

    fn span(from: i64, to: i64, energy: i64) -> Span {
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        let energy = FineEnergy::from_milliwatt_hours(energy);
        Span { from: at(from), to: at(to), energy, quality: MEASURED }
    }

    /// The first periods of an hour of 1 January 1970.
    fn hours(spans: &[Span], number: usize) -> Vec<Option<(i64, Quality)>> {
        let grid = Grid::new(&TimeZone::UTC, date(1970, 1, 1), 1, 3_600_000).unwrap();
        let cells = spread(spans, &grid).into_iter().take(number);
        cells.map(|cell| cell.map(|(energy, quality)| (energy.milliwatt_hours(), quality))).collect()
    }

    #[test]
    fn energy_should_be_shared_out_as_an_estimate_when_the_interval_is_longer() {
        // Input 9: two hours with 8.056 kWh in all.
        let half = Some((4_028_000, Quality::Estimated));
        assert_eq!(hours(&[span(60, 180, 8_056_000)], 4), [None, half, half, None]);
        assert_eq!(hours(&[span(0, 180, 10)], 3).iter().flatten().map(|(energy, _)| energy).sum::<i64>(), 10);
    }

    #[test]
    fn energy_should_be_summed_when_intervals_are_shorter() {
        let quarters: Vec<Span> = (0..4).map(|quarter| span(quarter * 15, quarter * 15 + 15, 250)).collect();
        assert_eq!(hours(&quarters, 1), [Some((1_000, MEASURED))]);
        assert_eq!(hours(&quarters[1..], 1), [None], "a part of it is missing");
        let estimated = Span { quality: Quality::Estimated, ..quarters[0] };
        let mixed = [&[estimated], &quarters[1..]].concat();
        assert_eq!(hours(&mixed, 1), [Some((1_000, Quality::Estimated))]);
    }

    #[test]
    fn energy_should_be_shared_by_time_when_readings_are_not_at_the_period() {
        // Read at 00:00, 00:55, 01:50 and 02:45.
        let read = [span(0, 55, 1_100), span(55, 110, 550), span(110, 165, 550)];
        assert_eq!(hours(&read, 3), [Some((1_150, MEASURED)), Some((600, MEASURED)), None]);
    }
}
