use crate::mock::*;
use crate::{Event, Lines};
use frame::testing_prelude::*;
use market::debts::DebtBook;
use market::{Delivery, Energy, Money, NetEnergy, NetMoney, ParticipantId, Position, Role};

const SECOND: Delivery = Delivery { day: 0, period: 1 };

fn line(participant: ParticipantId, delivery: Delivery) -> market::bill::BillLine {
    Settlement::line(delivery, participant).unwrap().line
}

fn net(watt_hours: i64) -> NetEnergy {
    NetEnergy::from_watt_hours(watt_hours)
}

fn paid(decimal: &str) -> NetMoney {
    NetMoney::parse_decimal(decimal).unwrap()
}

/// Hour 0 of Table 4: volumes, bids (5), surplus and readings.
fn papers_first_hour() {
    let day = [(LA1, 18_210, 390_166_000), (LA2, 29_710, 397_738_000), (LA3, 14_050, 387_658_000)];
    release(MG1, FIRST, offer(160_500));
    for (participant, volume, _) in day {
        release(participant, FIRST, Position::Buy(wh(volume)));
    }
    block_at(CALENDAR.start(FIRST));
    // The queue: high to low.
    for (participant, volume, bid) in [day[1], day[0], day[2]] {
        trade(FIRST, participant, MG1, volume, bid);
    }
}

#[test]
fn cover_of_an_offer_should_be_free_before_its_debt_is_paid_when_the_period_is_settled() {
    build_and_execute(|| {
        release(LA1, FIRST, Position::Buy(wh(660)));
        release(MG1, FIRST, offer(1_000));
        trade(FIRST, LA1, MG1, 1_000, 400_000_000);
        close_metering(FIRST);
        assert!(debt(MG1) > 0);
        let freed = Freed::take();
        assert_eq!(freed.last(), Some(&(MG1, FIRST, offer(1_000), 0)));
        assert!(freed.iter().all(|(_, delivery, ..)| *delivery == FIRST));
    });
}

#[test]
fn hour_should_be_settled_as_the_papers_when_all_meters_are_read() {
    build_and_execute(|| {
        papers_first_hour();
        let income = eth("24.36831374").planck();
        assert_eq!((free(MG1), held(MG1)), (0, income));
        open_metering(FIRST);
        for (participant, energy) in [(LA1, 36_360), (LA2, 40_580), (LA3, 15_100), (MG1, -160_500)] {
            assert_ok!(read(participant, FIRST, energy));
        }
        close_metering(FIRST);

        let la1 = line(LA1, FIRST);
        assert_eq!((la1.expected, la1.actual, la1.estimated), (Some(net(18_210)), Some(net(36_360)), false));
        assert_eq!(la1.peer_to_peer, Some(net(18_210)));
        assert_eq!(la1.peer_to_peer_money, Some(paid("7.10492286")));
        assert_eq!((la1.balanced, la1.balanced_money), (net(18_150), paid("7.71375")));
        assert_eq!(la1.grid_only, paid("15.453"));
        let mg = line(MG1, FIRST);
        assert_eq!((mg.expected, mg.bid), (Some(net(-160_500)), None));
        assert_eq!((mg.balanced, mg.balanced_money), (net(-98_530), paid("-37.4414")));
        let res = line(RES, FIRST);
        assert_eq!(
            (res.role, res.expected, res.peer_to_peer, res.actual),
            (Role::RetailSupplier, None, None, None)
        );
        // 18.15 + 10.87 + 1.05 kWh sold at 0.425, 98.53 kWh bought at 0.38.
        assert_eq!((res.balanced, res.balanced_money), (net(68_460), paid("24.66165")));

        assert_eq!(Settlement::lines(FIRST, 0, u32::MAX).items.len(), 5, "the DSO has none");
        assert_eq!(free(LA1), 1_500 * ETH - eth("14.81867286").planck());
        assert_eq!((free(MG1), held(MG1)), (income + eth("37.4414").planck(), 0));
        assert_eq!(free(RES), 1_000 * ETH - eth("24.66165").planck());
        assert_eq!(Settlement::line(FIRST, LA1).unwrap().traded, Some((2, 2)));
        assert_eq!(Settlement::line(FIRST, LA1).unwrap().settled, Some(System::block_number() as u32));
    });
}

