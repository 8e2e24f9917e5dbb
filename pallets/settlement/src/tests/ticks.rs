use crate::mock::*;
use crate::{Closing, Cursor, Lines, Next, NextTopUp, Pruning, Waiting, WeightInfo};
use frame::deps::frame_support::weights::WeightMeter;
use frame::testing_prelude::*;
use market::api::RecordedLine;
use market::bill::Correction;
use market::{Delivery, Position};

/// Enough for the dearest step and no more.
fn tiny_budget() -> Weight {
    let steps = [
        <() as WeightInfo>::settle_line(4),
        <() as WeightInfo>::finish_period(),
        <() as WeightInfo>::top_up(),
        <() as WeightInfo>::pay_claim(),
        <() as WeightInfo>::lapse_dispute(),
        <() as WeightInfo>::close_bill(4, 16),
        <() as WeightInfo>::close_day(),
        <() as WeightInfo>::share_forfeit(),
        <() as WeightInfo>::prune_line(4),
        <() as WeightInfo>::forget_reference(),
    ];
    let dearest = steps.into_iter().fold(Weight::zero(), |dearest, step| dearest.max(step));
    <() as WeightInfo>::look() * 4 + dearest
}

/// Lines, what each has free, on hold and as debt, and the roots.
type Figures = (Vec<RecordedLine>, Vec<(u128, u128, i128)>, Vec<crate::types::DayRoot>);

/// The outcome of some days with trade, debts and top-ups.
fn market_days() -> Figures {
    let ids = [LA1, LA2, LA3, MG1, RES];
    let mut lines = Vec::new();
    silence([LA2]);
    for day in 0..8 {
        for period in 0..4 {
            let delivery = Delivery { day, period };
            release(LA1, delivery, Position::Buy(wh(3_300)));
            release(LA2, delivery, Position::Buy(wh(300_000)));
            release(MG1, delivery, offer(5_000));
            if free(LA1) > ETH {
                trade(delivery, LA1, MG1, 2_000, 400_000_000);
            }
            open_metering(delivery);
            read(LA1, delivery, 9_000).unwrap();
            read(MG1, delivery, if period == 2 { 0 } else { -4_000 }).unwrap();
            if period == 1 {
                // The supplier has to owe, by age.
                leave(RES, 0);
                read(LA3, delivery, -5_000).unwrap();
            }
            close_metering(delivery);
            // Blocks that a small budget needs.
            while Settlement::backlog()
                || Pruning::<Test>::get().unwrap().delivery.day < Settlement::kept_from()
            {
                block_at(Now::get() + 1);
            }
            if period == 3 {
                dispute(DSO, delivery, LA1).unwrap();
            }
            if period == 3 && day > 4 {
                // A correction names its block, and so do the roots of its day.
                read(LA2, delivery, 1_000 * i64::from(day)).unwrap();
            }
            lines.extend(Settlement::lines(delivery, 0, u32::MAX).items.into_iter().map(|line| {
                RecordedLine {
                    settled: None,
                    traded: None,
                    corrections: line
                        .corrections
                        .into_iter()
                        .map(|one| Correction { block: 0, ..one })
                        .collect(),
                    ..line
                }
            }));
            Settlement::do_try_state().unwrap();
        }
    }
    let money = ids.into_iter().map(|id| (free(id), held(id), debt(id))).collect();
    let roots = (0..8).filter_map(crate::Roots::<Test>::get).collect();
    (lines, money, roots)
}

#[test]
fn outcome_should_be_the_same_when_the_budget_is_tiny() {
    let ample = new_test_ext().execute_with(market_days);
    let tiny = new_test_ext().execute_with(|| {
        Budget::set(tiny_budget());
        market_days()
    });
    assert_eq!(ample, tiny);
    assert_eq!(ample.2.len(), 5);
}

#[test]
fn period_should_be_settled_over_many_blocks_when_the_budget_is_tiny() {
    build_and_execute(|| {
        trade(FIRST, LA1, MG1, 1_000, 400_000_000);
        release(LA2, FIRST, Position::Buy(wh(33)));
        open_metering(FIRST);
        Budget::set(tiny_budget());
        close_metering(FIRST);
        let mut blocks = 1;
        while Settlement::next_to_settle() == Some(FIRST) {
            Settlement::do_try_state().unwrap();
            let cursor = Cursor::<Test>::get().unwrap();
            assert!(Settlement::backlog());
            assert_noop!(read(LA1, FIRST, 1), crate::Error::<Test>::WindowClosed);
            assert!(cursor.next > 0);
            block_at(Now::get() + 1);
            blocks += 1;
        }
        assert!(blocks > 3, "{blocks}");
    });
}

#[test]
fn hook_should_do_nothing_when_the_block_has_no_room() {
    build_and_execute(|| {
        let mut meter = WeightMeter::with_limit(Weight::from_parts(1, 1));
        Now::set(CALENDAR.metering(FIRST).to);
        assert_storage_noop!(Settlement::on_poll(9, &mut meter));
        assert_eq!(meter.consumed(), Weight::zero());
    });
}

