use crate::mock::*;
use crate::weights::WeightInfo;
use crate::{Bids, Error, Event, Next, Phase, RevealBlocks, Seals};
use frame::deps::frame_support::dispatch::DispatchClass;
use frame::deps::frame_support::weights::WeightMeter;
use frame::deps::sp_core::H256;
use frame::testing_prelude::*;
use frame::token::fungible::{Inspect, Mutate};
use market::clearing::{self, Clearing, Order, Pricing, QueueKey, lot};
use market::{Delivery, Energy, Money, ParticipantId, Role, Stage};

/// A hook's budget that fits the base and one worst step.
fn tiny_budget() -> Weight {
    <() as WeightInfo>::poll().saturating_add(Auction::worst_step())
}

/// The sum of a period's cleared events: trades and watt-hours.
fn cleared(delivery: Delivery) -> Option<(u32, u64)> {
    events().into_iter().find_map(|event| match event {
        Event::Cleared { delivery: of, trades, energy } if of == delivery => {
            Some((trades, energy.watt_hours()))
        }
        _ => None,
    })
}

/// LA1 bids 900 for 1 kWh, LA2 800 for 2 kWh, LA3 700 for 1 kWh; it is the period's start.
fn three_bids() {
    release(FIRST, LA1, 1_000);
    release(FIRST, LA2, 2_000);
    release(FIRST, LA3, 1_000);
    bid(FIRST, &[(LA1, 900), (LA2, 800), (LA3, 700)]);
    close_reveal(FIRST);
}

#[test]
fn bids_should_pay_what_they_bid_when_the_offer_is_short() {
    build_and_execute(|| {
        offer(FIRST, MG1, 2_000, FEED_IN);
        release(FIRST, LA1, 1_000);
        release(FIRST, LA2, 2_000);
        release(FIRST, LA3, 1_000);
        bid(FIRST, &[(LA1, 900), (LA2, 800), (LA3, 700)]);
        events();
        close_reveal(FIRST);
        assert_eq!(trades(), [(LA1, MG1, 1_000, 900), (LA2, MG1, 1_000, 800)]);
        assert_eq!(free(LA1), PURSE - cost(1_000, 900));
        assert_eq!(free(LA2), PURSE - cost(1_000, 800));
        assert_eq!(free(LA3), PURSE);
        assert_eq!(free(MG1), cost(1_000, 900) + cost(1_000, 800));
        assert_eq!([LA1, LA2, LA3].map(held), [0; 3]);
        assert_eq!(Left::get(), [(FIRST, LA1, gwei(900)), (FIRST, LA2, gwei(800)), (FIRST, LA3, gwei(700))]);
        let amount = |energy, price| Money::from_planck(cost(energy, price));
        let traded = |buyer, price| Event::Traded {
            delivery: FIRST,
            buyer,
            seller: MG1,
            energy: wh(1_000),
            price: gwei(price),
            amount: amount(1_000, price),
            from: account(buyer),
            to: account(MG1),
        };
        let left = |participant, unserved, released| Event::BidLeft {
            delivery: FIRST,
            participant,
            unserved: wh(unserved),
            released,
        };
        assert_eq!(
            events(),
            [
                traded(LA1, 900),
                left(LA1, 0, Money::ZERO),
                traded(LA2, 800),
                left(LA2, 1_000, amount(1_000, 800)),
                left(LA3, 1_000, amount(1_000, 700)),
                Event::Cleared { delivery: FIRST, trades: 2, energy: wh(2_000) },
            ]
        );
        assert!(Auction::is_cleared(FIRST) && !Auction::is_cleared(SECOND));
        assert_eq!((Bids::<Test>::iter().count(), Seals::<Test>::iter().count()), (0, 0));
        assert_eq!(RevealBlocks::<Test>::iter().count(), 0);
    });
}

