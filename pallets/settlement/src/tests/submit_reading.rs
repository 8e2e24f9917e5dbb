use crate::mock::*;
use crate::types::Metered;
use crate::{Error, Event, Lines};
use frame::deps::sp_core::{Pair, ed25519};
use frame::deps::sp_runtime::AccountId32;
use frame::testing_prelude::*;
use market::settlement::Reading;
use market::{Delivery, Energy, NetEnergy, ParticipantId};

fn submit(participant: ParticipantId, reading: Reading) -> DispatchResultWithPostInfo {
    let signature = sign(&reading, participant);
    Settlement::submit_reading(RuntimeOrigin::signed(account(participant)), reading, signature)
}

fn stored(participant: ParticipantId, delivery: Delivery) -> Option<i64> {
    Lines::<Test>::get(delivery, participant)?.reading.map(NetEnergy::watt_hours)
}

#[test]
fn reading_should_be_stored_when_the_meter_signed_it() {
    build_and_execute(|| {
        open_metering(FIRST);
        events();
        let reading = Reading { delivery: FIRST, energy_in: wh(36_360), energy_out: wh(60) };
        let post = submit(LA1, reading).unwrap();
        assert_eq!(post.pays_fee, Pays::No);
        assert_eq!(stored(LA1, FIRST), Some(36_300));
        let metered = Metered { energy_in: wh(36_360), energy_out: wh(60) };
        assert_eq!(events(), [Event::ReadingSubmitted { delivery: FIRST, participant: LA1, metered }]);
    });
}

#[test]
fn reading_should_be_stored_when_the_agent_sends_it() {
    build_and_execute(|| {
        open_metering(FIRST);
        let reading = reading(FIRST, -160_500);
        let signature = sign(&reading, MG1);
        assert_ok!(Settlement::submit_reading(RuntimeOrigin::signed(agent(MG1.0)), reading, signature));
        assert_eq!(stored(MG1, FIRST), Some(-160_500));
    });
}

#[test]
fn reading_should_be_refused_when_the_signer_is_no_metered_member() {
    build_and_execute(|| {
        open_metering(FIRST);
        let reading = reading(FIRST, 1);
        let signature = sign(&reading, LA1);
        let stranger = RuntimeOrigin::signed(AccountId32::new([99; 32]));
        assert_noop!(Settlement::submit_reading(stranger, reading, signature), Error::<Test>::NotRegistered);
        assert_noop!(read(RES, FIRST, 1), Error::<Test>::WrongRole);
        assert_noop!(read(DSO, FIRST, 1), Error::<Test>::WrongRole);
        assert_noop!(
            Settlement::submit_reading(RuntimeOrigin::root(), reading, signature),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn reading_should_be_refused_when_there_is_no_such_period() {
    build_and_execute(|| {
        open_metering(FIRST);
        assert_noop!(read(LA1, Delivery { day: 0, period: 4 }, 1), Error::<Test>::NoSuchPeriod);
    });
}

#[test]
fn reading_should_be_refused_when_the_period_has_not_ended() {
    build_and_execute(|| {
        block_at(CALENDAR.metering(FIRST).from - 1);
        assert_noop!(read(LA1, FIRST, 1), Error::<Test>::WindowNotOpen);
        block_at(CALENDAR.metering(FIRST).from);
        assert_ok!(read(LA1, FIRST, 1));
    });
}

#[test]
fn reading_should_be_refused_when_the_window_is_closed() {
    build_and_execute(|| {
        Uncleared::mutate(|periods| periods.insert(FIRST));
        let window = CALENDAR.metering(FIRST);
        block_at(window.from);
        block_at(window.to - 1);
        assert_ok!(read(LA1, FIRST, 1));
        block_at(window.to);
        assert_noop!(read(LA2, FIRST, 1), Error::<Test>::WindowClosed);
        Uncleared::set(Default::default());
        block_at(window.to + 1);
        assert_eq!(Settlement::next_to_settle(), Some(Delivery { day: 0, period: 1 }));
        // From then on it corrects the estimate.
        assert_ok!(read(LA2, FIRST, 1));
        assert_eq!(Lines::<Test>::get(FIRST, LA2).unwrap().corrections, 1);
    });
}

#[test]
fn reading_should_be_taken_when_too_few_blocks_fell_into_the_window() {
    build_and_execute(|| {
        let window = CALENDAR.metering(FIRST);
        block_at(window.to + 1);
        assert_ok!(read(LA1, FIRST, 1));
        block_at(window.to + 2);
        assert_ok!(read(LA2, FIRST, 1));
        assert_eq!(Settlement::next_to_settle(), Some(FIRST));
        block_at(window.to + 3);
        assert_ok!(read(LA3, FIRST, 1));
        let corrections = |id| Lines::<Test>::get(FIRST, id).unwrap().corrections;
        assert_eq!([LA1, LA2, LA3].map(corrections), [0, 0, 1], "that one is late");
        assert_eq!(Settlement::next_to_settle(), Some(Delivery { day: 0, period: 1 }));
    });
}

#[test]
fn reading_should_be_refused_when_it_is_in_already() {
    build_and_execute(|| {
        open_metering(FIRST);
        assert_ok!(read(LA1, FIRST, 1));
        assert_noop!(read(LA1, FIRST, 1), Error::<Test>::AlreadyRead);
        assert_noop!(read(LA1, FIRST, 2), Error::<Test>::AlreadyRead);
        assert_eq!(stored(LA1, FIRST), Some(1));
    });
}

#[test]
fn reading_should_be_refused_when_it_is_over_the_tie_line() {
    build_and_execute(|| {
        open_metering(FIRST);
        // 200 kW over an hour.
        assert_noop!(read(LA1, FIRST, 200_001), Error::<Test>::OverTieLine);
        assert_noop!(read(LA1, FIRST, -200_001), Error::<Test>::OverTieLine);
        let both = Reading { delivery: FIRST, energy_in: Energy::MAX, energy_out: Energy::MAX };
        assert_noop!(submit(LA1, both), Error::<Test>::OverTieLine);
        assert_ok!(read(LA1, FIRST, 200_000));
        assert_ok!(read(MG1, FIRST, -200_000));
    });
}

#[test]
fn reading_should_be_refused_when_its_signature_is_for_something_else() {
    build_and_execute(|| {
        open_metering(FIRST);
        let reading = reading(FIRST, 100);
        let refused = |signature: ed25519::Signature| {
            let origin = RuntimeOrigin::signed(account(LA1));
            assert_noop!(Settlement::submit_reading(origin, reading, signature), Error::<Test>::BadSignature);
        };
        let genesis = GENESIS;
        refused(ed25519::Signature::default());
        // Another participant, another figure, another chain, another meter.
        refused(meter(LA1).sign(&reading.signed_payload(genesis, LA2)));
        refused(sign(&crate::mock::reading(FIRST, 101), LA1));
        refused(meter(LA1).sign(&reading.signed_payload(H256::zero(), LA1)));
        refused(meter(LA2).sign(&reading.signed_payload(genesis, LA1)));
    });
}
