//! `gridbid best-response`: what each buyer gains by answering the others' bids (5) best.

use crate::output::{Format, print_json, print_line, read};
use crate::tables::{eth, table};
use anyhow::Result;
use market::{Day, NetMoney};
use scenario::Scenario;
use scenario::best_response::{Bid, Cost, Response, best_responses};
use scenario::report::percent;
use serde_json::{Value, json};
use std::path::Path;

/// Computes and prints the best responses on a day of a scenario.
pub fn run(folder: &Path, day: Day, format: Format) -> Result<()> {
    let scenario = read(folder)?;
    let responses = best_responses(&scenario, day);
    match format {
        Format::Text => {
            print_line(format_args!("{}, day {day}\n\n{}", scenario.name, as_table(&scenario, &responses)))
        }
        Format::Json => print_json(&as_json(&scenario, day, &responses)),
    }
}

fn name_of(scenario: &Scenario, response: &Response) -> String {
    scenario.participant(response.participant).map(|member| member.name.clone()).unwrap_or_default()
}

/// What a buyer pays less than by (5), and what the sellers receive less.
fn gain(response: &Response, other: Cost) -> Cost {
    Cost {
        buyer: response.formula.buyer.saturating_sub(other.buyer),
        sellers: other.sellers.saturating_sub(response.formula.sellers),
    }
}

/// A gain as a share of what is paid by (5), in per cent.
fn share(gain: NetMoney, response: &Response) -> Option<String> {
    let millionths =
        gain.planck().checked_mul(100_000_000)?.checked_div(response.formula.buyer.planck().abs())?;
    Some(percent(i64::try_from(millionths).ok()?))
}

fn as_table(scenario: &Scenario, responses: &[Response]) -> String {
    let header = [
        "buyer",
        "by (5) ETH",
        "best price ETH",
        "gain ETH",
        "gain %",
        "sellers lose ETH",
        "best volume and price ETH",
        "gain ETH",
        "gain %",
        "sellers lose ETH",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for response in responses {
        let mut row = vec![name_of(scenario, response), eth(response.formula.buyer)];
        for cost in [response.best, response.released] {
            let gain = gain(response, cost);
            row.extend([
                eth(cost.buyer),
                eth(gain.buyer),
                share(gain.buyer, response).unwrap_or_default(),
                eth(gain.sellers),
            ]);
        }
        rows.push(row);
    }
    table(&rows)
}

fn as_json(scenario: &Scenario, day: Day, responses: &[Response]) -> Value {
    let bid = |bid: Bid| {
        bid.map(|(volume, price)| json!({ "kwh": volume.to_string(), "eth_per_kwh": price.to_string() }))
    };
    let cost = |response: &Response, cost: Cost| {
        let gain = gain(response, cost);
        json!({
            "pays_eth": cost.buyer.to_market_decimal().to_string(),
            "gain_eth": gain.buyer.to_market_decimal().to_string(),
            "gain_percent": share(gain.buyer, response),
            "sellers_lose_eth": gain.sellers.to_market_decimal().to_string(),
        })
    };
    let buyer = |response: &Response| {
        let periods = response.periods.iter().map(|period| {
            json!({
                "period": period.delivery.period,
                "formula": bid(period.formula),
                "best_price": bid(period.best),
                "best_volume_and_price": bid(period.released),
            })
        });
        json!({
            "buyer": name_of(scenario, response),
            "formula": cost(response, response.formula),
            "best_price": cost(response, response.best),
            "best_volume_and_price": cost(response, response.released),
            "periods": periods.collect::<Vec<_>>(),
        })
    };
    json!({ "name": scenario.name, "day": day, "buyers": responses.iter().map(buyer).collect::<Vec<_>>() })
}
