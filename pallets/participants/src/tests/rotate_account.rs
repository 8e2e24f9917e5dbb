use super::*;
use market::Money;

fn rotate(to: &str) -> DispatchResult {
    Members::rotate_account(RuntimeOrigin::root(), LA1, account_of(to))
}

fn replace(name: &str, account: &str, agent: &str) -> DispatchResult {
    let name = name.as_bytes().to_vec().try_into().unwrap();
    Members::replace_supplier(RuntimeOrigin::root(), name, account_of(account), account_of(agent))
}

#[test]
fn account_should_hold_the_money_instead_of_the_old_one_when_it_is_rotated() {
    build_and_execute(|| {
        let (old, new) = (account_of("LA1"), account_of("new"));
        assert_ok!(Members::suspend(RuntimeOrigin::root(), LA1));
        assert_ok!(rotate("new"));
        assert_eq!((Members::actor(&old), Members::actor(&new)), (None, Some((LA1, true))));
        assert_eq!((System::providers(&old), System::providers(&new)), (0, 1));
        assert_eq!(Members::member(LA1).unwrap().account, new);
        let held = Money::from_planck(7);
        System::assert_last_event(Event::AccountRotated { id: LA1, from: old, to: new, held }.into());
    });
}

#[test]
fn account_should_stay_when_its_rotation_is_refused() {
    build_and_execute(|| {
        let new = account_of("new");
        assert_noop!(Members::rotate_account(by_la1(), LA1, new.clone()), DispatchError::BadOrigin);
        let nobodys = Members::rotate_account(RuntimeOrigin::root(), NOBODY, new);
        assert_noop!(nobodys, Error::<Test>::NotRegistered);
        assert_noop!(rotate("LA1//agent"), Error::<Test>::AgentIsAccount);
        for taken in ["LA1", "RES", "RES//agent"] {
            assert_noop!(rotate(taken), Error::<Test>::AlreadyRegistered);
        }
        Open::set(vec![LA1]);
        let call = RuntimeCall::from(crate::Call::rotate_account { id: LA1, account: account_of("new") });
        let refused = call.dispatch(RuntimeOrigin::root()).unwrap_err().error;
        assert_eq!(refused, Error::<Test>::TooMuchOpen.into());
        assert_eq!(Members::acting(&account_of("new")), None);
    });
}

#[test]
fn supplier_should_be_another_under_its_number_when_it_is_replaced() {
    build_and_execute(|| {
        assert_ok!(replace("RES2", "new", "new//agent"));
        assert_eq!(Members::retail_supplier().map(|member| member.id), Some(RES));
        assert_eq!(Members::name_of(RES).as_deref(), Some("RES2"));
        for (old, new) in [("RES", "new"), ("RES//agent", "new//agent")] {
            assert_eq!(Members::acting(&account_of(old)), None);
            assert_eq!(Members::acting(&account_of(new)), Some(RES));
        }
        // The name may stay.
        assert_ok!(replace("RES2", "RES", "RES//agent"));
    });
}

#[test]
fn supplier_should_stay_when_its_replacement_is_refused() {
    build_and_execute(|| {
        let name = b"RES2".to_vec().try_into().unwrap();
        let by_member = Members::replace_supplier(by_la1(), name, account_of("new"), account_of("agent"));
        assert_noop!(by_member, DispatchError::BadOrigin);
        assert_noop!(replace("", "new", "agent"), Error::<Test>::BadName);
        assert_noop!(replace("RES2", "new", "new"), Error::<Test>::AgentIsAccount);
        assert_noop!(replace("RES2", "LA1", "agent"), Error::<Test>::AlreadyRegistered);
        let refuse = |call: crate::Call<Test>| {
            RuntimeCall::from(call).dispatch(RuntimeOrigin::root()).unwrap_err().error
        };
        let taken = crate::Call::replace_supplier {
            name: b"LA1".to_vec().try_into().unwrap(),
            account: account_of("new"),
            agent: account_of("agent"),
        };
        assert_eq!(refuse(taken), Error::<Test>::NameTaken.into());
        assert_eq!(Members::name_of(RES).as_deref(), Some("RES"));
    });
}
