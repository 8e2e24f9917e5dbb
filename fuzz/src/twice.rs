//! A scenario's days on the runtime, with its members' workers in process, beside what the simulator says of them.

use crate::chain::{Chain, Origin, Outcome, Way};
use crate::faults;
use crate::session::check_state;
use crate::world::storage;
use market::api::{Clock, Due};
use market::bidding::{BidContext, demand_share};
use market::bill::BillLine;
use market::calendar::{DEFAULT_SLOT, Stage};
use market::commitment::commitment;
use market::position::Positions;
use market::tariff::Prices;
use market::{Delivery, Moment, ParticipantId, Price};
use runtime::genesis_config_presets::{Genesis, Participant, bounds_around, development};
use runtime::market_api::runtime_decl_for_market_api::MarketApiV1;
use runtime::{AccountId, EnergyTasks, Runtime, RuntimeCall, System, Terms};
use scenario::gateway::counted;
use scenario::simulate::{Balance, Missing, Played};
use scenario::site::Site;
use scenario::{Scenario, dev_keys};
use sp_core::Pair;
use sp_state_machine::BasicExternalities;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::catch_unwind;

/// The fewest blocks of a window, as on a development chain.
const MIN_BLOCKS: u32 = 3;
/// More blocks than any drawn scenario takes.
const MOST_BLOCKS: u32 = 2_000;

/// What was drawn, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Scenarios drawn.
    pub drawn: u32,
    /// Those that the reader let through and that were played.
    pub played: u32,
    /// The first mistake of each other.
    pub refused: BTreeSet<String>,
    /// Lines that are the same in both.
    pub lines: usize,
    /// Lines with a bid among them.
    pub bids: usize,
    /// Lines with a trade among them.
    pub trades: usize,
    /// Lines with an estimate among them.
    pub estimates: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {} drawn scenarios were played", self.played, self.drawn)?;
        let Self { lines, bids, trades, estimates, .. } = self;
        write!(f, "{lines} lines, {bids} with a bid, {trades} with a trade, {estimates} with an estimate")
    }
}

/// Plays a scenario's days on the runtime, but for the readings that are missing, and compares them with what was
/// simulated.
///
/// # Errors
/// Where the chain does not begin, a worker's call is refused, in time or too late, a line or a balance is another one, or
/// a check of the runtime fails.
pub fn play(
    scenario: &Scenario,
    days: u32,
    missing: &Missing,
    simulated: &Played,
    figures: &mut Figures,
) -> Result<(), String> {
    faults::listen();
    let genesis = genesis(scenario)?;
    let state = catch_unwind(|| storage(&genesis)).map_err(|_| "the chain does not begin".to_owned())?;
    BasicExternalities::new(state).execute_with(|| {
        let chain = Chain::begin_with(scenario.calendar.release(0).from, DEFAULT_SLOT);
        let settled = Market { scenario, days, missing, chain }.run()?;
        compare(scenario, days, simulated, settled)?;
        check_state().map_err(|error| format!("{error:?}"))
    })?;
    figures.played += 1;
    figures.lines += simulated.lines.len();
    figures.bids += simulated.lines.iter().filter(|line| line.bid.is_some()).count();
    figures.estimates += simulated.lines.iter().filter(|line| line.estimated).count();
    let trades = simulated.lines.iter().filter_map(|line| line.peer_to_peer);
    figures.trades += trades.filter(|energy| !energy.is_zero()).count();
    Ok(())
}

/// The first state of a scenario's development chain, as the node makes it.
fn genesis(scenario: &Scenario) -> Result<Genesis, String> {
    let participants = scenario.participants.iter().map(|member| {
        Participant::with_development_keys(
            &member.name,
            member.role,
            member.kinds,
            member.parameters(),
            member.balance,
            member.daily_top_up,
        )
        .ok_or_else(|| format!("no key can be made of {}", member.name))
    });
    Ok(Genesis {
        calendar: scenario.calendar,
        pricing: scenario.pricing,
        feed_in: scenario.tariff.feed_in,
        bounds: bounds_around(&scenario.tariff.steps, scenario.tariff.feed_in),
        tariff: scenario.tariff.steps.clone(),
        seed: scenario.seed,
        history_days: scenario.history_days,
        exposure_share: scenario.exposure_share,
        participants: participants.collect::<Result<_, _>>()?,
        ..development()
    })
}

struct Market<'a> {
    scenario: &'a Scenario,
    days: u32,
    missing: &'a Missing,
    chain: Chain,
}

