//! Delivery days and periods, and the windows around them.
//!
//! All windows are half-open, `[from, to)`, on the block's own timestamp. For a period that starts
//! at T, with q a quarter of its length:
//!
//! | window | from, to |
//! | --- | --- |
//! | release | two offsets into the day before |
//! | sealing | T - q, T - q/2 (gate closure) |
//! | reveal | T - q/2, T |
//! | execution | T, T + q |
//! | metering | T + length, T + length + q |

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Milliseconds since the epoch.
pub type Moment = u64;

/// Number of a delivery day: day 0 starts at the calendar's anchor.
pub type Day = u32;

/// The windows in which a period is traded: sealing, reveal and execution.
pub const WINDOWS_A_PERIOD: u32 = 3;

/// The most periods a day may have: five-minute periods.
pub const MAX_PERIODS: u16 = 288;

/// Length of a chain's slot in milliseconds, where its genesis names none: six seconds.
pub const DEFAULT_SLOT: u64 = 6_000;

/// The fewest slots of a window: in the first block it is seen that it is open, the next one takes what is sent.
pub const MIN_WINDOW_SLOTS: u64 = 2;

/// One delivery period (market time unit).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Delivery {
    /// The delivery day.
    pub day: Day,
    /// The period of the day, from 0.
    pub period: u16,
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "day {} period {}", self.day, self.period)
    }
}

/// The stages of a market day.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Stage {
    /// Expected volumes and offers of the next day are published.
    Release,
    /// Bids are sealed, offers corrected.
    Sealing,
    /// Bids are opened.
    Reveal,
    /// The queue is cleared and the money moves.
    Execution,
    /// Meters are read.
    Metering,
}

impl Stage {
    /// All stages, in the order in which a period passes them.
    pub const ALL: [Self; 5] = [Self::Release, Self::Sealing, Self::Reveal, Self::Execution, Self::Metering];
}

/// A half-open span of time.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Window {
    /// Its first moment.
    pub from: Moment,
    /// The first moment after it.
    pub to: Moment,
}

impl Window {
    /// Whether the moment lies in it.
    pub const fn contains(self, now: Moment) -> bool {
        self.from <= now && now < self.to
    }
}

/// What is open at a moment. Windows of one stage never overlap, so each has one entry at most.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OpenWindows {
    /// The day whose volumes may be released.
    pub release: Option<Day>,
    /// The period whose bids may be sealed.
    pub sealing: Option<Delivery>,
    /// The period whose bids may be revealed.
    pub reveal: Option<Delivery>,
    /// The period that is cleared.
    pub execution: Option<Delivery>,
    /// The period whose meters are read.
    pub metering: Option<Delivery>,
}

impl OpenWindows {
    /// Whether no window is open.
    pub fn is_idle(&self) -> bool {
        *self == Self::default()
    }
}

/// Why numbers make no calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarError {
    /// The period's length is zero, or its eighth is no whole millisecond.
    PeriodLength,
    /// There are no periods, or more than [`MAX_PERIODS`].
    PeriodCount,
    /// The release window is empty, or ends after the first sealing of its delivery day opens.
    ReleaseWindow,
    /// Day 0 starts less than a day after the epoch.
    Anchor,
    /// Days would start at another time, or last longer or shorter, than in the calendar before.
    Day,
    /// A period would be more than four times as long, or as short, as in the calendar before.
    Jump,
    /// A window of this stage is shorter than [`MIN_WINDOW_SLOTS`], so nobody could use it: a period's length is at
    /// fault, or the release window.
    Window(Stage),
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PeriodLength => "a period's length must be a multiple of 8 ms, above zero",
            Self::PeriodCount => "a day must have 1 to 288 periods",
            Self::ReleaseWindow => {
                "the release window must not be empty and must end before the first sealing of the day it is for"
            }
            Self::Anchor => "day 0 must start at least a day after the epoch",
            Self::Day => "a new calendar must keep the start and the length of days",
            Self::Jump => "a period's length must change by a factor of four at most",
            Self::Window(Stage::Release) => "the release window must last at least two slots",
            Self::Window(_) => {
                "a period must last at least sixteen slots, so that sealing and reveal, an eighth of it each, last two"
            }
        })
    }
}

