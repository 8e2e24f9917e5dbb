use crate::Call;
use crate::LOG_TARGET;
use crate::mock::*;
use codec::Decode;
use frame::deps::sp_runtime::{AccountId32, generic};
use frame::testing_prelude::*;
use market::api::Due;
use market::calendar::Stage;
use market::settlement::Reading;
use market::{Delivery, ParticipantId};
use sp_keystore::{Keystore, KeystoreExt, testing::MemoryKeystore};
use worker::KEY_TYPE;
use worker::testing::{Answer, Node, complaints};

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

fn faults(participant: ParticipantId) -> Vec<String> {
    complaints(LOG_TARGET, participant)
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
        assert!(faults(LA1).is_empty());
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
        assert!(faults(LA1).is_empty(), "it is no fault");
        node.answers(&la1_path(), &signed(&reading(FIRST, 1), LA1));
        run();
        assert_eq!(node.sent().len(), 1);
    });
}

#[test]
fn worker_should_send_nothing_and_say_so_once_when_the_answer_is_wrong() {
    let (mut state, node) = node(&[LA1]);
    let (this, next) = (reading(FIRST, 1), reading(SECOND, 1));
    let absurd = reading(FIRST, i64::MAX);
    let answers = [
        (signed(&next, LA1), "other period"),
        (signed(&absurd, LA1), "over the tie line"),
        (signed(&this, LA2), "bad signature"),
        (body(&reading(FIRST, 2), &sign(&this, LA1).0), "bad signature"),
        (body(&this, &[1; 63]), "bad signature"),
        (body(&this, &[]), "bad signature"),
        (signed(&this, LA1).replace(r#""signature":""#, r#""signature":"+"#), "bad signature"),
        (signed(&this, LA1).replace(r#""energy_in":"#, r#""energy_in":-"#), "malformed"),
        ("[]".into(), "malformed"),
    ];
    state.execute_with(|| {
        for (answer, kind) in answers {
            node.answers(&la1_path(), &answer);
            run();
            assert_eq!(faults(LA1).last().map(String::as_str), Some(kind), "{answer}");
        }
        node.says(&la1_path(), Answer::Breaks);
        run();
        let told = ["other period", "over the tie line", "bad signature", "malformed", "unreachable"];
        assert_eq!(faults(LA1), told, "each once");
        assert!(node.sent().is_empty());
        // It recovers alone.
        node.answers(&la1_path(), &signed(&this, LA1).replace(r#""signature":""#, r#""signature":"0x"#));
        run();
        assert_eq!(node.sent().len(), 1);
        assert!(faults(LA1).is_empty());
    });
}

#[test]
fn worker_should_try_again_when_the_pool_refuses() {
    let (mut state, node) = node(&[LA1]);
    node.answers(&la1_path(), &signed(&reading(FIRST, 1), LA1));
    state.execute_with(|| {
        node.pool_refuses(true);
        run();
        assert!(faults(LA1).is_empty());
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
fn bad_reading_should_not_hold_up_those_behind_it() {
    let (mut state, node) = node(&[LA1]);
    node.answers(&path("LA-0", LA1, FIRST), &body(&reading(FIRST, 1), &[7; 64]));
    node.answers(&path("LA-0", LA1, SECOND), &signed(&reading(SECOND, 50_000), LA1));
    state.execute_with(|| {
        // The chain stood: both are due at once.
        open_metering(SECOND);
        run();
        let sent = calls(&node);
        assert_eq!(sent.len(), 1, "{sent:?}");
        let expected = reading(SECOND, 50_000);
        let call = Call::submit_reading { reading: expected, signature: sign(&expected, LA1) };
        assert_eq!(sent[0].1, call.into());
        assert_eq!(faults(LA1).len(), 1);
    });
}

#[test]
fn readings_should_be_asked_for_behind_those_that_never_come() {
    let (mut state, node) = node(&[LA1]);
    // A hundred periods are due, and the meter has counted the last alone.
    let last = Delivery { day: 24, period: 3 };
    node.answers(&path("LA-0", LA1, last), &signed(&reading(last, 50_000), LA1));
    state.execute_with(|| {
        block_at(CALENDAR.metering(last).from);
        run();
        assert_eq!((node.asked().len(), node.sent().len()), (96, 0));
        run();
        assert_eq!((node.asked().len(), calls(&node).len()), (4, 1));
        // Then it begins again.
        run();
        assert_eq!(node.asked()[0], la1_path());
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
        assert_eq!(faults(LA1), ["late"]);
    });
}

#[test]
fn worker_should_stop_asking_when_the_gateway_is_slow() {
    let (mut state, node) = node(&[LA1]);
    state.execute_with(|| {
        block_at(CALENDAR.start(Delivery { day: 1, period: 0 }));
        node.takes(1_500);
        run();
        assert_eq!(node.asked().len(), 2, "no run waits longer than the gateway may take");
    });
}

#[test]
fn worker_should_submit_a_late_reading_when_the_gateway_has_it() {
    let (mut state, node) = node(&[LA1]);
    state.execute_with(|| {
        silence([LA1]);
        settle_through(SECOND);
        assert_eq!(Settlement::due(LA1), None);
        System::set_block_number(21);
        run();
        assert!(node.asked().is_empty(), "not in every block");
        System::set_block_number(20);
        run();
        assert_eq!(node.asked(), [FIRST, SECOND].map(|delivery| path("LA-0", LA1, delivery)));
        assert!(node.sent().is_empty(), "the meter has not counted");
        assert!(faults(LA1).is_empty(), "it is no fault");

        node.answers(&path("LA-0", LA1, SECOND), &signed(&reading(SECOND, 7), LA1));
        run();
        let sent = calls(&node);
        assert_eq!(sent.len(), 1);
        for (who, call) in sent {
            assert_ok!(call.dispatch(RuntimeOrigin::signed(who)));
        }
        node.asked();
        run();
        assert_eq!(node.asked(), [la1_path()]);
        Settlement::do_try_state().unwrap();

        let end = CALENDAR.metering(Delivery { day: 0, period: 3 }).to + 2 * CALENDAR.day_length();
        settle_through(Delivery { day: 0, period: 3 });
        Now::set(end);
        run();
        assert!(node.asked().iter().all(|path| *path != la1_path()), "the time for corrections is over");
    });
}
