use super::day::Grid;
use super::*;
use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, Variable};
use proptest::prelude::*;

const HOUR: u64 = 3_600_000;

/// Dearer than anything else in the linear programs below, in ETH per watt-hour.
const LAST_RESORT: f64 = 0.1;

fn wh(energy: u64) -> Energy {
    Energy::from_watt_hours(energy)
}

fn net(energy: i64) -> NetEnergy {
    NetEnergy::from_watt_hours(energy)
}

/// A price in thousandths of an ETH per kWh.
fn milli(price: u64) -> Price {
    Price::from_gwei(price * 1_000_000)
}

/// ETH per watt-hour.
fn eth(price: Price) -> f64 {
    price.gwei() as f64 / 1e12
}

fn cost_in_eth(plans: &[PeriodPlan]) -> f64 {
    plans.iter().map(|plan| plan.cost.planck() as f64 / 1e18).sum()
}

fn wide(plant: Plant) -> Plant {
    Plant { tie_line: TieLine { limit: Power::from_watts(1_000_000_000), ..plant.tie_line }, ..plant }
}

fn input(load: u64, generation: u64, import: u64, export: u64) -> PeriodInput {
    PeriodInput {
        load: wh(load),
        generation: wh(generation),
        import_price: milli(import),
        export_price: milli(export),
    }
}

/// One period of a linear program.
struct Relaxed {
    /// Variables that are no last resort, and what they cost in ETH per watt-hour.
    priced: Vec<(Variable, f64)>,
    /// What is shed of the controllable load's minimum, left unserved, or turned down of the source's
    /// minimum, and what that costs beside being a last resort.
    last_resorts: Vec<(Variable, f64)>,
}

impl Relaxed {
    /// Adds a period to a problem: a fixed flow into storage, and variables with what each takes.
    fn add(
        problem: &mut Problem,
        plant: &Plant,
        input: &PeriodInput,
        flow: f64,
        storage: &[(Variable, f64)],
    ) -> Self {
        let source = plant.source.unwrap_or_default();
        let load = plant.load.unwrap_or_default();
        let keep = 1.0 - f64::from(plant.tie_line.loss.0) / 1e6;
        let tie = plant.tie_line.limit.watts() as f64;
        let conversion = eth(plant.tie_line.cost);
        let export_price = input.export_price.min(input.import_price);
        let span = |low: Power, high: Power| (high.watts() - low.watts()) as f64;
        let mut balance = LinearExpr::empty();
        // Cost, most, and what a watt-hour of it gives to the bus.
        let priced = [
            (eth(input.import_price) + conversion, tie, keep),
            (conversion - eth(export_price), tie, -1.0 / keep),
            (eth(source.cost), span(source.minimum, source.maximum), 1.0),
            (-eth(load.value), span(load.minimum, load.maximum), -1.0),
            (0.0, input.generation.watt_hours() as f64, 1.0),
        ]
        .map(|(cost, most, gives)| {
            let variable = problem.add_var(cost, (0.0, most));
            balance.add(variable, gives);
            (variable, cost)
        });
        let last_resorts = [
            (LAST_RESORT, eth(load.value), load.minimum.watts() as f64, 1.0),
            (LAST_RESORT + 0.01, 0.0, input.load.watt_hours() as f64, 1.0),
            (LAST_RESORT, -eth(source.cost), source.minimum.watts() as f64, -1.0),
        ]
        .map(|(penalty, cost, most, gives)| {
            let variable = problem.add_var(penalty, (0.0, most));
            balance.add(variable, gives);
            (variable, cost)
        });
        for (variable, takes) in storage {
            balance.add(*variable, -takes);
        }
        let needed = input.load.watt_hours() as f64 + load.minimum.watts() as f64 + flow
            - source.minimum.watts() as f64;
        problem.add_constraint(balance, ComparisonOp::Eq, needed);
        Self { priced: priced.to_vec(), last_resorts: last_resorts.to_vec() }
    }
}

/// What the minima cost and are worth, which the program leaves out, in ETH.
fn fixed_cost(plant: &Plant) -> f64 {
    let source = plant.source.unwrap_or_default();
    let load = plant.load.unwrap_or_default();
    source.minimum.watts() as f64 * eth(source.cost) - load.minimum.watts() as f64 * eth(load.value)
}

