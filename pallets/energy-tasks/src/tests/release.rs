use super::*;
use market::Calendar;

#[test]
fn release_should_count_volumes_and_queue_offers_when_all_is_well() {
    build_and_execute(|| {
        assert_ok!(release("LA1", first(buy(10))));
        assert_ok!(release("LA2", every(buy(5))));
        assert_ok!(release("MG1", first(sell(70, COST))));
        assert_eq!(Tasks::total_volume(period(0)), energy(15));
        assert_eq!(Tasks::total_volume(period(23)), energy(5));
        assert_eq!(Tasks::position(MG1, period(0)), Some(sell(70, COST)));
        assert_eq!(Tasks::position(MG1, period(1)), Some(Position::NONE));
        assert_eq!(Tasks::position(PRO1, period(0)), None);
        assert_eq!(queue(), [(MG1.0, COST, 70)]);
        assert_eq!(Tasks::lowest_cost(period(0)), Some(price(COST)));
        assert_eq!(Tasks::lowest_cost(period(1)), None);
        System::assert_last_event(
            Event::Released {
                participant: MG1,
                day: 0,
                volume: Energy::ZERO,
                offered: energy(70),
                replacements: 0,
            }
            .into(),
        );
    });
}

#[test]
fn release_should_be_the_participants_when_its_agent_signs() {
    build_and_execute(|| {
        assert_ok!(Tasks::release(RuntimeOrigin::signed(agent("LA1")), 0, first(buy(10))));
        assert_eq!(Tasks::position(LA1, period(0)), Some(buy(10)));
    });
}

#[test]
fn offers_should_queue_by_reserve_price_when_there_are_several() {
    build_and_execute(|| {
        assert_ok!(release("MG1", first(sell(1, COST + 2))));
        assert_ok!(release("PRO1", first(sell(2, COST + 1))));
        assert_eq!(queue(), [(PRO1.0, COST + 1, 2), (MG1.0, COST + 2, 1)]);
        let one = Tasks::next_offer(period(0), None).unwrap();
        let two = Tasks::next_offer(period(0), Some(one.key)).unwrap();
        assert_eq!((one.open, two.open), (energy(2), energy(1)));
        assert_eq!(Tasks::next_offer(period(0), Some(two.key)), None);
        assert_eq!(Tasks::next_offer(period(1), None), None);
    });
}

#[test]
fn release_should_replace_the_one_before_when_the_window_is_open() {
    build_and_execute(|| {
        assert_ok!(release("PRO1", every(buy(10))));
        assert_ok!(release("PRO1", first(sell(20, COST))));
        assert_eq!(Tasks::total_volume(period(0)), Energy::ZERO);
        assert_eq!(Tasks::total_volume(period(1)), Energy::ZERO);
        assert_eq!(queue(), [(PRO1.0, COST, 20)]);
        assert_ok!(release("PRO1", first(sell(30, COST + 1))));
        assert_eq!(queue(), [(PRO1.0, COST + 1, 30)]);
        assert_ok!(release("PRO1", first(buy(7))));
        assert_eq!(queue(), []);
        assert_eq!(Tasks::total_volume(period(0)), energy(7));
    });
}

#[test]
fn release_should_pay_its_fee_when_it_is_the_third_replacement() {
    build_and_execute(|| {
        let fees: Vec<_> = (0..4).map(|n| pays(release("LA1", first(buy(n))))).collect();
        assert_eq!(fees, [Pays::No, Pays::No, Pays::No, Pays::Yes]);
    });
}

#[test]
fn release_should_be_refused_when_nobody_is_acting() {
    build_and_execute(|| {
        assert_noop!(release("stranger", first(buy(1))), Error::<Test>::NotRegistered);
        assert_noop!(Tasks::release(RuntimeOrigin::root(), 0, first(buy(1))), DispatchError::BadOrigin);
    });
}

#[test]
fn release_should_be_refused_when_the_role_does_not_fit() {
    build_and_execute(|| {
        for (name, position) in [
            ("LA1", sell(1, COST)),
            ("LA1", sell(0, COST)),
            ("MG1", buy(1)),
            ("RES", buy(0)),
            ("RES", sell(1, COST)),
            ("DSO", buy(1)),
        ] {
            assert_noop!(release(name, first(position)), Error::<Test>::WrongRole);
        }
        assert_ok!(release("MG1", every(buy(0))));
    });
}

#[test]
fn release_should_be_refused_when_the_window_is_not_open() {
    build_and_execute(|| {
        assert_noop!(Tasks::release(by("LA1"), 1, first(buy(1))), Error::<Test>::WindowNotOpen);
        Now::set(&(CALENDAR.release(0).from - 1));
        assert_noop!(release("LA1", first(buy(1))), Error::<Test>::WindowNotOpen);
        Now::set(&CALENDAR.release(0).to);
        assert_noop!(release("LA1", first(buy(1))), Error::<Test>::WindowClosed);
        Now::set(&(CALENDAR.release(0).to - 1));
        assert_ok!(release("LA1", first(buy(1))));
        Now::set(&CALENDAR.release(1).from);
        assert_noop!(release("LA1", first(buy(1))), Error::<Test>::WindowClosed);
        assert_ok!(Tasks::release(by("LA1"), 1, first(buy(1))));
    });
}

