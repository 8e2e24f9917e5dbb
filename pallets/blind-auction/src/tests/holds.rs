use crate::holds::MOST_OPEN;
use crate::mock::*;
use crate::{Bids, Phase, Progress, Seals, Walk};
use frame::deps::sp_runtime::AccountId32;
use market::Money;
use market::participant::Holds;

const NEW: AccountId32 = AccountId32::new([0xaa; 32]);

/// Lets another account hold LA1's money, as the registry does.
fn rotate() -> Option<Money> {
    System::inc_providers(&NEW);
    let moved = Auction::follow(LA1, &account(LA1), &NEW);
    if moved.is_some() {
        Members::mutate(|members| members[0].account = NEW);
    }
    moved
}

fn held_by_new() -> u128 {
    use frame::token::fungible::InspectHold;
    Balances::total_balance_on_hold(&NEW)
}

#[test]
fn sealed_bids_should_follow_their_bidder_when_its_account_is_another() {
    build_and_execute(|| {
        release(FIRST, LA1, 1_000);
        open_sealing(FIRST);
        must_seal(LA1, FIRST, 500);
        assert_eq!(rotate(), Some(Money::from_planck(deposit(1_000))));
        assert_eq!((held(LA1), held_by_new()), (0, deposit(1_000)));
        assert_eq!(Seals::<Test>::get(FIRST, LA1).unwrap().account, NEW);
        // Nothing is left to move.
        assert_eq!(Auction::follow(LA1, &account(LA1), &NEW), Some(Money::ZERO));
    });
}

#[test]
fn bid_in_front_should_be_paid_by_the_new_account_when_the_clearing_stands_in_between() {
    build_and_execute(|| {
        release(FIRST, LA1, 1_000);
        release(FIRST, LA2, 1_000);
        offer(FIRST, MG1, 1_500, 300);
        bid(FIRST, &[(LA1, 900), (LA2, 800)]);
        // As much as a step or two of a block.
        Budget::set(Auction::poll_weight().saturating_add(Auction::worst_step()));
        let mut steps = 0;
        let in_front = || match Progress::<Test>::get().phase {
            Phase::Queue { walk: Walk { buyer: Some(buyer), .. }, .. } => Some(buyer.account),
            _ => None,
        };
        while in_front() != Some(account(LA1)) {
            steps += 1;
            assert!(steps < 9, "{:?}", Progress::<Test>::get());
            block_at(CALENDAR.reveal(FIRST).to + steps);
        }
        assert!(rotate().is_some());
        assert_eq!(in_front(), Some(NEW));
        Auction::do_try_state().unwrap();
        Budget::set(PLENTY);
        block_at(CALENDAR.reveal(FIRST).to + 10);
        assert_eq!(trades().len(), 2);
        assert_eq!((held(LA1), held_by_new(), Bids::<Test>::iter().count()), (0, 0, 0));
    });
}

#[test]
fn account_should_wait_when_too_many_periods_are_not_cleared() {
    build_and_execute(|| {
        release(FIRST, LA1, 1_000);
        open_sealing(FIRST);
        must_seal(LA1, FIRST, 500);
        Now::set(CALENDAR.sealing(FIRST).from + MOST_OPEN as u64 * HOUR);
        assert_eq!(Auction::follow(LA1, &account(LA1), &NEW), None);
        Now::set(CALENDAR.sealing(FIRST).from + (MOST_OPEN as u64 - 1) * HOUR);
        assert!(rotate().is_some());
    });
}
