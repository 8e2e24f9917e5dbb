//! Late readings, disputes and payments from outside, on real signed transactions.

mod common;

use common::paper::*;
use common::*;
use market::bill::{LineState, Reason, Totals};
use market::calendar::Calendars;
use market::{Calendar, Delivery, Moment, Money, NetEnergy, NetMoney, ParticipantId};
use pallet_settlement::types::Ruling;
use runtime::genesis_config_presets::development;
use runtime::market_api::runtime_decl_for_market_api::MarketApiV1;
use runtime::*;
use sp_core::H256;

const FIRST: Delivery = Delivery { day: 0, period: 0 };

/// Plays the paper's first hour; the meters with these indices are read in time.
fn first_hour(chain: &mut Chain, table: &Table4, indices: &[usize]) -> Calendar {
    let calendar = Terms::of(0);
    release_all(chain, table, &calendar);
    seal_all(chain, &calendar, FIRST, &BUYERS);
    reveal_all(chain, &calendar, FIRST, &BUYERS);
    chain.block_of(calendar.start(FIRST), Vec::new());
    meter_all(chain, table, &calendar, FIRST, indices);
    assert!(Runtime::lines(FIRST, 0, u32::MAX).items.iter().all(|line| line.state == LineState::Settled));
    calendar
}

/// Everybody's free money and debt.
fn money() -> Vec<(Money, NetMoney)> {
    let all = Runtime::participants(0, u32::MAX);
    assert!(all.iter().all(|info| info.held.is_zero()));
    all.into_iter().map(|info| (info.free, info.debt)).collect()
}

/// What a member has, on hold or free, less what it owes, in planck.
fn worth(name: &str) -> i128 {
    use frame_support::traits::fungible::Inspect;
    let all = i128::try_from(Balances::total_balance(&account(name))).unwrap();
    all - Settlement::debt(id_of(name)).planck()
}

/// The operator's call.
fn order(call: pallet_settlement::Call<Runtime>) -> UncheckedExtrinsic {
    by_account("Alice", pallet_sudo::Call::sudo { call: Box::new(call.into()) })
}

/// The sums over everybody's bill of day 0.
fn sum_of_bills() -> Totals {
    let bills = (0..6).filter_map(|id| Runtime::bill(0, ParticipantId(id)));
    bills.map(|bill| bill.totals()).fold(Totals::default(), |sum, totals| Totals {
        balanced: sum.balanced.saturating_add(totals.balanced),
        balanced_money: sum.balanced_money.saturating_add(totals.balanced_money),
        grid_only: sum.grid_only.saturating_add(totals.grid_only),
        ..sum
    })
}

/// Lets a moment come, and some blocks behind it.
fn come_to(chain: &mut Chain, now: Moment) {
    for block in 0..4 {
        chain.block_of(now + block * SLOT, Vec::new());
    }
}

#[test]
fn money_should_be_as_if_read_in_time_when_all_readings_come_late() {
    let played = |late: bool| {
        let mut outcome = Default::default();
        on_chain(&development(), |chain| {
            let table = Table4::read();
            let in_time: &[usize] = if late { &[] } else { &[0, 1, 2, 3] };
            let calendar = first_hour(chain, &table, in_time);
            let settled = money();
            if late {
                let readings = (0..4).map(|index| read_meter(&table, index, FIRST)).collect();
                chain.block_of(calendar.metering(FIRST).to + SLOT, readings);
                assert_ne!(money(), settled);
                let mut lines = Runtime::lines(FIRST, 0, u32::MAX).items;
                // LA4's meter has said in time that it used nothing.
                lines.retain(|line| line.line.participant != id_of("LA4"));
                assert!(lines.iter().all(|line| line.corrections.len() == 1));
                assert_eq!(lines.iter().filter(|line| line.line.estimated).count(), 4);
            }
            assert_eq!(sum_of_bills(), Totals::default());
            outcome = money();
        });
        outcome
    };
    assert_eq!(played(true), played(false));
}

#[test]
fn day_should_close_with_its_corrections_when_a_dispute_is_ruled_on() {
    on_chain(&development(), |chain| {
        let calendar = first_hour(chain, &Table4::read(), &[0, 1, 2, 3]);
        let (delivery, participant) = (FIRST, id_of("LA2"));
        let dispute = pallet_settlement::Call::dispute { delivery, participant };
        let now = calendar.metering(FIRST).to;
        chain.block_of(now + SLOT, vec![by_agent("LA2", 0, dispute)]);
        assert_eq!(Runtime::line(FIRST, participant).unwrap().disputed_by, Some(participant));

        let last = Delivery { day: 0, period: calendar.periods_per_day - 1 };
        let settled = calendar.metering(last).to;
        come_to(chain, settled);
        // The day waits for the ruling.
        come_to(chain, settled + 2 * calendar.day_length() + 10 * SLOT);
        assert!(!proof(0, participant).unwrap().closed);
        let ruling = Ruling::Actual(NetEnergy::from_watt_hours(30_580));
        let before = worth("LA2");
        let now = settled + 2 * calendar.day_length() + 20 * SLOT;
        let resolve = pallet_settlement::Call::resolve_dispute { delivery, participant, ruling };
        chain.block_of(now, vec![order(resolve)]);
        // 10 kWh less at 0.425.
        assert_eq!(worth("LA2") - before, NetMoney::parse_decimal("4.25").unwrap().planck());
        come_to(chain, now + SLOT);

        let proof = proof(0, participant).unwrap();
        let bill = Runtime::bill(0, participant).unwrap();
        assert!(proof.closed && market::merkle::verify(&proof.root, &bill, &proof.proof));
        assert_eq!(bill.corrections.iter().map(|one| one.reason).collect::<Vec<_>>(), [Reason::Dispute]);
        assert_eq!(sum_of_bills(), Totals::default());
        assert_eq!(Runtime::line(FIRST, participant).unwrap().state, LineState::Final);
    });
}

#[test]
fn money_should_come_and_go_when_the_operator_pays_in_and_out() {
    on_chain(&development(), |chain| {
        let now = Terms::of(0).release(0).from;
        let (participant, amount) = (id_of("LA1"), 5);
        let (before, issuance) = (free(&account("LA1")), Balances::total_issuance());
        let reference = H256::repeat_byte(1);
        let mint = pallet_settlement::Call::mint { participant, amount, reference };
        chain.block_of(now, vec![order(mint)]);
        assert_eq!(free(&account("LA1")).planck(), before.planck() + 5);
        let reference = H256::repeat_byte(2);
        chain.block_of(
            now + SLOT,
            vec![order(pallet_settlement::Call::redeem { participant, amount, reference })],
        );
        assert_eq!(free(&account("LA1")), before);
        assert!(Balances::total_issuance() <= issuance, "but for Alice's fees");
    });
}
