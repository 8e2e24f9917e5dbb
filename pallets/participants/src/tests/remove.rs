use super::*;

fn remove() -> DispatchResult {
    Members::remove(RuntimeOrigin::root(), LA1)
}

#[test]
fn participant_should_leave_no_trace_but_its_number_when_it_is_removed() {
    build_and_execute(|| {
        let la = participant("LA1", Role::LoadAggregator);
        assert_ok!(Members::suspend(RuntimeOrigin::root(), LA1));
        assert_ok!(remove());
        assert_eq!(Members::member(LA1), None);
        assert_eq!([&la.account, &la.agent].map(Members::acting), [None, None]);
        assert_eq!([&la.account, &la.agent].map(System::providers), [0, 0]);
        assert!(!Members::is_suspended(LA1));
        assert_eq!(Members::count(), 2);
        assert_eq!(Removed::<Test>::get(LA1), Some(Role::LoadAggregator));
        System::assert_last_event(
            Event::Removed { id: LA1, account: la.account.clone(), agent: la.agent.clone() }.into(),
        );
        // The name and both accounts are free; the number is not.
        assert_ok!(register(la.clone()));
        assert_eq!(Members::acting(&la.account), Some(ParticipantId(2)));
    });
}

#[test]
fn removal_should_be_refused_when_something_is_open() {
    build_and_execute(|| {
        assert_ok!(Members::suspend(RuntimeOrigin::root(), LA1));
        Open::set(vec![LA1]);
        assert_noop!(remove(), Error::<Test>::StillOpen);
        Open::take();
        assert_ok!(remove());
    });
}

#[test]
fn removal_should_be_refused_when_it_makes_no_sense() {
    build_and_execute(|| {
        assert_noop!(Members::remove(RuntimeOrigin::root(), NOBODY), Error::<Test>::NotRegistered);
        assert_noop!(remove(), Error::<Test>::NotSuspended);
        assert_noop!(Members::remove(RuntimeOrigin::root(), RES), Error::<Test>::NotSuspended);
        assert_ok!(Members::suspend(RuntimeOrigin::root(), LA1));
        assert_noop!(Members::remove(by_la1(), LA1), DispatchError::BadOrigin);
    });
}

#[test]
fn account_should_go_on_to_be_when_something_else_refers_to_it_and_its_participant_is_removed() {
    build_and_execute(|| {
        assert_ok!(Members::suspend(RuntimeOrigin::root(), LA1));
        System::inc_consumers(&account_of("LA1//agent")).unwrap();
        assert_ok!(remove());
        assert_eq!(Members::acting(&account_of("LA1//agent")), None);
        assert_eq!(System::providers(&account_of("LA1//agent")), 1);
        assert_eq!(System::providers(&account_of("LA1")), 0);
    });
}
