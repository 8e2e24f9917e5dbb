use crate::Call;
use crate::mock::*;
use crate::offchain::TARGET;
use codec::Decode;
use frame::deps::sp_runtime::{AccountId32, generic};
use frame::testing_prelude::*;
use market::api::Due;
use market::calendar::Stage;
use market::settlement::Reading;
use market::{Delivery, ParticipantId};
use pallet_participants::offchain::testing::{Answer, Node};
use pallet_participants::offchain::{KEY_TYPE, recall};
use sp_keystore::{Keystore, KeystoreExt, testing::MemoryKeystore};

const SECOND: Delivery = Delivery { day: 0, period: 1 };

/// A node that acts for these participants, in the first block in which the first hour can be read.
fn node(ids: &[ParticipantId]) -> (TestState, Node) {
    let (mut state, node, keystore) = (new_test_ext(), Node::default(), MemoryKeystore::new());
    for id in ids {
        keystore.ed25519_generate_new(KEY_TYPE, Some(&agent_seed(id.0))).unwrap();
    }
    node.join(&mut state);
    state.register_extension(KeystoreExt::new(keystore));
    state.execute_with(|| open_metering(FIRST));
    (state, node)
}

fn path(name: &str, participant: ParticipantId, delivery: Delivery) -> String {
    format!(
        "/v1/participants/{name}/reading?day={}&period={}&participant={}&chain=0x{}",
        delivery.day,
        delivery.period,
        participant.0,
        "45".repeat(32),
    )
}

fn la1_path() -> String {
    path("LA-0", LA1, FIRST)
}

fn body(reading: &Reading, signature: &[u8]) -> String {
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        r#"{{"reading":{{"delivery":{{"day":{},"period":{}}},"energy_in":{},"energy_out":{}}},"signature":"{hex}"}}"#,
        reading.delivery.day,
        reading.delivery.period,
        reading.energy_in.watt_hours(),
        reading.energy_out.watt_hours(),
    )
}

fn signed(reading: &Reading, participant: ParticipantId) -> String {
    body(reading, &sign(reading, participant).0)
}

fn run() {
    Settlement::offchain_worker(System::block_number());
}

fn calls(node: &Node) -> Vec<(AccountId32, RuntimeCall)> {
    let decode = |bytes: Vec<u8>| {
        let sent = Extrinsic::decode(&mut &bytes[..]).unwrap();
        match sent.preamble {
            generic::Preamble::Signed(who, (), ()) => (who, sent.function),
            other => panic!("{other:?}"),
        }
    };
    node.sent().into_iter().map(decode).collect()
}

fn fault(participant: ParticipantId) -> Option<String> {
    recall("fault", &(TARGET, participant))
}

#[test]
fn reading_should_be_due_when_the_period_has_ended_and_until_it_is_in() {
    build_and_execute(|| {
        block_at(CALENDAR.metering(FIRST).from - 1);
        assert_eq!(Settlement::due(LA1), None);
        open_metering(FIRST);
        let due = Due { participant: LA1, stage: Stage::Metering, delivery: FIRST };
        assert_eq!(Settlement::due(LA1), Some(due));
        assert_eq!(Settlement::due(RES), None);
        assert_eq!(Settlement::due(ParticipantId(9)), None);
        assert_ok!(read(LA1, FIRST, 5));
        assert_eq!(Settlement::due(LA1), None);
        block_at(CALENDAR.metering(FIRST).from + 1);
        block_at(CALENDAR.metering(FIRST).to);
        assert_eq!(Settlement::due(MG1), None);
    });
}

#[test]
fn worker_should_submit_the_readings_of_its_participants() {
    let (mut state, node) = node(&[LA1, MG1]);
    let (la, mg) = (reading(FIRST, 36_360), reading(FIRST, -160_500));
    node.answers(&la1_path(), &signed(&la, LA1));
    node.answers(&path("MG-3", MG1, FIRST), &signed(&mg, MG1));
    state.execute_with(|| {
        run();
        let call = |reading: Reading, id| -> RuntimeCall {
            Call::submit_reading { reading, signature: sign(&reading, id) }.into()
        };
        let expected = [(agent(LA1.0), call(la, LA1)), (agent(MG1.0), call(mg, MG1))];
        let sent = calls(&node);
        assert_eq!(sent, expected);
        for (who, call) in sent {
            assert_ok!(call.dispatch(RuntimeOrigin::signed(who)));
        }
        node.asked();
        run();
        assert!(node.sent().is_empty() && node.asked().is_empty(), "nothing is due");
        assert_eq!(fault(LA1), None);
    });
}

