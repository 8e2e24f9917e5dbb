//! The worker that seals and reveals for the participants of this node.
//!
//! At sealing it bids its demand's share (5), shows a random quotation within the limits, and notes both
//! before it sends the commitment; the salt is the agent's deterministic signature. So a bid can be
//! revealed after a crash, and even without the note: then the price is computed again. A live bid that
//! neither explains was made by hand, and is left alone.
//!
//! What is due is told from the chain's state alone ([`Pallet::due`]), also to a node that paces its blocks.
//! Such a node must wait for a bounded time only: a bid made by hand looks due until the reveal window
//! closes, since only its maker knows how to open it.

use super::*;
use core::fmt;
use frame::deps::sp_io::offchain::random_seed;
use frame::traits::fungible::Inspect;
use market::api::Due;
use market::bidding::{BidContext, demand_share};
use market::calendar::Stage;
use market::collateral;
use market::commitment;
use market::limits::check_bid;
use market::tariff::GridPrices;
use worker::{Agent, Sent, SubmitFault, local_agents, recall, remember, report, sign, submit};

/// Under which name bids are noted.
pub(crate) const NOTE: &str = "bid";

/// What is noted of a bid before it is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Note {
    /// The period.
    pub delivery: Delivery,
    /// The bid.
    pub price: Price,
    /// Its false quotation.
    pub quote: Price,
}

/// Why the worker does not do what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The agent's key does not sign.
    NoSalt,
    /// The live bid is not the worker's.
    MadeByHand,
    /// The free balance does not cover the bid.
    NotCovered,
    /// The transaction did not reach the pool.
    Submit(SubmitFault),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSalt => f.write_str("the keystore does not sign, so no bid can be sealed or revealed"),
            Self::MadeByHand => f.write_str("the sealed bid was made by hand: reveal it by hand, too"),
            Self::NotCovered => {
                f.write_str("the balance does not cover the sealed bid, so it is not revealed")
            }
            Self::Submit(fault) => fmt::Display::fmt(fault, f),
        }
    }
}

impl worker::Fault for Fault {
    fn kind(&self) -> &'static str {
        match self {
            Self::NoSalt => "no salt",
            Self::MadeByHand => "made by hand",
            Self::NotCovered => "not covered",
            Self::Submit(fault) => fault.kind(),
        }
    }
}

/// Does what is due for the agents of this node.
pub(crate) fn run<T: Config>() {
    let now = T::Time::now();
    let nothing_open =
        [Stage::Sealing, Stage::Reveal].into_iter().all(|stage| Pallet::<T>::open(stage, now).is_none());
    if nothing_open {
        return;
    }
    for agent in local_agents::<T::Registry>() {
        let Some(due) = Pallet::<T>::due(agent.id) else { continue };
        let outcome = match due.stage {
            Stage::Sealing => seal::<T>(&agent, due.delivery),
            _ => reveal::<T>(&agent, due.delivery),
        };
        report(LOG_TARGET, agent.id, outcome);
    }
}

fn seal<T: Config>(agent: &Agent, delivery: Delivery) -> Result<(), Fault> {
    let Some((price, prices)) = Pallet::<T>::formula(delivery, agent.id) else { return Ok(()) };
    let salt = salt::<T>(agent, delivery)?;
    let lowest_cost = T::Positions::lowest_cost(delivery);
    let is_usable = |note: &Note| {
        note.delivery == delivery
            && note.price == price
            && check_bid(note.quote, lowest_cost, prices.tariff).is_ok()
    };
    let note = noted::<T>(agent.id).filter(is_usable).unwrap_or_else(|| {
        let floor = lowest_cost.unwrap_or_default().max(prices.feed_in);
        Note { delivery, price, quote: random_price(floor, prices.tariff) }
    });
    remember(NOTE, &note_key::<T>(agent.id), &note);
    let commitment = commitment::commitment(Pallet::<T>::genesis(), agent.id, delivery, note.price, &salt);
    let call = Call::<T>::seal { delivery, commitment, quote: note.quote };
    if submit::<T, Call<T>>(agent, call).map_err(Fault::Submit)? == Sent::Now {
        // Not at which price: that is nobody's to know yet.
        log::info!(
            target: LOG_TARGET,
            "Participant {}: seals its bid for {delivery}, and shows {} ETH/kWh",
            agent.id.0,
            note.quote
        );
    }
    Ok(())
}