#[test]
fn bids_should_be_served_by_lot_when_they_tie() {
    build_and_execute(|| {
        offer(FIRST, MG1, 1_000, FEED_IN);
        [LA1, LA2, LA3].into_iter().for_each(|id| release(FIRST, id, 1_000));
        bid(FIRST, &[(LA1, 700), (LA2, 700), (LA3, 700)]);
        close_reveal(FIRST);
        let first = [LA1, LA2, LA3].into_iter().min_by_key(|id| lot(SEED, FIRST, *id)).unwrap();
        assert_eq!(trades(), [(first, MG1, 1_000, 700)]);
    });
}

#[test]
fn bid_should_find_nothing_when_every_reserve_is_above_it() {
    build_and_execute(|| {
        offer(FIRST, MG1, 1_000, 750);
        offer(FIRST, MG2, 1_000, 950);
        three_bids();
        assert_eq!(trades(), [(LA1, MG1, 1_000, 900)]);
        assert_eq!([LA2, LA3].map(free), [PURSE; 2]);
    });
}

#[test]
fn offers_should_be_taken_cheapest_first_when_there_are_several() {
    build_and_execute(|| {
        offer(FIRST, MG1, 2_500, 500);
        offer(FIRST, MG2, 500, 400);
        offer(FIRST, PROSUMER, 0, 350);
        three_bids();
        assert_eq!(trades(), [(LA1, MG2, 500, 900), (LA1, MG1, 500, 900), (LA2, MG1, 2_000, 800),]);
        assert_eq!(free(MG2), cost(500, 900));
        assert_eq!(free(MG1), cost(500, 900) + cost(2_000, 800));
    });
}

#[test]
fn bids_should_come_back_whole_when_nobody_offers() {
    build_and_execute(|| {
        three_bids();
        assert_eq!(trades(), []);
        assert_eq!([LA1, LA2, LA3].map(free), [PURSE; 3]);
        assert_eq!(Left::get().len(), 3);
    });
}

#[test]
fn bids_should_pay_the_lowest_accepted_when_the_price_is_uniform() {
    execute(Pricing::Uniform, || {
        offer(FIRST, MG1, 2_000, FEED_IN);
        three_bids();
        assert_eq!(trades(), [(LA1, MG1, 1_000, 800), (LA2, MG1, 1_000, 800)]);
        assert_eq!(free(LA1), PURSE - cost(1_000, 800));
        assert_eq!(free(LA2), PURSE - cost(1_000, 800));
        assert_eq!(free(LA3), PURSE);
        assert_eq!(Left::get()[0], (FIRST, LA1, gwei(900)));
    });
}

#[test]
fn bids_should_come_back_whole_when_the_price_is_uniform_and_nobody_offers() {
    execute(Pricing::Uniform, || {
        three_bids();
        assert_eq!(trades(), []);
        assert_eq!([LA1, LA2, LA3].map(free), [PURSE; 3]);
    });
}

#[test]
fn bid_should_be_the_last_sealed_one_when_it_was_replaced() {
    build_and_execute(|| {
        offer(FIRST, MG1, 1_000, FEED_IN);
        release(FIRST, LA1, 1_000);
        open_sealing(FIRST);
        assert_ok!(seal(LA1, FIRST, 700));
        assert_ok!(seal(LA1, FIRST, 600));
        open_reveal(FIRST);
        assert_noop!(reveal(LA1, FIRST, 700), Error::<Test>::CommitmentMismatch);
        assert_ok!(reveal(LA1, FIRST, 600));
        close_reveal(FIRST);
        assert_eq!(trades(), [(LA1, MG1, 1_000, 600)]);
    });
}

#[test]
fn trade_should_move_no_money_when_the_price_is_nothing() {
    build_and_execute(|| {
        offer(FIRST, MG1, 1_000, 0);
        release(FIRST, LA1, 1_000);
        bid(FIRST, &[(LA1, COST)]);
        // The lowest cost binds bids, so a price of nothing takes a market without any: a free one.
        Released::mutate(|released| released.remove(&(FIRST, MG1)));
        close_reveal(FIRST);
        assert_eq!(free(LA1), PURSE);
    });
    build_and_execute(|| {
        release(FIRST, LA1, 1_000);
        bid(FIRST, &[(LA1, 0)]);
        assert_eq!(held(LA1), 0);
        offer(FIRST, MG1, 1_000, 0);
        close_reveal(FIRST);
        assert_eq!(trades(), [(LA1, MG1, 1_000, 0)]);
        assert_eq!((free(LA1), free(MG1)), (PURSE, 0));
    });
}

