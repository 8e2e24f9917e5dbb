//! New keys for a member.

use super::*;
use pallet_participants::Call;

#[test]
fn new_agent_should_reveal_when_the_old_one_has_sealed() {
    on_chain(&development(), |chain| {
        let table = Table4::read();
        let calendar = Terms::of(0);
        release_all(chain, &table, &calendar);
        seal_all(chain, &calendar, FIRST, &BUYERS);
        // The new one needs a float of its own.
        let dest = agent_account("NEW").into();
        let float = BalancesCall::transfer_allow_death { dest, value: 1_000_000_000_000_000_000 };
        chain.block_of(calendar.sealing(FIRST).from + 2 * SLOT, vec![by_account("Alice", float)]);
        let rotate = Call::rotate_agent { id: ParticipantId(0), agent: agent_account("NEW") };
        must_order(chain, calendar.sealing(FIRST).from + 3 * SLOT, rotate);
        let call =
            pallet_blind_auction::Call::reveal { delivery: FIRST, price: price_of(0, FIRST), salt: SALT };
        let both = vec![by_agent("LA1", 0, call.clone()), by_agent("NEW", 0, call)];
        let results = chain.block(calendar.reveal(FIRST).from, both);
        assert_refused(&results[0], pallet_blind_auction::Error::<Runtime>::NotRegistered);
        results[1].unwrap().unwrap();
        chain.block_of(calendar.reveal(FIRST).from + SLOT, Vec::new());
        chain.block_of(calendar.start(FIRST), Vec::new());
        assert!(Runtime::line(FIRST, ParticipantId(0)).unwrap().line.peer_to_peer_money.is_some());
        // The old one's float is its own.
        let left = free(&agent_account("LA1"));
        let dest = account("LA1").into();
        let back = BalancesCall::transfer_all { dest, keep_alive: false };
        chain.block_of(calendar.start(FIRST) + SLOT, vec![by_agent("LA1", 0, back)]);
        assert!(!left.is_zero() && free(&agent_account("LA1")).is_zero());
    });
}

/// The bid (5) of a participant by number.
fn price_of(id: u32, delivery: Delivery) -> Price {
    use market::bidding::{BidContext, demand_share};
    use market::position::Positions;
    let volume = EnergyTasks::position(ParticipantId(id), delivery).unwrap().shortage();
    let total = EnergyTasks::total_volume(delivery);
    let prices = Runtime::grid_prices(delivery).unwrap();
    demand_share(&BidContext { volume, total, prices }).unwrap()
}

#[test]
fn readings_should_need_the_new_meters_key_when_it_was_rotated() {
    on_chain(&development(), |chain| {
        let table = Table4::read();
        let calendar = Terms::of(0);
        release_all(chain, &table, &calendar);
        let new = meter("NEW");
        let rotate = Call::rotate_meter { id: ParticipantId(0), meter: new.public().0 };
        must_order(chain, calendar.start(FIRST), rotate);
        let window = calendar.metering(FIRST);
        let old = by_agent("LA1", 0, read_with(&meter("LA1"), "LA1", FIRST, 1_000));
        let results = chain.block(window.from, vec![old]);
        assert_refused(&results[0], pallet_settlement::Error::<Runtime>::BadSignature);
        chain.block_of(window.from + SLOT, vec![by_agent("LA1", 0, read_with(&new, "LA1", FIRST, 1_000))]);
        chain.block_of(window.to, Vec::new());
        assert_settled(FIRST);
        assert!(!Runtime::line(FIRST, ParticipantId(0)).unwrap().line.estimated);
    });
}