#[test]
fn worker_should_do_nothing_when_it_acts_for_nobody_or_nothing_is_due() {
    let (mut state, idle) = node(&[]);
    state.execute_with(run);
    assert!(idle.asked().is_empty());
    let (mut state, idle) = node(&[RES]);
    state.execute_with(run);
    assert!(idle.asked().is_empty());
}

#[test]
fn worker_should_wait_in_silence_when_the_meter_has_not_counted() {
    let (mut state, node) = node(&[LA1]);
    state.execute_with(|| {
        run();
        assert_eq!(node.asked(), [la1_path()]);
        assert_eq!(fault(LA1), None, "it is no fault");
        node.answers(&la1_path(), &signed(&reading(FIRST, 1), LA1));
        run();
        assert_eq!(node.sent().len(), 1);
    });
}

#[test]
fn worker_should_send_nothing_and_say_so_once_when_the_answer_is_wrong() {
    let (mut state, node) = node(&[LA1]);
    let (this, next) = (reading(FIRST, 1), reading(SECOND, 1));
    let not_signed = "the reading of day 0 period 0 is not signed by the participant's meter";
    let answers = [
        (
            signed(&next, LA1),
            "the gateway answered with the reading of day 0 period 1, not of day 0 period 0",
        ),
        (signed(&this, LA2), not_signed),
        (body(&reading(FIRST, 2), &sign(&this, LA1).0), not_signed),
        (body(&this, &[1; 63]), not_signed),
        (body(&this, &[]), not_signed),
        (signed(&this, LA1).replace(r#""signature":""#, r#""signature":"+"#), not_signed),
    ];
    state.execute_with(|| {
        for (answer, why) in answers {
            node.answers(&la1_path(), &answer);
            run();
            assert_eq!(fault(LA1).as_deref(), Some(why));
        }
        node.answers(&la1_path(), "[]");
        run();
        assert!(fault(LA1).unwrap().starts_with("the gateway's answer is not what was asked for"));
        node.says(&la1_path(), Answer::Breaks);
        run();
        assert_eq!(fault(LA1).as_deref(), Some("the gateway cannot be reached"));
        assert!(node.sent().is_empty());
        // It recovers alone.
        node.answers(&la1_path(), &signed(&this, LA1).replace(r#""signature":""#, r#""signature":"0x"#));
        run();
        assert_eq!(node.sent().len(), 1);
        assert_eq!(fault(LA1), None);
    });
}

#[test]
fn worker_should_try_again_when_the_pool_refuses() {
    let (mut state, node) = node(&[LA1]);
    node.answers(&la1_path(), &signed(&reading(FIRST, 1), LA1));
    state.execute_with(|| {
        node.pool_refuses(true);
        run();
        assert_eq!(fault(LA1), None);
        node.pool_refuses(false);
        run();
        assert_eq!(node.sent().len(), 1);
    });
}

#[test]
fn worker_should_submit_all_readings_when_the_chain_stood_still() {
    let (mut state, node) = node(&[LA1]);
    let third = Delivery { day: 0, period: 2 };
    for delivery in [FIRST, third] {
        node.answers(&path("LA-0", LA1, delivery), &signed(&reading(delivery, 7), LA1));
    }
    state.execute_with(|| {
        block_at(CALENDAR.start(Delivery { day: 1, period: 0 }));
        run();
        let periods = [FIRST, SECOND, third, Delivery { day: 0, period: 3 }];
        assert_eq!(node.asked(), periods.map(|delivery| path("LA-0", LA1, delivery)));
        let sent = calls(&node);
        assert_eq!(sent.len(), 2, "the meter has not counted the others");
        for (who, call) in sent {
            assert_ok!(call.dispatch(RuntimeOrigin::signed(who)));
        }
    });
}

#[test]
fn one_participants_fault_should_not_hold_up_another() {
    let (mut state, node) = node(&[LA1, LA2]);
    node.says(&la1_path(), Answer::Late);
    node.answers(&path("LA-1", LA2, FIRST), &signed(&reading(FIRST, 1), LA2));
    state.execute_with(|| {
        run();
        assert_eq!(calls(&node)[0].0, agent(LA2.0));
        assert!(fault(LA1).is_some());
    });
}
