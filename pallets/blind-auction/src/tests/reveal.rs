use crate::mock::*;
use crate::{Bid, Bids, Error, Event, Seals};
use frame::deps::frame_support::dispatch::{DispatchClass, GetDispatchInfo, Pays};
use frame::deps::frame_support::storage::with_storage_layer;
use frame::deps::sp_runtime::AccountId32;
use frame::testing_prelude::*;
use frame::token::fungible::Inspect;
use market::clearing::{QueueKey, lot};
use market::{Delivery, Money, Stage};

/// LA1 has sealed a bid of 700 for 1 kWh in the first period, whose reveal is open.
fn ready() {
    release(FIRST, LA1, 1_000);
    open_sealing(FIRST);
    assert_ok!(seal(LA1, FIRST, 700));
    open_reveal(FIRST);
}

#[test]
fn reveal_should_swap_deposit_for_cover_when_all_is_right() {
    build_and_execute(|| {
        ready();
        events();
        assert_eq!(reveal(LA1, FIRST, 700).unwrap().pays_fee, Pays::No);
        let cover = Money::from_planck(cost(1_000, 700));
        assert_eq!(Auction::held(&account(LA1)), cover);
        assert_eq!(free(LA1), PURSE - cover.planck());
        let key = QueueKey::of_bid(gwei(700), lot(SEED, FIRST, LA1), LA1);
        assert_eq!(Bids::<Test>::get(FIRST, key), Some(Bid { volume: wh(1_000) }));
        assert_eq!(Auction::sealed(FIRST, LA1), None);
        assert_eq!(
            events(),
            [Event::Revealed {
                delivery: FIRST,
                participant: LA1,
                price: gwei(700),
                volume: wh(1_000),
                cover
            }]
        );
    });
}

#[test]
fn reveal_should_give_back_what_the_cover_does_not_need_when_the_deposit_is_larger() {
    build_and_execute(|| {
        crate::DepositShare::<Test>::put(market::participant::PartsPerMillion::ONE);
        ready();
        assert!(held(LA1) > cost(1_000, 700));
        assert_ok!(reveal(LA1, FIRST, 700));
        assert_eq!((held(LA1), free(LA1)), (cost(1_000, 700), PURSE - cost(1_000, 700)));
    });
}

#[test]
fn reveal_should_be_operational_when_it_is_dispatched() {
    let call = crate::Call::<Test>::reveal { delivery: FIRST, price: gwei(1), salt: SALT };
    let info = call.get_dispatch_info();
    assert_eq!((info.class, info.pays_fee), (DispatchClass::Operational, Pays::Yes));
}

#[test]
fn reveal_should_succeed_when_the_deposit_is_part_of_the_cover() {
    build_and_execute(|| {
        ready();
        leave(LA1, cost(1_000, 700) - deposit(1_000));
        assert_ok!(reveal(LA1, FIRST, 700));
        assert_eq!(free(LA1), 0);
    });
}

#[test]
fn queue_should_be_the_book_in_order_when_bids_are_revealed() {
    build_and_execute(|| {
        [LA1, LA2, LA3].into_iter().for_each(|id| release(FIRST, id, 1_000));
        bid(FIRST, &[(LA1, 500), (LA2, 900), (LA3, 700)]);
        let bidders: Vec<_> = Auction::queue(FIRST, None).map(|order| order.key.participant()).collect();
        assert_eq!(bidders, [LA2, LA3, LA1]);
    });
}

#[test]
fn reveal_should_be_refused_when_it_is_not_signed() {
    build_and_execute(|| {
        ready();
        assert_noop!(Auction::reveal(RuntimeOrigin::root(), FIRST, gwei(700), SALT), BadOrigin);
    });
}

#[test]
fn reveal_should_be_refused_when_the_account_is_nobodys() {
    build_and_execute(|| {
        ready();
        let stranger = RuntimeOrigin::signed(AccountId32::new([77; 32]));
        assert_noop!(Auction::reveal(stranger, FIRST, gwei(700), SALT), Error::<Test>::NotRegistered);
    });
}

