//! The paper's market day on the real runtime: agents sign, blocks are made by hand.

mod common;

use common::*;
use market::bidding::{BidContext, BiddingStrategy, DemandShare};
use market::calendar::Calendars;
use market::commitment::commitment;
use market::participant::Registry;
use market::position::Positions;
use market::settlement::Reading;
use market::tariff::Prices;
use market::{Calendar, Delivery, Energy, Money, ParticipantId, Position, Price};
use runtime::genesis_config_presets::{AGENT_FLOAT, development};
use runtime::market_api::runtime_decl_for_market_api::MarketApiV1;
use runtime::*;
use sp_core::Pair;

const BUYERS: [&str; 3] = ["LA1", "LA2", "LA3"];
const SELLER: &str = "MG1";
const METERED: [&str; 4] = ["LA1", "LA2", "LA3", "MG1"];
const SALT: [u8; 32] = [7; 32];
const SLOT: u64 = 6_000;

/// Table 4, by period: expected volumes, real demand, and the microgrid's residual power.
struct Table4(Vec<Vec<Energy>>);

impl Table4 {
    fn read() -> Self {
        let text = include_str!("../../scenarios/paper/table4.csv");
        let row = |line: &str| {
            line.split(',').skip(6).map(|field| Energy::parse_decimal(field).unwrap()).collect::<Vec<_>>()
        };
        Self(text.lines().skip(1).map(row).collect())
    }

    fn positions(&self, index: usize) -> Vec<Position> {
        let position = |row: &Vec<Energy>| match index {
            3 => Position::Sell { energy: row[6], reserve: Price::from_gwei(380_000_000) },
            buyer => Position::Buy(row[buyer]),
        };
        self.0.iter().map(position).collect()
    }

    fn reading(&self, index: usize, delivery: Delivery) -> Reading {
        let row = &self.0[usize::from(delivery.period)];
        match index {
            3 => Reading { delivery, energy_in: Energy::ZERO, energy_out: row[6] },
            buyer => Reading { delivery, energy_in: row[buyer + 3], energy_out: Energy::ZERO },
        }
    }
}

fn id_of(name: &str) -> ParticipantId {
    Participants::acting(&agent_account(name)).unwrap()
}

fn release(table: &Table4, index: usize, name: &str) -> UncheckedExtrinsic {
    let positions = table.positions(index).try_into().unwrap();
    by_agent(name, 0, pallet_energy_tasks::Call::release { day: 0, positions })
}

/// The bid (5), made of what the chain tells.
fn price(name: &str, delivery: Delivery) -> Price {
    let volume = EnergyTasks::position(id_of(name), delivery).unwrap().shortage();
    let total = EnergyTasks::total_volume(delivery);
    DemandShare.bid(&BidContext { volume, total, prices: EnergyTasks::prices(delivery).unwrap() }).unwrap()
}

fn seal(name: &str, delivery: Delivery) -> UncheckedExtrinsic {
    let bid = commitment(System::block_hash(0), id_of(name), delivery, price(name, delivery), &SALT);
    let quote = EnergyTasks::prices(delivery).unwrap().tariff;
    by_agent(name, 0, pallet_blind_auction::Call::seal { delivery, commitment: bid, quote })
}

fn reveal(name: &str, delivery: Delivery) -> UncheckedExtrinsic {
    let price = price(name, delivery);
    by_agent(name, 0, pallet_blind_auction::Call::reveal { delivery, price, salt: SALT })
}

fn read_meter(table: &Table4, index: usize, delivery: Delivery) -> UncheckedExtrinsic {
    let name = METERED[index];
    let reading = table.reading(index, delivery);
    let signature = meter(name).sign(&reading.signed_payload(System::block_hash(0), id_of(name)));
    by_agent(name, 0, pallet_settlement::Call::submit_reading { reading, signature })
}

/// Plays a period: sealing, reveal, and the metering of the period before, two blocks each.
fn play(chain: &mut Chain, table: &Table4, calendar: &Calendar, delivery: Delivery) {
    let (sealing, reveals) = (calendar.sealing(delivery), calendar.reveal(delivery));
    chain.block_of(sealing.from, BUYERS.map(|name| seal(name, delivery)).into());
    chain.block_of(sealing.from + SLOT, Vec::new());
    chain.block_of(reveals.from, BUYERS.map(|name| reveal(name, delivery)).into());
    chain.block_of(reveals.from + SLOT, Vec::new());
    let start = calendar.start(delivery);
    let readings =
        calendar.previous(delivery).map(|before| (0..4).map(move |index| read_meter(table, index, before)));
    chain.block_of(start, readings.into_iter().flatten().collect());
    chain.block_of(start + SLOT, Vec::new());
    chain.block_of(start + calendar.quarter(), Vec::new());
}

fn paper_day(chain: &mut Chain) -> Calendar {
    let table = Table4::read();
    let calendar = EnergyTasks::of(0);
    let window = calendar.release(0);
    chain.block_of(
        window.from,
        METERED.iter().enumerate().map(|(i, name)| release(&table, i, name)).collect(),
    );
    chain.block_of(window.from + SLOT, Vec::new());
    for period in 0..calendar.periods_per_day {
        play(chain, &table, &calendar, Delivery { day: 0, period });
    }
    let last = Delivery { day: 0, period: calendar.periods_per_day - 1 };
    let metering = calendar.metering(last);
    chain.block_of(metering.from, (0..4).map(|index| read_meter(&table, index, last)).collect());
    chain.block_of(metering.from + SLOT, Vec::new());
    chain.block_of(metering.to, Vec::new());
    calendar
}

