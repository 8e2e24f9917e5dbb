//! Many market days in process, in which a share of the member-periods fails by a seed.

use crate::bytes::Bytes;
use crate::chain::{Origin, Outcome};
use crate::session::{Report, Session};
use crate::world::{ANCHOR, MEMBERS, PERIOD, PERIODS, SLOT, STRANGER, Start, TIE_LINE, person};
use market::bidding::{BidContext, demand_share};
use market::calendar::Calendars;
use market::commitment::commitment;
use market::limits::check_bid;
use market::participant::{Member, Registry};
use market::position::Positions;
use market::settlement::Reading;
use market::tariff::Prices;
use market::{Day, Delivery, Energy, NetEnergy, NetMoney, ParticipantId, Position, Price, Role};
use runtime::{AccountId, Balances, BalancesCall, EnergyTasks, Participants, Settlement, System, Terms};
use sp_core::Pair;
use sp_state_machine::BasicExternalities;
use std::collections::BTreeMap;
use std::fmt;

/// How a member fails in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failing {
    /// It releases nothing for it.
    NoVolume,
    /// It seals no bid; a seller's offer stands.
    NoBid,
    /// It does not open its bid.
    NoReveal,
    /// Its meter sends nothing.
    NoReading,
    /// All its money is elsewhere from sealing to the period's start.
    NoMoney,
}

const FAILINGS: [Failing; 5] =
    [Failing::NoVolume, Failing::NoBid, Failing::NoReveal, Failing::NoReading, Failing::NoMoney];

/// What was played, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Days played.
    pub days: u32,
    /// Days whose bills were found to sum to zero.
    pub days_of_zero: u32,
    /// Member-periods played.
    pub member_periods: u64,
    /// Member-periods that failed, by kind.
    pub failed: BTreeMap<Failing, u64>,
    /// What the fuzzer counts.
    pub report: Report,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: u64 = self.failed.values().sum();
        let percent = 100.0 * failed as f64 / self.member_periods.max(1) as f64;
        writeln!(f, "{} days, {} periods cleared", self.days, self.report.cleared)?;
        writeln!(
            f,
            "{failed} of {} member-periods failed ({percent:.1} %): {:?}",
            self.member_periods, self.failed
        )?;
        writeln!(f, "every period settled before the next day's release")?;
        writeln!(f, "bills summed to zero on {} days", self.days_of_zero)?;
        write!(f, "trades in {} of {} periods", self.report.traded, self.report.cleared)
    }
}

/// Plays days in which so many per cent of the member-periods fail; the seed draws which, and how.
pub fn play(days: u32, percent: u8, seed: u64) -> Result<Figures, String> {
    BasicExternalities::new(Start::of(0).storage()).execute_with(|| {
        let mut bytes = Bytes::new(&[]);
        let session = Session::begin(&mut bytes)?;
        let mut market = Market {
            session,
            rng: fastrand::Rng::with_seed(seed),
            percent,
            failing: BTreeMap::new(),
            drained: Vec::new(),
            figures: Figures::default(),
        };
        market.session.pass_to(ANCHOR - u64::from(PERIODS - 1) * PERIOD)?;
        market.release(0)?;
        for day in 0..days {
            for period in 0..PERIODS {
                market
                    .period(Delivery { day, period })
                    .map_err(|fault| format!("day {day}, {period}: {fault}"))?;
            }
        }
        // The last period's metering.
        let last = Delivery { day: days.saturating_sub(1), period: PERIODS - 1 };
        market.metering(last)?;
        market.check_day(last.day)?;
        market.figures.days = days;
        let mut figures = market.figures;
        figures.report = market.session.report(0);
        Ok(figures)
    })
}

struct Market<'a, 'b> {
    session: Session<'a, 'b>,
    rng: fastrand::Rng,
    percent: u8,
    failing: BTreeMap<(Delivery, ParticipantId), Failing>,
    /// Whose money is elsewhere, and how much.
    drained: Vec<(AccountId, u128)>,
    figures: Figures,
}

