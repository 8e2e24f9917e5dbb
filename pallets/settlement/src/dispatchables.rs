//! The calls.

use crate::pallet::{Config, Error, Event, Lines, Next, Pallet, TopUps};
use crate::types::{Arrival, Metered};
use frame::deps::sp_core::ed25519;
use frame::deps::sp_io::crypto::ed25519_verify;
use frame::prelude::*;
use frame::token::fungible::Mutate;
use frame::traits::Time;
use market::bill::Reason;
use market::calendar::{Calendar, Calendars, Stage};
use market::debts::{Dues, Payer};
use market::participant::{Member, Registry};
use market::settlement::Reading;
use market::{Delivery, Energy, Moment, Money, NetMoney, ParticipantId};

impl<T: Config> Pallet<T> {
    /// The participant that the signer acts for.
    pub(crate) fn acting_member(who: &T::AccountId) -> Result<Member<T::AccountId>, Error<T>> {
        T::Registry::acting(who).and_then(T::Registry::member).ok_or(Error::<T>::NotRegistered)
    }

    pub(crate) fn do_submit_reading(
        who: T::AccountId,
        reading: Reading,
        signature: ed25519::Signature,
    ) -> Result<Arrival, DispatchError> {
        let member = Self::acting_member(&who)?;
        ensure!(member.role.is_metered(), Error::<T>::WrongRole);
        let delivery = reading.delivery;
        let calendar = T::Calendars::of(delivery.day);
        ensure!(calendar.has(delivery), Error::<T>::NoSuchPeriod);
        ensure!(!T::Calendars::is_paused(Stage::Metering), Error::<T>::Paused);
        let stored = Lines::<T>::get(delivery, member.id);
        let arrival = if Self::is_settled(delivery) { Arrival::Late } else { Arrival::InTime };
        match arrival {
            Arrival::InTime => Self::check_metering(&calendar, delivery, T::Time::now())?,
            Arrival::Late => Self::check_late_reading(delivery, stored.as_ref(), T::Time::now())?,
        }
        let mut line = stored.unwrap_or_default();
        ensure!(line.reading.is_none(), Error::<T>::AlreadyRead);
        let limit = Self::most_energy(&member, &calendar);
        ensure!(reading.energy_in <= limit && reading.energy_out <= limit, Error::<T>::OverTieLine);
        let net = reading.net().ok_or(Error::<T>::OverTieLine)?;
        ensure!(Self::is_signed(&reading, &member, &signature), Error::<T>::BadSignature);

        line.reading = Some(net);
        match arrival {
            Arrival::InTime => Lines::<T>::insert(delivery, member.id, line),
            Arrival::Late => Self::correct(&member, delivery, line, net, Reason::LateReading)?,
        }
        Self::deposit_event(Event::ReadingSubmitted {
            delivery,
            participant: member.id,
            metered: Metered { energy_in: reading.energy_in, energy_out: reading.energy_out },
        });
        Ok(arrival)
    }

    /// The most energy that a participant's tie line carries in a period.
    pub(crate) fn most_energy(member: &Member<T::AccountId>, calendar: &Calendar) -> Energy {
        let limit = member.parameters.tie_line.over(calendar.period_length).unwrap_or(Energy::MAX);
        limit.min(Energy::MAX_PER_PERIOD)
    }

    /// Whether the participant's meter signed the reading for this chain.
    pub(crate) fn is_signed(
        reading: &Reading,
        member: &Member<T::AccountId>,
        signature: &ed25519::Signature,
    ) -> bool {
        let payload = reading.signed_payload(Self::genesis_hash(), member.id);
        ed25519_verify(signature, &payload, &ed25519::Public::from_raw(member.meter))
    }

    /// Whether readings of a period are taken that count when it is settled: from its end until the window is
    /// closed and was open for enough blocks.
    pub(crate) fn check_metering(
        calendar: &Calendar,
        delivery: Delivery,
        now: Moment,
    ) -> Result<(), Error<T>> {
        let window = calendar.metering(delivery);
        ensure!(now >= window.from, Error::<T>::WindowNotOpen);
        ensure!(Next::<T>::get().is_some_and(|next| next <= delivery), Error::<T>::WindowClosed);
        let open = now < window.to || !Self::waited_enough(delivery, Self::this_block());
        let open = open && !Self::has_begun(delivery);
        ensure!(open, Error::<T>::WindowClosed);
        Ok(())
    }

    /// Pays up to `amount` of the signer's debt, and gives what is left of it.
    pub(crate) fn do_pay_debt(who: T::AccountId, amount: Money) -> Result<NetMoney, DispatchError> {
        let member = Self::acting_member(&who)?;
        let dues = Dues::new(member.id, Self::debt(member.id), NetMoney::ZERO);
        ensure!(dues.payer() == Payer::Member, Error::<T>::NotIndebted);
        let amount = amount.min(dues.amount());
        ensure!(!amount.is_zero(), Error::<T>::NothingToPay);
        let supplier = T::Registry::retail_supplier().ok_or(Error::<T>::NoRetailSupplier)?;
        ensure!(Self::free(&member.account) >= amount, Error::<T>::InsufficientFunds);
        T::Currency::transfer(&member.account, &supplier.account, amount.planck(), Preservation::Expendable)?;
        Self::deposit_event(Event::DebtPaid {
            participant: member.id,
            from: member.account,
            to: supplier.account,
            amount,
        });
        let change = dues.paid(amount);
        Self::write_debt(change);
        Ok(change.debt)
    }

    pub(crate) fn do_set_top_up(participant: ParticipantId, amount: Money) -> DispatchResult {
        ensure!(T::Registry::member(participant).is_some(), Error::<T>::NotRegistered);
        TopUps::<T>::set(participant, (!amount.is_zero()).then_some(amount.planck()));
        Self::deposit_event(Event::TopUpSet { participant, amount });
        Ok(())
    }

    /// The chain's genesis hash.
    pub(crate) fn genesis_hash() -> H256 {
        frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
    }

    /// The number of the block that is being built.
    pub(crate) fn this_block() -> u32 {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }
}
