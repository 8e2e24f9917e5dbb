//! The paper's market day on the real runtime: agents sign, blocks are made by hand.

mod common;

use common::paper::*;
use common::*;
use market::calendar::Calendars;
use market::position::Positions;
use market::{Calendar, Delivery, ParticipantId, Price};
use runtime::genesis_config_presets::development;
use runtime::market_api::runtime_decl_for_market_api::MarketApiV1;
use runtime::*;

fn paper_day(chain: &mut Chain) -> Calendar {
    let table = Table4::read();
    let calendar = Terms::of(0);
    release_all(chain, &table, &calendar);
    play_from(chain, &table, &calendar, 0);
    calendar
}

#[test]
fn day_should_be_the_papers_when_agents_play_it() {
    on_chain(&development(), |chain| {
        let issuance = Balances::total_issuance();
        let calendar = paper_day(chain);
        assert_eq!(Balances::total_issuance(), issuance, "no fee was kept");
        balances_should_be_the_papers();
        lines_should_sum_to_zero(&calendar);
        participants_should_be_told_with_their_money();
    });
}

fn lines_should_sum_to_zero(calendar: &Calendar) {
    for period in 0..calendar.periods_per_day {
        let lines = Runtime::lines(Delivery { day: 0, period }, 0, u32::MAX).items;
        assert_eq!(lines.len(), 6, "period {period}");
        let money: i128 = lines.iter().map(|recorded| recorded.line.total().planck()).sum();
        assert_eq!(money, 0, "period {period}");
        assert!(lines.iter().all(|recorded| recorded.settled.is_some() && !recorded.line.estimated));
    }
    let bill = Runtime::bill(0, ParticipantId(0)).unwrap();
    assert_eq!(bill.lines.len(), 24);
    let proof = proof(0, ParticipantId(0)).unwrap();
    assert!(market::merkle::verify(&proof.root, &bill, &proof.proof));
}

fn participants_should_be_told_with_their_money() {
    let all = Runtime::participants(0, u32::MAX);
    let names: Vec<_> = all.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["LA1", "LA2", "LA3", "MG1", "RES", "LA4"]);
    assert_eq!(Runtime::participants(4, 1), all[4..5]);
    for info in &all {
        assert_eq!(info.free, free(&info.account.into()));
        assert!(info.held.is_zero() && info.debt.is_zero(), "{}", info.name);
    }
    assert_eq!(Runtime::acting(agent_account("LA4")), Some(ParticipantId(5)));
}

#[test]
fn clock_should_follow_the_windows_when_time_passes() {
    on_chain(&development(), |chain| {
        let calendar = Terms::of(0);
        let release = calendar.release(0);
        assert_eq!(Runtime::clock().first_release, release.from);
        assert_eq!(Runtime::clock().next_to_settle, None);
        chain.block_of(release.from, Vec::new());
        let clock = Runtime::clock();
        assert_eq!((clock.now, clock.next_boundary, clock.open.release), (release.from, release.to, Some(0)));
        assert_eq!(clock.next_to_settle, Some(Delivery { day: 0, period: 0 }));
        assert_eq!(clock.first_release, release.from);
        chain.block_of(release.to, Vec::new());
        assert_eq!(Runtime::clock().first_release, calendar.release(1).from);
        assert!(!Runtime::clock().backlog);
    });
}

#[test]
fn check_should_tell_the_pallets_error_and_change_nothing() {
    on_chain(&development(), |chain| {
        let calendar = Terms::of(0);
        let now = calendar.release(0).from;
        chain.block_of(now, Vec::new());
        let delivery = Delivery { day: 0, period: 0 };
        let commitment = Default::default();
        let seal: RuntimeCall =
            pallet_blind_auction::Call::seal { delivery, commitment, quote: Price::ZERO }.into();
        let refusal = Runtime::check(seal.clone(), account("LA1")).unwrap_err();
        assert_eq!(refusal.name, "BlindAuction.WindowNotOpen");
        assert_eq!(Runtime::check(seal, account("Alice")).unwrap_err().name, "BlindAuction.NotRegistered");

        let positions = Table4::read().positions(0).try_into().unwrap();
        let release: RuntimeCall = pallet_energy_tasks::Call::release { day: 0, positions }.into();
        assert_eq!(Runtime::check(release, account("LA1")), Ok(()));
        assert_eq!(EnergyTasks::position(ParticipantId(0), delivery), None);

        let upgrade: RuntimeCall = frame_system::Call::set_code { code: Vec::new() }.into();
        assert_eq!(Runtime::check(upgrade, account("LA1")).unwrap_err().name, "System.CallFiltered");
    });
}

#[test]
fn due_should_name_what_an_agent_has_not_done_when_a_window_is_open() {
    on_chain(&development(), |chain| {
        let table = Table4::read();
        let now = Terms::of(0).release(0).from;
        chain.block_of(now, Vec::new());
        let agents: Vec<_> = METERED.iter().rev().map(|name| agent_account(name)).collect();
        let due: Vec<_> = Runtime::due(agents.clone()).into_iter().map(|due| due.participant.0).collect();
        assert_eq!(due, [0, 1, 2, 3]);
        chain.block_of(now + SLOT, vec![release(&table, 1, "LA2"), release(&table, 3, SELLER)]);
        let due: Vec<_> = Runtime::due(agents).into_iter().map(|due| due.participant.0).collect();
        assert_eq!(due, [0, 2]);
    });
}
