use super::*;
use crate::LOG_TARGET;
use crate::offchain::{Note, noted};
use frame::deps::sp_runtime::{AccountId32, generic};
use frame::traits::UnfilteredDispatchable;
use market::ParticipantId;
use market::api::Due;
use market::calendar::Stage;
use sp_keystore::{Keystore, KeystoreExt, testing::MemoryKeystore};
use worker::KEY_TYPE;
use worker::testing::{Answer, Node, complaints};

/// A chain in day 0's release window on a node with the agents' keys.
fn chain(node: &Node, names: &[&str]) -> TestState {
    let keystore = MemoryKeystore::new();
    for name in names {
        let seed = seed(&format!("{name}//agent"));
        keystore.ed25519_generate_new(KEY_TYPE, Some(&seed)).unwrap();
    }
    let mut state = new_test_ext();
    node.join(&mut state);
    state.register_extension(KeystoreExt::new(keystore));
    state
}

/// One run of the worker; gives the calls that it sent.
fn run(node: &Node) -> Vec<(AccountId32, Call<Test>)> {
    // What a run writes to the chain's state, as the nonce, is gone after it.
    hypothetically!(<Tasks as Hooks<u64>>::offchain_worker(1));
    let sent = node.sent();
    let calls = sent.iter().map(|bytes| {
        let extrinsic = Extrinsic::decode(&mut &bytes[..]).unwrap();
        let RuntimeCall::Tasks(call) = extrinsic.function else { panic!("another pallet's call") };
        let generic::Preamble::Signed(who, ..) = extrinsic.preamble else { panic!("not signed") };
        (who, call)
    });
    calls.collect()
}

/// Puts calls into a block, which spends their numbers.
fn include(calls: &[(AccountId32, Call<Test>)]) {
    for (who, call) in calls {
        assert_ok!(call.clone().dispatch_bypass_filter(RuntimeOrigin::signed(who.clone())));
        System::inc_account_nonce(who);
    }
}

/// Runs the worker and includes what it sends into the chain.
fn run_and_include(node: &Node) -> usize {
    let calls = run(node);
    include(&calls);
    calls.len()
}

/// Lets the site tell two days of history: the same demand in every period.
fn tell_history(node: &Node, name: &str, demand: [u64; 2]) {
    let days = demand.map(|demand| vec![demand; 24]);
    let body = serde_json::json!({ "day": 0, "demand_wh": days }).to_string();
    node.answers(&format!("/v1/participants/{name}/history?day=0&days=2"), &body);
}

/// Lets the site tell a plant that yields the same in every period.
fn tell_plant(node: &Node, name: &str, generation: u64, reserve: u64) {
    let body = serde_json::json!({
        "day": 0,
        "plant": { "tie_line": { "limit": TIE_LINE, "loss": 0, "cost": 0 } },
        "generation_wh": vec![generation; 24],
        "reserve": reserve,
    });
    node.answers(&format!("/v1/participants/{name}/plant?day=0"), &body.to_string());
}

#[test]
fn release_should_be_due_when_its_window_is_open_and_nothing_is_released() {
    build_and_execute(|| {
        let due = |id| Due { participant: id, stage: Stage::Release, delivery: period(0) };
        assert_eq!(Tasks::due(LA1), Some(due(LA1)));
        assert_eq!(Tasks::due(MG1), Some(due(MG1)));
        // The supplier has no meter, and nobody has this number.
        assert_eq!(Tasks::due(ParticipantId(4)), None);
        assert_eq!(Tasks::due(ParticipantId(99)), None);
        assert_ok!(release("LA1", every(buy(0))));
        assert_eq!(Tasks::due(LA1), None);
        Now::set(&CALENDAR.release(0).to);
        assert_eq!(Tasks::due(MG1), None);
        Now::set(&CALENDAR.release(1).from);
        assert_eq!(Tasks::due(LA1).map(|due| due.delivery), Some(Delivery { day: 1, period: 0 }));
    });
}

#[test]
fn worker_should_release_the_forecast_when_it_acts_for_a_load_aggregator() {
    let node = Node::default();
    chain(&node, &["LA1"]).execute_with(|| {
        tell_history(&node, "LA1", [100, 201]);
        let calls = run(&node);
        // (3): half of the mean, 150.5, rounded down.
        assert_eq!(calls, [(agent("LA1"), Call::release { day: 0, positions: every(buy(75)) })]);
        assert_eq!(
            node.asked(),
            ["/v1/participants/LA1/history?day=0&days=2", "/v1/participants/LA1/plant?day=0"]
        );
        // Not on the chain yet: it waits.
        assert_eq!(run(&node), []);
        include(&calls);
        assert_eq!(run(&node), []);
        assert_eq!(Tasks::position(LA1, period(0)), Some(buy(75)));
        Tasks::do_try_state().unwrap();
    });
}

