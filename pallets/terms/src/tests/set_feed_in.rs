use super::*;

fn set(day: Day, gwei: u64) -> DispatchResult {
    Terms::set_feed_in(RuntimeOrigin::root(), day, price(gwei))
}

#[test]
fn feed_in_should_apply_from_its_day_when_the_operator_sets_it() {
    build_and_execute(|| {
        assert_ok!(set(2, FEED_IN + 1));
        assert_eq!([1, 2, 3].map(Terms::feed_in), [FEED_IN, FEED_IN + 1, FEED_IN + 1].map(price));
        System::assert_last_event(Event::FeedInSet { effective_from: 2, price: price(FEED_IN + 1) }.into());
        assert_ok!(set(2, FEED_IN + 2));
        assert_eq!(Terms::feed_in(2), price(FEED_IN + 2));
        let pair = Terms::prices(Delivery { day: 2, period: 0 }).unwrap();
        assert_eq!((pair.tariff, pair.feed_in), (price(TARIFF), price(FEED_IN + 2)));
    });
}

#[test]
fn feed_in_should_stay_when_it_is_refused() {
    build_and_execute(|| {
        assert_noop!(Terms::set_feed_in(by(RES), 2, price(1)), DispatchError::BadOrigin);
        assert_noop!(set(0, FEED_IN), Error::<Test>::DayReleased);
        assert_noop!(set(2, u64::MAX), Error::<Test>::PriceOutOfRange);
    });
}

#[test]
fn feed_in_should_be_refused_when_too_many_wait_for_their_day() {
    build_and_execute(|| {
        for day in 1..MAX_VERSIONS {
            assert_ok!(set(day, FEED_IN));
        }
        assert_noop!(set(MAX_VERSIONS, FEED_IN), Error::<Test>::TooManyVersions);
    });
}

#[test]
fn tariff_should_count_as_the_feed_in_price_when_that_is_set_above_it() {
    build_and_execute(|| {
        assert_ok!(set(2, TARIFF + 1));
        let prices = |day| Terms::prices(Delivery { day, period: 0 }).unwrap();
        assert_eq!(prices(1).tariff, price(TARIFF));
        assert_eq!((prices(2).tariff, prices(2).feed_in), (price(TARIFF + 1), price(TARIFF + 1)));
        assert_eq!(Terms::tariff(2).unwrap().steps[0].price, price(TARIFF + 1));
        // What was proposed is what counts again when the feed-in price falls.
        assert_ok!(set(3, FEED_IN));
        assert_eq!(prices(3).tariff, price(TARIFF));
    });
}
