//! The paper's market day, step by step.

use super::*;
use market::bidding::{BidContext, demand_share};
use market::commitment::commitment;
use market::participant::Registry;
use market::position::Positions;
use market::settlement::Reading;
use market::tariff::Prices;
use market::{Calendar, Delivery, Energy, Money, ParticipantId, Position, Price};
use runtime::genesis_config_presets::AGENT_FLOAT;

/// Who buys.
pub const BUYERS: [&str; 3] = ["LA1", "LA2", "LA3"];
/// Who sells.
pub const SELLER: &str = "MG1";
/// Who has a meter, in the order of their numbers.
pub const METERED: [&str; 4] = ["LA1", "LA2", "LA3", "MG1"];
/// The salt of all bids.
pub const SALT: [u8; 32] = [7; 32];
/// The length of a slot.
pub const SLOT: u64 = 6_000;

/// Table 4, by period: expected volumes, real demand, and the microgrid's residual power.
pub struct Table4(Vec<Vec<Energy>>);

impl Table4 {
    /// Reads it from the scenario.
    pub fn read() -> Self {
        let text = include_str!("../../../scenarios/paper/table4.csv");
        let row = |line: &str| {
            line.split(',').skip(6).map(|field| Energy::parse_decimal(field).unwrap()).collect::<Vec<_>>()
        };
        Self(text.lines().skip(1).map(row).collect())
    }

    /// What a participant releases.
    pub fn positions(&self, index: usize) -> Vec<Position> {
        let position = |row: &Vec<Energy>| match index {
            3 => Position::Sell { energy: row[6], reserve: Price::from_gwei(380_000_000) },
            buyer => Position::Buy(row[buyer]),
        };
        self.0.iter().map(position).collect()
    }

    /// What a participant's meter counts.
    pub fn reading(&self, index: usize, delivery: Delivery) -> Reading {
        let row = &self.0[usize::from(delivery.period)];
        match index {
            3 => Reading { delivery, energy_in: Energy::ZERO, energy_out: row[6] },
            buyer => Reading { delivery, energy_in: row[buyer + 3], energy_out: Energy::ZERO },
        }
    }
}

/// The number of a participant.
pub fn id_of(name: &str) -> ParticipantId {
    Participants::acting(&agent_account(name)).unwrap()
}

/// A participant releases its day.
pub fn release(table: &Table4, index: usize, name: &str) -> UncheckedExtrinsic {
    let positions = table.positions(index).try_into().unwrap();
    by_agent(name, 0, pallet_energy_tasks::Call::release { day: 0, positions })
}

/// The bid (5), made of what the chain tells.
pub fn price(name: &str, delivery: Delivery) -> Price {
    let volume = EnergyTasks::position(id_of(name), delivery).unwrap().shortage();
    let total = EnergyTasks::total_volume(delivery);
    demand_share(&BidContext { volume, total, prices: Terms::prices(delivery).unwrap() }).unwrap()
}

/// A buyer seals its bid (5).
pub fn seal(name: &str, delivery: Delivery) -> UncheckedExtrinsic {
    let bid = commitment(System::block_hash(0), id_of(name), delivery, price(name, delivery), &SALT);
    let quote = Terms::prices(delivery).unwrap().tariff;
    by_agent(name, 0, pallet_blind_auction::Call::seal { delivery, commitment: bid, quote })
}

/// A buyer reveals it.
pub fn reveal(name: &str, delivery: Delivery) -> UncheckedExtrinsic {
    let price = price(name, delivery);
    by_agent(name, 0, pallet_blind_auction::Call::reveal { delivery, price, salt: SALT })
}

/// A participant's reading of a period.
pub fn read_meter(table: &Table4, index: usize, delivery: Delivery) -> UncheckedExtrinsic {
    let name = METERED[index];
    let reading = table.reading(index, delivery);
    let signature = meter(name).sign(&reading.signed_payload(System::block_hash(0), id_of(name)));
    by_agent(name, 0, pallet_settlement::Call::submit_reading { reading, signature })
}

/// Releases the day of everybody.
pub fn release_all(chain: &mut Chain, table: &Table4, calendar: &Calendar) {
    let window = calendar.release(0);
    let releases = METERED.iter().enumerate().map(|(index, name)| release(table, index, name));
    chain.block_of(window.from, releases.collect());
    chain.block_of(window.from + SLOT, Vec::new());
}

