//! Each check of the state fails on a state that breaks it.

use crate::mock::*;
use crate::types::{DayRoot, Ended, Line, Settled};
use crate::{
    Closing, Completed, Cursor, Debts, Event, HoldReason, Lines, Next, NextTopUp, Pruning, Roots, TopUps,
    Waiting,
};
use frame::testing_prelude::*;
use frame::token::fungible::MutateHold;
use market::{Delivery, Money, NetEnergy, NetMoney, ParticipantId, Position};

const SECOND: Delivery = Delivery { day: 0, period: 1 };
const THIRD: Delivery = Delivery { day: 0, period: 2 };

/// A market with a settled hour, one that is half settled, and one on its way.
fn market() {
    for delivery in [FIRST, SECOND, THIRD] {
        release(LA1, delivery, Position::Buy(wh(33)));
        trade(delivery, LA1, MG1, 1_000, 400_000_000);
    }
    settle_through(FIRST);
    open_metering(SECOND);
    assert_ok!(read(LA1, SECOND, 1_200));
    open_metering(SECOND);
    let ample = Budget::get();
    let start = <() as crate::WeightInfo>::look() * 2;
    Budget::set(start + <() as crate::WeightInfo>::settle_line(2) * 4);
    close_metering(SECOND);
    Budget::set(ample);
    assert_eq!(Cursor::<Test>::get().unwrap().next, 4);
}

fn check_fails(fault: &'static str, corrupt: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        market();
        Settlement::do_try_state().unwrap();
        corrupt();
        assert_eq!(Settlement::do_try_state(), Err(DispatchError::Other(fault)));
    });
}

fn change(delivery: Delivery, participant: ParticipantId, change: impl FnOnce(&mut Line)) {
    Lines::<Test>::mutate(delivery, participant, |line| change(line.as_mut().unwrap()));
}

fn settled(line: &mut Line) -> &mut Settled {
    line.settled.as_mut().unwrap()
}

fn one() -> NetEnergy {
    NetEnergy::from_watt_hours(1)
}

#[test]
fn income_should_be_checked() {
    check_fails("income: a settled line holds some", || change(FIRST, MG1, |line| line.income = eth("0.1")));
    check_fails("income: more on hold than was received", || {
        change(THIRD, MG1, |line| line.income = eth("0.5"));
    });
    check_fails("income: holds are not the books", || change(THIRD, MG1, |line| line.income = eth("0.3")));
    check_fails("income: holds are not the books", || {
        Balances::hold(&HoldReason::Income.into(), &account(LA2), 1).unwrap();
    });
    check_fails("income: held for nobody", || {
        let line =
            Line { money: NetMoney::from_planck(-1), income: Money::from_planck(1), ..Line::default() };
        Lines::<Test>::insert(THIRD, ParticipantId(77), line);
    });
}

#[test]
fn trades_should_be_checked() {
    check_fails("trades: sold is not bought", || change(THIRD, LA1, |line| line.energy = one()));
    check_fails("trades: received is not paid", || {
        change(THIRD, LA1, |line| line.money = NetMoney::from_planck(1));
    });
    check_fails("trades: the last was before the first", || {
        change(THIRD, LA1, |line| line.traded = Some((2, 1)));
    });
}

#[test]
fn energy_should_be_checked() {
    check_fails("energy: a metered line has no actual", || {
        change(FIRST, LA1, |line| settled(line).actual = None);
    });
    check_fails("energy: actual is not peer-to-peer and balanced", || {
        change(FIRST, LA1, |line| settled(line).balanced = one());
    });
    check_fails("energy: actual is not the reading", || {
        change(SECOND, LA1, |line| line.reading = Some(one()))
    });
    check_fails("energy: actual is not the reading", || {
        change(FIRST, LA1, |line| settled(line).estimated = false);
    });
}

