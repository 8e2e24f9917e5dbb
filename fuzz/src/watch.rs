//! Windows and queues by what events tell, worked out once more.

use market::calendar::Calendars;
use market::clearing::{Order, Pricing, QueueKey, Trade, clear, lot};
use market::{Day, Delivery, Energy, Moment, NetEnergy, NetMoney, ParticipantId, Price};
use pallet_blind_auction::{Call as AuctionCall, Error as AuctionError, Event as Auction};
use pallet_energy_tasks::Call as TasksCall;
use pallet_energy_tasks::{Error as TasksError, Event as Tasks};
use pallet_settlement::Event as Settling;
use runtime::{EnergyTasks, Runtime, RuntimeCall, RuntimeEvent, Terms};
use sp_runtime::DispatchError;
use std::collections::{BTreeMap, BTreeSet};

/// The bids and trades of the periods on their way, and how many periods were cleared.
#[derive(Default)]
pub struct Watch {
    bids: BTreeMap<Delivery, Vec<Order>>,
    trades: BTreeMap<Delivery, Vec<Trade>>,
    /// What participants owe, and since when.
    debts: BTreeMap<ParticipantId, (NetMoney, Moment)>,
    /// The blocks made in the reveal window of each, and who forfeited a deposit on which day.
    reveal_blocks: BTreeMap<Delivery, u32>,
    forfeiters: BTreeSet<(Day, ParticipantId)>,
    /// Periods cleared.
    pub cleared: u64,
    /// Periods cleared with trades.
    pub traded: u64,
    /// Lines settled.
    pub settled: u64,
    /// Days closed.
    pub closed: u64,
}

/// A period's times, by the design's table.
struct Times {
    start: Moment,
    end: Moment,
    quarter: u64,
}

impl Times {
    fn of(delivery: Delivery) -> Self {
        let calendar = Terms::of(delivery.day);
        let index =
            u64::from(delivery.day) * u64::from(calendar.periods_per_day) + u64::from(delivery.period);
        let start = calendar.anchor + index * calendar.period_length;
        Self { start, end: start + calendar.period_length, quarter: calendar.period_length / 4 }
    }

    fn sealing(&self) -> (Moment, Moment) {
        (self.start - self.quarter, self.start - self.quarter / 2)
    }

    fn reveal(&self) -> (Moment, Moment) {
        (self.start - self.quarter / 2, self.start)
    }
}

fn release(day: u32) -> (Moment, Moment) {
    let calendar = Terms::of(day);
    let length = calendar.period_length * u64::from(calendar.periods_per_day);
    let eve = (calendar.anchor + u64::from(day) * length).saturating_sub(length);
    (eve + calendar.release_from, eve + calendar.release_to)
}

fn within(now: Moment, (from, to): (Moment, Moment), what: &dyn std::fmt::Debug) -> Result<(), String> {
    if from <= now && now < to { Ok(()) } else { Err(format!("{now} is outside [{from}, {to}): {what:?}")) }
}

fn after(now: Moment, from: Moment, what: &dyn std::fmt::Debug) -> Result<(), String> {
    if from <= now { Ok(()) } else { Err(format!("{now} is before {from}: {what:?}")) }
}

impl Watch {
    /// A block is made.
    pub fn block(&mut self, now: Moment) {
        if let Some(delivery) = Terms::open_at(now).reveal {
            *self.reveal_blocks.entry(delivery).or_default() += 1;
        }
    }

