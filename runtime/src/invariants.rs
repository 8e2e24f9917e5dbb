//! What always holds across the pallets, as named checks.
//!
//! Each pallet checks its own storage; what only the whole runtime can see is checked here: all the money
//! there is, the holds of every account, and what was traded against what was released, bid and offered.

use crate::configs::market::{BLIND_AUCTION_BUDGET, ENERGY_TASKS_BUDGET, HOOKS_SHARE, SETTLEMENT_BUDGET};
use crate::configs::offices::multisig_deposits;
use crate::configs::system::MAXIMUM_BLOCK_WEIGHT;
use crate::{AccountId, Balance, EnergyTasks, Participants, Runtime, RuntimeEvent, Terms, Timestamp};
use alloc::collections::btree_map::BTreeMap;
use alloc::vec::Vec;
use codec::Encode;
use frame_support::traits::Get;
use frame_support::{ensure, weights::Weight};
use market::calendar::Calendars;
use market::clearing::Pricing;
use market::participant::Registry;
use market::position::{Position, Positions};
use market::{Day, Delivery, Energy, Money, NetEnergy, NetMoney, ParticipantId, Price};
use pallet_blind_auction::{Buyer, HoldReason as AuctionHold, Phase, Walk};
use pallet_energy_tasks::HoldReason as TasksHold;
use pallet_settlement::HoldReason as SettlementHold;
use pallet_settlement::types::Line;
use sp_runtime::TryRuntimeError;

/// The lines of every period.
type Periods = BTreeMap<Delivery, BTreeMap<ParticipantId, Line>>;

/// Money on hold: whose, and the encoded reason.
type Holds = BTreeMap<(AccountId, Vec<u8>), Balance>;

/// Checks all that always holds between two transactions.
pub fn check() -> Result<(), TryRuntimeError> {
    check_hooks_take_a_fifth()?;
    check_issuance_is_what_accounts_have()?;
    check_settlement_follows_clearing()?;
    check_bids_are_sealed_until_gate_closure()?;
    check_bidders_have_one_live_bid()?;
    let mut periods = Periods::new();
    for (delivery, participant, line) in pallet_settlement::Lines::<Runtime>::iter() {
        periods.entry(delivery).or_default().insert(participant, line);
    }
    check_holds_are_the_books(&periods)?;
    check_energy(&periods)?;
    check_days_sum_to_zero(&periods)?;
    check_trades_are_of_what_was_released(&periods)?;
    check_trades_keep_to_both_prices(&periods)?;
    check_queue_was_served_in_order(&periods)
}

/// How the events since say that the issuance changed, in planck: the operator's money comes in and goes, fees are
/// burnt.
pub fn issuance_change<'a>(events: impl Iterator<Item = &'a RuntimeEvent>) -> i128 {
    let signed = |amount: Balance| i128::try_from(amount).unwrap_or(i128::MAX);
    let changes = events.map(|event| match event {
        RuntimeEvent::TransactionPayment(pallet_transaction_payment::Event::TransactionFeePaid {
            actual_fee,
            ..
        }) => signed(*actual_fee).saturating_neg(),
        RuntimeEvent::Settlement(
            pallet_settlement::Event::ToppedUp { amount, .. }
            | pallet_settlement::Event::Minted { amount, .. },
        ) => signed(amount.planck()),
        RuntimeEvent::Settlement(pallet_settlement::Event::Redeemed { amount, .. }) => {
            signed(amount.planck()).saturating_neg()
        }
        _ => 0,
    });
    changes.fold(0, i128::saturating_add)
}

/// The hooks of all market pallets fit into their share of a block.
fn check_hooks_take_a_fifth() -> Result<(), TryRuntimeError> {
    let budgets = ENERGY_TASKS_BUDGET.saturating_add(BLIND_AUCTION_BUDGET).saturating_add(SETTLEMENT_BUDGET);
    ensure!(fits_into_share(budgets), "hooks: their budgets are more than a fifth of a block");
    Ok(())
}

/// Whether the hooks may use this much of a block.
fn fits_into_share(budgets: Weight) -> bool {
    budgets.ref_time().saturating_mul(HOOKS_SHARE) <= MAXIMUM_BLOCK_WEIGHT.ref_time()
}

