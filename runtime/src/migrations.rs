//! Migrations of the state from one version of the runtime to the next.
//!
//! A migration goes on over as many blocks as it takes (`pallet-migrations`), each within [`MIGRATIONS_BUDGET`]. Until all
//! are done, a block has its inherents alone: no transaction is taken, no hook of the market runs, and no block counts for a
//! window. What was due meanwhile is done behind it, as behind blocks that were never made.
//!
//! [`MIGRATIONS_BUDGET`]: crate::configs::system::MIGRATIONS_BUDGET

/// All migrations, in this order.
pub type MultiBlock = corrections::Migration;

/// The settlement's state from version 0 to 1: lines count their corrections, none yet.
///
/// It reads and writes every line once. A line that can't be read stays as it is, and the rehearsal says so.
pub mod corrections {
    use crate::{Runtime, Settlement};
    use frame_support::migrations::{MigrationId, SteppedMigration, SteppedMigrationError};
    use frame_support::storage::unhashed;
    use frame_support::traits::StorageVersion;
    use frame_support::weights::{Weight, WeightMeter};
    use market::{Delivery, Money, NetEnergy, NetMoney, ParticipantId, Price};
    use pallet_settlement::Lines;
    use pallet_settlement::types::{Line, Settled};
    #[cfg(feature = "try-runtime")]
    use {
        alloc::vec::Vec,
        codec::{Decode, Encode},
        frame_support::ensure,
        sp_runtime::TryRuntimeError,
    };

    type DbWeight = <Runtime as frame_system::Config>::DbWeight;

    /// A line of version 0: bid, energy, money, income, blocks of its trades, reading, outcome.
    pub type OldLine =
        (Option<Price>, NetEnergy, NetMoney, Money, Option<(u32, u32)>, Option<NetEnergy>, Option<Settled>);

    fn migrate((bid, energy, money, income, traded, reading, settled): OldLine) -> Line {
        Line { bid, energy, money, income, traded, reading, corrections: 0, settled }
    }

    /// What a line takes at most: its key is found, it is read and written. The rest is an estimate above what it takes.
    fn line_weight() -> Weight {
        DbWeight::get().reads_writes(2, 1).saturating_add(Weight::from_parts(10_000_000, 2_618))
    }

    fn is_due() -> bool {
        StorageVersion::get::<Settlement>() == 0
    }

    /// The migration, which runs where the settlement's state is of version 0.
    pub struct Migration;

    impl SteppedMigration for Migration {
        /// The last line that was migrated. None is made or removed until all are.
        type Cursor = (Delivery, ParticipantId);
        type Identifier = MigrationId<17>;

        fn id() -> Self::Identifier {
            MigrationId { pallet_id: *b"pallet-settlement", version_from: 0, version_to: 1 }
        }

        fn step(
            cursor: Option<Self::Cursor>,
            meter: &mut WeightMeter,
        ) -> Result<Option<Self::Cursor>, SteppedMigrationError> {
            let required = line_weight();
            if !meter.can_consume(required) {
                return Err(SteppedMigrationError::InsufficientWeight { required });
            }
            if !is_due() {
                return Ok(None);
            }
            let mut places = match cursor {
                Some((delivery, participant)) => {
                    Lines::<Runtime>::iter_keys_from(Lines::<Runtime>::hashed_key_for(delivery, participant))
                }
                None => Lines::<Runtime>::iter_keys(),
            };
            let mut last = cursor;
            while meter.try_consume(required).is_ok() {
                let Some((delivery, participant)) = places.next() else {
                    StorageVersion::new(1).put::<Settlement>();
                    return Ok(None);
                };
                if let Some(line) = stored(delivery, participant) {
                    Lines::<Runtime>::insert(delivery, participant, migrate(line));
                }
                last = Some((delivery, participant));
            }
            Ok(last)
        }

        #[cfg(feature = "try-runtime")]
        fn pre_upgrade() -> Result<Vec<u8>, TryRuntimeError> {
            let mut lines = Vec::<(Delivery, ParticipantId, OldLine)>::new();
            for (delivery, participant) in Lines::<Runtime>::iter_keys().take_while(|_| is_due()) {
                let line = stored(delivery, participant).ok_or("a line is not of version 0")?;
                lines.push((delivery, participant, line));
            }
            Ok((is_due(), lines).encode())
        }

        #[cfg(feature = "try-runtime")]
        fn post_upgrade(before: Vec<u8>) -> Result<(), TryRuntimeError> {
            type Before = (bool, Vec<(Delivery, ParticipantId, OldLine)>);
            let (was_due, before) =
                Before::decode(&mut &before[..]).map_err(|_| "what was noted before is lost")?;
            ensure!(!is_due(), "the state is of version 0 still");
            let count = Lines::<Runtime>::iter_keys().count();
            ensure!(!was_due || before.len() == count, "a line was lost or made");
            for (delivery, participant, line) in before {
                let after = Lines::<Runtime>::get(delivery, participant);
                ensure!(after == Some(migrate(line)), "a line has changed");
            }
            Ok(())
        }
    }

    fn stored(delivery: Delivery, participant: ParticipantId) -> Option<OldLine> {
        unhashed::get(&Lines::<Runtime>::hashed_key_for(delivery, participant))
    }

    /// The pallet asks it of all migrations where it is built to be measured. Its weights are the SDK's.
    #[cfg(feature = "runtime-benchmarks")]
    impl pallet_migrations::MockedMigrations for Migration {
        fn set_fail_after(_: u32) {}
        fn set_success_after(_: u32) {}
    }
}
