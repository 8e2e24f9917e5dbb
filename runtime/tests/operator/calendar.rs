//! From hours to quarters of an hour, while the market runs.

use super::*;
use market::NetEnergy;

const MINUTE: u64 = 60_000;
/// The last hour of day 0.
const LAST: Delivery = Delivery { day: 0, period: 23 };

fn quarters(hourly: Calendar) -> Calendar {
    Calendar { effective_from: 1, period_length: 15 * MINUTE, periods_per_day: 96, ..hourly }
}

/// LA1 wants the energy in each period of a day, and MG1 offers three quarters of it.
fn release_both(chain: &mut Chain, day: market::Day, watt_hours: u64) {
    let energy = |of: u64| Energy::from_watt_hours(of);
    let sell = Position::Sell { energy: energy(watt_hours / 4 * 3), reserve: Price::from_gwei(380_000_000) };
    chain.block_of(
        Terms::of(day).release(day).from,
        vec![release_day("LA1", day, Position::Buy(energy(watt_hours))), release_day("MG1", day, sell)],
    );
}

fn readings(delivery: Delivery, watt_hours: i64) -> Vec<UncheckedExtrinsic> {
    let read = |name: &str, net| by_agent(name, 0, read_with(&meter(name), name, delivery, net));
    vec![read("LA1", watt_hours), read("MG1", -watt_hours / 4 * 3)]
}

/// Seals and reveals LA1's bid (5), and begins the period with the readings of the one before, if it was played.
fn play_one(chain: &mut Chain, delivery: Delivery, before: Option<(Delivery, i64)>) {
    let calendar = Terms::of(delivery.day);
    seal_all(chain, &calendar, delivery, &["LA1"]);
    reveal_all(chain, &calendar, delivery, &["LA1"]);
    let before = before.map(|(before, watt_hours)| readings(before, watt_hours)).unwrap_or_default();
    chain.block_of(calendar.start(delivery), before);
    chain.block_of(calendar.start(delivery) + SLOT, Vec::new());
}

fn bought(delivery: Delivery) -> NetEnergy {
    Runtime::line(delivery, ParticipantId(0)).unwrap().line.peer_to_peer.unwrap()
}

fn set_quarters(chain: &mut Chain) -> Calendar {
    let hourly = Terms::of(0);
    chain.block_of(hourly.release(0).from - SLOT, Vec::new());
    release_both(chain, 0, 4_000);
    let call = pallet_terms::Call::set_calendar { calendar: quarters(hourly) };
    must_order(chain, hourly.release(0).from + SLOT, call);
    // Meters stay silent on the way: LA1 has money for what its tie line carries.
    let (participant, amount) = (ParticipantId(0), 100_000 * market::units::PLANCK_PER_ETH);
    let mint = pallet_settlement::Call::mint { participant, amount, reference: Default::default() };
    must_order(chain, hourly.release(0).from + 2 * SLOT, mint);
    hourly
}

#[test]
fn market_should_go_on_when_its_periods_become_shorter() {
    on_chain(&development(), |chain| {
        let hourly = set_quarters(chain);
        release_both(chain, 1, 1_000);
        play_one(chain, LAST, None);
        play_one(chain, Delivery { day: 1, period: 0 }, Some((LAST, 4_000)));
        let clock = Runtime::clock();
        let first = Delivery { day: 1, period: 0 };
        assert_eq!((clock.open.metering, clock.open.execution), (Some(LAST), Some(first)));
        assert_eq!(clock.next_boundary, hourly.day_start(1) + 15 * MINUTE / 4);
        for period in 1..4 {
            let before = Delivery { day: 1, period: period - 1 };
            play_one(chain, Delivery { day: 1, period }, Some((before, 1_000)));
        }
        chain.block_of(hourly.day_start(1) + 55 * MINUTE, Vec::new());
        assert_eq!(bought(LAST), NetEnergy::from_watt_hours(3_000));
        assert_settled(LAST);
        for period in 0..3 {
            let delivery = Delivery { day: 1, period };
            assert_eq!(bought(delivery), NetEnergy::from_watt_hours(750));
            assert_settled(delivery);
            assert!(!Runtime::line(delivery, ParticipantId(0)).unwrap().line.estimated);
        }
        assert_eq!(Settlement::next_to_settle(), Some(Delivery { day: 1, period: 3 }));
    });
}

#[test]
fn bills_should_have_their_own_days_periods_when_the_calendar_has_changed() {
    on_chain(&development(), |chain| {
        let hourly = set_quarters(chain);
        release_both(chain, 1, 1_000);
        let later = hourly.day_start(2) + 2 * 60 * MINUTE;
        chain.pass(later, later + 40 * SLOT);
        assert_eq!([0, 1].map(|day| Runtime::bill(day, ParticipantId(0)).unwrap().lines.len()), [24, 96]);
        assert_eq!([0, 1].map(|day| Runtime::calendar(day).periods_per_day), [24, 96]);
        assert_eq!(Settlement::next_to_settle().map(|next| next.day), Some(2));
    });
}

#[test]
fn old_days_should_be_pruned_by_their_own_calendar_when_it_has_changed() {
    on_chain(&development(), |chain| {
        let hourly = set_quarters(chain);
        release_both(chain, 1, 1_000);
        for day in 2..50 {
            chain.pass(hourly.day_start(day), hourly.day_start(day) + 6 * SLOT);
        }
        let kept = || pallet_settlement::Lines::<Runtime>::iter_keys().any(|(delivery, _)| delivery.day < 2);
        assert!(!kept());
        // The hours are not needed any more once the days that had them are gone.
        let calendar = Calendar { effective_from: 52, ..quarters(hourly) };
        let call = pallet_terms::Call::set_calendar { calendar };
        must_order(chain, hourly.day_start(50), call);
        assert_eq!(Terms::of(52).version, 2);
        assert_eq!(pallet_terms::CalendarVersions::<Runtime>::get().len(), 2);
    });
}

#[test]
fn silent_member_should_be_estimated_by_its_past_use_when_the_calendar_has_changed() {
    on_chain(&development(), |chain| {
        let hourly = set_quarters(chain);
        release_both(chain, 1, 1_000);
        play_one(chain, LAST, None);
        chain.block_of(hourly.metering(LAST).from, readings(LAST, 4_000));
        // On day 2 LA1 does nothing at all.
        let later = hourly.day_start(3) + 2 * 60 * MINUTE;
        chain.pass(later, later + 60 * SLOT);
        let actual = |period| {
            let line = Runtime::line(Delivery { day: 2, period }, ParticipantId(0))?.line;
            assert!(line.estimated);
            line.actual
        };
        // A quarter of what it used in the last hour; nothing is known of the hours before, but for the tie line.
        for period in 92..96 {
            assert_eq!(actual(period), Some(NetEnergy::from_watt_hours(1_000)), "period {period}");
        }
        assert_eq!(actual(91), Some(NetEnergy::from_watt_hours(100_000)));
    });
}
