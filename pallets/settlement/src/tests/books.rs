//! What is open in the books.

use crate::TopUps;
use crate::mock::*;
use frame::testing_prelude::*;
use market::books::Books;
use market::{Delivery, Position};

const SECOND: Delivery = Delivery { day: 0, period: 1 };

#[test]
fn days_should_be_those_of_the_cursors() {
    build_and_execute(|| {
        assert_eq!(Settlement::first_unsettled(), Some(0));
        settle_through(Delivery { day: 4, period: 3 });
        assert_eq!(Settlement::first_unsettled(), Some(5));
        assert_eq!(Settlement::first_correctable(), crate::Closing::<Test>::get().map(|closing| closing.day));
        assert_eq!(Settlement::first_kept(), Some(crate::Pruning::<Test>::get().unwrap().delivery.day));
        assert!(Settlement::first_kept() <= Settlement::first_correctable());
        assert!(Settlement::first_correctable() < Settlement::first_unsettled());
    });
}

#[test]
fn participant_should_be_settled_up_when_nothing_of_it_is_open() {
    build_and_execute(|| {
        assert!([LA1, LA2, MG1, RES, DSO].into_iter().all(Settlement::is_settled_up));
    });
}

#[test]
fn participant_should_be_open_when_it_released_a_day_that_is_not_settled() {
    build_and_execute(|| {
        release(LA1, FIRST, Position::Buy(wh(3_300)));
        assert!(!Settlement::is_settled_up(LA1));
        settle_through(FIRST);
        // The books do not tell one period of a released day from another.
        release(LA2, Delivery { day: 1, period: 0 }, Position::NONE);
        assert!(!Settlement::is_settled_up(LA1));
        assert!(!Settlement::is_settled_up(LA2));
        settle_through(Delivery { day: 0, period: 3 });
        assert!(Settlement::is_settled_up(LA1));
        assert!(!Settlement::is_settled_up(LA2));
    });
}

#[test]
fn participant_should_be_open_when_a_period_that_has_ended_is_not_settled() {
    build_and_execute(|| {
        settle_through(FIRST);
        open_metering(SECOND);
        assert_ok!(read(LA1, SECOND, 10));
        // MG1 may have used energy, too, whatever its meter says of it; LA2 was registered amid the period.
        Members::mutate(|members| members[LA2.0 as usize].since = CALENDAR.start(SECOND) + 1);
        assert!(![LA1, MG1].into_iter().any(Settlement::is_settled_up));
        assert!([LA2, RES, DSO].into_iter().all(Settlement::is_settled_up));
        close_metering(SECOND);
        assert!([LA1, LA2, MG1].into_iter().all(Settlement::is_settled_up));
    });
}

#[test]
fn participant_should_be_open_when_it_owes_or_is_owed_or_has_a_standing_order() {
    build_and_execute(|| {
        for owed in [1, -1] {
            owes(LA1, owed);
            assert!(!Settlement::is_settled_up(LA1));
            owes(LA1, 0);
        }
        TopUps::<Test>::insert(LA1, 1);
        assert!(!Settlement::is_settled_up(LA1));
        TopUps::<Test>::remove(LA1);
        assert!(Settlement::is_settled_up(LA1));
    });
}

#[test]
fn participant_should_be_open_when_settlement_is_far_behind() {
    build_and_execute(|| {
        MeteringPaused::set(true);
        block_at(CALENDAR.day_start(30));
        assert!(!Settlement::is_settled_up(LA1));
        MeteringPaused::set(false);
    });
}
