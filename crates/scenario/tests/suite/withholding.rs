//! Withholding a reading costs no less than sending it, for every member and period of the paper's day.

use market::settlement::{Outcome, PastUse, estimate};
use market::{Delivery, Energy, NetEnergy, NetMoney, ParticipantId, Position, Price, Role};
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
    fn outcomes(&self, scenario: &Scenario, past: PastUse) -> (Outcome, Outcome) {
        let parameters = self.member.parameters();
        let limit = parameters.tie_line.over(scenario.calendar.period_length).unwrap();
        let guess = estimate(self.role, self.position, parameters.alpha, past, limit).unwrap();
        (self.outcome(scenario, self.actual), self.outcome(scenario, guess))
    }
}

/// Checks that withholding never pays, be it the first day or one behind a day like it, before the true reading
/// corrects the estimate and after. Gives what withholding costs before.
fn check(scenario: &Scenario, case: &Case) -> NetMoney {
    let yesterday = PastUse { highest: Some(case.actual.inward()), is_silent: false };
    let silent = PastUse { highest: None, is_silent: true };
    let what = format!("{} ({}) {}", case.member.name, case.role.name(), case.delivery);
    let mut least = NetMoney::MAX;
    for past in [PastUse::default(), yesterday, silent] {
        let (honest, withheld) = case.outcomes(scenario, past);
        assert!(withheld.balancing.money >= honest.balancing.money, "{what}: {past:?}");
        let correction = honest.less(&withheld).unwrap();
        let corrected = withheld.balancing.money.checked_add(correction.balancing.money);
        assert_eq!(corrected, Some(honest.balancing.money), "{what}: {past:?}");
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
