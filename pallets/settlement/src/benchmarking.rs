//! Benchmarks of the calls and of the hook's steps.

use crate::pallet::*;
use crate::settling::Round;
use crate::types::{
    ClosingDay, Dispute, Ended, Kept, Line, PruneCursor, Ruling, Settled, Settling, SharingDay, TopUpCursor,
    UsedReference,
};
use crate::{MAX_CORRECTIONS, MAX_ENDED};
use frame::benchmarking::prelude::*;
use frame::deps::sp_core::crypto::KeyTypeId;
use frame::deps::sp_core::ed25519;
use frame::deps::sp_io::crypto::{ed25519_generate, ed25519_sign};
use frame::token::fungible::{Mutate, MutateHold};
use market::bill::{Correction, Reason};
use market::blocks::Seen;
use market::calendar::{Calendars, MAX_PERIODS};
use market::debts::Change;
use market::participant::{Member, Registry};
use market::settlement::Reading;
use market::tariff::GridPrices;
use market::{Delivery, Energy, Moment, Money, NetEnergy, NetMoney, ParticipantId, Price, Role};

/// State that other pallets own.
pub trait BenchmarkHelper<AccountId> {
    /// Sets the block's timestamp.
    fn set_time(now: Moment);
    /// Registers a participant with a meter key and the widest tie line; a retail supplier replaces the one there is.
    /// Its account has a provider reference and no money.
    fn register(role: Role, meter: [u8; 32]) -> Member<AccountId>;
    /// Lets a member have released an offer for a period, with a planck of its money on hold that covers it.
    fn cover_offer(member: &Member<AccountId>, delivery: Delivery);
}

/// Type of the meter's key in the benchmark's keystore.
const METER: KeyTypeId = KeyTypeId(*b"metr");

/// A period that the settlement has before it.
const DELIVERY: Delivery = Delivery { day: 40, period: 1 };

/// A lot of money, in planck.
const MONEY: u128 = 1_000_000_000_000_000_000_000_000;

/// Entries beside the one that is measured: more than a block writes or removes of a kind.
const SIBLINGS: u32 = 1_000;

/// What of it is income.
const INCOME: u128 = 1_000_000_000_000_000_000;

const PRICES: GridPrices =
    GridPrices { tariff: Price::from_gwei(725_000_000), feed_in: Price::from_gwei(380_000_000) };

fn register<T: Config>(role: Role) -> Result<(Member<T::AccountId>, ed25519::Public), BenchmarkError> {
    let meter = ed25519_generate(METER, None);
    let member = T::BenchmarkHelper::register(role, meter.0);
    Ok((member, meter))
}

fn fund<T: Config>(account: &T::AccountId) -> Result<(), BenchmarkError> {
    T::Currency::mint_into(account, MONEY)?;
    Ok(())
}

/// Makes a member owe the supplier, or be owed where it is negative.
fn owe<T: Config>(member: ParticipantId, planck: i128) {
    Pallet::<T>::write_debt(Change { member, before: NetMoney::ZERO, debt: NetMoney::from_planck(planck) });
}

/// A settled line with everything in it.
fn full_line() -> Line {
    let energy = NetEnergy::from_watt_hours(-1_000_000);
    let money = NetMoney::from_planck(-1_000_000_000_000_000_000_000);
    Line {
        bid: Some(Price::MAX_IN_MARKET),
        energy,
        money,
        income: Money::ZERO,
        traded: Some((u32::MAX, u32::MAX)),
        reading: Some(energy),
        corrections: 0,
        settled: Some(Settled {
            block: u32::MAX,
            role: Role::Microgrid,
            expected: Some(energy),
            actual: Some(energy),
            estimated: false,
            balanced: energy,
            balanced_money: money,
            grid_only: money,
        }),
    }
}

/// Writes a line with so many corrections.
fn write_corrected<T: Config>(delivery: Delivery, participant: ParticipantId, corrections: u8) {
    let line = full_line();
    Lines::<T>::insert(delivery, participant, Line { corrections, ..line });
    for number in 0..corrections {
        let correction = Correction {
            delivery,
            participant,
            number,
            reason: Reason::Dispute,
            block: u32::MAX,
            before: line.reading,
            after: line.reading,
            balanced: line.energy,
            balanced_money: line.money,
            grid_only: line.money,
        };
        Corrections::<T>::insert((delivery, participant, number), correction);
    }
}

