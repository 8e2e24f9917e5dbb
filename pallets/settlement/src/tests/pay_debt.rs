use crate::mock::*;
use crate::{Debts, Error, Event};
use frame::testing_prelude::*;
use market::{Money, NetMoney, ParticipantId, Role};

fn pay(participant: ParticipantId, planck: u128) -> DispatchResultWithPostInfo {
    Settlement::pay_debt(RuntimeOrigin::signed(account(participant)), planck)
}

#[test]
fn debt_should_fall_when_a_part_is_paid() {
    build_and_execute(|| {
        owes(LA1, 100);
        let (before, supplier) = (free(LA1), free(RES));
        events();
        assert_eq!(pay(LA1, 30).unwrap().pays_fee, Pays::Yes);
        assert_eq!((free(LA1), free(RES), debt(LA1)), (before - 30, supplier + 30, 70));
        let amount = Money::from_planck(30);
        let (from, to) = (account(LA1), account(RES));
        assert_eq!(
            events(),
            [
                Event::DebtPaid { participant: LA1, from, to, amount },
                Event::DebtChanged { participant: LA1, debt: NetMoney::from_planck(70) },
            ]
        );
    });
}

#[test]
fn debt_should_end_and_the_fee_return_when_more_is_offered_than_owed() {
    build_and_execute(|| {
        owes(LA1, 100);
        let before = free(LA1);
        let post = Settlement::pay_debt(RuntimeOrigin::signed(agent(LA1.0)), u128::MAX).unwrap();
        assert_eq!(post.pays_fee, Pays::No);
        assert_eq!((free(LA1), debt(LA1)), (before - 100, 0));
        assert!(!Debts::<Test>::contains_key(LA1));
    });
}

#[test]
fn payment_should_be_refused_when_there_is_nothing_to_pay() {
    build_and_execute(|| {
        assert_noop!(pay(LA1, 1), Error::<Test>::NotIndebted);
        owes(LA1, -100);
        assert_noop!(pay(LA1, 1), Error::<Test>::NotIndebted);
        owes(LA1, 100);
        assert_noop!(pay(LA1, 0), Error::<Test>::NothingToPay);
    });
}

#[test]
fn payment_should_be_refused_when_the_signer_is_no_member() {
    build_and_execute(|| {
        let stranger = RuntimeOrigin::signed(agent(77));
        assert_noop!(Settlement::pay_debt(stranger, 1), Error::<Test>::NotRegistered);
        assert_noop!(Settlement::pay_debt(RuntimeOrigin::root(), 1), DispatchError::BadOrigin);
    });
}

#[test]
fn payment_should_be_refused_when_the_money_is_not_there() {
    build_and_execute(|| {
        owes(MG1, 100);
        give(MG1, 99);
        assert_noop!(pay(MG1, 100), Error::<Test>::InsufficientFunds);
        assert_ok!(pay(MG1, 99));
        assert_eq!((free(MG1), debt(MG1)), (0, 1));
    });
}

#[test]
fn payment_should_be_refused_when_there_is_no_supplier() {
    build_and_execute(|| {
        owes(LA1, 100);
        Members::mutate(|members| members[RES.0 as usize].role = Role::DistributionOperator);
        assert_noop!(pay(LA1, 100), Error::<Test>::NoRetailSupplier);
        Members::set(members());
    });
}