/// The optimum of one hour in ETH, and the watt-hours of its last resorts; `None` if infeasible.
fn relaxed_hour(plant: &Plant, input: &PeriodInput, flow: i64) -> Option<(f64, f64)> {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let hour = Relaxed::add(&mut problem, plant, input, flow as f64, &[]);
    let solution = problem.solve().ok()?.into_solution().ok()?;
    let all = || hour.priced.iter().chain(&hour.last_resorts);
    let cost: f64 = all().map(|(variable, cost)| solution.var_value(*variable) * cost).sum();
    let missed: f64 = hour.last_resorts.iter().map(|(variable, _)| solution.var_value(*variable)).sum();
    Some((cost + fixed_cost(plant), missed))
}

/// The optimum of a day in ETH: storage holds up to `capacity`, stores up to `up` and gives up to `down`.
fn relaxed_day(plant: &Plant, inputs: &[PeriodInput], capacity: f64, up: f64, down: f64) -> f64 {
    let efficiency = f64::from(plant.storage.unwrap_or_default().efficiency.0) / 1e6;
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let mut before = None;
    for (index, input) in inputs.iter().enumerate() {
        let full = if index + 1 == inputs.len() { 0.0 } else { capacity };
        let charge = problem.add_var(0.0, (0.0, full));
        let stored = problem.add_var(0.0, (0.0, up));
        let given = problem.add_var(0.0, (0.0, down));
        let mut change = LinearExpr::empty();
        change.add(charge, 1.0);
        change.add(stored, -1.0);
        change.add(given, 1.0);
        if let Some(before) = before.replace(charge) {
            change.add(before, -1.0);
        }
        problem.add_constraint(change, ComparisonOp::Eq, 0.0);
        Relaxed::add(&mut problem, plant, input, 0.0, &[(stored, 1.0 / efficiency), (given, -1.0)]);
    }
    let solution = problem.solve().unwrap().into_solution().ok().unwrap();
    solution.objective() + fixed_cost(plant) * inputs.len() as f64
}

fn assert_balanced(plant: &Plant, input: &PeriodInput, plan: &PeriodPlan) {
    let of = |energy: Energy| i128::from(energy.watt_hours());
    let given = i128::from(plan.net.watt_hours()) - of(plan.lost) + of(plan.source) + of(input.generation)
        - of(plan.curtailed);
    let taken = of(input.load) - of(plan.unserved) + of(plan.load) + i128::from(plan.storage.watt_hours());
    assert_eq!(given, taken);
    let limit = plant.tie_line.limit.watts();
    assert!(plan.net.inward().watt_hours() <= limit && plan.net.outward().watt_hours() <= limit);
    let (source, load) = (plant.source.unwrap_or_default(), plant.load.unwrap_or_default());
    assert!(plan.source.watt_hours() <= source.maximum.watts());
    assert!(plan.load.watt_hours() <= load.maximum.watts());
    assert!(plan.curtailed <= input.generation && plan.unserved <= input.load);
}

#[test]
fn net_should_be_load_less_generation_when_the_plant_is_bare() {
    let plant = wide(Plant::default());
    for (load, generation) in [(0, 160_500), (36_360, 0), (7, 7), (1, 3)] {
        let input = input(load, generation, 425, 0);
        let plan = dispatch(&plant, &input, HOUR, NetEnergy::ZERO).unwrap();
        let expected = net(load as i64 - generation as i64);
        assert_eq!(plan.net, expected);
        assert_eq!(plan, PeriodPlan { net: expected, cost: plan.cost, ..PeriodPlan::default() });
        let price = if load > generation { 425_000_000_000_000 } else { 0 };
        assert_eq!(plan.cost.planck(), price * i128::from(expected.watt_hours()));
    }
}

#[test]
fn source_should_run_for_exports_only_when_they_earn_more() {
    let source = |cost| ControllableSource {
        minimum: Power::from_watts(10),
        maximum: Power::from_watts(1_000),
        cost: milli(cost),
    };
    let run = |cost| {
        let plant = wide(Plant { source: Some(source(cost)), ..Plant::default() });
        dispatch(&plant, &input(300, 0, 700, 400), HOUR, NetEnergy::ZERO).unwrap()
    };
    assert_eq!((run(399).source, run(399).net), (wh(1_000), net(-700)));
    assert_eq!((run(400).source, run(400).net), (wh(300), NetEnergy::ZERO));
    assert_eq!((run(700).source, run(700).net), (wh(300), NetEnergy::ZERO));
    assert_eq!((run(701).source, run(701).net), (wh(10), net(290)));
}

