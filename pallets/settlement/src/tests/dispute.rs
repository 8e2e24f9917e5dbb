use crate::mock::*;
use crate::types::{Dispute, Ruling};
use crate::{Disputes, Error, Event, OpenDisputes, Roots};
use frame::testing_prelude::*;
use market::books::Books;
use market::{Delivery, Money, NetEnergy, ParticipantId, Position};

const SECOND: Delivery = Delivery { day: 0, period: 1 };
const LAST: Delivery = Delivery { day: 0, period: 3 };

fn settled_hour() {
    release(LA1, FIRST, Position::Buy(wh(3_300)));
    release(LA2, FIRST, Position::Buy(wh(3_300)));
    settle_through(FIRST);
}

fn correction_end() -> u64 {
    CALENDAR.metering(LAST).to + 2 * CALENDAR.day_length()
}

#[test]
fn dispute_should_be_noted_when_the_member_its_agent_or_the_dso_disputes() {
    build_and_execute(|| {
        settled_hour();
        events();
        assert_eq!(dispute(LA1, FIRST, LA1), Ok(()));
        assert_ok!(dispute(DSO, FIRST, LA2));
        let noted = |id| Disputes::<Test>::get(0, (0, id)).unwrap();
        let (block, deposit) = (System::block_number() as u32, Money::ZERO);
        let of = |by| Dispute { by, block, deposit };
        assert_eq!((noted(LA1), noted(LA2)), (of(LA1), of(DSO)));
        assert_eq!(OpenDisputes::<Test>::get(0), 2);
        assert_eq!(Settlement::line(FIRST, LA2).unwrap().disputed_by, Some(DSO));
        assert_eq!(
            events(),
            [
                Event::Disputed { delivery: FIRST, participant: LA1, by: LA1, deposit },
                Event::Disputed { delivery: FIRST, participant: LA2, by: DSO, deposit },
            ]
        );
    });
    build_and_execute(|| {
        settled_hour();
        let agent = RuntimeOrigin::signed(agent(LA1.0));
        assert_ok!(Settlement::dispute(agent, FIRST, LA1));
    });
}

#[test]
fn member_should_not_be_settled_up_when_a_line_of_it_is_disputed() {
    build_and_execute(|| {
        Released::set(Default::default());
        open_metering(FIRST);
        assert_ok!(read(LA1, FIRST, 0));
        settle_through(FIRST);
        assert!(Settlement::is_settled_up(LA1));
        assert_ok!(dispute(DSO, FIRST, LA1));
        assert!(!Settlement::is_settled_up(LA1));
        assert!(Settlement::is_settled_up(LA2));
    });
}

#[test]
fn dispute_should_be_refused_when_the_signer_may_not() {
    build_and_execute(|| {
        settled_hour();
        assert_noop!(dispute(ParticipantId(77), FIRST, LA1), Error::<Test>::NotRegistered);
        assert_noop!(dispute(DSO, FIRST, ParticipantId(6)), Error::<Test>::NotRegistered);
        assert_noop!(dispute(LA2, FIRST, LA1), Error::<Test>::OthersLine);
        assert_noop!(dispute(RES, FIRST, LA1), Error::<Test>::OthersLine);
        let nobody = RuntimeOrigin::root();
        assert_noop!(Settlement::dispute(nobody, FIRST, LA1), DispatchError::BadOrigin);
    });
}

#[test]
fn dispute_should_be_refused_when_there_is_no_settled_metered_line() {
    build_and_execute(|| {
        settled_hour();
        release(LA1, SECOND, Position::Buy(wh(33)));
        assert_noop!(dispute(LA1, SECOND, LA1), Error::<Test>::NotSettled);
        assert_noop!(dispute(RES, FIRST, RES), Error::<Test>::WrongRole);
    });
}

#[test]
fn dispute_should_be_refused_when_its_period_is_half_settled() {
    build_and_execute(|| {
        release(LA1, FIRST, Position::Buy(wh(33)));
        let ample = Budget::get();
        Budget::set(<() as crate::WeightInfo>::look() * 2 + <() as crate::WeightInfo>::settle_line(2));
        close_metering(FIRST);
        Budget::set(ample);
        assert!(Settlement::line(FIRST, LA1).unwrap().settled.is_some());
        assert_noop!(dispute(LA1, FIRST, LA1), Error::<Test>::NotSettled);
    });
}

#[test]
fn dispute_should_be_refused_when_one_is_open() {
    build_and_execute(|| {
        settled_hour();
        assert_ok!(dispute(LA1, FIRST, LA1));
        assert_noop!(dispute(LA1, FIRST, LA1), Error::<Test>::AlreadyDisputed);
        assert_noop!(dispute(DSO, FIRST, LA1), Error::<Test>::AlreadyDisputed);
    });
}

