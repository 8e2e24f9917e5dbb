//! Each check of the state fails on a state that breaks it.

use crate::mock::*;
use crate::types::{Claim, ClaimEnds, DayRoot, Dispute, Ended, Kept, Line, Settled, SharingDay};
use crate::{
    ClaimQueue, Claims, Closing, Completed, Corrections, Cursor, Debts, DisputedLines, Disputes, Event,
    Forfeiters, Forfeits, HoldReason, KeptReferences, Lines, Next, NextTopUp, OpenDisputes, Pruning,
    ReferenceLog, References, Roots, Sharing, TopUps, Waiting,
};
use frame::testing_prelude::*;
use frame::token::fungible::MutateHold;
use market::bill::{Correction, Reason};
use market::{Delivery, Money, NetEnergy, NetMoney, ParticipantId, Position};

const SECOND: Delivery = Delivery { day: 0, period: 1 };
const THIRD: Delivery = Delivery { day: 0, period: 2 };

/// A market with a settled hour, one that is half settled, and one on its way.
fn market() {
    silence([LA1]);
    for delivery in [FIRST, SECOND, THIRD] {
        release(LA1, delivery, Position::Buy(wh(33)));
        trade(delivery, LA1, MG1, 1_000, 400_000_000);
    }
    settle_through(FIRST);
    assert_ok!(read(LA1, FIRST, 700));
    assert_ok!(dispute(DSO, FIRST, LA1));
    open_metering(SECOND);
    assert_ok!(read(LA1, SECOND, 1_200));
    open_metering(SECOND);
    assert_ok!(Settlement::mint(RuntimeOrigin::root(), LA3, 1, H256::zero()));
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
fn meters_should_be_checked() {
    check_fails("meters: a registered one has no line", || Lines::<Test>::remove(FIRST, LA2));
    check_fails("meters: a registered one has no line", || Lines::<Test>::remove(SECOND, LA2));
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
    check_fails("energy: actual is not the reading", || change(FIRST, LA1, |line| line.reading = None));
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

fn correct(participant: ParticipantId, change: impl FnOnce(&mut Correction)) {
    Corrections::<Test>::mutate((FIRST, participant, 0), |one| change(one.as_mut().unwrap()));
}

#[test]
fn corrections_should_be_checked() {
    check_fails("corrections: one of another line", || correct(LA1, |one| one.number = 1));
    check_fails("corrections: not as many as the lines say", || {
        Corrections::<Test>::remove((FIRST, RES, 0));
    });
    check_fails("corrections: of a line that is not settled", || {
        change(THIRD, LA1, |line| line.corrections = 1);
        let one = Corrections::<Test>::get((FIRST, LA1, 0)).unwrap();
        Corrections::<Test>::insert((THIRD, LA1, 0), Correction { delivery: THIRD, ..one });
    });
    check_fails("corrections: a number is missing", || {
        let one = Corrections::<Test>::take((FIRST, RES, 0)).unwrap();
        Corrections::<Test>::insert((FIRST, RES, 1), Correction { number: 1, ..one });
    });
    check_fails("corrections: a reason of another role", || {
        correct(RES, |one| one.reason = Reason::Dispute);
    });
    check_fails("corrections: one does not follow the other", || {
        correct(LA1, |one| one.before = Some(one.after.unwrap()));
    });
    check_fails("corrections: what changes is not what is balanced", || {
        correct(LA1, |one| one.balanced = self::one());
    });
    check_fails("corrections: energy", || correct(RES, |one| one.balanced = self::one()));
    check_fails("corrections: money", || correct(LA1, |one| one.balanced_money = NetMoney::ZERO));
    check_fails("corrections: grid-only", || correct(RES, |one| one.grid_only = NetMoney::ZERO));
    check_fails("corrections: of a period without lines", || {
        let delivery = Delivery { day: 9, period: 0 };
        let one = Corrections::<Test>::get((FIRST, LA1, 0)).unwrap();
        Corrections::<Test>::insert((delivery, LA1, 0), Correction { delivery, ..one });
    });
}

#[test]
fn disputes_should_be_checked() {
    let insert = |delivery: Delivery, participant| {
        let dispute = Dispute { by: participant, block: 1, deposit: Money::ZERO };
        Disputes::<Test>::insert(delivery.day, (delivery.period, participant), dispute);
        OpenDisputes::<Test>::mutate(delivery.day, |open| *open += 1);
        DisputedLines::<Test>::insert(participant, 1);
    };
    check_fails("disputes: of a line that is not settled", || insert(THIRD, LA1));
    check_fails("disputes: of a line that is not settled", || insert(FIRST, RES));
    check_fails("disputes: of a day that is closed", || {
        Closing::<Test>::mutate(|closing| closing.as_mut().unwrap().frontier.count = 1);
    });
    check_fails("disputes: the number of those that are open", || OpenDisputes::<Test>::insert(0, 2));
    check_fails("disputes: the number of those that are open", || OpenDisputes::<Test>::insert(1, 0));
    check_fails("disputes: the number of those that are open", || Disputes::<Test>::remove(0, (0, LA1)));
    check_fails("disputes: the number of a participant's", || DisputedLines::<Test>::insert(LA1, 2));
    check_fails("disputes: the number of a participant's", || DisputedLines::<Test>::insert(LA2, 0));
}

#[test]
fn claims_should_be_checked() {
    check_fails("claims: a place is nobody's", || {
        ClaimQueue::<Test>::put(ClaimEnds { oldest: Some(LA2), youngest: Some(LA2) });
    });
    check_fails("claims: a creditor has another place", || {
        owes(LA2, -1);
        owes(LA3, -1);
        Claims::<Test>::insert(LA3, Claim::default());
    });
    check_fails("claims: the last one is another", || {
        owes(LA2, -1);
        ClaimQueue::<Test>::put(ClaimEnds { oldest: Some(LA2), youngest: Some(LA3) });
    });
    check_fails("claims: one is not in the queue", || Claims::<Test>::insert(LA2, Claim::default()));
    check_fails("claims: of one that is owed nothing", || {
        owes(LA2, -1);
        Debts::<Test>::remove(LA2);
    });
    check_fails("claims: a creditor has no place", || {
        Debts::<Test>::insert(LA2, NetMoney::from_planck(-1));
    });
}

#[test]
fn references_should_be_checked() {
    check_fails("references: not as many as are kept", || ReferenceLog::<Test>::remove(0));
    check_fails("references: not as many as are kept", || {
        KeptReferences::<Test>::put(Kept { first: 2, next: 1 });
    });
    check_fails("references: one that is never forgotten", || {
        References::<Test>::insert(H256::repeat_byte(9), ());
    });
    check_fails("references: a number out of order", || {
        KeptReferences::<Test>::put(Kept { first: 1, next: 2 });
    });
    check_fails("references: one can be used again", || {
        References::<Test>::remove(H256::zero());
        References::<Test>::insert(H256::repeat_byte(9), ());
    });
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
        Cursor::<Test>::mutate(|cursor| cursor.as_mut().unwrap().balanced.energy = one());
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
fn pot_should_be_checked() {
    check_fails("pot: it has less than is to be shared", || {
        Forfeits::<Test>::insert(9, Money::from_planck(1))
    });
    check_fails("pot: a day of nothing is stored", || Forfeits::<Test>::insert(9, Money::ZERO));
    check_fails("pot: who forfeited is not forgotten", || {
        let (total, paid, used, before) = (Money::ZERO, Money::ZERO, wh(1), wh(0));
        Sharing::<Test>::put(SharingDay { day: 1, next: 0, total, used, before, paid });
        Forfeiters::<Test>::insert(0, LA1, ());
    });
    check_fails("pot: more is shared than was forfeited", || {
        let (used, before, paid) = (wh(1), wh(0), Money::from_planck(1));
        Sharing::<Test>::put(SharingDay { day: 0, next: 0, total: Money::ZERO, used, before, paid });
    });
}

#[test]
fn waiting_should_be_checked() {
    let push = |through, block| {
        Waiting::<Test>::mutate(|waiting| {
            waiting.try_push(Ended { through, block, seen: Default::default() }).unwrap()
        })
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
