//! A shell microgrid: it offers what its tie line carries, in every period, and delivers nothing.

use crate::folder;
use market::bill::BillLine;
use market::{Delivery, Energy, Money, NetMoney, ParticipantId};
use scenario::simulate::Played;
use scenario::{Files, Scenario, simulate};

/// The paper's microgrid.
const MG1: ParticipantId = ParticipantId(3);

/// The paper's buyers, topped up each day, with what the microgrid forecasts and what it generates, in kWh, by day and
/// period, and the share of its offers' exposure that it has to cover.
fn market(forecast: impl Fn(u32, u16) -> u64, generation: impl Fn(u32, u16) -> u64, share: &str) -> Scenario {
    let read = |file: &str| std::fs::read_to_string(folder("paper").join(file)).unwrap();
    let settings = read("scenario.toml")
        .replace("balance_eth = 1500\n", "balance_eth = 1500\ndaily_top_up_eth = 1500\n")
        .replace("history_days = 7\n", &format!("history_days = 7\nexposure_share = {share}\n"));
    let header = "day,period,participant,kwh\n";
    let days = |of: &dyn Fn(u32, u16) -> u64| {
        let lines = (0..4).flat_map(|day| (0..24).map(move |period| (day, period)));
        let lines = lines.map(|(day, period)| format!("{day},{period},MG1,{}\n", of(day, period)));
        header.to_owned() + &lines.collect::<String>()
    };
    let files = [
        ("scenario.toml", settings),
        ("history.csv", read("history.csv")),
        ("demand.csv", read("demand.csv")),
        ("forecast.csv", days(&forecast)),
        ("generation.csv", days(&generation)),
    ];
    Scenario::from_files(&Files::new("shell", files)).unwrap()
}

fn sold(line: &BillLine) -> Energy {
    line.peer_to_peer.unwrap_or_default().outward()
}

/// When the microgrid sold, and how much, in watt-hours.
fn sales(played: &Played) -> Vec<(Delivery, u64)> {
    let lines = played.lines.iter().filter(|line| line.participant == MG1 && !sold(line).is_zero());
    lines.map(|line| (line.delivery, sold(line).watt_hours())).collect()
}

/// What a shell offers from the first peak period on.
const fn shell(day: u32, period: u16) -> u64 {
    if day == 0 && period < 8 { 0 } else { 400 }
}

#[test]
fn shell_should_sell_until_its_first_period_is_settled_and_nothing_after() {
    let played = simulate(&market(shell, |_, _| 0, "0"), 3);
    let sales = sales(&played);
    // The first period is settled a quarter into the second, which is traded by then.
    let when: Vec<_> = sales.iter().map(|(delivery, _)| *delivery).collect();
    assert_eq!(when, [8, 9].map(|period| Delivery { day: 0, period }));
    // The supplier bought at the tariff what was sold at bids (5): the rest is its claim.
    let debt = played.balances[3].debt;
    println!(
        "a shell microgrid sells {} Wh and owes {debt} ETH",
        sales.iter().map(|(_, sold)| sold).sum::<u64>()
    );
    let most = Money::parse_decimal("516").unwrap().paid().unwrap();
    assert!(debt > NetMoney::ZERO && debt < most, "{debt}");
}

#[test]
fn shell_should_sell_what_it_covers_when_offers_have_to_be_covered() {
    // The paper's microgrid begins with nothing, so that it sells nothing.
    let played = simulate(&market(shell, |_, _| 0, "0.1"), 3);
    assert_eq!((sales(&played), played.balances[3].debt), (vec![], NetMoney::ZERO));
    // With money for one period it sells in that, and pays all that the supplier buys for it.
    let mut scenario = market(shell, |_, _| 0, "1");
    scenario.participants[3].balance = Money::parse_decimal("258").unwrap();
    let played = simulate(&scenario, 1);
    let sales = sales(&played);
    assert_eq!(sales.iter().map(|(delivery, _)| delivery.period).collect::<Vec<_>>(), [8]);
    assert_eq!((played.balances[3].debt, played.balances[3].held), (NetMoney::ZERO, Money::ZERO));
}

#[test]
fn money_should_cover_one_day_after_the_other_when_a_seller_delivers() {
    // It offers 10 kWh an hour and delivers them. What it begins with covers three hours at the valley tariff, and what
    // they bring covers the next day's.
    let mut scenario = market(|_, _| 10, |_, _| 10, "1");
    scenario.participants[3].balance = Money::parse_decimal("1.35").unwrap();
    let played = simulate(&scenario, 3);
    let of_day = |day| sales(&played).into_iter().filter(|(at, _)| at.day == day).collect::<Vec<_>>();
    assert_eq!(of_day(0), [0, 1, 2].map(|period| (Delivery { day: 0, period }, 10_000)));
    assert!((16..24).contains(&of_day(1).len()), "{:?}", of_day(1));
    assert_eq!(of_day(2).len(), 24);
    assert!(played.balances.iter().all(|balance| balance.held.is_zero()));
}

#[test]
fn debt_should_be_earned_off_when_a_shell_begins_to_deliver() {
    // A shell on the first day, until it makes 10 kWh an hour, and offers no more than that from the second day on.
    let offers = |day, period| if day == 0 { shell(day, period) } else { 10 };
    let delivers = |day, period| if day == 0 && period < 10 { 0 } else { 10 };
    let played = simulate(&market(offers, delivers, "0"), 4);
    let sales = sales(&played);
    let of_day = |day| sales.iter().filter(|(at, _)| at.day == day).copied().collect::<Vec<_>>();
    assert_eq!(of_day(0).iter().map(|(at, _)| at.period).collect::<Vec<_>>(), [8, 9]);
    // In the hours in which it delivered the day before it sells as much, though it owes.
    let expected: Vec<_> = (10..24).map(|period| (Delivery { day: 1, period }, 10_000)).collect();
    assert_eq!(of_day(1), expected);
    assert_eq!(of_day(3).len(), 24);
    assert_eq!(played.balances[3].debt, NetMoney::ZERO);
}