/// All the money is on accounts, and what is not free on one is on hold, or reserved for a call that waits for
/// signatures.
fn check_issuance_is_what_accounts_have() -> Result<(), TryRuntimeError> {
    let mut all: Balance = 0;
    let mut waiting = BTreeMap::<AccountId, Balance>::new();
    for (who, deposit) in multisig_deposits() {
        let sum = waiting.entry(who).or_default();
        *sum = sum.saturating_add(deposit);
    }
    for (who, account) in frame_system::Account::<Runtime>::iter() {
        let held = pallet_balances::Holds::<Runtime>::get(&who)
            .iter()
            .fold(Balance::default(), |sum, hold| sum.saturating_add(hold.amount));
        let deposits = waiting.get(&who).copied().unwrap_or_default();
        let reserved = held.saturating_add(deposits);
        ensure!(account.data.reserved == reserved, "money: something is reserved and not on hold");
        all = all.saturating_add(account.data.free).saturating_add(account.data.reserved);
    }
    let issuance = pallet_balances::TotalIssuance::<Runtime>::get();
    ensure!(all == issuance, "money: the issuance is not what accounts have");
    Ok(())
}

/// On hold, on any account and for any reason, is what live bids, offers and unsettled lines need, and nothing else.
fn check_holds_are_the_books(periods: &Periods) -> Result<(), TryRuntimeError> {
    let mut books = Holds::new();
    let mut add = |who: AccountId, reason: Vec<u8>, amount: Money| {
        let book = books.entry((who, reason)).or_default();
        *book = book.saturating_add(amount.planck());
    };
    let bid = crate::RuntimeHoldReason::from(AuctionHold::Bid).encode();
    for (_, _, seal) in pallet_blind_auction::Seals::<Runtime>::iter() {
        add(seal.account, bid.clone(), seal.deposit);
    }
    for (_, key, revealed) in pallet_blind_auction::Bids::<Runtime>::iter() {
        let member = Participants::member(key.participant()).ok_or("holds: a bid of nobody's")?;
        add(member.account, bid.clone(), key.bid_price().amount(revealed.volume).unwrap_or_default());
    }
    let cover = crate::RuntimeHoldReason::from(TasksHold::Exposure).encode();
    let unsettled = pallet_settlement::Next::<Runtime>::get().unwrap_or_default();
    for (delivery, key, offer) in pallet_energy_tasks::Offers::<Runtime>::iter() {
        if !offer.held.is_zero() {
            ensure!(delivery >= unsettled, "holds: an offer of a settled period is covered");
            let member = Participants::member(key.participant()).ok_or("holds: an offer of nobody's")?;
            add(member.account, cover.clone(), offer.held);
        }
    }
    let income = crate::RuntimeHoldReason::from(SettlementHold::Income).encode();
    for (participant, line) in periods.values().flatten() {
        match Participants::member(*participant) {
            Some(member) => add(member.account, income.clone(), line.income),
            // A removed participant's settled lines are left, and hold nothing.
            None => {
                ensure!(line.settled.is_some() && line.income.is_zero(), "holds: a line of nobody's")
            }
        }
    }
    let disputed = crate::RuntimeHoldReason::from(SettlementHold::Dispute).encode();
    for (_, _, dispute) in pallet_settlement::Disputes::<Runtime>::iter() {
        let member = Participants::member(dispute.by).ok_or("holds: a dispute of nobody's")?;
        add(member.account, disputed.clone(), dispute.deposit);
    }
    let progress = pallet_blind_auction::Progress::<Runtime>::get();
    if let Phase::Queue { walk: Walk { buyer: Some(Buyer { account, spent, .. }), .. }, .. } = progress.phase
    {
        let book = books.entry((account, bid)).or_default();
        *book = book.checked_sub(spent.planck()).ok_or("holds: more is spent than was covered")?;
    }
    books.retain(|_, amount| *amount > 0);
    let mut holds = Holds::new();
    for (who, of_account) in pallet_balances::Holds::<Runtime>::iter() {
        holds.extend(of_account.iter().map(|hold| ((who.clone(), hold.id.encode()), hold.amount)));
    }
    holds.retain(|_, amount| *amount > 0);
    ensure!(holds == books, "holds: they are not the books");
    Ok(())
}

