use super::*;

fn rotate(to: &str) -> DispatchResult {
    Members::rotate_agent(RuntimeOrigin::root(), LA1, account_of(to))
}

#[test]
fn agent_should_act_instead_of_the_old_one_when_it_is_rotated() {
    build_and_execute(|| {
        let (old, new) = (account_of("LA1//agent"), account_of("new"));
        assert_ok!(rotate("new"));
        assert_eq!((Members::acting(&old), Members::acting(&new)), (None, Some(LA1)));
        assert_eq!((System::providers(&old), System::providers(&new)), (0, 1));
        assert_eq!(crate::Participants::<Test>::get(LA1).unwrap().participant.agent, new);
        System::assert_last_event(Event::AgentRotated { id: LA1, from: old, to: new }.into());
        // And back.
        assert_ok!(rotate("LA1//agent"));
    });
}

#[test]
fn agent_should_act_for_a_suspended_participant_when_it_is_rotated() {
    build_and_execute(|| {
        assert_ok!(Members::suspend(RuntimeOrigin::root(), LA1));
        assert_ok!(rotate("new"));
        assert_eq!(Members::actor(&account_of("new")), Some((LA1, true)));
        assert_ok!(Members::reinstate(RuntimeOrigin::root(), LA1));
        assert_eq!(Members::actor(&account_of("new")), Some((LA1, false)));
    });
}

#[test]
fn old_agent_should_keep_its_account_when_it_has_a_balance() {
    build_and_execute(|| {
        // The reference that a balance gives.
        System::inc_providers(&account_of("LA1//agent"));
        assert_ok!(rotate("new"));
        assert_eq!(System::providers(&account_of("LA1//agent")), 1);
    });
}

#[test]
fn agent_should_stay_when_its_rotation_is_refused() {
    build_and_execute(|| {
        let origin = RuntimeOrigin::root;
        assert_noop!(Members::rotate_agent(by_la1(), LA1, account_of("new")), DispatchError::BadOrigin);
        assert_noop!(
            Members::rotate_agent(origin(), NOBODY, account_of("new")),
            Error::<Test>::NotRegistered
        );
        assert_noop!(rotate("LA1"), Error::<Test>::AgentIsAccount);
        for taken in ["LA1//agent", "RES", "RES//agent"] {
            assert_noop!(rotate(taken), Error::<Test>::AlreadyRegistered);
        }
    });
}

#[test]
fn agent_should_be_rotated_when_something_refers_to_it() {
    build_and_execute(|| {
        System::inc_consumers(&account_of("LA1//agent")).unwrap();
        assert_ok!(rotate("new"));
        assert_eq!(Members::acting(&account_of("LA1//agent")), None);
        assert_eq!(Members::acting(&account_of("new")), Some(LA1));
        // What refers to it goes on to be.
        assert_eq!(System::providers(&account_of("LA1//agent")), 1);
    });
}