impl Market<'_, '_> {
    fn members(&self) -> Vec<Member<AccountId>> {
        let ids = (0..Participants::count()).map(ParticipantId);
        ids.filter_map(Participants::member).filter(|member| member.role.is_metered()).collect()
    }

    fn fails(&self, delivery: Delivery, member: &Member<AccountId>, how: Failing) -> bool {
        self.failing.get(&(delivery, member.id)) == Some(&how)
    }

    /// A period, from its sealing until the one before it is settled.
    fn period(&mut self, delivery: Delivery) -> Result<(), String> {
        let start = Terms::of(delivery.day).start(delivery);
        self.session.pass_to(start - PERIOD / 4)?;
        self.seal(delivery)?;
        self.session.pass_to(start - PERIOD / 8)?;
        self.reveal(delivery)?;
        self.session.pass_to(start - SLOT)?;
        self.session.pass_to(start)?;
        for (account, amount) in std::mem::take(&mut self.drained) {
            self.transfer(&person(STRANGER).account, &account, amount)?;
        }
        match Terms::of(delivery.day).previous(delivery) {
            Some(before) => self.metering(before)?,
            None => self.session.pass_to(start + PERIOD / 4)?,
        }
        if delivery.period == 0 && delivery.day > 0 {
            self.check_day(delivery.day - 1)?;
        }
        if delivery.period == 1 {
            self.release(delivery.day + 1)?;
        }
        self.session.check()
    }

    fn release(&mut self, day: Day) -> Result<(), String> {
        if day > 0 && Settlement::next_to_settle().is_none_or(|next| next.day < day - 1) {
            return Err(format!("day {day} is released and day {} is not settled", day - 2));
        }
        for member in self.members() {
            for period in 0..PERIODS {
                self.figures.member_periods += 1;
                if self.rng.u8(0..100) < self.percent {
                    let how = FAILINGS[self.rng.usize(0..FAILINGS.len())];
                    *self.figures.failed.entry(how).or_default() += 1;
                    self.failing.insert((Delivery { day, period }, member.id), how);
                }
            }
            let positions: Vec<_> = (0..PERIODS)
                .map(|period| {
                    let fails = self.fails(Delivery { day, period }, &member, Failing::NoVolume);
                    if fails { Position::NONE } else { self.position(&member) }
                })
                .collect();
            let positions = positions.try_into().unwrap_or_default();
            let call = pallet_energy_tasks::Call::release { day, positions };
            self.must(&member.account, call.into())?;
        }
        Ok(())
    }

    fn energy(&mut self) -> Energy {
        let limit = TIE_LINE.over(PERIOD).unwrap_or_default().watt_hours();
        Energy::from_watt_hours(self.rng.u64(limit / 4..=limit))
    }

    fn position(&mut self, member: &Member<AccountId>) -> Position {
        let sells = if member.role == Role::Prosumer { self.rng.bool() } else { member.role.sells() };
        let energy = self.energy();
        let reserve = member.parameters.generation_cost;
        if sells { Position::Sell { energy, reserve } } else { Position::Buy(energy) }
    }

    /// The bid (5), where it is within its limits (7).
    fn bid(delivery: Delivery, bidder: ParticipantId) -> Option<Price> {
        let volume = EnergyTasks::position(bidder, delivery)?.shortage();
        let prices = Terms::prices(delivery)?;
        let total = EnergyTasks::total_volume(delivery);
        let price = demand_share(&BidContext { volume, total, prices })?;
        check_bid(price, EnergyTasks::lowest_cost(delivery), prices.tariff).ok().map(|()| price)
    }

    fn seal(&mut self, delivery: Delivery) -> Result<(), String> {
        for member in self.members() {
            if self.fails(delivery, &member, Failing::NoMoney) {
                self.drain(&member.account)?;
            }
            let Some(price) = Self::bid(delivery, member.id) else { continue };
            if self.fails(delivery, &member, Failing::NoBid) {
                continue;
            }
            let commitment = commitment(System::block_hash(0), member.id, delivery, price, &[7; 32]);
            let call = pallet_blind_auction::Call::seal { delivery, commitment, quote: price };
            self.session.make(&Origin::Account(member.account), call.into())?;
        }
        Ok(())
    }