impl Market<'_> {
    /// Makes blocks as a development chain does until the days are settled, and gives when they were.
    fn run(&mut self) -> Result<Moment, String> {
        let end = Delivery { day: self.days, period: 0 };
        let mut window = (0, 0);
        for _ in 0..MOST_BLOCKS {
            let clock = Runtime::clock();
            if clock.next_to_settle.is_some_and(|next| next >= end) {
                return Ok(clock.now);
            }
            let blocks = if window.0 == clock.next_boundary { window.1 + 1 } else { 1 };
            window = (clock.next_boundary, blocks);
            self.step(&clock, blocks)?;
            faults::check()?;
        }
        Err(format!("the days are not settled after {MOST_BLOCKS} blocks"))
    }

    /// Makes the next block, with what the workers do on the head.
    fn step(&mut self, clock: &Clock, blocks: u32) -> Result<(), String> {
        let due = self.due();
        let left = clock.next_boundary.saturating_sub(clock.now).saturating_sub(1);
        let has_room = left >= DEFAULT_SLOT;
        let calls = due.iter().map(|due| self.call(due)).collect::<Result<Vec<_>, _>>()?;
        let wanted = !calls.is_empty() || clock.backlog || blocks < MIN_BLOCKS && !clock.open.is_idle();
        let slot = clock.now + DEFAULT_SLOT;
        self.chain.next_block(if wanted && has_room { slot } else { slot.max(clock.next_boundary) });
        for (due, (agent, call)) in due.iter().zip(calls) {
            let outcome = self.chain.call(&Origin::Account(agent), call, Way::Dispatch);
            if outcome != Outcome::Accepted {
                return Err(format!("{due:?}: {outcome:?}"));
            }
        }
        Ok(())
    }

    /// What the workers find to do, of the days that are played.
    fn due(&self) -> Vec<Due> {
        let agents =
            self.scenario.participants.iter().filter_map(|member| dev_keys::agent(&member.name).ok());
        let agents = agents.map(|agent| AccountId::new(agent.public().0)).collect();
        let is_missing = |due: &Due| {
            due.stage == Stage::Metering && self.missing.contains(&(due.delivery, due.participant))
        };
        let due = Runtime::due(agents).into_iter();
        due.filter(|due| due.delivery.day < self.days && !is_missing(due)).collect()
    }

    /// What a worker sends.
    fn call(&self, due: &Due) -> Result<(AccountId, RuntimeCall), String> {
        let Due { participant: id, delivery, stage } = *due;
        let member = self.scenario.participant(id).ok_or("a stranger")?;
        let key = |error| format!("no key of {}: {error:?}", member.name);
        let agent = AccountId::new(dev_keys::agent(&member.name).map_err(key)?.public().0);
        let genesis = System::block_hash(0);
        let price = || bid(delivery, id).ok_or_else(|| format!("no bid for {due:?}"));
        let call = match stage {
            Stage::Release => {
                let site = Site::new(self.scenario, id).ok_or("no site")?;
                let positions =
                    site.day(delivery.day).positions.try_into().map_err(|_| "too many periods")?;
                pallet_energy_tasks::Call::release { day: delivery.day, positions }.into()
            }
            Stage::Sealing => {
                let quote = Terms::prices(delivery).ok_or("no prices")?.tariff;
                let commitment = commitment(genesis, id, delivery, price()?, &[7; 32]);
                pallet_blind_auction::Call::seal { delivery, commitment, quote }.into()
            }
            Stage::Reveal => {
                pallet_blind_auction::Call::reveal { delivery, price: price()?, salt: [7; 32] }.into()
            }
            Stage::Execution | Stage::Metering => {
                let reading = counted(self.scenario, id, delivery);
                let meter = dev_keys::meter(&member.name).map_err(key)?;
                let signature = meter.sign(&reading.signed_payload(genesis, id));
                pallet_settlement::Call::submit_reading { reading, signature }.into()
            }
        };
        Ok((agent, call))
    }
}

/// The bid (5).
fn bid(delivery: Delivery, bidder: ParticipantId) -> Option<Price> {
    let volume = EnergyTasks::position(bidder, delivery)?.shortage();
    let (total, prices) = (EnergyTasks::total_volume(delivery), Terms::prices(delivery)?);
    demand_share(&BidContext { volume, total, prices })
}

/// Compares lines, and what everybody has.
fn compare(scenario: &Scenario, days: u32, simulated: &Played, settled: Moment) -> Result<(), String> {
    let mut lines: BTreeMap<Delivery, Vec<BillLine>> = BTreeMap::new();
    for line in &simulated.lines {
        lines.entry(line.delivery).or_default().push(*line);
    }
    for delivery in (0..days).flat_map(|day| scenario.periods(day)) {
        let found: Vec<_> = {
            let lines = Runtime::lines(delivery, 0, u32::MAX).items.into_iter();
            lines.map(|recorded| recorded.line).collect()
        };
        let expected = lines.remove(&delivery).unwrap_or_default();
        if found != expected {
            return Err(format!(
                "{delivery}: the simulator's lines are\n{expected:#?}\nand the chain's\n{found:#?}"
            ));
        }
    }
    // What falls on the moment of the last settlement or soon behind is in the chain's balances alone.
    let ends = scenario.calendar.day_start(days) + scenario.calendar.quarter();
    if (days..days + 3).any(|day| (ends..=settled).contains(&scenario.calendar.release(day).from)) {
        return Ok(());
    }
    let everybody = Runtime::participants(0, u32::MAX);
    for (member, expected) in everybody.into_iter().zip(&simulated.balances) {
        let found = Balance { free: member.free, held: member.held, debt: member.debt };
        if found != *expected {
            return Err(format!("{} has {found:?}, and {expected:?} in the simulation", member.name));
        }
    }
    Ok(())
}
