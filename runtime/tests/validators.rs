//! Validators are added, replaced and removed by the operator.

mod common;

use codec::Encode;
use common::*;
use frame_support::{assert_noop, assert_ok};
use market::Moment;
use market::calendar::Calendars;
use runtime::genesis_config_presets::*;
use runtime::validators::PERIOD;
use runtime::*;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

type Error = runtime::validators::Error<Runtime>;

/// Makes keys in the keystore and registers them for their account, with the proof that it holds them.
fn set_keys(validator: Sr25519Keyring) {
    let owner = validator.to_account_id();
    System::inc_providers(&owner);
    let made = SessionKeys::generate(&owner.encode(), Some(validator.to_seed().into_bytes()));
    let (keys, proof) = (made.keys, made.proof.encode());
    assert_ok!(Session::set_keys(RuntimeOrigin::signed(owner), keys, proof));
}

fn set(validators: &[Sr25519Keyring]) -> frame_support::dispatch::DispatchResult {
    let accounts: Vec<AccountId> = validators.iter().map(|validator| validator.to_account_id()).collect();
    Validators::set(RuntimeOrigin::root(), accounts.try_into().unwrap())
}

/// Passes blocks until a change has applied.
fn pass(chain: &mut Chain, from: Moment) -> Moment {
    let to = from + u64::from(2 * PERIOD) * Aura::slot_duration();
    chain.pass(from, to);
    to
}

fn assert_validators(expected: &[(Sr25519Keyring, Ed25519Keyring)]) {
    let authors: Vec<_> = expected.iter().map(|(validator, _)| validator.public().into()).collect();
    assert_eq!(pallet_aura::Authorities::<Runtime>::get().into_inner(), authors);
    let voters: Vec<_> = expected.iter().map(|(_, voter)| (voter.public().into(), 1)).collect();
    assert_eq!(Grandpa::grandpa_authorities(), voters);
}

const ALICE: (Sr25519Keyring, Ed25519Keyring) = (Sr25519Keyring::Alice, Ed25519Keyring::Alice);
const EVE: (Sr25519Keyring, Ed25519Keyring) = (Sr25519Keyring::Eve, Ed25519Keyring::Eve);

#[test]
fn validators_should_be_replaced_when_the_operator_sets_others() {
    on_chain(&development(), |chain| {
        let mut now = Terms::of(0).release(0).from;
        chain.block_of(now, Vec::new());
        assert_validators(&[ALICE]);
        set_keys(EVE.0);
        now += Aura::slot_duration();
        // Added, and then the first removed.
        for expected in [&[ALICE, EVE][..], &[EVE][..]] {
            let accounts: Vec<_> = expected.iter().map(|(validator, _)| *validator).collect();
            assert_ok!(set(&accounts));
            now = pass(chain, now);
            assert_validators(expected);
        }
        let sessions = pallet_session::CurrentIndex::<Runtime>::get();
        pass(chain, now);
        assert_eq!(
            pallet_session::CurrentIndex::<Runtime>::get(),
            sessions,
            "no session ends without a change"
        );
    });
}

#[test]
fn validators_should_be_refused_when_they_are_none_twice_or_without_keys() {
    on_chain(&development(), |chain| {
        chain.block_of(Terms::of(0).release(0).from, Vec::new());
        let alice = Sr25519Keyring::Alice;
        assert_noop!(set(&[]), Error::NoValidator);
        assert_noop!(set(&[alice, alice]), Error::NamedTwice);
        assert_noop!(set(&[alice, Sr25519Keyring::Eve]), Error::KeysNotSet);
        let accounts = vec![alice.to_account_id()].try_into().unwrap();
        assert_noop!(
            Validators::set(RuntimeOrigin::signed(Sr25519Keyring::Bob.to_account_id()), accounts),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}

#[test]
fn keys_should_be_refused_when_their_proof_is_not_the_owners() {
    on_chain(&development(), |chain| {
        chain.block_of(Terms::of(0).release(0).from, Vec::new());
        let keys = development_authority(EVE.0, EVE.1);
        let origin = RuntimeOrigin::signed(Sr25519Keyring::Alice.to_account_id());
        assert_noop!(
            Session::set_keys(origin, keys, Vec::new()),
            pallet_session::Error::<Runtime>::InvalidProof
        );
    });
}