/// A settled period of an open day, with an estimated line that has so many corrections, and a supplier that owes
/// another for longer.
fn correctable<T: Config>(
    corrections: u8,
) -> Result<(Member<T::AccountId>, ed25519::Public), BenchmarkError> {
    let (supplier, _) = register::<T>(Role::RetailSupplier)?;
    let (member, meter) = register::<T>(Role::Prosumer)?;
    let (creditor, _) = register::<T>(Role::Microgrid)?;
    fund::<T>(&member.account)?;
    owe::<T>(creditor.id, -1);
    owe::<T>(member.id, 1);
    let next = Delivery { period: DELIVERY.period.saturating_add(1), ..DELIVERY };
    Next::<T>::put(next);
    Closing::<T>::put(ClosingDay { day: DELIVERY.day, ..Default::default() });
    write_corrected::<T>(DELIVERY, supplier.id, 0);
    write_corrected::<T>(DELIVERY, member.id, corrections);
    Lines::<T>::mutate(DELIVERY, member.id, |line| {
        if let Some(line) = line {
            line.reading = None;
        }
    });
    T::BenchmarkHelper::set_time(T::Calendars::of(next.day).metering(next).from);
    Ok((member, meter))
}

/// A reading of the period by the participant's meter.
fn signed_reading<T: Config>(
    participant: ParticipantId,
    meter: ed25519::Public,
) -> Result<(Reading, ed25519::Signature), BenchmarkError> {
    let energy = Energy::from_watt_hours(1);
    let reading = Reading { delivery: DELIVERY, energy_in: energy, energy_out: energy };
    let payload = reading.signed_payload(Pallet::<T>::genesis_hash(), participant);
    Ok((reading, ed25519_sign(METER, &meter, &payload).ok_or("the keystore has the key")?))
}

fn dispute_of<T: Config>(participant: ParticipantId) {
    let place = (DELIVERY.period, participant);
    let deposit = T::DisputeDeposit::get();
    if let Some(member) = T::Registry::member(participant) {
        let funded = T::Currency::mint_into(&member.account, deposit.saturating_mul(2).max(2));
        let held = T::Currency::hold(&HoldReason::Dispute.into(), &member.account, deposit);
        debug_assert!(funded.is_ok() && held.is_ok(), "{funded:?} {held:?}");
    }
    let dispute = Dispute { by: participant, block: 1, deposit: Money::from_planck(deposit) };
    Disputes::<T>::insert(DELIVERY.day, place, dispute);
    OpenDisputes::<T>::mutate(DELIVERY.day, |open| *open = open.saturating_add(1));
    DisputedLines::<T>::insert(participant, 1);
}

/// Writes a payment reference with a number that can be forgotten.
fn used_reference<T: Config>(number: u32) {
    let reference = H256::from_low_u64_be(number.into());
    References::<T>::insert(reference, ());
    ReferenceLog::<T>::insert(u64::from(number), UsedReference { reference, until: 0 });
}

/// Two members: the one that is measured, and its supplier.
type Pair<T> =
    (Member<<T as frame_system::Config>::AccountId>, Member<<T as frame_system::Config>::AccountId>);

/// A participant whose line costs most to settle: it has income, an offer that is covered, an old debt, and no reading but
/// those of the days before.
fn costly_line<T: Config>(days: u32) -> Result<Pair<T>, BenchmarkError> {
    let (supplier, _) = register::<T>(Role::RetailSupplier)?;
    let (member, _) = register::<T>(Role::Prosumer)?;
    fund::<T>(&supplier.account)?;
    fund::<T>(&member.account)?;
    T::Currency::hold(&HoldReason::Income.into(), &member.account, INCOME)?;
    let income = Money::from_planck(INCOME);
    T::BenchmarkHelper::cover_offer(&member, DELIVERY);
    Lines::<T>::insert(DELIVERY, member.id, Line { income, ..Default::default() });
    // A creditor stands before it, and it owes in the end.
    let (creditor, _) = register::<T>(Role::Microgrid)?;
    owe::<T>(creditor.id, -1);
    owe::<T>(member.id, 1);
    for day in DELIVERY.day.saturating_sub(days)..DELIVERY.day {
        Lines::<T>::insert(Delivery { day, ..DELIVERY }, member.id, full_line());
    }
    Ok((member, supplier))
}

