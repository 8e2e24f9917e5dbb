use super::*;

/// MG1 offers 70 Wh at its cost in period 0, whose sealing has opened.
fn offered() {
    assert_ok!(release("MG1", first(sell(70, COST))));
    go_to_sealing();
}

#[test]
fn offer_should_move_in_the_queue_when_it_is_corrected() {
    build_and_execute(|| {
        assert_ok!(release("PRO1", first(sell(5, COST + 1))));
        offered();
        assert_ok!(correct("MG1", 60, COST + 2));
        assert_eq!(queue(), [(PRO1.0, COST + 1, 5), (MG1.0, COST + 2, 60)]);
        assert_eq!(Tasks::position(MG1, period(0)), Some(sell(60, COST + 2)));
        System::assert_last_event(
            Event::OfferCorrected {
                participant: MG1,
                delivery: period(0),
                energy: energy(60),
                reserve: price(COST + 2),
            }
            .into(),
        );
    });
}

#[test]
fn offer_should_stay_in_the_queue_when_it_is_corrected_to_nothing() {
    build_and_execute(|| {
        offered();
        assert_ok!(correct("MG1", 0, COST));
        assert_eq!(queue(), [(MG1.0, COST, 0)]);
        assert_eq!(Tasks::lowest_cost(period(0)), Some(price(COST)));
    });
}

#[test]
fn surplus_should_become_an_offer_when_nothing_was_released_for_the_period() {
    build_and_execute(|| {
        assert_ok!(release("MG1", every(buy(0))));
        go_to_sealing();
        assert_ok!(correct("MG1", 9, COST));
        assert_eq!(queue(), [(MG1.0, COST, 9)]);
        assert_eq!(Tasks::lowest_cost(period(0)), Some(price(COST)));
    });
}

#[test]
fn correction_should_pay_its_fee_when_it_is_the_third() {
    build_and_execute(|| {
        offered();
        let fees: Vec<_> = (0..4).map(|n| pays(correct("MG1", n, COST + n))).collect();
        assert_eq!(fees, [Pays::No, Pays::No, Pays::Yes, Pays::Yes]);
    });
}

#[test]
fn correction_should_be_refused_when_the_actor_offers_nothing() {
    build_and_execute(|| {
        assert_ok!(release("PRO1", first(buy(5))));
        offered();
        assert_noop!(correct("stranger", 1, COST), Error::<Test>::NotRegistered);
        assert_noop!(correct("LA1", 1, COST), Error::<Test>::WrongRole);
        assert_noop!(correct("RES", 1, COST), Error::<Test>::WrongRole);
        assert_noop!(correct("MG2", 1, COST), Error::<Test>::NothingReleased);
        assert_noop!(correct("PRO1", 1, COST), Error::<Test>::Buying);
    });
}

#[test]
fn correction_should_be_refused_when_the_window_is_not_open() {
    build_and_execute(|| {
        offered();
        let window = CALENDAR.sealing(period(0));
        Now::set(&(window.from - 1));
        assert_noop!(correct("MG1", 1, COST), Error::<Test>::WindowNotOpen);
        Now::set(&window.to);
        assert_noop!(correct("MG1", 1, COST), Error::<Test>::WindowClosed);
        Now::set(&(window.to - 1));
        assert_ok!(correct("MG1", 1, COST));
        let next = Tasks::correct_offer(by("MG1"), period(1), energy(1), price(COST));
        assert_eq!(next.unwrap_err().error, Error::<Test>::WindowNotOpen.into());
    });
}

#[test]
fn correction_should_be_refused_when_there_is_no_such_period() {
    build_and_execute(|| {
        offered();
        assert_noop!(
            Tasks::correct_offer(by("MG1"), period(24), energy(1), price(COST)),
            Error::<Test>::NoSuchPeriod
        );
    });
}

#[test]
fn correction_should_be_refused_when_it_leaves_its_limits() {
    build_and_execute(|| {
        offered();
        assert_noop!(correct("MG1", TIE_LINE + 1, COST), Error::<Test>::OverTieLine);
        assert_noop!(correct("MG1", u64::MAX, COST), Error::<Test>::OverTieLine);
        assert_noop!(correct("MG1", 1, FEED_IN - 1), Error::<Test>::BelowFeedIn);
        assert_noop!(correct("MG1", 1, COST - 1), Error::<Test>::BelowOwnCost);
        assert_noop!(correct("MG1", 1, u64::MAX), Error::<Test>::PriceOutOfRange);
    });
}

#[test]
fn correction_should_be_refused_when_a_new_offer_finds_no_room() {
    build_and_execute(|| {
        assert_ok!(release("PRO1", first(sell(5, COST))));
        assert_ok!(release("MG2", every(buy(0))));
        offered();
        assert_noop!(correct("MG2", 1, COST), Error::<Test>::TooManyOffers);
    });
}

#[test]
fn offer_should_only_become_less_when_the_participant_is_suspended() {
    build_and_execute(|| {
        assert_ok!(release("MG1", first(sell(70, COST))));
        suspend(MG1);
        go_to_sealing();
        assert_noop!(correct("MG1", 71, COST), Error::<Test>::Suspended);
        assert_ok!(correct("MG1", 70, COST + 1));
        assert_ok!(correct("MG1", 0, COST));
        assert_noop!(correct("MG1", 1, COST), Error::<Test>::Suspended);
    });
}

#[test]
fn correction_should_be_refused_when_sealing_is_paused() {
    build_and_execute(|| {
        offered();
        PausedStages::set(&vec![Stage::Release]);
        assert_ok!(correct("MG1", 2, COST));
        PausedStages::set(&vec![Stage::Sealing]);
        assert_noop!(correct("MG1", 3, COST), Error::<Test>::Paused);
        PausedStages::set(&Vec::new());
        assert_ok!(correct("MG1", 3, COST));
    });
}