#[test]
fn controllable_load_should_run_only_when_it_is_worth_it() {
    let run = |value, generation| {
        let load = ControllableLoad {
            minimum: Power::from_watts(50),
            maximum: Power::from_watts(200),
            value: milli(value),
        };
        let plant = wide(Plant { load: Some(load), ..Plant::default() });
        let plan = dispatch(&plant, &input(0, generation, 700, 400), HOUR, NetEnergy::ZERO).unwrap();
        (plan.load, plan.net)
    };
    assert_eq!(run(700, 0), (wh(50), net(50)));
    assert_eq!(run(701, 0), (wh(200), net(200)));
    assert_eq!(run(400, 300), (wh(200), net(-100)));
    assert_eq!(run(399, 300), (wh(50), net(-250)));
}

#[test]
fn loss_should_round_against_the_participant_when_it_leaves_a_rest() {
    let tie_line = TieLine { loss: PartsPerMillion(30_000), cost: milli(10), ..TieLine::default() };
    let plant = wide(Plant { tie_line, ..Plant::default() });
    // 100 / 0.97 = 103.09; 100 * 0.97 = 97; 101 * 0.97 = 97.97.
    let import = dispatch(&plant, &input(100, 0, 700, 400), HOUR, NetEnergy::ZERO).unwrap();
    assert_eq!((import.net, import.lost), (net(104), wh(4)));
    assert_eq!(import.cost.planck(), 104 * 710_000_000_000_000);
    let export = dispatch(&plant, &input(0, 101, 700, 400), HOUR, NetEnergy::ZERO).unwrap();
    assert_eq!((export.net, export.lost), (net(-97), wh(4)));
    assert_eq!(export.cost.planck(), -97 * 390_000_000_000_000);
}

#[test]
fn generation_should_be_curtailed_when_it_finds_no_use() {
    let narrow = Plant {
        tie_line: TieLine { limit: Power::from_watts(60), ..TieLine::default() },
        ..Plant::default()
    };
    let plan = dispatch(&narrow, &input(20, 100, 700, 400), HOUR, NetEnergy::ZERO).unwrap();
    assert_eq!((plan.net, plan.curtailed), (net(-60), wh(20)));
    let dear =
        wide(Plant { tie_line: TieLine { cost: milli(401), ..TieLine::default() }, ..Plant::default() });
    let plan = dispatch(&dear, &input(20, 100, 700, 400), HOUR, NetEnergy::ZERO).unwrap();
    assert_eq!((plan.net, plan.curtailed), (NetEnergy::ZERO, wh(80)));
}

#[test]
fn load_should_stay_unserved_only_when_all_else_is_used_up() {
    let plant = Plant {
        source: Some(ControllableSource {
            minimum: Power::ZERO,
            maximum: Power::from_watts(30),
            cost: milli(9_000),
        }),
        load: Some(ControllableLoad {
            minimum: Power::from_watts(10),
            maximum: Power::from_watts(20),
            value: milli(8_000),
        }),
        tie_line: TieLine { limit: Power::from_watts(50), ..TieLine::default() },
        storage: None,
    };
    let plan = dispatch(&plant, &input(100, 5, 700, 400), HOUR, NetEnergy::ZERO).unwrap();
    assert_eq!((plan.source, plan.load, plan.net, plan.unserved), (wh(30), wh(0), net(50), wh(15)));
    let plan = dispatch(&plant, &input(80, 5, 700, 400), HOUR, NetEnergy::ZERO).unwrap();
    assert_eq!((plan.source, plan.load, plan.net, plan.unserved), (wh(30), wh(5), net(50), wh(0)));
}

#[test]
fn source_should_go_below_its_minimum_only_when_its_energy_finds_no_use() {
    let plant = Plant {
        source: Some(ControllableSource {
            minimum: Power::from_watts(100),
            maximum: Power::from_watts(100),
            cost: milli(1),
        }),
        tie_line: TieLine { limit: Power::from_watts(50), cost: milli(900), ..TieLine::default() },
        ..Plant::default()
    };
    let plan = dispatch(&plant, &input(20, 10, 700, 400), HOUR, NetEnergy::ZERO).unwrap();
    assert_eq!((plan.source, plan.net, plan.curtailed), (wh(70), net(-50), wh(10)));
}