#[test]
fn trade_should_not_be_made_when_it_cannot_be_paid() {
    build_and_execute(|| {
        offer(FIRST, MG1, 1_000, FEED_IN);
        release(FIRST, LA1, 1_000);
        release(FIRST, LA2, 1_000);
        bid(FIRST, &[(LA1, 900), (LA2, 800)]);
        // The seller is unknown: nothing that can happen by a call.
        let sellers = Members::mutate(|members| members.split_off(MG1.0 as usize));
        events();
        close_reveal(FIRST);
        Members::mutate(|members| members.extend(sellers));
        let failed = |event: &Event<Test>| matches!(event, Event::TradeFailed { buyer: LA1, .. });
        assert!(events().iter().any(failed));
        assert_eq!(trades(), []);
        assert_eq!([LA1, LA2].map(free), [PURSE; 2]);
        assert!(Auction::is_cleared(FIRST));
    });
}

/// A book of 40 bids at few prices against 7 offers, and what [`clearing::clear`] makes of it.
fn large_book(pricing: Pricing) -> Vec<(ParticipantId, ParticipantId, u64, u64)> {
    let buyers: Vec<_> = (0..40u64)
        .map(|n| {
            let id = register(Role::LoadAggregator);
            Balances::transfer(&account(LA1), &account(id), ETH, Preservation::Expendable).unwrap();
            let volume = 100 + n * 37 % 11 * 100;
            release(FIRST, id, volume);
            (id, 400 + n * 13 % 7 * 50, volume)
        })
        .collect();
    for n in 0..7 {
        let id = register(Role::Microgrid);
        offer(FIRST, id, n * 531 % 4 * 1_700, FEED_IN + n * 17 % 5 * 60);
    }
    let bids: Vec<_> = buyers.iter().map(|(id, price, _)| (*id, *price)).collect();
    bid(FIRST, &bids);
    let orders = buyers.into_iter().map(|(id, price, volume)| Order {
        key: QueueKey::of_bid(gwei(price), lot(SEED, FIRST, id), id),
        open: wh(volume),
    });
    clearing::clear(orders.collect(), offers(FIRST), pricing)
        .into_iter()
        .map(|trade| (trade.buyer, trade.seller, trade.energy.watt_hours(), trade.price.gwei()))
        .collect()
}

#[test]
fn outcome_should_be_the_engines_when_the_budget_fits_one_step() {
    for pricing in [Pricing::PayAsBid, Pricing::Uniform] {
        execute(pricing, || {
            let expected = large_book(pricing);
            assert!(expected.len() > 20, "{expected:?}");
            Budget::set(tiny_budget());
            let mut blocks = 0;
            close_reveal(FIRST);
            while !Auction::is_cleared(FIRST) {
                assert!(Auction::backlog());
                Auction::do_try_state().unwrap();
                close_reveal(FIRST);
                blocks += 1;
            }
            assert!(blocks > 40);
            assert!(!Auction::backlog());
            assert_eq!(trades(), expected);
            Budget::set(PLENTY);
        });
        execute(pricing, || {
            let expected = large_book(pricing);
            close_reveal(FIRST);
            assert!(Auction::is_cleared(FIRST));
            assert_eq!(trades(), expected);
        });
    }
}

#[test]
fn clearing_should_go_on_with_what_the_transactions_left() {
    execute(Pricing::PayAsBid, || {
        let expected = large_book(Pricing::PayAsBid);
        Budget::set(Auction::poll_weight() + Auction::worst_step());
        close_reveal(FIRST);
        assert!(!Auction::is_cleared(FIRST));
        let left = Weight::from_parts(PLENTY.ref_time() * 5, u64::MAX);
        let used = Auction::on_idle(System::block_number(), left);
        assert!(Auction::is_cleared(FIRST) && used.all_lte(left));
        assert_eq!(trades(), expected);
        Budget::set(PLENTY);
    });
}

