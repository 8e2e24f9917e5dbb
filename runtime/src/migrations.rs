//! Migrations of the state from one version of the runtime to the next.

use crate::Runtime;

/// Migrations that run in the first block of a new runtime, in this order.
pub type SingleBlock =
    (terms::Migration, pallet_settlement::migrations::v1::Migration<Runtime>, bids::Migration);

/// The terms from the energy tasks' state to their own.
///
/// They are found by their old place, so the migration does nothing where they were moved.
pub mod terms {
    use crate::{EnergyTasks, Runtime, Terms};
    use frame_support::storage::migration::move_storage_from_pallet;
    use frame_support::traits::{OnRuntimeUpgrade, PalletInfoAccess};
    use frame_support::weights::Weight;

    const ITEMS: [&str; 6] =
        ["CalendarVersions", "TariffVersions", "FeedInVersions", "Bounds", "Pauses", "MarketSeed"];

    /// The most entries: one of each value, and one of each stage's pauses.
    const ENTRIES: u64 = 10;

    /// The migration.
    pub struct Migration;

    impl OnRuntimeUpgrade for Migration {
        fn on_runtime_upgrade() -> Weight {
            for item in ITEMS {
                let (old, new) = (EnergyTasks::name().as_bytes(), Terms::name().as_bytes());
                move_storage_from_pallet(item.as_bytes(), old, new);
            }
            <Runtime as frame_system::Config>::DbWeight::get()
                .reads_writes(ENTRIES, ENTRIES.saturating_mul(2))
        }
    }
}

/// The auction's state from version 0 to 1.
///
/// - What is on hold for a bid has one reason, where deposits and covers had one each. Reasons go by the pallets'
///   indices, which are others than in version 1 of the runtime.
/// - A revealed bid stands in the book alone; its seal goes.
///
/// It reads and writes every live bid and every account with something on hold once, in one block.
pub mod bids {
    use crate::{AccountId, Balance, BlindAuction, Runtime, RuntimeHoldReason};
    use alloc::vec::Vec;
    use codec::Decode;
    use frame_support::migrations::VersionedMigration;
    use frame_support::traits::{UncheckedOnRuntimeUpgrade, tokens::IdAmount};
    use frame_support::weights::Weight;
    use market::{Energy, Money, Price};
    use pallet_balances::Holds;
    use pallet_blind_auction::{HoldReason, Seal, Seals};
    use sp_core::H256;
    #[cfg(feature = "try-runtime")]
    use {
        crate::Balances,
        alloc::collections::BTreeMap,
        codec::Encode,
        frame_support::{ensure, traits::fungible::InspectHold},
        sp_runtime::TryRuntimeError,
    };

    /// The indices of the auction and of the settlement in version 1 of the runtime.
    const AUCTION: u8 = 12;
    const SETTLEMENT: u8 = 13;

    /// The migration, which runs where the chain's state is of version 0.
    pub type Migration =
        VersionedMigration<0, 1, Unchecked, BlindAuction, <Runtime as frame_system::Config>::DbWeight>;

    /// A seal of version 0.
    #[derive(Decode)]
    struct OldSeal {
        commitment: H256,
        quote: Price,
        account: AccountId,
        volume: Energy,
        deposit: Money,
        replacements: u32,
        revealed: Option<Price>,
    }

    impl OldSeal {
        fn migrate(self) -> Option<Seal<AccountId>> {
            let Self { commitment, quote, account, volume, deposit, replacements, revealed } = self;
            revealed.is_none().then_some(Seal { commitment, quote, account, volume, deposit, replacements })
        }
    }

    /// What is on hold on an account, each by the index of a pallet and that of its reason.
    type OldHolds = Vec<IdAmount<[u8; 2], Balance>>;

    /// What it is on hold for now.
    const fn reason(old: [u8; 2]) -> Option<RuntimeHoldReason> {
        match old {
            // Deposits were the auction's first reason, covers its second.
            [AUCTION, 0 | 1] => Some(RuntimeHoldReason::BlindAuction(HoldReason::Bid)),
            [SETTLEMENT, 0] => Some(RuntimeHoldReason::Settlement(pallet_settlement::HoldReason::Income)),
            _ => None,
        }
    }

    #[cfg(feature = "try-runtime")]
    fn total(amounts: impl Iterator<Item = Balance>) -> Balance {
        amounts.fold(0, Balance::saturating_add)
    }

    /// The migration without the check of the version.
    pub struct Unchecked;

    impl UncheckedOnRuntimeUpgrade for Unchecked {
        fn on_runtime_upgrade() -> Weight {
            let mut entries: u64 = 1;
            Seals::<Runtime>::translate::<OldSeal, _>(|_, _, seal| {
                entries = entries.saturating_add(1);
                seal.migrate()
            });
            Holds::<Runtime>::translate::<OldHolds, _>(|_, old| {
                entries = entries.saturating_add(1);
                let mut holds = Vec::<IdAmount<RuntimeHoldReason, Balance>>::new();
                for IdAmount { id, amount } in old {
                    let Some(id) = reason(id) else { continue };
                    match holds.iter_mut().find(|hold| hold.id == id) {
                        Some(hold) => hold.amount = hold.amount.saturating_add(amount),
                        None => holds.push(IdAmount { id, amount }),
                    }
                }
                holds.try_into().ok()
            });
            <Runtime as frame_system::Config>::DbWeight::get().reads_writes(entries, entries)
        }

        #[cfg(feature = "try-runtime")]
        fn pre_upgrade() -> Result<Vec<u8>, TryRuntimeError> {
            let mut on_hold = BTreeMap::<AccountId, Balance>::new();
            for account in Holds::<Runtime>::iter_keys() {
                let raw =
                    sp_io::storage::get(&Holds::<Runtime>::hashed_key_for(&account)).unwrap_or_default();
                let holds = OldHolds::decode(&mut &raw[..]).map_err(|_| "a hold is not of version 0")?;
                ensure!(holds.iter().all(|hold| reason(hold.id).is_some()), "a hold has no reason");
                on_hold.insert(account, total(holds.iter().map(|hold| hold.amount)));
            }
            Ok(on_hold.encode())
        }

        #[cfg(feature = "try-runtime")]
        fn post_upgrade(before: Vec<u8>) -> Result<(), TryRuntimeError> {
            let before = BTreeMap::<AccountId, Balance>::decode(&mut &before[..])
                .map_err(|_| "what was noted before is lost")?;
            ensure!(
                Holds::<Runtime>::iter_keys().count() == before.len(),
                "an account's holds were lost or made"
            );
            for (account, amount) in before {
                ensure!(Balances::total_balance_on_hold(&account) == amount, "what is on hold has changed");
                let holds = Holds::<Runtime>::get(&account);
                ensure!(
                    total(holds.iter().map(|hold| hold.amount)) == amount,
                    "what is on hold is not what its reasons say"
                );
            }
            Ok(())
        }
    }
}