/// In each period as much is sold as bought, and what one used is what it traded and what was balanced.
fn check_energy(periods: &Periods) -> Result<(), TryRuntimeError> {
    for (_, lines) in whole(periods) {
        let traded: NetEnergy = lines.values().map(|line| line.energy).sum();
        ensure!(traded.is_zero(), "energy: sold is not bought");
        for line in lines.values() {
            let Some(settled) = line.settled else { continue };
            let Some(actual) = settled.actual else { continue };
            let all = line.energy.checked_add(settled.balanced);
            ensure!(all == Some(actual), "energy: actual is not peer-to-peer and balanced");
        }
    }
    Ok(())
}

/// The bills of a settled day sum to zero, corrections included, in money and in balanced energy.
fn check_days_sum_to_zero(periods: &Periods) -> Result<(), TryRuntimeError> {
    let mut days = BTreeMap::<Day, (NetMoney, NetEnergy)>::new();
    let next = pallet_settlement::Next::<Runtime>::get().unwrap_or_default();
    for (delivery, lines) in whole(periods).filter(|(delivery, _)| **delivery < next) {
        let (money, energy) = days.entry(delivery.day).or_default();
        for line in lines.values() {
            let settled = line.settled.ok_or("days: a line of a settled period is not settled")?;
            *money = money.saturating_add(line.money).saturating_add(settled.balanced_money);
            *energy = energy.saturating_add(settled.balanced);
        }
        for (_, correction) in pallet_settlement::Corrections::<Runtime>::iter_prefix((delivery,)) {
            *money = money.saturating_add(correction.balanced_money);
            *energy = energy.saturating_add(correction.balanced);
        }
    }
    ensure!(days.values().all(|(money, _)| money.is_zero()), "days: bills do not sum to zero");
    ensure!(days.values().all(|(_, energy)| energy.is_zero()), "days: balanced energy does not sum to zero");
    Ok(())
}

/// A period is settled once it is cleared.
fn check_settlement_follows_clearing() -> Result<(), TryRuntimeError> {
    let settled = pallet_settlement::Next::<Runtime>::get();
    let cleared = pallet_blind_auction::Next::<Runtime>::get();
    ensure!(settled <= cleared, "order: a period is settled before it is cleared");
    Ok(())
}

/// No bid is in a book, and none is opened, before gate closure.
fn check_bids_are_sealed_until_gate_closure() -> Result<(), TryRuntimeError> {
    let now = Timestamp::get();
    let closed = |delivery: Delivery| Terms::of(delivery.day).sealing(delivery).to <= now;
    ensure!(
        pallet_blind_auction::Bids::<Runtime>::iter_keys().all(|(delivery, _)| closed(delivery)),
        "bids: one is readable before gate closure"
    );
    Ok(())
}

/// A bidder has one bid in a period at most, sealed or revealed.
fn check_bidders_have_one_live_bid() -> Result<(), TryRuntimeError> {
    let mut bidders: Vec<_> = pallet_blind_auction::Bids::<Runtime>::iter_keys()
        .map(|(delivery, key)| (delivery, key.participant()))
        .chain(pallet_blind_auction::Seals::<Runtime>::iter_keys())
        .collect();
    let all = bidders.len();
    bidders.sort_unstable();
    bidders.dedup();
    ensure!(bidders.len() == all, "bids: a bidder has two in a period");
    Ok(())
}

/// Nobody buys more than it released, or sells more than it offered.
fn check_trades_are_of_what_was_released(periods: &Periods) -> Result<(), TryRuntimeError> {
    for (delivery, lines) in periods.iter().filter(|(delivery, _)| is_released(**delivery)) {
        for (participant, line) in lines {
            let position = EnergyTasks::position(*participant, *delivery).unwrap_or_default();
            ensure!(line.energy.inward() <= position.shortage(), "trades: more is bought than was released");
            ensure!(line.energy.outward() <= position.surplus(), "trades: more is sold than was offered");
        }
    }
    Ok(())
}

/// No trade is above the buyer's bid or below the seller's reserve price; pay-as-bid, each pays its bid.
fn check_trades_keep_to_both_prices(periods: &Periods) -> Result<(), TryRuntimeError> {
    let pricing = pallet_blind_auction::Pricing::<Runtime>::get();
    for (delivery, lines) in periods {
        for (participant, line) in lines.iter().filter(|(_, line)| !line.energy.is_zero()) {
            let most = line.bid.and_then(|bid| bid.amount(line.energy.inward()));
            let (paid, received) = (line.money.paid(), line.money.received());
            ensure!(most.is_none_or(|most| paid <= most), "trades: one is above the bid");
            let pays_bid = pricing == Pricing::PayAsBid && !line.energy.inward().is_zero();
            ensure!(!pays_bid || most.is_none_or(|most| paid == most), "trades: one is not at the bid");
            if let Some(Position::Sell { reserve, .. }) = EnergyTasks::position(*participant, *delivery) {
                let least = reserve.amount(line.energy.outward()).unwrap_or_default();
                ensure!(received >= least, "trades: one is below the reserve price");
            }
        }
    }
    Ok(())
}