#[test]
fn reveal_should_be_refused_when_it_comes_outside_its_window() {
    build_and_execute(|| {
        release(FIRST, LA1, 1_000);
        open_sealing(FIRST);
        assert_ok!(seal(LA1, FIRST, 700));
        let window = CALENDAR.reveal(FIRST);
        block_at(window.from - 1);
        assert_noop!(reveal(LA1, FIRST, 700), Error::<Test>::WindowNotOpen);
        // The hook that clears the period runs before transactions, so this block is the first too late.
        block_at(window.to);
        assert_noop!(reveal(LA1, FIRST, 700), Error::<Test>::WindowClosed);
    });
}

#[test]
fn reveal_should_be_refused_when_there_is_nothing_to_open() {
    build_and_execute(|| {
        ready();
        assert_noop!(reveal(LA2, FIRST, 700), Error::<Test>::NotSealed);
        let none = Delivery { day: 0, period: CALENDAR.periods_per_day };
        assert_noop!(reveal(LA1, none, 700), Error::<Test>::NoSuchPeriod);
        GridPricesNow::set(None);
        assert_noop!(reveal(LA1, FIRST, 700), Error::<Test>::NoSuchPeriod);
        GridPricesNow::set(Some(grid_prices()));
    });
}

#[test]
fn reveal_should_be_refused_when_it_comes_twice() {
    build_and_execute(|| {
        ready();
        assert_ok!(reveal(LA1, FIRST, 700));
        assert_noop!(reveal(LA1, FIRST, 700), Error::<Test>::NotSealed);
    });
}

#[test]
fn reveal_should_be_refused_when_it_does_not_open_the_commitment() {
    build_and_execute(|| {
        ready();
        assert_noop!(reveal(LA1, FIRST, 701), Error::<Test>::CommitmentMismatch);
        let other_salt = Auction::reveal(RuntimeOrigin::signed(account(LA1)), FIRST, gwei(700), [0; 32]);
        assert_noop!(other_salt, Error::<Test>::CommitmentMismatch);
    });
}

#[test]
fn reveal_should_be_refused_when_the_commitment_is_anothers() {
    build_and_execute(|| {
        release(FIRST, LA1, 1_000);
        release(FIRST, LA2, 1_000);
        open_sealing(FIRST);
        let copied = commitment_of(LA1, FIRST, 700);
        assert_ok!(Auction::seal(RuntimeOrigin::signed(account(LA2)), FIRST, copied, gwei(500)));
        open_reveal(FIRST);
        assert_noop!(reveal(LA2, FIRST, 700), Error::<Test>::CommitmentMismatch);
    });
}

#[test]
fn reveal_should_be_refused_when_the_bid_leaves_the_limits() {
    build_and_execute(|| {
        offer(FIRST, MG1, 1_000, FEED_IN);
        release(FIRST, LA1, 1_000);
        release(FIRST, LA2, 1_000);
        open_sealing(FIRST);
        assert_ok!(seal(LA1, FIRST, TARIFF + 1));
        assert_ok!(seal(LA2, FIRST, COST - 1));
        open_reveal(FIRST);
        assert_noop!(reveal(LA1, FIRST, TARIFF + 1), Error::<Test>::AboveTariff);
        assert_noop!(reveal(LA2, FIRST, COST - 1), Error::<Test>::BelowCost);
    });
}

#[test]
fn reveal_should_keep_to_the_floor_of_its_sealing_when_an_offer_comes_later() {
    build_and_execute(|| {
        release(FIRST, LA1, 1_000);
        release(FIRST, LA2, 1_000);
        open_sealing(FIRST);
        must_seal(LA1, FIRST, COST - 1);
        must_seal(LA2, FIRST, COST - 1);
        offer(FIRST, MG1, 1_000, FEED_IN);
        // Who seals again knows of the offer.
        must_seal(LA2, FIRST, COST - 1);
        open_reveal(FIRST);
        must_reveal(LA1, FIRST, COST - 1);
        assert_noop!(reveal(LA2, FIRST, COST - 1), Error::<Test>::BelowCost);
    });
}