#[test]
fn dispute_should_be_refused_when_the_time_for_corrections_is_over() {
    build_and_execute(|| {
        settled_hour();
        settle_through(LAST);
        Now::set(correction_end() - 1);
        hypothetically_ok!(dispute(LA1, FIRST, LA1));
        Now::set(correction_end());
        assert_noop!(dispute(LA1, FIRST, LA1), Error::<Test>::CorrectionTimeOver);
    });
}

#[test]
fn day_should_wait_for_its_disputes_and_let_them_lapse_when_nobody_rules() {
    build_and_execute(|| {
        settled_hour();
        assert_ok!(dispute(LA1, FIRST, LA1));
        assert_ok!(dispute(LA2, FIRST, LA2));
        settle_through(Delivery { day: 2, period: 3 });
        block_at(correction_end());
        block_at(correction_end() + CALENDAR.day_length() - 1);
        assert!(!Roots::<Test>::contains_key(0));
        assert_eq!(OpenDisputes::<Test>::get(0), 2);
        events();
        block_at(correction_end() + CALENDAR.day_length());
        assert!(Roots::<Test>::contains_key(0));
        let lapsed = |participant| Event::DisputeLapsed { delivery: FIRST, participant };
        let told = events();
        assert!(told.contains(&lapsed(LA1)) && told.contains(&lapsed(LA2)));
        assert_eq!((Disputes::<Test>::iter().count(), OpenDisputes::<Test>::iter().count()), (0, 0));
        assert_eq!(Settlement::bill(0, LA1).unwrap().corrections, []);
    });
}

#[test]
fn disputes_should_lapse_over_many_blocks_when_the_budget_is_tiny() {
    build_and_execute(|| {
        settled_hour();
        assert_ok!(dispute(LA1, FIRST, LA1));
        assert_ok!(dispute(LA2, FIRST, LA2));
        settle_through(Delivery { day: 3, period: 2 });
        // What is due then is the closing alone.
        let weight = |looks: u64| <() as crate::WeightInfo>::look() * looks;
        Budget::set(weight(3) + <() as crate::WeightInfo>::lapse_dispute());
        Now::set(correction_end() + CALENDAR.day_length());
        let mut blocks = 0;
        while OpenDisputes::<Test>::get(0) > 0 {
            block_at(Now::get() + 1);
            Settlement::do_try_state().unwrap();
            blocks += 1;
        }
        assert_eq!(blocks, 2);
        Budget::set(Weight::from_parts(400_000_000_000, 1_000_000));
    });
}

#[test]
fn deposit_should_be_on_hold_until_the_dispute_is_ruled_on_or_lapses() {
    build_and_execute(|| {
        DisputeDeposit::set(50);
        settled_hour();
        let before = free(LA1);
        assert_ok!(dispute(LA1, FIRST, LA1));
        assert_eq!((free(LA1), held(LA1)), (before - 50, 50));
        assert!(!Settlement::is_settled_up(LA1));
        // The line is corrected: it was not baseless.
        let ruling = Ruling::Actual(NetEnergy::from_watt_hours(1));
        assert_ok!(Settlement::resolve_dispute(RuntimeOrigin::root(), FIRST, LA1, ruling));
        assert_eq!(held(LA1), 0);

        // Nobody rules.
        assert_ok!(dispute(LA2, FIRST, LA2));
        assert_eq!(held(LA2), 50);
        settle_through(Delivery { day: 2, period: 3 });
        block_at(correction_end() + CALENDAR.day_length());
        assert!(Roots::<Test>::contains_key(0));
        assert_eq!((held(LA2), free_of(&Settlement::pot())), (0, 0));
        DisputeDeposit::set(0);
    });
}

#[test]
fn deposit_should_go_into_the_days_pot_when_the_dispute_is_dismissed() {
    build_and_execute(|| {
        DisputeDeposit::set(50);
        settled_hour();
        assert_ok!(dispute(LA1, FIRST, LA1));
        let before = free(LA1);
        assert_ok!(Settlement::resolve_dispute(RuntimeOrigin::root(), FIRST, LA1, Ruling::Dismiss));
        assert_eq!((free(LA1), held(LA1), free_of(&Settlement::pot())), (before, 0, 50));
        assert_eq!(crate::Forfeits::<Test>::get(0), Some(Money::from_planck(50)));
        assert!(crate::Forfeiters::<Test>::contains_key(0, LA1));
        DisputeDeposit::set(0);
    });
}

#[test]
fn dispute_should_be_refused_when_there_is_no_money_for_its_deposit() {
    build_and_execute(|| {
        DisputeDeposit::set(50);
        settled_hour();
        leave(LA1, 49);
        assert_noop!(dispute(LA1, FIRST, LA1), Error::<Test>::InsufficientFunds);
        DisputeDeposit::set(0);
    });
}

fn free_of(who: &frame::deps::sp_runtime::AccountId32) -> u128 {
    Settlement::free(who).planck()
}
