//! What the off-chain workers share.

use crate::gateway::{self, DEADLINE_MILLISECONDS, GatewayFault, MAX_BODY, URL_KEY};
use crate::testing::{Answer, Node, complaints};
use crate::*;
use codec::{Decode, Encode};
use frame::deps::frame_system;
use frame::testing_prelude::*;
use market::Role;
use market::participant::{Member, Parameters};
use sp_core::offchain::StorageKind;
use sp_core::{H256, Pair};
use sp_io::offchain::{local_storage_clear, timestamp};
use sp_keystore::{Keystore, KeystoreExt, testing::MemoryKeystore};
use sp_runtime::MultiSignature;
use sp_runtime::generic::{self, Preamble, UncheckedExtrinsic};

type Extrinsic = UncheckedExtrinsic<AccountId32, RuntimeCall, MultiSignature, ()>;
type Block = generic::Block<generic::Header<u64, BlakeTwo256>, Extrinsic>;

construct_runtime!(
    pub enum Test {
        System: frame_system,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

impl Transactions<frame_system::Call<Test>> for Test {
    fn transaction(call: frame_system::Call<Test>, agent: &Agent, nonce: u32, tip: u32) -> Option<Vec<u8>> {
        let call = RuntimeCall::from(call);
        let signature = MultiSignature::Ed25519(sign(&agent.key, &(&call, nonce, tip).encode())?.into());
        Some(Extrinsic::new_signed(call, agent.account.clone(), signature, ()).encode())
    }
}

/// LA1 and RES, numbered from 0.
struct Members;

const NAMES: [&str; 2] = ["LA1", "RES"];

impl Registry<AccountId32> for Members {
    fn acting(who: &AccountId32) -> Option<ParticipantId> {
        let acts = |name: &&str| [account_of(name), account_of(&format!("{name}//agent"))].contains(who);
        NAMES.iter().position(acts).map(|index| ParticipantId(index as u32))
    }
    fn member(id: ParticipantId) -> Option<Member<AccountId32>> {
        let account = account_of(NAMES.get(id.0 as usize)?);
        let parameters = Parameters::default();
        Some(Member { id, account, meter: [0; 32], role: Role::LoadAggregator, parameters, since: 0 })
    }
    fn count() -> u32 {
        2
    }
    fn retail_supplier() -> Option<Member<AccountId32>> {
        Self::member(ParticipantId(1))
    }
}

/// A raw seed, as keystores read it: a phrase would cost much time.
fn seed(name: &str) -> String {
    format!("{:?}", H256(sp_io::hashing::blake2_256(name.as_bytes())))
}

/// The key that a name stands for.
fn key(name: &str) -> ed25519::Public {
    ed25519::Pair::from_string(&seed(name), None).unwrap().public()
}

fn account_of(name: &str) -> AccountId32 {
    AccountId32::new(key(name).0)
}

/// Puts an agent's key into the keystore.
fn insert_key(keystore: &impl Keystore, name: &str) {
    keystore.ed25519_generate_new(KEY_TYPE, Some(&seed(name))).unwrap();
}

fn new_test_ext() -> TestState {
    let mut state = TestState::new(Default::default());
    state.execute_with(|| System::set_block_number(1));
    state
}

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

fn local() -> Vec<Agent> {
    local_agents::<Members>()
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

fn remark(text: u8) -> frame_system::Call<Test> {
    frame_system::Call::remark { remark: vec![text] }
}

/// A transaction's number, tip and text.
type Told = (u32, u32, u8);

/// What the agent sends for a call, and what went into the pool.
fn send(node: &Node, text: u8) -> (Result<Sent, SubmitFault>, Vec<Told>) {
    let agent = local().remove(0);
    let sent = submit::<Test, _>(&agent, remark(text));
    let told = |bytes: Vec<u8>| {
        let extrinsic = Extrinsic::decode(&mut &bytes[..]).unwrap();
        let RuntimeCall::System(frame_system::Call::remark { remark }) = &extrinsic.function else {
            panic!("another call")
        };
        let signed = |number, tip| (&extrinsic.function, number, tip).encode();
        let signature = match &extrinsic.preamble {
            Preamble::Signed(who, MultiSignature::Ed25519(signature), ()) => {
                assert_eq!(*who, agent.account);
                *signature
            }
            other => panic!("{other:?}"),
        };
        let pairs = (0..9).flat_map(|number| (0..9).map(move |tip| (number, tip)));
        let is_signed =
            |(number, tip): &(u32, u32)| agent.key.verify(&signed(*number, *tip), &signature.into());
        let (number, tip) = pairs.into_iter().find(is_signed).expect("a number and a tip");
        (number, tip, remark[0])
    };
    (sent, node.sent().into_iter().map(told).collect())
}

/// The chain spends the agent's numbers up to this one.
fn spend(next: u32) {
    frame_system::Account::<Test>::mutate(&local()[0].account, |account| account.nonce = next);
}

#[test]
fn call_should_reach_the_pool_once_while_it_waits_for_a_block() {
    let (mut state, node) = node(&["LA1//agent"]);
    state.execute_with(|| {
        System::set_block_number(7);
        assert_eq!(send(&node, 1), (Ok(Sent::Now), vec![(0, 0, 1)]));
        // A run knows the chain up to its block alone: this one was sent before, and nothing is spent yet.
        assert_eq!(send(&node, 1), (Ok(Sent::Waits), vec![]));
        System::set_block_number(8);
        assert_eq!(send(&node, 1), (Ok(Sent::Waits), vec![]));
        // Another one takes the next number, not the one that waits.
        assert_eq!(send(&node, 2), (Ok(Sent::Now), vec![(1, 0, 2)]));
        spend(2);
        assert_eq!(send(&node, 1), (Ok(Sent::Now), vec![(2, 0, 1)]));
        let stranger = Agent { key: ed25519::Public::from_raw([7; 32]).into(), ..local().remove(0) };
        assert_eq!(submit::<Test, _>(&stranger, remark(3)), Err(SubmitFault::NotSigned));
    });
}

#[test]
fn call_should_take_the_place_of_a_lost_one_when_it_has_waited_for_long() {
    let (mut state, node) = node(&["LA1//agent"]);
    state.execute_with(|| {
        System::set_block_number(7);
        for text in [1, 2] {
            assert_eq!(send(&node, text).0, Ok(Sent::Now));
        }
        System::set_block_number(7 + u64::from(PATIENCE_BLOCKS) - 1);
        assert_eq!(send(&node, 1), (Ok(Sent::Waits), vec![]));
        System::set_block_number(7 + u64::from(PATIENCE_BLOCKS));
        assert_eq!(send(&node, 2), (Ok(Sent::Waits), vec![(1, 1, 2)]), "its own number, dearer by a planck");
        assert_eq!(send(&node, 2), (Ok(Sent::Waits), vec![]));
        // The first is no longer wanted: what is new must not wait behind it.
        assert_eq!(send(&node, 3), (Ok(Sent::Now), vec![(0, 1, 3)]));
        System::set_block_number(7 + 2 * u64::from(PATIENCE_BLOCKS));
        assert_eq!(send(&node, 3), (Ok(Sent::Waits), vec![(0, 2, 3)]));
    });
}

#[test]
fn call_should_be_sent_as_new_when_the_chain_went_back_or_another_one_began() {
    let (mut state, node) = node(&["LA1//agent"]);
    state.execute_with(|| {
        System::set_block_number(70);
        spend(5);
        assert_eq!(send(&node, 1), (Ok(Sent::Now), vec![(5, 0, 1)]));
        spend(4);
        assert_eq!(send(&node, 1), (Ok(Sent::Now), vec![(4, 0, 1)]));
        System::set_block_number(1);
        assert_eq!(send(&node, 1), (Ok(Sent::Waits), vec![(4, 1, 1)]), "not kept back by a block to come");
    });
}

#[test]
fn call_should_be_sent_by_the_next_run_when_the_pool_refused_it() {
    let (mut state, node) = node(&["LA1//agent"]);
    state.execute_with(|| {
        node.pool_refuses(true);
        assert_eq!(send(&node, 1), (Err(SubmitFault::NotTaken), vec![]));
        node.pool_refuses(false);
        assert_eq!(send(&node, 1), (Ok(Sent::Now), vec![(0, 0, 1)]));
    });
}

#[test]
fn calls_that_wait_should_be_bounded() {
    let (mut state, node) = node(&["LA1//agent"]);
    state.execute_with(|| {
        let agent = local().remove(0);
        let all = (0..=u8::MAX).map(|text| submit::<Test, _>(&agent, remark(text)));
        assert_eq!(all.filter(|sent| *sent == Ok(Sent::Now)).count(), 128);
        assert_eq!(node.sent().len(), 128);
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

fn get<M: serde::de::DeserializeOwned>(path: &str) -> Result<Option<M>, GatewayFault> {
    let answer = gateway::ask(&[path.into()], gateway::deadline()).next().unwrap()?;
    answer.map(|bytes| gateway::read(&bytes)).transpose()
}

/// Asks a gateway that answers with this.
fn ask(answer: Option<Answer>) -> Result<Option<Vec<u32>>, GatewayFault> {
    let (mut state, node) = node(&[]);
    if let Some(answer) = answer {
        node.says("/v1/list", answer);
    }
    let message = state.execute_with(|| get("/v1/list"));
    assert_eq!(node.asked(), ["/v1/list"]);
    message
}

#[test]
fn gateway_should_hold_up_nobody_else_when_it_is_silent_about_one() {
    let (mut state, node) = node(&[]);
    let paths: Vec<String> = (0..40).map(|number| format!("/v1/{number}")).collect();
    for (number, path) in paths.iter().enumerate() {
        node.says(path, if number % 4 == 0 { Answer::Late } else { Answer::Says(200, b"1".to_vec()) });
    }
    state.execute_with(|| {
        node.set_time(1_000);
        let answers: Vec<_> = gateway::ask(&paths, gateway::deadline()).collect();
        for (number, answer) in answers.into_iter().enumerate() {
            assert_eq!(
                answer,
                if number % 4 == 0 { Err(GatewayFault::Late) } else { Ok(Some(b"1".to_vec())) }
            );
        }
        assert_eq!(timestamp().unix_millis(), 1_000 + DEADLINE_MILLISECONDS, "all wait at once");
    });
    assert_eq!(node.asked(), paths);
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
    let (mut state, _) = node(&[]);
    state.execute_with(|| {
        local_storage_clear(StorageKind::PERSISTENT, URL_KEY);
        assert_eq!(get::<u32>("/"), Err(GatewayFault::NoGateway));
    });
}

#[test]
fn keystore_should_hold_agents_under_their_own_type() {
    let keystore = MemoryKeystore::new();
    insert_key(&keystore, "LA1//agent");
    assert_eq!(keystore.ed25519_public_keys(KEY_TYPE), [key("LA1//agent")]);
}
