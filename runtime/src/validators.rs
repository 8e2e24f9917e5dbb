//! Who makes and finalises blocks: the operator sets the validators, and the session pallet hands their keys to
//! consensus.
//!
//! A session ends only where a change waits, since the block that ends one has no room for anything else: twice for
//! each change, at the next two blocks whose number is a multiple of [`PERIOD`]. The first queues the validators'
//! keys, the second hands them over.

#[cfg(feature = "runtime-benchmarks")]
#[allow(clippy::expect_used)]
mod benchmarking;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

/// Blocks between the two steps of a change.
pub const PERIOD: u32 = 10;

/// How often a session ends for a change to apply.
const STEPS: u8 = 2;

/// The pallet that holds the change that waits.
// The macros' own code has proven `expect`s and casts.
#[allow(clippy::expect_used, clippy::cast_possible_truncation)]
#[frame_support::pallet]
pub mod pallet {
    use super::{PERIOD, STEPS, WeightInfo};
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use pallet_session::{SessionManager, ShouldEndSession};
    use sp_runtime::traits::UniqueSaturatedInto;

    /// The pallet.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Its configuration.
    #[pallet::config]
    pub trait Config:
        frame_system::Config<RuntimeEvent: From<Event<Self>>>
        + pallet_session::Config<ValidatorId = <Self as frame_system::Config>::AccountId>
    {
        /// The board: sets the validators.
        type Board: EnsureOrigin<Self::RuntimeOrigin>;
        /// The most validators.
        #[pallet::constant]
        type MaxValidators: Get<u32>;
        /// Weights of the calls.
        type WeightInfo: WeightInfo;
    }

    /// The validators that the next session's end queues.
    #[pallet::storage]
    pub type Next<T: Config> = StorageValue<_, BoundedVec<T::AccountId, T::MaxValidators>, OptionQuery>;

    /// How often a session has still to end for the change to apply.
    #[pallet::storage]
    pub type Steps<T> = StorageValue<_, u8, ValueQuery>;

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The operator set the validators: they apply when a session has ended twice.
        ValidatorsSet {
            /// All of them.
            validators: BoundedVec<T::AccountId, T::MaxValidators>,
        },
    }

    /// Why a call is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// There would be no validator, and so no block to change that. Name at least one.
        NoValidator,
        /// An account is named twice. Name each once.
        NamedTwice,
        /// An account has no session keys. It sends `session.setKeys` first.
        KeysNotSet,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Sets the validators, all of them: who is not named leaves. Keys that a validator has set since apply, too.
        /// A call that comes while a change waits replaces it.
        ///
        /// Origin: the board. Errors: `NoValidator`, `NamedTwice`, `KeysNotSet`.
        #[pallet::call_index(0)]
        #[pallet::weight((
            <T as Config>::WeightInfo::set(u32::try_from(validators.len()).unwrap_or(u32::MAX)),
            DispatchClass::Operational,
        ))]
        pub fn set(
            origin: OriginFor<T>,
            validators: BoundedVec<T::AccountId, T::MaxValidators>,
        ) -> DispatchResult {
            T::Board::ensure_origin(origin)?;
            ensure!(!validators.is_empty(), Error::<T>::NoValidator);
            for (place, validator) in validators.iter().enumerate() {
                ensure!(
                    !validators.iter().skip(place.saturating_add(1)).any(|other| other == validator),
                    Error::<T>::NamedTwice
                );
                ensure!(pallet_session::NextKeys::<T>::contains_key(validator), Error::<T>::KeysNotSet);
            }
            Next::<T>::put(&validators);
            Steps::<T>::put(STEPS);
            Self::deposit_event(Event::ValidatorsSet { validators });
            Ok(())
        }
    }

    impl<T: Config> ShouldEndSession<BlockNumberFor<T>> for Pallet<T> {
        fn should_end_session(now: BlockNumberFor<T>) -> bool {
            let now: u32 = now.unique_saturated_into();
            Steps::<T>::get() > 0 && now.checked_rem(PERIOD) == Some(0)
        }
    }

    impl<T: Config> SessionManager<T::AccountId> for Pallet<T> {
        fn new_session(_: u32) -> Option<Vec<T::AccountId>> {
            Next::<T>::take().map(BoundedVec::into_inner)
        }

        fn end_session(_: u32) {
            Steps::<T>::mutate(|steps| *steps = steps.saturating_sub(1));
        }

        fn start_session(_: u32) {}
    }
}
