use super::*;

#[test]
fn history_should_be_as_long_as_the_genesis_configuration_says() {
    build_and_execute(|| assert_eq!(HistoryDays::<Test>::get(), 2));
    let json = serde_json::json!({ "historyDays": 5, "exposureShare": 250_000 });
    let read: crate::GenesisConfig<Test> = serde_json::from_value(json).unwrap();
    TestState::default().execute_with(|| {
        read.build();
        assert_eq!(HistoryDays::<Test>::get(), 5);
        assert_eq!(ExposureShare::<Test>::get(), PartsPerMillion(250_000));
    });
}
