use super::*;
use crate::optimise::{ControllableSource, Storage};
use proptest::prelude::*;

const HOUR: u64 = 3_600_000;

fn wh(energy: u64) -> Energy {
    Energy::from_watt_hours(energy)
}

fn price(gwei: u64) -> Price {
    Price::from_gwei(gwei)
}

fn prices(tariffs: &[u64]) -> Vec<GridPrices> {
    tariffs.iter().map(|tariff| GridPrices { tariff: price(*tariff), feed_in: price(380) }).collect()
}

fn parameters() -> Parameters {
    Parameters {
        alpha: PartsPerMillion(330_000),
        generation_cost: price(100),
        tie_line: Power::from_watts(1_000_000),
    }
}

fn wide() -> Plant {
    Plant {
        tie_line: TieLine { limit: Power::from_watts(1_000_000), ..TieLine::default() },
        ..Plant::default()
    }
}

/// A context of two hours without history and plant.
fn context<'a>(role: Role, parameters: &'a Parameters, prices: &'a [GridPrices]) -> ReleaseContext<'a> {
    ReleaseContext { role, parameters, history: &[], plant: None, prices, period_length: HOUR }
}

fn offer(energy: u64, reserve: u64) -> Position {
    Position::Sell { energy: wh(energy), reserve: price(reserve) }
}

#[test]
fn load_aggregator_should_buy_its_expected_volumes() {
    let (parameters, prices) = (parameters(), prices(&[425, 725]));
    let history = vec![vec![wh(55_182), wh(10)]; 7];
    let context = ReleaseContext { history: &history, ..context(Role::LoadAggregator, &parameters, &prices) };
    assert_eq!(positions(&context), Ok(vec![Position::Buy(wh(18_210)), Position::Buy(wh(3))]));
}

#[test]
fn load_aggregator_should_buy_nothing_when_it_has_no_history() {
    let (parameters, prices) = (parameters(), prices(&[425, 725]));
    let context = context(Role::LoadAggregator, &parameters, &prices);
    assert_eq!(positions(&context), Ok(vec![Position::NONE; 2]));
}

#[test]
fn load_aggregator_should_not_sell_when_its_plant_has_a_surplus() {
    let (parameters, prices, plant) = (parameters(), prices(&[425, 725]), wide());
    let history = vec![vec![wh(1_000); 2]];
    let generation = [wh(3_000), wh(400)];
    let outlook = PlantOutlook { plant: &plant, generation: &generation, reserve: Price::ZERO };
    let context = ReleaseContext {
        history: &history,
        plant: Some(outlook),
        ..context(Role::LoadAggregator, &parameters, &prices)
    };
    assert_eq!(positions(&context), Ok(vec![Position::NONE, Position::Buy(wh(198))]));
}

#[test]
fn microgrid_should_offer_its_generation_to_the_watt_hour_when_it_has_nothing_else() {
    let (parameters, prices, plant) = (parameters(), prices(&[425, 725]), wide());
    let generation = [wh(160_500), wh(0)];
    let offered = |reserve| {
        let outlook = PlantOutlook { plant: &plant, generation: &generation, reserve: price(reserve) };
        let context =
            ReleaseContext { plant: Some(outlook), ..context(Role::Microgrid, &parameters, &prices) };
        positions(&context).unwrap()
    };
    assert_eq!(offered(0), [offer(160_500, 380), Position::NONE]);
    assert_eq!(offered(400), [offer(160_500, 400), Position::NONE]);
    // Above the tariff nobody may buy it; it is offered all the same.
    assert_eq!(offered(900), [offer(160_500, 900), Position::NONE]);
}

