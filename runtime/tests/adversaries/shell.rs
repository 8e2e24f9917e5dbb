//! A shell microgrid: it offers what its tie line carries, in every period, and delivers nothing.

use super::*;
use market::participant::PartsPerMillion;
use runtime::genesis_config_presets::{Genesis, development};

const DAYS: u32 = 3;
/// The first period at the peak tariff of 1.025 ETH/kWh, at which the supplier loses most.
const PEAK: Delivery = Delivery { day: 0, period: 8 };
/// What the buyer bids, as low as an offer may be: the feed-in price.
const BID: &str = "0.38";

/// The paper's market, in which sellers cover this share of their offers' exposure, and MG1 begins with this much.
fn market(share: u32, purse: &str) -> Genesis {
    let mut genesis = development();
    genesis.exposure_share = PartsPerMillion(share);
    let seller = genesis.participants.iter_mut().find(|participant| participant.name == "MG1").unwrap();
    seller.balance = eth(purse);
    genesis
}

/// A release of one position for the periods of a day from one on, and of nothing for those before.
fn release_from(name: &str, day: u32, period: u16, position: Position) -> UncheckedExtrinsic {
    let mut positions = vec![Position::NONE; Terms::of(day).periods_per_day.into()];
    positions[usize::from(period)..].fill(position);
    let positions = positions.try_into().unwrap();
    by_agent(name, 0, pallet_energy_tasks::Call::release { day, positions })
}

/// What MG1 sold, by period, and what it owes, after three days in which it offers its tie line to LA1 and delivers
/// nothing. LA1 uses what it buys.
fn played(share: u32, purse: &str) -> (Vec<(Delivery, NetEnergy)>, NetMoney) {
    let mut outcome = Default::default();
    on_chain(&market(share, purse), |chain| {
        let calendar = Terms::of(0);
        let releases = |day, period| {
            vec![release_from("LA1", day, period, buy("400")), release_from("MG1", day, period, sell("400"))]
        };
        chain.block_of(calendar.release(0).from, releases(0, PEAK.period));
        let all = std::iter::successors(Some(PEAK), |delivery| calendar.next(*delivery));
        let mut sold = Vec::new();
        let meter = |chain: &mut Chain, delivery| {
            let (bought, _) = traded("LA1", delivery);
            settle(chain, &calendar, delivery, &[("LA1", &bought.to_string(), "0"), ("MG1", "0", "0")]);
        };
        (0..PEAK.period - 1).for_each(|period| meter(chain, Delivery { day: 0, period }));
        for delivery in all.take_while(|delivery| delivery.day < DAYS) {
            trade(chain, &calendar, delivery, &[("LA1", at(BID))]);
            meter(chain, calendar.previous(delivery).unwrap());
            let (energy, _) = traded("MG1", delivery);
            if !energy.is_zero() {
                sold.push((delivery, energy));
            }
            let release = calendar.release(delivery.day + 1);
            if delivery.day + 1 < DAYS && calendar.start(delivery) == release.from {
                let now = release.from + calendar.quarter() + SLOT;
                chain.block_of(now, releases(delivery.day + 1, 0));
            }
        }
        meter(chain, Delivery { day: DAYS - 1, period: 23 });
        outcome = (sold, debt("MG1"));
    });
    outcome
}

/// Two periods are traded before the first one is settled. From then on it owes, and sells nothing, until the operator
/// suspends it or for good.
#[test]
fn supplier_should_lose_two_periods_at_most_when_a_seller_delivers_nothing() {
    let second = Delivery { period: PEAK.period + 1, ..PEAK };
    let both = vec![(PEAK, net_kwh("-400")), (second, net_kwh("-400"))];
    let of = |share, purse: &str| {
        let (sold, debt) = played(share, purse);
        let sum: NetEnergy = sold.iter().map(|(_, energy)| *energy).sum();
        println!(
            "share {share} ppm, purse {purse} ETH: sells {} kWh, the supplier loses {debt} ETH",
            sum.outward()
        );
        (sold, debt)
    };
    // Each is worth (1.025 - 0.38) x 400 = 258 ETH to whoever buys, and costs the supplier as much.
    assert_eq!(of(0, "0"), (both.clone(), net_eth("516")));
    assert_eq!(of(500_000, "258"), (both.clone(), net_eth("258")));
    assert_eq!(of(1_000_000, "516"), (both, NetMoney::ZERO));
    assert_eq!(of(1_000_000, "0"), (Vec::new(), NetMoney::ZERO));
}

/// What covers an offer can't be sent away between release and settlement, and covers one offer only.
#[test]
fn cover_should_stay_when_a_seller_drains_its_account() {
    on_chain(&market(1_000_000, "300"), |chain| {
        let calendar = Terms::of(0);
        let day = vec![
            release_from("LA1", 0, PEAK.period, buy("400")),
            release_from("MG1", 0, PEAK.period, sell("400")),
        ];
        chain.block_of(calendar.release(0).from, day);
        // 258 ETH cover the first offer, and the rest a part of the second.
        let offered = |period| {
            use market::position::Positions;
            EnergyTasks::position(id("MG1"), Delivery { period, ..PEAK }).unwrap().surplus()
        };
        assert_eq!((offered(8), offered(10)), (kwh("400"), kwh("0")));
        assert!(offered(9) > kwh("65") && offered(9) < kwh("66"), "{}", offered(9));
        let leave = pallet_balances::Call::transfer_allow_death {
            dest: account("Bob").into(),
            value: eth("100").planck(),
        };
        assert!(chain.block(calendar.release(0).from + SLOT, vec![by_account("MG1", leave)])[0].is_err());
        trade(chain, &calendar, PEAK, &[("LA1", at(BID))]);
        settle(chain, &calendar, PEAK, &[("LA1", "400", "0"), ("MG1", "0", "0")]);
        // Income and cover pay all that the supplier bought: nothing is owed.
        assert_eq!(balanced("MG1", PEAK), (net_kwh("400"), net_eth("410")));
        assert_eq!(debt("MG1"), NetMoney::ZERO);
        assert!(total(&account("MG1")) <= eth("42"), "{}", total(&account("MG1")));
    });
}
