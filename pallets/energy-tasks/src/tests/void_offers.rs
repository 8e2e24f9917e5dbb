use super::*;

fn void(id: ParticipantId) -> DispatchResult {
    Tasks::void_offers(RuntimeOrigin::root(), id)
}

fn position_of(id: ParticipantId, period: u16) -> Position {
    Tasks::position(id, Delivery { day: 0, period }).unwrap()
}

#[test]
fn offers_should_be_voided_when_they_have_not_reached_gate_closure() {
    build_and_execute(|| {
        assert_ok!(release("MG1", every(sell(70, COST))));
        assert_ok!(release("PRO1", first(sell(5, COST))));
        // Gate closure of the first period: it stands.
        Now::set(&CALENDAR.sealing(period(0)).to);
        assert_ok!(void(MG1));
        assert_eq!(position_of(MG1, 0), sell(70, COST));
        assert!((1..24).all(|period| position_of(MG1, period) == sell(0, COST)));
        assert_eq!(position_of(PRO1, 0), sell(5, COST));
        assert_eq!(queue().len(), 2);
        System::assert_last_event(
            Event::OffersVoided { participant: MG1, offers: 23, energy: energy(23 * 70) }.into(),
        );
        // They keep their places, and can be corrected again.
        Now::set(&CALENDAR.sealing(period(1)).from);
        assert_ok!(Tasks::correct_offer(by("MG1"), period(1), energy(9), price(COST)));
        assert_eq!(position_of(MG1, 1), sell(9, COST));
    });
}

#[test]
fn offers_of_the_next_day_should_be_voided_when_they_are_released() {
    build_and_execute(|| {
        assert_ok!(release("MG1", every(sell(70, COST))));
        Now::set(&CALENDAR.release(1).from);
        assert_ok!(Tasks::release(by("MG1"), 1, every(sell(80, COST))));
        assert_ok!(void(MG1));
        let offered = |day| {
            let position = |period| Tasks::position(MG1, Delivery { day, period }).unwrap();
            (0..24).filter(|period| !position(*period).surplus().is_zero()).count()
        };
        // The release opens at 16:00: of the day that runs the offers until then stand.
        assert_eq!((offered(0), offered(1)), (17, 0));
        // Nothing is left to be voided, and nothing is told.
        System::reset_events();
        assert_ok!(void(MG1));
        assert_eq!(System::events(), []);
    });
}

#[test]
fn offers_should_stand_when_no_operator_voids_them() {
    build_and_execute(|| {
        assert_ok!(release("MG1", every(sell(70, COST))));
        assert_noop!(Tasks::void_offers(by("MG1"), MG1), DispatchError::BadOrigin);
        assert_noop!(void(ParticipantId(99)), Error::<Test>::UnknownParticipant);
        // Who buys has nothing to be voided.
        assert_ok!(release("LA1", every(buy(1))));
        assert_ok!(void(LA1));
        assert_eq!(position_of(LA1, 0), buy(1));
    });
}
