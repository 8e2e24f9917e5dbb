//! Benchmarks of the calls and of the hook's steps.

use super::*;
use frame::benchmarking::prelude::*;
use market::Moment;
use market::clearing::{Order, Queue, lot};
use market::commitment;

/// Makes the state of other pallets that the benchmarks need.
pub trait BenchmarkHelper<AccountId> {
    /// A period for which prices are known.
    fn delivery() -> Delivery;
    /// Makes it this moment.
    fn set_now(now: Moment);
    /// A new buyer with plenty of money that released the volume for the period.
    fn buyer(delivery: Delivery, volume: Energy) -> (ParticipantId, AccountId);
    /// A new seller that offers the energy for the period at the reserve price, or the lowest allowed above.
    fn seller(delivery: Delivery, energy: Energy, reserve: Price) -> (ParticipantId, AccountId);
    /// Makes a seller owe the supplier, and its meter have counted a watt-hour outwards at the period's time of every day
    /// of the history.
    fn indebt(seller: ParticipantId, delivery: Delivery);
    /// Leaves out of what is counted the values that all calls of a block read: see [`SHARED_READS`].
    fn leave_out_shared(_: Delivery) {}
}

const VOLUME: Energy = Energy::from_watt_hours(1_000);
const SALT: Salt = [7; 32];

/// Buyers beside the one that is measured, so that its accounts and books are not the only ones.
const OTHERS: u32 = 10;

/// Sealed and revealed bids beside the one that is measured: more than a block takes.
const SIBLINGS: u32 = 1_000;

/// Fills a period with others' bids, sealed and revealed, at the lowest price.
fn crowd<T: Config>(delivery: Delivery, account: &T::AccountId) {
    for id in (0..SIBLINGS).map(|number| ParticipantId(u32::MAX.saturating_sub(number))) {
        let seal = Seal {
            commitment: H256::repeat_byte(1),
            quote: Price::ZERO,
            account: account.clone(),
            volume: VOLUME,
            floor: Some(Price::ZERO),
            deposit: Money::ZERO,
            replacements: 0,
        };
        Seals::<T>::insert(delivery, id, seal);
        let bid = Bid { volume: VOLUME };
        Bids::<T>::insert(delivery, Pallet::<T>::place(delivery, id, Price::ZERO), bid);
    }
}

/// A period with offers, its sealing window open, and the highest price that is allowed in it.
fn market<T: Config>() -> (Delivery, Price) {
    let delivery = T::BenchmarkHelper::delivery();
    for _ in 0..OTHERS {
        T::BenchmarkHelper::seller(delivery, VOLUME, Price::ZERO);
    }
    let tariff = T::Prices::prices(delivery).map(|prices| prices.tariff).unwrap_or_default();
    Next::<T>::put(delivery);
    T::BenchmarkHelper::leave_out_shared(delivery);
    (delivery, tariff)
}

fn sealed<T: Config>(delivery: Delivery, price: Price) -> (ParticipantId, T::AccountId) {
    let (id, account) = T::BenchmarkHelper::buyer(delivery, VOLUME);
    let commitment = commitment::commitment(Pallet::<T>::genesis(), id, delivery, price, &SALT);
    T::BenchmarkHelper::set_now(Pallet::<T>::calendar_of(delivery).sealing(delivery).from);
    let done = Pallet::<T>::do_seal(&account, delivery, commitment, price);
    assert!(done.is_ok(), "{done:?}");
    (id, account)
}

fn revealed<T: Config>(delivery: Delivery, price: Price) -> (ParticipantId, T::AccountId) {
    let (id, account) = sealed::<T>(delivery, price);
    T::BenchmarkHelper::set_now(Pallet::<T>::calendar_of(delivery).reveal(delivery).from);
    let done = Pallet::<T>::do_reveal(&account, delivery, price, &SALT);
    assert!(done.is_ok(), "{done:?}");
    (id, account)
}

