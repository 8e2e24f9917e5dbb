//! The paper's market day, from Table 4's volumes and readings through bidding (5), clearing and
//! settlement (4) to the balances; and the balance of money over random days.

use market::bidding::{BidContext, demand_share};
use market::bill::{BillLine, Totals};
use market::clearing::{Order, Pricing, QueueKey, Trade, clear, lot};
use market::limits::{check_bid, check_offer};
use market::settlement::{balance, grid_cost};
use market::tariff::{GridPrices, TariffStep, check_steps, price_at};
use market::{Delivery, Energy, Money, NetEnergy, NetMoney, ParticipantId, Price, Role};
use proptest::prelude::*;

const TABLE_4: &str = include_str!("paper/table4.csv");
const EXPECTED_DAY: &str = include_str!("paper/expected_day.csv");
const TARIFF: &str = include_str!("paper/tariff.csv");

const HOUR: u64 = 3_600_000;
const FEED_IN: Price = Price::from_gwei(380_000_000);
const SEED: u64 = 980_429;

/// LA1, LA2 and LA3 are 0, 1 and 2; a random day may have some more before the microgrid.
const LOAD_AGGREGATORS: usize = 3;
const MG: ParticipantId = ParticipantId(100);
const RES: ParticipantId = ParticipantId(101);

/// What happens in one period: for each load aggregator its volume and reading, for the microgrid what it
/// offers and makes.
#[derive(Debug)]
struct Period {
    prices: GridPrices,
    volumes: Vec<Energy>,
    demand: Vec<Energy>,
    offer: Energy,
    reserve: Price,
    generation: Energy,
}

/// A settled period.
struct Settled {
    bids: Vec<Option<Price>>,
    trades: Vec<Trade>,
    /// One for each participant, the supplier's last.
    lines: Vec<BillLine>,
}

/// The rows of a CSV behind its header, with the cells of the named columns.
fn columns<'a>(csv: &'a str, names: &[&str]) -> Vec<Vec<&'a str>> {
    let mut lines = csv.lines();
    let header: Vec<_> = lines.next().unwrap().split(',').collect();
    let places: Vec<_> =
        names.iter().map(|name| header.iter().position(|column| column == name).unwrap()).collect();
    lines
        .map(|line| {
            let cells: Vec<_> = line.split(',').collect();
            places.iter().map(|place| cells[*place]).collect()
        })
        .collect()
}

fn energies(csv: &str, names: &[&str]) -> Vec<Vec<Energy>> {
    let energy = |cell: &str| Energy::parse_decimal(cell).unwrap();
    columns(csv, names).into_iter().map(|row| row.into_iter().map(energy).collect()).collect()
}

fn tariff() -> Vec<TariffStep> {
    let offset = |time: &str| time.split_once(':').unwrap().0.parse::<u64>().unwrap() * HOUR;
    let steps: Vec<_> = columns(TARIFF, &["from", "to", "res_buy_eth_per_kwh"])
        .into_iter()
        .map(|row| TariffStep {
            from: offset(row[0]),
            to: offset(row[1]),
            price: Price::parse_decimal(row[2]).unwrap(),
        })
        .collect();
    check_steps(&steps, FEED_IN, 24 * HOUR).unwrap();
    steps
}

fn papers_day() -> Vec<Period> {
    let volumes = energies(TABLE_4, &["la1_expected_kwh", "la2_expected_kwh", "la3_expected_kwh"]);
    let demand = energies(TABLE_4, &["la1_actual_kwh", "la2_actual_kwh", "la3_actual_kwh"]);
    let residual = energies(TABLE_4, &["mg_residual_kwh"]);
    let steps = tariff();
    (0u64..)
        .zip(volumes)
        .zip(demand)
        .zip(residual)
        .map(|(((hour, volumes), demand), residual)| Period {
            prices: GridPrices { tariff: price_at(&steps, hour * HOUR).unwrap(), feed_in: FEED_IN },
            volumes,
            demand,
            offer: residual[0],
            reserve: FEED_IN,
            generation: residual[0],
        })
        .collect()
}

fn id(index: usize) -> ParticipantId {
    ParticipantId(u32::try_from(index).unwrap())
}

fn energy_of(trades: &[Trade], of: impl Fn(&Trade) -> bool) -> Energy {
    trades.iter().filter(|trade| of(trade)).map(|trade| trade.energy).sum()
}

fn money_of(trades: &[Trade], of: impl Fn(&Trade) -> bool) -> Money {
    trades.iter().filter(|trade| of(trade)).map(|trade| trade.price.amount(trade.energy).unwrap()).sum()
}

