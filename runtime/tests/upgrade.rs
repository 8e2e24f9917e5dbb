//! A runtime upgrade in the middle of a market day.

mod common;

use common::paper::*;
use common::*;
use frame_support::migrations::MultiStepMigrator;
use frame_support::storage::unhashed;
use frame_support::traits::StorageVersion;
use frame_system::LastRuntimeUpgradeInfo;
use market::calendar::Calendars;
use market::{Calendar, Delivery, ParticipantId};
use pallet_settlement::types::Line;
use runtime::configs::system::{MIGRATIONS_BUDGET, milliseconds};
use runtime::genesis_config_presets::development;
use runtime::market_api::runtime_decl_for_market_api::MarketApiV1;
use runtime::migrations::corrections::OldLine;
use runtime::*;

/// The period in whose reveal window the snapshot is taken.
const IN_BETWEEN: u16 = 12;

/// Plays the day up to the middle of a reveal window: two bids are open, the third is still sealed.
fn play_to_the_snapshot(chain: &mut Chain, calendar: &Calendar) {
    let table = Table4::read();
    release_all(chain, &table, calendar);
    for period in 0..IN_BETWEEN {
        play(chain, &table, calendar, Delivery { day: 0, period });
    }
    let delivery = Delivery { day: 0, period: IN_BETWEEN };
    seal_all(chain, calendar, delivery, &BUYERS);
    reveal_all(chain, calendar, delivery, &BUYERS[..2]);
}

/// Writes what [`snapshot`] reads: this runtime's state, but for what the migration changes.
#[test]
#[ignore = "writes a snapshot"]
fn snapshot_should_be_written() {
    on_chain(&development(), |chain| {
        play_to_the_snapshot(chain, &Terms::of(0));
        frame_support::hypothetically!({
            plant_version_0();
            write_snapshot();
        });
    });
}

