//! Windows and moments in words.

use market::calendar::OpenWindows;
use market::{Calendar, Day, Delivery, Moment};

/// What is open, in words.
pub fn stages(open: &OpenWindows) -> String {
    let of =
        |name: &str, delivery: Option<Delivery>| delivery.map(|delivery| format!("{name} of {delivery}"));
    let all: Vec<String> = [
        open.release.map(|day| format!("release of day {day}")),
        of("sealing", open.sealing),
        of("reveal", open.reveal),
        of("execution", open.execution),
        of("metering", open.metering),
    ]
    .into_iter()
    .flatten()
    .collect();
    if all.is_empty() { "no window open".into() } else { all.join(", ") }
}

/// A moment as day and time of day; `eve` is the day before day 0.
pub fn time_of_day(calendar: &Calendar, at: Moment) -> String {
    let length = calendar.day_length().max(1);
    let (day, into) = match at.checked_sub(calendar.anchor) {
        Some(since) => (format!("day {}", since / length), since % length),
        None => {
            let until = calendar.anchor - at;
            ("eve".to_owned(), length.saturating_sub(until % length) % length)
        }
    };
    let seconds = into / 1000;
    format!("{day} {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Days in words, as in `days 0 to 3 and day 7`, where they are in order.
pub fn days(days: &[Day]) -> String {
    let mut runs: Vec<(Day, Day)> = Vec::new();
    for day in days.iter().copied() {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(day) => *last = day,
            _ => runs.push((day, day)),
        }
    }
    let words = runs.into_iter().map(|(first, last)| match last - first {
        0 => format!("day {first}"),
        _ => format!("days {first} to {last}"),
    });
    words.collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_should_be_told_as_runs() {
        assert_eq!(days(&[0, 1, 2, 5, 8, 9]), "days 0 to 2 and day 5 and days 8 to 9");
        assert_eq!(days(&[7]), "day 7");
    }

    #[test]
    fn moment_should_be_day_and_time_when_it_is_before_or_after_the_anchor() {
        let hour = 3_600_000;
        let calendar =
            Calendar { anchor: 100 * hour, period_length: hour, periods_per_day: 24, ..Calendar::default() };
        assert_eq!(time_of_day(&calendar, 100 * hour), "day 0 00:00:00");
        assert_eq!(time_of_day(&calendar, 125 * hour + 61_000), "day 1 01:01:01");
        assert_eq!(time_of_day(&calendar, 92 * hour), "eve 16:00:00");
    }
}