#[test]
fn sums_should_be_checked() {
    check_fails("sums: a line was left out", || change(FIRST, LA1, |line| line.settled = None));
    check_fails("sums: there is one line of the supplier's", || Lines::<Test>::remove(FIRST, RES));
    check_fails("sums: energy", || change(FIRST, RES, |line| settled(line).balanced = one()));
    check_fails("sums: money", || {
        change(FIRST, LA1, |line| settled(line).balanced_money = NetMoney::ZERO);
    });
    check_fails("sums: grid-only", || change(FIRST, LA1, |line| settled(line).grid_only = NetMoney::ZERO));
}

#[test]
fn cursor_should_be_checked() {
    check_fails("cursor: work before the first block", Next::<Test>::kill);
    check_fails("cursor: a line of nobody's", || Lines::<Test>::insert(THIRD, DSO, Line::default()));
    check_fails("cursor: a line is settled out of turn", || {
        Cursor::<Test>::mutate(|cursor| cursor.as_mut().unwrap().next = 3);
    });
    check_fails("cursor: a line is settled out of turn", Cursor::<Test>::kill);
    check_fails("cursor: past the last participant", || {
        Cursor::<Test>::mutate(|cursor| cursor.as_mut().unwrap().next = 7);
    });
    check_fails("cursor: its sums", || {
        Cursor::<Test>::mutate(|cursor| cursor.as_mut().unwrap().balanced = one());
    });
}

#[test]
fn debts_should_be_checked() {
    check_fails("debts: one of nothing is stored", || Debts::<Test>::insert(LA1, NetMoney::ZERO));
    check_fails("debts: of one that is not balanced", || {
        Debts::<Test>::insert(RES, NetMoney::from_planck(1));
    });
    check_fails("debts: a standing order of nothing is stored", || TopUps::<Test>::insert(LA1, 0));
}

#[test]
fn waiting_should_be_checked() {
    let push = |through, block| {
        Waiting::<Test>::mutate(|waiting| waiting.try_push(Ended { through, block }).unwrap())
    };
    check_fails("waiting: for what is settled", || {
        Waiting::<Test>::kill();
        push(FIRST, 1);
    });
    check_fails("waiting: out of order", || push(SECOND, 99));
    check_fails("waiting: out of order", || push(THIRD, 1));
}

#[test]
fn days_should_be_checked() {
    check_fails("days: some cursors are missing", Closing::<Test>::kill);
    check_fails("days: closed before it is settled", || {
        Closing::<Test>::mutate(|closing| closing.as_mut().unwrap().day = 1);
    });
    check_fails("days: pruned before it is closed", || {
        Pruning::<Test>::mutate(|pruning| pruning.as_mut().unwrap().delivery.day = 1);
    });
    check_fails("days: past the last participant", || {
        Closing::<Test>::mutate(|closing| closing.as_mut().unwrap().frontier.count = 7);
    });
    check_fails("days: top-ups", || NextTopUp::<Test>::mutate(|top_up| top_up.as_mut().unwrap().next = 7));
    check_fails("days: a day that waits for nothing", || Completed::<Test>::insert(0, 1));
    check_fails("days: a root of an open day", || {
        Roots::<Test>::insert(0, DayRoot { root: H256::zero(), bills: 6 });
    });
    check_fails("days: a pruned line is left", || {
        Pruning::<Test>::mutate(|pruning| pruning.as_mut().unwrap().delivery = SECOND);
    });
    check_fails("days: a pruned line is left", || {
        Pruning::<Test>::mutate(|pruning| pruning.as_mut().unwrap().next = 1);
    });
}

#[test]
fn settled_day_should_be_checked_to_close() {
    build_and_execute(|| {
        settle_through(Delivery { day: 0, period: 3 });
        assert!(matches!(
            System::events().last().unwrap().event,
            RuntimeEvent::Settlement(Event::PeriodSettled { .. })
        ));
        hypothetically!({
            Completed::<Test>::remove(0);
            assert_eq!(
                Settlement::do_try_state(),
                Err(DispatchError::Other("days: a settled day never closes"))
            );
        });
    });
}