#[test]
fn movements_should_be_told_when_a_period_is_settled() {
    build_and_execute(|| {
        trade(FIRST, LA1, MG1, 1_000, 400_000_000);
        open_metering(FIRST);
        assert_ok!(read(LA1, FIRST, 3_000));
        assert_ok!(read(MG1, FIRST, -2_000));
        events();
        close_metering(FIRST);
        let settled = |participant, actual, balanced, due| Event::LineSettled {
            delivery: FIRST,
            participant,
            actual: Some(net(actual)),
            estimated: false,
            balanced: net(balanced),
            due: paid(due),
        };
        assert_eq!(
            events(),
            [
                settled(LA1, 3_000, 2_000, "0.85"),
                Event::Balanced {
                    delivery: FIRST,
                    participant: LA1,
                    from: account(LA1),
                    to: account(RES),
                    energy: net(2_000),
                    price: prices(425_000_000).tariff,
                    due: paid("0.85"),
                    paid: eth("0.85"),
                },
                settled(LA2, 0, 0, "0"),
                settled(LA3, 0, 0, "0"),
                Event::IncomeReleased {
                    delivery: FIRST,
                    participant: MG1,
                    account: account(MG1),
                    amount: eth("0.4"),
                },
                settled(MG1, -2_000, -1_000, "-0.38"),
                Event::Balanced {
                    delivery: FIRST,
                    participant: MG1,
                    from: account(RES),
                    to: account(MG1),
                    energy: net(-1_000),
                    price: prices(0).feed_in,
                    due: paid("-0.38"),
                    paid: eth("0.38"),
                },
                Event::PeriodSettled { delivery: FIRST, balanced: net(1_000), due: paid("0.47") },
            ]
        );
    });
}

#[test]
fn income_should_be_held_and_told_when_a_trade_is_made() {
    build_and_execute(|| {
        events();
        trade(FIRST, LA1, MG1, 1_000, 400_000_000);
        let amount = eth("0.4");
        assert_eq!(
            events(),
            [Event::IncomeHeld { delivery: FIRST, participant: MG1, account: account(MG1), amount }]
        );
        trade(FIRST, LA2, MG1, 500, 400_000_000);
        assert_eq!(Lines::<Test>::get(FIRST, MG1).unwrap().energy, wh(1_500).sold().unwrap());
        assert_eq!(held(MG1), eth("0.6").planck());
        assert_eq!(line(LA1, FIRST).bid, Some(market::Price::from_gwei(400_000_000)));
    });
}

#[test]
fn seller_should_buy_the_rest_when_it_delivers_less_than_it_sold() {
    build_and_execute(|| {
        GridPricesNow::set(Some(prices(1_025_000_000)));
        trade(FIRST, LA1, MG1, 10_000, 400_000_000);
        assert_eq!(free(MG1), 0);
        open_metering(FIRST);
        assert_ok!(read(LA1, FIRST, 10_000));
        assert_ok!(read(MG1, FIRST, -8_000));
        close_metering(FIRST);
        // 4 ETH of income, 2 kWh bought at 1.025.
        assert_eq!((free(MG1), held(MG1), debt(MG1)), (eth("1.95").planck(), 0, 0));
        assert_eq!(line(MG1, FIRST).balanced_money, paid("2.05"));
        assert_eq!(free(RES), 1_000 * ETH + eth("2.05").planck());
    });
}

