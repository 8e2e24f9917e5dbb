use crate::mock::*;
use crate::types::{Line, Ruling};
use crate::{Corrections, Error, Event, Lines};
use frame::testing_prelude::*;
use market::bill::{Correction, LineState, Reason, Totals};
use market::{Delivery, NetEnergy, NetMoney, ParticipantId, Position, Role};

const LAST: Delivery = Delivery { day: 0, period: 3 };

/// The first hour: LA1 buys 1 kWh of MG1, and its meter and LA2's say nothing. It is estimated at the 10 kWh that its tie
/// line carries then, LA2 at 1 kWh.
fn estimated_hour() {
    silence([LA1, LA2]);
    set_tie_line(LA1, 10_000);
    set_tie_line(LA2, 1_000);
    release(LA1, FIRST, Position::Buy(wh(3_300)));
    release(MG1, FIRST, offer(1_000));
    trade(FIRST, LA1, MG1, 1_000, 400_000_000);
    open_metering(FIRST);
    assert_ok!(read(MG1, FIRST, -1_000));
    close_metering(FIRST);
    set_tie_line(LA1, 200_000);
    set_tie_line(LA2, 200_000);
    silence([]);
}

fn line(participant: ParticipantId) -> Line {
    Lines::<Test>::get(FIRST, participant).unwrap()
}

fn correction(participant: ParticipantId, number: u8) -> Correction {
    Corrections::<Test>::get((FIRST, participant, number)).unwrap()
}

fn paid(decimal: &str) -> NetMoney {
    NetMoney::parse_decimal(decimal).unwrap()
}

#[test]
fn late_reading_should_correct_the_estimate_by_a_line_of_its_own() {
    build_and_execute(|| {
        estimated_hour();
        let (before, suppliers) = (line(LA1), line(RES));
        assert_eq!(before.settled.unwrap().actual, Some(NetEnergy::from_watt_hours(10_000)));
        let (free_before, supplier_before) = (free(LA1), free(RES));
        events();
        assert_eq!(read(LA1, FIRST, 4_000).unwrap().pays_fee, Pays::No);

        // 6 kWh less at 0.425.
        let back = eth("2.55").planck();
        assert_eq!((free(LA1), free(RES)), (free_before + back, supplier_before - back));
        let expected = Correction {
            delivery: FIRST,
            participant: LA1,
            number: 0,
            reason: Reason::LateReading,
            block: System::block_number() as u32,
            before: Some(NetEnergy::from_watt_hours(10_000)),
            after: Some(NetEnergy::from_watt_hours(4_000)),
            balanced: NetEnergy::from_watt_hours(-6_000),
            balanced_money: paid("-2.55"),
            grid_only: paid("-2.55"),
        };
        assert_eq!(correction(LA1, 0), expected);
        assert_eq!(
            correction(RES, 0),
            Correction {
                participant: RES,
                reason: Reason::Counterpart,
                before: None,
                after: None,
                balanced: NetEnergy::from_watt_hours(6_000),
                balanced_money: paid("2.55"),
                grid_only: paid("2.55"),
                ..expected
            }
        );
        let now = line(LA1);
        assert_eq!((now.settled, line(RES).settled), (before.settled, suppliers.settled));
        assert_eq!((now.reading, now.corrections), (Some(NetEnergy::from_watt_hours(4_000)), 1));
        assert_eq!(
            events()[..2],
            [
                Event::LineCorrected { delivery: FIRST, participant: LA1, correction: expected },
                Event::CorrectionPaid {
                    delivery: FIRST,
                    participant: LA1,
                    from: account(RES),
                    to: account(LA1),
                    due: paid("-2.55"),
                    paid: eth("2.55"),
                },
            ]
        );
    });
}

