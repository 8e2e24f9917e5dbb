use super::*;

fn bounds(lowest: u64, highest: u64) -> TariffBounds {
    TariffBounds { lowest: price(lowest), highest: price(highest) }
}

#[test]
fn bounds_should_change_when_the_operator_sets_them() {
    build_and_execute(|| {
        assert_ok!(Terms::set_tariff_bounds(RuntimeOrigin::root(), bounds(1, 2)));
        assert_eq!(Bounds::<Test>::get(), bounds(1, 2));
        System::assert_last_event(Event::TariffBoundsSet { bounds: bounds(1, 2) }.into());
        // The tariff in force stays.
        assert_eq!(Terms::prices(period(0)).unwrap().tariff, price(TARIFF));
    });
}

#[test]
fn bounds_should_stay_when_they_are_refused() {
    build_and_execute(|| {
        assert_noop!(Terms::set_tariff_bounds(by(RES), bounds(1, 2)), DispatchError::BadOrigin);
        let above = Price::MAX_IN_MARKET.gwei() + 1;
        for bounds in [bounds(2, 1), bounds(1, above)] {
            assert_noop!(
                Terms::set_tariff_bounds(RuntimeOrigin::root(), bounds),
                Error::<Test>::PriceOutOfRange
            );
        }
    });
}
