use super::*;

fn propose(day: Day, gwei: u64) {
    assert_ok!(Terms::propose_tariff(by(RES), day, flat(gwei).try_into().unwrap()));
}

fn withdraw(who: u64, day: Day) -> DispatchResult {
    Terms::withdraw_tariff(by(who), day)
}

#[test]
fn tariff_before_should_go_on_when_one_is_withdrawn() {
    build_and_execute(|| {
        propose(3, TARIFF + 3);
        propose(5, TARIFF + 5);
        assert_ok!(withdraw(RES, 3));
        System::assert_last_event(Event::TariffWithdrawn { effective_from: 3 }.into());
        let tariff = |day| Terms::prices(Delivery { day, period: 0 }).unwrap().tariff;
        assert_eq!([3, 5].map(tariff), [TARIFF, TARIFF + 5].map(price));
    });
}

#[test]
fn tariff_should_stay_when_it_is_not_withdrawn_by_its_supplier_in_time() {
    build_and_execute(|| {
        propose(3, TARIFF + 3);
        assert_noop!(withdraw(STRANGER, 3), Error::<Test>::NotRegistered);
        assert_noop!(withdraw(LA1, 3), Error::<Test>::WrongRole);
        assert_noop!(withdraw(AGENT, 3), Error::<Test>::NotTheAgents);
        assert_noop!(withdraw(RES, 4), Error::<Test>::NoSuchTariff);
        assert_noop!(withdraw(RES, 0), Error::<Test>::DayReleased);
        Now::set(&CALENDAR.release(3).from);
        assert_noop!(withdraw(RES, 3), Error::<Test>::DayReleased);
    });
}

#[test]
fn agent_should_file_no_tariff_when_its_key_is_all_that_it_has() {
    build_and_execute(|| {
        let proposed = Terms::propose_tariff(by(AGENT), 3, flat(TARIFF).try_into().unwrap());
        assert_noop!(proposed, Error::<Test>::NotTheAgents);
    });
}
