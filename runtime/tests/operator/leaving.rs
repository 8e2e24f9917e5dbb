//! Members that are suspended, and that leave.

use super::*;
use pallet_participants::Call;

const LA1: ParticipantId = ParticipantId(0);
const MG1: ParticipantId = ParticipantId(3);

fn remove(chain: &mut Chain, now: Moment) -> DispatchResult {
    order(chain, now, Call::remove { id: LA1 })
}

fn still_open() -> DispatchResult {
    Err(bare(pallet_participants::Error::<Runtime>::StillOpen.into()))
}

fn without_text(result: DispatchResult) -> DispatchResult {
    result.map_err(bare)
}

#[test]
fn period_should_be_settled_when_both_sides_are_suspended_amid_it() {
    on_chain(&development(), |chain| {
        let table = Table4::read();
        let calendar = Terms::of(0);
        release_all(chain, &table, &calendar);
        seal_all(chain, &calendar, FIRST, &BUYERS);
        must_order(chain, calendar.sealing(FIRST).from + 2 * SLOT, Call::suspend { id: LA1 });
        assert!(Runtime::participants(0, 1)[0].suspended);
        reveal_all(chain, &calendar, FIRST, &BUYERS);
        must_order(chain, calendar.reveal(FIRST).from + 2 * SLOT, Call::suspend { id: MG1 });
        start(chain, &table, &calendar, FIRST);
        // The next period: its offer is void, and there is no new bid of who is suspended.
        let second = hour(1);
        let refused = chain.block(calendar.sealing(second).from, vec![seal("LA1", second)]);
        assert_refused(&refused[0], pallet_blind_auction::Error::<Runtime>::Suspended);
        assert!(Runtime::due(vec![agent_account("LA1")]).is_empty());
        chain.block_of(calendar.sealing(second).from + SLOT, vec![seal("LA2", second)]);
        reveal_all(chain, &calendar, second, &["LA2"]);
        meter_all(chain, &table, &calendar, FIRST, &[0, 1, 2, 3]);
        meter_all(chain, &table, &calendar, second, &[0, 1, 2, 3]);
        let traded = |delivery, id| Runtime::line(delivery, id).unwrap().line.peer_to_peer.unwrap();
        for delivery in [FIRST, second] {
            assert_settled(delivery);
        }
        // What had reached gate closure was sold; then the supplier served everybody.
        assert!(traded(FIRST, MG1) < market::NetEnergy::ZERO);
        assert!((0..4).all(|id| traded(second, ParticipantId(id)).is_zero()));
        assert_nothing_held();
    });
}

#[test]
fn member_should_be_removed_when_its_last_day_is_settled() {
    on_chain(&development(), |chain| {
        let calendar = Terms::of(0);
        let sell = Position::Sell { energy: kwh(1), reserve: Price::from_gwei(380_000_000) };
        let releases = [("LA1", Position::Buy(kwh(1))), ("LA2", Position::Buy(kwh(1))), ("MG1", sell)];
        let releases = releases.map(|(name, position)| release_day(name, 0, position));
        chain.block_of(calendar.release(0).from, releases.into());
        must_order(chain, calendar.release(0).from + 2 * SLOT, Call::suspend { id: LA1 });
        assert_eq!(without_text(remove(chain, calendar.release(0).from + 3 * SLOT)), still_open());
        // Its meter stays silent: it has money for what the tie line carries.
        let amount = 10_000 * market::units::PLANCK_PER_ETH;
        let mint = pallet_settlement::Call::mint { participant: LA1, amount, reference: Default::default() };
        must_order(chain, calendar.release(0).from + 4 * SLOT, mint);
        seal_all(chain, &calendar, FIRST, &["LA2"]);
        reveal_all(chain, &calendar, FIRST, &["LA2"]);
        chain.block_of(calendar.start(FIRST), Vec::new());
        assert_eq!(
            without_text(remove(chain, calendar.start(FIRST) + calendar.quarter() + SLOT)),
            still_open()
        );
        let end = calendar.day_start(1) + calendar.quarter();
        chain.pass(end, end + 60 * SLOT);
        assert_eq!(Settlement::next_to_settle(), Some(Delivery { day: 1, period: 0 }));
        let (own, before) = (free(&account("LA1")), Runtime::bill(0, LA1));
        assert_eq!(remove(chain, end + 61 * SLOT), Ok(()));
        assert_eq!(free(&account("LA1")), own);
        let left = Runtime::participants(0, u32::MAX);
        assert_eq!(left.len(), 6);
        assert_eq!((left[0].name.as_str(), left[0].role), ("(removed 0)", market::Role::LoadAggregator));
        // What it did is told as before.
        assert_eq!(Runtime::bill(0, LA1), before);
        assert_settled(FIRST);
        assert!(Runtime::line(FIRST, LA1).is_some());
        let late = by_agent("LA1", 0, pallet_settlement::Call::pay_debt { amount: 1 });
        let results = chain.block(end + 62 * SLOT, vec![late]);
        assert_refused(&results[0], pallet_settlement::Error::<Runtime>::NotRegistered);
        // The market goes on without it, and closes the day.
        let later = calendar.day_start(6);
        chain.pass(later, later + 60 * SLOT);
        assert!(proof(0, LA1).is_some_and(|proof| proof.closed));
    });
}

