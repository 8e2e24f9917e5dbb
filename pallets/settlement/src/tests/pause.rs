//! Metering that the operator has paused.

use crate::mock::*;
use crate::{Cursor, Error, Lines, Next, WeightInfo};
use frame::testing_prelude::*;
use market::{Delivery, Position};

const LAST: Delivery = Delivery { day: 0, period: 3 };

fn settled(delivery: Delivery) -> bool {
    Next::<Test>::get().is_some_and(|next| delivery < next)
}

fn next_block() {
    block_at(Now::get() + 1);
}

#[test]
fn readings_should_be_refused_when_metering_is_paused() {
    build_and_execute(|| {
        open_metering(FIRST);
        MeteringPaused::set(true);
        assert_noop!(read(LA1, FIRST, 1), Error::<Test>::Paused);
        assert_eq!(Settlement::due(LA1), None);
        MeteringPaused::set(false);
        assert!(Settlement::due(LA1).is_some());
        assert_ok!(read(LA1, FIRST, 1));
    });
}

#[test]
fn late_readings_should_be_refused_when_metering_is_paused() {
    build_and_execute(|| {
        silence([LA1]);
        open_metering(FIRST);
        close_metering(FIRST);
        assert!(settled(FIRST));
        MeteringPaused::set(true);
        assert_noop!(read(LA1, FIRST, 4_000), Error::<Test>::Paused);
        MeteringPaused::set(false);
        assert_ok!(read(LA1, FIRST, 4_000));
    });
}

#[test]
fn period_should_take_readings_again_when_its_metering_was_paused() {
    build_and_execute(|| {
        silence([LA1]);
        open_metering(FIRST);
        MeteringPaused::set(true);
        close_metering(FIRST);
        next_block();
        assert!(!settled(FIRST));
        assert!(!Settlement::backlog());
        // The rest of the block in which it is resumed, and two whole ones.
        MeteringPaused::set(false);
        for _ in 0..2 {
            next_block();
            assert!(!settled(FIRST));
        }
        assert_ok!(read(LA1, FIRST, 4_000));
        next_block();
        assert!(settled(FIRST));
        assert!(!Lines::<Test>::get(FIRST, LA1).unwrap().settled.unwrap().estimated);
    });
}

#[test]
fn periods_should_be_settled_in_order_when_several_waited_for_metering() {
    build_and_execute(|| {
        MeteringPaused::set(true);
        silence([LA1]);
        for period in 0..4 {
            let delivery = Delivery { day: 0, period };
            open_metering(delivery);
            close_metering(delivery);
            Settlement::do_try_state().unwrap();
        }
        assert_eq!(Next::<Test>::get(), Some(FIRST));
        MeteringPaused::set(false);
        next_block();
        for period in 0..4 {
            assert_ok!(read(LA1, Delivery { day: 0, period }, 5_000));
        }
        next_block();
        next_block();
        assert!(settled(LAST));
        let is_read =
            |period| Lines::<Test>::get(Delivery { day: 0, period }, LA1).unwrap().reading.is_some();
        assert!((0..4).all(is_read));
    });
}

#[test]
fn settlement_should_stop_amid_a_period_when_metering_is_paused() {
    build_and_execute(|| {
        trade(FIRST, LA1, MG1, 1_000, 400_000_000);
        release(LA2, FIRST, Position::Buy(wh(33)));
        open_metering(FIRST);
        Budget::set(<() as WeightInfo>::look() * 4 + <() as WeightInfo>::settle_line(4));
        close_metering(FIRST);
        let stopped = Cursor::<Test>::get();
        assert!(stopped.is_some());
        MeteringPaused::set(true);
        next_block();
        assert_eq!(Cursor::<Test>::get(), stopped);
        MeteringPaused::set(false);
        // It goes on at once: whoever is settled already can't be read any more.
        assert_noop!(read(LA1, FIRST, 1), Error::<Test>::WindowClosed);
        Budget::set(Weight::from_parts(400_000_000_000, 1_000_000));
        next_block();
        assert!(settled(FIRST));
    });
}

#[test]
fn time_for_corrections_should_be_longer_when_metering_was_paused() {
    build_and_execute(|| {
        silence([LA1]);
        settle_through(LAST);
        let end = Settlement::correction_end(0).unwrap();
        PausedFor::set(10);
        assert_eq!(Settlement::correction_end(0), Some(end + 10));
        block_at(end + 9);
        assert_ok!(read(LA1, LAST, 4_000));
        PausedFor::set(0);
    });
}
