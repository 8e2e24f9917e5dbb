//! What always holds of the pallet's storage, as named checks.

use super::*;
use frame::try_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Runs every check.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::check_numbers_are_dense()?;
        Self::check_accounts_act()?;
        Self::check_names_are_known()?;
        Self::check_supplier_is_the_only_one()?;
        Self::check_parameters_are_in_range()?;
        Self::check_accounts_have_providers()?;
        Self::check_who_is_suspended()
    }

    /// Numbers run from 0 to the count, which is within its bound: each is of a participant, or of one that left.
    fn check_numbers_are_dense() -> Result<(), TryRuntimeError> {
        let count = Count::<T>::get();
        ensure!(count <= T::MaxParticipants::get(), "more participants than fit");
        ensure!(
            (0..count)
                .map(ParticipantId)
                .all(|id| Participants::<T>::contains_key(id) != Removed::<T>::contains_key(id)),
            "a number below the count is nobody's, or of two"
        );
        let all = Self::registered().saturating_add(Removed::<T>::iter_keys().count());
        ensure!(u32::try_from(all) == Ok(count), "a participant has a number that was not given");
        Ok(())
    }

    fn registered() -> usize {
        Participants::<T>::iter_keys().count()
    }

    /// Each participant's account and agent act for it, and nobody else acts.
    fn check_accounts_act() -> Result<(), TryRuntimeError> {
        ensure!(
            Participants::<T>::iter().all(|(id, Registered { participant, .. })| {
                [&participant.account, &participant.agent]
                    .into_iter()
                    .all(|account| Acting::<T>::get(account).map(Actor::participant) == Some(id))
            }),
            "an account or agent does not act for its participant"
        );
        ensure!(
            Acting::<T>::iter_keys().count() == Self::registered().saturating_mul(2),
            "an account acts for a participant that does not know it"
        );
        Ok(())
    }

    /// Each participant is found by its name, and no other name is known.
    fn check_names_are_known() -> Result<(), TryRuntimeError> {
        ensure!(
            Participants::<T>::iter().all(|(id, Registered { participant, .. })| is_name(&participant.name)
                && Names::<T>::get(&participant.name) == Some(id)),
            "a participant is not found by its name"
        );
        ensure!(Names::<T>::iter_keys().count() == Self::registered(), "a name has no participant");
        Ok(())
    }

    /// There is one retail supplier at most, and it is the one that is known.
    fn check_supplier_is_the_only_one() -> Result<(), TryRuntimeError> {
        let suppliers: Vec<_> = Participants::<T>::iter()
            .filter(|(_, registered)| registered.participant.role == Role::RetailSupplier)
            .map(|(id, _)| id)
            .collect();
        ensure!(
            suppliers == Vec::from_iter(RetailSupplier::<T>::get()),
            "the retail supplier is another, or there are several"
        );
        Ok(())
    }

    /// All parameters are in range.
    fn check_parameters_are_in_range() -> Result<(), TryRuntimeError> {
        ensure!(
            Participants::<T>::iter_values()
                .all(|registered| are_parameters(&registered.participant.parameters)),
            "a parameter is out of range"
        );
        Ok(())
    }

    /// Every account and agent exists without a balance.
    fn check_accounts_have_providers() -> Result<(), TryRuntimeError> {
        ensure!(
            Acting::<T>::iter_keys().all(|account| frame_system::Pallet::<T>::providers(&account) > 0),
            "an account has no provider reference"
        );
        Ok(())
    }

    /// Both accounts of a participant tell the same, and the supplier is not suspended.
    fn check_who_is_suspended() -> Result<(), TryRuntimeError> {
        ensure!(
            Participants::<T>::iter_values().all(|Registered { participant, .. }| {
                Acting::<T>::get(&participant.account) == Acting::<T>::get(&participant.agent)
            }),
            "an account does not know whether it is suspended"
        );
        ensure!(
            RetailSupplier::<T>::get().is_none_or(|id| !Self::is_suspended(id)),
            "the retail supplier is suspended"
        );
        Ok(())
    }
}