    fn reveal(&mut self, delivery: Delivery) -> Result<(), String> {
        for member in self.members() {
            let Some(price) = Self::bid(delivery, member.id) else { continue };
            if !self.fails(delivery, &member, Failing::NoReveal) {
                let call = pallet_blind_auction::Call::reveal { delivery, price, salt: [7; 32] };
                self.session.make(&Origin::Account(member.account), call.into())?;
            }
        }
        Ok(())
    }

    /// The readings of a period that has ended, and its settlement.
    fn metering(&mut self, delivery: Delivery) -> Result<(), String> {
        let end = Terms::of(delivery.day).start(delivery) + PERIOD;
        if self.session.chain.now() < end {
            self.session.pass_to(end)?;
        }
        for member in self.members() {
            if self.fails(delivery, &member, Failing::NoReading) {
                continue;
            }
            let energy = self.energy();
            let takes = EnergyTasks::position(member.id, delivery).unwrap_or_default().surplus().is_zero();
            let (energy_in, energy_out) = if takes { (energy, Energy::ZERO) } else { (Energy::ZERO, energy) };
            let reading = Reading { delivery, energy_in, energy_out };
            let payload = reading.signed_payload(System::block_hash(0), member.id);
            let name = MEMBERS.iter().find(|(name, ..)| person(name).account == member.account);
            let Some((name, ..)) = name else { continue };
            let signature = person(name).meter.sign(&payload);
            let call = pallet_settlement::Call::submit_reading { reading, signature };
            self.must(&member.account, call.into())?;
        }
        self.session.pass_to(end + SLOT)?;
        self.session.pass_to(end + PERIOD / 4)?;
        self.failing.retain(|(failed, _), _| *failed > delivery);
        if Settlement::next_to_settle().is_some_and(|next| next > delivery) {
            Ok(())
        } else {
            Err(format!("{delivery} is not settled when its window closes"))
        }
    }

    /// A day is settled, and its bills sum to zero.
    fn check_day(&mut self, day: Day) -> Result<(), String> {
        let mut money = NetMoney::ZERO;
        let mut balanced = NetEnergy::ZERO;
        for id in (0..Participants::count()).map(ParticipantId) {
            let bill = Settlement::bill(day, id).ok_or_else(|| format!("no bill of day {day} for {id:?}"))?;
            money = bill.lines.iter().fold(money, |sum, line| sum.saturating_add(line.total()));
            balanced = bill.lines.iter().fold(balanced, |sum, line| sum.saturating_add(line.balanced));
        }
        if !money.is_zero() || !balanced.is_zero() {
            return Err(format!("the bills of day {day} sum to {money} ETH and {balanced} kWh"));
        }
        self.figures.days_of_zero += 1;
        Ok(())
    }

    /// Moves all that an account can spend elsewhere, until the period starts.
    fn drain(&mut self, from: &AccountId) -> Result<(), String> {
        use frame_support::traits::fungible::Inspect;
        use frame_support::traits::tokens::{Fortitude::Polite, Preservation::Expendable};
        let amount = Balances::reducible_balance(from, Expendable, Polite);
        self.drained.push((from.clone(), amount));
        self.transfer(from, &person(STRANGER).account, amount)
    }

    fn transfer(&mut self, from: &AccountId, to: &AccountId, value: u128) -> Result<(), String> {
        let call = BalancesCall::transfer_allow_death { dest: to.clone().into(), value };
        self.must(from, call.into())
    }

    fn must(&mut self, by: &AccountId, call: runtime::RuntimeCall) -> Result<(), String> {
        match self.session.make(&Origin::Account(by.clone()), call.clone())? {
            Outcome::Accepted => Ok(()),
            outcome => Err(format!("{call:?} by {by}: {outcome:?}")),
        }
    }
}
