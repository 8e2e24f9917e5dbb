use super::*;
use frame::deps::frame_support::weights::WeightMeter;
use market::books::Retention;

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
        assert_eq!(Pruning::<Test>::get(), Some(PruneCursor { day: 98, ..Default::default() }));
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
fn days_should_be_left_until_they_are_pruned() {
    build_and_execute(|| {
        assert_eq!((Tasks::first_kept(), Tasks::first_left()), (0, 0));
        poll(Weight::MAX);
        Now::set(&CALENDAR.day_start(5));
        assert_eq!((Tasks::first_kept(), Tasks::first_left()), (3, 0));
        Unsettled::set(&Some(2));
        assert_eq!((Tasks::first_kept(), Tasks::first_left()), (2, 0));
        for _ in 0..30 {
            poll(Weight::MAX);
        }
        assert_eq!((Tasks::first_kept(), Tasks::first_left()), (2, 2));
    });
}

/// The nodes of the state that the last of the steps reads, of so many releases and offers, where all others were taken in the
/// same block.
fn nodes_of_the_last(count: u32) -> usize {
    let mut state = new_test_ext();
    let step = || assert_eq!(poll(<() as WeightInfo>::prune_step()), <() as WeightInfo>::prune_step());
    let left = || Releases::<Test>::iter_keys().count() + Offers::<Test>::iter_keys().count();
    state.execute_with(|| {
        poll(Weight::MAX);
        for id in (0..count).map(market::ParticipantId) {
            Releases::<Test>::insert(0, id, Release { positions: first(sell(1, COST)), replacements: 0 });
            let key = Tasks::offer_key(id, period(0), sell(1, COST)).unwrap();
            Offers::<Test>::insert(period(0), key, Offer::default());
        }
        Now::set(&CALENDAR.day_start(100));
    });
    state.commit_all().unwrap();
    state.execute_with(|| {
        (1..2 * count).for_each(|_| step());
        assert_eq!(left(), 1);
    });
    let ((), proof) = state.execute_and_prove(step);
    state.execute_with(|| assert_eq!(left(), 0));
    proof.iter_nodes().count()
}

#[test]
fn entry_should_go_at_the_same_cost_when_many_have_in_the_block() {
    let [few, many] = [4, 300].map(nodes_of_the_last);
    // A deeper trie costs some nodes; walking over what was removed would cost one each.
    assert!(few > 0 && many <= few + 40, "{few} nodes, and {many} behind 599 others");
}
