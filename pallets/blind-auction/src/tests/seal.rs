use crate::mock::*;
use crate::{Error, Event, Next, Seal, Seals};
use frame::deps::frame_support::dispatch::Pays;
use frame::deps::sp_core::H256;
use frame::deps::sp_runtime::AccountId32;
use frame::testing_prelude::*;
use market::{Delivery, Money, Stage};

/// LA1 has released 1 kWh for the first period, whose sealing is open.
fn ready() {
    release(FIRST, LA1, 1_000);
    open_sealing(FIRST);
}

#[test]
fn seal_should_take_a_deposit_when_all_is_right() {
    build_and_execute(|| {
        ready();
        events();
        let commitment = commitment_of(LA1, FIRST, 700);
        let origin = RuntimeOrigin::signed(account(LA1));
        let done = Auction::seal(origin, FIRST, commitment, gwei(500)).unwrap();
        assert_eq!(done.pays_fee, Pays::No);
        let amount = Money::from_planck(deposit(1_000));
        assert_eq!(
            Seals::<Test>::get(FIRST, LA1),
            Some(Seal {
                commitment,
                quote: gwei(500),
                account: account(LA1),
                volume: wh(1_000),
                floor: None,
                deposit: amount,
                replacements: 0,
            })
        );
        assert_eq!(Auction::held(&account(LA1)), amount);
        assert_eq!(free(LA1), PURSE - amount.planck());
        assert_eq!(
            events(),
            [Event::Sealed {
                delivery: FIRST,
                participant: LA1,
                commitment,
                quote: gwei(500),
                deposit: amount,
                replacements: 0,
            }]
        );
    });
}

#[test]
fn seal_should_be_the_participants_when_its_agent_signs() {
    build_and_execute(|| {
        ready();
        assert_ok!(Auction::seal(RuntimeOrigin::signed(agent(LA1)), FIRST, H256::zero(), gwei(500)));
        assert_eq!(Seals::<Test>::get(FIRST, LA1).map(|seal| seal.account), Some(account(LA1)));
        assert_eq!(held(LA1), deposit(1_000));
    });
}

#[test]
fn seal_should_be_taken_when_a_prosumer_buys() {
    build_and_execute(|| {
        release(FIRST, PROSUMER, 1_000);
        open_sealing(FIRST);
        assert_ok!(seal(PROSUMER, FIRST, 700));
        assert_eq!(held(PROSUMER), deposit(1_000));
    });
}

#[test]
fn replacement_should_reuse_the_deposit_and_pay_when_it_is_the_third() {
    build_and_execute(|| {
        ready();
        let pays = [700, 701, 702, 703].map(|price| seal(LA1, FIRST, price).unwrap().pays_fee);
        assert_eq!(pays, [Pays::No, Pays::No, Pays::No, Pays::Yes]);
        let live = Seals::<Test>::get(FIRST, LA1).unwrap();
        assert_eq!(live.commitment, commitment_of(LA1, FIRST, 703));
        assert_eq!(live.replacements, 3);
        assert_eq!(held(LA1), deposit(1_000));
        assert_eq!(Seals::<Test>::iter().count(), 1);
    });
}

#[test]
fn replacement_should_be_taken_when_nothing_is_left_but_the_deposit() {
    build_and_execute(|| {
        ready();
        leave(LA1, deposit(1_000));
        assert_ok!(seal(LA1, FIRST, 700));
        assert_eq!(free(LA1), 0);
        assert_ok!(seal(LA1, FIRST, 701));
    });
}

#[test]
fn seal_should_be_refused_when_it_is_not_signed() {
    build_and_execute(|| {
        ready();
        let refused = Auction::seal(RuntimeOrigin::root(), FIRST, H256::zero(), gwei(500));
        assert_noop!(refused, BadOrigin);
    });
}

#[test]
fn seal_should_be_refused_when_the_account_is_nobodys() {
    build_and_execute(|| {
        ready();
        let stranger = RuntimeOrigin::signed(AccountId32::new([77; 32]));
        assert_noop!(Auction::seal(stranger, FIRST, H256::zero(), gwei(500)), Error::<Test>::NotRegistered);
    });
}

#[test]
fn seal_should_be_refused_when_the_role_does_not_buy() {
    build_and_execute(|| {
        ready();
        for id in [MG1, RES] {
            assert_noop!(seal(id, FIRST, 500), Error::<Test>::WrongRole);
        }
    });
}

#[test]
fn seal_should_be_refused_when_the_calendar_has_no_such_period() {
    build_and_execute(|| {
        ready();
        let none = Delivery { day: 0, period: CALENDAR.periods_per_day };
        assert_noop!(seal(LA1, none, 500), Error::<Test>::NoSuchPeriod);
    });
}

