use super::*;

/// What the checks say of corrupted storage.
fn complaint(corrupt: impl FnOnce()) -> String {
    new_test_ext().execute_with(|| {
        Terms::do_try_state().unwrap();
        corrupt();
        match Terms::do_try_state() {
            Err(DispatchError::Other(message)) => message.into(),
            other => panic!("the corrupted storage passes: {other:?}"),
        }
    })
}

fn set_calendars(calendars: Vec<Calendar>) {
    CalendarVersions::<Test>::put(BoundedVec::truncate_from(calendars));
}

#[test]
fn checks_should_fail_when_calendars_are_out_of_order() {
    let invalid = Calendar { periods_per_day: 0, ..CALENDAR };
    assert_eq!(complaint(|| set_calendars(vec![invalid])), "a calendar is invalid");
    let late = Calendar { effective_from: 1, ..CALENDAR };
    assert_eq!(complaint(|| set_calendars(vec![late])), "a day that is kept has no calendar");
    let message = "the calendars are out of order, or a day starts twice";
    assert_eq!(complaint(|| set_calendars(vec![CALENDAR, CALENDAR])), message);
    let shifted = Calendar { effective_from: 1, version: 1, anchor: CALENDAR.anchor + 8, ..CALENDAR };
    assert_eq!(complaint(|| set_calendars(vec![CALENDAR, shifted])), message);
    let same_version = Calendar { effective_from: 1, ..CALENDAR };
    assert_eq!(complaint(|| set_calendars(vec![CALENDAR, same_version])), message);
}

#[test]
fn checks_should_fail_when_tariffs_are_out_of_order() {
    let twice = || {
        TariffVersions::<Test>::mutate(|versions| versions.try_push(versions[0]).unwrap());
    };
    assert_eq!(complaint(twice), "the tariffs are out of order");
    let cut = || TariffSteps::<Test>::mutate(0, |steps| steps.truncate(0));
    assert_eq!(complaint(cut), "a tariff does not cover the day");
    let more = || TariffSteps::<Test>::insert(1, TariffSteps::<Test>::get(0));
    assert_eq!(complaint(more), "steps are of no tariff");
}

#[test]
fn checks_should_fail_when_feed_in_prices_are_wrong() {
    let twice = || FeedInVersions::<Test>::mutate(|versions| versions.try_push(versions[0]).unwrap());
    assert_eq!(complaint(twice), "the feed-in prices are out of order");
}

#[test]
fn checks_should_fail_when_bounds_are_out_of_order() {
    let swapped = TariffBounds { lowest: price(2), highest: price(1) };
    assert_eq!(complaint(|| Bounds::<Test>::put(swapped)), "the tariff's bounds are out of order");
}

#[test]
fn checks_should_fail_when_pauses_are_out_of_order() {
    let put = |pauses: Vec<Pause>| {
        complaint(move || Pauses::<Test>::insert(Stage::Reveal, BoundedVec::truncate_from(pauses)))
    };
    let pause = |from, to| Pause { from, to };
    assert_eq!(put(vec![pause(2, Some(1))]), "a pause ends before it begins");
    let message = "the pauses are out of order";
    assert_eq!(put(vec![pause(1, None), pause(2, Some(3))]), message);
    assert_eq!(put(vec![pause(1, Some(3)), pause(2, Some(4))]), message);
    assert_eq!(put(vec![]), "no pause is stored");
}
