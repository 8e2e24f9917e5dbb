//! A scenario's market days, played on a chain block by block.
//!
//! Who bids what and what meters count is what the simulation of the scenario says, so every transaction has to
//! succeed, and every settled line has to be the simulation's.

#![allow(dead_code)] // each target uses its part

pub mod native;

use codec::Encode;
use market::api::Clock;
use market::bill::BillLine;
use market::commitment::{commitment, salt, salt_message};
use market::settlement::Reading;
use market::{Day, Delivery, Moment, NetEnergy, ParticipantId, Price};
use runtime::{
    BalancesCall, Hash, RuntimeCall, SignedPayload, TimestampCall, UncheckedExtrinsic, VERSION, tx_extension,
};
use scenario::site::Site;
use scenario::{Scenario, Simulation, dev_keys};
use sp_core::{Pair, ed25519};
use sp_runtime::{MultiSignature, generic::Era};
use std::collections::BTreeMap;

/// Length of a slot on development chains, in milliseconds.
pub const SLOT: u64 = 6_000;
/// Transactions of a block: a block of releases of 24 periods each, which weigh the most, is nearly full.
pub const BLOCK: usize = 400;
/// The most blocks that clearing or settling a period may take.
const MOST_BLOCKS: usize = 1_000;

/// A chain that is made block by block.
pub trait Chain {
    /// Makes a block at a time, with these transactions of a stage; all of them have to succeed.
    fn block(&mut self, stage: &'static str, now: Moment, transactions: Vec<UncheckedExtrinsic>);
    /// Where the market stands.
    fn clock(&mut self) -> Clock;
    /// The lines of a period.
    fn lines(&mut self, delivery: Delivery) -> Vec<BillLine>;
}

/// The inherent of a block.
pub fn time(now: Moment) -> UncheckedExtrinsic {
    UncheckedExtrinsic::new_bare(TimestampCall::set { now }.into())
}

struct Keys {
    agent: ed25519::Pair,
    meter: ed25519::Pair,
    nonce: u32,
}

/// The members of a scenario, and where they stand.
pub struct Play {
    scenario: Scenario,
    keys: Vec<Keys>,
    lines: BTreeMap<Delivery, Vec<BillLine>>,
    genesis: Hash,
    now: Moment,
}

impl Play {
    /// The members before the first release of a number of days, on a chain with this first block.
    pub fn new(scenario: &Scenario, days: u32, genesis: Hash) -> Self {
        let mut lines = BTreeMap::<_, Vec<_>>::new();
        for line in Simulation::new(scenario, days).flatten() {
            lines.entry(line.delivery).or_default().push(line);
        }
        let keys = scenario.participants.iter().map(|member| Keys {
            agent: dev_keys::agent(&member.name).unwrap(),
            meter: dev_keys::meter(&member.name).unwrap(),
            nonce: 0,
        });
        Self { scenario: scenario.clone(), keys: keys.collect(), lines, genesis, now: 0 }
    }

    /// When the first release opens.
    pub fn opening(&self) -> Moment {
        self.scenario.calendar.release(0).from
    }

    /// How many bids are made for a day.
    pub fn bids(&self, day: Day) -> usize {
        self.scenario.periods(day).map(|delivery| self.bids_of(delivery).len()).sum()
    }

    /// How many lines a period has.
    pub fn lines_of(&self, delivery: Delivery) -> usize {
        self.lines[&delivery].len()
    }

    /// Who bids for a period, and what.
    pub fn bids_of(&self, delivery: Delivery) -> Vec<(ParticipantId, Price)> {
        self.lines[&delivery].iter().filter_map(|line| Some((line.participant, line.bid?))).collect()
    }

    /// Plays a day whose release is made, from its first sealing until its last period is cleared and the one before
    /// that settled. The next day is released on the way.
    pub fn day(&mut self, chain: &mut impl Chain, day: Day) {
        for delivery in self.scenario.periods(day) {
            self.bid(chain, delivery);
            self.clear(chain, delivery);
            if let Some(before) = self.scenario.calendar.previous(delivery) {
                self.meter(chain, before);
                self.settle(chain, before);
            }
            let (calendar, next) = (&self.scenario.calendar, day.saturating_add(1));
            let opening = calendar.release(next).from;
            let start = calendar.start(delivery);
            if (start..start + calendar.period_length).contains(&opening) {
                self.release(chain, next);
            }
        }
    }

    /// Everybody releases a day.
    pub fn release(&mut self, chain: &mut impl Chain, day: Day) {
        let of = |id| {
            let positions = Site::new(&self.scenario, id)?.day(day).positions.try_into().unwrap();
            Some((id, pallet_energy_tasks::Call::release { day, positions }.into()))
        };
        let calls = self.scenario.ids().filter_map(of).collect();
        self.stage(chain, "release", self.scenario.calendar.release(day).from, calls);
    }

