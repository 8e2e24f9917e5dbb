//! A scenario's market days, played by the rules of the crate `market`.
//!
//! What happens, in order of time, with q a quarter of a period that starts at T:
//!
//! | when | what |
//! | --- | --- |
//! | opening of day d's release, d >= 1 | everybody pays in its daily top-up; offers are covered, where the scenario asks for it |
//! | T - q, sealing | who has a volume, is no debtor and can cover its bid (5), bids; a deposit is held |
//! | T - q/2, reveal | the deposit is swapped for full cover of the bid |
//! | T | the queue is cleared: money goes from the covers to the sellers, on hold. Of a debtor's offer counts what it lately delivered |
//! | T + length + q | readings balance the period (4), income and what covers offers are free, debts are served, lines are settled |
//!
//! What falls on one moment is cleared first, then settled, then topped up, then bid. Workers are taken
//! to do all that is due: every bid is revealed and every meter read, but for those readings that are said to be missing,
//! in whose place an estimate stands as on the chain.

use crate::scenario::Scenario;
use crate::site::{Site, Sites};
use market::bidding::{BidContext, demand_share};
use market::bill::BillLine;
use market::calendar::Moment;
use market::clearing::{Order, QueueKey, clear, lot};
use market::collateral::{DEPOSIT_SHARE, covered, needed};
use market::debts::{Change, Creditors, Dues, Payer, counted, first_top_up, is_debtor, is_top_up_first};
use market::limits::check_bid;
use market::participant::PartsPerMillion;
use market::settlement::{MOST_HISTORY_DAYS, Outcome, estimate};
use market::supplier::Balanced;
use market::tariff::GridPrices;
use market::{Day, Delivery, Energy, Money, NetEnergy, NetMoney, ParticipantId, Position, Price, Role};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What a participant has, and what is between it and the retail supplier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// What it can spend.
    pub free: Money,
    /// What is held for deposits, covers and income.
    pub held: Money,
    /// What it owes the supplier; negative where the supplier owes it.
    pub debt: NetMoney,
}

impl Balance {
    /// What it can spend and what is held.
    pub fn total(&self) -> Money {
        self.free.saturating_add(self.held)
    }

    fn hold(&mut self, amount: Money) {
        let amount = amount.min(self.free);
        self.free = self.free.saturating_sub(amount);
        self.held = self.held.saturating_add(amount);
    }

    fn release(&mut self, amount: Money) {
        let amount = amount.min(self.held);
        self.held = self.held.saturating_sub(amount);
        self.free = self.free.saturating_add(amount);
    }
}

/// A whole simulation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// All lines by day, period and participant.
    pub lines: Vec<BillLine>,
    /// What everybody has when the last line is settled, in the order of numbers.
    pub balances: Vec<Balance>,
}

/// The readings that never come.
pub type Missing = BTreeSet<(Delivery, ParticipantId)>;

/// Plays a number of days at once.
pub fn simulate(scenario: &Scenario, days: u32) -> Played {
    simulate_without(scenario, days, Missing::new())
}

/// The same where some readings are missing.
pub fn simulate_without(scenario: &Scenario, days: u32, missing: Missing) -> Played {
    let mut simulation = Simulation { missing, ..Simulation::new(scenario, days) };
    let mut lines = simulation.next().unwrap_or_default();
    for mut day in simulation.by_ref() {
        lines.append(&mut day);
    }
    Played { lines, balances: simulation.balances }
}

/// A participant's bid and trades in a period.
#[derive(Clone, Copy, Debug)]
struct Account {
    role: Role,
    position: Position,
    bid: Option<Price>,
    /// What is left of the bid's cover.
    cover: Money,
    peer_to_peer: NetEnergy,
    money: NetMoney,
    /// Received, and held until the reading shows delivery.
    income: Money,
    actual: NetEnergy,
}

impl Account {
    fn new(role: Role, (position, actual): (Position, NetEnergy)) -> Self {
        Self {
            role,
            position,
            bid: None,
            cover: Money::ZERO,
            peer_to_peer: NetEnergy::ZERO,
            money: NetMoney::ZERO,
            income: Money::ZERO,
            actual,
        }
    }
}

/// A period from its first bid to its settlement.
struct Period {
    delivery: Delivery,
    prices: GridPrices,
    accounts: Vec<Account>,
}

