//! A meter that reports nothing.

use super::*;
use runtime::genesis_config_presets::{AGENT_FLOAT, development};

/// LA1 buys 100 kWh of MG1 at 0.4 ETH/kWh, uses 110 and MG1 gives 100; those named stay silent. Gives what LA1 pays in
/// all and MG1 gets.
fn played(silent: &[&str]) -> (NetMoney, NetMoney) {
    let mut outcome = Default::default();
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        trade(chain, &calendar, FIRST, &[("LA1", at("0.4"))]);
        let mut readings = vec![("LA1", "110", "0"), ("MG1", "0", "100")];
        readings.retain(|(name, ..)| !silent.contains(name));
        settle(chain, &calendar, FIRST, &readings);
        let of = |name| Runtime::line(FIRST, id(name)).unwrap().line.total();
        outcome = (of("LA1"), of("MG1"));
    });
    outcome
}

/// What a line says was used, and whether that is an estimate.
fn used(name: &str, delivery: Delivery) -> (NetEnergy, bool) {
    let line = Runtime::line(delivery, id(name)).unwrap().line;
    (line.actual.unwrap(), line.estimated)
}

#[test]
fn silence_should_cost_more_than_a_reading_when_a_meter_reports_nothing() {
    assert_eq!(played(&[]), (net_eth("44.25"), net_eth("-40")));
    // Nothing is known of a buyer yet: it is taken to have used what its tie line carries, 400 kWh.
    assert_eq!(played(&["LA1"]), (net_eth("167.5"), net_eth("-40")));
    // A seller is taken to have given nothing: it buys what it sold at the tariff, and loses more than it got.
    assert_eq!(played(&["MG1"]), (net_eth("44.25"), net_eth("2.5")));
    assert_eq!(played(&["LA1", "MG1"]), (net_eth("167.5"), net_eth("2.5")));
}

/// Nothing is gained by a reading that comes late, nor by a second one.
#[test]
fn money_should_be_the_readings_when_a_silent_meter_reports_at_last() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        trade(chain, &calendar, FIRST, &[("LA1", at("0.4"))]);
        settle(chain, &calendar, FIRST, &[("MG1", "0", "100")]);
        assert_eq!(free(&account("LA1")), eth("1332.5"));
        let now = calendar.metering(FIRST).to + SLOT;
        chain.block_of(now, vec![read("LA1", FIRST, "110", "0")]);
        assert_eq!(free(&account("LA1")), eth("1455.75"));
        assert_eq!(free(&account("RES")), eth("1004.25"));
        let results = chain.block(now + SLOT, vec![read("LA1", FIRST, "1", "0")]);
        assert_refused(&results[0], pallet_settlement::Error::<Runtime>::AlreadyRead);
        assert_eq!(free(&account("LA1")), eth("1455.75"));
    });
}

/// Of a member that neither released nor ever reported the chain knows that it has a meter.
#[test]
fn member_should_be_billed_for_its_tie_line_when_it_never_took_part_and_never_reported() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        trade(chain, &calendar, FIRST, &[("LA1", at("0.4"))]);
        settle_with(chain, &calendar, FIRST, &[("LA1", "110", "0"), ("MG1", "0", "100"), ("LA2", "0", "0")]);
        assert_eq!(used("LA4", FIRST), (net_kwh("400"), true));
        assert_eq!(used("LA2", FIRST), (NetEnergy::ZERO, false));
        assert_eq!(free(&account("LA4")), eth("1330"));
        // Its true reading corrects that, though it had released nothing.
        let late = read("LA4", FIRST, "10", "0");
        chain.block_of(calendar.metering(FIRST).to + SLOT, vec![late]);
        assert_eq!(free(&account("LA4")), eth("1495.75"));
    });
}

