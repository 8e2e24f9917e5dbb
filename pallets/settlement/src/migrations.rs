//! From one version of the stored state to the next.

/// From version 0 to 1.
///
/// - Lines count their corrections: none yet.
/// - Whom the supplier owes stands in [`crate::Claims`]. Since when each is owed was not noted: they come by number.
/// - The tree of a day that is being closed starts over, since its bills have corrections now.
///
/// It reads and writes every line once, in one block: at the most 40 days of them. A day that was closed
/// before keeps its root, and the proofs that its members fetched then; the chain can't prove its bills again.
pub mod v1 {
    use crate::pallet::{ClaimAges, Claims, Closing, Config, Debts, Lines, NextClaim, Pallet};
    use crate::types::{ClosingDay, Line, Settled};
    use alloc::vec::Vec;
    use codec::{Decode, Encode};
    use core::marker::PhantomData;
    use frame::deps::frame_support::migrations::VersionedMigration;
    use frame::deps::frame_support::traits::UncheckedOnRuntimeUpgrade;
    use frame::prelude::*;
    use market::debts::Age;
    use market::{Money, NetEnergy, NetMoney, ParticipantId, Price};
    #[cfg(feature = "try-runtime")]
    use {frame::try_runtime::TryRuntimeError, market::Delivery};

    /// The migration, which runs where the chain's state is of version 0.
    pub type Migration<T> =
        VersionedMigration<0, 1, Unchecked<T>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

    /// A line of version 0.
    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
    pub struct OldLine {
        bid: Option<Price>,
        energy: NetEnergy,
        money: NetMoney,
        income: Money,
        traded: Option<(u32, u32)>,
        reading: Option<NetEnergy>,
        settled: Option<Settled>,
    }

    impl OldLine {
        fn migrate(self) -> Line {
            let Self { bid, energy, money, income, traded, reading, settled } = self;
            Line { bid, energy, money, income, traded, reading, corrections: 0, settled }
        }
    }

    /// The lines as they were.
    #[cfg(feature = "try-runtime")]
    mod old {
        use super::*;
        use frame::deps::frame_support::storage_alias;

        #[storage_alias]
        pub(super) type Lines<T: Config> =
            StorageDoubleMap<Pallet<T>, Identity, Delivery, Identity, ParticipantId, OldLine, OptionQuery>;
    }

    /// The migration without the check of the version.
    pub struct Unchecked<T>(PhantomData<T>);

    impl<T: Config> UncheckedOnRuntimeUpgrade for Unchecked<T> {
        fn on_runtime_upgrade() -> Weight {
            let mut entries: u64 = 1;
            Lines::<T>::translate::<OldLine, _>(|_, _, line| {
                entries = entries.saturating_add(1);
                Some(line.migrate())
            });
            for (number, creditor) in (0u64..).zip(creditors::<T>()) {
                Claims::<T>::insert(Age::new(number), creditor);
                ClaimAges::<T>::insert(creditor, Age::new(number));
                NextClaim::<T>::put(number.saturating_add(1));
                entries = entries.saturating_add(3);
            }
            Closing::<T>::mutate(|closing| {
                if let Some(closing) = closing {
                    *closing = ClosingDay { day: closing.day, ..Default::default() };
                }
            });
            T::DbWeight::get().reads_writes(entries, entries)
        }

        #[cfg(feature = "try-runtime")]
        fn pre_upgrade() -> Result<Vec<u8>, TryRuntimeError> {
            let lines: Vec<_> = old::Lines::<T>::iter().collect();
            let keys = Lines::<T>::iter_keys().count();
            ensure!(lines.len() == keys, "a line is not of version 0");
            Ok(lines.encode())
        }

        #[cfg(feature = "try-runtime")]
        fn post_upgrade(before: Vec<u8>) -> Result<(), TryRuntimeError> {
            let before = Vec::<(Delivery, ParticipantId, OldLine)>::decode(&mut &before[..])
                .map_err(|_| "what was noted before is lost")?;
            ensure!(before.len() == Lines::<T>::iter().count(), "a line was lost or made");
            for (delivery, participant, line) in before {
                let after = Lines::<T>::get(delivery, participant);
                ensure!(after == Some(line.migrate()), "a line has changed");
            }
            let claims: Vec<_> = Claims::<T>::iter().map(|(_, creditor)| creditor).collect();
            ensure!(claims == creditors::<T>(), "a creditor has no claim");
            Ok(())
        }
    }

    /// Whom the supplier owes, by number.
    fn creditors<T: Config>() -> Vec<ParticipantId> {
        let mut creditors: Vec<_> =
            Debts::<T>::iter().filter(|(_, debt)| *debt < NetMoney::ZERO).map(|(id, _)| id).collect();
        creditors.sort_unstable();
        creditors
    }
}
