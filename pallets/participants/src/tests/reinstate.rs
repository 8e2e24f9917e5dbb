use super::*;

#[test]
fn participant_should_take_part_again_when_it_is_reinstated() {
    build_and_execute(|| {
        assert_ok!(Members::suspend(RuntimeOrigin::root(), LA1));
        assert_ok!(Members::reinstate(RuntimeOrigin::root(), LA1));
        assert!(!Members::is_suspended(LA1));
        System::assert_last_event(Event::Reinstated { id: LA1 }.into());
    });
}

#[test]
fn reinstatement_should_be_refused_when_it_makes_no_sense() {
    build_and_execute(|| {
        assert_noop!(Members::reinstate(RuntimeOrigin::root(), LA1), Error::<Test>::NotSuspended);
        assert_noop!(Members::reinstate(RuntimeOrigin::root(), NOBODY), Error::<Test>::NotSuspended);
        assert_ok!(Members::suspend(RuntimeOrigin::root(), LA1));
        assert_noop!(Members::reinstate(by_la1(), LA1), DispatchError::BadOrigin);
    });
}