impl core::error::Error for CalendarError {}

/// The market's calendar, one version of it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Calendar {
    /// Number of the version, from 0.
    pub version: u32,
    /// First delivery day that it applies to.
    pub effective_from: Day,
    /// Start of day 0, in milliseconds since the epoch.
    pub anchor: Moment,
    /// Length of a period, in milliseconds.
    pub period_length: u64,
    /// Periods a day.
    pub periods_per_day: u16,
    /// Start of the release window, in milliseconds into the day before delivery.
    pub release_from: u64,
    /// End of the release window, in milliseconds into the day before delivery.
    pub release_to: u64,
}

impl Calendar {
    /// Checks the laws that every other function relies on.
    pub fn validate(&self) -> Result<(), CalendarError> {
        if self.period_length == 0
            || !self.period_length.is_multiple_of(8)
            || self.period_length > u64::from(u32::MAX)
        {
            return Err(CalendarError::PeriodLength);
        }
        if self.periods_per_day == 0 || self.periods_per_day > MAX_PERIODS {
            return Err(CalendarError::PeriodCount);
        }
        let latest = self.day_length().saturating_sub(self.quarter());
        if self.release_from >= self.release_to || self.release_to > latest {
            return Err(CalendarError::ReleaseWindow);
        }
        if self.anchor < self.day_length() {
            return Err(CalendarError::Anchor);
        }
        Ok(())
    }

    /// Checks that nobody is kept from trading by the chain's own pace: each window of a valid calendar lasts at least
    /// [`MIN_WINDOW_SLOTS`] slots of this length, in milliseconds.
    pub fn check_windows(&self, slot: u64) -> Result<(), CalendarError> {
        let least = slot.saturating_mul(MIN_WINDOW_SLOTS);
        // No other window of a period is as short as sealing and reveal.
        if self.quarter() / 2 < least {
            return Err(CalendarError::Window(Stage::Sealing));
        }
        if self.release_to.saturating_sub(self.release_from) < least {
            return Err(CalendarError::Window(Stage::Release));
        }
        Ok(())
    }

    /// Checks that this calendar may follow another one.
    ///
    /// Days keep their start and length, so a day has one number in both, tariffs cover it, and its release lies
    /// in the day before. A period's length changes by a factor of four at most, so a quarter of one is no longer
    /// than the other, and where the one calendar ends no two windows of a stage overlap.
    pub fn follows(&self, before: &Self) -> Result<(), CalendarError> {
        if self.anchor != before.anchor || self.day_length() != before.day_length() {
            return Err(CalendarError::Day);
        }
        if self.quarter() > before.period_length || before.quarter() > self.period_length {
            return Err(CalendarError::Jump);
        }
        Ok(())
    }

    /// Length of a day, in milliseconds.
    pub const fn day_length(&self) -> u64 {
        self.period_length.saturating_mul(self.periods_per_day as u64)
    }

    /// A quarter of a period, in milliseconds.
    pub const fn quarter(&self) -> u64 {
        self.period_length / 4
    }

    /// Start of a day.
    pub const fn day_start(&self, day: Day) -> Moment {
        self.anchor.saturating_add(self.day_length().saturating_mul(day as u64))
    }

    /// Start of a period.
    pub const fn start(&self, delivery: Delivery) -> Moment {
        self.day_start(delivery.day).saturating_add(self.offset(delivery.period))
    }

    /// Start of a period, in milliseconds into its day.
    pub const fn offset(&self, period: u16) -> u64 {
        self.period_length.saturating_mul(period as u64)
    }

    /// Whether the period exists in this calendar.
    pub const fn has(&self, delivery: Delivery) -> bool {
        delivery.period < self.periods_per_day
    }

    /// The period of a day by another calendar that holds the start of a period by this one, where days are equal.
    pub fn period_in(&self, period: u16, other: &Self) -> Option<u16> {
        u16::try_from(self.offset(period).checked_div(other.period_length)?).ok()
    }

    /// The period that holds the moment; `None` before day 0.
    pub fn delivery_at(&self, now: Moment) -> Option<Delivery> {
        let index = now.checked_sub(self.anchor)?.checked_div(self.period_length)?;
        self.delivery_of_index(index)
    }

