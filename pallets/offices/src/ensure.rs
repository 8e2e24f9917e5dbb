//! The origin that a privileged call takes.

use crate::{Config, Notices, Office, Pallet};
use core::marker::PhantomData;
use frame::deps::frame_support::dispatch::RawOrigin;
use frame::prelude::*;
use frame::traits::{CallerTrait, EnsureOrigin, OriginTrait};

/// An office's origin: what it has announced, or, where it has no notice, what its holder signs. Root may do what any
/// office may, since it could take the office.
pub struct EnsureOffice<T, O>(PhantomData<(T, O)>);

impl<T: Config, O: Get<Office>> EnsureOrigin<T::RuntimeOrigin> for EnsureOffice<T, O>
where
    for<'a> &'a <T::RuntimeOrigin as OriginTrait>::PalletsOrigin: TryInto<&'a Office>,
{
    type Success = ();

    fn try_origin(origin: T::RuntimeOrigin) -> Result<(), T::RuntimeOrigin> {
        let office = O::get();
        let acts = match origin.caller().as_system_ref() {
            Some(RawOrigin::Root) => true,
            Some(RawOrigin::Signed(who)) => {
                Pallet::<T>::is_held_by(office, who) && !Notices::<T>::contains_key(office)
            }
            Some(_) => false,
            None => origin.caller().try_into().is_ok_and(|of: &Office| *of == office),
        };
        if acts { Ok(()) } else { Err(origin) }
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin() -> Result<T::RuntimeOrigin, ()> {
        let holder: T::AccountId = frame::benchmarking::prelude::account("holder", 0, 0);
        crate::Holders::<T>::insert(O::get(), &holder);
        Notices::<T>::remove(O::get());
        Ok(RawOrigin::Signed(holder).into())
    }
}