#[test]
fn seller_should_work_its_debt_off_when_its_income_does_not_cover_a_shortfall() {
    build_and_execute(|| {
        GridPricesNow::set(Some(prices(1_025_000_000)));
        trade(FIRST, LA1, MG1, 10_000, 400_000_000);
        open_metering(FIRST);
        assert_ok!(read(LA1, FIRST, 10_000));
        assert_ok!(read(MG1, FIRST, 0));
        close_metering(FIRST);
        assert_eq!((free(MG1), held(MG1)), (0, 0));
        assert_eq!(debt(MG1), paid("6.25").planck());
        assert!(Settlement::is_debtor(MG1));

        trade(SECOND, LA1, MG1, 20_000, 400_000_000);
        open_metering(SECOND);
        assert_ok!(read(LA1, SECOND, 20_000));
        assert_ok!(read(MG1, SECOND, -20_000));
        close_metering(SECOND);
        assert_eq!((free(MG1), debt(MG1)), (eth("1.75").planck(), 0));
        assert!(!Settlement::is_debtor(MG1));
    });
}

#[test]
fn missing_readings_should_be_estimated_so_that_withholding_never_pays() {
    build_and_execute(|| {
        silence([LA1, LA2, LA3, MG1]);
        release(LA1, FIRST, Position::Buy(wh(33)));
        release(LA2, FIRST, Position::NONE);
        release(MG1, FIRST, offer(50));
        trade(FIRST, LA1, MG1, 33, 400_000_000);
        close_metering(FIRST);
        // Of nobody anything is known: who buys, whatever it released, used what its tie line carries, who sells
        // delivered nothing.
        let estimates =
            [(LA1, 200_000, 199_967), (LA2, 200_000, 200_000), (LA3, 200_000, 200_000), (MG1, 0, 33)];
        for (participant, actual, balanced) in estimates {
            let line = line(participant, FIRST);
            assert!(line.estimated);
            assert_eq!((line.actual, line.balanced), (Some(net(actual)), net(balanced)));
        }
        assert_eq!(line(LA3, FIRST).expected, None, "it did nothing");
    });
}

#[test]
fn estimate_should_be_the_highest_reading_when_that_is_above_the_volume() {
    build_and_execute(|| {
        let on = |day| Delivery { day, ..FIRST };
        for (day, energy) in [(0, 900), (1, 150), (2, 120)] {
            if day > 0 {
                settle_through(Delivery { day: day - 1, period: 3 });
            }
            open_metering(on(day));
            assert_ok!(read(LA1, on(day), energy));
            close_metering(on(day));
        }
        settle_through(Delivery { day: 2, period: 3 });
        silence([LA1]);
        for period in [0, 1] {
            release(LA1, Delivery { day: 3, period }, Position::Buy(wh(33)));
        }
        settle_through(Delivery { day: 3, period: 1 });
        assert_eq!(line(LA1, on(3)).actual, Some(net(150)), "day 0 is out of the history");
        assert_eq!(line(LA1, Delivery { day: 3, period: 1 }).actual, Some(net(100)), "another hour");
    });
}

#[test]
fn estimate_should_be_the_tie_lines_limit_when_the_meter_stays_silent_on_all_days() {
    build_and_execute(|| {
        let on = |day| Delivery { day, ..FIRST };
        open_metering(FIRST);
        for participant in [LA1, LA2] {
            assert_ok!(read(participant, FIRST, 700));
        }
        settle_through(Delivery { day: 0, period: 3 });
        silence([LA1, LA2]);
        // LA2 releases on each day, LA1 on one of them: that changes nothing.
        for day in 1..4 {
            release(LA2, on(day), Position::Buy(wh(1)));
        }
        release(LA1, on(2), Position::Buy(wh(1)));
        settle_through(on(3));
        for participant in [LA1, LA2] {
            let used = [1, 2, 3].map(|day| line(participant, on(day)).actual.unwrap());
            assert_eq!(used, [net(700), net(700), net(200_000)], "{participant:?}");
        }
    });
}

#[test]
fn member_should_have_a_line_when_it_used_energy_before_and_hides() {
    build_and_execute(|| {
        open_metering(FIRST);
        assert_ok!(read(LA1, FIRST, 5_000));
        assert_ok!(read(MG1, FIRST, -5_000));
        let tomorrow = Delivery { day: 1, ..FIRST };
        settle_through(Delivery { day: 0, period: 3 });
        silence([LA1, MG1]);
        settle_through(tomorrow);
        assert_eq!(line(LA1, tomorrow).actual, Some(net(5_000)));
        assert_eq!(line(MG1, tomorrow).actual, Some(net(0)));
    });
}

