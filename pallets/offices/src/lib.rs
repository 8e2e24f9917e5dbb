//! # Offices
//!
//! Who may make a privileged call, and from when. Each such call names one [`Office`]; each office is held by an
//! account, which may be a multisig.
//!
//! - An office **without notice** acts at once: its holder signs the call, and [`EnsureOffice`] lets it through.
//! - An office **with notice** has to [announce](Pallet::announce) its call. Everybody sees it in [`Announcements`] and
//!   may prepare, or leave. When the notice is over anybody may [enact](Pallet::enact) it, in the office's name. So
//!   nobody has to be awake for it, and nothing is done in a hook. A call that is refused then stays announced.
//! - What is announced can be [withdrawn](Pallet::withdraw): by the office, or by the guardian. Only root's replacing of
//!   a holder is not the guardian's to stop: nobody can be kept in office by who holds one.
//!
//! Root is an office as any, but that what it announces is dispatched as the system's root, and may be what any office
//! may do. It never acts without being announced: what it may do at all, [`Config::Announceable`] tells.

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::cast_possible_truncation,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod ensure;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

pub use ensure::EnsureOffice;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

/// The most calls that an office may have announced at a time.
pub const MAX_ANNOUNCED: u32 = 16;

/// The pallet.
// The macros of FRAME expand to casts and to proofs of their own.
#[allow(clippy::expect_used, clippy::cast_possible_truncation)]
#[frame::pallet]
pub mod pallet {
    use crate::types::{Announcement, Office};
    use crate::{MAX_ANNOUNCED, WeightInfo};
    use alloc::{boxed::Box, vec::Vec};
    use codec::Encode;
    use frame::deps::frame_support::dispatch::{
        DispatchResultWithPostInfo, RawOrigin, extract_actual_weight,
    };
    use frame::prelude::*;
    use frame::traits::Time;
    use market::Moment;

    /// The pallet.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// What the pallet needs.
    #[pallet::config]
    pub trait Config:
        frame_system::Config<RuntimeEvent: From<Event<Self>>, RuntimeOrigin: From<Office>>
    {
        /// Any call of the runtime.
        type RuntimeCall: Parameter
            + Dispatchable<
                RuntimeOrigin = <Self as frame_system::Config>::RuntimeOrigin,
                PostInfo = PostDispatchInfo,
            > + GetDispatchInfo
            + IsSubType<Call<Self>>
            + From<Call<Self>>;
        /// What may be announced.
        type Announceable: Contains<<Self as Config>::RuntimeCall>;
        /// The block's own time, in milliseconds since the epoch.
        type Time: Time<Moment = Moment>;
        /// Weights of the calls.
        type WeightInfo: WeightInfo;
    }

    /// An enacted call is its office's.
    #[pallet::origin]
    pub type Origin = Office;

    /// Who holds each office.
    #[pallet::storage]
    pub type Holders<T: Config> = StorageMap<_, Twox64Concat, Office, T::AccountId, OptionQuery>;

    /// For how long what each office does is announced before, in milliseconds. An office without one acts at once.
    #[pallet::storage]
    pub type Notices<T: Config> = StorageMap<_, Twox64Concat, Office, Moment, ValueQuery>;

    /// What the offices have announced, by number.
    #[pallet::storage]
    pub type Announcements<T: Config> =
        StorageDoubleMap<_, Twox64Concat, Office, Twox64Concat, u32, Announcement, OptionQuery>;

    /// How many calls each office has announced that are neither enacted nor withdrawn.
    #[pallet::storage]
    pub type Open<T: Config> = StorageMap<_, Twox64Concat, Office, u32, ValueQuery>;