#[test]
fn storage_flow_should_be_refused_when_nothing_can_balance_it() {
    let plant = Plant {
        tie_line: TieLine { limit: Power::from_watts(50), ..TieLine::default() },
        ..Plant::default()
    };
    let flow = |energy| dispatch(&plant, &input(10, 20, 700, 400), HOUR, net(energy)).map(|plan| plan.net);
    assert_eq!(flow(70), Ok(net(50)));
    assert_eq!(flow(71), Err(PlanError::StorageFlow));
    assert_eq!(flow(-60), Ok(net(-50)));
    assert_eq!(flow(-61), Err(PlanError::StorageFlow));
    assert_eq!(flow(i64::MIN), Err(PlanError::StorageFlow));
}

#[test]
fn plan_should_be_refused_when_a_figure_is_out_of_range() {
    let good = input(1, 1, 1, 1);
    let refused = |plant: Plant, input: PeriodInput| {
        let refused = dispatch(&plant, &input, HOUR, NetEnergy::ZERO).unwrap_err();
        assert_eq!(plan_day(&plant, &[input], HOUR), Err(refused));
        refused
    };
    let plant = Plant::default();
    let dear = Price::from_gwei(Price::MAX_IN_MARKET.gwei() + 1);
    let much = wh(Energy::MAX_PER_PERIOD.watt_hours() + 1);
    assert_eq!(refused(plant, PeriodInput { import_price: dear, ..good }), PlanError::PriceOutOfRange);
    assert_eq!(refused(plant, PeriodInput { load: much, ..good }), PlanError::EnergyOutOfRange);
    assert_eq!(refused(plant, PeriodInput { generation: much, ..good }), PlanError::EnergyOutOfRange);
    let above_one = PartsPerMillion(1_000_001);
    let tie_line = TieLine { loss: above_one, ..TieLine::default() };
    assert_eq!(refused(Plant { tie_line, ..plant }, good), PlanError::ShareAboveOne);
    let storage = Some(Storage { efficiency: above_one, ..Storage::default() });
    assert_eq!(refused(Plant { storage, ..plant }, good), PlanError::ShareAboveOne);
    let storage = Some(Storage { capacity: much, ..Storage::default() });
    assert_eq!(refused(Plant { storage, ..plant }, good), PlanError::EnergyOutOfRange);
    let source = Some(ControllableSource { minimum: Power::from_watts(1), ..Default::default() });
    assert_eq!(refused(Plant { source, ..plant }, good), PlanError::MinimumAboveMaximum);
    let load = Some(ControllableLoad { value: dear, ..Default::default() });
    assert_eq!(refused(Plant { load, ..plant }, good), PlanError::PriceOutOfRange);
}

#[test]
fn figures_should_not_overflow_when_they_are_the_greatest_allowed() {
    let power = Power::MAX;
    for loss in [0, 1, 999_999, 1_000_000] {
        let plant = Plant {
            source: Some(ControllableSource { minimum: power, maximum: power, cost: Price::MAX_IN_MARKET }),
            load: Some(ControllableLoad { minimum: power, maximum: power, value: Price::MAX_IN_MARKET }),
            tie_line: TieLine { limit: power, loss: PartsPerMillion(loss), cost: Price::MAX_IN_MARKET },
            storage: Some(Storage {
                capacity: Energy::MAX_PER_PERIOD,
                power,
                efficiency: PartsPerMillion(1),
            }),
        };
        let most = Energy::MAX_PER_PERIOD;
        let price = Price::MAX_IN_MARKET;
        let input =
            PeriodInput { load: most, generation: most, import_price: price, export_price: Price::MAX };
        let plans = plan_day(&plant, &[input; 24], u64::MAX).unwrap();
        assert!(plans.iter().all(|plan| plan.unserved.is_zero()));
        assert!(plans.iter().all(|plan| plan.cost.is_zero()));
    }
}

fn battery(capacity: u64, power: u64, efficiency: u32) -> Plant {
    let storage = Storage {
        capacity: wh(capacity),
        power: Power::from_watts(power),
        efficiency: PartsPerMillion(efficiency),
    };
    wide(Plant { storage: Some(storage), ..Plant::default() })
}

#[test]
fn storage_should_move_cheap_energy_to_the_dear_hour() {
    let plant = battery(1_000, 500, 900_000);
    let inputs = [input(0, 0, 100, 0), input(0, 0, 200, 0), input(0, 0, 120, 0), input(2_000, 0, 900, 0)];
    let plans = plan_day(&plant, &inputs, HOUR).unwrap();
    // It gives at most 500 in the dear hour, and takes the 450 and the 50 that make it as cheap as it can.
    let flows: Vec<_> = plans.iter().map(|plan| plan.storage.watt_hours()).collect();
    assert_eq!(flows, [500, 0, 56, -500]);
    assert_eq!(plans[3].net, net(1_500));
}

