//! Whom the supplier owes is paid by age.

use crate::mock::*;
use crate::{ClaimQueue, Claims, Event};
use frame::testing_prelude::*;
use market::{Delivery, ParticipantId};

fn queue() -> Vec<ParticipantId> {
    let next = |id: &ParticipantId| Claims::<Test>::get(id).unwrap().younger;
    core::iter::successors(ClaimQueue::<Test>::get().oldest, next).collect()
}

#[test]
fn creditors_should_be_paid_by_age_when_the_supplier_has_money() {
    build_and_execute(|| {
        leave(RES, 0);
        for (participant, planck) in [(LA3, -100), (LA1, -50), (MG1, -30)] {
            owes(participant, planck);
        }
        assert_eq!(queue(), [LA3, LA1, MG1]);
        let (la1, la3) = (free(LA1), free(LA3));
        give(RES, 120);
        assert!(Settlement::backlog());
        events();
        block_at(Now::get() + 1);
        assert_eq!((free(LA3), free(LA1), free(MG1), free(RES)), (la3 + 100, la1 + 20, 0, 0));
        assert_eq!((debt(LA3), debt(LA1), debt(MG1)), (0, -30, -30));
        assert_eq!(queue(), [LA1, MG1]);
        assert!(!Settlement::backlog());
        let paid = |participant, planck| Event::ClaimPaid {
            participant,
            from: account(RES),
            to: account(participant),
            amount: market::Money::from_planck(planck),
        };
        let told = events();
        assert!(told.contains(&paid(LA3, 100)) && told.contains(&paid(LA1, 20)));
        // Who owes pays the supplier, and so its creditors.
        owes(LA3, 40);
        assert_ok!(Settlement::pay_debt(RuntimeOrigin::signed(account(LA3)), 40));
        block_at(Now::get() + 1);
        assert_eq!((debt(LA1), debt(MG1)), (0, -20));
    });
}

#[test]
fn newer_claim_should_wait_when_an_older_one_is_not_paid() {
    build_and_execute(|| {
        leave(RES, 0);
        owes(MG1, -(ETH as i128));
        // LA1 gives 1 kWh: 0.38 are due to it, and LA2 pays 0.425 in the same period.
        open_metering(FIRST);
        assert_ok!(read(LA1, FIRST, 1_000));
        assert_ok!(read(LA2, FIRST, -1_000));
        let before = free(LA2);
        close_metering(FIRST);
        assert_eq!((free(LA2), debt(LA2)), (before, -380_000_000_000_000_000));
        assert_eq!((free(MG1), free(RES)), (425_000_000_000_000_000, 0));
        assert_eq!(queue(), [MG1, LA2]);
        // A late reading waits in the same queue.
        silence([LA3]);
        set_tie_line(LA3, 2_000);
        settle_through(Delivery { day: 0, period: 1 });
        block_at(Now::get() + 1);
        assert_eq!(queue(), [LA2], "LA3's 0.85 are enough for the rest of MG1's");
        assert_ok!(read(LA3, Delivery { day: 0, period: 1 }, 0));
        assert_eq!(queue(), [LA2, LA3]);
    });
}

#[test]
fn creditor_should_keep_its_place_when_more_is_owed_to_it() {
    build_and_execute(|| {
        leave(RES, 0);
        owes(MG1, -10);
        owes(LA1, -10);
        open_metering(FIRST);
        assert_ok!(read(MG1, FIRST, -1_000));
        close_metering(FIRST);
        assert_eq!(queue(), [MG1, LA1]);
        // It goes to the end when it was paid off in between.
        owes(MG1, 5);
        owes(MG1, -5);
        assert_eq!(queue(), [LA1, MG1]);
    });
}

#[test]
fn claims_should_wait_for_the_end_of_a_half_settled_period() {
    build_and_execute(|| {
        leave(RES, 0);
        owes(LA3, -1);
        open_metering(FIRST);
        assert_ok!(read(LA1, FIRST, 1_000));
        assert_ok!(read(MG1, FIRST, -1_000));
        let ample = Budget::get();
        let steps = <() as crate::WeightInfo>::look() * 2 + <() as crate::WeightInfo>::settle_line(2);
        Budget::set(steps);
        close_metering(FIRST);
        assert!(free(RES) > 1);
        assert_eq!(queue(), [LA3]);
        block_at(Now::get() + 1);
        assert_eq!(queue(), [LA3]);
        Budget::set(ample);
        block_at(Now::get() + 1);
        assert_eq!((queue(), debt(MG1)), (vec![], 0));
    });
}

#[test]
fn creditors_should_be_paid_over_many_blocks_when_the_budget_is_tiny() {
    build_and_execute(|| {
        let ample = Budget::get();
        for participant in [LA1, LA2, LA3] {
            owes(participant, -10);
        }
        Budget::set(<() as crate::WeightInfo>::look() * 2 + <() as crate::WeightInfo>::pay_claim());
        for left in [2, 1, 0] {
            block_at(Now::get() + 1);
            assert_eq!(queue().len(), left);
        }
        Budget::set(ample);
    });
}