#[test]
fn worker_should_release_the_surplus_when_it_acts_for_a_microgrid() {
    let node = Node::default();
    chain(&node, &["MG1", "PRO1"]).execute_with(|| {
        tell_history(&node, "MG1", [0, 0]);
        tell_plant(&node, "MG1", 70, FEED_IN);
        tell_history(&node, "PRO1", [50, 50]);
        tell_plant(&node, "PRO1", 20, COST + 9);
        assert_eq!(run_and_include(&node), 2);
        assert_eq!(Tasks::position(MG1, period(5)), Some(sell(70, COST)));
        // A prosumer short of 30 buys alpha of it.
        assert_eq!(Tasks::position(PRO1, period(5)), Some(buy(15)));
        Tasks::do_try_state().unwrap();
    });
}

#[test]
fn worker_should_release_nothing_and_say_why_once_when_the_gateway_is_at_fault() {
    let node = Node::default();
    chain(&node, &["LA1"]).execute_with(|| {
        let path = "/v1/participants/LA1/history?day=0&days=2";
        let says = |body: &str| Answer::Says(200, body.into());
        let absurd = serde_json::json!({ "day": 0, "demand_wh": [vec![u64::MAX; 24]] }).to_string();
        for (answer, kind) in [
            (Answer::Says(404, vec![]), "no history"),
            (Answer::Says(500, vec![]), "status"),
            (says("{"), "malformed"),
            (says(r#"{"day": 1, "demand_wh": []}"#), "other day"),
            (says(r#"{"day": 0, "demand_wh": [[1]]}"#), "no release"),
            (says(r#"{"day": 0, "demand_wh": [[1.5]]}"#), "malformed"),
            (says(r#"{"day": 0, "demand_wh": [[-1]]}"#), "malformed"),
            (says(&absurd), "no release"),
            (says(&" ".repeat(300_000)), "too long"),
            (Answer::Late, "late"),
            (Answer::Breaks, "unreachable"),
        ] {
            node.says(path, answer.clone());
            assert_eq!(run(&node), [], "{answer:?}");
            assert!(complaints(LOG_TARGET, LA1).iter().any(|told| told == kind), "{kind}");
        }
        let mut told = complaints(LOG_TARGET, LA1);
        assert_eq!(told.len(), 8);
        told.sort();
        told.dedup();
        assert_eq!(told.len(), 8, "each is told once: {told:?}");
        // It acts as soon as the gateway works.
        tell_history(&node, "LA1", [2, 2]);
        assert_eq!(run_and_include(&node), 1);
        assert!(complaints(LOG_TARGET, LA1).is_empty());
    });
}

#[test]
fn worker_should_not_seem_to_work_when_it_has_nothing_to_correct() {
    let node = Node::default();
    chain(&node, &["MG1"]).execute_with(|| {
        node.says("/v1/participants/MG1/history?day=0&days=2", Answer::Late);
        assert_eq!(run(&node), []);
        go_to_sealing();
        assert_eq!(run(&node), []);
        assert_eq!(complaints(LOG_TARGET, MG1), ["late"]);
    });
}

#[test]
fn worker_should_leave_its_offer_when_the_gateway_is_at_fault() {
    let node = Node::default();
    chain(&node, &["MG1"]).execute_with(|| {
        offered(&node);
        node.says("/v1/participants/MG1/plant?day=0", Answer::Breaks);
        assert_eq!(run(&node), []);
        assert_eq!(complaints(LOG_TARGET, MG1), ["unreachable"]);
        assert_eq!(queue(), [(MG1.0, COST, 70)]);
        tell_plant(&node, "MG1", 60, COST);
        assert_eq!(run_and_include(&node), 1);
        assert!(complaints(LOG_TARGET, MG1).is_empty());
    });
}

#[test]
fn worker_should_do_without_a_plant_when_the_gateway_has_none_but_not_when_it_is_malformed() {
    let node = Node::default();
    chain(&node, &["LA1"]).execute_with(|| {
        tell_history(&node, "LA1", [2, 2]);
        node.answers("/v1/participants/LA1/plant?day=0", "[]");
        assert_eq!(run(&node), []);
        node.says("/v1/participants/LA1/plant?day=0", Answer::Says(404, vec![]));
        assert_eq!(run_and_include(&node), 1);
    });
}

#[test]
fn worker_should_leave_a_release_when_it_was_made_by_hand() {
    let node = Node::default();
    chain(&node, &["LA1"]).execute_with(|| {
        tell_history(&node, "LA1", [2, 2]);
        assert_ok!(release("LA1", every(buy(9))));
        assert_eq!(run(&node), []);
        assert!(node.asked().is_empty());
    });
}

#[test]
fn worker_should_ask_nothing_when_no_window_is_open() {
    let node = Node::default();
    chain(&node, &["LA1", "MG1"]).execute_with(|| {
        Now::set(&CALENDAR.release(0).to);
        assert_eq!(run(&node), []);
        assert!(node.asked().is_empty());
    });
}

#[test]
fn worker_should_come_back_when_the_pool_refused() {
    let node = Node::default();
    chain(&node, &["LA1"]).execute_with(|| {
        tell_history(&node, "LA1", [2, 2]);
        node.pool_refuses(true);
        assert_eq!(run(&node), []);
        node.pool_refuses(false);
        assert_eq!(run_and_include(&node), 1);
    });
}

/// MG1's worker has released 70 Wh a period, and period 0's sealing has opened.
fn offered(node: &Node) {
    tell_history(node, "MG1", [0, 0]);
    tell_plant(node, "MG1", 70, COST);
    assert_eq!(run_and_include(node), 1);
    go_to_sealing();
}

#[test]
fn worker_should_leave_its_offer_when_the_plan_has_not_changed() {
    let node = Node::default();
    chain(&node, &["MG1"]).execute_with(|| {
        offered(&node);
        assert_eq!(run(&node), []);
    });
}

#[test]
fn worker_should_correct_its_offer_when_the_plan_has_changed() {
    let node = Node::default();
    chain(&node, &["MG1"]).execute_with(|| {
        offered(&node);
        tell_plant(&node, "MG1", 60, COST + 1);
        let call = Call::correct_offer { delivery: period(0), energy: energy(60), reserve: price(COST + 1) };
        let calls = run(&node);
        assert_eq!(calls, [(agent("MG1"), call)]);
        assert_eq!(run(&node), [], "it waits");
        include(&calls);
        assert_eq!(run(&node), []);
        assert_eq!(queue(), [(MG1.0, COST + 1, 60)]);
        // Its own correction it may correct again, as long as that is free.
        tell_plant(&node, "MG1", 0, COST);
        assert_eq!(run_and_include(&node), 1);
        assert_eq!(queue(), [(MG1.0, COST + 1, 0)]);
        tell_plant(&node, "MG1", 50, COST);
        assert_eq!(run(&node), []);
        Tasks::do_try_state().unwrap();
    });
}

#[test]
fn worker_should_leave_an_offer_when_it_was_corrected_by_hand() {
    let node = Node::default();
    chain(&node, &["MG1"]).execute_with(|| {
        offered(&node);
        tell_plant(&node, "MG1", 60, COST);
        assert_ok!(correct("MG1", 65, COST));
        assert_eq!(run(&node), []);
        Now::set(&CALENDAR.sealing(period(1)).from);
        // The next period's offer is still its own.
        assert_eq!(run(&node).len(), 1);
    });
}

#[test]
fn worker_should_leave_an_offer_when_it_was_released_by_hand() {
    let node = Node::default();
    chain(&node, &["MG1"]).execute_with(|| {
        assert_ok!(release("MG1", every(sell(70, COST))));
        go_to_sealing();
        tell_history(&node, "MG1", [0, 0]);
        tell_plant(&node, "MG1", 60, COST);
        assert_eq!(run(&node), []);
        assert!(node.asked().is_empty());
    });
}

#[test]
fn worker_should_know_its_offer_when_the_node_was_killed_in_between() {
    let node = Node::default();
    chain(&node, &["MG1"]).execute_with(|| {
        tell_history(&node, "MG1", [0, 0]);
        tell_plant(&node, "MG1", 70, COST);
        // Killed after sending: the chain has the release, the worker has only its note.
        include(&run(&node));
        let note = noted::<Test>(MG1, 0).unwrap();
        assert_eq!(note, Note { day: 0, positions: vec![sell(70, COST); 24], correction: None });
        go_to_sealing();
        tell_plant(&node, "MG1", 60, COST);
        assert_eq!(run_and_include(&node), 1);
    });
}