#[test]
fn reveal_should_leave_the_deposit_when_the_cover_is_not_there() {
    build_and_execute(|| {
        ready();
        leave(LA1, cost(1_000, 700) - deposit(1_000) - 1);
        let call = RuntimeCall::from(crate::Call::reveal { delivery: FIRST, price: gwei(700), salt: SALT });
        let refused = call.dispatch(RuntimeOrigin::signed(account(LA1)));
        assert_eq!(refused.unwrap_err().error, Error::<Test>::InsufficientFunds.into());
        assert_eq!(held(LA1), deposit(1_000));
        assert!(Seals::<Test>::contains_key(FIRST, LA1) && Bids::<Test>::iter().next().is_none());
    });
}

#[test]
fn reveal_should_be_refused_when_the_cover_overflows() {
    build_and_execute(|| {
        ready();
        let price = u64::MAX;
        Seals::<Test>::mutate(FIRST, LA1, |seal| {
            let seal = seal.as_mut().unwrap();
            seal.volume = market::Energy::MAX;
            seal.commitment = commitment_of(LA1, FIRST, price);
        });
        GridPricesNow::set(Some(market::tariff::GridPrices { tariff: gwei(price), feed_in: gwei(FEED_IN) }));
        assert_noop!(reveal(LA1, FIRST, price), Error::<Test>::InsufficientFunds);
        GridPricesNow::set(Some(grid_prices()));
        Seals::<Test>::mutate(FIRST, LA1, |seal| seal.as_mut().unwrap().volume = wh(1_000));
    });
}

#[test]
fn reveal_should_be_refused_when_it_is_paused() {
    build_and_execute(|| {
        ready();
        PausedStages::set(vec![Stage::Reveal]);
        assert_noop!(reveal(LA1, FIRST, 700), Error::<Test>::Paused);
        PausedStages::take();
        assert_ok!(reveal(LA1, FIRST, 700));
    });
}

#[test]
fn reveal_should_be_taken_when_the_agent_was_rotated_since_sealing() {
    build_and_execute(|| {
        release(FIRST, LA1, 1_000);
        open_sealing(FIRST);
        let sealed = Auction::seal(
            RuntimeOrigin::signed(agent(LA1)),
            FIRST,
            commitment_of(LA1, FIRST, 700),
            gwei(500),
        );
        assert_ok!(sealed);
        let new = AccountId32::new([55; 32]);
        RotatedAgent::set(Some((new.clone(), LA1)));
        open_reveal(FIRST);
        let reveal = |who| Auction::reveal(RuntimeOrigin::signed(who), FIRST, gwei(700), SALT);
        assert_noop!(reveal(agent(LA1)), Error::<Test>::NotRegistered);
        assert_ok!(reveal(new));
        assert_eq!(held(LA1), cost(1_000, 700));
        RotatedAgent::take();
    });
}

#[test]
fn deposit_should_be_forfeited_when_the_account_is_drained_between_seal_and_reveal() {
    build_and_execute(|| {
        offer(FIRST, MG1, 1_000, FEED_IN);
        ready();
        leave(LA1, 0);
        let refused = with_storage_layer(|| reveal(LA1, FIRST, 700));
        assert_eq!(refused.unwrap_err().error, Error::<Test>::InsufficientFunds.into());
        close_reveal(FIRST);
        assert_eq!((free(LA1), held(LA1)), (0, 0));
        assert_eq!([free(MG1), free(RES), Balances::balance(&POT)], [0, 0, deposit(1_000)]);
        assert_eq!(Seals::<Test>::iter().count(), 0);
    });
}