    /// The number of the next announcement.
    #[pallet::storage]
    pub type Next<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// What the chain starts with.
    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Who holds each office. Nobody holds one that is not named, until root appoints somebody.
        pub holders: Vec<(Office, T::AccountId)>,
        /// The notice of each office, in milliseconds; none for one that is not named.
        pub notices: Vec<(Office, Moment)>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            for (office, holder) in &self.holders {
                let before = Holders::<T>::mutate(office, |held| held.replace(holder.clone()));
                assert!(before.is_none(), "genesis configuration of offices: two hold {office:?}");
            }
            for (office, notice) in &self.notices {
                assert!(
                    !Notices::<T>::contains_key(office),
                    "genesis configuration of offices: two notices of {office:?}"
                );
                if *notice > 0 {
                    Notices::<T>::insert(office, notice);
                }
            }
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An account holds an office from now on.
        Appointed {
            /// The office.
            office: Office,
            /// Who holds it.
            account: T::AccountId,
        },
        /// An office announced a call: it can be enacted from then on.
        Announced {
            /// The office.
            office: Office,
            /// The announcement's number.
            number: u32,
            /// From when.
            due: Moment,
        },
        /// An announced call was made.
        Enacted {
            /// The office.
            office: Office,
            /// The announcement's number.
            number: u32,
        },
        /// An announced call will not be made.
        Withdrawn {
            /// The office.
            office: Office,
            /// The announcement's number.
            number: u32,
        },
    }

    /// Why a call was refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The account does not hold the office. Sign with the one that does: `holders` names it.
        NotInOffice,
        /// No office may make such a call. Announce the call itself: no batch, no multisig, nothing of sudo.
        NotAnnounceable,
        /// The call has more bytes than are kept. Make it shorter.
        CallTooLong,
        /// As many calls of the office are announced as there may be. Enact or withdraw one.
        TooManyAnnounced,
        /// The office has no announcement of this number. Numbers are in the event that announced it.
        NotAnnounced,
        /// The notice is not over. Enact it when its time has come.
        TooEarly,
        /// Another call was announced under this number. Give the very same one.
        OtherCall,
        /// Root replaces who holds an office: the guardian can't stop that.
        NotTheGuardians,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Gives an office to an account, instead of the one that holds it. What that one has announced is withdrawn.
        ///
        /// Origin: root.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::appoint())]
        pub fn appoint(origin: OriginFor<T>, office: Office, account: T::AccountId) -> DispatchResult {
            ensure_root(origin)?;
            Holders::<T>::insert(office, &account);
            let announced: Vec<_> = Announcements::<T>::iter_key_prefix(office).collect();
            for number in announced {
                Self::forget(office, number);
                Self::deposit_event(Event::Withdrawn { office, number });
            }
            Self::deposit_event(Event::Appointed { office, account });
            Ok(())
        }

        /// Announces a call of an office: it may be enacted when the office's notice is over.
        ///
        /// Origin: who holds the office. Errors: `NotInOffice`, `NotAnnounceable`, `CallTooLong`, `TooManyAnnounced`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::announce())]
        pub fn announce(
            origin: OriginFor<T>,
            office: Office,
            call: Box<<T as Config>::RuntimeCall>,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            ensure!(Self::is_held_by(office, &who), Error::<T>::NotInOffice);
            ensure!(T::Announceable::contains(&call), Error::<T>::NotAnnounceable);
            let bytes = call.encode().try_into().map_err(|_| Error::<T>::CallTooLong)?;
            let open = Open::<T>::get(office);
            ensure!(open < MAX_ANNOUNCED, Error::<T>::TooManyAnnounced);
            let number = Next::<T>::get();
            let due = T::Time::now().saturating_add(Notices::<T>::get(office));
            Next::<T>::put(number.wrapping_add(1));
            Open::<T>::insert(office, open.saturating_add(1));
            let replaces = matches!(call.is_sub_type(), Some(Call::appoint { .. }));
            Announcements::<T>::insert(office, number, Announcement { due, replaces, call: bytes });
            Self::deposit_event(Event::Announced { office, number, due });
            Ok(())
        }

        /// Makes a call that an office has announced, in the office's name, once its notice is over. One that is refused
        /// stays announced.
        ///
        /// Origin: anybody. Errors: `NotAnnounced`, `TooEarly`, `OtherCall`; and those of the call.
        #[pallet::call_index(2)]
        #[pallet::weight({
            let info = call.get_dispatch_info();
            (T::WeightInfo::enact().saturating_add(info.call_weight), info.class)
        })]
        pub fn enact(
            origin: OriginFor<T>,
            office: Office,
            number: u32,
            call: Box<<T as Config>::RuntimeCall>,
        ) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            let announced = Announcements::<T>::get(office, number).ok_or(Error::<T>::NotAnnounced)?;
            ensure!(T::Time::now() >= announced.due, Error::<T>::TooEarly);
            ensure!(announced.call.into_inner() == call.encode(), Error::<T>::OtherCall);
            Self::forget(office, number);
            let info = call.get_dispatch_info();
            let origin = match office {
                Office::Root => RawOrigin::Root.into(),
                office => office.into(),
            };
            let made = call.dispatch(origin);
            let weight = T::WeightInfo::enact().saturating_add(extract_actual_weight(&made, &info));
            made.map_err(|mut refused| {
                refused.post_info = Some(weight).into();
                refused
            })?;
            Self::deposit_event(Event::Enacted { office, number });
            Ok(Some(weight).into())
        }

        /// Withdraws a call that an office has announced.
        ///
        /// Origin: who holds the office, or the guardian. Errors: `NotAnnounced`, `NotInOffice`, `NotTheGuardians`.
        #[pallet::call_index(3)]
        #[pallet::weight((T::WeightInfo::withdraw(), DispatchClass::Operational))]
        pub fn withdraw(origin: OriginFor<T>, office: Office, number: u32) -> DispatchResult {
            let who = ensure_signed(origin)?;
            let announced = Announcements::<T>::get(office, number).ok_or(Error::<T>::NotAnnounced)?;
            if !Self::is_held_by(office, &who) {
                ensure!(Self::is_held_by(Office::Guardian, &who), Error::<T>::NotInOffice);
                ensure!(!(office == Office::Root && announced.replaces), Error::<T>::NotTheGuardians);
            }
            Self::forget(office, number);
            Self::deposit_event(Event::Withdrawn { office, number });
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        /// Whether an account holds an office.
        pub fn is_held_by(office: Office, who: &T::AccountId) -> bool {
            Holders::<T>::get(office).as_ref() == Some(who)
        }

        fn forget(office: Office, number: u32) {
            Announcements::<T>::remove(office, number);
            let open = Open::<T>::get(office).saturating_sub(1);
            if open == 0 {
                Open::<T>::remove(office);
            } else {
                Open::<T>::insert(office, open);
            }
        }
    }
}