#[test]
fn hook_should_do_nothing_when_the_block_has_no_room() {
    build_and_execute(|| {
        Now::set(CALENDAR.reveal(FIRST).to);
        let mut meter = WeightMeter::with_limit(Weight::from_parts(1, 1));
        Auction::on_poll(9, &mut meter);
        assert_eq!(meter.consumed(), Weight::zero());
        assert!(!Auction::is_cleared(FIRST));
        // Room for the base, and not for a step: it waits for the next block.
        let mut meter = WeightMeter::with_limit(<() as WeightInfo>::poll());
        Auction::on_poll(10, &mut meter);
        assert!(!Auction::is_cleared(FIRST));
    });
}

#[test]
fn block_should_not_count_when_no_reveal_fits_at_its_end() {
    build_and_execute(|| {
        let limits: frame_system::limits::BlockWeights = <Test as frame_system::Config>::BlockWeights::get();
        let most = limits.max_block.set_proof_size(0);
        let from = CALENDAR.reveal(FIRST).from;
        System::set_block_consumed_resources(Weight::zero(), usize::MAX);
        block_at(from);
        assert_eq!(RevealBlocks::<Test>::get(FIRST).blocks, 0, "a block that is full in length");
        System::set_block_consumed_resources(most, 0);
        block_at(from);
        assert_eq!(
            RevealBlocks::<Test>::get(FIRST).blocks,
            1,
            "the operational class has a reserve of its own"
        );
        System::set_block_consumed_resources(Weight::zero(), 0);
        let almost = most.saturating_sub(<() as WeightInfo>::reveal());
        System::register_extra_weight_unchecked(almost, DispatchClass::Operational);
        block_at(from);
        assert_eq!(RevealBlocks::<Test>::get(FIRST).blocks, 1, "a block that is full of operational calls");
        System::set_block_consumed_resources(Weight::zero(), 0);
        System::register_extra_weight_unchecked(Weight::from_parts(0, u64::MAX), DispatchClass::Operational);
        block_at(from);
        assert_eq!(RevealBlocks::<Test>::get(FIRST).blocks, 1, "what does not add up has no room");
    });
}

/// LA1 and LA2 seal 1 kWh and 2 kWh and reveal nothing; LA3 bids 700 for 1 kWh.
fn two_unrevealed() {
    release(FIRST, LA1, 1_000);
    release(FIRST, LA2, 2_000);
    release(FIRST, LA3, 1_000);
    open_sealing(FIRST);
    [LA1, LA2, LA3].into_iter().for_each(|id| must_seal(id, FIRST, 700));
    open_reveal(FIRST);
    assert_ok!(reveal(LA3, FIRST, 700));
    events();
}

#[test]
fn deposits_should_go_to_the_pot_when_bids_are_not_revealed() {
    for budget in [PLENTY, tiny_budget()] {
        build_and_execute(|| {
            offer(FIRST, MG1, 1_500, FEED_IN);
            two_unrevealed();
            Budget::set(budget);
            while !Auction::is_cleared(FIRST) {
                close_reveal(FIRST);
                Auction::do_try_state().unwrap();
            }
            Budget::set(PLENTY);
            assert_eq!(free(LA1), PURSE - deposit(1_000));
            assert_eq!(free(LA2), PURSE - deposit(2_000));
            assert_eq!([LA1, LA2, LA3].map(held), [0; 3]);
            assert_eq!(free(MG1), cost(1_000, 700), "the sellers get nothing of it");
            assert_eq!(Balances::balance(&POT), deposit(3_000));
            let forfeits = [(LA1, 1_000), (LA2, 2_000)];
            let noted = forfeits.map(|(id, volume)| (FIRST, id, Money::from_planck(deposit(volume))));
            assert_eq!(Forfeited::get(), noted);
            let from_la2 = Event::DepositForfeited {
                delivery: FIRST,
                participant: LA2,
                amount: Money::from_planck(deposit(2_000)),
                from: account(LA2),
                to: POT,
            };
            assert!(events().contains(&from_la2));
        });
    }
}