fn line(
    delivery: Delivery,
    (participant, role): (ParticipantId, Role),
    actual: NetEnergy,
    trades: &[Trade],
    prices: GridPrices,
) -> BillLine {
    let bought = energy_of(trades, |trade| trade.buyer == participant).bought().unwrap();
    let sold = energy_of(trades, |trade| trade.seller == participant).sold().unwrap();
    let paid = money_of(trades, |trade| trade.buyer == participant).paid().unwrap();
    let received = money_of(trades, |trade| trade.seller == participant).received().unwrap();
    let peer_to_peer = bought.checked_add(sold).unwrap();
    let balancing = balance(actual, peer_to_peer, prices).unwrap();
    BillLine {
        delivery,
        participant,
        role,
        expected: None,
        bid: None,
        peer_to_peer: Some(peer_to_peer),
        peer_to_peer_money: Some(paid.checked_add(received).unwrap()),
        actual: Some(actual),
        estimated: false,
        balanced: balancing.energy,
        balanced_money: balancing.money,
        grid_only: grid_cost(actual, prices).unwrap(),
    }
}

/// The supplier's line: it balances what all others are balanced for.
fn suppliers_line(delivery: Delivery, members: &[BillLine]) -> BillLine {
    let sum = Totals::of(members);
    BillLine {
        delivery,
        participant: RES,
        role: Role::RetailSupplier,
        expected: None,
        bid: None,
        peer_to_peer: None,
        peer_to_peer_money: None,
        actual: None,
        estimated: false,
        balanced: sum.balanced.checked_neg().unwrap(),
        balanced_money: sum.balanced_money.checked_neg().unwrap(),
        grid_only: sum.grid_only.checked_neg().unwrap(),
    }
}

fn settle(number: u16, period: &Period, pricing: Pricing) -> Settled {
    let delivery = Delivery { day: 0, period: number };
    let total = period.volumes.iter().copied().sum();
    check_offer(period.reserve, Price::ZERO, period.prices.feed_in).unwrap();
    let bids: Vec<_> = period
        .volumes
        .iter()
        .map(|volume| demand_share(&BidContext { volume: *volume, total, prices: period.prices }))
        .collect();
    let orders = bids.iter().zip(&period.volumes).enumerate().filter_map(|(index, (bid, volume))| {
        let (bid, bidder) = ((*bid)?, id(index));
        check_bid(bid, Some(Price::ZERO), period.prices.tariff).unwrap();
        Some(Order { key: QueueKey::of_bid(bid, lot(SEED, delivery, bidder), bidder), open: *volume })
    });
    let offer =
        Order { key: QueueKey::of_offer(period.reserve, lot(SEED, delivery, MG), MG), open: period.offer };
    let trades = clear(orders.collect(), vec![offer], pricing);
    let buyers = period.demand.iter().enumerate().map(|(index, demand)| {
        let buyer = (id(index), Role::LoadAggregator);
        line(delivery, buyer, demand.bought().unwrap(), &trades, period.prices)
    });
    let seller =
        line(delivery, (MG, Role::Microgrid), period.generation.sold().unwrap(), &trades, period.prices);
    let mut lines: Vec<_> = buyers.chain([seller]).collect();
    lines.push(suppliers_line(delivery, &lines));
    Settled { bids, trades, lines }
}

fn settle_day(day: &[Period], pricing: Pricing) -> Vec<Settled> {
    (0u16..).zip(day).map(|(number, period)| settle(number, period, pricing)).collect()
}

fn totals_of(day: &[Settled], participant: ParticipantId) -> Totals {
    Totals::of(day.iter().flat_map(|period| &period.lines).filter(|line| line.participant == participant))
}

fn assert_near(found: NetMoney, expected: &str) {
    let expected = NetMoney::parse_decimal(expected).unwrap();
    let difference = found.checked_sub(expected).unwrap().planck().unsigned_abs();
    assert!(difference < 10_000_000_000_000, "{found} is not within 0.00001 ETH of {expected}");
}

#[test]
fn bids_and_energies_should_be_the_expected_days_to_the_digit() {
    let day = papers_day();
    let settled = settle_day(&day, Pricing::PayAsBid);
    let bids = columns(EXPECTED_DAY, &["la1_bid", "la2_bid", "la3_bid"]);
    let bought = energies(EXPECTED_DAY, &["la1_p2p_kwh", "la2_p2p_kwh", "la3_p2p_kwh"]);
    let unsold = energies(EXPECTED_DAY, &["mg_unsold_kwh"]);
    assert_eq!((settled.len(), bids.len()), (24, 24));
    for (number, period) in settled.iter().enumerate() {
        for la in 0..LOAD_AGGREGATORS {
            let expected = Price::parse_decimal(bids[number][la]).unwrap();
            // Six places: half of the last one is 500 gwei.
            let rounded = period.bids[la].unwrap().gwei().saturating_add(500) / 1_000 * 1_000;
            assert_eq!(Price::from_gwei(rounded), expected, "bid of LA{} in period {number}", la + 1);
            let got = energy_of(&period.trades, |trade| trade.buyer == id(la));
            assert_eq!(got, bought[number][la], "energy of LA{} in period {number}", la + 1);
        }
        let sold = energy_of(&period.trades, |trade| trade.seller == MG);
        assert_eq!(day[number].offer.checked_sub(sold), Some(unsold[number][0]), "period {number}");
    }
}

