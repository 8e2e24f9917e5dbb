use super::*;
use market::tariff::TariffStep;

fn propose(who: u64, day: Day, steps: Vec<TariffStep>) -> DispatchResultWithPostInfo {
    Terms::propose_tariff(by(who), day, steps.try_into().unwrap())
}

fn step(from: u64, to: u64, gwei: u64) -> TariffStep {
    TariffStep { from: from * 3_600_000, to: to * 3_600_000, price: price(gwei) }
}

fn tariff(day: Day, period: u16) -> u64 {
    Terms::prices(Delivery { day, period }).unwrap().tariff.gwei()
}

#[test]
fn tariff_should_apply_from_its_day_when_it_is_proposed() {
    build_and_execute(|| {
        let steps = vec![step(0, 7, FEED_IN), step(7, 24, TARIFF + 1)];
        assert_eq!(pays(propose(RES, 1, steps.clone())), Pays::No);
        assert_eq!(
            [tariff(0, 6), tariff(1, 6), tariff(1, 7), tariff(9, 23)],
            [TARIFF, FEED_IN, TARIFF + 1, TARIFF + 1]
        );
        System::assert_last_event(
            Event::TariffProposed { effective_from: 1, steps: steps.try_into().unwrap() }.into(),
        );
    });
}

#[test]
fn tariff_should_replace_the_one_before_when_its_day_is_the_same() {
    build_and_execute(|| {
        let fees: Vec<_> = (1..5).map(|n| pays(propose(RES, 1, flat(TARIFF + n)))).collect();
        assert_eq!(fees, [Pays::No, Pays::No, Pays::No, Pays::Yes]);
        assert_eq!(tariff(1, 0), TARIFF + 4);
        assert_eq!(TariffVersions::<Test>::get().len(), 2);
    });
}

#[test]
fn tariffs_should_stay_in_order_when_outdated_ones_are_dropped() {
    build_and_execute(|| {
        assert_ok!(propose(RES, 5, flat(TARIFF + 5)));
        assert_ok!(propose(RES, 40, flat(TARIFF + 40)));
        Now::set(&CALENDAR.day_start(20));
        Released::set(&(18, 18));
        assert_ok!(propose(RES, 30, flat(TARIFF + 30)));
        let days: Vec<_> = TariffVersions::<Test>::get().iter().map(|v| v.effective_from).collect();
        assert_eq!(days, [5, 30, 40]);
        assert_eq!(TariffSteps::<Test>::iter_keys().count(), 3);
        assert_eq!([tariff(29, 0), tariff(30, 0), tariff(40, 0)], [TARIFF + 5, TARIFF + 30, TARIFF + 40]);
        assert_eq!(Terms::prices(Delivery { day: 4, period: 0 }), None);
    });
}

#[test]
fn tariff_should_be_refused_when_the_supplier_does_not_propose_it() {
    build_and_execute(|| {
        assert_noop!(propose(STRANGER, 1, flat(TARIFF)), Error::<Test>::NotRegistered);
        assert_noop!(propose(LA1, 1, flat(TARIFF)), Error::<Test>::WrongRole);
    });
}

#[test]
fn tariff_should_be_refused_when_the_days_release_has_opened() {
    build_and_execute(|| {
        assert_noop!(propose(RES, 0, flat(TARIFF)), Error::<Test>::DayReleased);
        Now::set(&(CALENDAR.release(1).from - 1));
        assert_ok!(propose(RES, 1, flat(TARIFF)));
        Now::set(&CALENDAR.release(1).from);
        assert_noop!(propose(RES, 1, flat(TARIFF)), Error::<Test>::DayReleased);
    });
}

#[test]
fn tariff_should_be_refused_when_it_does_not_cover_the_day_once() {
    build_and_execute(|| {
        let t = TARIFF;
        let gap = vec![step(0, 7, t), step(8, 24, t)];
        assert_noop!(propose(RES, 1, gap), Error::<Test>::TariffGap);
        assert_noop!(propose(RES, 1, vec![]), Error::<Test>::TariffGap);
        let overlap = vec![step(0, 8, t), step(7, 24, t)];
        assert_noop!(propose(RES, 1, overlap), Error::<Test>::TariffOverlap);
        assert_noop!(propose(RES, 1, vec![step(0, 25, t)]), Error::<Test>::TariffOverlap);
        assert_noop!(propose(RES, 1, vec![step(0, 0, t), step(0, 24, t)]), Error::<Test>::TariffOverlap);
    });
}

#[test]
fn tariff_should_be_refused_when_a_price_is_out_of_bounds() {
    build_and_execute(|| {
        assert_noop!(propose(RES, 1, flat(2 * TARIFF + 1)), Error::<Test>::OutOfBounds);
        let most = Price::MAX_IN_MARKET.gwei();
        assert_noop!(propose(RES, 1, flat(most)), Error::<Test>::OutOfBounds);
        assert_noop!(propose(RES, 1, flat(most + 1)), Error::<Test>::PriceOutOfRange);
        assert_noop!(propose(RES, 1, flat(FEED_IN - 1)), Error::<Test>::BelowFeedInPrice);
        // A feed-in price that is to come counts too.
        assert_ok!(Terms::set_feed_in(RuntimeOrigin::root(), 9, price(FEED_IN + 5)));
        assert_noop!(propose(RES, 1, flat(FEED_IN + 4)), Error::<Test>::BelowFeedInPrice);
        let bounds = TariffBounds { lowest: price(TARIFF), highest: price(TARIFF) };
        assert_ok!(Terms::set_tariff_bounds(RuntimeOrigin::root(), bounds));
        assert_noop!(propose(RES, 1, flat(TARIFF - 1)), Error::<Test>::OutOfBounds);
    });
}

#[test]
fn tariff_should_be_refused_when_too_many_wait_for_their_day() {
    build_and_execute(|| {
        for day in 1..MAX_VERSIONS {
            assert_ok!(propose(RES, day, flat(TARIFF)));
        }
        assert_noop!(propose(RES, MAX_VERSIONS, flat(TARIFF)), Error::<Test>::TooManyVersions);
        assert_ok!(propose(RES, 1, flat(TARIFF)));
    });
}