#[test]
fn deposits_should_come_back_when_nothing_is_offered() {
    build_and_execute(|| {
        offer(FIRST, MG1, 0, FEED_IN);
        two_unrevealed();
        close_reveal(FIRST);
        assert_eq!([LA1, LA2, LA3].map(free), [PURSE; 3]);
        let returned = Event::DepositReturned {
            delivery: FIRST,
            participant: LA1,
            amount: Money::from_planck(deposit(1_000)),
        };
        assert!(events().contains(&returned));
    });
}

#[test]
fn deposits_should_come_back_when_one_validator_of_many_made_all_blocks() {
    build_and_execute(|| {
        Validators::set(4);
        offer(FIRST, MG1, 3_000, FEED_IN);
        two_unrevealed();
        (1..9).for_each(|block| block_at(CALENDAR.reveal(FIRST).from + block));
        close_reveal(FIRST);
        assert_eq!([LA1, LA2].map(free), [PURSE; 2]);
    });
}

#[test]
fn deposits_should_be_lost_when_a_second_validator_made_a_block() {
    build_and_execute(|| {
        Validators::set(4);
        offer(FIRST, MG1, 3_000, FEED_IN);
        two_unrevealed();
        Author::set(Some(3));
        block_at(CALENDAR.reveal(FIRST).from + 2);
        close_reveal(FIRST);
        assert_eq!([LA1, LA2].map(free), [PURSE - deposit(1_000), PURSE - deposit(2_000)]);
    });
}

#[test]
fn deposits_should_come_back_when_too_few_blocks_fell_into_the_window() {
    build_and_execute(|| {
        offer(FIRST, MG1, 1_500, FEED_IN);
        release(FIRST, LA1, 1_000);
        open_sealing(FIRST);
        assert_ok!(seal(LA1, FIRST, 700));
        block_at(CALENDAR.reveal(FIRST).from);
        close_reveal(FIRST);
        assert_eq!(free(LA1), PURSE);
        assert_eq!(free(MG1), 0);
    });
}

#[test]
fn market_should_start_with_the_first_period_whose_sealing_has_not_opened() {
    let first_at = |now| {
        new_test_ext().execute_with(|| {
            Next::<Test>::kill();
            assert!(!Auction::is_cleared(FIRST));
            block_at(now);
            Next::<Test>::get()
        })
    };
    let sealing = CALENDAR.sealing(FIRST).from;
    assert_eq!(first_at(sealing - 1), Some(FIRST));
    assert_eq!(first_at(sealing), Some(SECOND));
    assert_eq!(first_at(CALENDAR.start(FIRST)), Some(SECOND));
    assert_eq!(first_at(CALENDAR.sealing(SECOND).from), Some(Delivery { day: 0, period: 2 }));
    assert_eq!(
        first_at(CALENDAR.start(Delivery { day: 9, period: 3 })),
        Some(Delivery { day: 10, period: 0 })
    );
}

#[test]
fn periods_should_pass_in_one_block_when_nobody_bids() {
    build_and_execute(|| {
        events();
        block_at(CALENDAR.reveal(Delivery { day: 2, period: 1 }).to);
        assert_eq!(Next::<Test>::get(), Some(Delivery { day: 2, period: 2 }));
        let empty =
            |event: &Event<Test>| matches!(event, Event::Cleared { trades: 0, energy: Energy::ZERO, .. });
        let events = events();
        assert_eq!(events.len(), 10);
        assert!(events.iter().all(empty));
    });
}

#[test]
fn periods_should_be_cleared_in_order_when_the_chain_stood() {
    build_and_execute(|| {
        offer(FIRST, MG1, 1_000, FEED_IN);
        release(FIRST, LA1, 1_000);
        release(FIRST, LA2, 1_000);
        open_sealing(FIRST);
        assert_ok!(seal(LA1, FIRST, 700));
        assert_ok!(seal(LA2, FIRST, 700));
        block_at(CALENDAR.reveal(FIRST).from);
        assert_ok!(reveal(LA1, FIRST, 700));
        // The chain stands for two days. Only one block fell into the window: LA2 keeps its deposit.
        let last = Delivery { day: 2, period: 0 };
        Budget::set(tiny_budget());
        let mut blocks = 0;
        while !Auction::is_cleared(last) {
            block_at(CALENDAR.reveal(last).to);
            blocks += 1;
        }
        assert!(blocks > 10);
        Budget::set(PLENTY);
        assert_eq!(trades(), [(LA1, MG1, 1_000, 700)]);
        assert_eq!(free(LA2), PURSE);
        // It goes on as if nothing had been.
        let next = Delivery { day: 2, period: 1 };
        offer(next, MG1, 1_000, FEED_IN);
        release(next, LA2, 1_000);
        bid(next, &[(LA2, 600)]);
        close_reveal(next);
        assert_eq!(trades().last(), Some(&(LA2, MG1, 1_000, 600)));
    });
}