    /// The period that follows.
    pub fn next(&self, delivery: Delivery) -> Option<Delivery> {
        self.delivery_of_index(self.index(delivery).checked_add(1)?)
    }

    /// The period before; `None` for the first of day 0.
    pub fn previous(&self, delivery: Delivery) -> Option<Delivery> {
        self.delivery_of_index(self.index(delivery).checked_sub(1)?)
    }

    const fn index(&self, delivery: Delivery) -> u64 {
        (delivery.day as u64)
            .saturating_mul(self.periods_per_day as u64)
            .saturating_add(delivery.period as u64)
    }

    fn delivery_of_index(&self, index: u64) -> Option<Delivery> {
        let periods = u64::from(self.periods_per_day);
        Some(Delivery {
            day: Day::try_from(index.checked_div(periods)?).ok()?,
            period: u16::try_from(index.checked_rem(periods)?).ok()?,
        })
    }

    /// When a day's volumes are released: on the day before it.
    pub const fn release(&self, day: Day) -> Window {
        let eve = self.day_start(day).saturating_sub(self.day_length());
        Window { from: eve.saturating_add(self.release_from), to: eve.saturating_add(self.release_to) }
    }

    /// When a period's bids are sealed. It ends with gate closure.
    pub const fn sealing(&self, delivery: Delivery) -> Window {
        let start = self.start(delivery);
        Window { from: start.saturating_sub(self.quarter()), to: start.saturating_sub(self.quarter() / 2) }
    }

    /// When a period's bids are revealed.
    pub const fn reveal(&self, delivery: Delivery) -> Window {
        let start = self.start(delivery);
        Window { from: start.saturating_sub(self.quarter() / 2), to: start }
    }

    /// When a period is cleared and paid.
    pub const fn execution(&self, delivery: Delivery) -> Window {
        let start = self.start(delivery);
        Window { from: start, to: start.saturating_add(self.quarter()) }
    }

    /// When a period's meters are read.
    pub const fn metering(&self, delivery: Delivery) -> Window {
        let end = self.start(delivery).saturating_add(self.period_length);
        Window { from: end, to: end.saturating_add(self.quarter()) }
    }

    /// The window of a stage.
    pub const fn window(&self, stage: Stage, delivery: Delivery) -> Window {
        match stage {
            Stage::Release => self.release(delivery.day),
            Stage::Sealing => self.sealing(delivery),
            Stage::Reveal => self.reveal(delivery),
            Stage::Execution => self.execution(delivery),
            Stage::Metering => self.metering(delivery),
        }
    }

    /// What is open at the moment.
    pub fn open_at(&self, now: Moment) -> OpenWindows {
        Nearby::find(now, *self, |_| *self).open()
    }

    /// The first moment after `now` at which some window opens or closes.
    pub fn next_boundary(&self, now: Moment) -> Moment {
        Nearby::find(now, *self, |_| *self).next_boundary()
    }
}

/// The periods around a moment, each in its own day's calendar.
struct Nearby<Of> {
    now: Moment,
    of: Of,
    before: Option<Delivery>,
    current: Option<Delivery>,
    upcoming: Option<Delivery>,
    tomorrow: Option<Day>,
}

impl<Of: Fn(Day) -> Calendar> Nearby<Of> {
    fn find(now: Moment, calendar: Calendar, of: Of) -> Self {
        let current = calendar.delivery_at(now);
        let before = current.and_then(|current| match current.period.checked_sub(1) {
            Some(period) => Some(Delivery { period, ..current }),
            None => {
                let day = current.day.checked_sub(1)?;
                Some(Delivery { day, period: of(day).periods_per_day.checked_sub(1)? })
            }
        });
        let upcoming = current.map_or(Some(Delivery::default()), |current| calendar.next(current));
        let tomorrow = current.map_or(Some(0), |current| current.day.checked_add(1));
        Self { now, of, before, current, upcoming, tomorrow }
    }

    fn window(&self, stage: Stage, delivery: Option<Delivery>) -> Option<Window> {
        delivery.map(|delivery| (self.of)(delivery.day).window(stage, delivery))
    }

