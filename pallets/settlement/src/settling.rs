//! Settles periods: the participants by number, the supplier last.

use crate::LOG_TARGET;
use crate::pallet::{Completed, Config, Cursor, Event, Lines, Next, Pallet, Waiting};
use crate::ticks::{OutOfWeight, Step, spend};
use crate::types::{Line, Settled, Settling};
use crate::weights::WeightInfo;
use frame::deps::frame_support::traits::DefensiveOption;
use frame::deps::frame_support::weights::WeightMeter;
use frame::prelude::*;
use market::calendar::{Calendars, Stage};
use market::clearing::Clearing;
use market::collateral::Exposure;
use market::participant::{Member, Registry};
use market::position::{Position, Positions};
use market::settlement::Outcome;
use market::supplier::Balanced;
use market::tariff::{GridPrices, Prices};
use market::{Delivery, Moment, NetEnergy, ParticipantId, Role};

/// What all participants of a period have in common while it is settled.
pub(crate) struct Round<AccountId> {
    /// The period.
    pub delivery: Delivery,
    /// When it started.
    pub start: Moment,
    /// Who balances it.
    pub supplier: Member<AccountId>,
    /// Days whose readings count for an estimate.
    pub history_days: u32,
    /// The block's time.
    pub now: Moment,
    /// The block's number.
    pub block: u32,
}

impl<T: Config> Pallet<T> {
    /// The next period to settle and since when it is due, if it is.
    pub(crate) fn settling_due(now: Moment) -> Option<(Moment, Delivery)> {
        let next = Next::<T>::get()?;
        let due = T::Calendars::of(next.day).metering(next).to;
        (due <= now).then_some((due, next))
    }

    /// Whether a period that is due can be settled.
    pub(crate) fn is_ready(delivery: Delivery) -> bool {
        !T::Calendars::is_paused(Stage::Metering)
            && (Self::has_begun(delivery) || Self::waited_enough(delivery))
            && T::Clearing::is_cleared(delivery)
            && T::Registry::retail_supplier().is_some()
    }

    /// Whether a period's settlement has begun, so that no reading can count in it any more.
    pub(crate) fn has_begun(delivery: Delivery) -> bool {
        Cursor::<T>::exists() && Next::<T>::get() == Some(delivery)
    }

    /// Settles a period: the participants by number, the supplier last.
    pub(crate) fn settle(delivery: Delivery, now: Moment, block: u32, meter: &mut WeightMeter) -> Step {
        // Without a supplier no period is ready.
        let supplier = T::Registry::retail_supplier().defensive_ok_or(OutOfWeight)?;
        let history_days = Self::history_days();
        let start = T::Calendars::of(delivery.day).start(delivery);
        let round = Round { delivery, start, supplier, history_days, now, block };
        let mut cursor = Cursor::<T>::get()
            .unwrap_or_else(|| Settling { prices: Self::prices_of(delivery), ..Default::default() });
        let step = Self::line_weight(history_days);
        let count = T::Registry::count();
        while cursor.next < count {
            spend(meter, step).inspect_err(|_| Cursor::<T>::put(cursor))?;
            Self::settle_one(&round, &mut cursor);
        }
        spend(meter, T::WeightInfo::finish_period()).inspect_err(|_| Cursor::<T>::put(cursor))?;
        Self::finish_period(&round, &cursor);
        Ok(())
    }

    /// The period's prices. They are kept for longer than a period waits; where a halt outlasted even that,
    /// nobody traded, and the period is settled at nothing.
    pub(crate) fn prices_of(delivery: Delivery) -> GridPrices {
        T::Prices::prices(delivery).unwrap_or_else(|| {
            log::error!(target: LOG_TARGET, "No prices for {delivery}: it is settled at nothing");
            GridPrices::default()
        })
    }

    /// What settling a line takes, with an estimate over so many days.
    pub fn line_weight(days: u32) -> Weight {
        T::WeightInfo::settle_line(days).saturating_add(Self::claim_weight())
    }

    /// Settles the participant at the cursor, and moves the cursor on. Each registered meter has a line, whatever its
    /// participant did: who does not take part uses energy all the same.
    pub(crate) fn settle_one(round: &Round<T::AccountId>, cursor: &mut Settling) {
        let delivery = round.delivery;
        let participant = ParticipantId(cursor.next);
        cursor.next = cursor.next.saturating_add(1);
        let Some(member) = T::Registry::member(participant).filter(|m| m.has_line_from(round.start)) else {
            return;
        };
        let position = T::Positions::position(participant, delivery);
        let mut line = Lines::<T>::get(delivery, participant).unwrap_or_default();
        let actual = line.reading.unwrap_or_else(|| Self::estimate_of(round, &member, position));
        let settled = Self::outcome(round, &member, &line, position, actual, cursor.prices);
        cursor.balanced = cursor.balanced.plus(settled.into());
        Self::release_income(delivery, &member, &mut line);
        if let Some(position) = position {
            T::Exposure::free(&member, delivery, position);
        }
        line.settled = Some(settled);
        Lines::<T>::insert(delivery, participant, line);
        Self::deposit_event(Event::LineSettled {
            delivery,
            participant,
            actual: settled.actual,
            estimated: settled.estimated,
            balanced: settled.balanced,
            due: settled.balanced_money,
        });
        let due = settled.balanced_money;
        let buys = settled.balanced >= NetEnergy::ZERO;
        let price = if buys { cursor.prices.tariff } else { cursor.prices.feed_in };
        Self::settle_up(&member, &round.supplier.account, due, |from, to, paid| Event::Balanced {
            delivery,
            participant,
            from,
            to,
            energy: settled.balanced,
            price,
            due,
            paid,
        });
    }

    /// What a participant's period comes to.
    fn outcome(
        round: &Round<T::AccountId>,
        member: &Member<T::AccountId>,
        line: &Line,
        position: Option<Position>,
        actual: NetEnergy,
        prices: GridPrices,
    ) -> Settled {
        // Within the bounds of energy and price nothing overflows.
        let outcome = Outcome::of(actual, line.energy, prices).defensive_unwrap_or_default();
        Settled {
            block: round.block,
            role: member.role,
            expected: position.and_then(Position::net),
            actual: Some(actual),
            estimated: line.reading.is_none(),
            balanced: outcome.balancing.energy,
            balanced_money: outcome.balancing.money,
            grid_only: outcome.grid_only,
        }
    }

    /// Writes the supplier's line and goes on to the next period.
    pub(crate) fn finish_period(round: &Round<T::AccountId>, cursor: &Settling) {
        let delivery = round.delivery;
        let Balanced { energy, money, grid_only } = cursor.balanced.counterpart();
        let settled = Settled {
            block: round.block,
            role: Role::RetailSupplier,
            expected: None,
            actual: None,
            estimated: false,
            balanced: energy,
            balanced_money: money,
            grid_only,
        };
        Lines::<T>::insert(
            delivery,
            round.supplier.id,
            Line { settled: Some(settled), ..Default::default() },
        );
        Cursor::<T>::kill();
        let next = Self::following(delivery);
        Next::<T>::put(next);
        Waiting::<T>::mutate(|waiting| waiting.retain(|ended| ended.through >= next));
        if next.day > delivery.day {
            Completed::<T>::insert(delivery.day, round.now);
        }
        Self::deposit_event(Event::PeriodSettled {
            delivery,
            balanced: cursor.balanced.energy,
            due: cursor.balanced.money,
        });
    }
}