#[test]
fn market_should_start_with_the_first_period_that_can_be_sealed() {
    let starts_at = |now: u64| {
        new_test_ext().execute_with(|| {
            Next::<Test>::kill();
            NextTopUp::<Test>::kill();
            block_at(now);
            let pruning = Pruning::<Test>::get().unwrap().delivery;
            assert_eq!(Some(pruning), Next::<Test>::get());
            assert_eq!(Closing::<Test>::get().unwrap().day, pruning.day);
            (pruning.day, pruning.period, NextTopUp::<Test>::get().unwrap().day)
        })
    };
    let sealing = CALENDAR.sealing(FIRST).from;
    assert_eq!(starts_at(CALENDAR.release(0).from), (0, 0, 1));
    assert_eq!(starts_at(sealing - 1), (0, 0, 1));
    assert_eq!(starts_at(sealing), (0, 1, 1));
    assert_eq!(starts_at(CALENDAR.start(FIRST)), (0, 1, 1));
    assert_eq!(starts_at(CALENDAR.start(Delivery { day: 0, period: 3 }) + HOUR / 4), (1, 0, 2));
    assert_eq!(starts_at(CALENDAR.start(Delivery { day: 5, period: 3 }) + HOUR * 7 / 8), (6, 1, 7));
}

#[test]
fn nothing_should_start_when_the_chain_has_no_time() {
    build_and_execute(|| {
        Next::<Test>::kill();
        assert_storage_noop!({
            Now::set(0);
            Settlement::on_poll(1, &mut WeightMeter::new());
        });
        block_at(CALENDAR.release(0).from);
    });
}

#[test]
fn chain_should_catch_up_period_by_period_when_it_stood_still() {
    build_and_execute(|| {
        for day in 0..3 {
            for period in 0..4 {
                release(LA1, Delivery { day, period }, Position::Buy(wh(33)));
            }
        }
        settle_through(FIRST);
        let resumed = CALENDAR.start(Delivery { day: 3, period: 1 });
        block_at(resumed);
        assert_eq!(Settlement::next_to_settle(), Some(Delivery { day: 0, period: 1 }));
        // Everybody has the time of two blocks to send what the meters counted.
        for (day, period) in [(0, 1), (1, 0), (2, 3)] {
            assert_ok!(read(LA1, Delivery { day, period }, 50));
        }
        assert_eq!(Settlement::due(LA1).unwrap().delivery, Delivery { day: 0, period: 2 });
        block_at(resumed + 1);
        assert_ok!(read(LA1, Delivery { day: 2, period: 2 }, 50));
        block_at(resumed + 2);
        let last = Delivery { day: 3, period: 0 };
        assert_eq!(Settlement::due(LA1).map(|due| due.delivery), Some(last), "its own window is open");
        assert_eq!(Settlement::next_to_settle(), Some(last));
        let used =
            |day, period| Settlement::line(Delivery { day, period }, LA1).unwrap().line.actual.unwrap();
        assert_eq!(used(2, 2).watt_hours(), 50);
        assert_eq!(used(1, 1).watt_hours(), 100);
        assert!(Waiting::<Test>::get().iter().all(|ended| ended.through >= last));
    });
}

#[test]
fn period_should_wait_for_a_second_validator_when_there_are_many() {
    build_and_execute(|| {
        Validators::set(4);
        silence([LA1]);
        close_metering(FIRST);
        block_at(Now::get() + 1);
        assert_eq!(Settlement::next_to_settle(), Some(FIRST), "one validator made all blocks");
        assert_ok!(read(LA1, FIRST, 50));
        Author::set(Some(3));
        block_at(Now::get() + 1);
        block_at(Now::get() + 1);
        assert_ne!(Settlement::next_to_settle(), Some(FIRST));
        Author::set(Some(0));
        Validators::set(1);
    });
}

#[test]
fn waiting_periods_should_stay_bounded_when_settlement_lags() {
    build_and_execute(|| {
        Uncleared::mutate(|periods| periods.insert(FIRST));
        let last = Delivery { day: 4, period: 0 };
        for index in 0..17 {
            open_metering(Delivery { day: index / 4, period: (index % 4) as u16 });
        }
        assert_eq!(Waiting::<Test>::get().len() as u32, crate::MAX_ENDED);
        assert_eq!(Waiting::<Test>::get().last().unwrap().through, last);
        Uncleared::set(Default::default());
        block_at(Now::get() + 1);
        block_at(Now::get() + 1);
        assert_eq!(Settlement::next_to_settle(), Some(last));
        assert_eq!(Lines::<Test>::iter_prefix(FIRST).count(), 5, "four meters, and the supplier");
    });
}

#[test]
fn configuration_should_keep_its_laws() {
    new_test_ext().execute_with(Settlement::integrity_test);
}

#[test]
#[should_panic(expected = "does not fit into the budget")]
fn configuration_should_be_refused_when_a_step_does_not_fit() {
    new_test_ext().execute_with(|| {
        Budget::set(<() as WeightInfo>::close_bill(288, 0));
        Settlement::integrity_test();
    });
}
