use crate::mock::*;
use crate::types::DayRoot;
use crate::{Completed, Event, Lines, Pruning, Roots};
use frame::deps::sp_io::storage::next_key;
use frame::testing_prelude::*;
use market::bill::Totals;
use market::participant::Member;
use market::{Day, Delivery, NetMoney, ParticipantId, Position, merkle};

fn last(day: Day) -> Delivery {
    Delivery { day, period: 3 }
}

/// Days of trade, each with a reading or without.
fn trade_through(last_day: Day) {
    // Enough for a meter that stays silent.
    give(LA1, 10_000 * ETH);
    for day in 0..=last_day {
        for period in 0..4 {
            let delivery = Delivery { day, period };
            if Settlement::next_to_settle().is_some_and(|next| next > delivery) {
                continue;
            }
            release(LA1, delivery, Position::Buy(wh(33)));
            release(MG1, delivery, offer(50));
            trade(delivery, LA1, MG1, 20 + u64::from(period), 400_000_000);
            open_metering(delivery);
            assert_ok!(read(MG1, delivery, -45));
            if period % 2 == 0 {
                assert_ok!(read(LA1, delivery, 70));
            }
            close_metering(delivery);
        }
    }
}

fn settled_at(day: Day) -> u64 {
    CALENDAR.metering(last(day)).to
}

#[test]
fn day_should_close_with_its_root_when_the_time_for_correction_is_over() {
    build_and_execute(|| {
        trade_through(0);
        assert_eq!(Completed::<Test>::get(0), Some(settled_at(0)));
        let closes = settled_at(0) + 2 * CALENDAR.day_length();
        trade_through(1);
        settle_through(Delivery { day: 2, period: 2 });
        block_at(closes - 1);
        assert_eq!(Roots::<Test>::get(0), None);
        let open = proof(0, LA1).unwrap();
        assert!(!open.closed);
        events();
        block_at(closes);
        let DayRoot { root, bills } = Roots::<Test>::get(0).unwrap();
        assert_eq!(bills, 6);
        assert!(events().contains(&Event::DayClosed { day: 0, root, bills }));
        assert_eq!(Completed::<Test>::get(0), None);
        assert_eq!(Settlement::first_open_day(), Some(1));

        for id in (0..6).map(ParticipantId) {
            let bill = Settlement::bill(0, id).unwrap();
            let proof = proof(0, id).unwrap();
            assert!(proof.closed);
            assert_eq!((proof.root, open.root), (root, root));
            assert!(merkle::verify(&root, &bill, &proof.proof));
        }
        assert!(!merkle::verify(&root, &Settlement::bill(1, LA1).unwrap(), &open.proof));
        assert_eq!(Settlement::bill(0, LA1).unwrap().lines.len(), 4);
        assert_eq!(Settlement::bill(0, DSO).unwrap().lines, []);
        assert_eq!(Settlement::bill(0, ParticipantId(6)), None);
        assert_eq!(proof(0, ParticipantId(6)), None);
    });
}

#[test]
fn bills_of_a_day_should_sum_to_zero() {
    build_and_execute(|| {
        trade_through(0);
        let bills: Vec<_> = (0..6).filter_map(|id| Settlement::bill(0, ParticipantId(id))).collect();
        let totals = Totals::of(bills.iter().flat_map(|bill| &bill.lines));
        assert_eq!((totals.total(), totals.grid_only), (NetMoney::ZERO, NetMoney::ZERO));
        assert!(totals.peer_to_peer.is_zero() && totals.balanced.is_zero());
    });
}

#[test]
fn bill_should_have_the_settled_lines_when_the_day_is_on_its_way() {
    build_and_execute(|| {
        assert_eq!(Settlement::bill(1, LA1), None);
        release(LA1, Delivery { day: 0, period: 1 }, Position::Buy(wh(33)));
        release(LA1, FIRST, Position::Buy(wh(33)));
        settle_through(FIRST);
        open_metering(Delivery { day: 0, period: 1 });
        assert_ok!(read(LA1, Delivery { day: 0, period: 1 }, 5));
        assert_eq!(Settlement::bill(0, LA1).unwrap().lines.len(), 1);
    });
}

#[test]
fn bill_should_be_of_its_day_when_a_member_comes_later() {
    build_and_execute(|| {
        trade_through(3);
        let bills = Roots::<Test>::get(0).unwrap().bills;
        Members::mutate(|members| {
            let since = Now::get();
            members.push(Member { since, ..member(6, market::Role::LoadAggregator) });
        });
        System::inc_providers(&account(ParticipantId(6)));
        assert_eq!(bills, 6);
        assert_eq!(Settlement::bill(0, ParticipantId(6)), None);
        assert!(Settlement::bill(3, ParticipantId(6)).is_some());
        let proof = proof(0, LA1).unwrap();
        assert!(merkle::verify(&proof.root, &Settlement::bill(0, LA1).unwrap(), &proof.proof));
    });
}

#[test]
fn pruning_should_leave_nothing_when_days_are_old() {
    build_and_execute(|| {
        trade_through(3);
        assert!(Lines::<Test>::contains_key(FIRST, LA1), "four days behind the one that is settled");
        trade_through(12);
        // Day 13 is next: days 9 to 12 are kept.
        let days: std::collections::BTreeSet<_> = Lines::<Test>::iter_keys().map(|(d, _)| d.day).collect();
        assert_eq!(days.into_iter().collect::<Vec<_>>(), [9, 10, 11, 12]);
        assert_eq!(Pruning::<Test>::get().unwrap().delivery, Delivery { day: 9, period: 0 });
        assert_eq!(Settlement::bill(8, LA1), None);
        assert_eq!(proof(8, LA1), None);
        assert_eq!(Settlement::line(last(8), LA1).map(|line| line.settled), None);
        assert!(Settlement::bill(9, LA1).is_some());
        // Days up to 10 are closed; their roots are kept for five days.
        let mut roots: Vec<_> = Roots::<Test>::iter_keys().collect();
        roots.sort();
        assert_eq!(roots, [6, 7, 8, 9, 10]);
        assert_eq!(Completed::<Test>::iter().count(), 2);
    });
}

#[test]
fn state_should_not_grow_when_days_pass() {
    build_and_execute(|| {
        let keys = || core::iter::successors(next_key(&[]), |key| next_key(key)).count();
        trade_through(8);
        let after_eight = keys();
        trade_through(12);
        assert_eq!(keys(), after_eight);
    });
}
