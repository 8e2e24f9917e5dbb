//! What sellers have on hold for their offers: placed, moved and freed.

use super::*;
use market::collateral::Exposure;
use market::participant::Registry;

/// The exposure of a watt-hour at MG1's cost, in planck: 325,000,000 gwei per kWh.
const EACH: u128 = (TARIFF - COST) as u128 * 1_000_000;

fn free(delivery: Delivery) {
    let position = Tasks::position(MG1, delivery).unwrap();
    Tasks::free(&Market::member(MG1).unwrap(), delivery, position);
}

#[test]
fn nothing_should_be_held_when_the_operator_asks_for_no_cover() {
    build_and_execute(|| {
        assert_ok!(release("MG1", every(sell(70, COST))));
        assert_eq!(held_and_free(), (0, 0));
    });
}

#[test]
fn share_of_the_exposure_should_be_held_when_offers_are_released() {
    build_and_execute(|| {
        cover(500_000, 100 * EACH);
        assert_ok!(release("MG1", first(sell(70, COST))));
        assert_eq!(held_and_free(), (35 * EACH, 65 * EACH));
        // A replacement holds what it needs, and no more.
        assert_ok!(release("MG1", first(sell(60, COST))));
        assert_eq!(held_and_free(), (30 * EACH, 70 * EACH));
        assert_ok!(release("MG1", first(sell(200, COST))));
        assert_eq!(held_and_free(), (100 * EACH, 0));
        assert_ok!(release("MG1", first(buy(0))));
        assert_eq!(held_and_free(), (0, 100 * EACH));
    });
}

#[test]
fn offers_should_be_cut_at_what_is_covered_in_the_order_of_periods() {
    build_and_execute(|| {
        cover(1_000_000, 100 * EACH + 1);
        let mut positions = every(sell(70, COST));
        positions[1] = buy(0);
        assert_ok!(release("MG1", positions));
        let offered: Vec<_> = (0..4).map(|p| Tasks::position(MG1, period(p)).unwrap().surplus()).collect();
        assert_eq!(offered, [energy(70), energy(0), energy(30), energy(0)]);
        assert_eq!(queue(), [(MG1.0, COST, 70)]);
        assert_eq!(held_and_free(), (100 * EACH, 1));
        System::assert_last_event(
            Event::Released {
                participant: MG1,
                day: 0,
                volume: Energy::ZERO,
                offered: energy(100),
                replacements: 0,
            }
            .into(),
        );
    });
}

#[test]
fn offer_should_need_no_cover_when_it_costs_no_less_than_the_tariff() {
    build_and_execute(|| {
        ExposureShare::<Test>::put(PartsPerMillion::ONE);
        assert_ok!(release("MG1", first(sell(70, TARIFF))));
        assert_eq!(queue(), [(MG1.0, TARIFF, 70)]);
    });
}

#[test]
fn correction_should_move_its_cover_and_be_cut_at_what_is_covered() {
    build_and_execute(|| {
        cover(1_000_000, 100 * EACH);
        assert_ok!(release("MG1", first(sell(70, COST))));
        go_to_sealing();
        assert_ok!(correct("MG1", 90, COST));
        assert_eq!((queue(), held_and_free()), (vec![(MG1.0, COST, 90)], (90 * EACH, 10 * EACH)));
        assert_ok!(correct("MG1", 150, COST));
        assert_eq!((queue(), held_and_free()), (vec![(MG1.0, COST, 100)], (100 * EACH, 0)));
        System::assert_last_event(
            Event::OfferCorrected {
                participant: MG1,
                delivery: period(0),
                energy: energy(100),
                reserve: price(COST),
            }
            .into(),
        );
        assert_ok!(correct("MG1", 0, COST));
        assert_eq!(held_and_free(), (0, 100 * EACH));
    });
}

#[test]
fn planck_should_cover_one_offer_at_a_time() {
    build_and_execute(|| {
        cover(1_000_000, 100 * EACH);
        assert_ok!(release("MG1", first(sell(70, COST))));
        Now::set(&CALENDAR.release(1).from);
        assert_ok!(Tasks::release(by("MG1"), 1, first(sell(70, COST))));
        let next = Delivery { day: 1, period: 0 };
        assert_eq!(Tasks::position(MG1, next), Some(sell(30, COST)));
        // Nor can it be spent meanwhile.
        assert_eq!(held_and_free(), (100 * EACH, 0));
        // Once the first period is settled it covers another.
        free(period(0));
        assert_eq!(held_and_free(), (30 * EACH, 70 * EACH));
        Now::set(&CALENDAR.sealing(next).from);
        assert_ok!(Tasks::correct_offer(by("MG1"), next, energy(90), price(COST)));
        assert_eq!(held_and_free(), (90 * EACH, 10 * EACH));
    });
}

#[test]
fn cover_should_be_free_once_when_its_period_is_settled() {
    build_and_execute(|| {
        cover(1_000_000, 200 * EACH);
        assert_ok!(release("MG1", every(sell(2, COST))));
        assert_eq!(held_and_free(), (48 * EACH, 152 * EACH));
        free(period(3));
        free(period(3));
        assert_eq!(held_and_free(), (46 * EACH, 154 * EACH));
        // A volume has no cover.
        Tasks::free(&Market::member(LA1).unwrap(), period(3), buy(1));
    });
}

#[test]
fn cover_should_be_free_when_offers_are_voided() {
    build_and_execute(|| {
        cover(1_000_000, 200 * EACH);
        assert_ok!(release("MG1", every(sell(2, COST))));
        Now::set(&CALENDAR.sealing(period(0)).to);
        assert_ok!(Tasks::void_offers(RuntimeOrigin::root(), MG1));
        assert_eq!(held_and_free(), (2 * EACH, 198 * EACH));
    });
}
