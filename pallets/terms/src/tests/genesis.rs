use super::*;
use market::Moment;
use market::clearing::Seed;

fn build(config: crate::GenesisConfig<Test>) {
    TestState::default().execute_with(|| config.build());
}

#[test]
fn market_should_start_with_the_genesis_configuration() {
    build_and_execute(|| {
        assert_eq!(Terms::of(7), CALENDAR);
        assert_eq!(Terms::tariff(7).unwrap().steps, flat(TARIFF));
        assert_eq!(Terms::feed_in(7), price(FEED_IN));
        assert_eq!(Terms::seed(), 42);
        assert_eq!(Terms::prices(period(24)), None);
    });
}

#[test]
fn configuration_should_come_back_when_written_as_json_and_read() {
    let json = serde_json::to_value(genesis()).unwrap();
    assert_eq!(json["calendar"]["period_length"], 3_600_000);
    assert_eq!(json["feedIn"], FEED_IN);
    let read: crate::GenesisConfig<Test> = serde_json::from_value(json).unwrap();
    assert_eq!((read.calendar, read.tariff, read.seed), (Some(CALENDAR), flat(TARIFF), 42));
}

#[test]
#[should_panic(expected = "genesis configuration of terms: the tariff leaves a gap in the day")]
fn chain_should_not_start_when_the_tariff_has_a_gap() {
    build(crate::GenesisConfig { tariff: vec![], ..genesis() });
}

#[test]
#[should_panic(expected = "genesis configuration of terms: a day must have 1 to 288 periods")]
fn chain_should_not_start_when_the_calendar_is_invalid() {
    build(crate::GenesisConfig { calendar: Some(Calendar { periods_per_day: 0, ..CALENDAR }), ..genesis() });
}

#[test]
#[should_panic(expected = "genesis configuration of terms: a period must last at least sixteen slots")]
fn chain_should_not_start_when_nobody_could_trade_in_its_periods() {
    let minutes = Calendar { period_length: 60_000, release_from: 0, release_to: 600_000, ..CALENDAR };
    build(crate::GenesisConfig { calendar: Some(minutes), ..genesis() });
}

#[test]
fn calendar_should_be_the_versions_when_there_are_several() {
    build_and_execute(|| {
        let quarters = Calendar {
            version: 1,
            effective_from: 3,
            period_length: 900_000,
            periods_per_day: 96,
            ..CALENDAR
        };
        CalendarVersions::<Test>::put(BoundedVec::truncate_from(vec![CALENDAR, quarters]));
        assert_eq!([0, 2, 3, 9].map(|day| Terms::of(day).version), [0, 0, 1, 1]);
        let change = CALENDAR.day_start(3);
        let versions = [Moment::MIN, change - 1, change, Moment::MAX].map(|now| Terms::at(now).version);
        assert_eq!(versions, [0, 0, 1, 1]);
    });
}
