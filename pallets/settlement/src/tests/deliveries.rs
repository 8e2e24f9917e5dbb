//! What a debtor's offer counts for: what its meter counted outwards on the last settled days.

use crate::Lines;
use crate::mock::*;
use crate::types::Ruling;
use frame::testing_prelude::*;
use market::debts::DebtBook;
use market::{Delivery, NetEnergy};

const LAST: Delivery = Delivery { day: 0, period: 3 };

/// What counts at the time of the first hour, on a day.
fn delivered(day: u32) -> Vec<u64> {
    Settlement::delivered(MG1, Delivery { day, period: 0 }).map(|energy| energy.watt_hours()).collect()
}

/// The first hour, in which MG1 offers 1 kWh and its meter counts this.
fn first_hour(net: Option<i64>) {
    release(MG1, FIRST, offer(1_000));
    open_metering(FIRST);
    match net {
        Some(net) => {
            assert_ok!(read(MG1, FIRST, net));
        }
        None => silence([MG1]),
    }
    close_metering(FIRST);
}

#[test]
fn readings_should_count_when_they_are_of_the_last_settled_days() {
    build_and_execute(|| {
        release(MG1, FIRST, offer(1_000));
        open_metering(FIRST);
        assert_ok!(read(MG1, FIRST, -700));
        assert_eq!(delivered(1), [0u64; 0], "it is not settled");
        close_metering(FIRST);
        assert_eq!(delivered(1), [700]);
        assert_eq!(Settlement::delivered(MG1, Delivery { day: 1, period: 1 }).count(), 0);
        // The history has two days.
        assert_eq!((delivered(2), delivered(3)), (vec![700], vec![]));
    });
}

#[test]
fn consumption_should_count_for_nothing_when_a_meter_counts_inwards() {
    build_and_execute(|| {
        first_hour(Some(900));
        assert_eq!(delivered(1), [0]);
    });
}

#[test]
fn estimate_should_not_count_until_a_late_reading_replaces_it() {
    build_and_execute(|| {
        first_hour(None);
        assert!(Lines::<Test>::get(FIRST, MG1).unwrap().settled.unwrap().estimated);
        assert_eq!(delivered(1), [0u64; 0]);
        assert_ok!(read(MG1, FIRST, -800));
        assert_eq!(delivered(1), [800]);
    });
}

#[test]
fn reading_should_not_count_when_the_operator_has_ruled_over_it() {
    build_and_execute(|| {
        for late in [false, true] {
            let delivery = if late { Delivery { day: 0, period: 1 } } else { FIRST };
            release(MG1, delivery, offer(1_000));
            open_metering(delivery);
            if late {
                silence([MG1]);
            } else {
                assert_ok!(read(MG1, delivery, -800));
            }
            close_metering(delivery);
            if late {
                assert_ok!(read(MG1, delivery, -800));
            }
            let of_next_day = || Settlement::delivered(MG1, Delivery { day: 1, ..delivery }).count();
            assert_eq!(of_next_day(), 1);
            assert_ok!(dispute(DSO, delivery, MG1));
            let ruling = Ruling::Actual(NetEnergy::from_watt_hours(-100));
            assert_ok!(Settlement::resolve_dispute(RuntimeOrigin::root(), delivery, MG1, ruling));
            assert_eq!(of_next_day(), 0);
        }
        settle_through(LAST);
    });
}