/// Seals the bids of these buyers, in two blocks.
pub fn seal_all(chain: &mut Chain, calendar: &Calendar, delivery: Delivery, buyers: &[&str]) {
    let window = calendar.sealing(delivery);
    chain.block_of(window.from, buyers.iter().map(|name| seal(name, delivery)).collect());
    chain.block_of(window.from + SLOT, Vec::new());
}

/// Reveals the bids of these buyers, in two blocks.
pub fn reveal_all(chain: &mut Chain, calendar: &Calendar, delivery: Delivery, buyers: &[&str]) {
    let window = calendar.reveal(delivery);
    chain.block_of(window.from, buyers.iter().map(|name| reveal(name, delivery)).collect());
    chain.block_of(window.from + SLOT, Vec::new());
}

/// A reading of nothing, of a member that does not take part.
pub fn read_nothing(name: &str, ahead: u32, delivery: Delivery) -> UncheckedExtrinsic {
    let reading = Reading { delivery, energy_in: Energy::ZERO, energy_out: Energy::ZERO };
    let signature = meter(name).sign(&reading.signed_payload(System::block_hash(0), id_of(name)));
    by_agent(name, ahead, pallet_settlement::Call::submit_reading { reading, signature })
}

/// The readings of a period by those of [`METERED`] with these indices, that of LA4, which uses nothing, and its
/// settlement.
pub fn meter_all(
    chain: &mut Chain,
    table: &Table4,
    calendar: &Calendar,
    delivery: Delivery,
    indices: &[usize],
) {
    let window = calendar.metering(delivery);
    let readings = indices.iter().map(|index| read_meter(table, *index, delivery));
    chain.block_of(window.from, readings.chain([read_nothing("LA4", 0, delivery)]).collect());
    chain.block_of(window.from + SLOT, Vec::new());
    chain.block_of(window.to, Vec::new());
}

/// Plays a period: sealing, reveal, and the metering of the period before, two blocks each.
pub fn play(chain: &mut Chain, table: &Table4, calendar: &Calendar, delivery: Delivery) {
    seal_all(chain, calendar, delivery, &BUYERS);
    reveal_all(chain, calendar, delivery, &BUYERS);
    start(chain, table, calendar, delivery);
}

/// The start of a period: it is cleared, and the period before is metered and settled.
pub fn start(chain: &mut Chain, table: &Table4, calendar: &Calendar, delivery: Delivery) {
    match calendar.previous(delivery) {
        Some(before) => meter_all(chain, table, calendar, before, &[0, 1, 2, 3]),
        None => {
            let start = calendar.start(delivery);
            chain.block_of(start, Vec::new());
            chain.block_of(start + SLOT, Vec::new());
            chain.block_of(start + calendar.quarter(), Vec::new());
        }
    }
}

/// Plays the rest of the day from a period on, its metering included.
pub fn play_from(chain: &mut Chain, table: &Table4, calendar: &Calendar, period: u16) {
    for period in period..calendar.periods_per_day {
        play(chain, table, calendar, Delivery { day: 0, period });
    }
    let last = Delivery { day: 0, period: calendar.periods_per_day - 1 };
    meter_all(chain, table, calendar, last, &[0, 1, 2, 3]);
}

/// Asserts that an amount is what the paper's day has, to 0.00001 ETH.
pub fn assert_near(what: &str, found: Money, expected: &str) {
    let expected = Money::parse_decimal(expected).unwrap().planck();
    let tolerance = 10_000_000_000_000;
    assert!(found.planck().abs_diff(expected) <= tolerance, "{what}: {found}, expected {expected}");
}

/// Asserts that everybody has what the paper's day leaves them.
pub fn balances_should_be_the_papers() {
    assert_near("LA1", free(&account("LA1")), "761.359090");
    assert_near("LA2", free(&account("LA2")), "734.464580");
    assert_near("LA3", free(&account("LA3")), "438.110541");
    assert_near("MG1", free(&account("MG1")), "1246.678438");
    assert_near("RES", free(&account("RES")), "2319.387350");
    for name in METERED {
        assert_eq!(free(&agent_account(name)).planck(), AGENT_FLOAT, "{name}'s agent");
    }
}