#[test]
fn bill_should_have_the_corrections_and_the_days_bills_sum_to_zero() {
    build_and_execute(|| {
        estimated_hour();
        assert_eq!(Settlement::line(FIRST, LA1).unwrap().state, LineState::Settled);
        settle_through(LAST);
        assert_ok!(read(LA1, FIRST, 20_000));
        let bill = Settlement::bill(0, LA1).unwrap();
        assert_eq!(bill.corrections, [correction(LA1, 0)]);
        assert_eq!(bill.totals().actual, NetEnergy::from_watt_hours(20_000));
        assert_eq!(bill.lines[0].actual, Some(NetEnergy::from_watt_hours(10_000)));
        let recorded = Settlement::line(FIRST, LA1).unwrap();
        assert_eq!((recorded.corrections, recorded.line), (bill.corrections, bill.lines[0]));
        let bills = (0..6).filter_map(|id| Settlement::bill(0, ParticipantId(id)));
        let sum = bills.fold(Totals::default(), |sum, bill| {
            let totals = bill.totals();
            Totals {
                balanced: sum.balanced.saturating_add(totals.balanced),
                balanced_money: sum.balanced_money.saturating_add(totals.balanced_money),
                grid_only: sum.grid_only.saturating_add(totals.grid_only),
                ..sum
            }
        });
        assert_eq!(sum, Totals::default());

        let open = proof(0, LA1).unwrap();
        let end = CALENDAR.metering(LAST).to + 2 * CALENDAR.day_length();
        settle_through(Delivery { day: 2, period: 3 });
        block_at(end.max(Now::get()));
        let closed = proof(0, LA1).unwrap();
        assert!(closed.closed && closed.root == open.root);
        let bill = Settlement::bill(0, LA1).unwrap();
        assert!(market::merkle::verify(&closed.root, &bill, &closed.proof));
        let mut without = bill;
        without.corrections.clear();
        assert!(!market::merkle::verify(&closed.root, &without, &closed.proof));
        assert_eq!(Settlement::line(FIRST, LA1).unwrap().state, LineState::Final);
    });
}

#[test]
fn corrections_of_a_period_should_have_one_counterpart_when_many_come() {
    build_and_execute(|| {
        estimated_hour();
        assert_ok!(read(LA1, FIRST, 4_000));
        block_at(Now::get() + 1);
        assert_ok!(read(LA2, FIRST, 2_000));
        let sum = correction(RES, 0);
        assert_eq!(sum.balanced, NetEnergy::from_watt_hours(6_000 - 1_000));
        assert_eq!(sum.block, System::block_number() as u32);
        assert_eq!(line(RES).corrections, 1);
        assert_eq!(Settlement::bill(0, RES).unwrap().corrections, [sum]);
    });
}

#[test]
fn late_reading_should_be_a_debt_when_its_money_is_not_there() {
    build_and_execute(|| {
        estimated_hour();
        leave(LA1, 10);
        assert_ok!(read(LA1, FIRST, 12_000));
        assert_eq!((free(LA1), debt(LA1)), (0, eth("0.85").planck() as i128 - 10));
        leave(RES, 0);
        assert_ok!(read(LA2, FIRST, 0));
        assert_eq!(debt(LA2), -(eth("0.425").planck() as i128));
    });
}

#[test]
fn late_reading_should_count_for_later_estimates() {
    build_and_execute(|| {
        estimated_hour();
        assert_ok!(read(LA1, FIRST, 30_000));
        settle_through(LAST);
        silence([LA1]);
        let tomorrow = Delivery { day: 1, period: 0 };
        release(LA1, tomorrow, Position::Buy(wh(3_300)));
        settle_through(tomorrow);
        let line = Settlement::line(tomorrow, LA1).unwrap().line;
        assert_eq!((line.actual, line.estimated), (Some(NetEnergy::from_watt_hours(30_000)), true));
    });
}

#[test]
fn late_reading_should_be_refused_when_a_reading_is_in() {
    build_and_execute(|| {
        estimated_hour();
        assert_noop!(read(MG1, FIRST, -999), Error::<Test>::AlreadyRead);
        assert_ok!(read(LA1, FIRST, 4_000));
        assert_noop!(read(LA1, FIRST, 4_000), Error::<Test>::AlreadyRead);
    });
}

#[test]
fn late_reading_should_correct_the_line_when_its_member_released_nothing() {
    build_and_execute(|| {
        silence([MG1, LA3]);
        settle_through(FIRST);
        let (seller, buyer) = (line(MG1).settled.unwrap(), line(LA3).settled.unwrap());
        assert_eq!((seller.expected, seller.actual, seller.estimated), (None, Some(NetEnergy::ZERO), true));
        assert_eq!((buyer.expected, buyer.actual), (None, Some(NetEnergy::from_watt_hours(200_000))));
        // It gave 4 kWh after all, at 0.38.
        assert_ok!(read(MG1, FIRST, -4_000));
        assert_eq!(free(MG1), eth("1.52").planck());
        assert_ok!(read(LA3, FIRST, 0));
        assert_eq!(correction(LA3, 0).balanced_money, paid("-85"));
        assert_eq!(free(LA3), 1_500 * ETH);
    });
}