fn reveal<T: Config>(agent: &Agent, delivery: Delivery) -> Result<(), Fault> {
    let Some(seal) = Seals::<T>::get(delivery, agent.id) else { return Ok(()) };
    let salt = salt::<T>(agent, delivery)?;
    let genesis = Pallet::<T>::genesis();
    let noted = noted::<T>(agent.id).filter(|note| note.delivery == delivery).map(|note| note.price);
    let computed = Pallet::<T>::formula(delivery, agent.id).map(|(price, _)| price);
    let opens =
        |price: &Price| commitment::commitment(genesis, agent.id, delivery, *price, &salt) == seal.commitment;
    let price = [noted, computed].into_iter().flatten().find(opens).ok_or(Fault::MadeByHand)?;
    let available = Pallet::<T>::available(&seal.account).saturating_add(seal.deposit);
    if price.amount(seal.volume).is_none_or(|cover| cover > available) {
        return Err(Fault::NotCovered);
    }
    let call = Call::reveal { delivery, price, salt };
    if submit::<T, Call<T>>(agent, call).map_err(Fault::Submit)? == Sent::Now {
        log::info!(
            target: LOG_TARGET,
            "Participant {}: reveals its bid of {price} ETH/kWh for {} kWh in {delivery}",
            agent.id.0,
            seal.volume
        );
    }
    Ok(())
}

fn salt<T: Config>(agent: &Agent, delivery: Delivery) -> Result<Salt, Fault> {
    let message = commitment::salt_message(Pallet::<T>::genesis(), agent.id, delivery);
    let signature = sign(&agent.key, &message).ok_or(Fault::NoSalt)?;
    Ok(commitment::salt(&signature))
}

pub(crate) fn note_key<T: Config>(id: ParticipantId) -> (H256, ParticipantId) {
    (Pallet::<T>::genesis(), id)
}

fn noted<T: Config>(id: ParticipantId) -> Option<Note> {
    recall(NOTE, &note_key::<T>(id))
}

/// A random price from `floor` to `ceiling`, both included.
pub(crate) fn random_price(floor: Price, ceiling: Price) -> Price {
    let seed = random_seed();
    let random = seed.first_chunk::<8>().copied().map_or(0, u64::from_le_bytes);
    let span = ceiling.saturating_sub(floor).gwei().saturating_add(1);
    floor.saturating_add(Price::from_gwei(random.checked_rem(span).unwrap_or_default())).min(ceiling)
}

impl<T: Config> Pallet<T> {
    /// What a participant's agent should do now and has not done: seal a bid by (5) that it can pay, or
    /// reveal the sealed one.
    pub fn due(participant: ParticipantId) -> Option<Due> {
        let now = T::Time::now();
        let due = |stage, delivery| Due { participant, stage, delivery };
        if let Some(delivery) = Self::open(Stage::Reveal, now) {
            return Seals::<T>::contains_key(delivery, participant).then(|| due(Stage::Reveal, delivery));
        }
        let delivery = Self::open(Stage::Sealing, now)?;
        Self::should_seal(delivery, participant).then(|| due(Stage::Sealing, delivery))
    }

    fn should_seal(delivery: Delivery, participant: ParticipantId) -> bool {
        let Some((price, prices)) = Self::formula(delivery, participant) else { return false };
        let Some(member) = T::Registry::member(participant).filter(|member| member.role.buys()) else {
            return false;
        };
        let volume = T::Positions::position(participant, delivery).unwrap_or_default().shortage();
        let needed = collateral::needed(volume, price, prices.tariff, DepositShare::<T>::get());
        Next::<T>::get().is_some_and(|next| next <= delivery)
            && !Seals::<T>::contains_key(delivery, participant)
            && !T::DebtBook::is_debtor(participant)
            && !T::Registry::is_suspended(participant)
            && needed.is_some_and(|needed| needed <= Self::available(&member.account))
    }

    /// The bid (5) of a participant, where it has a volume to buy and the bid is within its limits (7); and
    /// the grid's prices.
    pub(crate) fn formula(delivery: Delivery, participant: ParticipantId) -> Option<(Price, GridPrices)> {
        let prices = T::Prices::prices(delivery)?;
        let volume = T::Positions::position(participant, delivery)?.shortage();
        let total = T::Positions::total_volume(delivery);
        let price = demand_share(&BidContext { volume, total, prices })?;
        check_bid(price, T::Positions::lowest_cost(delivery), prices.tariff).ok()?;
        Some((price, prices))
    }

    /// What an account could have put on hold.
    fn available(who: &T::AccountId) -> Money {
        Money::from_planck(T::Currency::reducible_balance(
            who,
            tokens::Preservation::Protect,
            tokens::Fortitude::Force,
        ))
    }
}
