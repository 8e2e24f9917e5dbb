use super::*;

fn set(share: u32) -> DispatchResult {
    Tasks::set_exposure_share(RuntimeOrigin::root(), PartsPerMillion(share))
}

#[test]
fn share_should_apply_to_offers_that_are_released_from_then_on() {
    build_and_execute(|| {
        cover(0, 1_000_000_000_000_000_000);
        assert_ok!(release("MG1", first(sell(10, COST))));
        assert_eq!(held_and_free().0, 0);
        assert_ok!(set(1_000_000));
        System::assert_last_event(Event::ExposureShareSet { share: PartsPerMillion::ONE }.into());
        assert_eq!(held_and_free().0, 0);
        assert_ok!(release("MG1", first(sell(10, COST))));
        let exposure = price(TARIFF - COST).amount(energy(10)).unwrap().planck();
        assert_eq!(held_and_free().0, exposure);
        assert_ok!(set(0));
        assert_eq!(held_and_free().0, exposure, "it stays until the period is settled");
    });
}

#[test]
fn share_should_be_refused_when_it_is_above_the_whole_or_nobody_may_set_it() {
    build_and_execute(|| {
        assert_noop!(set(1_000_001), Error::<Test>::ShareOutOfRange);
        let by_member = Tasks::set_exposure_share(by("MG1"), PartsPerMillion(1));
        assert_noop!(by_member, DispatchError::BadOrigin);
    });
}