/// Where a walk stands right before it tries a trade of the first bid with the first offer.
fn at_the_front<T: Config>(delivery: Delivery) -> Clearance<T::AccountId> {
    T::BenchmarkHelper::set_now(Pallet::<T>::calendar_of(delivery).reveal(delivery).to);
    let mut progress = Clearance::default();
    for _ in 0..3 {
        Pallet::<T>::step(delivery, &mut progress);
    }
    progress
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn seal() -> Result<(), BenchmarkError> {
        let (delivery, price) = market::<T>();
        let (id, account) = T::BenchmarkHelper::buyer(delivery, VOLUME);
        crowd::<T>(delivery, &account);
        T::BenchmarkHelper::set_now(Pallet::<T>::calendar_of(delivery).sealing(delivery).from);

        #[extrinsic_call]
        _(RawOrigin::Signed(account), delivery, H256::repeat_byte(1), price);

        assert!(Seals::<T>::contains_key(delivery, id));
        Ok(())
    }

    #[benchmark]
    fn reveal() -> Result<(), BenchmarkError> {
        let (delivery, price) = market::<T>();
        let (id, account) = sealed::<T>(delivery, price);
        crowd::<T>(delivery, &account);
        T::BenchmarkHelper::set_now(Pallet::<T>::calendar_of(delivery).reveal(delivery).from);

        #[extrinsic_call]
        _(RawOrigin::Signed(account), delivery, price, SALT);

        assert!(Bids::<T>::contains_key(delivery, Pallet::<T>::place(delivery, id, price)));
        Ok(())
    }

    #[benchmark]
    fn set_deposit_share() -> Result<(), BenchmarkError> {
        let origin = T::Board::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, PartsPerMillion::ONE);

        assert_eq!(DepositShare::<T>::get(), PartsPerMillion::ONE);
        Ok(())
    }

    #[benchmark]
    fn poll() -> Result<(), BenchmarkError> {
        let (delivery, _) = market::<T>();
        T::BenchmarkHelper::set_now(Pallet::<T>::calendar_of(delivery).reveal(delivery).from);
        let mut meter = WeightMeter::new();

        #[block]
        {
            Pallet::<T>::poll(&mut meter);
            Pallet::<T>::count_reveal_block();
        }

        assert_eq!(RevealBlocks::<T>::get(delivery).blocks, 1);
        Ok(())
    }

    #[benchmark]
    fn pass() -> Result<(), BenchmarkError> {
        let (delivery, _) = market::<T>();
        let mut progress = Clearance::default();

        #[block]
        {
            Pallet::<T>::step(delivery, &mut progress);
        }

        assert_eq!(progress, Clearance::default());
        Ok(())
    }

    #[benchmark]
    fn fetch() -> Result<(), BenchmarkError> {
        let (delivery, price) = market::<T>();
        let (_, account) = revealed::<T>(delivery, price);
        crowd::<T>(delivery, &account);
        let mut progress = at_the_front::<T>(delivery);
        // Without an offer in front, the step fetches one with its seller: the dearer of the two.
        if let Phase::Queue { walk, .. } | Phase::Marginal { walk, .. } = &mut progress.phase {
            walk.queue.offer = None;
            walk.seller = None;
        }

        #[block]
        {
            Pallet::<T>::step(delivery, &mut progress);
        }

        assert!(matches!(
            progress.phase,
            Phase::Queue { walk: Walk { seller: Some(_), .. }, .. }
                | Phase::Marginal { walk: Walk { seller: Some(_), .. }, .. }
        ));
        Ok(())
    }

    #[benchmark]
    fn count_offer() -> Result<(), BenchmarkError> {
        let (delivery, _) = market::<T>();
        let (seller, _) = T::BenchmarkHelper::seller(delivery, VOLUME, Price::ZERO);
        T::BenchmarkHelper::indebt(seller, delivery);
        let offers = core::iter::successors(T::Positions::next_offer(delivery, None), |offer| {
            T::Positions::next_offer(delivery, Some(offer.key))
        });
        let offer = offers
            .into_iter()
            .find(|offer| offer.key.participant() == seller)
            .ok_or(BenchmarkError::Stop("the seller has no offer"))?;
        let counted;

        #[block]
        {
            counted = Pallet::<T>::count_offer(delivery, offer);
        }

        assert_eq!(counted, Energy::from_watt_hours(1));
        Ok(())
    }

    #[benchmark]
    fn trade() -> Result<(), BenchmarkError> {
        Pricing::<T>::put(market::clearing::Pricing::PayAsBid);
        let (delivery, price) = market::<T>();
        revealed::<T>(delivery, price);
        let mut progress = at_the_front::<T>(delivery);
        // The offer is smaller than the bid, which stays in front.
        if let Phase::Queue { walk: Walk { queue: Queue { offer: Some(offer), .. }, .. }, .. } =
            &mut progress.phase
        {
            offer.open = Energy::from_watt_hours(1);
        }

        #[block]
        {
            Pallet::<T>::step(delivery, &mut progress);
        }

        assert_eq!(progress.trades, 1);
        assert!(Bids::<T>::iter_prefix(delivery).next().is_some());
        Ok(())
    }

    #[benchmark]
    fn fill() -> Result<(), BenchmarkError> {
        Pricing::<T>::put(market::clearing::Pricing::PayAsBid);
        let (delivery, price) = market::<T>();
        let (id, account) = revealed::<T>(delivery, price);
        crowd::<T>(delivery, &account);
        let mut progress = at_the_front::<T>(delivery);

        #[block]
        {
            Pallet::<T>::step(delivery, &mut progress);
        }

        assert_eq!(progress.trades, 1);
        assert!(!Bids::<T>::contains_key(delivery, Pallet::<T>::place(delivery, id, price)));
        Ok(())
    }

    #[benchmark]
    fn leave() -> Result<(), BenchmarkError> {
        Pricing::<T>::put(market::clearing::Pricing::PayAsBid);
        let (delivery, price) = market::<T>();
        let (id, account) = revealed::<T>(delivery, price);
        let key = QueueKey::of_bid(price, lot(T::Seed::seed(), delivery, id), id);
        let bid = Bid { volume: VOLUME };
        // No offer is left, so all of the cover comes back.
        let walk = Walk {
            queue: Queue { bid: Some(Order { key, open: VOLUME }), offer: None },
            buyer: Some(Buyer { account, bid, spent: Money::ZERO }),
            last_bid: Some(key),
            offers_over: true,
            ..Walk::default()
        };
        let mut progress = Clearance { phase: Phase::Queue { walk, uniform: None }, ..Clearance::default() };

        #[block]
        {
            Pallet::<T>::step(delivery, &mut progress);
        }

        assert!(Bids::<T>::iter_key_prefix(delivery).next().is_none());
        Ok(())
    }

    #[benchmark]
    fn collect() -> Result<(), BenchmarkError> {
        let (delivery, price) = market::<T>();
        let (id, account) = sealed::<T>(delivery, price);
        crowd::<T>(delivery, &account);
        // The one before it was taken last.
        let before = Seals::<T>::iter_key_prefix(delivery).take_while(|other| *other != id).last();
        let mut progress = Clearance { phase: Phase::Collect { last: before }, ..Clearance::default() };

        #[block]
        {
            Pallet::<T>::step(delivery, &mut progress);
        }

        assert!(!Seals::<T>::contains_key(delivery, id));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
