use crate::mock::*;
use crate::{Error, Event, KeptReferences, ReferenceLog, References};
use frame::testing_prelude::*;
use market::{Money, ParticipantId};

fn mint(participant: ParticipantId, planck: u128, reference: u8) -> DispatchResult {
    Settlement::mint(RuntimeOrigin::root(), participant, planck, H256::repeat_byte(reference))
}

#[test]
fn participant_should_have_the_money_when_the_operator_pays_it_in() {
    build_and_execute(|| {
        let (before, issuance) = (free(MG1), Balances::total_issuance());
        events();
        assert_ok!(mint(MG1, 77, 1));
        assert_eq!((free(MG1), Balances::total_issuance()), (before + 77, issuance + 77));
        let (amount, reference) = (Money::from_planck(77), H256::repeat_byte(1));
        let minted = Event::Minted { participant: MG1, account: account(MG1), amount, reference };
        assert_eq!(events(), [minted]);
    });
}

#[test]
fn minting_should_be_refused_when_it_is_not_the_operators() {
    build_and_execute(|| {
        let origin = RuntimeOrigin::signed(account(LA1));
        assert_noop!(Settlement::mint(origin, LA1, 1, H256::zero()), DispatchError::BadOrigin);
    });
}

#[test]
fn minting_should_be_refused_when_there_is_no_such_participant_or_nothing_to_pay() {
    build_and_execute(|| {
        assert_noop!(mint(ParticipantId(6), 1, 1), Error::<Test>::NotRegistered);
        assert_noop!(mint(LA1, 0, 1), Error::<Test>::NothingToPay);
        assert_noop!(mint(LA1, u128::MAX, 1), DispatchError::Arithmetic(ArithmeticError::Overflow));
    });
}

#[test]
fn minting_should_be_refused_when_the_reference_was_used() {
    build_and_execute(|| {
        assert_ok!(mint(LA1, 1, 1));
        assert_noop!(mint(LA1, 1, 1), Error::<Test>::ReferenceUsed);
        assert_noop!(mint(LA2, 2, 1), Error::<Test>::ReferenceUsed);
        let redeem = Settlement::redeem(RuntimeOrigin::root(), LA1, 1, H256::repeat_byte(1));
        assert_noop!(redeem, Error::<Test>::ReferenceUsed);
    });
}

#[test]
fn reference_should_be_forgotten_when_its_time_is_over() {
    build_and_execute(|| {
        let used = Now::get();
        assert_ok!(mint(LA1, 1, 1));
        block_at(used + 1);
        assert_ok!(mint(LA1, 1, 2));
        block_at(used + 3 * CALENDAR.day_length() - 1);
        assert_noop!(mint(LA1, 1, 1), Error::<Test>::ReferenceUsed);
        block_at(used + 3 * CALENDAR.day_length());
        assert!(!References::<Test>::contains_key(H256::repeat_byte(1)));
        assert!(References::<Test>::contains_key(H256::repeat_byte(2)));
        assert_ok!(mint(LA1, 1, 1));
        assert_eq!((KeptReferences::<Test>::get().first, ReferenceLog::<Test>::iter().count()), (1, 2));
    });
}

#[test]
fn minting_should_be_refused_when_there_is_no_room_for_its_reference() {
    build_and_execute(|| {
        for reference in 1..=3 {
            assert_ok!(mint(LA1, 1, reference));
        }
        assert_noop!(mint(LA1, 1, 4), Error::<Test>::TooManyReferences);
    });
}

#[test]
fn minting_should_be_refused_when_it_is_more_than_the_days_bound() {
    build_and_execute(|| {
        assert_ok!(Settlement::set_mint_bound(RuntimeOrigin::root(), Some(100)));
        assert_ok!(mint(LA1, 60, 1));
        assert_noop!(mint(LA2, 41, 2), Error::<Test>::OverMintBound);
        assert_ok!(mint(LA2, 40, 2));
        Now::mutate(|now| *now += CALENDAR.day_length());
        assert_ok!(mint(LA1, 100, 3));
    });
}

#[test]
fn standing_order_should_wait_for_the_next_day_when_the_days_bound_is_used_up() {
    build_and_execute(|| {
        for participant in [LA1, LA2] {
            assert_ok!(Settlement::set_top_up(RuntimeOrigin::root(), participant, 60));
        }
        assert_ok!(Settlement::set_mint_bound(RuntimeOrigin::root(), Some(100)));
        let before = (free(LA1), free(LA2));
        events();
        Settlement::top_up_one(1, LA1);
        Settlement::top_up_one(1, LA2);
        assert_eq!((free(LA1), free(LA2)), (before.0 + 60, before.1));
        let amount = Money::from_planck(60);
        assert_eq!(events()[1..], [Event::TopUpRefused { day: 1, participant: LA2, amount }]);
    });
}

#[test]
fn bound_should_be_refused_when_it_is_not_the_boards() {
    build_and_execute(|| {
        let origin = RuntimeOrigin::signed(account(LA1));
        assert_noop!(Settlement::set_mint_bound(origin, None), DispatchError::BadOrigin);
    });
}
