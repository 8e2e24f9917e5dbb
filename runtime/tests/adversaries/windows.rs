//! What it costs to shut a window: all of its blocks, by transactions that declare more than they do.

use super::*;
use frame_support::dispatch::{DispatchClass, GetDispatchInfo};
use frame_support::weights::Weight;
use pallet_transaction_payment::MultiplierUpdate;
use runtime::configs::fees::{FollowsAll, LengthFee};
use runtime::configs::system::{Length, MAXIMUM_BLOCK_WEIGHT};
use runtime::genesis_config_presets::development;
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

/// What one buyer gains most in a day of the paper, by `gridbid best-response`.
const LARGEST_GAIN: f64 = 278.701_701;

/// A call of a class that declares this weight, and is refused: Bob is not the operator.
fn declaring(class: DispatchClass, weight: Weight) -> RuntimeCall {
    let inner: RuntimeCall = match class {
        DispatchClass::Operational => reveal_call(FIRST, at("0.42")).into(),
        _ => frame_system::Call::remark { remark: Vec::new() }.into(),
    };
    SudoCall::sudo_unchecked_weight { call: Box::new(inner), weight }.into()
}

fn give_bob_money(chain: &mut Chain, now: u64) {
    let call = BalancesCall::transfer_keep_alive { dest: account("Bob").into(), value: eth("900").planck() };
    chain.block_of(now, vec![by_account("Alice", call)]);
}

/// Fills a block with a class, by as few transactions as it takes, and gives what they cost in ETH.
fn fill(chain: &mut Chain, now: u64, class: DispatchClass, whole: Weight) -> f64 {
    let before = free(&account("Bob")).planck();
    chain.block_by(now, |apply| {
        let mut weight = whole;
        while weight.any_gt(whole / 10_000) {
            if apply(by_account_with("Bob", 0, 0, declaring(class, weight))).is_err() {
                weight = weight / 2;
            }
        }
    });
    (before - free(&account("Bob")).planck()) as f64 / 1e18
}

/// What it costs to fill so many blocks in a row, where the first costs this much: fees follow.
fn cost_of(blocks: u64, first: f64, growth: f64) -> f64 {
    let most = FollowsAll::max().to_float();
    let mut multiplier: f64 = 1.0;
    (0..blocks)
        .map(|_| {
            let cost = first * multiplier;
            multiplier = (multiplier * growth).min(most);
            cost
        })
        .sum()
}

/// The cheaper dimension of a class: what a full block costs, and by how much it lifts fees.
fn cheapest(class: DispatchClass) -> (f64, f64) {
    let time = Weight::from_parts(MAXIMUM_BLOCK_WEIGHT.ref_time(), 0);
    let proof = Weight::from_parts(0, MAXIMUM_BLOCK_WEIGHT.proof_size());
    let [by_time, by_proof] = [time, proof].map(|whole| {
        let mut outcome = (0.0, 0.0);
        on_chain(&development(), |chain| {
            let from = Terms::of(0).release(0).from;
            give_bob_money(chain, from);
            let cost = fill(chain, from + SLOT, class, whole);
            outcome = (cost, TransactionPayment::next_fee_multiplier().to_float());
        });
        outcome
    });
    if by_time.0 < by_proof.0 { by_time } else { by_proof }
}

#[test]
fn window_should_cost_more_than_a_buyer_gains_when_all_its_blocks_are_filled() {
    let (normal, operational) = (cheapest(DispatchClass::Normal), cheapest(DispatchClass::Operational));
    println!("| window | blocks | ETH, hourly market | blocks | ETH, quarter-hourly market |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    // How long each is open in seconds, in an hourly and in a quarter-hourly market.
    let windows = [
        ("release", normal, [3_600, 3_600]),
        ("sealing", normal, [450, 112]),
        ("reveal", operational, [450, 112]),
        ("metering", normal, [900, 225]),
    ];
    for (name, (first, growth), seconds) in windows {
        let [hourly, quarterly] = seconds.map(|seconds| seconds * 1_000 / SLOT);
        // By bytes, whose fee does not follow, where that is cheaper.
        let class = if name == "reveal" { DispatchClass::Operational } else { DispatchClass::Normal };
        let bytes = f64::from(*Length::get().max.get(class)) * LengthFee::get() as f64 / 1e18;
        let [hour, quarter] =
            [hourly, quarterly].map(|blocks| cost_of(blocks, first, growth).min(bytes * blocks as f64));
        println!("| {name} | {hourly} | {hour:.1} | {quarterly} | {quarter:.1} |");
        assert!(hour > LARGEST_GAIN, "{name}: {hour}");
        // A quarter of the energy is at stake, and nobody gains a day's in one period: see `docs/security.md`.
        assert!(quarter > LARGEST_GAIN / 10.0, "{name}: {quarter}");
    }
}

#[test]
fn declared_proof_should_cost_what_the_same_share_of_time_costs() {
    on_chain(&development(), |_| {
        let fee = |weight| {
            let call = declaring(DispatchClass::Normal, weight);
            assert!(call.get_dispatch_info().total_weight().all_gte(weight));
            TransactionPayment::query_call_info(call, 0).partial_fee
        };
        let half = MAXIMUM_BLOCK_WEIGHT / 2;
        let by_time = fee(Weight::from_parts(half.ref_time(), 0));
        let by_proof = fee(Weight::from_parts(0, half.proof_size()));
        // A second at 1 ETH, but for what the transaction itself takes.
        assert!(by_proof >= eth("1").planck() && by_proof < eth("1.01").planck(), "{by_proof}");
        assert!(by_time.abs_diff(by_proof) < eth("0.01").planck(), "{by_time} {by_proof}");
    });
}

#[test]
fn reveal_should_find_room_when_a_call_declares_more_proof_than_there_is() {
    on_chain(&development(), |chain| {
        let calendar = open_market(chain, &[("LA1", &[buy("100")]), ("MG1", &[sell("100")])]);
        give_bob_money(chain, calendar.release(0).from + SLOT);
        chain.block_of(calendar.sealing(FIRST).from, vec![seal("LA1", FIRST, at("0.42"))]);
        let from = calendar.reveal(FIRST).from;
        let endless = Weight::from_parts(0, u64::MAX);
        let by_sudo = declaring(DispatchClass::Operational, endless);
        let by_utility = pallet_utility::Call::with_weight {
            call: Box::new(reveal_call(FIRST, at("0.42")).into()),
            weight: endless,
        };
        let all = vec![
            by_account_with("Bob", 0, 0, by_sudo),
            by_account_with("Bob", 0, 0, by_utility),
            reveal("LA1", FIRST, at("0.42")),
        ];
        let results = chain.block(from, all);
        let exhausted = TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources);
        assert_eq!(results, [Err(exhausted), Err(exhausted), Ok(Ok(()))]);
    });
}