/// A simulation that goes from day to day: an iterator over days, each with its lines by period and
/// participant.
///
/// The last period of a day is settled when the first one of the next day is already traded, so a day is
/// given once that is done; after the last day nobody bids any more.
pub struct Simulation<'a> {
    scenario: &'a Scenario,
    sites: Sites<'a>,
    /// Everybody's: a participant has much beside it.
    roles: Vec<Role>,
    days: u32,
    balances: Vec<Balance>,
    /// Whom the supplier owes.
    creditors: Creditors,
    /// The next period to trade.
    next: Delivery,
    /// The period that is traded and not yet settled.
    open: Option<Period>,
    /// The next day whose top-up is due.
    top_up: Day,
    /// Of the day that is being settled.
    lines: Vec<BillLine>,
    missing: Missing,
    /// What counts of the offers that have to be covered, and what is held for each.
    covers: BTreeMap<(Delivery, ParticipantId), (Energy, Money)>,
    /// What was delivered, by period of the day.
    deliveries: Vec<VecDeque<Deliveries>>,
}

/// What meters counted outwards in a settled period of a day, by number; nothing of who gave nothing, or was not read.
struct Deliveries {
    day: Day,
    energy: BTreeMap<ParticipantId, Energy>,
}

impl Iterator for Simulation<'_> {
    type Item = Vec<BillLine>;

    fn next(&mut self) -> Option<Self::Item> {
        let last = self.scenario.calendar.periods_per_day.checked_sub(1)?;
        loop {
            let settled = self.open.take();
            if self.next.day < self.days {
                let period = self.trade(self.next);
                self.next = self.scenario.calendar.next(self.next)?;
                self.open = Some(period);
            } else if settled.is_none() {
                return None;
            }
            if let Some(period) = settled {
                self.settle(&period);
                if period.delivery.period == last {
                    return Some(std::mem::take(&mut self.lines));
                }
            }
        }
    }
}

impl<'a> Simulation<'a> {
    /// A simulation of a number of days that stands before day 0.
    pub fn new(scenario: &'a Scenario, days: u32) -> Self {
        let start = |balance| Balance { free: balance, ..Balance::default() };
        let mut simulation = Self {
            scenario,
            sites: Sites::new(scenario),
            roles: scenario.participants.iter().map(|member| member.role).collect(),
            days,
            balances: scenario.participants.iter().map(|member| start(member.balance)).collect(),
            creditors: Creditors::default(),
            next: Delivery::default(),
            open: None,
            top_up: first_top_up(None),
            lines: Vec::new(),
            missing: Missing::new(),
            covers: BTreeMap::new(),
            deliveries: (0..scenario.calendar.periods_per_day).map(|_| VecDeque::new()).collect(),
        };
        simulation.cover(0);
        simulation
    }

    /// What everybody has now, in the order of numbers. After the last day nothing is held; what was paid in
    /// for the day that would follow is in it.
    pub fn balances(&self) -> &[Balance] {
        &self.balances
    }

    /// Lets everybody pay in for the days whose release opens before a moment.
    fn top_up_before(&mut self, moment: Moment) {
        while is_top_up_first(self.scenario.calendar.release(self.top_up).from, moment) {
            for (balance, member) in self.balances.iter_mut().zip(&self.scenario.participants) {
                balance.free = balance.free.saturating_add(member.daily_top_up);
            }
            self.pay_claims();
            self.cover(self.top_up);
            self.top_up = self.top_up.saturating_add(1);
        }
    }

    /// Lets sellers cover the offers of a day, as they release them: what their money does not cover is cut off, the
    /// last periods first.
    fn cover(&mut self, day: Day) {
        let scenario = self.scenario;
        let share = scenario.exposure_share;
        if share == PartsPerMillion(0) || day >= self.days {
            return;
        }
        let sellers = scenario.members().filter(|(_, member)| member.role.sells());
        let sites = sellers.filter_map(|(id, _)| Some((id, Site::new(scenario, id)?.day(day))));
        let released =
            sites.flat_map(|(id, site)| scenario.periods(day).map(move |at| (id, at, site.of(at.period).0)));
        for (id, delivery, position) in released {
            let Position::Sell { energy, reserve } = position else { continue };
            let tariff = scenario.prices(delivery.period).tariff;
            let Some(balance) = usize::try_from(id.0).ok().and_then(|index| self.balances.get_mut(index))
            else {
                continue;
            };
            let (energy, held) = covered(energy, reserve, tariff, share, balance.free);
            balance.hold(held);
            self.covers.insert((delivery, id), (energy, held));
        }
    }

    /// Plays a period from sealing to clearing.
    fn trade(&mut self, delivery: Delivery) -> Period {
        let calendar = &self.scenario.calendar;
        let (closure, start) = (calendar.sealing(delivery).to, calendar.start(delivery));
        let covers = &self.covers;
        let sites = self.sites.of(delivery).iter().zip(&self.roles);
        let account = |(id, (site, role)): (_, (&(Position, NetEnergy), &Role))| {
            let (mut position, actual) = *site;
            if let (Position::Sell { energy, .. }, Some((covered, _))) =
                (&mut position, covers.get(&(delivery, id)))
            {
                *energy = *covered;
            }
            Account::new(*role, (position, actual))
        };
        let accounts = self.scenario.ids().zip(sites).map(account).collect();
        let mut period = Period { delivery, prices: self.scenario.prices(delivery.period), accounts };
        // An agent that is short of money tries again until gate closure.
        self.top_up_before(closure);
        self.bid(&mut period);
        self.top_up_before(start);
        self.clear(&mut period);
        period
    }

