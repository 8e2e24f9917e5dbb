//! What time drives: the clearing, in small steps.
//!
//! A step looks at the phase of the period in turn, does one bounded thing, and gives the weight it took.
//! Each walk starts behind its last key, so entries that the same block removed are walked over only
//! where a phase begins: once a phase, and at most as many as the budget lets a block remove.

use super::*;
use crate::LOG_TARGET;
use frame::traits::tokens::Precision;
use market::Moment;
use market::calendar::Stage;
use market::clearing::{Order, Step, Trade};
use market::debts::counted;
use market::participant::Member;

/// More than a transaction that reveals takes, in bytes.
const REVEAL_LENGTH: u32 = 512;

/// What became of the walk along a queue.
enum Walked {
    /// A front that was missing is fetched, at this weight.
    Fetched(Weight),
    /// A step was taken.
    Stepped(Step),
}

impl<T: Config> Pallet<T> {
    /// The hook at a block's start: clears what is due as far as the budget goes.
    pub(crate) fn poll(meter: &mut WeightMeter) {
        let mut budget = WeightMeter::with_limit(T::HookBudget::get().min(meter.remaining()));
        if budget.try_consume(Self::poll_weight()).is_err() {
            return;
        }
        let now = T::Time::now();
        let next = match Next::<T>::get() {
            Some(next) => Some(next),
            None => Self::first_delivery(now).inspect(|first| Next::<T>::put(first)),
        };
        if let Some(next) = next {
            Self::clear(next, now, &mut budget);
        }
        meter.consume(budget.consumed());
    }

    /// What the hook takes where nothing is due, with the reads that the block's calls and steps share.
    pub fn poll_weight() -> Weight {
        T::WeightInfo::poll().saturating_add(T::DbWeight::get().reads(SHARED_READS))
    }

    /// The first period whose sealing has not opened.
    fn first_delivery(now: Moment) -> Option<Delivery> {
        let calendar = T::Calendars::at(now);
        let mut delivery = match calendar.delivery_at(now) {
            Some(current) => calendar.next(current)?,
            None => Delivery::default(),
        };
        if Self::calendar_of(delivery).sealing(delivery).from <= now {
            delivery = Self::calendar_of(delivery).next(delivery)?;
        }
        Some(delivery)
    }

    /// The hook at a block's end: counts it, and goes on with what its transactions left.
    pub(crate) fn idle(meter: &mut WeightMeter) {
        if meter.try_consume(T::WeightInfo::poll()).is_err() {
            return;
        }
        Self::count_reveal_block();
        if let Some(next) = Next::<T>::get() {
            Self::clear(next, T::Time::now(), meter);
        }
    }

    /// Counts a block if a reveal window is open and a reveal would still have found room. So whoever fills the blocks of
    /// a window, at whatever price, makes nobody forfeit a deposit.
    pub(crate) fn count_reveal_block() {
        if let Some(delivery) = Self::open(Stage::Reveal, T::Time::now())
            && Next::<T>::get().is_some_and(|next| next <= delivery)
            && Self::has_room_for_reveal()
            && let Some(author) = T::Blocks::author()
        {
            RevealBlocks::<T>::mutate(delivery, |seen| seen.add(author));
        }
    }

    /// Whether the block has room for one more reveal by the rules that admit transactions to it, with as much again
    /// to spare for what a transaction carries besides its call.
    fn has_room_for_reveal() -> bool {
        let limits = T::BlockWeights::get();
        let class = limits.get(DispatchClass::Operational);
        let reveal = T::WeightInfo::reveal().saturating_add(class.base_extrinsic).saturating_mul(2);
        let block = frame_system::Pallet::<T>::block_weight();
        // What does not even add up has no room.
        let (Some(operational), Some(all)) = (
            block.get(DispatchClass::Operational).checked_add(&reveal),
            DispatchClass::all().iter().try_fold(reveal, |sum, class| sum.checked_add(block.get(*class))),
        ) else {
            return false;
        };
        let is_reserved = class.reserved.is_some_and(|reserved| operational.all_lte(reserved));
        let length = T::BlockLength::get();
        class.max_total.is_none_or(|most| operational.all_lte(most))
            && (all.all_lte(limits.max_block) || is_reserved)
            && frame_system::Pallet::<T>::block_size().saturating_add(REVEAL_LENGTH)
                <= *length.max.get(DispatchClass::Operational)
    }

