//! Bids of others: copied, opened by strangers; and one's own, replaced without end.

use super::*;
use pallet_blind_auction::Error;
use runtime::genesis_config_presets::{AGENT_FLOAT, development};

#[test]
fn copier_should_lose_its_deposit_when_it_copies_a_commitment() {
    on_chain(&development(), |chain| {
        let all = [("LA1", &[buy("100")][..]), ("LA2", &[buy("100")]), ("MG1", &[sell("100")])];
        let calendar = open_market(chain, &all);
        let price = at("0.42");
        let commitment = bid_of("LA1", FIRST, price);
        let copy = pallet_blind_auction::Call::seal { delivery: FIRST, commitment, quote: price };
        chain.block_of(
            calendar.sealing(FIRST).from,
            vec![seal("LA1", FIRST, price), by_agent("LA2", 0, copy)],
        );
        // The copy waits for the original to be opened, and takes price and salt from it.
        let window = calendar.reveal(FIRST);
        chain.block_of(window.from, vec![reveal("LA1", FIRST, price)]);
        let results = chain.block(window.from + SLOT, vec![reveal("LA2", FIRST, price)]);
        assert_refused(&results[0], Error::<Runtime>::CommitmentMismatch);
        chain.block_of(calendar.start(FIRST), Vec::new());

        assert_eq!(traded("LA1", FIRST), (net_kwh("100"), net_eth("42")));
        assert_eq!(traded("LA2", FIRST), Default::default());
        // A tenth of 100 kWh at 0.425 ETH/kWh went to the pot; the seller has its income on hold.
        assert_eq!(free(&account("LA2")), eth("1495.75"));
        assert_eq!(free(&Settlement::pot()), eth("4.25"));
        assert_eq!(total(&account("MG1")), eth("42"));
        assert!(free(&agent_account("LA2")).planck() < AGENT_FLOAT, "the refused reveal kept its fee");
    });
}

#[test]
fn bid_should_stay_its_owners_when_others_reveal_it() {
    on_chain(&development(), |chain| {
        let all = [("LA1", &[buy("100")][..]), ("LA2", &[buy("100")]), ("MG1", &[sell("100")])];
        let calendar = open_market(chain, &all);
        let (high, low) = (at("0.42"), at("0.39"));
        chain.block_of(calendar.sealing(FIRST).from, vec![seal("LA1", FIRST, high), seal("LA2", FIRST, low)]);
        // All have seen LA1's price and salt in the pool: none can open it in its place, or spoil it.
        let by_others = vec![
            reveal("LA2", FIRST, high),
            reveal("LA3", FIRST, high),
            by_stranger(0, 0, reveal_call(FIRST, high)),
        ];
        let window = calendar.reveal(FIRST);
        let results = chain.block(window.from, by_others);
        assert_refused(&results[0], Error::<Runtime>::CommitmentMismatch);
        assert_refused(&results[1], Error::<Runtime>::NotSealed);
        assert_refused(&results[2], Error::<Runtime>::NotRegistered);
        chain.block_of(window.from + SLOT, vec![reveal("LA1", FIRST, high), reveal("LA2", FIRST, low)]);
        chain.block_of(calendar.start(FIRST), Vec::new());
        assert_eq!(traded("LA1", FIRST), (net_kwh("100"), net_eth("42")));
        assert_eq!(traded("LA2", FIRST), Default::default());
        assert_eq!(free(&account("LA1")), eth("1458"));
        assert_eq!(free(&account("LA2")), eth("1500"));
    });
}

/// The number of entries in the state.
fn entries() -> usize {
    std::iter::successors(sp_io::storage::next_key(&[]), |key| sp_io::storage::next_key(key)).count()
}

#[test]
fn replacements_should_cost_and_store_nothing_when_they_have_no_end() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        let from = calendar.sealing(FIRST).from;
        let call = || seal_call("LA1", FIRST, at("0.4"));
        chain.block_of(from, (0..3).map(|ahead| by_agent("LA1", ahead, call())).collect());
        assert_eq!(free(&agent_account("LA1")).planck(), AGENT_FLOAT, "a bid and two replacements are free");
        let before = entries();
        chain.block_of(from + SLOT, (0..50).map(|ahead| by_agent("LA1", ahead, call())).collect());
        let spent = AGENT_FLOAT - free(&agent_account("LA1")).planck();
        chain.block_of(from + 2 * SLOT, Vec::new());
        assert!(spent > 50 * 5_000_000_000_000, "{spent}");
        assert_eq!(entries(), before + 2, "the hashes of two blocks, and no more");
        // One deposit, however often the bid was replaced; the money of the bid itself is untouched.
        assert_eq!(free(&account("LA1")), eth("1495.75"));
        assert_eq!(total(&account("LA1")), eth("1500"));
    });
}

#[test]
fn float_should_end_before_the_window_when_an_agent_fills_blocks_with_replacements() {
    on_chain(&development(), |chain| {
        let all = [("LA1", &[buy("100")][..]), ("LA2", &[buy("100")]), ("MG1", &[sell("100")])];
        let calendar = open_market(chain, &all);
        let window = calendar.sealing(FIRST);
        chain.block_of(window.from, vec![seal("LA1", FIRST, at("0.4"))]);
        let many: Vec<RuntimeCall> = vec![seal_call("LA1", FIRST, at("0.4")).into(); 400];
        let fill = (0..20)
            .map(|ahead| by_agent("LA1", ahead, pallet_utility::Call::force_batch { calls: many.clone() }));
        let late = by_agent("LA2", 0, seal_call("LA2", FIRST, at("0.42")));
        let results = chain.block(window.from + SLOT, fill.collect());
        let taken = results.iter().filter(|result| result.is_ok()).count();
        assert!((1..20).contains(&taken), "{results:?}");
        let block = AGENT_FLOAT - free(&agent_account("LA1")).planck();
        let growth = TransactionPayment::next_fee_multiplier();
        chain.block_of(window.from + 2 * SLOT, vec![late]);

        // What the float pays for, with fees that grow by each full block, is less than the window.
        let filled = window.from + SLOT..window.to;
        let blocks = (filled.end - filled.start) / SLOT;
        let mut left = AGENT_FLOAT as f64;
        let mut cost = block as f64;
        let mut full = 0;
        while left >= cost {
            left -= cost;
            cost *= growth.to_float();
            full += 1;
        }
        assert!(full < blocks * 2 / 3, "{full} of {blocks} blocks at {block} planck and {growth:?}");
    });
}
