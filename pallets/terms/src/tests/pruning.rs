use super::*;

/// Half-hours from a day on.
const fn halves(effective_from: Day) -> Calendar {
    Calendar { version: 1, effective_from, period_length: 1_800_000, periods_per_day: 48, ..CALENDAR }
}

fn set_feed_in(day: Day, gwei: u64) -> DispatchResult {
    Terms::set_feed_in(RuntimeOrigin::root(), day, price(gwei))
}

fn set_calendar(calendar: Calendar) -> DispatchResult {
    Terms::set_calendar(RuntimeOrigin::root(), calendar)
}

/// The day from which the oldest feed-in price that is kept applies.
fn oldest_price() -> Day {
    FeedInVersions::<Test>::get()[0].effective_from
}

/// The day from which the oldest calendar that is kept applies.
fn oldest_calendar() -> Day {
    CalendarVersions::<Test>::get()[0].effective_from
}

#[test]
fn old_prices_should_stay_when_their_days_may_be_corrected() {
    build_and_execute(|| {
        assert_ok!(set_feed_in(1, FEED_IN + 1));
        Correctable::set(&Some(0));
        Released::set(&(48, 48));
        Now::set(&CALENDAR.day_start(50));
        assert_ok!(set_feed_in(60, FEED_IN + 2));
        assert_eq!(Terms::feed_in(0), price(FEED_IN));
        Correctable::set(&Some(1));
        assert_ok!(set_feed_in(60, FEED_IN + 2));
        assert_eq!(oldest_price(), 1);
    });
}

#[test]
fn old_prices_should_stay_when_releases_of_their_days_are_kept() {
    build_and_execute(|| {
        assert_ok!(set_feed_in(1, FEED_IN + 1));
        Now::set(&CALENDAR.day_start(50));
        assert_ok!(set_feed_in(60, FEED_IN + 2));
        assert_eq!(oldest_price(), 0);
        // What is left of a day that is being pruned needs no price.
        Released::set(&(1, 0));
        assert_ok!(set_feed_in(60, FEED_IN + 2));
        assert_eq!(oldest_price(), 1);
    });
}

#[test]
fn old_calendars_should_go_when_no_line_of_their_days_is_kept() {
    build_and_execute(|| {
        assert_ok!(set_calendar(halves(1)));
        Released::set(&(48, 48));
        Kept::set(&Some(0));
        Now::set(&CALENDAR.day_start(50));
        assert_ok!(set_calendar(Calendar { effective_from: 52, ..CALENDAR }));
        assert_eq!(Terms::of(0), CALENDAR);
        Kept::set(&Some(1));
        assert_ok!(set_calendar(Calendar { effective_from: 52, ..CALENDAR }));
        assert_eq!(oldest_calendar(), 1);
    });
}

#[test]
fn old_calendars_should_stay_when_anything_is_left_of_their_days() {
    build_and_execute(|| {
        assert_ok!(set_calendar(halves(1)));
        Released::set(&(48, 0));
        Now::set(&CALENDAR.day_start(50));
        assert_ok!(set_calendar(Calendar { effective_from: 52, ..CALENDAR }));
        assert_eq!(oldest_calendar(), 0);
        Released::set(&(48, 48));
        assert_ok!(set_calendar(Calendar { effective_from: 52, ..CALENDAR }));
        assert_eq!(oldest_calendar(), 1);
    });
}