#[test]
fn microgrid_should_not_sell_below_its_generation_cost() {
    let parameters = Parameters { generation_cost: price(500), ..parameters() };
    let (prices, plant, generation) = (prices(&[725]), wide(), [wh(7)]);
    let outlook = PlantOutlook { plant: &plant, generation: &generation, reserve: Price::ZERO };
    let context = ReleaseContext { plant: Some(outlook), ..context(Role::Microgrid, &parameters, &prices) };
    assert_eq!(positions(&context), Ok(vec![offer(7, 500)]));
}

#[test]
fn microgrid_should_not_buy_when_it_has_a_shortage() {
    let (parameters, prices, plant) = (parameters(), prices(&[425, 725]), wide());
    let history = vec![vec![wh(1_000); 2]];
    let generation = [wh(300), wh(1_500)];
    let outlook = PlantOutlook { plant: &plant, generation: &generation, reserve: Price::ZERO };
    let context = ReleaseContext {
        history: &history,
        plant: Some(outlook),
        ..context(Role::Microgrid, &parameters, &prices)
    };
    assert_eq!(positions(&context), Ok(vec![Position::NONE, offer(500, 380)]));
}

#[test]
fn prosumer_should_buy_or_sell_what_its_plan_leaves() {
    let (parameters, prices) = (parameters(), prices(&[425, 1_025]));
    let history = vec![vec![wh(1_000), wh(3_001)], vec![wh(1_001), wh(3_000)]];
    let generation = [wh(4_000), wh(0)];
    let mut plant = wide();
    let positions = |plant: &Plant| {
        let outlook = PlantOutlook { plant, generation: &generation, reserve: price(390) };
        let context = ReleaseContext {
            history: &history,
            plant: Some(outlook),
            ..context(Role::Prosumer, &parameters, &prices)
        };
        positions(&context).unwrap()
    };
    // A third of the shortage of 3,000 Wh, rounded down.
    assert_eq!(positions(&plant), [offer(3_000, 390), Position::Buy(wh(990))]);
    // A battery keeps of the surplus what the evening lacks.
    plant.storage = Some(Storage {
        capacity: wh(2_000),
        power: Power::from_watts(2_000),
        efficiency: PartsPerMillion::ONE,
    });
    assert_eq!(positions(&plant), [offer(1_000, 390), Position::Buy(wh(330))]);
    // A generator cheaper than the tariff, but not than the reserve price, serves the rest.
    plant.source = Some(ControllableSource {
        minimum: Power::ZERO,
        maximum: Power::from_watts(5_000),
        cost: price(400),
    });
    assert_eq!(positions(&plant)[1], Position::NONE);
}

#[test]
fn position_should_be_cut_when_it_is_over_the_tie_line() {
    let parameters = Parameters { tie_line: Power::from_watts(100), ..parameters() };
    let (prices, plant) = (prices(&[425]), wide());
    let history = vec![vec![wh(1_000)]];
    let buyer = ReleaseContext { history: &history, ..context(Role::LoadAggregator, &parameters, &prices) };
    assert_eq!(positions(&buyer), Ok(vec![Position::Buy(wh(100))]));
    let quarter = ReleaseContext { period_length: HOUR / 4, ..buyer };
    assert_eq!(positions(&quarter), Ok(vec![Position::Buy(wh(25))]));
    let outlook = PlantOutlook { plant: &plant, generation: &[wh(500)], reserve: Price::ZERO };
    let seller = ReleaseContext { history: &[], role: Role::Microgrid, plant: Some(outlook), ..buyer };
    assert_eq!(positions(&seller), Ok(vec![offer(100, 380)]));
    assert_eq!(plan(&seller).unwrap()[0].curtailed, wh(400));
}

