//! What a buyer gains by answering the others' bids (5) best.
//!
//! Released volumes are public and (5) is a formula, so whoever takes part knows the bids of all who follow it before it
//! seals its own. [`best_responses`] computes, for each buyer alone, with all others bidding (5):
//!
//! - the price for its released volume that costs it least, period by period;
//! - the volume to release and the price for it that cost it least, where the others' (5) follow the sum of volumes.
//!
//! Everybody is taken to have the money for its bids, as on the paper's first day.

use crate::scenario::Scenario;
use crate::site::Sites;
use market::bidding::{BidContext, demand_share};
use market::clearing::{Order, QueueKey, clear, lot};
use market::limits::check_bid;
use market::settlement::balance;
use market::tariff::GridPrices;
use market::{Day, Delivery, Energy, NetEnergy, NetMoney, ParticipantId, Position, Price};

/// In how many steps the volumes up to the tie line's limit are tried.
const VOLUME_STEPS: u64 = 100;

/// What a buyer pays, and what the sellers do: they receive, so it is negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// What the buyer pays, peer-to-peer and balanced together.
    pub buyer: NetMoney,
    /// What all others that offer pay.
    pub sellers: NetMoney,
}

impl Cost {
    fn add(self, other: Self) -> Self {
        Self {
            buyer: self.buyer.saturating_add(other.buyer),
            sellers: self.sellers.saturating_add(other.sellers),
        }
    }
}

/// A bid in a period: `None` where it is best, or by (5) necessary, to stay away.
pub type Bid = Option<(Energy, Price)>;

/// A buyer's bids in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodResponse {
    /// The period.
    pub delivery: Delivery,
    /// Its bid (5).
    pub formula: Bid,
    /// Its best bid for the released volume.
    pub best: Bid,
    /// Its best bid for any volume that it could have released.
    pub released: Bid,
}

/// What a buyer gains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The buyer.
    pub participant: ParticipantId,
    /// By (5).
    pub formula: Cost,
    /// With the best prices.
    pub best: Cost,
    /// With the best volumes and prices.
    pub released: Cost,
    /// Its bids.
    pub periods: Vec<PeriodResponse>,
}

/// The best responses of all buyers on a day, in the order of their numbers.
pub fn best_responses(scenario: &Scenario, day: Day) -> Vec<Response> {
    let mut sites = Sites::new(scenario);
    let periods: Vec<_> = scenario
        .periods(day)
        .map(|delivery| Period {
            scenario,
            delivery,
            prices: scenario.prices(delivery.period),
            sites: sites.of(delivery).to_vec(),
        })
        .collect();
    let buyers = scenario.members().filter(|(_, member)| member.role.buys());
    buyers.map(|(id, _)| response(&periods, id)).collect()
}

fn response(periods: &[Period<'_>], participant: ParticipantId) -> Response {
    let mut response = Response {
        participant,
        formula: Cost::default(),
        best: Cost::default(),
        released: Cost::default(),
        periods: Vec::new(),
    };
    for period in periods {
        let volume = period.position(participant).shortage();
        let formula = period.formula(participant, volume, participant);
        let cost = period.cost(participant, volume, formula);
        let (best, best_cost) = period.best(participant, volume, (formula, cost));
        let start = (best.map(|price| (volume, price)), best_cost);
        let (released, released_cost) = period.best_release(participant, start);
        response.formula = response.formula.add(cost);
        response.best = response.best.add(best_cost);
        response.released = response.released.add(released_cost);
        response.periods.push(PeriodResponse {
            delivery: period.delivery,
            formula: formula.map(|price| (volume, price)),
            best: best.map(|price| (volume, price)),
            released,
        });
    }
    response
}

/// A period as all know it when its sealing opens, and what its meters will count.
struct Period<'a> {
    scenario: &'a Scenario,
    delivery: Delivery,
    prices: GridPrices,
    sites: Vec<(Position, NetEnergy)>,
}

