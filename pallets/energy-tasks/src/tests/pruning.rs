use super::*;
use frame::deps::frame_support::weights::WeightMeter;

/// Runs the hook with so much weight.
fn poll(limit: Weight) -> Weight {
    let mut meter = WeightMeter::with_limit(limit);
    <Tasks as Hooks<u64>>::on_poll(1, &mut meter);
    meter.consumed()
}

/// Steps that fit into the hook's budget.
fn budget() -> Weight {
    HookBudget::get()
}

#[test]
fn old_days_should_go_when_their_retention_is_over() {
    build_and_execute(|| {
        poll(Weight::MAX);
        assert_ok!(release("LA1", every(buy(1))));
        assert_ok!(release("MG1", every(sell(1, COST))));
        Now::set(&CALENDAR.release(1).from);
        assert_ok!(Tasks::release(by("LA1"), 1, every(buy(1))));
        Now::set(&(CALENDAR.day_start(3) - 1));
        poll(Weight::MAX);
        assert!(Releases::<Test>::contains_key(0, LA1));
        Now::set(&CALENDAR.day_start(3));
        // Between two blocks the books are consistent, too.
        for _ in 0..30 {
            poll(Weight::MAX);
            Tasks::do_try_state().unwrap();
        }
        assert_eq!(Releases::<Test>::iter().map(|(day, id, _)| (day, id)).collect::<Vec<_>>(), [(1, LA1)]);
        assert_eq!(Offers::<Test>::iter().count(), 0);
        assert_eq!(Sums::<Test>::iter_keys().collect::<Vec<_>>(), [1]);
        assert_eq!(Tasks::position(LA1, period(0)), None);
        assert_eq!(Tasks::total_volume(period(0)), Energy::ZERO);
    });
}

#[test]
fn hook_should_stay_within_its_budget_when_much_is_due() {
    build_and_execute(|| {
        poll(Weight::MAX);
        assert_ok!(release("MG1", every(sell(1, COST))));
        Now::set(&CALENDAR.day_start(100));
        let step = <() as WeightInfo>::prune_step();
        assert!(poll(Weight::MAX).all_lte(budget()));
        assert_eq!(poll(step), step);
        assert_eq!(poll(step.saturating_sub(Weight::from_parts(1, 0))), Weight::zero());
        // One release, and two offers: the first call took four steps.
        assert_eq!(Releases::<Test>::iter().count(), 0);
    });
}

#[test]
fn hook_should_start_with_the_days_that_are_kept_when_the_chain_starts_late() {
    build_and_execute(|| {
        Now::set(&CALENDAR.day_start(100));
        poll(Weight::MAX);
        assert_eq!(Pruning::<Test>::get(), Some(PruneCursor { day: 98, period: 0 }));
    });
}

#[test]
fn old_days_should_stay_when_they_are_not_settled() {
    build_and_execute(|| {
        poll(Weight::MAX);
        assert_ok!(release("LA1", every(buy(1))));
        Unsettled::set(&Some(0));
        Now::set(&CALENDAR.day_start(100));
        poll(Weight::MAX);
        assert!(Releases::<Test>::contains_key(0, LA1));
        Unsettled::set(&Some(1));
        poll(Weight::MAX);
        assert!(!Releases::<Test>::contains_key(0, LA1));
    });
}

#[test]
fn old_prices_should_stay_when_their_days_may_be_corrected() {
    build_and_execute(|| {
        let set = |day, gwei| Tasks::set_feed_in(RuntimeOrigin::root(), day, price(gwei));
        assert_ok!(set(1, FEED_IN + 1));
        Correctable::set(&Some(0));
        Now::set(&CALENDAR.day_start(50));
        assert_ok!(set(60, FEED_IN + 2));
        assert_eq!(Tasks::feed_in(0), price(FEED_IN));
        Correctable::set(&Some(1));
        assert_ok!(set(60, FEED_IN + 2));
        assert_eq!(FeedInVersions::<Test>::get().first().map(|version| version.effective_from), Some(1));
    });
}
