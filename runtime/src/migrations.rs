//! Migrations of the state from one version of the runtime to the next.

/// Migrations that run in the first block of a new runtime, in this order.
pub type SingleBlock = corrections::Migration;

/// The settlement's state from version 0 to 1: lines count their corrections, none yet.
///
/// It reads and writes every line once, in one block. A line that can't be read stays as it is, and the rehearsal says so.
pub mod corrections {
    use crate::{Runtime, Settlement};
    use frame_support::migrations::VersionedMigration;
    use frame_support::traits::UncheckedOnRuntimeUpgrade;
    use frame_support::weights::Weight;
    use market::{Money, NetEnergy, NetMoney, Price};
    use pallet_settlement::Lines;
    use pallet_settlement::types::{Line, Settled};
    #[cfg(feature = "try-runtime")]
    use {
        alloc::vec::Vec,
        codec::{Decode, Encode},
        frame_support::{ensure, storage::unhashed},
        market::{Delivery, ParticipantId},
        sp_runtime::TryRuntimeError,
    };

    type DbWeight = <Runtime as frame_system::Config>::DbWeight;

    /// The migration, which runs where the settlement's state is of version 0.
    pub type Migration = VersionedMigration<0, 1, Unchecked, Settlement, DbWeight>;

    /// A line of version 0: bid, energy, money, income, blocks of its trades, reading, outcome.
    pub type OldLine =
        (Option<Price>, NetEnergy, NetMoney, Money, Option<(u32, u32)>, Option<NetEnergy>, Option<Settled>);

    fn migrate((bid, energy, money, income, traded, reading, settled): OldLine) -> Line {
        Line { bid, energy, money, income, traded, reading, corrections: 0, settled }
    }

    /// The migration without the check of the version.
    pub struct Unchecked;

    impl UncheckedOnRuntimeUpgrade for Unchecked {
        fn on_runtime_upgrade() -> Weight {
            let mut entries: u64 = 1;
            Lines::<Runtime>::translate::<OldLine, _>(|_, _, line| {
                entries = entries.saturating_add(1);
                Some(migrate(line))
            });
            DbWeight::get().reads_writes(entries, entries)
        }

        #[cfg(feature = "try-runtime")]
        fn pre_upgrade() -> Result<Vec<u8>, TryRuntimeError> {
            let mut lines = Vec::<(Delivery, ParticipantId, OldLine)>::new();
            for (delivery, participant) in Lines::<Runtime>::iter_keys() {
                let line = unhashed::get(&Lines::<Runtime>::hashed_key_for(delivery, participant));
                lines.push((delivery, participant, line.ok_or("a line is not of version 0")?));
            }
            Ok(lines.encode())
        }

        #[cfg(feature = "try-runtime")]
        fn post_upgrade(before: Vec<u8>) -> Result<(), TryRuntimeError> {
            let before = Vec::<(Delivery, ParticipantId, OldLine)>::decode(&mut &before[..])
                .map_err(|_| "what was noted before is lost")?;
            ensure!(before.len() == Lines::<Runtime>::iter().count(), "a line was lost or made");
            for (delivery, participant, line) in before {
                let after = Lines::<Runtime>::get(delivery, participant);
                ensure!(after == Some(migrate(line)), "a line has changed");
            }
            Ok(())
        }
    }
}
