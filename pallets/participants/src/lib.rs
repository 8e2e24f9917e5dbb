//! # Participants
//!
//! Who takes part in the market: load aggregators, microgrids, prosumers, the retail supplier and the
//! distribution system operator. Each has a fixed number, given in order of registration and never
//! given twice, an account that holds its money, an agent whose key acts for it on a node, a meter
//! whose key signs its readings, and its own parameters.
//!
//! The registrar registers participants, at genesis or by [`Pallet::register`], and sets their
//! parameters. Account and agent get a provider reference, so that they exist without a balance.
//! The other pallets see participants through [`market::participant::Registry`].
//!
//! ## Joining
//!
//! A meter is billed from the first period on that begins after its participant was registered. The market knows nothing
//! of its use then, so that a buyer's missing reading is taken for what its tie line carries, from the first day on:
//! register a participant once its meter reports.
//!
//! ## Leaving
//!
//! A **suspended** participant makes no new release, bid or larger offer, and what it offers for periods before their
//! gate closure is void. What else it has under way goes on: it reveals what it sealed, its meter is read, it pays and
//! is paid, and the retail supplier serves it. The guardian may
//! reinstate it, or remove it once nothing of it is open any more: then its account and agent act for nobody and lose
//! their references, its name is free, and its number is never given again. The retail supplier can't leave, since the
//! market has nobody else to balance it; it can be [replaced](Pallet::replace_supplier).
//!
//! ## Keys
//!
//! [`Pallet::rotate_agent`], [`Pallet::rotate_meter`] and [`Pallet::rotate_account`] take effect at once. What is on hold
//! follows the account ([`market::participant::Holds`]); what is free stays where it is. A bid that the old agent sealed is
//! bound to the participant, so the new one may reveal it; but the salt is the old key's signature, so whoever rotates
//! between sealing and reveal has to carry price and salt over. Readings that the old meter signed and that are not
//! on the chain yet have to be signed again with the new key.

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

use alloc::{string::String, vec::Vec};
use frame::prelude::*;
use frame::traits::Time;
use market::books::Books;
use market::participant::{Holds, Kinds, Member, Parameters, PartsPerMillion, Registry};
use market::position::StandingOffers;
use market::units::MS_PER_HOUR;
use market::{Energy, Moment, Money, ParticipantId, Price, Role};

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