    /// Every agent sends a little money to one of the other half, so that in a block hardly any both pays and is paid.
    pub fn transfer(&mut self, chain: &mut impl Chain) {
        let agents: Vec<_> = self.keys.iter().map(|keys| keys.agent.public()).collect();
        let others = agents.iter().cycle().skip(agents.len() / 2);
        let of = |(id, to): (ParticipantId, &ed25519::Public)| {
            let dest = runtime::AccountId::from(to.0).into();
            (id, BalancesCall::transfer_keep_alive { dest, value: 1_000_000 }.into())
        };
        let calls = self.scenario.ids().zip(others).map(of).collect();
        self.stage(chain, "transfer", 0, calls);
    }

    /// Bids for a period are sealed and revealed.
    pub fn bid(&mut self, chain: &mut impl Chain, delivery: Delivery) {
        let (mut seals, mut reveals) = (Vec::new(), Vec::new());
        let quote = self.scenario.prices(delivery.period).tariff;
        for (id, price) in self.bids_of(delivery) {
            let message = salt_message(self.genesis, id, delivery);
            let salt = salt(&self.of(id).agent.sign(&message).0);
            let commitment = commitment(self.genesis, id, delivery, price, &salt);
            seals.push((id, pallet_blind_auction::Call::seal { delivery, commitment, quote }.into()));
            reveals.push((id, pallet_blind_auction::Call::reveal { delivery, price, salt }.into()));
        }
        self.stage(chain, "seal", self.scenario.calendar.sealing(delivery).from, seals);
        self.stage(chain, "reveal", self.scenario.calendar.reveal(delivery).from, reveals);
    }

    /// A period's queue is cleared.
    pub fn clear(&mut self, chain: &mut impl Chain, delivery: Delivery) {
        let from = self.scenario.calendar.start(delivery);
        self.work(chain, "clearing", from, |clock| clock.open.execution == Some(delivery) && !clock.backlog);
    }

    /// The meters of a period are read.
    pub fn meter(&mut self, chain: &mut impl Chain, delivery: Delivery) {
        let reading = |line: &BillLine| {
            let actual: NetEnergy = line.actual?;
            let reading = Reading { delivery, energy_in: actual.inward(), energy_out: actual.outward() };
            let id = line.participant;
            let signature = self.of(id).meter.sign(&reading.signed_payload(self.genesis, id));
            Some((id, pallet_settlement::Call::submit_reading { reading, signature }.into()))
        };
        let calls = self.lines[&delivery].iter().filter_map(reading).collect();
        self.stage(chain, "reading", self.scenario.calendar.metering(delivery).from, calls);
    }

    /// A period is settled, as in the simulation.
    pub fn settle(&mut self, chain: &mut impl Chain, delivery: Delivery) {
        let from = self.scenario.calendar.metering(delivery).to;
        let is_settled = |clock: &Clock| clock.next_to_settle.is_some_and(|next| next > delivery);
        self.work(chain, "settling", from, is_settled);
        assert_eq!(chain.lines(delivery), self.lines[&delivery], "{delivery}");
    }

    /// Makes blocks for all of these, from a time on, between two empty ones.
    fn stage(
        &mut self,
        chain: &mut impl Chain,
        stage: &'static str,
        from: Moment,
        calls: Vec<(ParticipantId, RuntimeCall)>,
    ) {
        self.now = from.max(self.now + SLOT);
        chain.block("empty", self.now, Vec::new());
        for part in calls.chunks(BLOCK) {
            self.now += SLOT;
            let transactions = part.iter().map(|(id, call)| self.sign(*id, call.clone())).collect();
            chain.block(stage, self.now, transactions);
        }
        self.now += SLOT;
        chain.block("empty", self.now, Vec::new());
    }

    /// Makes blocks without transactions from a time on, until the hooks have done their work.
    fn work(
        &mut self,
        chain: &mut impl Chain,
        stage: &'static str,
        from: Moment,
        is_done: impl Fn(&Clock) -> bool,
    ) {
        self.now = from.max(self.now + SLOT);
        for _ in 0..MOST_BLOCKS {
            chain.block(stage, self.now, Vec::new());
            if is_done(&chain.clock()) {
                return;
            }
            self.now += SLOT;
        }
        panic!("{stage} does not end");
    }

    fn of(&self, id: ParticipantId) -> &Keys {
        &self.keys[id.0 as usize]
    }

    fn sign(&mut self, id: ParticipantId, call: RuntimeCall) -> UncheckedExtrinsic {
        let keys = &mut self.keys[id.0 as usize];
        let (version, genesis) = (VERSION, self.genesis);
        let implicit =
            ((), version.spec_version, version.transaction_version, genesis, genesis, (), (), (), None, ());
        let payload = SignedPayload::from_raw(call, tx_extension(Era::Immortal, keys.nonce, 0), implicit);
        keys.nonce += 1;
        let signature = MultiSignature::Ed25519(payload.using_encoded(|bytes| keys.agent.sign(bytes)));
        let (call, extension, _) = payload.deconstruct();
        let agent = runtime::AccountId::from(keys.agent.public().0);
        UncheckedExtrinsic::new_signed(call, agent.into(), signature, extension)
    }
}
