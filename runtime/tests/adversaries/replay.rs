//! What was signed once, sent again: on another chain, for another member or another period.

use super::*;
use pallet_settlement::Error;
use runtime::genesis_config_presets::{AGENT_FLOAT, development};
use sp_core::H256;
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

/// A refusal that costs nothing: the transaction is none.
fn invalid(why: InvalidTransaction) -> sp_runtime::ApplyExtrinsicResult {
    Err(TransactionValidityError::Invalid(why))
}

/// Makes the chain one with another first block.
fn be_another_chain() {
    frame_system::BlockHash::<Runtime>::insert(0, H256::repeat_byte(1));
}

#[test]
fn transactions_and_readings_should_be_refused_when_they_were_signed_for_another_chain() {
    let mut old = None;
    on_chain(&development(), |chain| {
        open_market(chain, &[("LA1", &[buy("100")])]);
        let reading = signed_reading("LA1", FIRST, "1", "0");
        old = Some((seal("LA1", FIRST, at("0.4")), bid_of("LA1", FIRST, at("0.4")), reading));
    });
    let (transaction, commitment, (reading, signature)) = old.unwrap();
    on_chain(&development(), |chain| {
        be_another_chain();
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        let from = calendar.sealing(FIRST).from;
        assert_eq!(chain.block(from, vec![transaction])[0], invalid(InvalidTransaction::BadProof));
        assert_eq!(free(&account("LA1")), eth("1500"));
        // A commitment of that chain can be sealed on this one, but never opened.
        let call = pallet_blind_auction::Call::seal { delivery: FIRST, commitment, quote: at("0.4") };
        chain.block_of(from + SLOT, vec![by_agent("LA1", 0, call)]);
        let results = chain.block(calendar.reveal(FIRST).from, vec![reveal("LA1", FIRST, at("0.4"))]);
        assert_refused(&results[0], pallet_blind_auction::Error::<Runtime>::CommitmentMismatch);
        chain.block_of(calendar.start(FIRST), Vec::new());
        let call = pallet_settlement::Call::submit_reading { reading, signature };
        let results = chain.block(calendar.metering(FIRST).from, vec![by_agent("LA1", 0, call)]);
        assert_refused(&results[0], Error::<Runtime>::BadSignature);
        settle(chain, &calendar, FIRST, &[("LA1", "100", "0"), ("MG1", "0", "100")]);
        assert_eq!(balanced("LA1", FIRST), (net_kwh("100"), net_eth("42.5")));
    });
}

#[test]
fn reading_should_count_once_when_it_is_sent_for_others_and_again() {
    on_chain(&development(), |chain| {
        let positions = [buy("100"), buy("100")];
        let calendar =
            open_market(chain, &[("LA1", &positions), ("LA2", &positions), ("MG1", &[sell("100")])]);
        chain.block_of(calendar.start(FIRST), Vec::new());
        // LA1 used little in the first period: a reading that LA2, and LA1 itself later, would like to have.
        let (reading, signature) = signed_reading("LA1", FIRST, "1", "0");
        let submit = |reading| pallet_settlement::Call::submit_reading { reading, signature };
        let now = calendar.metering(FIRST).from;
        let results = chain.block(
            now,
            vec![
                by_agent("LA1", 0, submit(reading)),
                by_agent("LA1", 1, submit(reading)),
                by_agent("LA2", 0, submit(reading)),
            ],
        );
        assert_eq!(results[0], Ok(Ok(())));
        assert_refused(&results[1], Error::<Runtime>::AlreadyRead);
        assert_refused(&results[2], Error::<Runtime>::BadSignature);
        settle(chain, &calendar, FIRST, &[("LA2", "120", "0"), ("MG1", "0", "100")]);
        let moved = Reading { delivery: SECOND, ..reading };
        let now = calendar.metering(SECOND).from;
        let results = chain.block(now, vec![by_agent("LA1", 0, submit(moved))]);
        assert_refused(&results[0], Error::<Runtime>::BadSignature);
        settle(chain, &calendar, SECOND, &[("LA1", "110", "0"), ("LA2", "120", "0")]);
        assert_eq!(balanced("LA1", FIRST), (net_kwh("1"), net_eth("0.425")));
        assert_eq!(balanced("LA2", FIRST), (net_kwh("120"), net_eth("51")));
        assert_eq!(balanced("LA1", SECOND), (net_kwh("110"), net_eth("46.75")));
    });
}

#[test]
fn transaction_should_be_stale_when_it_is_sent_again() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        let from = calendar.sealing(FIRST).from;
        let sent = seal("LA1", FIRST, at("0.4"));
        chain.block_of(from, vec![sent.clone()]);
        assert_eq!(chain.block(from + SLOT, vec![sent])[0], invalid(InvalidTransaction::Stale));
        assert_eq!(free(&agent_account("LA1")).planck(), AGENT_FLOAT, "it costs nothing");
        assert_eq!(total(&account("LA1")), eth("1500"));
        assert_eq!(free(&account("LA1")), eth("1495.75"));
    });
}

/// An account that is emptied is forgotten, with the number of its transactions, unless something keeps it: the
/// registration does.
#[test]
fn transfer_should_be_stale_when_its_account_was_emptied_and_filled_again() {
    on_chain(&development(), |chain| {
        let now = Terms::of(0).release(0).from;
        let pay = pallet_balances::Call::transfer_allow_death {
            dest: account("Bob").into(),
            value: eth("1").planck(),
        };
        let paid = by_account("LA1", pay);
        chain.block_of(now, vec![paid.clone()]);
        let empty = pallet_balances::Call::transfer_all { dest: account("Bob").into(), keep_alive: false };
        chain.block_of(now + SLOT, vec![by_account("LA1", empty)]);
        assert_eq!(total(&account("LA1")), Money::ZERO);
        let refill = pallet_balances::Call::transfer_allow_death {
            dest: account("LA1").into(),
            value: eth("10").planck(),
        };
        chain.block_of(now + 2 * SLOT, vec![by_stranger(0, 0, refill)]);
        assert_eq!(chain.block(now + 3 * SLOT, vec![paid])[0], invalid(InvalidTransaction::Stale));
        assert_eq!(free(&account("LA1")), eth("10"));
    });
}