#[test]
fn storage_should_stay_still_when_moving_earns_nothing() {
    let plant = battery(1_000, 500, 1_000_000);
    let plans = plan_day(&plant, &[input(50, 0, 425, 425); 24], HOUR).unwrap();
    assert!(plans.iter().all(|plan| plan.storage.is_zero()));
    // At these prices what is lost on charging eats the gain.
    let plant = battery(1_000, 500, 500_000);
    let plans = plan_day(&plant, &[input(50, 0, 425, 0), input(50, 0, 850, 0)], HOUR).unwrap();
    assert!(plans.iter().all(|plan| plan.storage.is_zero()));
}

#[test]
fn storage_should_serve_load_before_it_earns_when_the_tie_line_is_full() {
    let mut plant = battery(1_000, 500, 1_000_000);
    plant.tie_line.limit = Power::from_watts(100);
    let inputs = [input(0, 0, 900, 0), input(0, 0, 900, 0), input(300, 0, 1, 0)];
    let plans = plan_day(&plant, &inputs, HOUR).unwrap();
    assert!(plans.iter().all(|plan| plan.unserved.is_zero()));
    assert_eq!(plans.iter().map(|plan| plan.net.watt_hours()).collect::<Vec<_>>(), [100, 100, 100]);
}

#[test]
fn grid_should_have_whole_steps_of_charging() {
    let grid = |capacity, power, efficiency, periods| {
        let storage = battery(capacity, power, efficiency).storage.unwrap();
        let grid = Grid::new(storage, HOUR, periods);
        (grid.step, grid.levels, grid.up, grid.down)
    };
    assert_eq!(grid(10_000, 2_500, 1_000_000, 24), (100, 100, 25, 25));
    // A period stores 2,250 Wh: 22 steps of 102.
    assert_eq!(grid(10_000, 2_500, 900_000, 24), (102, 98, 22, 24));
    assert_eq!(grid(10_000, 20_000, 1_000_000, 24), (100, 100, 100, 100));
    // Weak storage can't be filled in a day, and its step is what a period stores.
    assert_eq!(grid(1_000_000, 100, 900_000, 24), (90, 24, 1, 1));
    assert_eq!(grid(7, 100, 1_000_000, 24), (1, 7, 7, 7));
    assert_eq!(grid(199, 500, 1_000_000, 24), (1, 199, 199, 199));
    assert_eq!(grid(10_000, 0, 1_000_000, 24), (0, 0, 0, 0));
    assert_eq!(grid(0, 100, 1_000_000, 24), (0, 0, 0, 0));
    assert_eq!(grid(100, 100, 0, 24), (0, 0, 0, 0));
}

fn plants() -> impl Strategy<Value = Plant> {
    let range = || (0u64..5_000, 0u64..5_000).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let source = prop::option::of((range(), 0u64..1_500));
    let load = prop::option::of((range(), 0u64..1_500));
    let tie_line = (0u64..20_000, prop_oneof![Just(0u32), 0u32..300_000], 0u64..200);
    (source, load, tie_line).prop_map(|(source, load, (limit, loss, cost))| Plant {
        source: source.map(|((low, high), cost)| ControllableSource {
            minimum: Power::from_watts(low),
            maximum: Power::from_watts(high),
            cost: milli(cost),
        }),
        load: load.map(|((low, high), value)| ControllableLoad {
            minimum: Power::from_watts(low),
            maximum: Power::from_watts(high),
            value: milli(value),
        }),
        tie_line: TieLine { limit: Power::from_watts(limit), loss: PartsPerMillion(loss), cost: milli(cost) },
        storage: None,
    })
}

