//! The operator's pause, where a stranger fills the blocks and outbids everybody.

use super::*;
use frame_support::dispatch::{DispatchClass, GetDispatchInfo};
use frame_support::weights::Weight;
use market::calendar::Stage;
use runtime::configs::system::MAXIMUM_BLOCK_WEIGHT;
use runtime::genesis_config_presets::development;
use sp_runtime::ApplyExtrinsicResult;
use sp_runtime::generic::Era;
use sp_runtime::transaction_validity::{
    InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
};
use std::cmp::Reverse;

/// What lifts any operational transaction to the highest priority that a pool knows.
const FLOOD_TIP: Balance = 20_000_000_000_000_000_000;
/// What does so to a pause, which takes little of a block: 0.01 ETH.
const PAUSE_TIP: Balance = 10_000_000_000_000_000;

/// An operational call that declares this weight, and is refused: Bob is not the operator.
fn declaring(weight: Weight) -> RuntimeCall {
    let call: RuntimeCall = reveal_call(FIRST, at("0.42")).into();
    SudoCall::<Runtime>::sudo_unchecked_weight { call: Box::new(call), weight }.into()
}

fn pause() -> RuntimeCall {
    let call: RuntimeCall = pallet_terms::Call::pause { stage: Stage::Reveal }.into();
    SudoCall::<Runtime>::sudo { call: Box::new(call) }.into()
}

/// What the pool goes by: the higher priority is first, then the shorter life; then it is who came first.
fn rank(transaction: &UncheckedExtrinsic) -> (u64, Reverse<u64>) {
    let ValidTransaction { priority, longevity, .. } = frame_support::hypothetically!({
        let source = TransactionSource::External;
        Executive::validate_transaction(source, transaction.clone(), System::block_hash(0)).unwrap()
    });
    (priority, Reverse(longevity))
}

/// Makes a block of what the pool has: Bob's flood, which fills it, and a pause that came later. Tells how the pause went.
fn flooded_block(chain: &mut Chain, now: u64, pause: UncheckedExtrinsic) -> ApplyExtrinsicResult {
    let bobs = |weight| by_account_with("Bob", 0, FLOOD_TIP, declaring(weight));
    let whole = Weight::from_parts(MAXIMUM_BLOCK_WEIGHT.ref_time(), 0);
    let is_first = rank(&pause) > rank(&bobs(whole / 4));
    chain.block_by(now, |apply| {
        let first = is_first.then(|| apply(pause.clone()));
        let mut weight = whole / 4;
        while weight.ref_time() > 0 {
            if apply(bobs(weight)).is_err() {
                weight = weight / 2;
            }
        }
        first.unwrap_or_else(|| apply(pause))
    })
}

#[test]
fn pause_should_get_in_when_blocks_are_full_of_tipped_operational_calls() {
    on_chain(&development(), |chain| {
        let mut now = Terms::of(0).release(0).from;
        let value = eth("900").planck();
        let purse = BalancesCall::transfer_keep_alive { dest: account("Bob").into(), value };
        chain.block_of(now, vec![by_account("Alice", purse)]);
        let mut play = |chain: &mut Chain, era: fn() -> Era, tip| {
            now += SLOT;
            let (before, bobs) = (free(&account("Alice")), free(&account("Bob")));
            let result = flooded_block(chain, now, by_account_for(era(), "Alice", 0, tip, pause()));
            let spent = |name, before: Money| before.planck() - free(&account(name)).planck();
            (result, spent("Alice", before), spent("Bob", bobs))
        };
        // Whoever pays nothing waits; who pays as much as the flood waits until what came before is through.
        let exhausted = TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources);
        let (result, ..) = play(chain, || Era::Immortal, 0);
        assert_eq!(result, Err(exhausted));
        assert!(!Terms::is_paused(Stage::Reveal));
        // With 0.01 ETH, signed for four blocks, it is before all that came before it.
        let shortest = || Era::mortal(4, u64::from(System::block_number()) - 1);
        let (result, cost, floods) = play(chain, shortest, PAUSE_TIP);
        assert_eq!(result, Ok(Ok(())));
        assert!(Terms::is_paused(Stage::Reveal));
        println!("the pause cost {cost} planck, the flood's block {floods}");
        assert!((PAUSE_TIP..2 * PAUSE_TIP).contains(&cost), "{cost}");
        assert!(floods > 4 * FLOOD_TIP, "{floods}");
        assert_eq!(pause().get_dispatch_info().class, DispatchClass::Operational);
    });
}