    fn releases(&self) -> Option<Window> {
        self.window(Stage::Release, self.tomorrow.map(|day| Delivery { day, period: 0 }))
    }

    fn open(&self) -> OpenWindows {
        let is_open = |window: Option<Window>| window.is_some_and(|window| window.contains(self.now));
        let open =
            |stage, delivery: Option<Delivery>| delivery.filter(|_| is_open(self.window(stage, delivery)));
        OpenWindows {
            release: self.tomorrow.filter(|_| is_open(self.releases())),
            sealing: open(Stage::Sealing, self.upcoming),
            reveal: open(Stage::Reveal, self.upcoming),
            execution: open(Stage::Execution, self.current),
            metering: open(Stage::Metering, self.before),
        }
    }

    fn next_boundary(&self) -> Moment {
        [
            self.releases(),
            self.window(Stage::Sealing, self.upcoming),
            self.window(Stage::Reveal, self.upcoming),
            self.window(Stage::Execution, self.current),
            self.window(Stage::Metering, self.before),
        ]
        .into_iter()
        .flatten()
        .flat_map(|window| [window.from, window.to])
        .filter(|boundary| *boundary > self.now)
        .min()
        .unwrap_or(Moment::MAX)
    }
}

/// Which calendar applies when, and which stages the operator has paused.
pub trait Calendars {
    /// The calendar of a delivery day.
    fn of(day: Day) -> Calendar;
    /// The calendar in force at a moment.
    fn at(now: Moment) -> Calendar;
    /// What is open at the moment, each window by its own day's calendar.
    fn open_at(now: Moment) -> OpenWindows {
        Nearby::find(now, Self::at(now), Self::of).open()
    }
    /// The first moment after `now` at which some window opens or closes, each by its own day's calendar.
    fn next_boundary(now: Moment) -> Moment {
        Nearby::find(now, Self::at(now), Self::of).next_boundary()
    }
    /// Whether a stage is paused: its calls are refused, and its work waits.
    fn is_paused(_: Stage) -> bool {
        false
    }
    /// Whether a stage was paused for any part of a window.
    fn was_paused(_: Stage, _: Window) -> bool {
        false
    }
    /// When a time of some length that began at a moment is over, where a stage's pauses do not count.
    fn end_beside_pauses(_: Stage, from: Moment, length: u64) -> Moment {
        from.saturating_add(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const HOUR: u64 = 3_600_000;
    const MINUTE: u64 = 60_000;

    fn hourly() -> Calendar {
        Calendar {
            version: 0,
            effective_from: 0,
            anchor: 1_000 * 24 * HOUR,
            period_length: HOUR,
            periods_per_day: 24,
            release_from: 16 * HOUR,
            release_to: 17 * HOUR,
        }
    }

    #[test]
    fn windows_should_be_the_papers_when_periods_are_hourly() {
        let calendar = hourly();
        let delivery = Delivery { day: 1, period: 8 };
        let start = calendar.anchor + 32 * HOUR;
        assert_eq!(calendar.start(delivery), start);
        assert_eq!(
            calendar.release(1),
            Window { from: calendar.anchor + 16 * HOUR, to: calendar.anchor + 17 * HOUR }
        );
        assert_eq!(calendar.sealing(delivery), Window { from: start - 15 * MINUTE, to: start - 450_000 });
        assert_eq!(calendar.reveal(delivery), Window { from: start - 450_000, to: start });
        assert_eq!(calendar.execution(delivery), Window { from: start, to: start + 15 * MINUTE });
        assert_eq!(calendar.metering(delivery), Window { from: start + HOUR, to: start + 75 * MINUTE });
    }

    #[test]
    fn first_day_should_be_released_and_sealed_when_it_has_not_begun() {
        let calendar = hourly();
        assert_eq!(calendar.open_at(calendar.release(0).from).release, Some(0));
        let first = Delivery::default();
        assert_eq!(calendar.open_at(calendar.anchor - 1).reveal, Some(first));
        assert_eq!(calendar.open_at(calendar.anchor - 15 * MINUTE).sealing, Some(first));
        assert_eq!(calendar.delivery_at(calendar.anchor - 1), None);
    }

    #[test]
    fn calendar_should_be_refused_when_it_breaks_a_law() {
        let good = hourly();
        assert_eq!(good.validate(), Ok(()));
        assert_eq!(Calendar { period_length: 100, ..good }.validate(), Err(CalendarError::PeriodLength));
        assert_eq!(Calendar { period_length: 0, ..good }.validate(), Err(CalendarError::PeriodLength));
        assert_eq!(Calendar { periods_per_day: 0, ..good }.validate(), Err(CalendarError::PeriodCount));
        assert_eq!(Calendar { periods_per_day: 289, ..good }.validate(), Err(CalendarError::PeriodCount));
        assert_eq!(Calendar { release_to: 24 * HOUR, ..good }.validate(), Err(CalendarError::ReleaseWindow));
        assert_eq!(
            Calendar { release_to: good.release_from, ..good }.validate(),
            Err(CalendarError::ReleaseWindow)
        );
        assert_eq!(Calendar { anchor: 0, ..good }.validate(), Err(CalendarError::Anchor));
    }

    #[test]
    fn windows_should_be_refused_when_they_are_shorter_than_two_slots() {
        let slot = DEFAULT_SLOT;
        let shortest = Calendar { period_length: 16 * slot, release_to: 16 * HOUR + 2 * slot, ..hourly() };
        assert_eq!(hourly().check_windows(slot), Ok(()));
        assert_eq!(shortest.check_windows(slot), Ok(()));
        let period = Calendar { period_length: 16 * slot - 8, ..shortest };
        assert_eq!(period.check_windows(slot), Err(CalendarError::Window(Stage::Sealing)));
        let release = Calendar { release_to: shortest.release_to - 1, ..shortest };
        assert_eq!(release.check_windows(slot), Err(CalendarError::Window(Stage::Release)));
        assert_eq!(shortest.check_windows(u64::MAX), Err(CalendarError::Window(Stage::Sealing)));
        for stage in [Stage::Sealing, Stage::Reveal, Stage::Execution, Stage::Metering] {
            let window = shortest.window(stage, Delivery { day: 1, period: 3 });
            assert!(window.to - window.from >= 2 * slot, "{stage:?}");
        }
    }

    #[test]
    fn calendar_should_follow_another_when_days_stay_and_periods_change_little() {
        let hours = hourly();
        let parts = |count: u16| Calendar {
            period_length: 24 * HOUR / u64::from(count),
            periods_per_day: count,
            ..hours
        };
        for (count, follows) in [
            (6, Ok(())),
            (96, Ok(())),
            (24, Ok(())),
            (5, Err(CalendarError::Jump)),
            (100, Err(CalendarError::Jump)),
        ] {
            assert_eq!(parts(count).follows(&hours), follows, "{count}");
            assert_eq!(hours.follows(&parts(count)), follows, "{count}");
        }
        let later = Calendar { anchor: hours.anchor + 8, ..hours };
        assert_eq!(later.follows(&hours), Err(CalendarError::Day));
        let longer = Calendar { periods_per_day: 25, ..hours };
        assert_eq!(longer.follows(&hours), Err(CalendarError::Day));
    }

    #[test]
    fn period_should_be_found_in_another_calendar_by_its_time() {
        let hours = hourly();
        let quarters = Calendar { period_length: HOUR / 4, periods_per_day: 96, ..hours };
        assert_eq!([0, 3, 4, 95].map(|period| quarters.period_in(period, &hours)), [0, 0, 1, 23].map(Some));
        assert_eq!([0, 1, 23].map(|period| hours.period_in(period, &quarters)), [0, 4, 92].map(Some));
        assert_eq!(hours.period_in(7, &hours), Some(7));
        assert_eq!(hours.period_in(7, &Calendar::default()), None);
    }

    /// Two calendars of which either may follow the other, with days of 1,440 units.
    fn successive() -> impl Strategy<Value = (Calendar, Calendar)> {
        let periods = proptest::sample::select(vec![4u16, 6, 8, 12, 24, 48, 96]);
        let pair = (periods.clone(), periods, 1u64..1_000, 0u64..50);
        pair.prop_filter_map("a jump", |(before, after, unit, release)| {
            let day = unit * 8 * 1_440;
            let of = |periods: u16| Calendar {
                version: 0,
                effective_from: 0,
                anchor: day * 3,
                period_length: day / u64::from(periods),
                periods_per_day: periods,
                release_from: release * day / 100,
                release_to: release * day / 100 + day / 10,
            };
            let (before, after) = (of(before), of(after));
            (after.follows(&before).is_ok() && before.validate().is_ok() && after.validate().is_ok())
                .then_some((before, Calendar { effective_from: 2, version: 1, ..after }))
        })
    }

    fn of_moment(now: Moment, before: Calendar, after: Calendar) -> Calendar {
        if now < after.day_start(after.effective_from) { before } else { after }
    }

    /// The periods of days 0 to 4 whose window of a stage holds the moment.
    fn open_one_by_one(of: impl Fn(Day) -> Calendar, stage: Stage, now: Moment) -> Vec<Delivery> {
        let periods = |day| (0..of(day).periods_per_day).map(move |period| Delivery { day, period });
        let is_open = |delivery: &Delivery| of(delivery.day).window(stage, *delivery).contains(now);
        (0..=4).flat_map(periods).filter(is_open).collect()
    }

    fn calendars() -> impl Strategy<Value = Calendar> {
        (1u64..5_000, 4u16..=96, 0u64..100, 1u64..100).prop_map(|(eighths, periods, from, length)| {
            let period_length = eighths * 8;
            let day = period_length * u64::from(periods);
            let release_from = day / 4 + from * (day / 400);
            Calendar {
                version: 0,
                effective_from: 0,
                anchor: day * 3,
                period_length,
                periods_per_day: periods,
                release_from,
                release_to: release_from + 1 + length * (day / 400),
            }
        })
    }

    proptest! {
        #[test]
        fn boundaries_should_be_where_something_changes(calendar in calendars(), at in 0u64..1_000_000) {
            prop_assume!(calendar.validate().is_ok());
            let now = calendar.anchor - calendar.day_length() + at % (calendar.day_length() * 3);
            let boundary = calendar.next_boundary(now);
            prop_assert!(boundary > now);
            prop_assert_eq!(calendar.open_at(boundary - 1), calendar.open_at(now));
            prop_assert_ne!(calendar.open_at(boundary), calendar.open_at(now));
        }

        #[test]
        fn windows_should_never_overlap_when_one_calendar_follows_another((before, after) in successive(), at in 0u64..1_000_000) {
            let of = |day| if day < after.effective_from { before } else { after };
            let change = after.day_start(2);
            // About a tenth of a day around the change, and any time of the two days about it.
            let span = before.day_length() / 10;
            for now in [change - span / 2 + at % span, before.day_start(1) + at % (2 * before.day_length())] {
                let nearby = Nearby::find(now, of_moment(now, before, after), of);
                let open = nearby.open();
                for (stage, found) in [
                    (Stage::Sealing, open.sealing),
                    (Stage::Reveal, open.reveal),
                    (Stage::Execution, open.execution),
                    (Stage::Metering, open.metering),
                ] {
                    prop_assert_eq!(Vec::from_iter(found), open_one_by_one(of, stage, now), "{:?}", stage);
                }
                let released: Vec<_> = (0..=4).filter(|day| of(*day).release(*day).contains(now)).collect();
                prop_assert_eq!(Vec::from_iter(open.release), released);
                let boundary = nearby.next_boundary();
                prop_assert!(boundary > now);
                let just_before = Nearby::find(boundary - 1, of_moment(boundary - 1, before, after), of);
                prop_assert_eq!(just_before.open(), open);
            }
        }

        #[test]
        fn index_should_come_back_when_a_period_is_found_by_its_time(calendar in calendars(), day in 0u32..5_000, period in 0u16..96) {
            prop_assume!(period < calendar.periods_per_day);
            let delivery = Delivery { day, period };
            prop_assert_eq!(calendar.delivery_at(calendar.start(delivery)), Some(delivery));
            prop_assert_eq!(calendar.delivery_at(calendar.start(delivery) + calendar.period_length - 1), Some(delivery));
            prop_assert_eq!(calendar.next(delivery).and_then(|next| calendar.previous(next)), Some(delivery));
        }
    }
}