fn assert_near(what: &str, found: Money, expected: &str) {
    let expected = Money::parse_decimal(expected).unwrap().planck();
    let tolerance = 10_000_000_000_000; // 0.00001 ETH
    assert!(found.planck().abs_diff(expected) <= tolerance, "{what}: {found}, expected {expected}");
}

#[test]
fn day_should_be_the_papers_when_agents_play_it() {
    on_chain(&development(), |chain| {
        let issuance = Balances::total_issuance();
        let calendar = paper_day(chain);
        assert_eq!(Balances::total_issuance(), issuance, "no fee was kept");
        balances_should_be_the_papers();
        lines_should_sum_to_zero(&calendar);
        participants_should_be_told_with_their_money();
    });
}

fn balances_should_be_the_papers() {
    assert_near("LA1", free(&account("LA1")), "761.359090");
    assert_near("LA2", free(&account("LA2")), "734.464580");
    assert_near("LA3", free(&account("LA3")), "438.110541");
    assert_near("MG1", free(&account("MG1")), "1246.678438");
    assert_near("RES", free(&account("RES")), "2319.387350");
    for name in METERED {
        assert_eq!(free(&agent_account(name)).planck(), AGENT_FLOAT, "{name}'s agent");
    }
}

fn lines_should_sum_to_zero(calendar: &Calendar) {
    for period in 0..calendar.periods_per_day {
        let lines = Runtime::lines(Delivery { day: 0, period });
        assert_eq!(lines.len(), 5, "period {period}");
        let money: i128 = lines.iter().map(|recorded| recorded.line.total().planck()).sum();
        assert_eq!(money, 0, "period {period}");
        assert!(lines.iter().all(|recorded| recorded.settled.is_some() && !recorded.line.estimated));
    }
    let bill = Runtime::bill(0, ParticipantId(0)).unwrap();
    assert_eq!(bill.lines.len(), 24);
    let proof = Runtime::proof(0, ParticipantId(0)).unwrap();
    assert!(market::merkle::verify(&proof.root, &bill, &proof.proof));
}

fn participants_should_be_told_with_their_money() {
    let all = Runtime::participants(0, u32::MAX);
    let names: Vec<_> = all.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["LA1", "LA2", "LA3", "MG1", "RES", "LA4"]);
    assert_eq!(Runtime::participants(4, 1), all[4..5]);
    for info in &all {
        assert_eq!(info.free, free(&info.account.into()));
        assert!(info.held.is_zero() && info.debt.is_zero(), "{}", info.name);
    }
    assert_eq!(Runtime::acting(agent_account("LA4")), Some(ParticipantId(5)));
}

#[test]
fn clock_should_follow_the_windows_when_time_passes() {
    on_chain(&development(), |chain| {
        let calendar = EnergyTasks::of(0);
        let release = calendar.release(0);
        assert_eq!(Runtime::clock().first_release, release.from);
        assert_eq!(Runtime::clock().next_to_settle, None);
        chain.block_of(release.from, Vec::new());
        let clock = Runtime::clock();
        assert_eq!((clock.now, clock.next_boundary, clock.open.release), (release.from, release.to, Some(0)));
        assert_eq!(clock.next_to_settle, Some(Delivery { day: 0, period: 0 }));
        assert_eq!(clock.first_release, release.from);
        chain.block_of(release.to, Vec::new());
        assert_eq!(Runtime::clock().first_release, calendar.release(1).from);
        assert!(!Runtime::clock().backlog);
    });
}

#[test]
fn check_should_tell_the_pallets_error_and_change_nothing() {
    on_chain(&development(), |chain| {
        let calendar = EnergyTasks::of(0);
        let now = calendar.release(0).from;
        chain.block_of(now, Vec::new());
        let delivery = Delivery { day: 0, period: 0 };
        let commitment = Default::default();
        let seal: RuntimeCall =
            pallet_blind_auction::Call::seal { delivery, commitment, quote: Price::ZERO }.into();
        let refusal = Runtime::check(seal.clone(), account("LA1")).unwrap_err();
        assert_eq!(refusal.name, "BlindAuction.WindowNotOpen");
        assert_eq!(Runtime::check(seal, account("Alice")).unwrap_err().name, "BlindAuction.NotRegistered");

        let positions = Table4::read().positions(0).try_into().unwrap();
        let release: RuntimeCall = pallet_energy_tasks::Call::release { day: 0, positions }.into();
        assert_eq!(Runtime::check(release, account("LA1")), Ok(()));
        assert_eq!(EnergyTasks::position(ParticipantId(0), delivery), None);

        let upgrade: RuntimeCall = frame_system::Call::set_code { code: Vec::new() }.into();
        assert_eq!(Runtime::check(upgrade, account("LA1")).unwrap_err().name, "Bad origin");
    });
}

#[test]
fn due_should_name_what_an_agent_has_not_done_when_a_window_is_open() {
    on_chain(&development(), |chain| {
        let table = Table4::read();
        let now = EnergyTasks::of(0).release(0).from;
        chain.block_of(now, Vec::new());
        let agents: Vec<_> = METERED.iter().rev().map(|name| agent_account(name)).collect();
        let due: Vec<_> = Runtime::due(agents.clone()).into_iter().map(|due| due.participant.0).collect();
        assert_eq!(due, [0, 1, 2, 3]);
        chain.block_of(now + SLOT, vec![release(&table, 1, "LA2"), release(&table, 3, SELLER)]);
        let due: Vec<_> = Runtime::due(agents).into_iter().map(|due| due.participant.0).collect();
        assert_eq!(due, [0, 2]);
    });
}