fn inputs() -> impl Strategy<Value = PeriodInput> {
    (0u64..20_000, 0u64..20_000, 0u64..1_500, 0u64..1_500)
        .prop_map(|(load, generation, import, export)| input(load, generation, import, export))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn dispatch_should_be_the_linear_programs_optimum(plant in plants(), input in inputs(), flow in -5_000i64..5_000) {
        let plan = dispatch(&plant, &input, HOUR, net(flow));
        let relaxed = relaxed_hour(&plant, &input, flow);
        let Ok(plan) = plan else {
            // What whole watt-hours can't balance, real numbers can by less than one.
            let less = relaxed_hour(&plant, &input, flow - flow.signum());
            prop_assert!(relaxed.is_none() || less.is_none() || dispatch(&plant, &input, HOUR, net(flow - flow.signum())).is_ok());
            return Ok(());
        };
        assert_balanced(&plant, &input, &plan);
        let (least, missed) = relaxed.expect("what can be carried out is feasible");
        let shed = plant.load.unwrap_or_default().minimum.watts().saturating_sub(plan.load.watt_hours());
        let turned_down = plant.source.unwrap_or_default().minimum.watts().saturating_sub(plan.source.watt_hours());
        let last_resorts = (plan.unserved.watt_hours() + shed + turned_down) as f64;
        prop_assert!(last_resorts > missed - 1e-3 && last_resorts < missed + 1.0 + 1e-3, "{} {}", last_resorts, missed);
        // A watt-hour more is drawn, arrives less, or is moved to the next in merit: below 3 ETH/kWh each.
        let cost = cost_in_eth(&[plan]);
        prop_assert!(cost > least - 0.009 && cost < least + 0.009, "{} {}", cost, least);
    }
}

/// The widest range of prices that the plant's end of a wide tie line sees, in ETH per watt-hour.
fn spread(plant: &Plant, input: &PeriodInput) -> f64 {
    let keep = 1.0 - f64::from(plant.tie_line.loss.0) / 1e6;
    let conversion = eth(plant.tie_line.cost);
    let export = (eth(input.export_price.min(input.import_price)) - conversion) * keep;
    (eth(input.import_price) + conversion) / keep - export.max(0.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn day_should_lie_within_one_step_of_the_linear_program(
        plant in plants(),
        inputs in prop::collection::vec(inputs(), 1..12),
        capacity in 0u64..50_000,
        power in 1u64..20_000,
        efficiency in 500_000u32..=1_000_000,
    ) {
        let mut plant = Plant { storage: battery(capacity, power, efficiency).storage, ..wide(plant) };
        // Nothing must be made: in the program storage could burn it by taking and giving at once.
        if let Some(source) = &mut plant.source {
            source.minimum = Power::ZERO;
        }
        let storage = plant.storage.unwrap();
        let plans = plan_day(&plant, &inputs, HOUR).unwrap();
        let grid = Grid::new(storage, HOUR, inputs.len());
        let mut charge = 0i64;
        for (input, plan) in inputs.iter().zip(&plans) {
            assert_balanced(&plant, input, plan);
            let flow = plan.storage.watt_hours();
            prop_assert!(flow.unsigned_abs() <= power);
            charge += if flow > 0 { flow * i64::from(efficiency) / 1_000_000 } else { flow };
            prop_assert!(charge >= 0 && charge.unsigned_abs() <= capacity + 2 * inputs.len() as u64);
        }
        prop_assert!(charge <= 2 * inputs.len() as i64, "ends with {}", charge);

        let cost = cost_in_eth(&plans);
        let efficiency = f64::from(efficiency) / 1e6;
        let steps = |count: usize| count as f64 * grid.step as f64;
        let on_the_grid = relaxed_day(&plant, &inputs, steps(grid.levels), steps(grid.up), steps(grid.down));
        let a_step: f64 =
            inputs.iter().map(|input| grid.step as f64 / efficiency / 4.0 * spread(&plant, input)).sum();
        // Three watt-hours a period are rounded, each below 3 ETH/kWh.
        let rounding = 0.009 * inputs.len() as f64;
        prop_assert!(cost <= on_the_grid + a_step + rounding, "{} {} {}", cost, on_the_grid, a_step);
        let free = relaxed_day(&plant, &inputs, capacity as f64, power as f64 * efficiency, power as f64);
        prop_assert!(cost >= free - rounding, "{} {}", cost, free);
    }
}

#[test]
fn day_should_be_planned_quickly_when_it_has_96_periods() {
    let plant = battery(10_000, 20_000, 900_000);
    let inputs: Vec<_> = (0..96)
        .map(|period| input(period * 37 % 900, period * 91 % 1_200, 300 + period * 53 % 700, 200))
        .collect();
    let start = std::time::Instant::now();
    plan_day(&plant, &inputs, 900_000).unwrap();
    // Some milliseconds with optimisation; a wide bound for a build without it on a busy machine.
    assert!(start.elapsed() < std::time::Duration::from_secs(5), "{:?}", start.elapsed());
}
