//! Benchmarks of the calls.

use crate::*;
use alloc::{boxed::Box, vec};
use codec::Encode;
use frame::benchmarking::prelude::*;

/// A call that may be announced.
fn call<T: Config>() -> <T as Config>::RuntimeCall {
    Call::<T>::appoint { office: Office::Arbiter, account: account("account", 0, 0) }.into()
}

/// The holder of an office that has announced as much as may be, but for some.
fn holder<T: Config>(office: Office, but: u32) -> T::AccountId {
    let holder: T::AccountId = account(office.name(), 0, 0);
    Holders::<T>::insert(office, &holder);
    let bytes = vec![0; MAX_CALL as usize];
    for number in but..MAX_ANNOUNCED {
        let call = BoundedVec::truncate_from(bytes.clone());
        Announcements::<T>::insert(office, number, Announcement { due: 0, replaces: false, call });
    }
    Open::<T>::insert(office, MAX_ANNOUNCED.saturating_sub(but));
    Next::<T>::put(MAX_ANNOUNCED);
    holder
}

#[benchmarks]
mod benches {
    use super::*;

    /// Where the office has announced as much as may be.
    #[benchmark]
    fn appoint() {
        holder::<T>(Office::Board, 0);
        let account: T::AccountId = account("account", 0, 0);

        #[extrinsic_call]
        _(RawOrigin::Root, Office::Board, account.clone());

        assert!(Pallet::<T>::is_held_by(Office::Board, &account));
        assert_eq!(Open::<T>::get(Office::Board), 0);
    }

    #[benchmark]
    fn announce() {
        let holder = holder::<T>(Office::Board, 1);

        #[extrinsic_call]
        _(RawOrigin::Signed(holder), Office::Board, Box::new(call::<T>()));

        assert_eq!(Open::<T>::get(Office::Board), MAX_ANNOUNCED);
    }

    /// Of the call itself the smallest part: its own weight is charged beside.
    #[benchmark]
    fn enact() {
        let holder = holder::<T>(Office::Root, 1);
        let call = call::<T>();
        let bytes = BoundedVec::truncate_from(call.encode());
        Announcements::<T>::insert(Office::Root, 0, Announcement { due: 0, replaces: true, call: bytes });
        Open::<T>::insert(Office::Root, MAX_ANNOUNCED);

        #[extrinsic_call]
        _(RawOrigin::Signed(holder), Office::Root, 0, Box::new(call));

        assert_eq!(Open::<T>::get(Office::Root), MAX_ANNOUNCED.saturating_sub(1));
    }

    #[benchmark]
    fn withdraw() {
        holder::<T>(Office::Board, 0);
        let guardian = holder::<T>(Office::Guardian, MAX_ANNOUNCED);

        #[extrinsic_call]
        _(RawOrigin::Signed(guardian), Office::Board, 0);

        assert_eq!(Open::<T>::get(Office::Board), MAX_ANNOUNCED.saturating_sub(1));
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
