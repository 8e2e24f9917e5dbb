//! Each call: what it does, and every error it can give, with storage unchanged.

use crate::mock::*;
use crate::*;
use frame::testing_prelude::*;
use frame::traits::EnsureOrigin;

fn by(who: u64) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// A call that root alone may make.
fn appoint(office: Office, account: u64) -> RuntimeCall {
    crate::Call::appoint { office, account }.into()
}

/// A call that nobody may make as root.
fn remark(length: usize) -> RuntimeCall {
    frame_system::Call::remark_with_event { remark: vec![0; length] }.into()
}

fn announce(who: u64, office: Office, call: RuntimeCall) -> DispatchResult {
    Offices::announce(by(who), office, Box::new(call))
}

fn enact(office: Office, number: u32, call: RuntimeCall) -> Result<(), DispatchError> {
    let made = Offices::enact(by(STRANGER), office, number, Box::new(call));
    made.map(drop).map_err(|refused| refused.error)
}

fn is_boards(origin: RuntimeOrigin) -> bool {
    EnsureOffice::<Test, OfBoard>::ensure_origin(origin).is_ok()
}

#[test]
fn holder_should_act_at_once_when_its_office_has_no_notice() {
    build_and_execute(|| {
        let is_guardians = |origin| EnsureOffice::<Test, OfGuardian>::ensure_origin(origin).is_ok();
        assert!(is_guardians(by(GUARDIAN)) && is_guardians(Office::Guardian.into()));
        assert!(is_guardians(RuntimeOrigin::root()));
        assert!(!is_guardians(by(BOARD)) && !is_guardians(Office::Board.into()));
        assert!(!is_guardians(RuntimeOrigin::none()));
    });
}

#[test]
fn holder_should_not_act_at_once_when_its_office_has_a_notice() {
    build_and_execute(|| {
        assert!(!is_boards(by(BOARD)));
        assert!(is_boards(Office::Board.into()) && is_boards(RuntimeOrigin::root()));
        assert!(!is_boards(Office::Root.into()));
    });
}

#[test]
fn call_should_be_made_by_anybody_when_its_notice_is_over() {
    build_and_execute(|| {
        let call = appoint(Office::Treasurer, STRANGER);
        assert_ok!(announce(ROOT, Office::Root, call.clone()));
        let announced = Event::Announced { office: Office::Root, number: 0, due: 2 * NOTICE };
        System::assert_last_event(announced.into());
        Now::set(2 * NOTICE - 1);
        assert_noop!(enact(Office::Root, 0, call.clone()), Error::<Test>::TooEarly);
        Now::set(2 * NOTICE);
        assert_noop!(enact(Office::Root, 0, appoint(Office::Treasurer, ROOT)), Error::<Test>::OtherCall);
        assert_ok!(enact(Office::Root, 0, call.clone()));
        System::assert_last_event(Event::Enacted { office: Office::Root, number: 0 }.into());
        assert!(Offices::is_held_by(Office::Treasurer, &STRANGER));
        assert_noop!(enact(Office::Root, 0, call), Error::<Test>::NotAnnounced);
    });
}

#[test]
fn call_should_stay_announced_when_it_is_refused() {
    build_and_execute(|| {
        // The board is not root.
        let call = appoint(Office::Root, BOARD);
        assert_ok!(announce(BOARD, Office::Board, call.clone()));
        Now::set(NOTICE);
        assert_noop!(enact(Office::Board, 0, call), DispatchError::BadOrigin);
        assert_eq!(Open::<Test>::get(Office::Board), 1);
    });
}

#[test]
fn announcement_should_be_refused_when_it_is_not_the_offices_or_may_not_be() {
    build_and_execute(|| {
        let announced = announce(STRANGER, Office::Board, remark(1));
        assert_noop!(announced, Error::<Test>::NotInOffice);
        assert_noop!(announce(BOARD, Office::Root, remark(1)), Error::<Test>::NotInOffice);
        assert_noop!(announce(BOARD, Office::Registrar, remark(1)), Error::<Test>::NotInOffice);
        let silent = frame_system::Call::remark { remark: Vec::new() }.into();
        assert_noop!(announce(BOARD, Office::Board, silent), Error::<Test>::NotAnnounceable);
        assert_noop!(announce(BOARD, Office::Board, remark(4_096)), Error::<Test>::CallTooLong);
        assert_ok!(announce(BOARD, Office::Board, remark(4_000)));
    });
}

