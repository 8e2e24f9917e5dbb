//! Stages that are paused and resumed: nothing is lost, and nobody is punished.

use super::*;
use pallet_terms::Call;

fn pause(chain: &mut Chain, now: Moment, stage: Stage) {
    must_order(chain, now, Call::pause { stage });
    assert!(Runtime::clock().paused.contains(&stage));
}

fn resume(chain: &mut Chain, now: Moment, stage: Stage) {
    must_order(chain, now, Call::resume { stage });
    assert!(Runtime::clock().paused.is_empty());
}

/// The paper's day with its releases.
fn released(chain: &mut Chain) -> (Table4, Calendar) {
    let (table, calendar) = (Table4::read(), Terms::of(0));
    release_all(chain, &table, &calendar);
    (table, calendar)
}

#[test]
fn day_should_be_the_papers_when_its_execution_is_paused_for_hours() {
    on_chain(&development(), |chain| {
        let (table, calendar) = released(chain);
        (0..5).for_each(|period| play(chain, &table, &calendar, hour(period)));
        pause(chain, calendar.start(hour(4)) + calendar.quarter() + SLOT, Stage::Execution);
        (5..9).for_each(|period| play(chain, &table, &calendar, hour(period)));
        let clock = Runtime::clock();
        assert_eq!((clock.next_to_settle, clock.backlog), (Some(hour(5)), false));
        assert!(Runtime::line(hour(5), ParticipantId(0)).unwrap().line.peer_to_peer.unwrap().is_zero());
        let resumed = calendar.start(hour(8)) + calendar.quarter() + SLOT;
        resume(chain, resumed, Stage::Execution);
        // The pallets take turns in being the first at a block's end: settling may come before clearing there.
        chain.block_of(resumed + SLOT, Vec::new());
        assert!(!Runtime::clock().backlog, "the two blocks have room for all of it");
        assert_eq!(Runtime::clock().next_to_settle, Some(hour(8)));
        play_from(chain, &table, &calendar, 9);
        balances_should_be_the_papers();
        assert_nothing_held();
    });
}

#[test]
fn trades_should_be_made_when_execution_was_paused_for_days() {
    on_chain(&development(), |chain| {
        let (table, calendar) = released(chain);
        play(chain, &table, &calendar, FIRST);
        pause(chain, calendar.start(FIRST) + calendar.quarter() + SLOT, Stage::Execution);
        play(chain, &table, &calendar, hour(1));
        // Longer than releases are kept, were they not needed.
        for day in 1..6 {
            chain.pass(calendar.day_start(day), calendar.day_start(day) + 10 * SLOT);
        }
        assert!(!Runtime::participants(0, 1)[0].held.is_zero());
        resume(chain, calendar.day_start(6), Stage::Execution);
        chain.pass(calendar.day_start(6) + SLOT, calendar.day_start(6) + 60 * SLOT);
        for (index, name) in BUYERS.iter().enumerate() {
            let line = Runtime::line(hour(1), id_of(name)).unwrap().line;
            assert_eq!(line.expected, table.positions(index)[1].net(), "{name}");
            assert!(line.bid.is_some(), "{name}");
        }
        let sold = Runtime::line(hour(1), id_of(SELLER)).unwrap().line.peer_to_peer.unwrap();
        assert!(sold < market::NetEnergy::ZERO);
        assert_settled(hour(1));
        assert_nothing_held();
    });
}

/// Plays a period while its predecessor's meters can't be read.
fn play_unread(chain: &mut Chain, calendar: &Calendar, delivery: Delivery) {
    seal_all(chain, calendar, delivery, &BUYERS);
    reveal_all(chain, calendar, delivery, &BUYERS);
    let start = calendar.start(delivery);
    for now in [start, start + SLOT, start + calendar.quarter()] {
        chain.block_of(now, Vec::new());
    }
}

#[test]
fn day_should_be_the_papers_when_its_metering_is_paused_for_hours() {
    on_chain(&development(), |chain| {
        let (table, calendar) = released(chain);
        (0..5).for_each(|period| play(chain, &table, &calendar, hour(period)));
        pause(chain, calendar.start(hour(4)) + calendar.quarter() + SLOT, Stage::Metering);
        (5..8).for_each(|period| play_unread(chain, &calendar, hour(period)));
        assert_eq!(Runtime::clock().next_to_settle, Some(hour(4)));
        assert!(!Runtime::clock().backlog);
        assert!(Runtime::due(METERED.map(agent_account).into()).is_empty());
        let now = calendar.start(hour(7)) + calendar.quarter() + SLOT;
        let results = chain.block(now, vec![read_meter(&table, 0, hour(4))]);
        assert_refused(&results[0], pallet_settlement::Error::<Runtime>::Paused);
        resume(chain, now + SLOT, Stage::Metering);
        let due = Runtime::due(METERED.map(agent_account).into());
        assert!(due.iter().all(|due| due.delivery == hour(4)) && due.len() == 4, "{due:?}");
        // Two blocks are enough, whatever the time is.
        let read = |ahead: u32, index: usize, delivery| {
            let (reading, name) = (table.reading(index, delivery), METERED[index]);
            let signature = meter(name).sign(&reading.signed_payload(System::block_hash(0), id_of(name)));
            by_agent(name, ahead, pallet_settlement::Call::submit_reading { reading, signature })
        };
        let all = |ahead, period| (0..4).map(move |index| (ahead, index, hour(period)));
        let first = all(0, 4).chain(all(1, 5)).map(|(ahead, index, delivery)| read(ahead, index, delivery));
        let nothing = |ahead, period| read_nothing("LA4", ahead, hour(period));
        chain.block_of(now + 2 * SLOT, first.chain([nothing(0, 4), nothing(1, 5)]).collect());
        let second = all(0, 6).map(|(ahead, index, delivery)| read(ahead, index, delivery));
        chain.block_of(now + 3 * SLOT, second.chain([nothing(0, 6)]).collect());
        chain.block_of(now + 4 * SLOT, Vec::new());
        assert_eq!(Runtime::clock().next_to_settle, Some(hour(7)));
        play_from(chain, &table, &calendar, 8);
        for period in 0..24 {
            let lines = Runtime::lines(hour(period), 0, u32::MAX).items;
            assert!(lines.iter().all(|line| !line.line.estimated), "period {period}");
        }
        assert_near("LA1", free(&account("LA1")), "761.359090");
        assert_near("RES", free(&account("RES")), "2319.387350");
        assert_nothing_held();
    });
}

