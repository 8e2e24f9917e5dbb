use crate::mock::*;
use crate::{Bids, Next, Phase, Progress, RevealBlocks, Seals, Walk};
use frame::testing_prelude::*;
use market::clearing::{Order, QueueKey, lot};
use market::{Delivery, Money};

/// Corrupts the state of a market with a sealed and two revealed bids, whose first is in front, and
/// expects a check to say so.
fn expect(complaint: &'static str, corrupt: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        offer(FIRST, MG1, 500, FEED_IN);
        offer(FIRST, MG2, 4_500, FEED_IN + 1);
        [LA1, LA2, LA3].into_iter().for_each(|id| release(FIRST, id, 1_000));
        open_sealing(FIRST);
        [(LA1, 900), (LA2, 800), (LA3, 700)].into_iter().for_each(|(id, price)| must_seal(id, FIRST, price));
        open_reveal(FIRST);
        assert_ok!(reveal(LA1, FIRST, 900));
        assert_ok!(reveal(LA2, FIRST, 800));
        Auction::do_try_state().unwrap();
        corrupt();
        assert_eq!(Auction::do_try_state(), Err(complaint.into()));
    });
}

fn key(id: market::ParticipantId, price: u64) -> QueueKey {
    Auction::place(FIRST, id, gwei(price))
}

/// The queue is walked, and the first trade is made, which does not fill the bid in front.
fn walk() {
    Now::set(CALENDAR.reveal(FIRST).to);
    let mut progress = Progress::<Test>::get();
    for _ in 0..4 {
        Auction::step(FIRST, &mut progress);
    }
    Progress::<Test>::put(progress);
    assert_eq!(trades().len(), 1);
    Auction::do_try_state().unwrap();
}

fn edit_walk(edit: impl FnOnce(&mut Walk<frame::deps::sp_runtime::AccountId32>)) {
    Progress::<Test>::mutate(|progress| {
        let Phase::Queue { walk, .. } = &mut progress.phase else { panic!("no walk") };
        edit(walk);
    });
}

#[test]
fn check_should_fail_when_a_cleared_period_has_a_seal() {
    expect("a cleared period has a seal", || Next::<Test>::put(SECOND));
    expect("a cleared period has a seal", Next::<Test>::kill);
}

#[test]
fn check_should_fail_when_a_cleared_period_has_a_bid() {
    expect("a cleared period has a bid", || {
        let bid = Bids::<Test>::get(FIRST, key(LA1, 900)).unwrap();
        Next::<Test>::put(SECOND);
        let _ = Seals::<Test>::clear_prefix(FIRST, u32::MAX, None);
        Bids::<Test>::insert(FIRST, key(LA1, 900), bid);
    });
}

#[test]
fn check_should_fail_when_a_cleared_period_counts_blocks() {
    expect("a cleared period counts blocks", || {
        Next::<Test>::put(SECOND);
        let _ = Seals::<Test>::clear_prefix(FIRST, u32::MAX, None);
        let _ = Bids::<Test>::clear_prefix(FIRST, u32::MAX, None);
        RevealBlocks::<Test>::mutate(FIRST, |seen| seen.add(0));
    });
}

#[test]
fn check_should_fail_when_a_participant_has_two_bids() {
    expect("a bidder has two bids in a period", || {
        let bid = Bids::<Test>::get(FIRST, key(LA1, 900)).unwrap();
        Bids::<Test>::insert(FIRST, key(LA1, 950), bid);
    });
    expect("a bidder has two bids in a period", || {
        let seal = Seals::<Test>::get(FIRST, LA3).unwrap();
        Seals::<Test>::insert(FIRST, LA1, crate::Seal { account: account(LA1), ..seal });
    });
}

#[test]
fn check_should_fail_when_a_bid_is_out_of_place() {
    expect("a bid stands at another place than its own", || {
        let bid = Bids::<Test>::take(FIRST, key(LA1, 900)).unwrap();
        let elsewhere = QueueKey::of_bid(gwei(900), lot(SEED, SECOND, LA1), LA1);
        Bids::<Test>::insert(FIRST, elsewhere, bid);
    });
}

