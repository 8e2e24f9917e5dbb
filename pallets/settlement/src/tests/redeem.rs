use crate::mock::*;
use crate::{Error, Event, HoldReason};
use frame::testing_prelude::*;
use frame::token::fungible::MutateHold;
use market::{Money, ParticipantId};

fn redeem(participant: ParticipantId, planck: u128, reference: u8) -> DispatchResult {
    Settlement::redeem(RuntimeOrigin::root(), participant, planck, H256::repeat_byte(reference))
}

#[test]
fn money_should_be_gone_when_the_operator_pays_it_out() {
    build_and_execute(|| {
        let (before, issuance) = (free(LA1), Balances::total_issuance());
        events();
        assert_ok!(redeem(LA1, 77, 1));
        assert_eq!((free(LA1), Balances::total_issuance()), (before - 77, issuance - 77));
        let (amount, reference) = (Money::from_planck(77), H256::repeat_byte(1));
        let redeemed = Event::Redeemed { participant: LA1, account: account(LA1), amount, reference };
        assert_eq!(events(), [redeemed]);
        assert_ok!(redeem(LA1, before - 77, 2));
        assert_eq!(free(LA1), 0);
    });
}

#[test]
fn redeeming_should_be_refused_when_it_is_not_the_operators() {
    build_and_execute(|| {
        let origin = RuntimeOrigin::signed(account(LA1));
        assert_noop!(Settlement::redeem(origin, LA1, 1, H256::zero()), DispatchError::BadOrigin);
    });
}

#[test]
fn redeeming_should_be_refused_when_there_is_no_such_participant_or_nothing_to_pay() {
    build_and_execute(|| {
        assert_noop!(redeem(ParticipantId(6), 1, 1), Error::<Test>::NotRegistered);
        assert_noop!(redeem(LA1, 0, 1), Error::<Test>::NothingToPay);
    });
}

#[test]
fn redeeming_should_be_refused_when_the_reference_was_used_or_has_no_room() {
    build_and_execute(|| {
        for reference in 1..=3 {
            assert_ok!(redeem(LA1, 1, reference));
        }
        assert_noop!(redeem(LA1, 1, 3), Error::<Test>::ReferenceUsed);
        assert_noop!(redeem(LA1, 1, 4), Error::<Test>::TooManyReferences);
    });
}

#[test]
fn redeeming_should_be_refused_when_the_money_is_not_free() {
    build_and_execute(|| {
        let before = free(LA1);
        assert_noop!(redeem(LA1, before + 1, 1), Error::<Test>::InsufficientFunds);
        hypothetically!({
            Balances::hold(&HoldReason::Income.into(), &account(LA1), 1).unwrap();
            assert_noop!(redeem(LA1, before, 1), Error::<Test>::InsufficientFunds);
            assert_ok!(redeem(LA1, before - 1, 1));
        });
    });
}

#[test]
fn redeeming_should_be_refused_when_there_are_debts() {
    build_and_execute(|| {
        owes(LA1, 1);
        assert_noop!(redeem(LA1, 1, 1), Error::<Test>::Indebted);
        owes(LA1, -1);
        assert_noop!(redeem(RES, 1, 1), Error::<Test>::Indebted);
        assert_ok!(redeem(LA1, 1, 1));
        owes(LA1, 0);
        assert_ok!(redeem(RES, 1, 2));
    });
}
