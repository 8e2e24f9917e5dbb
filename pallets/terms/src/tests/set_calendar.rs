use super::*;
use market::Window;

const MINUTE: u64 = 60_000;

/// Quarters of an hour from a day on, with a release from 15:00 to 17:00.
const fn quarters(effective_from: Day) -> Calendar {
    Calendar {
        version: 1,
        effective_from,
        period_length: 15 * MINUTE,
        periods_per_day: 96,
        release_from: 15 * 60 * MINUTE,
        ..CALENDAR
    }
}

fn set(calendar: Calendar) -> DispatchResult {
    Terms::set_calendar(RuntimeOrigin::root(), calendar)
}

#[test]
fn calendar_should_apply_from_its_day_when_the_operator_sets_it() {
    build_and_execute(|| {
        // The version is the chain's to give.
        assert_ok!(set(Calendar { version: 77, ..quarters(2) }));
        assert_eq!([0, 1, 2, 3].map(Terms::of), [CALENDAR, CALENDAR, quarters(2), quarters(2)]);
        System::assert_last_event(Event::CalendarSet { calendar: quarters(2) }.into());
        let midnight = CALENDAR.day_start(2);
        assert_eq!(Terms::at(midnight - 1), CALENDAR);
        assert_eq!(Terms::at(midnight), quarters(2));
        assert_eq!(quarters(2).day_start(2), midnight);
        // Prices go by the time of day.
        let noon = Delivery { day: 2, period: 48 };
        assert_eq!(Terms::prices(noon).unwrap().tariff, price(TARIFF));
    });
}

#[test]
fn windows_should_follow_their_own_calendar_when_it_changes() {
    build_and_execute(|| {
        assert_ok!(set(quarters(1)));
        let (last, first) = (Delivery { day: 0, period: 23 }, Delivery { day: 1, period: 0 });
        let midnight = CALENDAR.day_start(1);
        let eve = Window { from: midnight - 9 * 60 * MINUTE, to: midnight - 7 * 60 * MINUTE };
        assert_eq!(Terms::open_at(eve.from).release, Some(1));
        assert_eq!(Terms::open_at(eve.to - 1).release, Some(1));
        let quarter = 15 * MINUTE / 4;
        assert_eq!(Terms::open_at(midnight - quarter - 1).sealing, None);
        assert_eq!(Terms::open_at(midnight - quarter).sealing, Some(first));
        assert_eq!(Terms::next_boundary(midnight - quarter - 1), midnight - quarter);
        assert_eq!(Terms::open_at(midnight - 1).reveal, Some(first));
        assert_eq!(Terms::open_at(midnight).execution, Some(first));
        assert_eq!(Terms::open_at(midnight).metering, Some(last));
        assert_eq!(Terms::open_at(midnight + 15 * MINUTE - 1).metering, Some(last));
        assert_eq!(Terms::open_at(midnight + 15 * MINUTE).metering, Some(first));
    });
}

#[test]
fn calendar_should_replace_those_that_wait_when_it_is_set_again() {
    build_and_execute(|| {
        assert_ok!(set(quarters(3)));
        assert_ok!(set(quarters(2)));
        assert_eq!(CalendarVersions::<Test>::get().to_vec(), [CALENDAR, quarters(2)]);
        assert_ok!(set(quarters(2)));
        assert_eq!(CalendarVersions::<Test>::get().to_vec(), [CALENDAR, quarters(2)]);
        let back = Calendar { effective_from: 4, version: 2, ..CALENDAR };
        assert_ok!(set(back));
        assert_eq!(CalendarVersions::<Test>::get().to_vec(), [CALENDAR, quarters(2), back]);
    });
}

#[test]
fn calendar_should_stay_when_another_is_refused() {
    build_and_execute(|| {
        let good = quarters(2);
        assert_noop!(Terms::set_calendar(by(RES), good), DispatchError::BadOrigin);
        assert_noop!(set(Calendar { periods_per_day: 0, ..good }), Error::<Test>::BadCalendar);
        assert_noop!(set(Calendar { periods_per_day: 97, ..good }), Error::<Test>::DayMoved);
        assert_noop!(set(Calendar { anchor: good.anchor + 8, ..good }), Error::<Test>::DayMoved);
        let minutes = Calendar { period_length: 5 * MINUTE, periods_per_day: 288, ..good };
        assert_noop!(set(minutes), Error::<Test>::PeriodJump);
        // By the way of quarters it goes.
        assert_ok!(set(good));
        assert_ok!(set(Calendar { effective_from: 3, ..minutes }));
    });
}

#[test]
fn calendar_should_be_refused_when_its_release_lasts_less_than_two_slots() {
    build_and_execute(|| {
        let release = Calendar { release_to: quarters(2).release_from + 2 * SLOT, ..quarters(2) };
        assert_noop!(
            set(Calendar { release_to: release.release_to - 1, ..release }),
            Error::<Test>::BadCalendar
        );
        assert_ok!(set(release));
    });
}

#[test]
fn calendar_should_be_refused_when_its_periods_last_a_minute() {
    new_test_ext().execute_with(|| {
        // A day of four hours.
        let short = Calendar { period_length: 4 * MINUTE, periods_per_day: 60, release_from: 0, ..CALENDAR };
        let short = Calendar { release_to: 2 * SLOT, ..short };
        CalendarVersions::<Test>::put(BoundedVec::truncate_from(vec![short]));
        let parts = |count: u16| Calendar {
            effective_from: 2,
            period_length: short.day_length() / u64::from(count),
            periods_per_day: count,
            ..short
        };
        assert_noop!(set(parts(240)), Error::<Test>::BadCalendar);
        assert_ok!(set(parts(120)));
    });
}

#[test]
fn calendar_should_be_refused_when_the_release_of_its_day_has_opened() {
    build_and_execute(|| {
        assert_noop!(set(quarters(0)), Error::<Test>::DayReleased);
        Now::set(&(quarters(1).release(1).from - 1));
        assert_ok!(set(quarters(1)));
        // From then on the new calendar's release is open, although the old one's would not be.
        Now::set(&quarters(2).release(2).from);
        assert_noop!(set(Calendar { effective_from: 2, ..CALENDAR }), Error::<Test>::DayReleased);
        assert_ok!(set(Calendar { effective_from: 3, ..CALENDAR }));
        Now::set(&(CALENDAR.release(3).from - 1));
        assert_noop!(set(quarters(3)), Error::<Test>::DayReleased);
    });
}

#[test]
fn calendar_should_be_refused_when_too_many_wait_for_their_day() {
    build_and_execute(|| {
        for day in 1..MAX_VERSIONS {
            assert_ok!(set(quarters(day)));
            assert_ok!(set(Calendar { effective_from: day, ..CALENDAR }));
        }
        assert_noop!(set(quarters(MAX_VERSIONS)), Error::<Test>::TooManyVersions);
    });
}