#[test]
fn member_should_stay_when_it_owes_or_has_a_standing_order() {
    on_chain(&development(), |chain| {
        let calendar = Terms::of(0);
        chain.block_of(calendar.release(0).from, Vec::new());
        let later = |ahead| calendar.release(0).from + ahead * SLOT;
        must_order(chain, later(1), Call::suspend { id: LA1 });
        must_order(chain, later(2), pallet_settlement::Call::set_top_up { participant: LA1, amount: 1 });
        assert_eq!(without_text(remove(chain, later(3))), still_open());
        must_order(chain, later(4), pallet_settlement::Call::set_top_up { participant: LA1, amount: 0 });
        // It has no money for what its meter counts.
        let dest = account("Alice").into();
        let away = BalancesCall::transfer_all { dest, keep_alive: false };
        chain.block_of(later(5), vec![by_account("LA1", away)]);
        let window = calendar.metering(FIRST);
        chain.block_of(window.from, vec![by_agent("LA1", 0, read_with(&meter("LA1"), "LA1", FIRST, 1_000))]);
        assert_eq!(without_text(remove(chain, window.from + SLOT)), still_open());
        chain.block_of(window.to, Vec::new());
        let debt = Settlement::debt(LA1);
        assert!(debt > NetMoney::ZERO);
        assert_eq!(without_text(remove(chain, window.to + SLOT)), still_open());
        let dest = account("LA1").into();
        let back = BalancesCall::transfer_allow_death { dest, value: debt.paid().planck() };
        chain.block_of(window.to + 2 * SLOT, vec![by_account("Alice", back)]);
        let pay = pallet_settlement::Call::pay_debt { amount: debt.paid().planck() };
        chain.block_of(window.to + 3 * SLOT, vec![by_agent("LA1", 0, pay)]);
        assert_eq!(remove(chain, window.to + 4 * SLOT), Ok(()));
    });
}

/// Nobody escapes its last bill by leaving before the period is settled.
#[test]
fn member_should_be_open_until_its_last_period_is_settled_when_it_never_reported() {
    on_chain(&development(), |chain| {
        let calendar = Terms::of(0);
        chain.block_of(calendar.release(0).from, Vec::new());
        must_order(chain, calendar.start(FIRST), Call::suspend { id: LA1 });
        let window = calendar.metering(FIRST);
        assert_eq!(without_text(remove(chain, window.from)), still_open());
        chain.pass(window.from + SLOT, window.from + 3 * SLOT);
        assert_eq!(without_text(remove(chain, window.to - SLOT)), still_open());
        // It is estimated, and owes nothing: then it leaves, and the period that runs counts nothing for it.
        chain.block_of(window.to, Vec::new());
        let line = Runtime::line(FIRST, LA1).unwrap().line;
        assert_eq!((line.actual, line.estimated), (kwh(400).bought(), true));
        assert_eq!(remove(chain, window.to + SLOT), Ok(()));
        let second = calendar.metering(hour(1));
        chain.pass(second.from, second.from + 3 * SLOT);
        chain.block_of(second.to, Vec::new());
        assert_eq!(Runtime::line(hour(1), LA1), None);
        assert!(Runtime::line(hour(1), MG1).is_some());
    });
}
