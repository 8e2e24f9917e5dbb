use crate::mock::*;
use crate::{Event, Forfeiters, Forfeits, Sharing, Uses};
use frame::testing_prelude::*;
use frame::token::fungible::{Inspect, Mutate};
use market::collateral::Pot;
use market::{Day, Delivery, Money, ParticipantId, Position};

/// The day's deposits of these participants come into the pot, 9 planck each.
fn forfeit(day: Day, participants: &[ParticipantId]) {
    for participant in participants {
        Balances::mint_into(&Settlement::pot(), 9).unwrap();
        <Settlement as Pot<_>>::forfeited(Delivery { day, period: 0 }, *participant, Money::from_planck(9));
    }
}

/// Plays a day with these readings in each period.
fn day_of(day: Day, readings: &[(ParticipantId, i64)]) {
    for period in 0..4 {
        let delivery = Delivery { day, period };
        for id in [LA1, LA2, LA3] {
            release(id, delivery, Position::Buy(wh(10)));
        }
        open_metering(delivery);
        for (id, net) in readings {
            assert_ok!(read(*id, delivery, *net));
        }
        close_metering(delivery);
    }
}

fn last_of(day: Day) -> Delivery {
    Delivery { day, period: 3 }
}

fn close(day: Day) {
    let end = CALENDAR.metering(last_of(day)).to + 2 * CALENDAR.day_length();
    settle_through(last_of(day + 2));
    block_at(end.max(Now::get() + 1));
}

fn shares() -> Vec<(Day, ParticipantId, u128)> {
    let of = |event| match event {
        Event::ForfeitShared { day, participant, amount, .. } => Some((day, participant, amount.planck())),
        _ => None,
    };
    events().into_iter().filter_map(of).collect()
}

#[test]
fn pot_should_be_shared_by_measured_energy_when_the_day_closes() {
    build_and_execute(|| {
        forfeit(0, &[LA3]);
        // Who forfeited has no share, an estimate counts nothing, nor does what is given to the grid.
        day_of(0, &[(LA1, 10), (LA3, 1_000), (MG1, -500)]);
        assert_eq!(Forfeits::<Test>::get(0), Some(Money::from_planck(9)));
        events();
        close(0);
        assert_eq!(shares(), [(0, LA1, 9)]);
        assert_eq!(Balances::balance(&Settlement::pot()), 0);
        assert!(Forfeits::<Test>::iter().next().is_none() && Forfeiters::<Test>::iter().next().is_none());
        assert!(Uses::<Test>::iter().next().is_none() && !Sharing::<Test>::exists());
    });
}

#[test]
fn forfeiter_should_not_be_remembered_when_the_deposit_was_nothing() {
    build_and_execute(|| {
        <Settlement as Pot<_>>::forfeited(Delivery { day: 0, period: 0 }, LA3, Money::ZERO);
        day_of(0, &[(LA1, 10), (LA3, 1_000)]);
        close(0);
        assert!(Forfeits::<Test>::iter().next().is_none() && Forfeiters::<Test>::iter().next().is_none());
    });
}

#[test]
fn pot_should_go_to_the_next_day_when_nothing_was_measured() {
    build_and_execute(|| {
        forfeit(0, &[LA2, LA3]);
        day_of(0, &[(LA2, 10)]);
        events();
        close(0);
        assert_eq!(shares(), []);
        assert_eq!(Forfeits::<Test>::get(1), Some(Money::from_planck(18)));
        assert_eq!(Balances::balance(&Settlement::pot()), 18);
    });
}

#[test]
fn pot_should_be_shared_the_same_when_the_budget_fits_one_step() {
    build_and_execute(|| {
        forfeit(0, &[LA3]);
        day_of(0, &[(LA1, 10), (LA2, 20)]);
        settle_through(last_of(1));
        let whole = Budget::get();
        Budget::set(<() as crate::WeightInfo>::look() * 5 + <() as crate::WeightInfo>::close_bill(4, 16));
        events();
        let end = CALENDAR.metering(last_of(2)).to;
        for block in 0..200 {
            block_at(end + block);
            Settlement::do_try_state().unwrap();
        }
        Budget::set(whole);
        assert_eq!(shares(), [(0, LA1, 3), (0, LA2, 6)]);
    });
}

#[test]
fn pot_should_keep_what_somebody_sends_to_it() {
    build_and_execute(|| {
        Balances::mint_into(&Settlement::pot(), 5).unwrap();
        forfeit(0, &[LA3]);
        day_of(0, &[(LA1, 10)]);
        close(0);
        assert_eq!(Balances::balance(&Settlement::pot()), 5);
    });
}