impl Period<'_> {
    fn site(&self, id: ParticipantId) -> (Position, NetEnergy) {
        usize::try_from(id.0).ok().and_then(|index| self.sites.get(index)).copied().unwrap_or_default()
    }

    fn position(&self, id: ParticipantId) -> Position {
        self.site(id).0
    }

    /// C_mv of (7).
    fn lowest_cost(&self) -> Option<Price> {
        let offers =
            self.scenario.members().filter(|(id, _)| matches!(self.position(*id), Position::Sell { .. }));
        offers.map(|(_, member)| member.generation_cost).min()
    }

    /// Whether a price keeps to (7).
    fn is_legal(&self, price: Price) -> bool {
        check_bid(price, self.lowest_cost(), self.prices.tariff).is_ok()
    }

    /// The bid (5) of somebody, where the buyer releases this volume.
    fn formula(&self, buyer: ParticipantId, volume: Energy, who: ParticipantId) -> Option<Price> {
        let volume_of = |id| if id == buyer { volume } else { self.position(id).shortage() };
        let total = self.scenario.ids().map(volume_of).sum();
        let context = BidContext { volume: volume_of(who), total, prices: self.prices };
        demand_share(&context).filter(|price| self.is_legal(*price))
    }

    /// The bids (5) of all others, where the buyer releases this volume.
    fn others(&self, buyer: ParticipantId, volume: Energy) -> Vec<Order> {
        let others = self.scenario.ids().filter(|id| *id != buyer);
        let bid = |id| {
            let price = self.formula(buyer, volume, id)?;
            Some(self.order(id, self.position(id).shortage(), price))
        };
        others.filter_map(bid).collect()
    }

    fn order(&self, id: ParticipantId, volume: Energy, price: Price) -> Order {
        Order { key: QueueKey::of_bid(price, lot(self.scenario.seed, self.delivery, id), id), open: volume }
    }

    fn offers(&self) -> Vec<Order> {
        let offer = |id| match self.position(id) {
            Position::Sell { energy, reserve } => {
                let lot = lot(self.scenario.seed, self.delivery, id);
                Some(Order { key: QueueKey::of_offer(reserve, lot, id), open: energy })
            }
            Position::Buy(_) => None,
        };
        self.scenario.ids().filter_map(offer).collect()
    }

    /// What the period costs with a bid of the buyer's for the volume it released, or none.
    fn cost(&self, buyer: ParticipantId, volume: Energy, bid: Option<Price>) -> Cost {
        self.cost_among(&self.others(buyer, volume), buyer, volume, bid)
    }

    fn cost_among(&self, others: &[Order], buyer: ParticipantId, volume: Energy, bid: Option<Price>) -> Cost {
        let own = bid.map(|price| self.order(buyer, volume, price));
        let bids = others.iter().copied().chain(own).collect();
        let trades = clear(bids, self.offers(), self.scenario.pricing);
        let pays = |id: ParticipantId| {
            let mut money = NetMoney::ZERO;
            let mut energy = NetEnergy::ZERO;
            for trade in &trades {
                let amount = trade.price.amount(trade.energy).unwrap_or_default();
                if trade.buyer == id {
                    energy = energy.saturating_add(trade.energy.bought().unwrap_or_default());
                    money = money.saturating_add(amount.paid().unwrap_or_default());
                }
                if trade.seller == id {
                    energy = energy.saturating_add(trade.energy.sold().unwrap_or_default());
                    money = money.saturating_add(amount.received().unwrap_or_default());
                }
            }
            let balancing = balance(self.site(id).1, energy, self.prices).unwrap_or_default();
            money.saturating_add(balancing.money)
        };
        let sells = |id: &ParticipantId| *id != buyer && matches!(self.position(*id), Position::Sell { .. });
        Cost { buyer: pays(buyer), sellers: self.scenario.ids().filter(sells).map(pays).sum() }
    }

    /// The price that costs the buyer least for a volume it released, and what it costs; the one to start with where
    /// none is better. The cost can only change where the bid passes another or reaches an offer, and rises with
    /// the price in between, so that these prices are all there are to try.
    fn best(
        &self,
        buyer: ParticipantId,
        volume: Energy,
        start: (Option<Price>, Cost),
    ) -> (Option<Price>, Cost) {
        if volume.is_zero() {
            return start;
        }
        let others = self.others(buyer, volume);
        let tick = Price::from_gwei(1);
        let of_bids = others.iter().map(|order| order.key.bid_price());
        let prices = of_bids
            .flat_map(|price| [price, price.saturating_add(tick)])
            .chain(self.offers().into_iter().map(|order| order.key.reserve_price()))
            .chain(self.lowest_cost())
            .filter(|price| self.is_legal(*price));
        prices.map(Some).chain([None]).fold(start, |best, price| {
            let cost = self.cost_among(&others, buyer, volume, price);
            if cost.buyer < best.1.buyer { (price, cost) } else { best }
        })
    }

    /// The volume and price that cost the buyer least, and what they cost; those to start with where none are better.
    fn best_release(&self, buyer: ParticipantId, start: (Bid, Cost)) -> (Bid, Cost) {
        let tie_line = self.scenario.participant(buyer).map(|member| member.plant.tie_line.limit);
        let limit = tie_line.unwrap_or_default().most_energy(self.scenario.calendar.period_length);
        let step = limit.watt_hours() / VOLUME_STEPS;
        let grid = (0..=VOLUME_STEPS).map(|number| Energy::from_watt_hours(number.saturating_mul(step)));
        // It can use no more than it will, so that is the one to try in any case.
        let used = self.site(buyer).1.inward().min(limit);
        if !self.position(buyer).surplus().is_zero() {
            return start;
        }
        grid.chain([used]).fold(start, |best, volume| {
            let away = (None, self.cost(buyer, volume, None));
            let (price, cost) = self.best(buyer, volume, away);
            if cost.buyer < best.1.buyer { (price.map(|price| (volume, price)), cost) } else { best }
        })
    }
}