/// Target of the pallet's log.
const LOG_TARGET: &str = "gridbid::participants";

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
        /// The registrar: registers participants, sets their parameters and keys, and removes them.
        type Registrar: EnsureOrigin<Self::RuntimeOrigin>;
        /// The guardian: suspends and reinstates them.
        type Guardian: EnsureOrigin<Self::RuntimeOrigin>;
        /// The most participants that are ever registered.
        #[pallet::constant]
        type MaxParticipants: Get<u32>;
        /// The block's own timestamp, in milliseconds since the epoch.
        type Time: Time<Moment = Moment>;
        /// Whether anything of a participant that is to leave is open.
        type Books: Books;
        /// The offers that one who is suspended has standing.
        type Offers: StandingOffers;
        /// What is on hold, and follows a participant to another account.
        type Holds: Holds<Self::AccountId>;
        /// Weights of the calls.
        type WeightInfo: WeightInfo;
    }

    /// The pallet.
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// The participants by number. Numbers run from 0; those of removed participants are not given again.
    #[pallet::storage]
    pub type Participants<T: Config> =
        StorageMap<_, Twox64Concat, ParticipantId, Registered<T::AccountId>, OptionQuery>;

    /// For whom an account acts: every participant's own account and its agent's. Both tell whether it is suspended.
    #[pallet::storage]
    pub type Acting<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Actor, OptionQuery>;

    /// The participants by name.
    #[pallet::storage]
    pub type Names<T: Config> = StorageMap<_, Blake2_128Concat, Name, ParticipantId, OptionQuery>;

    /// How many numbers were given.
    #[pallet::storage]
    pub type Count<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// The retail supplier, once it is registered.
    #[pallet::storage]
    pub type RetailSupplier<T: Config> = StorageValue<_, ParticipantId, OptionQuery>;

    /// What those were that were removed: their lines are told for as long as they are kept.
    #[pallet::storage]
    pub type Removed<T: Config> = StorageMap<_, Twox64Concat, ParticipantId, Role, OptionQuery>;

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
        /// A participant was suspended: its standing offers are void, what else it has under way is brought to its end,
        /// and it may begin nothing new.
        Suspended {
            /// Its number.
            id: ParticipantId,
        },
        /// A suspended participant takes part again.
        Reinstated {
            /// Its number.
            id: ParticipantId,
        },
        /// A participant left: its account and agent act for nobody any more.
        Removed {
            /// Its number, which is not given again.
            id: ParticipantId,
            /// What was its account.
            account: T::AccountId,
            /// What was the account of its agent.
            agent: T::AccountId,
        },
        /// Another agent acts for a participant.
        AgentRotated {
            /// Its number.
            id: ParticipantId,
            /// The account of the agent that acted for it.
            from: T::AccountId,
            /// The account of the one that does now.
            to: T::AccountId,
        },
        /// Another account holds a participant's money from now on. What the one before has free stays its own.
        AccountRotated {
            /// Its number.
            id: ParticipantId,
            /// What was its account.
            from: T::AccountId,
            /// What is now.
            to: T::AccountId,
            /// What was on hold, and is on the new account's now, in planck.
            held: Money,
        },
        /// Somebody else is the retail supplier from now on, under the same number.
        SupplierReplaced {
            /// Its number.
            id: ParticipantId,
            /// The new one's name.
            name: Name,
        },
        /// Another key signs a participant's readings.
        MeterRotated {
            /// Its number.
            id: ParticipantId,
            /// The public ed25519 key.
            meter: [u8; 32],
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
        /// The participant is the retail supplier, without whom the market can't be balanced. Rotate its keys
        /// where they are at fault.
        SupplierNeeded,
        /// The participant is suspended already. Nothing is to be done.
        AlreadySuspended,
        /// The participant is not suspended. Suspend it before it is removed.
        NotSuspended,
        /// Something of the participant is open: a day that it released, a period that has ended and is not settled, a
        /// disputed line, a debt or credit, or a standing order. Wait for its last period to be settled, have debts paid,
        /// and end the order.
        StillOpen,
        /// So many periods wait to be cleared that what is on hold can't be moved. Wait until they are.
        TooMuchOpen,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::do_try_state()
        }

        fn integrity_test() {
            assert!(T::MaxParticipants::get() > 0, "a market without participants is none");
            assert!(T::MaxParticipants::get() < Actor::SUSPENDED, "a number leaves its highest bit free");
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Registers a participant and gives it the next number. From the next period on it has a line in every one,
        /// whether it does something or not, until it is removed: what its meter does not tell is estimated.
        ///
        /// Origin: the registrar. Errors: `BadName`, `AgentIsAccount`, `BadParameters`,
        /// `TooManyParticipants`, `AlreadyRegistered`, `NameTaken`, `SupplierExists`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register())]
        pub fn register(origin: OriginFor<T>, participant: Participant<T::AccountId>) -> DispatchResult {
            T::Registrar::ensure_origin(origin)?;
            Self::do_register(participant)
        }

        /// Sets a participant's parameters. They apply to what it does from now on; what it released
        /// before stays as it is.
        ///
        /// Origin: the registrar. Errors: `BadParameters`, `NotRegistered`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::set_parameters())]
        pub fn set_parameters(
            origin: OriginFor<T>,
            id: ParticipantId,
            parameters: Parameters,
        ) -> DispatchResult {
            T::Registrar::ensure_origin(origin)?;
            Self::do_set_parameters(id, parameters)
        }

        /// Suspends a participant: it makes no new release, bid or larger offer, and its offers that have not reached
        /// gate closure are void. What else it has under way goes on.
        ///
        /// Origin: the guardian. Errors: `NotRegistered`, `SupplierNeeded`, `AlreadySuspended`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::suspend())]
        pub fn suspend(origin: OriginFor<T>, id: ParticipantId) -> DispatchResult {
            T::Guardian::ensure_origin(origin)?;
            Self::do_suspend(id)
        }

        /// Lets a suspended participant take part again.
        ///
        /// Origin: the guardian. Errors: `NotSuspended`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::reinstate())]
        pub fn reinstate(origin: OriginFor<T>, id: ParticipantId) -> DispatchResult {
            T::Guardian::ensure_origin(origin)?;
            Self::do_reinstate(id)
        }

        /// Removes a suspended participant of whom nothing is open. Its money stays where it is; its number is not
        /// given again. Lines of days that may still be corrected stand from now on: nobody acts for it any more. The
        /// period that runs counts nothing for it, as the one in which it was registered.
        ///
        /// Origin: the registrar. Errors: `NotRegistered`, `NotSuspended`, `StillOpen`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::remove())]
        pub fn remove(origin: OriginFor<T>, id: ParticipantId) -> DispatchResult {
            T::Registrar::ensure_origin(origin)?;
            Self::do_remove(id)
        }

        /// Lets another agent act for a participant from now on, instead of the one that does. What the old one has on
        /// its account stays its own.
        ///
        /// Origin: the registrar. Errors: `NotRegistered`, `AgentIsAccount`, `AlreadyRegistered`.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::rotate_agent())]
        pub fn rotate_agent(origin: OriginFor<T>, id: ParticipantId, agent: T::AccountId) -> DispatchResult {
            T::Registrar::ensure_origin(origin)?;
            Self::do_rotate_agent(id, agent)
        }

        /// Lets another key sign a participant's readings from now on.
        ///
        /// Origin: the registrar. Errors: `NotRegistered`.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::rotate_meter())]
        pub fn rotate_meter(origin: OriginFor<T>, id: ParticipantId, meter: [u8; 32]) -> DispatchResult {
            T::Registrar::ensure_origin(origin)?;
            Self::do_rotate_meter(id, meter)
        }

        /// Lets another account hold a participant's money from now on. What is on hold moves to it, with the bids and
        /// incomes that it is for; debts, claims and bills are the participant's, as before. What the old account has free
        /// stays its own.
        ///
        /// Origin: the registrar. Errors: `NotRegistered`, `AgentIsAccount`, `AlreadyRegistered`, `TooMuchOpen`.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::rotate_account())]
        pub fn rotate_account(
            origin: OriginFor<T>,
            id: ParticipantId,
            account: T::AccountId,
        ) -> DispatchResult {
            T::Registrar::ensure_origin(origin)?;
            Self::do_rotate_account(id, account)
        }

        /// Lets somebody else be the retail supplier from now on, under the same number: it takes over what the one before
        /// is owed and owes, and its tariffs. What that one has free on its account stays its own.
        ///
        /// Origin: the registrar. Errors: `NotRegistered` where there is none, `BadName`, `NameTaken`, `AgentIsAccount`,
        /// `AlreadyRegistered`, `TooMuchOpen`.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::replace_supplier())]
        pub fn replace_supplier(
            origin: OriginFor<T>,
            name: Name,
            account: T::AccountId,
            agent: T::AccountId,
        ) -> DispatchResult {
            T::Registrar::ensure_origin(origin)?;
            Self::do_replace_supplier(name, account, agent)
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
            Self::begin_to_act(account, Actor::new(id));
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
        Participants::<T>::insert(id, Registered { participant, since: T::Time::now() });
        Ok(())
    }

    fn do_set_parameters(id: ParticipantId, parameters: Parameters) -> DispatchResult {
        ensure!(are_parameters(&parameters), Error::<T>::BadParameters);
        Participants::<T>::try_mutate(id, |registered| {
            let registered = registered.as_mut().ok_or(Error::<T>::NotRegistered)?;
            registered.participant.parameters = parameters;
            Self::deposit_event(Event::ParametersSet { id, parameters });
            Ok(())
        })
    }

    fn do_suspend(id: ParticipantId) -> DispatchResult {
        let Registered { participant, .. } = Participants::<T>::get(id).ok_or(Error::<T>::NotRegistered)?;
        ensure!(RetailSupplier::<T>::get() != Some(id), Error::<T>::SupplierNeeded);
        ensure!(!Self::is_suspended(id), Error::<T>::AlreadySuspended);
        Self::mark(&participant, id, true);
        T::Offers::void(id);
        Self::deposit_event(Event::Suspended { id });
        Ok(())
    }

    fn do_reinstate(id: ParticipantId) -> DispatchResult {
        let Registered { participant, .. } = Participants::<T>::get(id).ok_or(Error::<T>::NotSuspended)?;
        ensure!(Self::is_suspended(id), Error::<T>::NotSuspended);
        Self::mark(&participant, id, false);
        Self::deposit_event(Event::Reinstated { id });
        Ok(())
    }

    /// Notes with both accounts of a participant whether it is suspended.
    fn mark(participant: &Participant<T::AccountId>, id: ParticipantId, suspended: bool) {
        for account in [&participant.account, &participant.agent] {
            Acting::<T>::insert(account, Actor::new(id).suspended(suspended));
        }
    }

    fn do_remove(id: ParticipantId) -> DispatchResult {
        let Registered { participant, .. } = Participants::<T>::get(id).ok_or(Error::<T>::NotRegistered)?;
        ensure!(Self::is_suspended(id), Error::<T>::NotSuspended);
        ensure!(T::Books::is_settled_up(id), Error::<T>::StillOpen);
        let Participant { name, account, agent, role, .. } = participant;
        for account in [&account, &agent] {
            Self::cease_to_act(account);
        }
        Names::<T>::remove(name);
        Participants::<T>::remove(id);
        Removed::<T>::insert(id, role);
        Self::deposit_event(Event::Removed { id, account, agent });
        Ok(())
    }

    fn do_rotate_agent(id: ParticipantId, agent: T::AccountId) -> DispatchResult {
        let mut registered = Participants::<T>::get(id).ok_or(Error::<T>::NotRegistered)?;
        let participant = &mut registered.participant;
        ensure!(participant.account != agent, Error::<T>::AgentIsAccount);
        ensure!(!Acting::<T>::contains_key(&agent), Error::<T>::AlreadyRegistered);
        let old = core::mem::replace(&mut participant.agent, agent.clone());
        let actor = Actor::new(id).suspended(Self::is_suspended(id));
        Self::cease_to_act(&old);
        Self::begin_to_act(&agent, actor);
        Participants::<T>::insert(id, registered);
        Self::deposit_event(Event::AgentRotated { id, from: old, to: agent });
        Ok(())
    }

    fn do_rotate_account(id: ParticipantId, account: T::AccountId) -> DispatchResult {
        let mut registered = Participants::<T>::get(id).ok_or(Error::<T>::NotRegistered)?;
        let participant = &mut registered.participant;
        ensure!(participant.agent != account, Error::<T>::AgentIsAccount);
        ensure!(!Acting::<T>::contains_key(&account), Error::<T>::AlreadyRegistered);
        let actor = Actor::new(id).suspended(Self::is_suspended(id));
        let old = core::mem::replace(&mut participant.account, account.clone());
        // The new account has to be before it holds anything.
        Self::begin_to_act(&account, actor);
        let held = T::Holds::follow(id, &old, &account).ok_or(Error::<T>::TooMuchOpen)?;
        Self::cease_to_act(&old);
        Participants::<T>::insert(id, registered);
        Self::deposit_event(Event::AccountRotated { id, from: old, to: account, held });
        Ok(())
    }

    fn do_replace_supplier(name: Name, account: T::AccountId, agent: T::AccountId) -> DispatchResult {
        let id = RetailSupplier::<T>::get().ok_or(Error::<T>::NotRegistered)?;
        ensure!(is_name(&name), Error::<T>::BadName);
        ensure!(account != agent, Error::<T>::AgentIsAccount);
        Self::do_rotate_account(id, account)?;
        Self::do_rotate_agent(id, agent)?;
        Participants::<T>::try_mutate(id, |registered| {
            let participant = &mut registered.as_mut().ok_or(Error::<T>::NotRegistered)?.participant;
            Names::<T>::remove(&participant.name);
            ensure!(!Names::<T>::contains_key(&name), Error::<T>::NameTaken);
            Names::<T>::insert(&name, id);
            participant.name = name.clone();
            Ok::<_, Error<T>>(())
        })?;
        Self::deposit_event(Event::SupplierReplaced { id, name });
        Ok(())
    }

    fn do_rotate_meter(id: ParticipantId, meter: [u8; 32]) -> DispatchResult {
        Participants::<T>::try_mutate(id, |registered| {
            registered.as_mut().ok_or(Error::<T>::NotRegistered)?.participant.meter = meter;
            Self::deposit_event(Event::MeterRotated { id, meter });
            Ok(())
        })
    }

    fn begin_to_act(account: &T::AccountId, actor: Actor) {
        Acting::<T>::insert(account, actor);
        frame_system::Pallet::<T>::inc_providers(account);
    }

    /// Where something outside of the market refers to the account, as session keys do, it keeps its reference: nobody
    /// can stay by referring to itself.
    fn cease_to_act(account: &T::AccountId) {
        Acting::<T>::remove(account);
        if let Err(kept) = frame_system::Pallet::<T>::dec_providers(account) {
            log::debug!(target: LOG_TARGET, "An account that acts no more keeps its reference: {kept:?}");
        }
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
        Acting::<T>::get(who).map(Actor::participant)
    }

    fn actor(who: &T::AccountId) -> Option<(ParticipantId, bool)> {
        Acting::<T>::get(who).map(|actor| (actor.participant(), actor.is_suspended()))
    }

    fn member(id: ParticipantId) -> Option<Member<T::AccountId>> {
        let Registered { participant, since } = Participants::<T>::get(id)?;
        let Participant { account, meter, role, parameters, .. } = participant;
        Some(Member { id, account, meter, role, parameters, since })
    }

    fn name_of(id: ParticipantId) -> Option<String> {
        String::from_utf8(Participants::<T>::get(id)?.participant.name.into_inner()).ok()
    }

    fn is_suspended(id: ParticipantId) -> bool {
        Participants::<T>::get(id)
            .and_then(|registered| Acting::<T>::get(registered.participant.account))
            .is_some_and(Actor::is_suspended)
    }

    fn count() -> u32 {
        Count::<T>::get()
    }

    fn retail_supplier() -> Option<Member<T::AccountId>> {
        RetailSupplier::<T>::get().and_then(Self::member)
    }
}