#[test]
fn release_should_be_refused_when_the_number_of_periods_is_another() {
    build_and_execute(|| {
        for periods in [0, 23, 25, 288] {
            let positions = vec![buy(1); periods].try_into().unwrap();
            assert_noop!(release("LA1", positions), Error::<Test>::WrongNumberOfPeriods);
        }
    });
}

#[test]
fn release_should_be_refused_when_it_is_over_the_tie_line() {
    build_and_execute(|| {
        assert_noop!(release("LA1", first(buy(TIE_LINE + 1))), Error::<Test>::OverTieLine);
        assert_noop!(release("MG1", first(sell(TIE_LINE + 1, COST))), Error::<Test>::OverTieLine);
        assert_noop!(release("LA1", every(buy(u64::MAX))), Error::<Test>::OverTieLine);
        assert_noop!(release("MG1", every(sell(u64::MAX, COST))), Error::<Test>::OverTieLine);
        assert_ok!(release("LA1", first(buy(TIE_LINE))));
        assert_ok!(release("MG1", first(sell(TIE_LINE, COST))));
    });
}

#[test]
fn release_should_be_refused_when_the_reserve_price_is_out_of_its_limits() {
    build_and_execute(|| {
        assert_noop!(release("MG1", first(sell(1, FEED_IN - 1))), Error::<Test>::BelowFeedIn);
        assert_noop!(release("MG1", first(sell(1, COST - 1))), Error::<Test>::BelowOwnCost);
        let above = Price::MAX_IN_MARKET.gwei() + 1;
        assert_noop!(release("MG1", first(sell(1, above))), Error::<Test>::PriceOutOfRange);
        assert_noop!(release("MG1", first(sell(1, u64::MAX))), Error::<Test>::PriceOutOfRange);
    });
}

#[test]
fn release_should_be_refused_when_a_period_has_no_room_for_offers() {
    build_and_execute(|| {
        assert_ok!(release("MG1", first(sell(1, COST))));
        assert_ok!(release("PRO1", first(sell(1, COST))));
        assert_noop!(release("MG2", first(sell(1, COST))), Error::<Test>::TooManyOffers);
        // A replacement takes no more room.
        assert_ok!(release("MG1", first(sell(2, COST))));
        assert_ok!(release("MG1", first(buy(0))));
        assert_ok!(release("MG2", first(sell(1, COST))));
    });
}

#[test]
fn release_should_be_refused_when_the_sum_overflows() {
    new_test_ext().execute_with(|| {
        assert_ok!(release("LA1", first(buy(1))));
        Sums::<Test>::mutate(0, |sums| sums[0].volume = Energy::MAX);
        assert_noop!(release("LA2", first(buy(1))), Error::<Test>::Overflow);
    });
}

#[test]
fn release_should_be_refused_when_the_participant_is_suspended() {
    build_and_execute(|| {
        assert_ok!(release("LA1", every(buy(1))));
        suspend(LA1);
        assert_noop!(release("LA1", every(buy(2))), Error::<Test>::Suspended);
        // What it released stays.
        assert_eq!(Tasks::position(LA1, period(0)), Some(buy(1)));
        suspend(MG1);
        assert_eq!(Tasks::due(MG1), None);
    });
}

#[test]
fn release_should_be_refused_when_its_stage_is_paused() {
    build_and_execute(|| {
        PausedStages::set(&vec![Stage::Release]);
        assert_noop!(release("LA1", every(buy(1))), Error::<Test>::Paused);
        assert_eq!(Tasks::due(LA1), None);
        PausedStages::set(&vec![Stage::Sealing]);
        assert_eq!(Tasks::due(LA1).map(|due| due.stage), Some(Stage::Release));
        assert_ok!(release("LA1", every(buy(1))));
    });
}

#[test]
fn release_should_have_the_periods_of_its_day_when_the_calendar_changes() {
    build_and_execute(|| {
        let quarters = Calendar {
            effective_from: 1,
            period_length: CALENDAR.period_length / 4,
            periods_per_day: 96,
            ..CALENDAR
        };
        CalendarsOfDays::set(&vec![CALENDAR, quarters]);
        Now::set(&quarters.release(1).from);
        let all = |periods| DayPositions::try_from(vec![buy(1); periods]).unwrap();
        assert_noop!(Tasks::release(by("LA1"), 1, all(24)), Error::<Test>::WrongNumberOfPeriods);
        assert_ok!(Tasks::release(by("LA1"), 1, all(96)));
        // A tie line carries a quarter of what it does in an hour.
        let too_much = DayPositions::try_from(vec![buy(TIE_LINE / 4 + 1); 96]).unwrap();
        assert_noop!(Tasks::release(by("LA2"), 1, too_much), Error::<Test>::OverTieLine);
    });
}