#[test]
fn deposits_should_come_back_when_a_part_of_the_reveal_was_paused() {
    on_chain(&development(), |chain| {
        let (table, calendar) = released(chain);
        seal_all(chain, &calendar, FIRST, &BUYERS);
        let window = calendar.reveal(FIRST);
        chain.block_of(window.from, vec![reveal("LA1", FIRST)]);
        pause(chain, window.from + SLOT, Stage::Reveal);
        assert!(Runtime::due(BUYERS.map(agent_account).into()).is_empty());
        let results = chain.block(window.from + 2 * SLOT, vec![reveal("LA2", FIRST)]);
        assert_refused(&results[0], pallet_blind_auction::Error::<Runtime>::Paused);
        resume(chain, window.from + 3 * SLOT, Stage::Reveal);
        chain.block_of(window.from + 4 * SLOT, vec![reveal("LA2", FIRST)]);
        chain.pass(window.from + 5 * SLOT, window.from + 10 * SLOT);
        chain.block_of(calendar.start(FIRST), Vec::new());
        let returned =
            auction_events(|event| matches!(event, pallet_blind_auction::Event::DepositReturned { .. }));
        let forfeited =
            auction_events(|event| matches!(event, pallet_blind_auction::Event::DepositForfeited { .. }));
        assert_eq!((returned, forfeited), (1, 0));
        meter_all(chain, &table, &calendar, FIRST, &[0, 1, 2, 3]);
        assert_settled(FIRST);
        assert_nothing_held();
        // In the next period whoever stays silent pays again.
        seal_all(chain, &calendar, hour(2), &BUYERS);
        reveal_all(chain, &calendar, hour(2), &["LA1", "LA2"]);
        chain.block_of(calendar.start(hour(2)), Vec::new());
        let forfeited =
            auction_events(|event| matches!(event, pallet_blind_auction::Event::DepositForfeited { .. }));
        assert_eq!(forfeited, 1);
    });
}

#[test]
fn supplier_should_serve_the_day_when_its_release_was_paused() {
    on_chain(&development(), |chain| {
        let (table, calendar) = (Table4::read(), Terms::of(0));
        let window = calendar.release(0);
        pause(chain, window.from, Stage::Release);
        assert!(Runtime::due(METERED.map(agent_account).into()).is_empty());
        let results = chain.block(window.from + SLOT, vec![release(&table, 0, "LA1")]);
        assert_refused(&results[0], pallet_energy_tasks::Error::<Runtime>::Paused);
        chain.block_of(window.to, Vec::new());
        resume(chain, window.to + SLOT, Stage::Release);
        meter_all(chain, &table, &calendar, FIRST, &[0, 1, 2, 3]);
        assert_settled(FIRST);
        for name in METERED {
            let line = Runtime::line(FIRST, id_of(name)).unwrap().line;
            assert_eq!(
                (line.peer_to_peer_money, line.balanced),
                (Some(NetMoney::ZERO), line.actual.unwrap())
            );
        }
        chain.block_of(calendar.release(1).from, vec![release_day("LA1", 1, Position::Buy(kwh(1)))]);
    });
}

#[test]
fn supplier_should_serve_the_period_when_its_sealing_was_paused() {
    on_chain(&development(), |chain| {
        let (table, calendar) = released(chain);
        pause(chain, calendar.sealing(FIRST).from, Stage::Sealing);
        assert!(Runtime::due(BUYERS.map(agent_account).into()).is_empty());
        let results = chain.block(calendar.sealing(FIRST).from + SLOT, vec![seal("LA1", FIRST)]);
        assert_refused(&results[0], pallet_blind_auction::Error::<Runtime>::Paused);
        start(chain, &table, &calendar, FIRST);
        meter_all(chain, &table, &calendar, FIRST, &[0, 1, 2, 3]);
        assert_settled(FIRST);
        resume(chain, calendar.metering(FIRST).to + SLOT, Stage::Sealing);
        seal_all(chain, &calendar, hour(2), &BUYERS);
    });
}