/// Once a period is cleared, whoever got something left nobody ahead of it in want: a higher bid is full, a
/// lower offer is sold out, and no open bid meets an open offer that it can pay.
fn check_queue_was_served_in_order(periods: &Periods) -> Result<(), TryRuntimeError> {
    let next = pallet_blind_auction::Next::<Runtime>::get().unwrap_or_default();
    let cleared = periods.iter().filter(|(delivery, _)| **delivery < next && is_released(**delivery));
    for (delivery, lines) in cleared {
        let position = |id: &ParticipantId| EnergyTasks::position(*id, *delivery).unwrap_or_default();
        let bids = lines.iter().filter_map(|(id, line)| {
            let (got, wanted) = (line.energy.inward(), position(id).shortage());
            Some(Served { price: line.bid?, got, open: wanted.saturating_sub(got) })
        });
        let bids: Vec<_> = bids.collect();
        let offers = EnergyTasks::offers(*delivery, None).map(|offer| {
            let got = lines.get(&offer.key.participant()).map(|line| line.energy.outward());
            let got = got.unwrap_or_default();
            Served { price: offer.key.reserve_price(), got, open: offer.open.saturating_sub(got) }
        });
        let offers: Vec<_> = offers.collect();
        let lowest_served = bids.iter().filter(|bid| !bid.got.is_zero()).map(|bid| bid.price).min();
        let highest_sold = offers.iter().filter(|offer| !offer.got.is_zero()).map(|offer| offer.price).max();
        let highest_open = bids.iter().filter(|bid| !bid.open.is_zero()).map(|bid| bid.price).max();
        let lowest_open = offers.iter().filter(|offer| !offer.open.is_zero()).map(|offer| offer.price).min();
        ensure!(
            highest_open.zip(lowest_served).is_none_or(|(open, served)| open <= served),
            "queue: a lower bid was served before a higher one was full"
        );
        ensure!(
            lowest_open.zip(highest_sold).is_none_or(|(open, sold)| open >= sold),
            "queue: a dearer offer was sold before a cheaper one was sold out"
        );
        ensure!(
            highest_open.zip(lowest_open).is_none_or(|(bid, offer)| bid < offer),
            "queue: a bid and an offer that meet were left open"
        );
    }
    Ok(())
}

/// What became of a bid or an offer.
struct Served {
    price: Price,
    got: Energy,
    open: Energy,
}

/// Periods of which no line is pruned.
fn whole(periods: &Periods) -> impl Iterator<Item = (&Delivery, &BTreeMap<ParticipantId, Line>)> {
    let pruning = pallet_settlement::Pruning::<Runtime>::get();
    periods.iter().filter(move |(delivery, _)| {
        pruning.is_none_or(|at| **delivery > at.delivery || (**delivery == at.delivery && at.next == 0))
    })
}

/// Whether what was released for a period is still kept, and not being pruned.
fn is_released(delivery: Delivery) -> bool {
    let now = Timestamp::get();
    let today = Terms::at(now).delivery_at(now).map_or(0, |current| current.day);
    let kept = <Runtime as pallet_energy_tasks::Config>::RetentionDays::get();
    let unsettled = pallet_settlement::Next::<Runtime>::get().map_or(0, |next| next.day);
    let pruned = pallet_energy_tasks::Pruning::<Runtime>::get().map_or(0, |pruning| pruning.day);
    delivery.day >= pruned.max(today.saturating_sub(kept).min(unsettled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_should_be_checked_when_they_take_more_than_a_fifth() {
        let fifth = MAXIMUM_BLOCK_WEIGHT.ref_time() / HOOKS_SHARE;
        assert!(fits_into_share(Weight::from_parts(fifth, 0)));
        assert!(!fits_into_share(Weight::from_parts(fifth + 1, 0)));
    }
}