#[test]
fn reading_should_be_refused_when_its_period_began_before_the_registration() {
    build_and_execute(|| {
        let second = Delivery { day: 0, period: 1 };
        Members::mutate(|members| members[0].since = CALENDAR.start(FIRST) + 1);
        silence([LA1]);
        open_metering(FIRST);
        assert_noop!(read(LA1, FIRST, 1), Error::<Test>::BeforeRegistration);
        assert_eq!(Settlement::due(LA1), None);
        settle_through(second);
        assert_eq!(Settlement::line(FIRST, LA1), None);
        assert_noop!(read(LA1, FIRST, 1), Error::<Test>::BeforeRegistration);
        // The first whole period is its own: nothing is known of it, so that it is what the tie line carries.
        let line = Settlement::line(second, LA1).unwrap().line;
        assert_eq!((line.actual, line.estimated), (Some(NetEnergy::from_watt_hours(200_000)), true));
        assert_ok!(read(LA1, second, 700));
    });
}

#[test]
fn late_reading_should_be_refused_when_the_time_for_corrections_is_over() {
    build_and_execute(|| {
        estimated_hour();
        settle_through(LAST);
        let end = CALENDAR.metering(LAST).to + 2 * CALENDAR.day_length();
        Now::set(end - 1);
        hypothetically_ok!(read(LA1, FIRST, 4_000));
        Now::set(end);
        assert_noop!(read(LA1, FIRST, 4_000), Error::<Test>::CorrectionTimeOver);
        settle_through(Delivery { day: 3, period: 3 });
        assert_eq!(Settlement::line(FIRST, LA1).unwrap().state, LineState::Final);
        assert_noop!(read(LA1, FIRST, 4_000), Error::<Test>::CorrectionTimeOver);
    });
}

#[test]
fn late_reading_should_be_refused_when_it_is_not_the_meters() {
    build_and_execute(|| {
        estimated_hour();
        let late = reading(FIRST, 4_000);
        let signature = sign(&late, LA2);
        let origin = RuntimeOrigin::signed(account(LA1));
        assert_noop!(Settlement::submit_reading(origin, late, signature), Error::<Test>::BadSignature);
        assert_noop!(read(LA1, FIRST, 200_001), Error::<Test>::OverTieLine);
    });
}

#[test]
fn late_reading_should_be_refused_when_the_operator_has_ruled() {
    build_and_execute(|| {
        estimated_hour();
        assert_ok!(dispute(LA1, FIRST, LA1));
        let ruling = Ruling::Actual(NetEnergy::from_watt_hours(5_000));
        assert_ok!(Settlement::resolve_dispute(RuntimeOrigin::root(), FIRST, LA1, ruling));
        assert_noop!(read(LA1, FIRST, 4_000), Error::<Test>::AlreadyRuled);
    });
}

#[test]
fn late_reading_should_be_refused_when_the_periods_supplier_is_gone() {
    build_and_execute(|| {
        estimated_hour();
        Members::mutate(|members| members[RES.0 as usize].role = Role::DistributionOperator);
        assert_noop!(read(LA1, FIRST, 4_000), Error::<Test>::NoRetailSupplier);
        Members::mutate(|members| members[DSO.0 as usize].role = Role::RetailSupplier);
        assert_noop!(read(LA1, FIRST, 4_000), Error::<Test>::NoRetailSupplier);
        Members::set(members());
    });
}

#[test]
fn corrections_should_be_pruned_with_their_lines() {
    build_and_execute(|| {
        estimated_hour();
        assert_ok!(read(LA1, FIRST, 4_000));
        settle_through(Delivery { day: 4, period: 3 });
        block_at(Now::get() + 1);
        assert_eq!(Lines::<Test>::iter_prefix(FIRST).count(), 0);
        assert_eq!(Corrections::<Test>::iter().count(), 0);
    });
}
