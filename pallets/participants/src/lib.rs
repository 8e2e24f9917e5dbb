//! # Participants
//!
//! Who takes part in the market: load aggregators, microgrids, prosumers, the retail supplier and the
//! distribution system operator. Each has a fixed number, given in order of registration and never
//! given twice, an account that holds its money, an agent whose key acts for it on a node, a meter
//! whose key signs its readings, and its own parameters.
//!
//! The market operator registers participants, at genesis or by [`Pallet::register`], and sets their
//! parameters. Account and agent get a provider reference, so that they exist without a balance.
//! The other pallets see participants through [`market::participant::Registry`].
//!
//! [`offchain`] holds what all off-chain workers of the market share.

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::cast_possible_truncation,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

use alloc::{string::String, vec::Vec};
use frame::prelude::*;
use market::participant::{Kinds, Member, Parameters, PartsPerMillion, Registry};
use market::units::MS_PER_HOUR;
use market::{Energy, ParticipantId, Price, Role};

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
pub mod offchain;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

/// The pallet.
// The macros of FRAME expand to casts and to proofs of their own.
#[allow(clippy::expect_used, clippy::cast_possible_truncation)]
#[frame::pallet]
pub mod pallet {
    use super::*;

    /// What the pallet needs.
    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The market operator.
        type Operator: EnsureOrigin<Self::RuntimeOrigin>;
        /// The most participants that are ever registered.
        #[pallet::constant]
        type MaxParticipants: Get<u32>;
        /// Weights of the calls.
        type WeightInfo: WeightInfo;
    }

    /// The pallet.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// The participants by number; numbers run from 0 without a gap.
    #[pallet::storage]
    pub type Participants<T: Config> =
        StorageMap<_, Twox64Concat, ParticipantId, Participant<T::AccountId>, OptionQuery>;

    /// For whom an account acts: every participant's own account and its agent's.
    #[pallet::storage]
    pub type Acting<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, ParticipantId, OptionQuery>;

    /// The participants by name.
    #[pallet::storage]
    pub type Names<T: Config> = StorageMap<_, Blake2_128Concat, Name, ParticipantId, OptionQuery>;

    /// How many numbers were given.
    #[pallet::storage]
    pub type Count<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// The retail supplier, once it is registered.
    #[pallet::storage]
    pub type RetailSupplier<T: Config> = StorageValue<_, ParticipantId, OptionQuery>;

    /// The participants that the chain starts with.
    #[pallet::genesis_config]
    #[derive(DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// They are registered in this order, so the first has number 0.
        pub participants: Vec<GenesisParticipant<T::AccountId>>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            for entry in &self.participants {
                let registered = Participant::try_from(entry.clone())
                    .map_err(|()| Error::<T>::BadName.into())
                    .and_then(|participant| Pallet::<T>::do_register(participant));
                if let Err(error) = registered {
                    panic!("participant {} of the genesis configuration: {error:?}", entry.name);
                }
            }
        }
    }

    /// What happened to whom.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A participant was registered.
        Registered {
            /// Its number.
            id: ParticipantId,
            /// Its account.
            account: T::AccountId,
            /// The account of its agent.
            agent: T::AccountId,
            /// Its role.
            role: Role,
        },
        /// A participant has other parameters.
        ParametersSet {
            /// Its number.
            id: ParticipantId,
            /// What they are now.
            parameters: Parameters,
        },
    }

    /// Why a call was refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The account or the agent acts for a participant already. Give each participant its own two.
        AlreadyRegistered,
        /// Account and agent are the same. The agent's key lies on a node, so it must not be the one that
        /// holds the money: give the agent a key of its own.
        AgentIsAccount,
        /// The name is empty, or has other characters than ASCII letters, digits, `-` and `_`. Choose
        /// another.
        BadName,
        /// Another participant has the name. Choose another.
        NameTaken,
        /// There is a retail supplier, and the market has only one.
        SupplierExists,
        /// No more participants fit. The bound is a constant of the runtime.
        TooManyParticipants,
        /// A parameter is out of range: alpha is above zero and at most one, the generation cost at most
        /// 1,000,000 ETH/kWh, the tie line at most 1 TW.
        BadParameters,
        /// No participant has the number. Numbers are in the events of registration.
        NotRegistered,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::do_try_state()
        }

        fn integrity_test() {
            assert!(T::MaxParticipants::get() > 0, "a market without participants is none");
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Registers a participant and gives it the next number.
        ///
        /// Origin: the market operator. Errors: `BadName`, `AgentIsAccount`, `BadParameters`,
        /// `TooManyParticipants`, `AlreadyRegistered`, `NameTaken`, `SupplierExists`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register())]
        pub fn register(origin: OriginFor<T>, participant: Participant<T::AccountId>) -> DispatchResult {
            T::Operator::ensure_origin(origin)?;
            Self::do_register(participant)
        }

        /// Sets a participant's parameters. They apply to what it does from now on; what it released
        /// before stays as it is.
        ///
        /// Origin: the market operator. Errors: `BadParameters`, `NotRegistered`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::set_parameters())]
        pub fn set_parameters(
            origin: OriginFor<T>,
            id: ParticipantId,
            parameters: Parameters,
        ) -> DispatchResult {
            T::Operator::ensure_origin(origin)?;
            Self::do_set_parameters(id, parameters)
        }
    }
}

