//! Times as files have them: moments, or what a clock on the wall showed.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// How a time is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// As in `2021-03-28T01:00:00+01:00`, with an offset or without.
    Iso,
    /// Seconds since 1970.
    Unix,
    /// Milliseconds since 1970.
    UnixMs,
    /// By a pattern, as in `%d.%m.%Y %H:%M`.
    Pattern(String),
}

impl Format {
    /// A format by its name: `iso`, `unix`, `unix-ms`, or a pattern.
    pub fn named(text: &str) -> Option<Self> {
        match text {
            "iso" => Some(Self::Iso),
            "unix" => Some(Self::Unix),
            "unix-ms" => Some(Self::UnixMs),
            pattern if pattern.contains('%') => Some(Self::Pattern(pattern.to_owned())),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Iso => "iso",
            Self::Unix => "unix",
            Self::UnixMs => "unix-ms",
            Self::Pattern(pattern) => pattern,
        }
    }

    /// Reads a time. `24:00` is the end of a day, as many write it.
    ///
    /// # Errors
    /// What was expected.
    pub fn read(&self, text: &str) -> Result<Written, String> {
        let text = text.trim();
        match self {
            Self::Unix => moment(text, 1_000).ok_or_else(|| self.expected(text, "seconds since 1970")),
            Self::UnixMs => moment(text, 1).ok_or_else(|| self.expected(text, "milliseconds since 1970")),
            Self::Iso => {
                let read = end_of_day(text, |text| {
                    text.parse().map(Written::Moment).or_else(|_| text.parse().map(Written::Clock)).ok()
                });
                read.ok_or_else(|| self.expected(text, "a time as 2021-03-28T01:00:00+01:00"))
            }
            Self::Pattern(pattern) => end_of_day(text, |text| {
                let parts = strtime::parse(pattern, text).ok()?;
                if parts.offset().is_some() {
                    return parts.to_timestamp().map(Written::Moment).ok();
                }
                parts.to_datetime().map(Written::Clock).ok()
            })
            .ok_or_else(|| self.expected(text, &format!("a time as {pattern}"))),
        }
    }

    fn expected(&self, found: &str, what: &str) -> String {
        format!("expected {what}, found `{found}`")
    }
}

/// A moment, by a number of so many milliseconds each.
fn moment(text: &str, each: i64) -> Option<Written> {
    // Programs write 1613343600.0, too.
    let whole = text
        .split_once('.')
        .map_or(Some(text), |(whole, part)| part.bytes().all(|byte| byte == b'0').then_some(whole))?;
    let number: i64 = whole.parse().ok()?;
    Timestamp::from_millisecond(number.checked_mul(each)?).ok().map(Written::Moment)
}

/// Reads a time in which 24:00 may stand for the next day's start.
fn end_of_day(text: &str, read: impl Fn(&str) -> Option<Written>) -> Option<Written> {
    if let Some(at) = text.find("24:00")
        && text.get(..at)?.ends_with([' ', 'T'])
    {
        let start = format!("{}00:00{}", text.get(..at)?, text.get(at + 5..)?);
        return match read(&start)? {
            Written::Clock(clock) => {
                clock.checked_add(SignedDuration::from_hours(24)).ok().map(Written::Clock)
            }
            Written::Moment(moment) => {
                moment.checked_add(SignedDuration::from_hours(24)).ok().map(Written::Moment)
            }
        };
    }
    read(text)
}

/// A time as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Written {
    /// A moment: it has an offset.
    Moment(Timestamp),
    /// What the clock on the wall showed.
    Clock(DateTime),
}

/// What a time is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// The start of an interval, or a moment.
    Start,
    /// The end of an interval.
    End,
}

/// Finds the moments of one series, whose times come in order.
///
/// When a clock is set back, its times come twice. They have no offset, so the order tells them apart: each is the one
/// that begins where the interval before it ended. Where that does not decide it, it is a mistake.
pub struct Clock<'a> {
    zone: &'a TimeZone,
    label: Label,
    /// How long an interval is, in milliseconds; nothing for moments.
    length: i64,
    /// Where the interval before ended.
    before: Option<Timestamp>,
}

impl<'a> Clock<'a> {
    /// Of a series that nothing is known of yet.
    pub fn new(zone: &'a TimeZone, label: Label, length: i64) -> Self {
        Self { zone, label, length, before: None }
    }

    /// The same series, from where its intervals have another length.
    #[must_use]
    pub fn with_length(self, length: i64) -> Self {
        Self { length, ..self }
    }

