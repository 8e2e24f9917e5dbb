//! What the off-chain workers share.

use crate::mock::*;
use crate::offchain::gateway::{self, GatewayFault, MAX_BODY};
use crate::offchain::testing::{Answer, Node, complaints};
use crate::offchain::*;
use frame::deps::sp_core::ed25519;
use frame::deps::sp_core::offchain::{OffchainDbExt, testing::TestOffchainExt};
use frame::deps::sp_runtime::RuntimeAppPublic;
use frame::testing_prelude::*;
use market::ParticipantId;
use sp_keystore::{Keystore, KeystoreExt, testing::MemoryKeystore};

/// A node with these names' keys in its keystore.
fn node(names: &[&str]) -> (TestState, Node) {
    let node = Node::default();
    let keystore = MemoryKeystore::new();
    for name in names {
        insert_key(&keystore, name);
    }
    let mut state = new_test_ext();
    node.join(&mut state);
    state.register_extension(KeystoreExt::new(keystore));
    (state, node)
}

fn local() -> Vec<Agent<frame::deps::sp_runtime::AccountId32>> {
    local_agents::<Test, Members>()
}

#[test]
fn agents_should_be_local_when_their_key_is_in_the_keystore() {
    let (mut state, _) = node(&["RES//agent", "LA1", "LA1//agent", "stranger"]);
    state.execute_with(|| {
        let agents = local();
        assert_eq!(agents.iter().map(|agent| agent.id.0).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(agents[0].account, account_of("LA1//agent"));
    });
}

#[test]
fn signature_should_be_the_same_when_made_again() {
    let (mut state, _) = node(&["LA1//agent"]);
    state.execute_with(|| {
        let key = local().remove(0).key;
        let signature = sign(&key, b"message").unwrap();
        assert_eq!(sign(&key, b"message"), Some(signature));
        assert!(key.verify(&b"message", &ed25519::Signature::from_raw(signature).into()));
        let unknown = ed25519::Public::from_raw([7; 32]).into();
        assert_eq!(sign(&unknown, b"message"), None);
    });
}

#[test]
fn call_should_reach_the_pool_when_submitted() {
    let (mut state, node) = node(&["LA1//agent"]);
    state.execute_with(|| {
        let agent = local().remove(0);
        let call = frame_system::Call::<Test>::remark { remark: vec![1] };
        assert_eq!(submit::<Test, _>(&agent, call.clone()), Ok(()));
        let sent = Extrinsic::decode(&mut &node.sent()[0][..]).unwrap();
        assert_eq!(sent.function, call.clone().into());
        // A second one of the same run comes behind the first.
        assert_eq!(System::account_nonce(&agent.account), 1);
        let stranger = Agent { key: ed25519::Public::from_raw([7; 32]).into(), ..agent };
        assert_eq!(submit::<Test, _>(&stranger, call), Err(SubmitFault::NotSigned));
    });
}

#[test]
fn second_run_should_stay_away_when_one_is_under_way() {
    let (mut state, _) = node(&[]);
    state.execute_with(|| {
        assert_eq!(with_lock(&"test", || with_lock(&"test", || ())), Some(None));
        assert_eq!(with_lock(&"test", || with_lock(&"other", || 1)), Some(Some(1)));
    });
}

#[test]
fn run_should_start_when_the_clock_went_back_after_another_was_killed() {
    let (mut state, node) = node(&[]);
    state.execute_with(|| {
        node.set_time(3_600_000);
        with_lock(&"test", || {
            let kept = || with_lock(&"test", || ()).is_some();
            node.set_time(3_600_000 - 1);
            assert!(!kept(), "the lock may be a running one's");
            node.set_time(3_600_000 + 5_000);
            assert!(!kept());
            node.set_time(0);
            assert!(kept(), "no run has set such a lock");
        });
    });
}

#[test]
fn run_should_start_when_the_one_before_was_killed_long_ago() {
    let (mut state, node) = node(&[]);
    state.execute_with(|| {
        with_lock(&"test", || {
            node.pass(5_001);
            assert!(with_lock(&"test", || ()).is_some());
        });
    });
}

const LA1: ParticipantId = ParticipantId(0);

fn complain(fault: GatewayFault) {
    report("target", LA1, Err(fault));
}

#[test]
fn fault_should_be_told_once_until_the_worker_works_again() {
    let (mut state, _) = node(&[]);
    state.execute_with(|| {
        for _ in 0..3 {
            complain(GatewayFault::Late);
            complain(GatewayFault::Malformed("one".into()));
            complain(GatewayFault::Malformed("two".into()));
        }
        assert_eq!(complaints("target", LA1), ["late", "malformed"]);
        assert_eq!(complaints("other", LA1).len() + complaints("target", ParticipantId(1)).len(), 0);
        report::<GatewayFault>("target", LA1, Ok(()));
        assert!(complaints("target", LA1).is_empty());
        complain(GatewayFault::Late);
        assert_eq!(complaints("target", LA1), ["late"]);
    });
}

#[test]
fn fault_should_be_told_again_when_the_node_was_started_again() {
    let (mut state, node) = node(&[]);
    state.execute_with(|| {
        complain(GatewayFault::Late);
        complain(GatewayFault::TooLong);
    });
    node.join(&mut state);
    state.execute_with(|| {
        complain(GatewayFault::Late);
        assert_eq!(complaints("target", LA1), ["late"]);
    });
}

#[test]
fn refusal_should_be_told_when_the_pool_has_refused_for_a_minute() {
    let (mut state, node) = node(&[]);
    state.execute_with(|| {
        let refused = || report("target", LA1, Err(SubmitFault::NotTaken));
        let told = || !complaints("target", LA1).is_empty();
        node.set_time(1_000_000);
        refused();
        node.pass(30_000);
        refused();
        node.pass(30_000);
        refused();
        assert!(!told(), "it may wait for a block");
        node.pass(1);
        refused();
        assert_eq!(complaints("target", LA1), ["not taken"]);
        report::<SubmitFault>("target", LA1, Ok(()));
        refused();
        node.pass(60_001);
        refused();
        assert!(!told(), "the one before is long past");
        node.set_time(0);
        refused();
        assert!(!told(), "the clock went back");
    });
}

/// Asks a gateway that answers with this.
fn ask(answer: Option<Answer>) -> Result<Option<Vec<u32>>, GatewayFault> {
    let (mut state, node) = node(&[]);
    if let Some(answer) = answer {
        node.says("/v1/list", answer);
    }
    let message = state.execute_with(|| gateway::get("/v1/list"));
    assert_eq!(node.asked(), ["/v1/list"]);
    message
}

#[test]
fn gateway_should_give_the_message_when_it_answers() {
    assert_eq!(ask(Some(Answer::Says(200, b"[1, 2]".to_vec()))), Ok(Some(vec![1, 2])));
}

#[test]
fn gateway_should_give_nothing_when_it_has_nothing() {
    assert_eq!(ask(None), Ok(None));
}

#[test]
fn gateway_should_be_at_fault_when_it_does_not_answer() {
    assert_eq!(ask(Some(Answer::Says(500, vec![]))), Err(GatewayFault::Status(500)));
    assert_eq!(ask(Some(Answer::Late)), Err(GatewayFault::Late));
    assert_eq!(ask(Some(Answer::Breaks)), Err(GatewayFault::Unreachable));
}

#[test]
fn gateway_should_be_at_fault_when_the_answer_is_malformed() {
    for body in ["[1.5]", "<html>", "[1, 2", ""] {
        let fault = ask(Some(Answer::Says(200, body.into()))).unwrap_err();
        assert!(matches!(fault, GatewayFault::Malformed(_)), "{fault}");
    }
}

#[test]
fn gateway_should_be_at_fault_when_the_answer_is_too_long() {
    assert_eq!(ask(Some(Answer::Says(200, vec![b' '; MAX_BODY + 1]))), Err(GatewayFault::TooLong));
}

#[test]
fn gateway_should_be_at_fault_when_none_is_known() {
    let mut state = new_test_ext();
    state.register_extension(OffchainDbExt::new(TestOffchainExt::default()));
    state.execute_with(|| assert_eq!(gateway::get::<u32>("/"), Err(GatewayFault::NoGateway)));
}

#[test]
fn keystore_should_hold_agents_under_their_own_type() {
    let keystore = MemoryKeystore::new();
    insert_key(&keystore, "LA1//agent");
    assert_eq!(keystore.ed25519_public_keys(KEY_TYPE), [key("LA1//agent")]);
}
