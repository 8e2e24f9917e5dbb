use super::*;

#[test]
fn participant_should_be_suspended_when_the_operator_says_so() {
    build_and_execute(|| {
        assert!(!Members::is_suspended(LA1));
        assert_ok!(Members::suspend(RuntimeOrigin::root(), LA1));
        assert!(Members::is_suspended(LA1));
        assert_eq!(Voided::take(), [LA1]);
        // It still acts: what it has under way goes on.
        assert_eq!(Members::acting(&account_of("LA1//agent")), Some(LA1));
        System::assert_last_event(Event::Suspended { id: LA1 }.into());
    });
}

#[test]
fn suspension_should_be_refused_when_it_makes_no_sense() {
    build_and_execute(|| {
        assert_noop!(Members::suspend(by_la1(), LA1), DispatchError::BadOrigin);
        assert_noop!(Members::suspend(RuntimeOrigin::root(), NOBODY), Error::<Test>::NotRegistered);
        assert_noop!(Members::suspend(RuntimeOrigin::root(), RES), Error::<Test>::SupplierNeeded);
        assert_ok!(Members::suspend(RuntimeOrigin::root(), LA1));
        assert_noop!(Members::suspend(RuntimeOrigin::root(), LA1), Error::<Test>::AlreadySuspended);
    });
}
