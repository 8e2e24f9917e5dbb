//! Income: what the auction's trades bring is on hold until the reading shows delivery.

use crate::pallet::{Config, Event, HoldReason, Lines, Pallet};
use crate::types::Line;
use frame::prelude::*;
use frame::token::fungible::{InspectHold, MutateHold};
use frame::traits::tokens::Restriction;
use market::clearing::Trade;
use market::participant::{Holds, Member, Registry};
use market::settlement::TradeBook;
use market::{Delivery, Money, ParticipantId, Price};

impl<T: Config> TradeBook for Pallet<T> {
    fn traded(delivery: Delivery, trade: &Trade, amount: Money) {
        let block = Self::this_block();
        let (Some(bought), Some(sold)) = (trade.energy.bought(), trade.energy.sold()) else {
            defensive!("a trade is at most a period's energy");
            return;
        };
        let (Some(paid), Some(received)) = (amount.paid(), amount.received()) else {
            defensive!("a trade costs at most what the market handles");
            return;
        };
        Lines::<T>::mutate(delivery, trade.buyer, |line| {
            line.get_or_insert_default().add_trade(bought, paid, block);
        });
        let held = Self::hold_income(delivery, trade.seller, amount);
        Lines::<T>::mutate(delivery, trade.seller, |line| {
            let line = line.get_or_insert_default();
            line.add_trade(sold, received, block);
            line.income = line.income.saturating_add(held);
        });
    }

    fn bid_left(delivery: Delivery, bidder: ParticipantId, bid: Price) {
        Lines::<T>::mutate(delivery, bidder, |line| line.get_or_insert_default().bid = Some(bid));
    }
}

impl<T: Config> Holds<T::AccountId> for Pallet<T> {
    fn follow(_: ParticipantId, from: &T::AccountId, to: &T::AccountId) -> Option<Money> {
        let income = Self::move_hold(HoldReason::Income, from, to)?;
        income.checked_add(Self::move_hold(HoldReason::Dispute, from, to)?)
    }
}

impl<T: Config> Pallet<T> {
    fn move_hold(reason: HoldReason, from: &T::AccountId, to: &T::AccountId) -> Option<Money> {
        let reason = reason.into();
        let held = T::Currency::balance_on_hold(&reason, from);
        if held == 0 {
            return Some(Money::ZERO);
        }
        T::Currency::transfer_on_hold(
            &reason,
            from,
            to,
            held,
            Precision::Exact,
            Restriction::OnHold,
            Fortitude::Force,
        )
        .map(Money::from_planck)
        .ok()
    }

    /// Holds income on the seller's account, where it has just arrived. Gives what is on hold.
    fn hold_income(delivery: Delivery, seller: ParticipantId, amount: Money) -> Money {
        let Some(member) = T::Registry::member(seller) else {
            defensive!("a seller is registered");
            return Money::ZERO;
        };
        if T::Currency::hold(&HoldReason::Income.into(), &member.account, amount.planck()).is_err() {
            defensive!("the price has arrived on the seller's account");
            return Money::ZERO;
        }
        Self::deposit_event(Event::IncomeHeld {
            delivery,
            participant: seller,
            account: member.account,
            amount,
        });
        amount
    }

    /// Frees the line's income.
    pub(crate) fn release_income(delivery: Delivery, member: &Member<T::AccountId>, line: &mut Line) {
        let income = core::mem::take(&mut line.income);
        if income.is_zero() {
            return;
        }
        let reason = HoldReason::Income.into();
        let released = T::Currency::release(&reason, &member.account, income.planck(), Precision::BestEffort)
            .defensive_unwrap_or_default();
        Self::deposit_event(Event::IncomeReleased {
            delivery,
            participant: member.id,
            account: member.account.clone(),
            amount: Money::from_planck(released),
        });
    }
}
