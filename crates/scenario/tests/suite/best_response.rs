//! What buyers gain by answering the others' bids (5) best.

use market::NetMoney;
use scenario::best_response::{Response, best_responses};
use scenario::{Scenario, simulate};

fn responses() -> Vec<Response> {
    best_responses(&Scenario::paper().unwrap(), 0)
}

#[test]
fn formulas_cost_should_be_the_simulations() {
    let scenario = Scenario::paper().unwrap();
    let lines = simulate(&scenario, 1).lines;
    let responses = responses();
    assert_eq!(responses.len(), 3);
    for response in responses {
        let own = lines.iter().filter(|line| line.participant == response.participant);
        assert_eq!(own.clone().map(market::bill::BillLine::total).sum::<NetMoney>(), response.formula.buyer);
        let bids: Vec<_> = own.map(|line| line.bid).collect();
        let formula: Vec<_> = response.periods.iter().map(|p| p.formula.map(|(_, price)| price)).collect();
        assert_eq!(bids, formula);
        let sellers = lines.iter().filter(|line| line.participant.0 == 3);
        assert_eq!(sellers.map(market::bill::BillLine::total).sum::<NetMoney>(), response.formula.sellers);
    }
}

/// The figures of docs/security.md: what each pays by (5), with the best prices, with the best volumes and prices.
#[test]
fn best_answers_should_cost_less_than_the_formula_on_the_papers_day() {
    let expected = [
        ["738.640909667170", "629.993611376700", "465.777307610960"],
        ["765.535419687960", "638.387964993320", "486.833718771100"],
        ["1061.889458050780", "970.345855048560", "884.286155445660"],
    ];
    let found = responses().into_iter().map(|response| {
        [response.formula, response.best, response.released]
            .map(|cost| cost.buyer.to_market_decimal().to_string())
    });
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

/// The best prices are looked for at those of others only: none between them may do better.
#[test]
fn best_price_should_be_found_when_all_prices_of_a_grid_are_tried() {
    use market::bidding::{BidContext, demand_share};
    use market::clearing::{Order, QueueKey, clear, lot};
    use market::settlement::balance;
    use market::{Energy, NetEnergy, ParticipantId, Price};
    let scenario = Scenario::paper().unwrap();
    let lines = simulate(&scenario, 1).lines;
    let of = |delivery, id| {
        *lines.iter().find(|line| line.delivery == delivery && line.participant == ParticipantId(id)).unwrap()
    };
    for response in responses() {
        for period in response.periods.iter().step_by(5) {
            let delivery = period.delivery;
            let prices = scenario.prices(delivery.period);
            let volumes = [0, 1, 2].map(|id| of(delivery, id).expected.unwrap().inward());
            let total: Energy = volumes.into_iter().sum();
            let own = of(delivery, response.participant.0);
            let offered = of(delivery, 3).expected.unwrap().outward();
            let cost = |price: Option<Price>| {
                let bid = |id: u32| {
                    let volume = volumes[id as usize];
                    let formula = demand_share(&BidContext { volume, total, prices });
                    let price = if ParticipantId(id) == response.participant { price } else { formula };
                    let id = ParticipantId(id);
                    Some(Order {
                        key: QueueKey::of_bid(price?, lot(scenario.seed, delivery, id), id),
                        open: volume,
                    })
                };
                let key = QueueKey::of_offer(
                    prices.feed_in,
                    lot(scenario.seed, delivery, ParticipantId(3)),
                    ParticipantId(3),
                );
                let trades = clear(
                    (0..3).filter_map(bid).collect(),
                    vec![Order { key, open: offered }],
                    scenario.pricing,
                );
                let mine: Vec<_> =
                    trades.iter().filter(|trade| trade.buyer == response.participant).collect();
                let energy: NetEnergy = mine.iter().filter_map(|trade| trade.energy.bought()).sum();
                let money: NetMoney =
                    mine.iter().filter_map(|trade| trade.price.amount(trade.energy)?.paid()).sum();
                money.checked_add(balance(own.actual.unwrap(), energy, prices).unwrap().money).unwrap()
            };
            let best = cost(period.best.map(|(_, price)| price));
            let floor = 200_000_000;
            for gwei in (floor..=prices.tariff.gwei()).step_by(250_000) {
                assert!(cost(Some(Price::from_gwei(gwei))) >= best, "{delivery} {gwei}");
            }
            assert!(cost(None) >= best);
        }
    }
}