#[test]
fn bids_should_be_taken_when_the_period_before_is_not_cleared() {
    build_and_execute(|| {
        offer(FIRST, MG1, 5_000, FEED_IN);
        offer(SECOND, MG1, 5_000, FEED_IN);
        [FIRST, SECOND].into_iter().for_each(|delivery| release(delivery, LA1, 1_000));
        bid(FIRST, &[(LA1, 700)]);
        Budget::set(tiny_budget());
        close_reveal(FIRST);
        assert_eq!(phase(), Phase::Queue { walk: Default::default(), uniform: None });
        // As if steps had taken until the next sealing.
        Now::set(CALENDAR.sealing(SECOND).from);
        assert_ok!(seal(LA1, SECOND, 600));
        assert_eq!(held(LA1), cost(1_000, 700) + deposit(1_000));
        Auction::do_try_state().unwrap();
        Budget::set(PLENTY);
        open_reveal(SECOND);
        assert_eq!(trades(), [(LA1, MG1, 1_000, 700)]);
        assert_ok!(reveal(LA1, SECOND, 600));
        close_reveal(SECOND);
        assert_eq!(trades().last(), Some(&(LA1, MG1, 1_000, 600)));
        assert_eq!(held(LA1), 0);
    });
}

#[test]
fn cleared_should_tell_the_outcome_when_a_period_is_over() {
    build_and_execute(|| {
        offer(FIRST, MG1, 2_500, FEED_IN);
        three_bids();
        assert_eq!(cleared(FIRST), Some((2, 2_500)));
    });
}

#[test]
fn commitment_should_be_bound_to_the_first_block() {
    build_and_execute(|| {
        let genesis = H256::repeat_byte(3);
        frame_system::BlockHash::<Test>::insert(0, genesis);
        assert_eq!(Auction::genesis(), genesis);
    });
}

#[test]
#[should_panic(expected = "the hook's budget must fit its worst step")]
fn configuration_should_be_refused_when_the_budget_does_not_fit_a_step() {
    new_test_ext().execute_with(|| {
        Budget::set(Auction::worst_step());
        Auction::integrity_test();
    });
}

#[test]
fn clearing_should_catch_up_in_order_when_it_was_paused() {
    build_and_execute(|| {
        for delivery in [FIRST, SECOND] {
            offer(delivery, MG1, 1_000, FEED_IN);
            release(delivery, LA1, 1_000);
        }
        bid(FIRST, &[(LA1, 700)]);
        PausedStages::set(vec![Stage::Execution]);
        close_reveal(FIRST);
        assert!(!Auction::backlog());
        assert_eq!((Next::<Test>::get(), trades().len()), (Some(FIRST), 0));
        bid(SECOND, &[(LA1, 800)]);
        close_reveal(SECOND);
        assert_eq!(held(LA1), cost(1_000, 700) + cost(1_000, 800));
        Auction::do_try_state().unwrap();
        PausedStages::take();
        assert!(Auction::backlog());
        block_at(Now::get() + 1);
        assert_eq!(trades(), [(LA1, MG1, 1_000, 700), (LA1, MG1, 1_000, 800)]);
        assert_eq!(held(LA1), 0);
        assert!(Auction::is_cleared(SECOND));
    });
}

