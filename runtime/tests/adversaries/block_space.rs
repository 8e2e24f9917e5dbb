//! Blocks that are full, and block producers that leave reveals out.

use super::*;
use frame_support::dispatch::DispatchClass;
use runtime::genesis_config_presets::development;
use sp_runtime::ApplyExtrinsicResult;
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

const EXHAUSTED: TransactionValidityError =
    TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources);

/// What Alice tips: a hundred times what the market's calls cost.
const TIP: Balance = 1_000_000_000_000_000;

fn transfer() -> RuntimeCall {
    pallet_balances::Call::transfer_keep_alive { dest: account("Bob").into(), value: 1 }.into()
}

/// Makes a block that a call fills to the last transaction, then has these: tells how these went.
fn full_block(
    chain: &mut Chain,
    now: u64,
    call: RuntimeCall,
    last: Vec<UncheckedExtrinsic>,
) -> Vec<ApplyExtrinsicResult> {
    let batch = pallet_utility::Call::force_batch { calls: vec![call.clone(); 800] };
    chain.block_by(now, |apply| {
        let mut batches = 0;
        while apply(by_stranger(0, TIP, batch.clone())).is_ok() {
            batches += 1;
        }
        assert!(batches > 1);
        while apply(by_stranger(0, TIP, call.clone())).is_ok() {}
        last.into_iter().map(apply).collect()
    })
}

#[test]
fn reveals_should_find_room_when_blocks_are_full_of_tipped_transfers() {
    let bids = [("LA1", at("0.42")), ("LA2", at("0.41")), ("LA3", at("0.4"))];
    let play = |is_flooded: bool| {
        let mut outcome = Vec::new();
        on_chain(&development(), |chain| {
            let all = [
                ("LA1", &[buy("100")][..]),
                ("LA2", &[buy("100")]),
                ("LA3", &[buy("100")]),
                ("MG1", &[sell("250")]),
            ];
            let calendar = open_market(chain, &all);
            chain.block_of(
                calendar.sealing(FIRST).from,
                bids.map(|(name, price)| seal(name, FIRST, price)).into(),
            );
            let window = calendar.reveal(FIRST);
            let reveals = bids.map(|(name, price)| reveal(name, FIRST, price));
            if is_flooded {
                full_block(chain, window.from, transfer(), Vec::new());
                let weight = System::block_weight();
                let results = full_block(chain, window.from + SLOT, transfer(), reveals.into());
                assert!(results.iter().all(|result| *result == Ok(Ok(()))), "{results:?}");
                assert!(weight.get(DispatchClass::Normal).ref_time() > 1_490_000_000_000);
            } else {
                chain.block_of(window.from + SLOT, reveals.into());
            }
            chain.block_of(calendar.start(FIRST), Vec::new());
            outcome =
                ["LA1", "LA2", "LA3", "MG1"].map(|name| (traded(name, FIRST), total(&account(name)))).into();
        });
        outcome
    };
    let flooded = play(true);
    assert_eq!(flooded, play(false));
    assert_eq!(flooded[2].0, (net_kwh("50"), net_eth("20")));
    assert_eq!(flooded[3].1, eth("103"));
}

#[test]
fn deposits_should_come_back_when_blocks_are_full_of_tipped_operational_calls() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        chain.block_of(calendar.sealing(FIRST).from, vec![seal("LA1", FIRST, at("0.42"))]);
        let garbage: RuntimeCall = reveal_call(FIRST, at("0.42")).into();
        let window = calendar.reveal(FIRST);
        let before = free(&account("Alice"));
        for block in 0..3 {
            let reveal = reveal("LA1", FIRST, at("0.42"));
            let results = full_block(chain, window.from + block * SLOT, garbage.clone(), vec![reveal]);
            assert_eq!(results, [Err(EXHAUSTED)]);
        }
        // It costs its weight: two seconds a block at 0.01 ETH each, beside bytes and tips.
        let spent = before.planck() - free(&account("Alice")).planck();
        assert!(spent > 3 * 18_000_000_000_000_000, "{spent}");
        chain.block_of(calendar.start(FIRST), Vec::new());
        assert_eq!(free(&account("LA1")), eth("1500"), "nobody is punished for blocks without room");
        assert_eq!(total(&account("MG1")), Money::ZERO);
        settle(chain, &calendar, FIRST, &[("LA1", "100", "0"), ("MG1", "0", "100")]);
        assert_eq!(balanced("LA1", FIRST), (net_kwh("100"), net_eth("42.5")));
        assert_eq!(balanced("MG1", FIRST), (net_kwh("-100"), net_eth("-38")));
    });
}

/// Plays the first period, where the producers of the reveal window's blocks leave LA1's reveal out unless it says
/// otherwise; gives what LA1 and MG1 have then.
fn censored(blocks: &[Option<&str>]) -> (Money, Money) {
    let mut have = Default::default();
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        chain.block_of(calendar.sealing(FIRST).from, vec![seal("LA1", FIRST, at("0.42"))]);
        let window = calendar.reveal(FIRST);
        for (now, included) in (window.from..).step_by(SLOT as usize).zip(blocks) {
            chain.block_of(now, included.map(|name| reveal(name, FIRST, at("0.42"))).into_iter().collect());
        }
        chain.block_of(calendar.start(FIRST), Vec::new());
        have = (free(&account("LA1")), total(&account("MG1")));
    });
    have
}

#[test]
fn bid_should_count_when_one_producer_of_many_is_honest() {
    assert_eq!(censored(&[None, None, None, Some("LA1"), None]), (eth("1458"), eth("42")));
}

#[test]
fn deposit_should_come_back_when_the_chain_made_one_block_in_the_window() {
    assert_eq!(censored(&[None]), (eth("1500"), Money::ZERO));
}

/// What stays open: the chain can't tell a reveal that was left out from one that was never sent.
#[test]
fn deposit_should_be_lost_when_all_producers_leave_the_reveal_out() {
    assert_eq!(censored(&[None, None]), (eth("1495.75"), Money::ZERO));
}