#[test]
fn seal_should_be_refused_when_the_prices_are_not_known() {
    build_and_execute(|| {
        ready();
        GridPricesNow::set(None);
        assert_noop!(seal(LA1, FIRST, 500), Error::<Test>::NoSuchPeriod);
    });
}

#[test]
fn seal_should_be_refused_when_it_comes_outside_its_window() {
    build_and_execute(|| {
        release(FIRST, LA1, 1_000);
        let window = CALENDAR.sealing(FIRST);
        block_at(window.from - 1);
        assert_noop!(seal(LA1, FIRST, 500), Error::<Test>::WindowNotOpen);
        block_at(window.from);
        assert_ok!(seal(LA1, FIRST, 500));
        block_at(window.to - 1);
        assert_ok!(seal(LA1, FIRST, 500));
        block_at(window.to);
        assert_noop!(seal(LA1, FIRST, 500), Error::<Test>::WindowClosed);
    });
}

#[test]
fn seal_should_be_refused_when_the_chain_started_amid_its_window() {
    build_and_execute(|| {
        Next::<Test>::kill();
        ready();
        assert_eq!(Next::<Test>::get(), Some(SECOND));
        assert_noop!(seal(LA1, FIRST, 500), Error::<Test>::WindowClosed);
    });
}

#[test]
fn seal_should_be_refused_when_nothing_was_released() {
    build_and_execute(|| {
        release(FIRST, LA2, 0);
        offer(FIRST, PROSUMER, 1_000, FEED_IN);
        open_sealing(FIRST);
        for id in [LA1, LA2, PROSUMER] {
            assert_noop!(seal(id, FIRST, 500), Error::<Test>::NothingReleased);
        }
    });
}

#[test]
fn seal_should_be_refused_when_the_participant_is_a_debtor() {
    build_and_execute(|| {
        ready();
        Debtors::set([LA1].into());
        assert_noop!(seal(LA1, FIRST, 500), Error::<Test>::Indebted);
    });
}

#[test]
fn seal_should_be_refused_when_the_quote_leaves_the_limits() {
    build_and_execute(|| {
        offer(FIRST, MG1, 1_000, FEED_IN);
        ready();
        let seal =
            |quote| Auction::seal(RuntimeOrigin::signed(account(LA1)), FIRST, H256::zero(), gwei(quote));
        assert_noop!(seal(TARIFF + 1), Error::<Test>::AboveTariff);
        assert_noop!(seal(COST - 1), Error::<Test>::BelowCost);
        assert_ok!(seal(TARIFF));
        assert_ok!(seal(COST));
    });
}

#[test]
fn seal_should_be_refused_when_the_deposit_is_not_there() {
    build_and_execute(|| {
        ready();
        leave(LA1, deposit(1_000) - 1);
        assert_noop!(seal(LA1, FIRST, 500), Error::<Test>::InsufficientFunds);
    });
}

#[test]
fn seal_should_be_refused_when_the_deposit_overflows() {
    build_and_execute(|| {
        ready();
        release(FIRST, LA1, u64::MAX);
        GridPricesNow::set(Some(market::tariff::GridPrices {
            tariff: market::Price::MAX,
            feed_in: gwei(FEED_IN),
        }));
        assert_noop!(seal(LA1, FIRST, 500), Error::<Test>::InsufficientFunds);
        GridPricesNow::set(Some(grid_prices()));
    });
}

#[test]
fn seal_should_be_refused_when_the_participant_is_suspended() {
    build_and_execute(|| {
        ready();
        assert_ok!(seal(LA1, FIRST, 500));
        SuspendedOnes::set([LA1].into());
        assert_noop!(seal(LA1, FIRST, 501), Error::<Test>::Suspended);
        // What it has sealed it may open.
        open_reveal(FIRST);
        assert_ok!(reveal(LA1, FIRST, 500));
    });
}

#[test]
fn seal_should_be_refused_when_sealing_is_paused() {
    build_and_execute(|| {
        ready();
        PausedStages::set(vec![Stage::Sealing]);
        assert_noop!(seal(LA1, FIRST, 500), Error::<Test>::Paused);
        PausedStages::set(vec![Stage::Reveal, Stage::Execution]);
        assert_ok!(seal(LA1, FIRST, 500));
    });
}

#[test]
fn seal_should_be_taken_when_it_takes_all_that_an_account_has() {
    build_and_execute(|| {
        ready();
        leave(LA1, deposit(1_000));
        assert_ok!(seal(LA1, FIRST, 100));
        assert_eq!((free(LA1), held(LA1)), (0, deposit(1_000)));
        // The participant's own reference keeps the account; the bid fits into the deposit.
        open_reveal(FIRST);
        assert_ok!(reveal(LA1, FIRST, 100));
        close_reveal(FIRST);
        assert_eq!((free(LA1), held(LA1)), (deposit(1_000), 0));
    });
}