#[test]
fn clearing_should_stop_amid_a_period_when_it_is_paused() {
    build_and_execute(|| {
        offer(FIRST, MG1, 3_000, FEED_IN);
        [LA1, LA2, LA3].into_iter().for_each(|id| release(FIRST, id, 1_000));
        bid(FIRST, &[(LA1, 700), (LA2, 800), (LA3, 900)]);
        Budget::set(tiny_budget());
        close_reveal(FIRST);
        (1..4).for_each(|later| block_at(Now::get() + later));
        let (stopped, made) = (phase(), trades());
        assert!(!made.is_empty() && made.len() < 3);
        PausedStages::set(vec![Stage::Execution]);
        block_at(Now::get() + 1);
        assert_eq!((phase(), trades()), (stopped, made));
        Auction::do_try_state().unwrap();
        PausedStages::take();
        Budget::set(PLENTY);
        block_at(Now::get() + 1);
        assert_eq!(trades().len(), 3);
        assert_eq!([LA1, LA2, LA3].map(held), [0; 3]);
    });
}

#[test]
fn deposits_should_come_back_when_the_reveal_was_paused() {
    build_and_execute(|| {
        offer(FIRST, MG1, 1_000, FEED_IN);
        two_unrevealed();
        PausedWindows::set(vec![(Stage::Reveal, CALENDAR.reveal(FIRST))]);
        close_reveal(FIRST);
        assert_eq!([LA1, LA2].map(|id| (free(id), held(id))), [(PURSE, 0); 2]);
        assert!(!events().iter().any(|event| matches!(event, Event::DepositForfeited { .. })));
    });
}

/// MG1 and MG2 each offer 2 kWh, and MG1 owes the supplier.
fn debtors_offer() {
    offer(FIRST, MG1, 2_000, FEED_IN);
    offer(FIRST, MG2, 2_000, FEED_IN + 1);
    Debtors::mutate(|debtors| debtors.insert(MG1));
}

#[test]
fn offer_should_be_cut_to_what_was_delivered_when_its_seller_owes() {
    for pricing in [Pricing::PayAsBid, Pricing::Uniform] {
        execute(pricing, || {
            debtors_offer();
            delivered(FIRST, MG1, &[300, 1_200, 0]);
            events();
            three_bids();
            let sold: Vec<_> =
                trades().into_iter().map(|(buyer, seller, sold, _)| (buyer, seller, sold)).collect();
            let expected = [(LA1, MG1, 1_000), (LA2, MG1, 200), (LA2, MG2, 1_800), (LA3, MG2, 200)];
            assert_eq!(sold, expected, "{pricing:?}");
            let (offered, counted) = (wh(2_000), wh(1_200));
            let cut = Event::OfferCut { delivery: FIRST, participant: MG1, offered, counted };
            // Once, also where the queue is walked twice.
            assert_eq!(events().into_iter().filter(|event| *event == cut).count(), 1);
        });
    }
}

#[test]
fn offer_should_count_nothing_when_its_seller_owes_and_never_delivered() {
    build_and_execute(|| {
        debtors_offer();
        three_bids();
        assert!(trades().iter().all(|(_, seller, ..)| *seller == MG2));
        assert_eq!(free(MG1) + held(MG1), 0);
    });
}

#[test]
fn offer_should_count_the_same_in_both_walks_when_its_seller_pays_between_them() {
    execute(Pricing::Uniform, || {
        debtors_offer();
        release(FIRST, LA1, 3_000);
        bid(FIRST, &[(LA1, 900)]);
        Budget::set(tiny_budget());
        close_reveal(FIRST);
        while !matches!(phase(), Phase::Queue { .. }) {
            block_at(CALENDAR.start(FIRST));
        }
        Debtors::take();
        Budget::set(PLENTY);
        block_at(CALENDAR.start(FIRST));
        assert_eq!(trades(), [(LA1, MG2, 2_000, 900)]);
    });
}

#[test]
fn offer_should_count_whole_when_its_seller_owes_nothing() {
    build_and_execute(|| {
        debtors_offer();
        Debtors::take();
        three_bids();
        assert_eq!(trades()[..2], [(LA1, MG1, 1_000, 900), (LA2, MG1, 1_000, 800)]);
        assert_eq!(Counted::get().len(), 0);
    });
}
