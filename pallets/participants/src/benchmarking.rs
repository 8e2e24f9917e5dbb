//! Benchmarks of the calls.

use super::*;
use alloc::vec;
use frame::benchmarking::prelude::*;
use market::Power;

/// A participant whose every check passes, in the role whose registration writes most.
fn participant<T: Config>() -> Participant<T::AccountId> {
    Participant {
        name: Name::truncate_from(vec![b'x'; 32]),
        account: account("account", 0, 0),
        agent: account("agent", 0, 0),
        meter: [1; 32],
        role: Role::RetailSupplier,
        kinds: Kinds::default(),
        parameters: Parameters {
            alpha: PartsPerMillion::ONE,
            generation_cost: Price::MAX_IN_MARKET,
            tie_line: Power::from_watts(1_000_000_000),
        },
    }
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn register() -> Result<(), BenchmarkError> {
        let origin = T::Registrar::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        // A retail supplier of the genesis would keep this one out.
        RetailSupplier::<T>::kill();
        let id = ParticipantId(Count::<T>::get());

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, participant::<T>());

        assert!(Participants::<T>::contains_key(id));
        Ok(())
    }

    #[benchmark]
    fn set_parameters() -> Result<(), BenchmarkError> {
        let origin = T::Registrar::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        RetailSupplier::<T>::kill();
        let id = ParticipantId(Count::<T>::get());
        Pallet::<T>::do_register(participant::<T>())?;
        let parameters = Parameters { alpha: PartsPerMillion(1), ..participant::<T>().parameters };

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id, parameters);

        assert_eq!(Participants::<T>::get(id).map(|p| p.participant.parameters), Some(parameters));
        Ok(())
    }

    fn enrolled<T: Config>() -> Result<ParticipantId, BenchmarkError> {
        let id = ParticipantId(Count::<T>::get());
        Pallet::<T>::do_register(Participant { role: Role::Prosumer, ..participant::<T>() })?;
        Ok(id)
    }

    #[benchmark]
    fn suspend() -> Result<(), BenchmarkError> {
        let origin = T::Guardian::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let id = enrolled::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id);

        assert!(Pallet::<T>::is_suspended(id));
        Ok(())
    }

    #[benchmark]
    fn reinstate() -> Result<(), BenchmarkError> {
        let origin = T::Guardian::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let id = enrolled::<T>()?;
        Pallet::<T>::do_suspend(id)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id);

        assert!(!Pallet::<T>::is_suspended(id));
        Ok(())
    }

    #[benchmark]
    fn remove() -> Result<(), BenchmarkError> {
        let origin = T::Registrar::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let id = enrolled::<T>()?;
        Pallet::<T>::do_suspend(id)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id);

        assert!(!Participants::<T>::contains_key(id));
        Ok(())
    }

    #[benchmark]
    fn rotate_agent() -> Result<(), BenchmarkError> {
        let origin = T::Registrar::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let id = enrolled::<T>()?;
        let agent: T::AccountId = account("agent", 1, 0);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id, agent.clone());

        assert_eq!(Acting::<T>::get(agent), Some(Actor::new(id)));
        Ok(())
    }

    #[benchmark]
    fn rotate_meter() -> Result<(), BenchmarkError> {
        let origin = T::Registrar::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let id = enrolled::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id, [2; 32]);

        assert_eq!(Participants::<T>::get(id).map(|registered| registered.participant.meter), Some([2; 32]));
        Ok(())
    }

    /// Without anything on hold: the weight of what moves is added by hand.
    #[benchmark]
    fn rotate_account() -> Result<(), BenchmarkError> {
        let origin = T::Registrar::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        RetailSupplier::<T>::kill();
        let id = ParticipantId(Count::<T>::get());
        Pallet::<T>::do_register(participant::<T>())?;
        let new: T::AccountId = account("other", 0, 0);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id, new.clone());

        assert_eq!(Pallet::<T>::acting(&new), Some(id));
        Ok(())
    }

    #[benchmark]
    fn replace_supplier() -> Result<(), BenchmarkError> {
        let origin = T::Registrar::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        RetailSupplier::<T>::kill();
        let id = ParticipantId(Count::<T>::get());
        Pallet::<T>::do_register(participant::<T>())?;
        let (new, agent): (T::AccountId, T::AccountId) = (account("other", 0, 0), account("other", 1, 0));

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Name::truncate_from(vec![b'y'; 32]), new.clone(), agent);

        assert_eq!(Pallet::<T>::acting(&new), Some(id));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
