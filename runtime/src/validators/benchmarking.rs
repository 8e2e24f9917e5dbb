//! Benchmarks of the calls.

use super::*;
use alloc::vec::Vec;
use codec::Decode;
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use sp_runtime::traits::TrailingZeroInput;

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn set(v: Linear<1, 32>) -> Result<(), BenchmarkError> {
        let origin = T::Board::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let validators: Vec<T::AccountId> = (0..v).map(|number| account("validator", number, 0)).collect();
        for validator in &validators {
            let keys = <T as pallet_session::Config>::Keys::decode(&mut TrailingZeroInput::zeroes());
            pallet_session::NextKeys::<T>::insert(validator, keys.map_err(|_| "zeroes are keys")?);
        }
        let named = validators.try_into().map_err(|_| "more than the most validators")?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, named);

        assert_eq!(Next::<T>::get().map(|validators| validators.len()), usize::try_from(v).ok());
        Ok(())
    }
}