    /// Looks at what happened at a moment.
    pub fn see(&mut self, now: Moment, events: &[RuntimeEvent]) -> Result<(), String> {
        for event in events {
            match event {
                RuntimeEvent::EnergyTasks(event) => Self::see_tasks(now, event)?,
                RuntimeEvent::BlindAuction(event) => self.see_auction(now, event)?,
                RuntimeEvent::Settlement(event) => self.see_settlement(now, event)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn see_tasks(now: Moment, event: &Tasks<Runtime>) -> Result<(), String> {
        match event {
            Tasks::Released { day, .. } => within(now, release(*day), event),
            Tasks::OfferCorrected { delivery, .. } => within(now, Times::of(*delivery).sealing(), event),
            _ => Ok(()),
        }
    }

    fn see_auction(&mut self, now: Moment, event: &Auction<Runtime>) -> Result<(), String> {
        match event {
            Auction::Sealed { delivery, .. } => within(now, Times::of(*delivery).sealing(), event),
            Auction::Revealed { delivery, participant, price, volume, .. } => {
                let lot = lot(pallet_terms::MarketSeed::<Runtime>::get(), *delivery, *participant);
                let key = QueueKey::of_bid(*price, lot, *participant);
                self.bids.entry(*delivery).or_default().push(Order { key, open: *volume });
                within(now, Times::of(*delivery).reveal(), event)
            }
            Auction::Traded { delivery, buyer, seller, energy, price, .. } => {
                let trade = Trade { buyer: *buyer, seller: *seller, energy: *energy, price: *price };
                self.trades.entry(*delivery).or_default().push(trade);
                after(now, Times::of(*delivery).start, event)
            }
            Auction::DepositForfeited { delivery, participant, .. } => {
                self.forfeiters.insert((delivery.day, *participant));
                match self.reveal_blocks.get(delivery) {
                    Some(2..) => Ok(()),
                    blocks => Err(format!("{blocks:?} blocks to reveal in, but: {event:?}")),
                }
            }
            Auction::TradeFailed { .. } => Err(format!("a trade was not paid: {event:?}")),
            Auction::Cleared { delivery, trades, energy } => {
                let made = self.trades.remove(delivery).unwrap_or_default();
                self.reveal_blocks.remove(delivery);
                self.cleared += 1;
                self.traded += u64::from(!made.is_empty());
                let sum = made.iter().map(|trade| trade.energy).sum();
                if made.len() != *trades as usize || *energy != sum {
                    return Err(format!("{event:?} does not count {made:?}"));
                }
                self.check_debtors(*delivery, &made)?;
                self.check_queue(*delivery, &made)?;
                after(now, Times::of(*delivery).start, event)
            }
            _ => Ok(()),
        }
    }

    fn see_settlement(&mut self, now: Moment, event: &Settling<Runtime>) -> Result<(), String> {
        match event {
            Settling::ReadingSubmitted { delivery, .. } => after(now, Times::of(*delivery).end, event),
            Settling::LineSettled { delivery, .. } => {
                self.settled += 1;
                let times = Times::of(*delivery);
                after(now, times.end + times.quarter, event)
            }
            Settling::DebtChanged { participant, debt } => {
                self.debts.insert(*participant, (*debt, now));
                Ok(())
            }
            Settling::ForfeitShared { day, participant, .. } => {
                let forfeited = self.forfeiters.contains(&(*day, *participant));
                if forfeited { Err(format!("a share of its own forfeit: {event:?}")) } else { Ok(()) }
            }
            Settling::DayClosed { .. } => {
                self.closed += 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Who owed the supplier when a period began, and ever since, sold no more than its meter counted outwards at that time
    /// of one of the last days. Where the days have other periods it is left to the pallets' own tests.
    fn check_debtors(&self, delivery: Delivery, made: &[Trade]) -> Result<(), String> {
        let start = Times::of(delivery).start;
        let history = u32::from(pallet_energy_tasks::HistoryDays::<Runtime>::get());
        let days = delivery.day.saturating_sub(history)..delivery.day;
        let periods = |day| Terms::of(day).periods_per_day;
        if days.clone().any(|day| periods(day) != periods(delivery.day)) {
            return Ok(());
        }
        let owed = self.debts.iter().filter(|(_, (debt, since))| *debt > NetMoney::ZERO && *since < start);
        for (seller, _) in owed {
            let sold: Energy =
                made.iter().filter(|trade| trade.seller == *seller).map(|trade| trade.energy).sum();
            let line = |day| pallet_settlement::Lines::<Runtime>::get(Delivery { day, ..delivery }, *seller);
            let read = days.clone().filter_map(line).filter_map(|line| line.settled.and(line.reading));
            let most = read.map(NetEnergy::outward).max().unwrap_or_default();
            if sold > most {
                return Err(format!(
                    "{delivery}: {seller:?} owes, delivered {most} kWh lately and sold {sold}"
                ));
            }
        }
        Ok(())
    }

    /// The trades of a period are those of its queue, walked at once.
    fn check_queue(&mut self, delivery: Delivery, made: &[Trade]) -> Result<(), String> {
        let bids = self.bids.remove(&delivery).unwrap_or_default();
        let offers: Vec<_> = EnergyTasks::offers(delivery, None).collect();
        let highest = |trade: &Trade| {
            let bid = bids.iter().find(|bid| bid.key.participant() == trade.buyer);
            bid.map_or(Price::ZERO, |bid| bid.key.bid_price())
        };
        if made.windows(2).any(|pair| highest(&pair[0]) < highest(&pair[1])) {
            return Err(format!("{delivery}: a lower bid came first: {made:?}"));
        }
        let pricing: Pricing = pallet_blind_auction::Pricing::<Runtime>::get();
        let expected = clear(bids, offers, pricing);
        if expected == made { Ok(()) } else { Err(format!("{delivery}: {made:?}, not {expected:?}")) }
    }

    /// A call is refused for its window only where the window is not open.
    pub fn check_refusal(now: Moment, call: &RuntimeCall, error: DispatchError) -> Result<(), String> {
        let (from, to) = match call {
            RuntimeCall::EnergyTasks(TasksCall::release { day, .. }) => release(*day),
            RuntimeCall::EnergyTasks(TasksCall::correct_offer { delivery, .. }) => {
                Times::of(*delivery).sealing()
            }
            RuntimeCall::BlindAuction(AuctionCall::seal { delivery, .. }) => {
                let is_past =
                    pallet_blind_auction::Next::<Runtime>::get().is_none_or(|next| next > *delivery);
                if is_past { (0, 0) } else { Times::of(*delivery).sealing() }
            }
            RuntimeCall::BlindAuction(AuctionCall::reveal { delivery, .. }) => Times::of(*delivery).reveal(),
            _ => return Ok(()),
        };
        let not_open =
            [TasksError::<Runtime>::WindowNotOpen.into(), AuctionError::<Runtime>::WindowNotOpen.into()];
        let closed =
            [TasksError::<Runtime>::WindowClosed.into(), AuctionError::<Runtime>::WindowClosed.into()];
        let wrong = (not_open.contains(&error) && now >= from) || (closed.contains(&error) && now < to);
        if wrong { Err(format!("{now} is in [{from}, {to}), but: {error:?} of {call:?}")) } else { Ok(()) }
    }
}