    fn clear(mut delivery: Delivery, now: Moment, budget: &mut WeightMeter) {
        let worst = Self::worst_step();
        if Self::calendar_of(delivery).reveal(delivery).to > now
            || !budget.can_consume(worst)
            || T::Calendars::is_paused(Stage::Execution)
        {
            return;
        }
        let mut progress = Progress::<T>::get();
        while budget.can_consume(worst) {
            budget.consume(Self::step(delivery, &mut progress));
            if progress.phase == Phase::Waiting {
                let Some(next) = Self::calendar_of(delivery).next(delivery) else { break };
                delivery = next;
                if Self::calendar_of(delivery).reveal(delivery).to > now {
                    break;
                }
            }
        }
        Next::<T>::put(delivery);
        Progress::<T>::put(progress);
    }

    /// The most that one step takes.
    pub(crate) fn worst_step() -> Weight {
        [
            T::WeightInfo::pass(),
            T::WeightInfo::fetch().saturating_add(T::WeightInfo::count_offer()),
            T::WeightInfo::trade(),
            T::WeightInfo::fill(),
            T::WeightInfo::leave(),
            T::WeightInfo::collect(),
        ]
        .into_iter()
        .fold(Weight::zero(), |worst, step| worst.max(step))
    }

    /// Takes one step of a period's clearing. The period is cleared when the phase is waiting again.
    pub(crate) fn step(delivery: Delivery, progress: &mut Clearance<T::AccountId>) -> Weight {
        let phase = core::mem::take(&mut progress.phase);
        let (phase, weight) = match phase {
            Phase::Waiting => (Self::begin(delivery), T::WeightInfo::pass()),
            Phase::Marginal { walk, lowest } => Self::step_marginal(delivery, walk, lowest),
            Phase::Queue { walk, uniform } => Self::step_queue(delivery, progress, walk, uniform),
            Phase::Collect { last } => Self::step_collect(delivery, last),
            Phase::Return { last } => Self::step_return(delivery, last),
        };
        if phase == Phase::Waiting {
            let Clearance { trades, energy, .. } = core::mem::take(progress);
            RevealBlocks::<T>::remove(delivery);
            Self::deposit_event(Event::Cleared { delivery, trades, energy });
        }
        progress.phase = phase;
        weight
    }

    fn begin(delivery: Delivery) -> Phase<T::AccountId> {
        if Bids::<T>::iter_key_prefix(delivery).next().is_none() {
            return Self::after_queue(delivery);
        }
        match Pricing::<T>::get() {
            market::clearing::Pricing::PayAsBid => Phase::Queue { walk: Walk::default(), uniform: None },
            market::clearing::Pricing::Uniform => Phase::Marginal { walk: Walk::default(), lowest: None },
        }
    }

    /// What follows once all revealed bids have left.
    fn after_queue(delivery: Delivery) -> Phase<T::AccountId> {
        if Seals::<T>::iter_key_prefix(delivery).next().is_none() {
            return Phase::Waiting;
        }
        // Where nobody offered, a bid that was not opened has harmed nobody.
        let is_offered = T::Positions::lowest_cost(delivery).is_some();
        let window = Self::calendar_of(delivery).reveal(delivery);
        let length = window.to.saturating_sub(window.from);
        if !is_offered
            || !RevealBlocks::<T>::get(delivery).are_enough::<T::Blocks>(length)
            || T::Calendars::was_paused(Stage::Reveal, window)
        {
            Phase::Return { last: None }
        } else {
            Phase::Collect { last: None }
        }
    }

    fn step_marginal(
        delivery: Delivery,
        mut walk: Walk<T::AccountId>,
        mut lowest: Option<Price>,
    ) -> (Phase<T::AccountId>, Weight) {
        let mut weight = T::WeightInfo::fetch();
        match Self::advance(delivery, &mut walk) {
            Walked::Stepped(Step::Trade(trade)) => lowest = Some(trade.price),
            // The bids behind one that found nothing find nothing either: they are no higher.
            Walked::Stepped(Step::BidLeaves(order)) if order.open.is_zero() => {}
            Walked::Stepped(Step::BidLeaves(_) | Step::Over) => {
                let walk = Walk { is_counted: true, ..Walk::default() };
                return (Phase::Queue { walk, uniform: lowest }, weight);
            }
            Walked::Stepped(Step::OfferPassed(_)) => {}
            Walked::Fetched(fetched) => weight = fetched,
        }
        (Phase::Marginal { walk, lowest }, weight)
    }

