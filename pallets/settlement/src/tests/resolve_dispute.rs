use crate::mock::*;
use crate::types::Ruling;
use crate::{Corrections, Disputes, Error, Event, Lines, MAX_CORRECTIONS, OpenDisputes, Roots};
use frame::testing_prelude::*;
use market::bill::Reason;
use market::{Delivery, NetEnergy, ParticipantId, Position};

const LAST: Delivery = Delivery { day: 0, period: 3 };

/// The first hour, with LA1 read at 5 kWh and its line in dispute.
fn disputed_hour() {
    release(LA1, FIRST, Position::Buy(wh(3_300)));
    open_metering(FIRST);
    assert_ok!(read(LA1, FIRST, 5_000));
    close_metering(FIRST);
    assert_ok!(dispute(DSO, FIRST, LA1));
}

fn resolve(participant: ParticipantId, ruling: Ruling) -> DispatchResult {
    Settlement::resolve_dispute(RuntimeOrigin::root(), FIRST, participant, ruling)
}

fn actual(watt_hours: i64) -> Ruling {
    Ruling::Actual(NetEnergy::from_watt_hours(watt_hours))
}

#[test]
fn line_should_stand_when_the_dispute_is_dismissed() {
    build_and_execute(|| {
        disputed_hour();
        let before = (Lines::<Test>::get(FIRST, LA1), free(LA1), free(RES));
        events();
        assert_ok!(resolve(LA1, Ruling::Dismiss));
        assert_eq!((Lines::<Test>::get(FIRST, LA1), free(LA1), free(RES)), before);
        assert!(!Disputes::<Test>::contains_key(0, (0, LA1)));
        assert!(!OpenDisputes::<Test>::contains_key(0));
        let ruling = Ruling::Dismiss;
        assert_eq!(events(), [Event::DisputeResolved { delivery: FIRST, participant: LA1, ruling }]);
        assert_ok!(dispute(LA1, FIRST, LA1));
    });
}

#[test]
fn line_should_be_corrected_when_the_operator_rules_so() {
    build_and_execute(|| {
        disputed_hour();
        let (line, free_before) = (Lines::<Test>::get(FIRST, LA1).unwrap(), free(LA1));
        assert_ok!(resolve(LA1, actual(7_000)));
        assert_eq!(free(LA1), free_before - eth("0.85").planck());
        let correction = Corrections::<Test>::get((FIRST, LA1, 0)).unwrap();
        assert_eq!(correction.reason, Reason::Dispute);
        assert_eq!(correction.before, line.reading);
        assert_eq!(correction.balanced, NetEnergy::from_watt_hours(2_000));
        let now = Lines::<Test>::get(FIRST, LA1).unwrap();
        assert_eq!((now.settled, now.reading, now.corrections), (line.settled, line.reading, 1));

        // It may be disputed again, and goes on from there.
        assert_ok!(dispute(LA1, FIRST, LA1));
        assert_ok!(resolve(LA1, actual(-1_000)));
        let second = Corrections::<Test>::get((FIRST, LA1, 1)).unwrap();
        assert_eq!(second.before, Some(NetEnergy::from_watt_hours(7_000)));
        // 7 kWh at 0.425 are not bought, and 1 kWh is sold at 0.38.
        assert_eq!(free(LA1), free_before + eth("2.505").planck());
        assert_eq!(Settlement::bill(0, LA1).unwrap().totals().actual.watt_hours(), -1_000);
    });
}

#[test]
fn ruling_should_be_refused_when_the_operator_did_not_make_it() {
    build_and_execute(|| {
        disputed_hour();
        for who in [LA1, RES, DSO] {
            let origin = RuntimeOrigin::signed(account(who));
            let refused = Settlement::resolve_dispute(origin, FIRST, LA1, Ruling::Dismiss);
            assert_noop!(refused, DispatchError::BadOrigin);
        }
    });
}

#[test]
fn ruling_should_be_refused_when_nothing_is_disputed() {
    build_and_execute(|| {
        disputed_hour();
        assert_noop!(resolve(LA2, Ruling::Dismiss), Error::<Test>::NotDisputed);
        assert_ok!(resolve(LA1, Ruling::Dismiss));
        assert_noop!(resolve(LA1, actual(1)), Error::<Test>::NotDisputed);
    });
}

#[test]
fn ruling_should_be_refused_when_it_is_over_the_tie_line() {
    build_and_execute(|| {
        disputed_hour();
        assert_noop!(resolve(LA1, actual(200_001)), Error::<Test>::OverTieLine);
        assert_noop!(resolve(LA1, actual(-200_001)), Error::<Test>::OverTieLine);
        assert_noop!(resolve(LA1, actual(i64::MIN)), Error::<Test>::OverTieLine);
        assert_ok!(resolve(LA1, actual(-200_000)));
    });
}

#[test]
fn ruling_should_be_refused_when_the_line_was_corrected_too_often() {
    build_and_execute(|| {
        disputed_hour();
        for number in 0..MAX_CORRECTIONS {
            assert_ok!(resolve(LA1, actual(i64::from(number))));
            assert_ok!(dispute(LA1, FIRST, LA1));
        }
        assert_noop!(resolve(LA1, actual(1)), Error::<Test>::TooManyCorrections);
        assert_ok!(resolve(LA1, Ruling::Dismiss));
    });
}

#[test]
fn ruling_should_be_taken_until_the_dispute_lapses_and_then_close_the_day() {
    build_and_execute(|| {
        disputed_hour();
        settle_through(Delivery { day: 2, period: 3 });
        let end = CALENDAR.metering(LAST).to + 2 * CALENDAR.day_length();
        block_at(end + CALENDAR.day_length() - 1);
        assert_ok!(resolve(LA1, actual(6_000)));
        assert!(!Roots::<Test>::contains_key(0));
        block_at(Now::get());
        assert!(Roots::<Test>::contains_key(0));
        assert_eq!(Settlement::bill(0, LA1).unwrap().corrections.len(), 1);
    });
}
