use super::*;

/// LA1 buys and MG1 offers in period 0; then the storage is corrupted. Gives what the checks say.
fn complaint(corrupt: impl FnOnce()) -> String {
    new_test_ext().execute_with(|| {
        assert_ok!(release("LA1", first(buy(10))));
        assert_ok!(release("MG1", first(sell(70, COST))));
        Tasks::do_try_state().unwrap();
        corrupt();
        match Tasks::do_try_state() {
            Err(DispatchError::Other(message)) => message.into(),
            other => panic!("the corrupted storage passes: {other:?}"),
        }
    })
}

fn corrupt_sum(change: impl FnOnce(&mut PeriodSum)) {
    Sums::<Test>::mutate(0, |sums| change(&mut sums[0]));
}

fn corrupt_position(position: Position) {
    Releases::<Test>::mutate(0, LA1, |release| release.as_mut().unwrap().positions[0] = position);
}

#[test]
fn checks_should_fail_when_a_release_does_not_fit_its_day() {
    let cut = || {
        Releases::<Test>::mutate(0, LA1, |release| release.as_mut().unwrap().positions.truncate(23));
    };
    assert_eq!(complaint(cut), "a release has another number of periods than its day");
    assert_eq!(complaint(|| corrupt_position(buy(u64::MAX))), "a position is above what the market handles");
}

#[test]
fn checks_should_fail_when_sums_are_not_those_of_the_releases() {
    assert_eq!(
        complaint(|| corrupt_sum(|sum| sum.volume = energy(11))),
        "a period's volume is not the sum of the released ones"
    );
    assert_eq!(complaint(|| corrupt_sum(|sum| sum.offers = 2)), "the number of a period's offers is another");
    assert_eq!(
        complaint(|| corrupt_sum(|sum| sum.lowest_cost = None)),
        "a period with offers has no lowest cost"
    );
    assert_eq!(complaint(|| Sums::<Test>::insert(3, Sums::<Test>::get(0))), "a day has sums and no release");
    let crowd = || {
        for id in [MG1, PRO1, market::ParticipantId(5)] {
            let positions = first(sell(1, COST));
            Releases::<Test>::insert(0, id, Release { positions, replacements: 0 });
        }
        corrupt_sum(|sum| sum.offers = 3);
    };
    assert_eq!(complaint(crowd), "a period has more offers than it may");
}

#[test]
fn checks_should_fail_when_the_queue_is_not_what_was_released() {
    let message = "the queue of offers is not what was released";
    let key = || Tasks::next_offer(period(0), None).unwrap().key;
    assert_eq!(complaint(|| Offers::<Test>::remove(period(0), key())), message);
    let more = || Offers::<Test>::insert(period(1), key(), Offer::default());
    assert_eq!(complaint(more), message);
    let other = || Offers::<Test>::mutate(period(0), key(), |o| o.as_mut().unwrap().energy = energy(1));
    assert_eq!(complaint(other), message);
    let more = || Tasks::count_offer(period(0), key(), energy(71));
    assert_eq!(complaint(more), "more of an offer counts than is offered");
}

#[test]
fn checks_should_fail_when_cover_is_not_what_is_on_hold() {
    let key = || Tasks::next_offer(period(0), None).unwrap().key;
    let book = |planck| {
        Offers::<Test>::mutate(period(0), key(), |offer| {
            offer.as_mut().unwrap().held = Money::from_planck(planck);
        });
    };
    assert_eq!(complaint(|| book(1)), "what covers offers is not the books'");
    assert_eq!(complaint(|| book(u128::MAX)), "an offer is covered beyond its exposure");
    let hold = || {
        Balances::mint_into(&account("MG1"), 9).unwrap();
        Balances::hold(&HoldReason::Exposure.into(), &account("MG1"), 9).unwrap();
    };
    assert_eq!(complaint(hold), "what covers offers is not the books'");
    let share = || ExposureShare::<Test>::put(PartsPerMillion(1_000_001));
    assert_eq!(complaint(share), "more than an offer's exposure is covered");
}