#[test]
fn prosumer_should_be_estimated_at_its_use_when_it_offered() {
    build_and_execute(|| {
        Members::mutate(|members| members[LA2.0 as usize].role = Role::Prosumer);
        silence([LA2]);
        let tomorrow = Delivery { day: 1, ..FIRST };
        release(LA2, FIRST, offer(1_000));
        release(LA2, tomorrow, offer(1_000));
        settle_through(FIRST);
        assert_eq!(line(LA2, FIRST).actual, Some(net(200_000)), "nothing is known of it");
        assert_ok!(read(LA2, FIRST, 700));
        settle_through(tomorrow);
        assert_eq!(line(LA2, tomorrow).actual, Some(net(700)));
        Members::set(members());
    });
}

#[test]
fn estimate_should_be_bounded_when_alpha_is_tiny() {
    build_and_execute(|| {
        Members::mutate(|members| members[0].parameters.alpha.0 = 1);
        silence([LA1]);
        GridPricesNow::set(Some(prices(market::Price::MAX_IN_MARKET.gwei())));
        release(LA1, FIRST, Position::Buy(Energy::MAX_PER_PERIOD));
        close_metering(FIRST);
        assert_eq!(line(LA1, FIRST).actual, Some(net(200_000)));
        assert_ok!(read(LA1, FIRST, 0));
        let tomorrow = Delivery { day: 1, ..FIRST };
        release(LA1, tomorrow, Position::Buy(Energy::MAX_PER_PERIOD));
        settle_through(tomorrow);
        assert_eq!(line(LA1, tomorrow).actual, Some(net(200_000)));
    });
}

/// Each period is settled at what its meters say within the time for corrections, and nothing else waits.
#[test]
fn periods_should_be_settled_when_the_chain_stood_for_long() {
    build_and_execute(|| {
        open_metering(FIRST);
        assert_ok!(read(LA1, FIRST, 700));
        close_metering(FIRST);
        silence([LA1]);
        leave(LA1, 0);
        let end = CALENDAR.day_start(400);
        block_at(end);
        for _ in 0..100 {
            block_at(Now::get() + 1);
        }
        assert!(!Settlement::backlog());
        let last = Delivery { day: 399, period: 2 };
        assert!(Settlement::next_to_settle() > Some(last));
        assert_eq!(line(LA1, last).actual, Some(net(200_000)));
        Settlement::do_try_state().unwrap();
        // They are all open for corrections now, since they were settled just now.
        for day in 396..400 {
            assert_ok!(read(LA1, Delivery { day, period: 2 }, 0));
        }
    });
}

#[test]
fn buyer_should_owe_the_rest_and_later_money_should_serve_it_when_it_cannot_pay() {
    build_and_execute(|| {
        leave(LA1, 10);
        release(LA1, FIRST, Position::Buy(wh(0)));
        open_metering(FIRST);
        assert_ok!(read(LA1, FIRST, 1_000));
        assert_ok!(read(LA2, FIRST, 1_000));
        events();
        close_metering(FIRST);
        let due = 425_000_000_000_000_000;
        assert_eq!((free(LA1), debt(LA1)), (0, due - 10));
        assert!(Settlement::is_debtor(LA1));
        let changed = Event::DebtChanged { participant: LA1, debt: NetMoney::from_planck(due - 10) };
        assert!(events().contains(&changed));
        assert_eq!(debt(LA2), 0, "nobody else's period waits");

        give(LA1, ETH);
        open_metering(SECOND);
        assert_ok!(read(LA1, SECOND, 1_000));
        close_metering(SECOND);
        assert_eq!((free(LA1), debt(LA1)), (ETH - 2 * due as u128 + 10, 0));
        assert!(!Settlement::is_debtor(LA1));
    });
}