    fn step_queue(
        delivery: Delivery,
        progress: &mut Clearance<T::AccountId>,
        mut walk: Walk<T::AccountId>,
        uniform: Option<Price>,
    ) -> (Phase<T::AccountId>, Weight) {
        let weight = match Self::advance(delivery, &mut walk) {
            Walked::Stepped(Step::Trade(trade)) => {
                let trade = Trade { price: uniform.unwrap_or(trade.price), ..trade };
                Self::make(delivery, progress, &mut walk, trade);
                match walk.queue.bid.take_if(|bid| bid.open.is_zero()) {
                    // In the same step, so that account, holds and line of a bid that one trade fills are touched once.
                    Some(filled) => {
                        Self::leave(delivery, &mut walk, filled);
                        T::WeightInfo::fill()
                    }
                    None => T::WeightInfo::trade(),
                }
            }
            Walked::Stepped(Step::BidLeaves(order)) => {
                Self::leave(delivery, &mut walk, order);
                T::WeightInfo::leave()
            }
            Walked::Stepped(Step::Over) => return (Self::after_queue(delivery), T::WeightInfo::pass()),
            Walked::Stepped(Step::OfferPassed(_)) => T::WeightInfo::fetch(),
            Walked::Fetched(weight) => weight,
        };
        (Phase::Queue { walk, uniform }, weight)
    }

    /// Fetches the next bid or offer where the front lacks one; else takes a step along the queue.
    fn advance(delivery: Delivery, walk: &mut Walk<T::AccountId>) -> Walked {
        let Some(bid) = walk.queue.bid else {
            return Self::fetch_bid(delivery, walk);
        };
        let lacks_offer = walk.queue.offer.is_none_or(|offer| offer.open.is_zero());
        if !bid.open.is_zero() && lacks_offer && !walk.offers_over {
            return Walked::Fetched(Self::fetch_offer(delivery, walk));
        }
        // Both fronts are there, or there are no more offers: the queue has nothing to ask for.
        Walked::Stepped(walk.queue.step(|| None, || None))
    }

    fn fetch_bid(delivery: Delivery, walk: &mut Walk<T::AccountId>) -> Walked {
        let mut bids = match walk.last_bid {
            Some(last) => Bids::<T>::iter_prefix_from(delivery, Bids::<T>::hashed_key_for(delivery, last)),
            None => Bids::<T>::iter_prefix(delivery),
        };
        let Some((key, bid)) = bids.next() else {
            return Walked::Stepped(Step::Over);
        };
        walk.last_bid = Some(key);
        walk.queue.bid = Some(Order { key, open: bid.volume });
        walk.buyer = T::Registry::member(key.participant()).map(|Member { account, .. }| Buyer {
            account,
            bid,
            spent: Money::ZERO,
        });
        Walked::Fetched(T::WeightInfo::fetch())
    }

    /// Fetches the next offer, and gives the weight that it took.
    fn fetch_offer(delivery: Delivery, walk: &mut Walk<T::AccountId>) -> Weight {
        let mut weight = T::WeightInfo::fetch();
        let last = walk.queue.offer.map(|offer| offer.key);
        let Some(mut offer) = T::Positions::next_offer(delivery, last) else {
            walk.offers_over = true;
            return weight;
        };
        let seller = offer.key.participant();
        if !walk.is_counted && T::DebtBook::is_debtor(seller) {
            offer.open = Self::count_offer(delivery, offer);
            weight = weight.saturating_add(T::WeightInfo::count_offer());
        }
        walk.queue.offer = Some(offer);
        walk.seller = T::Registry::member(seller).map(|member| member.account);
        weight
    }

    /// What counts of a debtor's offer.
    pub(crate) fn count_offer(delivery: Delivery, offer: Order) -> Energy {
        let Order { key, open: offered } = offer;
        let participant = key.participant();
        let counted = counted(offered, true, T::DebtBook::delivered(participant, delivery));
        if counted < offered {
            T::Positions::count_offer(delivery, key, counted);
            Self::deposit_event(Event::OfferCut { delivery, participant, offered, counted });
        }
        counted
    }

    /// Pays a trade and passes it on. One that cannot be paid is not made: the rest of its cover comes
    /// back when its bid leaves.
    fn make(
        delivery: Delivery,
        progress: &mut Clearance<T::AccountId>,
        walk: &mut Walk<T::AccountId>,
        trade: Trade,
    ) {
        let Trade { buyer, seller, energy, price } = trade;
        match Self::pay_trade(walk, &trade) {
            Ok((amount, from, to)) => {
                T::TradeBook::traded(delivery, &trade, amount);
                progress.trades = progress.trades.saturating_add(1);
                progress.energy = progress.energy.saturating_add(energy);
                Self::deposit_event(Event::Traded {
                    delivery,
                    buyer,
                    seller,
                    energy,
                    price,
                    amount,
                    from,
                    to,
                });
            }
            Err(error) => {
                log::error!(target: LOG_TARGET, "{delivery}: {buyer:?} cannot pay {seller:?}: {error:?}");
                Self::deposit_event(Event::TradeFailed { delivery, buyer, seller, energy, error });
            }
        }
    }