    /// Sealing and reveal: who can, bids (5). The deposit that comes first is less than the cover or is
    /// checked with it, so it is enough to hold the cover.
    fn bid(&mut self, period: &mut Period) {
        let total = period.accounts.iter().map(|account| account.position.shortage()).sum();
        let offers = self.scenario.participants.iter().zip(&period.accounts);
        let lowest_cost = offers
            .filter(|(_, account)| matches!(account.position, Position::Sell { .. }))
            .map(|(member, _)| member.generation_cost)
            .min();
        for (account, balance) in period.accounts.iter_mut().zip(&mut self.balances) {
            let volume = account.position.shortage();
            let context = BidContext { volume, total, prices: period.prices };
            let Some(price) = demand_share(&context) else { continue };
            let cover = price.amount(volume);
            let needed = needed(volume, price, period.prices.tariff, DEPOSIT_SHARE);
            let Some((cover, needed)) = cover.zip(needed) else { continue };
            if is_debtor(balance.debt)
                || balance.free < needed
                || check_bid(price, lowest_cost, period.prices.tariff).is_err()
            {
                continue;
            }
            balance.hold(cover);
            account.bid = Some(price);
            account.cover = cover;
        }
    }

    /// Clears the queue: money goes from the buyers' covers to the sellers, where it is held.
    fn clear(&mut self, period: &mut Period) {
        let (mut bids, mut offers) = (Vec::new(), Vec::new());
        let lot_of = |id| lot(self.scenario.seed, period.delivery, id);
        for ((id, account), balance) in self.scenario.ids().zip(&period.accounts).zip(&self.balances) {
            if let Some(price) = account.bid {
                let key = QueueKey::of_bid(price, lot_of(id), id);
                bids.push(Order { key, open: account.position.shortage() });
            }
            if let Position::Sell { energy, reserve } = account.position {
                let open = counted(energy, is_debtor(balance.debt), self.delivered(id, period.delivery));
                offers.push(Order { key: QueueKey::of_offer(reserve, lot_of(id), id), open });
            }
        }
        for trade in clear(bids, offers, self.scenario.pricing) {
            let amount = trade.price.amount(trade.energy).unwrap_or_default();
            self.take_cover(period, trade.buyer, trade.energy, amount);
            self.hold_income(period, trade.seller, trade.energy, amount);
        }
        for (account, balance) in period.accounts.iter_mut().zip(&mut self.balances) {
            balance.release(std::mem::take(&mut account.cover));
        }
    }

    /// What a participant delivered at the time of a period on the last settled days.
    fn delivered(&self, id: ParticipantId, delivery: Delivery) -> impl Iterator<Item = Energy> {
        let first = delivery.day.saturating_sub(self.history_days());
        let days = self.deliveries.get(usize::from(delivery.period)).into_iter().flatten();
        days.filter(move |of| of.day >= first).filter_map(move |of| of.energy.get(&id).copied())
    }

    fn history_days(&self) -> u32 {
        u32::from(self.scenario.history_days).min(MOST_HISTORY_DAYS)
    }

    /// Notes what was delivered in a period that is settled, and forgets what is older than the history.
    fn note_deliveries(&mut self, period: &Period) {
        let most = usize::try_from(self.history_days()).unwrap_or(usize::MAX);
        let Some(days) = self.deliveries.get_mut(usize::from(period.delivery.period)) else { return };
        let read = self.scenario.ids().zip(&period.accounts);
        let read = read.filter(|(id, _)| !self.missing.contains(&(period.delivery, *id)));
        let given = read.map(|(id, account)| (id, account.actual.outward()));
        let energy = given.filter(|(_, given)| !given.is_zero()).collect();
        days.push_back(Deliveries { day: period.delivery.day, energy });
        if days.len() > most {
            days.pop_front();
        }
    }

    fn take_cover(&mut self, period: &mut Period, buyer: ParticipantId, energy: Energy, amount: Money) {
        let Some((account, balance)) = self.of(period, buyer) else { return };
        account.cover = account.cover.saturating_sub(amount);
        balance.held = balance.held.saturating_sub(amount);
        account.peer_to_peer = account.peer_to_peer.saturating_add(energy.bought().unwrap_or_default());
        account.money = account.money.saturating_add(amount.paid().unwrap_or_default());
    }