fn round<T: Config>(supplier: Member<T::AccountId>, history_days: u32) -> Round<T::AccountId> {
    let start = T::Calendars::of(DELIVERY.day).start(DELIVERY);
    Round { delivery: DELIVERY, start, supplier, history_days, now: 1, block: 1 }
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn submit_reading() -> Result<(), BenchmarkError> {
        let (member, meter) = register::<T>(Role::Prosumer)?;
        Next::<T>::put(DELIVERY);
        T::BenchmarkHelper::set_time(T::Calendars::of(DELIVERY.day).metering(DELIVERY).from);
        let (reading, signature) = signed_reading::<T>(member.id, meter)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(member.account), reading, signature);

        assert!(Lines::<T>::get(DELIVERY, member.id).is_some_and(|line| line.reading.is_some()));
        Ok(())
    }

    #[benchmark]
    fn submit_late_reading() -> Result<(), BenchmarkError> {
        let (member, meter) = correctable::<T>(0)?;
        let (reading, signature) = signed_reading::<T>(member.id, meter)?;

        #[extrinsic_call]
        submit_reading(RawOrigin::Signed(member.account), reading, signature);

        assert!(Lines::<T>::get(DELIVERY, member.id).is_some_and(|line| line.corrections == 1));
        Ok(())
    }

    #[benchmark]
    fn dispute() -> Result<(), BenchmarkError> {
        let (member, _) = correctable::<T>(0)?;
        T::Currency::mint_into(&member.account, T::DisputeDeposit::get().saturating_mul(2).max(2))?;

        #[extrinsic_call]
        _(RawOrigin::Signed(member.account), DELIVERY, member.id);

        assert_eq!(OpenDisputes::<T>::get(DELIVERY.day), 1);
        Ok(())
    }

    #[benchmark]
    fn resolve_dispute() -> Result<(), BenchmarkError> {
        let origin = T::Arbiter::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let (member, _) = correctable::<T>(MAX_CORRECTIONS.saturating_sub(1))?;
        dispute_of::<T>(member.id);
        let ruling = Ruling::Actual(NetEnergy::from_watt_hours(1));

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, DELIVERY, member.id, ruling);

        assert_eq!(OpenDisputes::<T>::get(DELIVERY.day), 0);
        Ok(())
    }

    #[benchmark]
    fn mint() -> Result<(), BenchmarkError> {
        let origin = T::Treasurer::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let (member, _) = register::<T>(Role::LoadAggregator)?;
        MintBound::<T>::put(MONEY);
        (0..SIBLINGS).for_each(used_reference::<T>);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, member.id, MONEY, H256::repeat_byte(1));

        assert_eq!(Pallet::<T>::free(&member.account), Money::from_planck(MONEY));
        Ok(())
    }

    #[benchmark]
    fn redeem() -> Result<(), BenchmarkError> {
        let origin = T::Treasurer::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        register::<T>(Role::RetailSupplier)?;
        let (member, _) = register::<T>(Role::LoadAggregator)?;
        fund::<T>(&member.account)?;
        (0..SIBLINGS).for_each(used_reference::<T>);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, member.id, MONEY, H256::repeat_byte(1));

        assert!(Pallet::<T>::free(&member.account).is_zero());
        Ok(())
    }

    #[benchmark]
    fn pay_debt() -> Result<(), BenchmarkError> {
        register::<T>(Role::RetailSupplier)?;
        let (member, _) = register::<T>(Role::LoadAggregator)?;
        fund::<T>(&member.account)?;
        Debts::<T>::insert(member.id, NetMoney::from_planck(1_000));

        #[extrinsic_call]
        _(RawOrigin::Signed(member.account), 1_000);

        assert!(!Debts::<T>::contains_key(member.id));
        Ok(())
    }

    #[benchmark]
    fn set_top_up() -> Result<(), BenchmarkError> {
        let origin = T::Treasurer::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let (member, _) = register::<T>(Role::LoadAggregator)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, member.id, 1);

        assert_eq!(TopUps::<T>::get(member.id), Some(1));
        Ok(())
    }

    #[benchmark]
    fn set_mint_bound() -> Result<(), BenchmarkError> {
        let origin = T::Board::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Some(MONEY));

        assert_eq!(MintBound::<T>::get(), Some(MONEY));
        Ok(())
    }

    #[benchmark]
    fn look() -> Result<(), BenchmarkError> {
        register::<T>(Role::RetailSupplier)?;
        let end = T::Calendars::of(DELIVERY.day).metering(DELIVERY).to;
        T::BenchmarkHelper::set_time(end);
        Next::<T>::put(DELIVERY);
        Cursor::<T>::put(Settling::default());
        NextTopUp::<T>::put(TopUpCursor { day: DELIVERY.day, next: 0 });
        Closing::<T>::put(ClosingDay { day: DELIVERY.day, ..Default::default() });
        Pruning::<T>::put(PruneCursor { delivery: DELIVERY, next: 0 });
        let (creditor, _) = register::<T>(Role::Microgrid)?;
        owe::<T>(creditor.id, -1);
        let ended = |day| Ended { through: Delivery { day, period: 0 }, block: 1, seen: Seen::default() };
        let first = DELIVERY.day.saturating_sub(MAX_ENDED);
        Waiting::<T>::put(BoundedVec::truncate_from((first..DELIVERY.day).map(ended).collect()));
        KeptReferences::<T>::put(Kept { first: 0, next: u64::from(SIBLINGS) });
        (0..SIBLINGS).for_each(used_reference::<T>);

        #[block]
        {
            Pallet::<T>::note_ended(end, 1);
            Pallet::<T>::look(end);
            Pallet::<T>::count_block(1);
            Pallet::<T>::claim_due();
            Pallet::<T>::is_reference_old(end);
        }

        Ok(())
    }

    #[benchmark]
    fn settle_line(h: Linear<0, 30>) -> Result<(), BenchmarkError> {
        let (member, supplier) = costly_line::<T>(h)?;
        let round = round::<T>(supplier, h);
        let mut cursor = Settling { next: member.id.0, prices: PRICES, ..Default::default() };

        #[block]
        {
            Pallet::<T>::settle_one(&round, &mut cursor);
        }

        assert!(Lines::<T>::get(DELIVERY, member.id).is_some_and(|line| line.settled.is_some()));
        Ok(())
    }

    #[benchmark]
    fn finish_period() -> Result<(), BenchmarkError> {
        let (supplier, _) = register::<T>(Role::RetailSupplier)?;
        let last = T::Calendars::of(DELIVERY.day).periods_per_day.saturating_sub(1);
        let round = Round { delivery: Delivery { period: last, ..DELIVERY }, ..round::<T>(supplier, 0) };

        #[block]
        {
            Pallet::<T>::finish_period(&round, &Settling::default());
        }

        assert!(Completed::<T>::contains_key(DELIVERY.day));
        Ok(())
    }

    #[benchmark]
    fn top_up() -> Result<(), BenchmarkError> {
        let (member, _) = register::<T>(Role::LoadAggregator)?;
        TopUps::<T>::insert(member.id, MONEY);
        MintBound::<T>::put(MONEY);

        #[block]
        {
            Pallet::<T>::top_up_one(DELIVERY.day, member.id);
        }

        assert_eq!(Pallet::<T>::free(&member.account), Money::from_planck(MONEY));
        Ok(())
    }

    #[benchmark]
    fn pay_claim() -> Result<(), BenchmarkError> {
        let (supplier, _) = register::<T>(Role::RetailSupplier)?;
        let (creditor, _) = register::<T>(Role::Microgrid)?;
        fund::<T>(&supplier.account)?;
        owe::<T>(creditor.id, -1);
        let (next, _) = register::<T>(Role::Microgrid)?;
        owe::<T>(next.id, -1);

        #[block]
        {
            Pallet::<T>::claim_due();
            Pallet::<T>::pay_claim(&supplier, creditor.id);
        }

        assert_eq!(Pallet::<T>::oldest_claim(), Some(next.id));
        Ok(())
    }

    #[benchmark]
    fn lapse_dispute() -> Result<(), BenchmarkError> {
        let (member, _) = register::<T>(Role::LoadAggregator)?;
        // The others are strangers, but of this one a deposit is on hold.
        let behind = member.id.0.saturating_add(1);
        (behind..behind.saturating_add(SIBLINGS)).map(ParticipantId).for_each(dispute_of::<T>);
        dispute_of::<T>(member.id);
        // The key right before it: numbers stand in the state with their lowest byte first.
        let before = ParticipantId(member.id.0.swap_bytes().saturating_sub(1).swap_bytes());
        let lapsed = Some((DELIVERY.period, before));
        let mut closing = ClosingDay { day: DELIVERY.day, lapsed, ..Default::default() };

        #[block]
        {
            Pallet::<T>::lapse_dispute(&mut closing);
        }

        assert_ne!(closing.lapsed, lapsed);
        assert_eq!(closing.lapsed, Some((DELIVERY.period, member.id)));
        assert_eq!(OpenDisputes::<T>::get(DELIVERY.day), SIBLINGS);
        Ok(())
    }

    #[benchmark]
    fn close_bill(
        p: Linear<1, { MAX_PERIODS as u32 }>,
        c: Linear<0, { (MAX_PERIODS as u32).saturating_mul(MAX_CORRECTIONS as u32) }>,
    ) -> Result<(), BenchmarkError> {
        let mut left = c;
        for period in 0..MAX_PERIODS {
            let corrections = left.min(u32::from(MAX_CORRECTIONS));
            left = left.saturating_sub(corrections);
            let corrections = u8::try_from(corrections).unwrap_or(MAX_CORRECTIONS);
            write_corrected::<T>(Delivery { period, ..DELIVERY }, ParticipantId(0), corrections);
        }
        let mut closing = ClosingDay { day: DELIVERY.day, ..Default::default() };
        Forfeits::<T>::insert(DELIVERY.day, Money::from_planck(1));

        #[block]
        {
            let periods = u16::try_from(p).unwrap_or(MAX_PERIODS);
            Pallet::<T>::close_bill(&mut closing, periods);
        }

        assert_eq!(closing.frontier.count, 1);
        Ok(())
    }

    #[benchmark]
    fn close_day() -> Result<(), BenchmarkError> {
        let closing = ClosingDay { day: DELIVERY.day, ..Default::default() };
        Forfeits::<T>::insert(DELIVERY.day, Money::from_planck(1));
        Completed::<T>::insert(DELIVERY.day, 1);

        #[block]
        {
            Pallet::<T>::close_day(&closing);
        }

        assert!(Roots::<T>::contains_key(DELIVERY.day));
        Ok(())
    }

    #[benchmark]
    fn share_forfeit() -> Result<(), BenchmarkError> {
        let (member, _) = register::<T>(Role::LoadAggregator)?;
        T::Currency::mint_into(&Pallet::<T>::pot(), 2)?;
        let used = Energy::from_watt_hours(1);
        Forfeiters::<T>::insert(DELIVERY.day, member.id, ());
        Uses::<T>::insert(member.id, used);
        let (day, next, before) = (DELIVERY.day, member.id.0, Energy::ZERO);
        let total = Money::from_planck(1);
        let mut sharing = SharingDay { day, next, total, used, before, paid: Money::ZERO };

        #[block]
        {
            Pallet::<T>::share_forfeit(&mut sharing);
        }

        assert_eq!(sharing.paid, total);
        Ok(())
    }

    #[benchmark]
    fn prune_line(c: Linear<0, { MAX_CORRECTIONS as u32 }>) -> Result<(), BenchmarkError> {
        write_corrected::<T>(DELIVERY, ParticipantId(0), u8::try_from(c).unwrap_or(MAX_CORRECTIONS));

        #[block]
        {
            Pallet::<T>::prune_line(DELIVERY, ParticipantId(0));
        }

        assert!(!Lines::<T>::contains_key(DELIVERY, ParticipantId(0)));
        Ok(())
    }

    #[benchmark]
    fn forget_reference() -> Result<(), BenchmarkError> {
        (0..SIBLINGS).for_each(used_reference::<T>);
        let middle = u64::from(SIBLINGS / 2);
        KeptReferences::<T>::put(Kept { first: middle, next: u64::from(SIBLINGS) });

        #[block]
        {
            Pallet::<T>::is_reference_old(1);
            Pallet::<T>::forget_reference();
        }

        assert!(!ReferenceLog::<T>::contains_key(middle));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