    fn pay_trade(
        walk: &mut Walk<T::AccountId>,
        trade: &Trade,
    ) -> Result<(Money, T::AccountId, T::AccountId), DispatchError> {
        let amount = trade.price.amount(trade.energy).ok_or(ArithmeticError::Overflow)?;
        let buyer = walk.buyer.as_mut().ok_or(DispatchError::CannotLookup)?;
        let seller = walk.seller.clone().ok_or(DispatchError::CannotLookup)?;
        let spent = buyer.spent.checked_add(amount).ok_or(ArithmeticError::Overflow)?;
        Self::pay(&buyer.account, &seller, amount)?;
        buyer.spent = spent;
        Ok((amount, buyer.account.clone(), seller))
    }

    /// Gives back what a bid did not spend, and forgets it.
    fn leave(delivery: Delivery, walk: &mut Walk<T::AccountId>, order: Order) {
        let (participant, price) = (order.key.participant(), order.key.bid_price());
        let mut released = Money::ZERO;
        if let Some(Buyer { account, bid, spent }) = walk.buyer.take() {
            let rest = price.amount(bid.volume).unwrap_or_default().saturating_sub(spent);
            match Self::release(&account, rest, Precision::BestEffort) {
                Ok(actual) => released = actual,
                Err(error) => {
                    log::error!(target: LOG_TARGET, "{delivery}: cover of {participant:?} stays on hold: {error:?}")
                }
            }
        }
        Bids::<T>::remove(delivery, order.key);
        T::TradeBook::bid_left(delivery, participant, price);
        Self::deposit_event(Event::BidLeft { delivery, participant, unserved: order.open, released });
    }

    fn step_collect(delivery: Delivery, last: Option<ParticipantId>) -> (Phase<T::AccountId>, Weight) {
        let phase = match Self::next_seal(delivery, last) {
            Some((participant, seal)) => {
                Self::forfeit(delivery, participant, &seal);
                Phase::Collect { last: Some(participant) }
            }
            None => Phase::Waiting,
        };
        (phase, T::WeightInfo::collect())
    }

    fn step_return(delivery: Delivery, last: Option<ParticipantId>) -> (Phase<T::AccountId>, Weight) {
        let phase = match Self::next_seal(delivery, last) {
            Some((participant, seal)) => {
                Self::give_back(delivery, participant, &seal);
                Phase::Return { last: Some(participant) }
            }
            None => Phase::Waiting,
        };
        (phase, T::WeightInfo::collect())
    }

    fn next_seal(
        delivery: Delivery,
        last: Option<ParticipantId>,
    ) -> Option<(ParticipantId, Seal<T::AccountId>)> {
        match last {
            Some(last) => {
                Seals::<T>::iter_prefix_from(delivery, Seals::<T>::hashed_key_for(delivery, last)).next()
            }
            None => Seals::<T>::iter_prefix(delivery).next(),
        }
    }

    fn forfeit(delivery: Delivery, participant: ParticipantId, seal: &Seal<T::AccountId>) {
        let (pot, amount) = (T::Pot::account(), seal.deposit);
        match Self::pay(&seal.account, &pot, amount) {
            Ok(()) => {
                T::Pot::forfeited(delivery, participant, amount);
                Seals::<T>::remove(delivery, participant);
                let from = seal.account.clone();
                Self::deposit_event(Event::DepositForfeited { delivery, participant, amount, from, to: pot });
            }
            Err(error) => {
                log::error!(target: LOG_TARGET, "{delivery}: {participant:?} forfeits nothing: {error:?}");
                Self::give_back(delivery, participant, seal);
            }
        }
    }

    fn give_back(delivery: Delivery, participant: ParticipantId, seal: &Seal<T::AccountId>) {
        Seals::<T>::remove(delivery, participant);
        match Self::release(&seal.account, seal.deposit, Precision::BestEffort) {
            Ok(amount) => Self::deposit_event(Event::DepositReturned { delivery, participant, amount }),
            Err(error) => {
                log::error!(target: LOG_TARGET, "{delivery}: deposit of {participant:?} stays on hold: {error:?}")
            }
        }
    }
}