#[test]
fn announcement_should_be_refused_when_the_office_has_as_many_as_may_be() {
    build_and_execute(|| {
        for _ in 0..MAX_ANNOUNCED {
            assert_ok!(announce(BOARD, Office::Board, remark(1)));
        }
        assert_noop!(announce(BOARD, Office::Board, remark(1)), Error::<Test>::TooManyAnnounced);
        // One office keeps out no other.
        assert_ok!(announce(ROOT, Office::Root, remark(1)));
        assert_ok!(Offices::withdraw(by(BOARD), Office::Board, 3));
        assert_ok!(announce(BOARD, Office::Board, remark(1)));
    });
}

#[test]
fn announcement_should_be_withdrawn_by_its_office_or_the_guardian() {
    build_and_execute(|| {
        for who in [BOARD, GUARDIAN] {
            assert_ok!(announce(BOARD, Office::Board, remark(1)));
            let number = Next::<Test>::get() - 1;
            let withdrawn = Offices::withdraw(by(STRANGER), Office::Board, number);
            assert_noop!(withdrawn, Error::<Test>::NotInOffice);
            assert_ok!(Offices::withdraw(by(who), Office::Board, number));
            System::assert_last_event(Event::Withdrawn { office: Office::Board, number }.into());
            let again = Offices::withdraw(by(who), Office::Board, number);
            assert_noop!(again, Error::<Test>::NotAnnounced);
        }
        assert_ok!(announce(ROOT, Office::Root, remark(1)));
        assert_ok!(Offices::withdraw(by(GUARDIAN), Office::Root, 2));
    });
}

#[test]
fn guardian_should_not_stop_root_when_it_replaces_who_holds_an_office() {
    build_and_execute(|| {
        assert_ok!(announce(ROOT, Office::Root, appoint(Office::Guardian, STRANGER)));
        let withdrawn = Offices::withdraw(by(GUARDIAN), Office::Root, 0);
        assert_noop!(withdrawn, Error::<Test>::NotTheGuardians);
        assert_ok!(Offices::withdraw(by(ROOT), Office::Root, 0));
    });
}

#[test]
fn announcements_should_be_withdrawn_when_another_holds_their_office() {
    build_and_execute(|| {
        for _ in 0..MAX_ANNOUNCED {
            assert_ok!(announce(BOARD, Office::Board, remark(1)));
        }
        assert_noop!(Offices::appoint(by(ROOT), Office::Board, STRANGER), DispatchError::BadOrigin);
        assert_ok!(Offices::appoint(RuntimeOrigin::root(), Office::Board, STRANGER));
        assert_eq!(Announcements::<Test>::iter().count(), 0);
        assert!(!Offices::is_held_by(Office::Board, &BOARD) && Offices::is_held_by(Office::Board, &STRANGER));
    });
}

#[test]
fn checks_should_fail_when_the_storage_is_not_in_order() {
    let fails = |fault: &'static str, corrupt: fn()| {
        new_test_ext().execute_with(|| {
            corrupt();
            assert_eq!(Offices::do_try_state(), Err(DispatchError::Other(fault)));
        });
    };
    fails("announced calls are miscounted", || Open::<Test>::insert(Office::Board, 1));
    fails("a notice is none", || Notices::<Test>::insert(Office::Board, 0));
}

#[test]
#[should_panic(expected = "genesis configuration of offices: two hold Board")]
fn chain_should_not_start_when_two_hold_an_office() {
    let mut config = genesis();
    config.holders.push((Office::Board, STRANGER));
    TestState::default().execute_with(|| config.build());
}
