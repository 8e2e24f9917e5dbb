//! Withholding a reading costs no less than sending it, for every member and period of the paper's day.

use market::settlement::{Outcome, estimate};
use market::{Delivery, Energy, NetEnergy, NetMoney, ParticipantId, Position, Price, Role};
use scenario::simulate::simulate_without;
use scenario::{Participant, Scenario, simulate};

/// A member's period: what it released, traded and really used.
struct Case<'a> {
    member: &'a Participant,
    role: Role,
    delivery: Delivery,
    position: Position,
    traded: NetEnergy,
    actual: NetEnergy,
}

impl Case<'_> {
    fn outcome(&self, scenario: &Scenario, actual: NetEnergy) -> Outcome {
        Outcome::of(actual, self.traded, scenario.prices(self.delivery.period)).unwrap()
    }

    /// The outcome of the reading, and that of the estimate in its place.
    fn outcomes(&self, scenario: &Scenario, highest: Option<Energy>) -> (Outcome, Outcome) {
        let parameters = self.member.parameters();
        let limit = parameters.tie_line.over(scenario.calendar.period_length).unwrap();
        let guess = estimate(self.role, self.position, parameters.alpha, highest, limit);
        (self.outcome(scenario, self.actual), self.outcome(scenario, guess))
    }
}

/// Checks that withholding never pays, be it the first day or one behind a day like it, before the true reading
/// corrects the estimate and after. Gives what withholding costs before.
fn check(scenario: &Scenario, case: &Case) -> NetMoney {
    let what = format!("{} ({}) {}", case.member.name, case.role.name(), case.delivery);
    let mut least = NetMoney::MAX;
    for highest in [None, Some(case.actual.inward())] {
        let (honest, withheld) = case.outcomes(scenario, highest);
        assert!(withheld.balancing.money >= honest.balancing.money, "{what}: {highest:?}");
        let correction = honest.less(&withheld).unwrap();
        let corrected = withheld.balancing.money.checked_add(correction.balancing.money);
        assert_eq!(corrected, Some(honest.balancing.money), "{what}: {highest:?}");
        least = least.min(withheld.balancing.money.saturating_sub(honest.balancing.money));
    }
    least
}

#[test]
fn withholding_should_never_pay_when_the_day_is_the_papers() {
    let scenario = Scenario::paper().unwrap();
    let mut costs = NetMoney::ZERO;
    let mut cases = 0;
    for line in simulate(&scenario, 1).lines.iter().filter(|line| line.role.is_metered()) {
        let expected = line.expected.unwrap();
        let position = match line.role {
            Role::Microgrid => Position::Sell { energy: expected.outward(), reserve: Price::ZERO },
            _ => Position::Buy(expected.inward()),
        };
        let case = Case {
            member: scenario.participant(line.participant).unwrap(),
            role: line.role,
            delivery: line.delivery,
            position,
            traded: line.peer_to_peer.unwrap(),
            actual: line.actual.unwrap(),
        };
        costs = costs.saturating_add(check(&scenario, &case));
        cases += 1;
    }
    assert_eq!(cases, 4 * 24);
    assert!(costs > NetMoney::ZERO);
}

#[test]
fn withholding_should_never_pay_when_a_prosumer_uses_what_it_offered() {
    let scenario = Scenario::paper().unwrap();
    let lines = simulate(&scenario, 1).lines;
    let of = |id| lines.iter().filter(move |line| line.participant == ParticipantId(id));
    let mut used = 0;
    for (demand, wind) in of(0).zip(of(3)) {
        // A prosumer with the demand of LA1 and a quarter of the wind, that released what would be left of the wind
        // were its demand the third that it buys, and sold half of it.
        let quarter = Energy::from_watt_hours(wind.actual.unwrap().outward().watt_hours() / 4);
        let surplus = quarter.watt_hours().saturating_sub(demand.expected.unwrap().inward().watt_hours());
        let actual = demand.actual.unwrap().watt_hours() - i64::try_from(quarter.watt_hours()).unwrap();
        let position = match surplus {
            0 => Position::Buy(Energy::from_watt_hours(actual.max(0).unsigned_abs() / 3)),
            surplus => Position::Sell { energy: Energy::from_watt_hours(surplus), reserve: Price::ZERO },
        };
        used += usize::from(surplus > 0 && actual > 0);
        let case = Case {
            member: scenario.participant(ParticipantId(0)).unwrap(),
            role: Role::Prosumer,
            delivery: demand.delivery,
            position,
            traded: Energy::from_watt_hours(surplus / 2).sold().unwrap(),
            actual: NetEnergy::from_watt_hours(actual),
        };
        check(&scenario, &case);
    }
    assert!(used > 0, "it really used energy in a period in which it offered some");
}

#[test]
fn estimates_should_stand_in_the_simulators_lines_when_readings_are_missing() {
    let scenario = Scenario::paper().unwrap();
    let (la1, mg1) = (ParticipantId(0), ParticipantId(3));
    let first = |day| Delivery { day, period: 0 };
    let missing = [(first(0), la1), (first(2), la1), (first(1), mg1)];
    let played = simulate_without(&scenario, 3, missing.into());
    let line = |day, id| {
        *played.lines.iter().find(|line| line.delivery == first(day) && line.participant == id).unwrap()
    };
    // Nothing is known of LA1 on the first day; on the third its volume over alpha is above its reading of the second.
    let used = [0, 1, 2].map(|day| line(day, la1).actual.unwrap().inward().watt_hours());
    let volume = line(2, la1).expected.unwrap().inward().watt_hours();
    assert_eq!(used, [400_000, 36_360, (volume * 100).div_ceil(33)]);
    assert!(used[2] > used[1]);
    assert_eq!([0, 1, 2].map(|day| line(day, la1).estimated), [true, false, true]);
    assert_eq!(line(1, mg1).actual, Some(NetEnergy::ZERO));
    for delivery in (0..3).flat_map(|day| scenario.periods(day)) {
        let lines = played.lines.iter().filter(|line| line.delivery == delivery);
        let (energy, money) = lines.fold((0, 0), |(energy, money), line| {
            (energy + line.balanced.watt_hours(), money + line.balanced_money.planck())
        });
        assert_eq!((energy, money), (0, 0), "{delivery}");
    }
}