    /// The start of the interval that a time is of.
    ///
    /// # Errors
    /// Why there is none, or which of two it is cannot be told.
    pub fn start(&mut self, written: Written) -> Result<Timestamp, String> {
        let back = |at: Timestamp| at.checked_sub(SignedDuration::from_millis(self.length)).ok();
        let starts: BTreeSet<Timestamp> = match (written, self.label) {
            (Written::Moment(at), Label::Start) => [at].into(),
            (Written::Moment(at), Label::End) => back(at).into_iter().collect(),
            (Written::Clock(clock), Label::Start) => self.moments(clock),
            // Some write what the clock shows at the end, others what it showed at the start and a length more.
            (Written::Clock(clock), Label::End) => {
                let started = clock.checked_sub(SignedDuration::from_millis(self.length)).ok();
                let started = started.map(|clock| self.moments(clock)).unwrap_or_default();
                self.moments(clock).into_iter().filter_map(back).chain(started).collect()
            }
        };
        let start = self.choose(&starts, written)?;
        self.before = start.checked_add(SignedDuration::from_millis(self.length)).ok();
        Ok(start)
    }

    fn choose(&self, starts: &BTreeSet<Timestamp>, written: Written) -> Result<Timestamp, String> {
        let Written::Clock(clock) = written else {
            return starts.first().copied().ok_or_else(|| "the time is out of range".into());
        };
        let (first, last) = match (starts.first(), starts.last()) {
            (Some(first), Some(last)) => (*first, *last),
            _ => return Err(format!("{clock} does not exist: the clock was set forward over it")),
        };
        if first == last {
            return Ok(first);
        }
        let found = match self.before {
            Some(before) if self.length == 0 => starts.iter().find(|start| **start > before),
            _ => starts.iter().find(|start| Some(**start) == self.before),
        };
        found.copied().ok_or_else(|| {
            format!(
                "{clock} comes twice when the clock is set back, and the line before does not tell which it is: \
                 expected times in order without a gap there, or with an offset"
            )
        })
    }

    /// The moments at which the clock shows a time: none, one or two.
    fn moments(&self, clock: DateTime) -> BTreeSet<Timestamp> {
        let offsets = match self.zone.to_ambiguous_timestamp(clock).offset() {
            AmbiguousOffset::Unambiguous { offset } => vec![offset],
            AmbiguousOffset::Gap { .. } => vec![],
            AmbiguousOffset::Fold { before, after } => vec![before, after],
        };
        offsets.into_iter().filter_map(|offset| offset.to_timestamp(clock).ok()).collect()
    }
}