impl<T: Config> Pallet<T> {
    fn do_register(participant: Participant<T::AccountId>) -> DispatchResult {
        ensure!(is_name(&participant.name), Error::<T>::BadName);
        ensure!(participant.account != participant.agent, Error::<T>::AgentIsAccount);
        ensure!(are_parameters(&participant.parameters), Error::<T>::BadParameters);
        let number = Count::<T>::get();
        ensure!(number < T::MaxParticipants::get(), Error::<T>::TooManyParticipants);
        let taken = [&participant.account, &participant.agent].into_iter().any(Acting::<T>::contains_key);
        ensure!(!taken, Error::<T>::AlreadyRegistered);
        ensure!(!Names::<T>::contains_key(&participant.name), Error::<T>::NameTaken);
        let supplies = participant.role == Role::RetailSupplier;
        ensure!(!(supplies && RetailSupplier::<T>::exists()), Error::<T>::SupplierExists);

        let id = ParticipantId(number);
        Count::<T>::put(number.saturating_add(1));
        for account in [&participant.account, &participant.agent] {
            Acting::<T>::insert(account, id);
            frame_system::Pallet::<T>::inc_providers(account);
        }
        Names::<T>::insert(&participant.name, id);
        if supplies {
            RetailSupplier::<T>::put(id);
        }
        Self::deposit_event(Event::Registered {
            id,
            account: participant.account.clone(),
            agent: participant.agent.clone(),
            role: participant.role,
        });
        Participants::<T>::insert(id, participant);
        Ok(())
    }

    fn do_set_parameters(id: ParticipantId, parameters: Parameters) -> DispatchResult {
        ensure!(are_parameters(&parameters), Error::<T>::BadParameters);
        Participants::<T>::try_mutate(id, |participant| {
            participant.as_mut().ok_or(Error::<T>::NotRegistered)?.parameters = parameters;
            Self::deposit_event(Event::ParametersSet { id, parameters });
            Ok(())
        })
    }
}

/// Whether the bytes are a name: it stands in the gateway's paths and in reports as it is.
fn is_name(name: &Name) -> bool {
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Whether the parameters are in range. An hour at the tie line's limit stays within what the market
/// handles in a period.
fn are_parameters(parameters: &Parameters) -> bool {
    let Parameters { alpha, generation_cost, tie_line } = *parameters;
    alpha > PartsPerMillion(0)
        && alpha <= PartsPerMillion::ONE
        && generation_cost <= Price::MAX_IN_MARKET
        && tie_line.over(MS_PER_HOUR).is_some_and(|energy| energy <= Energy::MAX_PER_PERIOD)
}

impl<T: Config> Registry<T::AccountId> for Pallet<T> {
    fn acting(who: &T::AccountId) -> Option<ParticipantId> {
        Acting::<T>::get(who)
    }

    fn member(id: ParticipantId) -> Option<Member<T::AccountId>> {
        let Participant { account, meter, role, parameters, .. } = Participants::<T>::get(id)?;
        Some(Member { id, account, meter, role, parameters })
    }

    fn name_of(id: ParticipantId) -> Option<String> {
        String::from_utf8(Participants::<T>::get(id)?.name.into_inner()).ok()
    }

    fn count() -> u32 {
        Count::<T>::get()
    }

    fn retail_supplier() -> Option<Member<T::AccountId>> {
        RetailSupplier::<T>::get().and_then(Self::member)
    }
}