#[test]
fn check_should_fail_when_a_bid_is_larger_than_sealed() {
    expect("a bid is not for the released volume", || {
        Bids::<Test>::mutate(FIRST, key(LA1, 900), |bid| bid.as_mut().unwrap().volume = wh(1_001));
    });
}

#[test]
fn check_should_fail_when_a_revealed_bid_is_lost() {
    expect("what is on hold is not the books'", || Bids::<Test>::remove(FIRST, key(LA1, 900)));
}

#[test]
fn check_should_fail_when_a_bidder_is_not_registered() {
    expect("a bidder is not registered", || Members::mutate(|members| members.truncate(2)));
}

#[test]
fn check_should_fail_when_a_bidder_does_not_buy() {
    expect("a bidder does not buy", || {
        Members::mutate(|members| members[2].role = market::Role::Microgrid);
    });
}

#[test]
fn check_should_fail_when_a_bid_is_not_for_the_released_volume() {
    expect("a bid is not for the released volume", || release(FIRST, LA3, 999));
}

#[test]
fn check_should_fail_when_a_bid_is_early() {
    expect("a bid was sealed before its window", || Now::set(CALENDAR.sealing(FIRST).from - 1));
    expect("a bid is readable before gate closure", || Now::set(CALENDAR.sealing(FIRST).to - 1));
}

#[test]
fn check_should_fail_when_holds_are_not_the_books() {
    let one = Money::from_planck(1);
    expect("what is on hold is not the books'", || Auction::hold(&account(LA3), one).unwrap());
    expect("what is on hold is not the books'", || Seals::<Test>::remove(FIRST, LA3));
    expect("what is on hold is not the books'", || {
        Auction::release(&account(LA2), one, Precision::Exact).unwrap();
    });
    expect("what is on hold is not the books'", || {
        walk();
        edit_walk(|walk| walk.buyer.as_mut().unwrap().spent = Money::ZERO);
    });
    expect("a bid has spent more than its cover", || {
        walk();
        edit_walk(|walk| walk.buyer.as_mut().unwrap().spent = Money::MAX);
    });
}

#[test]
fn check_should_fail_when_the_cursor_is_not_at_the_front() {
    expect("a period is cleared while its bids are revealed", || {
        Progress::<Test>::mutate(|progress| progress.phase = Phase::Return { last: None });
    });
    expect("the bid in front is not the book's first", || {
        walk();
        edit_walk(|walk| walk.queue.bid = Some(Order { key: key(LA2, 800), open: wh(1_000) }));
    });
    expect("the bidder in front is not known", || {
        walk();
        edit_walk(|walk| walk.queue.bid.as_mut().unwrap().open = wh(1_001));
    });
    expect("the walk has passed a bid that is in the book", || {
        walk();
        let mut progress = Progress::<Test>::get();
        for _ in 0..2 {
            Auction::step(FIRST, &mut progress);
        }
        Progress::<Test>::put(progress);
        Auction::do_try_state().unwrap();
        edit_walk(|walk| walk.last_bid = Some(key(LA2, 800)));
    });
}

#[test]
fn check_should_fail_when_a_period_is_cleared_before_the_first_block() {
    new_test_ext().execute_with(|| {
        Progress::<Test>::mutate(|progress| progress.phase = Phase::Return { last: None });
        RevealBlocks::<Test>::remove(Delivery::default());
        Next::<Test>::kill();
        assert_eq!(Auction::do_try_state(), Err("a period is cleared before the first block".into()));
    });
}

#[test]
fn check_should_fail_when_deposits_are_more_than_the_whole() {
    expect("a deposit is more than the volume costs", || {
        crate::DepositShare::<Test>::put(market::participant::PartsPerMillion(1_000_001));
    });
}
