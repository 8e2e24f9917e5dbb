//! What always holds of the pallet's storage, as named checks.

use crate::{Announcements, Config, MAX_ANNOUNCED, Notices, Office, Open, Pallet};
use frame::prelude::*;
use frame::try_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Runs every check.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        for office in Office::ALL {
            Self::check_announced_are_counted(office)?;
        }
        ensure!(Notices::<T>::iter_values().all(|notice| notice > 0), "a notice is none");
        Ok(())
    }

    /// As many calls are announced as are counted, and no more than may be.
    fn check_announced_are_counted(office: Office) -> Result<(), TryRuntimeError> {
        let announced = Announcements::<T>::iter_key_prefix(office).count();
        ensure!(u32::try_from(announced) == Ok(Open::<T>::get(office)), "announced calls are miscounted");
        ensure!(Open::<T>::get(office) <= MAX_ANNOUNCED, "an office has announced too much");
        Ok(())
    }
}