#[test]
fn release_should_be_refused_when_its_input_is_malformed() {
    let (parameters, prices, plant) = (parameters(), prices(&[425, 725]), wide());
    let good = context(Role::Prosumer, &parameters, &prices);
    let refused = |context: ReleaseContext<'_>| {
        let refused = positions(&context).unwrap_err();
        assert_eq!(plan(&context), Err(refused));
        refused
    };
    for role in [Role::RetailSupplier, Role::DistributionOperator] {
        assert_eq!(refused(ReleaseContext { role, ..good }), ReleaseError::WrongRole);
    }
    let short = [vec![wh(1); 2], vec![wh(1)]];
    let error = refused(ReleaseContext { history: &short, ..good });
    assert_eq!(error, ReleaseError::HistoryPeriods { day: 1, found: 1, expected: 2 });
    assert_eq!(error.to_string(), "day 1 of the history has 1 periods, not 2");
    let huge = [vec![wh(1), wh(Energy::MAX_PER_PERIOD.watt_hours() + 1)]];
    assert_eq!(refused(ReleaseContext { history: &huge, ..good }), ReleaseError::HistoryOutOfRange);

    let outlook = |generation, reserve| Some(PlantOutlook { plant: &plant, generation, reserve });
    let refused_plant = |plant| refused(ReleaseContext { plant, ..good });
    let expected = ReleaseError::GenerationPeriods { found: 3, expected: 2 };
    assert_eq!(refused_plant(outlook(&[Energy::ZERO; 3], Price::ZERO)), expected);
    assert_eq!(refused_plant(outlook(&[Energy::ZERO; 2], Price::MAX)), ReleaseError::ReserveOutOfRange);
    let expected = ReleaseError::Plan(PlanError::EnergyOutOfRange);
    assert_eq!(refused_plant(outlook(&[Energy::MAX; 2], Price::ZERO)), expected);
}

#[test]
fn reading_should_be_what_the_plan_leaves_when_the_day_is_another() {
    let plan = PeriodPlan {
        source: wh(5),
        load: wh(7),
        storage: NetEnergy::from_watt_hours(-11),
        ..PeriodPlan::default()
    };
    assert_eq!(metered(wh(1_000), wh(300), &plan), Some(NetEnergy::from_watt_hours(691)));
    assert_eq!(metered(wh(0), wh(300), &PeriodPlan::default()), Some(NetEnergy::from_watt_hours(-300)));
    assert_eq!(metered(Energy::MAX, wh(0), &plan), None);
}

proptest! {
    #[test]
    fn reading_should_be_the_net_position_when_all_comes_as_forecast(
        demand in prop::collection::vec(0u64..5_000, 6),
        generation in prop::collection::vec(0u64..5_000, 6),
        limit in 0u64..5_000,
        loss in 0u32..200_000,
        capacity in 0u64..10_000,
        cost in 0u64..1_000,
    ) {
        let (parameters, prices) = (parameters(), prices(&[425, 425, 725, 725, 1_025, 1_025]));
        let plant = Plant {
            source: Some(ControllableSource { minimum: Power::from_watts(10), maximum: Power::from_watts(500), cost: price(cost) }),
            load: None,
            tie_line: TieLine { limit: Power::from_watts(limit), loss: PartsPerMillion(loss), cost: price(cost / 2) },
            storage: Some(Storage { capacity: wh(capacity), power: Power::from_watts(2_000), efficiency: PartsPerMillion(900_000) }),
        };
        let history = [demand.iter().map(|energy| wh(*energy)).collect::<Vec<_>>()];
        let generation: Vec<_> = generation.iter().map(|energy| wh(*energy)).collect();
        let outlook = PlantOutlook { plant: &plant, generation: &generation, reserve: price(390) };
        let context = ReleaseContext { history: &history, plant: Some(outlook), ..context(Role::Prosumer, &parameters, &prices) };
        let plans = plan(&context).unwrap();
        for (period, plan) in plans.iter().enumerate() {
            prop_assert_eq!(metered(history[0][period], generation[period], plan), Some(plan.net));
        }
        let positions = positions(&context).unwrap();
        for (position, plan) in positions.iter().zip(&plans) {
            prop_assert_eq!(position.surplus(), plan.net.outward());
            prop_assert!(position.shortage() <= plan.net.inward());
        }
    }
}
