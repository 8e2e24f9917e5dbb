//! Fees, and transactions that nobody meant.

mod common;

use codec::{Decode, DecodeLimit, Encode};
use common::*;
use market::calendar::{Calendars, MAX_PERIODS};
use market::{Delivery, Energy, Position, Price};
use pallet_transaction_payment::MultiplierUpdate;
use proptest::prelude::*;
use runtime::configs::fees::FollowsAll;
use runtime::genesis_config_presets::{AGENT_FLOAT, development};
use runtime::market_api::runtime_decl_for_market_api::MarketApiV1;
use runtime::*;
use sp_runtime::FixedPointNumber;

#[test]
fn float_should_advance_many_fees_when_the_call_is_the_dearest_and_fees_are_highest() {
    on_chain(&development(), |_| {
        let offer = Position::Sell { energy: Energy::MAX_PER_PERIOD, reserve: Price::MAX_IN_MARKET };
        let positions = vec![offer; MAX_PERIODS.into()].try_into().unwrap();
        let call: RuntimeCall = pallet_energy_tasks::Call::release { day: 0, positions }.into();
        let length = u32::try_from(call.encoded_size() + 200).unwrap();
        let fee = TransactionPayment::query_call_info(call, length).partial_fee;
        let highest = FollowsAll::max().saturating_mul_int(fee);
        assert!(fee > 0);
        assert!(AGENT_FLOAT / highest >= 4, "{highest}");
    });
}

#[test]
fn refused_call_should_keep_its_fee_and_change_nothing_else() {
    on_chain(&development(), |chain| {
        let now = Terms::of(0).release(0).from;
        let delivery = Delivery { day: 0, period: 0 };
        let call =
            pallet_blind_auction::Call::seal { delivery, commitment: Default::default(), quote: Price::ZERO };
        let results = chain.block(now, vec![by_agent("LA1", 0, call)]);
        assert!(matches!(results[..], [Ok(Err(_))]), "{results:?}");
        let left = free(&agent_account("LA1")).planck();
        assert!(left < AGENT_FLOAT && left > AGENT_FLOAT - AGENT_FLOAT / 1_000, "{left}");
    });
}

#[test]
fn transaction_should_be_valid_when_a_worker_signs_it_with_the_nodes_key() {
    use worker::{Agent, KEY_TYPE, Transactions};
    on_chain(&development(), |chain| {
        let now = Terms::of(0).release(0).from;
        chain.block_of(now, Vec::new());
        let key = sp_io::crypto::ed25519_generate(KEY_TYPE, Some(b"//LA1//agent".to_vec()));
        let agent = Agent { id: market::ParticipantId(0), account: agent_account("LA1"), key: key.into() };
        let periods = usize::from(Terms::of(0).periods_per_day);
        let positions = vec![Position::NONE; periods].try_into().unwrap();
        let call = pallet_energy_tasks::Call::<Runtime>::release { day: 0, positions };
        let tipped = |nonce, tip| {
            let bytes = Runtime::transaction(call.clone(), &agent, nonce, tip).unwrap();
            UncheckedExtrinsic::decode(&mut &bytes[..]).unwrap()
        };
        let signed = |nonce| tipped(nonce, 0);
        let (first, second) = (signed(0), signed(1));
        chain.block_of(now + 6_000, vec![first]);
        // It outlives the block it was made for, but not for long.
        chain.pass(now + 12_000, now + 12_000 + 10 * 6_000);
        chain.block_of(now + 100_000, vec![second]);
        let late = signed(2);
        chain.pass(now + 106_000, now + 106_000 + 70 * 6_000);
        assert!(chain.block(now + 1_000_000, vec![late])[0].is_err());
    });
}

#[test]
fn operator_should_register_a_participant_through_sudo() {
    use market::participant::Registry;
    on_chain(&development(), |chain| {
        let stored = pallet_participants::Participants::<Runtime>::get(market::ParticipantId(0)).unwrap();
        let mut stored = stored.participant;
        stored.name = b"LA5".to_vec().try_into().unwrap();
        (stored.account, stored.agent) = (account("LA5"), agent_account("LA5"));
        let call = pallet_participants::Call::register { participant: stored };
        let call = pallet_sudo::Call::sudo { call: Box::new(call.into()) };
        chain.block_of(Terms::of(0).release(0).from, vec![by_account("Alice", call)]);
        assert_eq!(Participants::acting(&agent_account("LA5")), Some(market::ParticipantId(6)));
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn chain_should_not_panic_when_calls_and_transactions_are_noise(
        noise in prop::collection::vec((10u8..=13, 0u8..5, prop::collection::vec(any::<u8>(), 0..400)), 64),
        raw in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 64),
    ) {
        on_chain(&development(), |chain| {
            chain.block_of(Terms::of(0).release(0).from, Vec::new());
            for (pallet, index, rest) in &noise {
                let bytes = [&[*pallet, *index][..], rest].concat();
                if let Ok(call) = RuntimeCall::decode_with_depth_limit(32, &mut &bytes[..]) {
                    let _ = Runtime::check(call, account("LA1"));
                }
            }
            for bytes in &raw {
                let _ = RuntimeCall::decode_with_depth_limit(32, &mut &bytes[..]);
                let _ = UncheckedExtrinsic::decode(&mut &bytes[..]);
            }
        });
    }
}