/// The start of a day's interval by its number, from 1: a day of a clock change has more or fewer of them.
///
/// # Errors
/// Where the day has no such interval.
pub fn counted(zone: &TimeZone, date: Date, number: i64, length: i64) -> Result<Timestamp, String> {
    let begins = |date: Date| date.to_zoned(zone.clone()).map(|at| at.timestamp());
    let (start, end) = begins(date)
        .and_then(|start| Ok((start, begins(date.tomorrow()?)?)))
        .map_err(|_| format!("{date} is out of range"))?;
    let most = (end.as_millisecond() - start.as_millisecond()) / length.max(1);
    if !(1..=most).contains(&number) {
        return Err(format!("{date} has intervals from 1 to {most}, found {number}"));
    }
    start
        .checked_add(SignedDuration::from_millis((number - 1) * length))
        .map_err(|_| format!("{date} is out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const QUARTER: i64 = 900_000;
    const HOUR: i64 = 3_600_000;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    /// The starts of intervals by the clock's times, in hours and minutes of UTC.
    fn starts(label: Label, length: i64, day: &str, times: &[&str]) -> Vec<Result<String, String>> {
        let zone = berlin();
        let mut clock = Clock::new(&zone, label, length);
        let format = Format::Pattern("%Y-%m-%d %H:%M".into());
        let start = |time: &&str| clock.start(format.read(&format!("{day} {time}")).unwrap());
        let times = times.iter().map(start);
        times.map(|start| start.map(|at| at.strftime("%H:%M").to_string())).collect()
    }

    fn ok(times: &[&str]) -> Vec<Result<String, String>> {
        times.iter().map(|time| Ok((*time).to_owned())).collect()
    }

    #[test]
    fn hour_should_be_told_by_order_when_the_clock_is_set_back() {
        let day = "2021-10-31";
        let twice =
            ["01:45", "02:00", "02:15", "02:30", "02:45", "02:00", "02:15", "02:30", "02:45", "03:00"];
        let moments =
            ["23:45", "00:00", "00:15", "00:30", "00:45", "01:00", "01:15", "01:30", "01:45", "02:00"];
        assert_eq!(starts(Label::Start, QUARTER, day, &twice), ok(&moments));
        // The end of an interval, as the clock shows it and as some work it out from its start.
        let moments = ["22:00", "23:00", "00:00", "01:00", "02:00"];
        assert_eq!(
            starts(Label::End, HOUR, day, &["01:00", "02:00", "02:00", "03:00", "04:00"]),
            ok(&moments)
        );
        assert_eq!(
            starts(Label::End, HOUR, day, &["01:00", "02:00", "03:00", "03:00", "04:00"]),
            ok(&moments)
        );
    }

    #[test]
    fn hour_should_be_a_mistake_when_the_order_does_not_tell_which() {
        for times in [&["02:30"][..], &["01:00", "02:30"], &["02:30", "02:45"]] {
            let found = starts(Label::Start, QUARTER, "2021-10-31", times);
            assert!(found.last().unwrap().as_ref().unwrap_err().contains("comes twice"), "{found:?}");
        }
        let thrice = starts(Label::Start, HOUR, "2021-10-31", &["01:00", "02:00", "02:00", "02:00"]);
        assert!(thrice.last().unwrap().is_err(), "{thrice:?}");
    }

    #[test]
    fn hour_should_be_a_mistake_when_the_clock_was_set_forward_over_it() {
        let found = starts(Label::Start, HOUR, "2021-03-28", &["01:00", "02:00", "03:00"]);
        assert!(found[1].as_ref().unwrap_err().contains("does not exist"), "{found:?}");
        assert_eq!((&found[0], &found[2]), (&Ok("00:00".into()), &Ok("01:00".into())));
        // What ends at 03:00 began at 01:00.
        assert_eq!(
            starts(Label::End, HOUR, "2021-03-28", &["01:00", "03:00", "04:00"]),
            ok(&["23:00", "00:00", "01:00"])
        );
    }

    #[test]
    fn time_should_be_read_in_each_format() {
        let moment = |text: &str| Written::Moment(text.parse().unwrap());
        let clock = |text: &str| Written::Clock(text.parse().unwrap());
        for (format, text, expected) in [
            ("iso", "2021-03-28T01:00:00+01:00", moment("2021-03-28T00:00:00Z")),
            ("iso", "2021-03-28 01:00", clock("2021-03-28T01:00:00")),
            ("iso", "2021-03-28T24:00:00", clock("2021-03-29T00:00:00")),
            ("unix", "1613343600", moment("2021-02-14T23:00:00Z")),
            ("unix", "1613343600.0", moment("2021-02-14T23:00:00Z")),
            ("unix-ms", "1613343600000", moment("2021-02-14T23:00:00Z")),
            ("%d.%m.%Y %H:%M", "28.03.2021 24:00", clock("2021-03-29T00:00:00")),
            ("%d/%m/%Y %H:%M:%S %z", "28/03/2021 01:00:00 +0100", moment("2021-03-28T00:00:00Z")),
            ("%Y/%m/%d", "2021/03/28", clock("2021-03-28T00:00:00")),
        ] {
            assert_eq!(Format::named(format).unwrap().read(text), Ok(expected), "{text}");
        }
        for (format, text) in
            [("iso", "28.03.2021"), ("unix", "1.5"), ("unix", "x"), ("%d.%m.%Y", "2021-03-28")]
        {
            let mistake = Format::named(format).unwrap().read(text).unwrap_err();
            assert!(mistake.ends_with(&format!("found `{text}`")), "{mistake}");
        }
    }

    #[test]
    fn interval_should_be_counted_from_midnight_when_it_has_a_number() {
        let hour = |day: Date, number: i64| counted(&berlin(), day, number, HOUR).map(|at| at.to_string());
        assert_eq!(hour(date(2021, 10, 31), 25), Ok("2021-10-31T22:00:00Z".into()));
        assert_eq!(hour(date(2021, 3, 28), 3), Ok("2021-03-28T01:00:00Z".into()));
        assert!(hour(date(2021, 3, 28), 24).unwrap_err().contains("from 1 to 23"));
        assert!(hour(date(2021, 3, 29), 0).is_err());
    }
}