fn write_snapshot() {
    let mut top = serde_json::Map::new();
    let mut key = Vec::new();
    while let Some(next) = sp_io::storage::next_key(&key) {
        let value = sp_io::storage::get(&next).unwrap();
        let hex = |bytes: &[u8]| format!("0x{}", hex(bytes));
        top.insert(hex(&next), hex(&value).into());
        key = next;
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/spec_1.json");
    std::fs::write(path, serde_json::to_string_pretty(&top).unwrap()).unwrap();
}

/// Gives the settlement's state the layout of version 0, and the chain the version of the runtime that had it.
fn plant_version_0() {
    for (delivery, participant, line) in pallet_settlement::Lines::<Runtime>::iter().collect::<Vec<_>>() {
        let Line { bid, energy, money, income, traded, reading, corrections: _, settled } = line;
        let old: OldLine = (bid, energy, money, income, traded, reading, settled);
        let key = pallet_settlement::Lines::<Runtime>::hashed_key_for(delivery, participant);
        unhashed::put(&key, &old);
    }
    StorageVersion::new(0).put::<Settlement>();
    let version = LastRuntimeUpgradeInfo { spec_version: 1.into(), spec_name: VERSION.spec_name };
    frame_system::LastRuntimeUpgrade::<Runtime>::put(version);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The state of a chain of spec version 1 in the middle of the paper's day, with lines that count no corrections.
fn snapshot() -> sp_io::TestExternalities {
    state_of(include_str!("snapshots/spec_1.json"))
}

fn state_of(text: &str) -> sp_io::TestExternalities {
    let top: std::collections::BTreeMap<String, String> = serde_json::from_str(text).unwrap();
    let top = top.into_iter().map(|(key, value)| (unhex(&key), unhex(&value))).collect();
    sp_io::TestExternalities::new(sp_core::storage::Storage { top, children_default: Default::default() })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").unwrap().as_bytes();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Goes on with the day from the snapshot: the runtime is upgraded, the third bid is opened, and all else is played to
/// the end.
fn play_on(chain: &mut Chain) {
    let table = Table4::read();
    let calendar = development().calendar;
    let delivery = Delivery { day: 0, period: IN_BETWEEN };
    // The first block of the new version runs its migrations, as on the chain.
    chain.block_of(calendar.reveal(delivery).from + 2 * SLOT, Vec::new());
    assert_eq!(Terms::of(0), calendar);
    chain.block_of(calendar.reveal(delivery).from + 3 * SLOT, vec![reveal(BUYERS[2], delivery)]);
    start(chain, &table, &calendar, delivery);
    play_from(chain, &table, &calendar, IN_BETWEEN + 1);
}

fn version() -> StorageVersion {
    StorageVersion::get::<Settlement>()
}

#[test]
fn day_should_be_the_papers_when_the_runtime_is_upgraded_in_the_middle_of_it() {
    snapshot().execute_with(|| {
        assert_eq!(version(), 0);
        let before = pallet_settlement::Lines::<Runtime>::iter_keys().count();
        assert_eq!(before, 11 * 6 + 4, "eleven settled periods, and one that is traded");
        let mut chain = Chain::resume(SLOT);
        play_on(&mut chain);
        assert_eq!(version(), 1);
        assert_eq!(System::last_runtime_upgrade_spec_version(), VERSION.spec_version);
        balances_should_be_the_papers();
        for period in 0..24 {
            let lines = Runtime::lines(Delivery { day: 0, period }, 0, u32::MAX).items;
            assert_eq!(lines.len(), 6, "period {period}");
            assert!(lines.iter().all(|line| line.settled.is_some() && !line.line.estimated));
        }
        #[cfg(feature = "try-runtime")]
        chain.try_state();
    });
}

/// Makes blocks from a time on, one a slot, until all migrations are done: tells how many.
fn migrate(chain: &mut Chain, from: u64) -> u64 {
    let mut blocks = 0;
    while blocks == 0 || Migrations::ongoing() {
        chain.block_of(from + blocks * SLOT, Vec::new());
        let weight = System::block_weight();
        // Inherents and hooks before them take little; nothing else runs.
        let most = MIGRATIONS_BUDGET.saturating_add(milliseconds(10));
        assert!(weight.total().all_lte(most), "{weight:?}");
        blocks += 1;
    }
    blocks
}

/// Adds lines of version 0, of a day that is far away.
fn plant_lines(count: u32) {
    let old: OldLine = (None, Default::default(), Default::default(), Default::default(), None, None, None);
    for number in 0..count {
        let delivery = Delivery { day: FAR, period: (number % 288) as u16 };
        let key = pallet_settlement::Lines::<Runtime>::hashed_key_for(delivery, ParticipantId(number));
        unhashed::put(&key, &old);
    }
}

/// The day of lines that are of nobody.
const FAR: u32 = 1_000_000;

/// Takes them away; gives how many there were, all of them of this version.
fn take_lines() -> u32 {
    let far: Vec<_> = pallet_settlement::Lines::<Runtime>::iter()
        .filter(|(delivery, ..)| delivery.day == FAR)
        .map(|(delivery, participant, line)| {
            assert_eq!(line, Line::default());
            (delivery, participant)
        })
        .collect();
    for (delivery, participant) in &far {
        pallet_settlement::Lines::<Runtime>::remove(delivery, participant);
    }
    far.len() as u32
}

/// When the reveal window in which the snapshot is taken has three blocks behind it.
fn after_the_snapshot() -> u64 {
    let calendar = development().calendar;
    calendar.reveal(Delivery { day: 0, period: IN_BETWEEN }).from + 2 * SLOT
}

/// Migrates the snapshot with so many lines beside its own, and tells how many blocks it took.
fn rehearse_with(lines: u32) -> u64 {
    let mut state = snapshot();
    state.execute_with(|| plant_lines(lines));
    state.commit_all().unwrap();
    state.execute_with(|| {
        let blocks = migrate(&mut Chain::resume(SLOT), after_the_snapshot());
        println!("{lines} lines took {blocks} blocks");
        assert_eq!(version(), 1);
        assert_eq!(take_lines(), lines);
        assert_eq!(pallet_settlement::Lines::<Runtime>::iter().count(), 70);
        blocks
    })
}

#[test]
fn migration_should_take_its_share_of_some_blocks_when_there_are_30_000_lines() {
    assert!((2..=5).contains(&rehearse_with(30_000)));
}

#[test]
#[ignore = "takes a minute"]
fn migration_should_take_its_share_of_some_blocks_when_there_are_100_000_lines() {
    assert!((5..=20).contains(&rehearse_with(100_000)));
}

#[test]
fn deposit_should_come_back_when_a_migration_takes_the_reveal_window() {
    on_chain(&development(), |chain| {
        let (table, calendar) = (Table4::read(), Terms::of(0));
        release_all(chain, &table, &calendar);
        let delivery = Delivery { day: 0, period: 0 };
        let before = BUYERS.map(|name| free(&account(name)));
        seal_all(chain, &calendar, delivery, &BUYERS);
        assert!(before != BUYERS.map(|name| free(&account(name))));
        // One block of the window takes transactions: one more, and who has not revealed would forfeit its deposit.
        let window = calendar.reveal(delivery);
        chain.block_of(window.from, Vec::new());
        plant_version_0();
        plant_lines(30_000);
        assert!(migrate(chain, window.from + SLOT) > 1);
        assert_eq!(take_lines(), 30_000);
        chain.block_of(window.to, Vec::new());
        assert_eq!(before, BUYERS.map(|name| free(&account(name))));
        let is_returned = |event: &RuntimeEvent| {
            matches!(event, RuntimeEvent::BlindAuction(pallet_blind_auction::Event::DepositReturned { .. }))
        };
        assert_eq!(System::events().iter().filter(|record| is_returned(&record.event)).count(), 3);
    });
}

#[test]
fn readings_should_count_when_a_migration_takes_the_metering_window() {
    on_chain(&development(), |chain| {
        let (table, calendar) = (Table4::read(), Terms::of(0));
        release_all(chain, &table, &calendar);
        let delivery = Delivery { day: 0, period: 0 };
        seal_all(chain, &calendar, delivery, &BUYERS);
        reveal_all(chain, &calendar, delivery, &BUYERS);
        start(chain, &table, &calendar, delivery);
        let window = calendar.metering(delivery);
        chain.block_of(window.from, Vec::new());
        plant_version_0();
        plant_lines(30_000);
        let blocks = migrate(chain, window.from + SLOT);
        assert!(blocks > 1);
        take_lines();
        // One block of the window was one in which readings could be sent: they are taken in this one, and count.
        let readings = (0..METERED.len()).map(|index| read_meter(&table, index, delivery));
        chain.block_of(window.to, readings.chain([read_nothing("LA4", 0, delivery)]).collect());
        chain.block_of(window.to + SLOT, Vec::new());
        let lines = Runtime::lines(delivery, 0, u32::MAX).items;
        assert!(lines.iter().all(|line| line.settled.is_some() && !line.line.estimated), "{lines:?}");
    });
}

/// What the tool of `try-runtime` asks a runtime for before an upgrade.
#[cfg(feature = "try-runtime")]
mod rehearsal {
    use super::*;
    use frame_support::migrations::SteppedMigration;
    use frame_try_runtime::{UpgradeCheckSelect, runtime_decl_for_try_runtime::TryRuntimeV1};
    use pallet_settlement::Lines;

    #[test]
    fn upgrade_should_pass_all_checks_when_it_is_rehearsed_on_a_snapshot() {
        snapshot().execute_with(|| {
            // The migrations compare what was and what is while they go on.
            let (weight, most) =
                <Runtime as TryRuntimeV1<Block>>::on_runtime_upgrade(UpgradeCheckSelect::None);
            assert!(weight.ref_time() > 0 && weight.all_lte(most), "{weight:?}");
            assert!(Migrations::ongoing());
            assert_eq!(migrate(&mut Chain::resume(SLOT), after_the_snapshot()), 1);
            assert_eq!(version(), 1);
            let after: Vec<_> = Lines::<Runtime>::iter_values().collect();
            assert_eq!(after.len(), 70);
            assert!(after.iter().all(|line| line.corrections == 0));
            // Once is enough: the next version finds nothing to do.
            <Runtime as TryRuntimeV1<Block>>::on_runtime_upgrade(UpgradeCheckSelect::All);
            assert_eq!(Lines::<Runtime>::iter_values().collect::<Vec<_>>(), after);
        });
    }

    #[test]
    #[should_panic(expected = "a line is not of version 0")]
    fn upgrade_should_fail_its_rehearsal_when_a_line_can_not_be_read() {
        snapshot().execute_with(|| {
            let key = Lines::<Runtime>::hashed_key_for(Delivery { day: 0, period: 3 }, ParticipantId(1));
            sp_io::storage::set(&key, &[1, 2, 3]);
            let error = runtime::migrations::corrections::Migration::pre_upgrade().unwrap_err();
            assert_eq!(error, "a line is not of version 0".into());
            migrate(&mut Chain::resume(SLOT), after_the_snapshot());
        });
    }
}