#[test]
fn bids_should_be_table_4s_when_the_one_that_disagrees_with_its_formula_is_left_out() {
    let printed = columns(TABLE_4, &["la1_bid_eth_per_kwh", "la2_bid_eth_per_kwh", "la3_bid_eth_per_kwh"]);
    let mut disagree = Vec::new();
    for (number, period) in settle_day(&papers_day(), Pricing::PayAsBid).iter().enumerate() {
        for la in 0..LOAD_AGGREGATORS {
            let printed = Price::parse_decimal(printed[number][la]).unwrap().gwei();
            if period.bids[la].unwrap().gwei().abs_diff(printed) > 500_000 {
                disagree.push((number, la));
            }
        }
    }
    assert_eq!(disagree, [(22, 0)]);
}

#[test]
fn balances_should_be_the_papers_when_the_day_is_over() {
    let day = settle_day(&papers_day(), Pricing::PayAsBid);
    let mut sum = NetMoney::ZERO;
    for (participant, initial, end) in [
        (id(0), "1500", "761.359090"),
        (id(1), "1500", "734.464580"),
        (id(2), "1500", "438.110541"),
        (MG, "0", "1246.678438"),
        (RES, "1000", "2319.387350"),
    ] {
        let initial = NetMoney::parse_decimal(initial).unwrap();
        let balance = initial.checked_sub(totals_of(&day, participant).total()).unwrap();
        assert_near(balance, end);
        sum = sum.checked_add(balance).unwrap();
    }
    assert_eq!(sum, NetMoney::parse_decimal("5500").unwrap());
}

#[test]
fn costs_on_the_grid_alone_should_be_the_papers() {
    let day = settle_day(&papers_day(), Pricing::PayAsBid);
    for (participant, cost) in
        [(id(0), "818.888"), (id(1), "880.10425"), (id(2), "1311.63"), (MG, "-1020.11")]
    {
        assert_eq!(totals_of(&day, participant).grid_only, NetMoney::parse_decimal(cost).unwrap());
    }
}

#[test]
fn savings_should_be_the_recomputed_ones() {
    let day = settle_day(&papers_day(), Pricing::PayAsBid);
    for (participant, expected) in
        [(id(0), 9_799_500), (id(1), 13_017_600), (id(2), 19_040_500), (MG, 22_210_200)]
    {
        let saving: i64 = totals_of(&day, participant).saving().unwrap();
        assert!(saving.abs_diff(expected) <= 50, "{participant:?}: {saving}");
    }
}

#[test]
fn energy_should_be_the_papers_in_sum() {
    let day = settle_day(&papers_day(), Pricing::PayAsBid);
    let microgrid = totals_of(&day, MG);
    assert_eq!(microgrid.peer_to_peer.outward().to_string(), "1736.020");
    assert_eq!(microgrid.balanced.outward().to_string(), "948.480");
    assert_eq!(microgrid.actual.outward().to_string(), "2684.500");
}

fn periods() -> impl Strategy<Value = Period> {
    let energy = || (0u64..200_000).prop_map(Energy::from_watt_hours);
    let price = || 0u64..2_000_000_000;
    ((price(), price(), price()), prop::collection::vec((energy(), energy()), 1..20), (energy(), energy()))
        .prop_map(|((feed_in, above, reserve), buyers, (offer, generation))| Period {
            prices: GridPrices {
                tariff: Price::from_gwei(feed_in + above),
                feed_in: Price::from_gwei(feed_in),
            },
            volumes: buyers.iter().map(|(volume, _)| *volume).collect(),
            demand: buyers.iter().map(|(_, demand)| *demand).collect(),
            offer,
            reserve: Price::from_gwei(feed_in + reserve / 4),
            generation,
        })
}

proptest! {
    #[test]
    fn money_and_energy_should_sum_to_zero_in_each_period(
        day in prop::collection::vec(periods(), 24),
        uniform: bool,
    ) {
        let pricing = if uniform { Pricing::Uniform } else { Pricing::PayAsBid };
        for period in settle_day(&day, pricing) {
            let sum = Totals::of(&period.lines);
            prop_assert_eq!(sum.total(), NetMoney::ZERO);
            prop_assert_eq!(sum.balanced_money, NetMoney::ZERO);
            prop_assert_eq!(sum.peer_to_peer_money, NetMoney::ZERO);
            prop_assert_eq!(sum.grid_only, NetMoney::ZERO);
            prop_assert_eq!(sum.peer_to_peer, NetEnergy::ZERO);
            prop_assert_eq!(sum.balanced, NetEnergy::ZERO);
            for line in period.lines {
                if let (Some(actual), Some(traded)) = (line.actual, line.peer_to_peer) {
                    prop_assert_eq!(traded.checked_add(line.balanced), Some(actual));
                }
            }
        }
    }
}