    fn hold_income(&mut self, period: &mut Period, seller: ParticipantId, energy: Energy, amount: Money) {
        let Some((account, balance)) = self.of(period, seller) else { return };
        account.income = account.income.saturating_add(amount);
        balance.held = balance.held.saturating_add(amount);
        account.peer_to_peer = account.peer_to_peer.saturating_add(energy.sold().unwrap_or_default());
        account.money = account.money.saturating_add(amount.received().unwrap_or_default());
    }

    fn of<'b>(
        &'b mut self,
        period: &'b mut Period,
        id: ParticipantId,
    ) -> Option<(&'b mut Account, &'b mut Balance)> {
        let index = usize::try_from(id.0).ok()?;
        period.accounts.get_mut(index).zip(self.balances.get_mut(index))
    }

    /// Balances a period, frees its income, serves the debts and writes its lines.
    fn settle(&mut self, period: &Period) {
        self.top_up_before(self.scenario.calendar.metering(period.delivery).to);
        let supplier = self.scenario.supplier;
        if self.lines.is_empty() {
            let periods = usize::from(self.scenario.calendar.periods_per_day);
            self.lines.reserve(self.scenario.participants.len().saturating_mul(periods));
        }
        let mut place = None;
        let mut balanced = Balanced::default();
        for (id, account) in self.scenario.ids().zip(&period.accounts) {
            if id == supplier {
                // Its line is known when all others are.
                place = Some(self.lines.len());
                self.lines.push(balanced.line(period.delivery, supplier));
            }
            if !account.role.is_metered() {
                continue;
            }
            let estimated = self.missing.contains(&(period.delivery, id));
            let actual =
                if estimated { self.estimate(id, period.delivery, account.position) } else { account.actual };
            let settled = Outcome::of(actual, account.peer_to_peer, period.prices).unwrap_or_default();
            let line = BillLine {
                delivery: period.delivery,
                participant: id,
                role: account.role,
                expected: account.position.net(),
                bid: account.bid,
                peer_to_peer: Some(account.peer_to_peer),
                peer_to_peer_money: Some(account.money),
                actual: Some(actual),
                estimated,
                balanced: settled.balancing.energy,
                balanced_money: settled.balancing.money,
                grid_only: settled.grid_only,
            };
            balanced = balanced.plus(settled.into());
            self.lines.push(line);
            let (_, cover) = self.covers.remove(&(period.delivery, id)).unwrap_or_default();
            self.release(id, account.income.saturating_add(cover));
            self.settle_up(id, settled.balancing.money);
        }
        self.note_deliveries(period);
        self.pay_claims();
        if let Some(line) = place.and_then(|place| self.lines.get_mut(place)) {
            *line = balanced.line(period.delivery, supplier);
        }
    }

    /// What stands in for a missing reading.
    fn estimate(&self, id: ParticipantId, delivery: Delivery, position: Position) -> NetEnergy {
        let Some((member, site)) = self.scenario.participant(id).zip(Site::new(self.scenario, id)) else {
            return NetEnergy::ZERO;
        };
        let highest = (delivery.day.saturating_sub(self.history_days())..delivery.day)
            .filter(|day| !self.missing.contains(&(Delivery { day: *day, ..delivery }, id)))
            .map(|day| site.day(day).of(delivery.period).1.inward())
            .max();
        estimate(member.role, position, member.parameters().alpha, highest, site.most_energy())
    }

    fn release(&mut self, id: ParticipantId, held: Money) {
        if let Some((member, _)) = self.member_and_supplier(id) {
            member.release(held);
        }
    }

    /// Settles up what is between a member and the supplier and what falls due now. `None` where there is no such
    /// member.
    fn settle_up(&mut self, id: ParticipantId, due: NetMoney) -> Option<Change> {
        let oldest = self.creditors.oldest();
        let (member, supplier) = self.member_and_supplier(id)?;
        let free = |payer| match payer {
            Payer::Member => member.free,
            Payer::Supplier => supplier.free,
        };
        let dues = Dues::new(id, member.debt, due);
        let payment = dues.payment(free, || oldest);
        (member.free, supplier.free) = payment.apply(member.free, supplier.free)?;
        let change = dues.paid(payment.amount);
        member.debt = change.debt;
        self.creditors.apply(&change);
        Some(change)
    }

    /// Lets the supplier pay its creditors by age, as far as it can.
    fn pay_claims(&mut self) {
        while let Some(oldest) = self.creditors.oldest() {
            if !self.settle_up(oldest, NetMoney::ZERO).is_some_and(|change| change.is_paid_off()) {
                return;
            }
        }
    }

    fn member_and_supplier(&mut self, id: ParticipantId) -> Option<(&mut Balance, &mut Balance)> {
        let supplier = usize::try_from(self.scenario.supplier.0).ok()?;
        let member = usize::try_from(id.0).ok()?;
        let [member, supplier] = self.balances.get_disjoint_mut([member, supplier]).ok()?;
        Some((member, supplier))
    }
}