#[test]
fn supplier_should_owe_the_rest_when_it_cannot_pay() {
    build_and_execute(|| {
        leave(RES, 5);
        release(MG1, FIRST, offer(1_000));
        open_metering(FIRST);
        assert_ok!(read(MG1, FIRST, -1_000));
        close_metering(FIRST);
        let due = 380_000_000_000_000_000;
        assert_eq!((free(MG1), free(RES), debt(MG1)), (5, 0, 5 - due));
        assert!(!Settlement::is_debtor(MG1), "it is owed");

        give(RES, ETH);
        release(MG1, SECOND, offer(0));
        close_metering(SECOND);
        assert_eq!((free(MG1), debt(MG1)), (due as u128, 0));
        // What a member owes is set off first.
        leave(RES, 0);
        let third = Delivery { day: 0, period: 2 };
        open_metering(third);
        assert_ok!(read(MG1, third, -1_000));
        close_metering(third);
        let fourth = Delivery { day: 0, period: 3 };
        open_metering(fourth);
        assert_ok!(read(MG1, fourth, 500));
        close_metering(fourth);
        assert_eq!((free(MG1), debt(MG1)), (due as u128, 212_500_000_000_000_000 - due));
    });
}

#[test]
fn period_should_wait_when_it_is_not_cleared() {
    build_and_execute(|| {
        Uncleared::mutate(|periods| periods.insert(FIRST));
        trade(FIRST, LA1, MG1, 1_000, 400_000_000);
        close_metering(FIRST);
        assert_eq!(Settlement::next_to_settle(), Some(FIRST));
        assert!(!Settlement::backlog());
        assert_eq!(Settlement::line(FIRST, LA1).unwrap().settled, None);
        Uncleared::set(Default::default());
        assert!(Settlement::backlog());
        block_at(Now::get() + 1);
        assert_eq!(Settlement::next_to_settle(), Some(SECOND));
        assert!(!Settlement::backlog());
    });
}

#[test]
fn periods_should_wait_for_a_supplier_when_there_is_none() {
    build_and_execute(|| {
        Members::mutate(|members| members[RES.0 as usize].role = Role::DistributionOperator);
        trade(FIRST, LA1, MG1, 1_000, 400_000_000);
        release(LA1, FIRST, Position::Buy(wh(1_000)));
        close_metering(FIRST);
        close_metering(SECOND);
        assert_eq!(Settlement::next_to_settle(), Some(FIRST));
        assert!(!Settlement::backlog());
        assert_eq!(held(MG1), eth("0.4").planck());
        Members::set(members());
        block_at(Now::get() + 1);
        assert_eq!(Settlement::next_to_settle(), Some(Delivery { day: 0, period: 2 }));
        assert_eq!(held(MG1), 0);
    });
}

#[test]
fn period_should_be_settled_at_nothing_when_nobody_kept_its_prices() {
    build_and_execute(|| {
        GridPricesNow::set(None);
        silence([LA1]);
        close_metering(FIRST);
        let line = line(LA1, FIRST);
        assert_eq!((line.balanced, line.balanced_money), (net(200_000), NetMoney::ZERO));
        assert_eq!(free(LA1), 1_500 * ETH);
    });
}

#[test]
fn line_should_show_what_is_known_when_its_period_is_on_its_way() {
    build_and_execute(|| {
        release(LA1, FIRST, Position::Buy(wh(33)));
        let recorded = Settlement::line(FIRST, LA1).unwrap();
        assert_eq!((recorded.line.expected, recorded.settled), (Some(net(33)), None));
        assert_eq!(Settlement::line(FIRST, LA2), None);
        assert_eq!(Settlement::line(FIRST, ParticipantId(99)), None);
        settle_through(FIRST);
        // Releases are pruned; the line keeps what it says.
        Released::set(Default::default());
        assert_eq!(line(LA1, FIRST).expected, Some(net(33)));
        release(LA2, FIRST, Position::Buy(wh(33)));
        assert_eq!(line(LA2, FIRST).expected, None, "it was settled without");
        assert_eq!(Money::ZERO, Money::from_planck(held(LA1)));
        assert_eq!(Lines::<Test>::iter_prefix(FIRST).count(), 5, "four meters, and the supplier");
    });
}