/// A seller that released nothing loses nothing where its reading is late: it is paid what it gave.
#[test]
fn exporter_should_be_paid_when_its_reading_is_late_and_it_had_released_nothing() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[]);
        let silent_mg1 = METERS.map(|name| (name, "0", "0"));
        settle_with(chain, &calendar, FIRST, &silent_mg1[..4]);
        assert_eq!(used("MG1", FIRST), (NetEnergy::ZERO, true));
        let late = read("MG1", FIRST, "0", "100");
        chain.block_of(calendar.metering(FIRST).to + SLOT, vec![late]);
        assert_eq!(free(&account("MG1")), eth("38"));
    });
}

/// A release on some days, on one or on none, is no way out of silence: it is judged by readings alone.
#[test]
fn member_should_not_escape_when_it_stays_silent_and_releases_on_some_days_only() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("1")]), ("LA2", &[buy("1")])]);
        let readings = METERS.map(|name| (name, "7", "0"));
        settle(chain, &calendar, FIRST, &readings);
        let days = u32::from(development().history_days);
        // LA1 releases next to nothing on each second day, LA2 never again; neither reports.
        for delivery in
            (0..=days + 1).flat_map(|day| (0..24).map(move |period| Delivery { day, period })).skip(1)
        {
            let day = delivery.day + 1;
            let positions = vec![buy("0.001"); 24].try_into().unwrap();
            let call = pallet_energy_tasks::Call::release { day, positions };
            let is_open = delivery.period == 15 && day % 2 == 0;
            let window = calendar.metering(delivery);
            let calls = if is_open { vec![by_agent("LA1", 0, call)] } else { Vec::new() };
            chain.block_of(window.from + SLOT, calls);
            chain.block_of(window.from + 2 * SLOT, Vec::new());
            chain.block_of(window.to, Vec::new());
        }
        let on = |day| Delivery { day, ..FIRST };
        for name in ["LA1", "LA2"] {
            assert_eq!(used(name, on(1)), (net_kwh("7"), true), "{name}");
            assert_eq!(used(name, on(days)), (net_kwh("7"), true), "{name}");
            assert_eq!(used(name, on(days + 1)), (net_kwh("400"), true), "{name}");
        }
    });
}

/// A suspended member goes on using energy, and one that is registered later has no line before.
#[test]
fn line_should_be_there_from_the_registration_on_when_a_member_is_suspended_or_new() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[]);
        let suspend = pallet_participants::Call::suspend { id: id("LA3") };
        let stored = pallet_participants::Participants::<Runtime>::get(id("LA3")).unwrap();
        let mut newcomer = stored.participant;
        newcomer.name = b"LA5".to_vec().try_into().unwrap();
        (newcomer.account, newcomer.agent) = (account("LA5"), agent_account("LA5"));
        newcomer.meter = meter("LA5").public().0;
        let register = pallet_participants::Call::register { participant: newcomer };
        let by_operator = |ahead, call: RuntimeCall| {
            let call = pallet_sudo::Call::sudo { call: Box::new(call) };
            by_account_with("Alice", ahead, 0, call)
        };
        // Amid the first period.
        let fees =
            BalancesCall::transfer_allow_death { dest: agent_account("LA5").into(), value: AGENT_FLOAT };
        let now = calendar.start(FIRST) + SLOT;
        let operator = vec![
            by_operator(0, suspend.into()),
            by_operator(1, register.into()),
            by_account_with("Alice", 2, 0, fees),
        ];
        chain.block_of(now, operator);
        let silent = [("LA1", "0", "0"), ("LA2", "0", "0"), ("LA4", "0", "0"), ("MG1", "0", "0")];
        settle_with(chain, &calendar, FIRST, &silent);
        assert_eq!(used("LA3", FIRST), (net_kwh("400"), true));
        assert_eq!(Runtime::line(FIRST, id("LA5")), None);
        let refused = chain.block(calendar.metering(FIRST).to + SLOT, vec![read("LA5", FIRST, "1", "0")]);
        assert_refused(&refused[0], pallet_settlement::Error::<Runtime>::BeforeRegistration);
        settle_with(chain, &calendar, SECOND, &silent);
        assert_eq!(used("LA5", SECOND), (net_kwh("400"), true));
        assert_eq!(used("LA3", SECOND), (net_kwh("400"), true));
    });
}
