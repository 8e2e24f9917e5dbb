//! The presets, and what their chains start with.

mod common;

use common::*;
use market::calendar::Calendars;
use runtime::genesis_config_presets::*;
use runtime::*;
use sp_genesis_builder::PresetId;
use sp_keyring::Sr25519Keyring;

#[test]
fn presets_should_build_when_they_are_listed() {
    for id in preset_names() {
        let json = get_preset(&id).unwrap();
        let patch = serde_json::from_slice(&json).unwrap();
        sp_io::TestExternalities::new(storage(&patch)).execute_with(|| {
            assert_eq!(pallet_participants::Count::<Runtime>::get(), 6, "{id:?}");
            Terms::of(0).validate().unwrap();
        });
    }
    assert_eq!(get_preset(&PresetId::from("no-such-preset")), None);
}

#[test]
fn preset_should_be_the_json_of_its_genesis() {
    let json = get_preset(&PresetId::from(DEVELOPMENT)).unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&json).unwrap(), genesis(&development()));
}

#[test]
fn development_should_start_with_the_papers_balances() {
    on_chain(&development(), |_| {
        for (name, eth) in [
            ("LA1", "1500"),
            ("LA2", "1500"),
            ("LA3", "1500"),
            ("MG1", "0"),
            ("RES", "1000"),
            ("LA4", "1500"),
        ] {
            assert_eq!(free(&account(name)), market::Money::parse_decimal(eth).unwrap(), "{name}");
            assert_eq!(free(&agent_account(name)).planck(), AGENT_FLOAT, "{name}'s agent");
        }
        assert_eq!(pallet_sudo::Key::<Runtime>::get(), Some(Sr25519Keyring::Alice.to_account_id()));
        assert_eq!(Aura::slot_duration(), 6_000);
    });
}

#[test]
fn local_testnet_should_have_four_validators_and_fast_slots() {
    on_chain(&local_testnet(), |chain| {
        assert_eq!(pallet_aura::Authorities::<Runtime>::get().len(), 4);
        assert_eq!(Grandpa::grandpa_authorities().len(), 4);
        assert_eq!(Aura::slot_duration(), 2_000);
        assert_eq!(Terms::of(0).day_length(), 480_000);
        // Two blocks within six seconds: the least time between them follows the slots.
        let now = Terms::of(0).release(0).from;
        chain.pass(now, now + 6_000);
        assert_eq!(System::block_number(), 3);
    });
}

#[test]
#[should_panic(expected = "genesis configuration of slots: slotDuration must be at least 2 ms, found 0")]
fn chain_should_not_start_when_a_slot_lasts_no_time() {
    storage(&genesis(&Genesis { slot_duration: 0, ..development() }));
}

#[test]
#[should_panic(expected = "genesis configuration of terms: a period must last at least sixteen slots")]
fn chain_should_not_start_when_its_slots_leave_nobody_a_turn_in_a_window() {
    // An eighth of its two minutes is 15 s.
    storage(&genesis(&Genesis { slot_duration: 8_000, ..local_testnet() }));
}

#[test]
fn participants_should_have_the_development_keys_of_their_names() {
    use sp_core::{Pair, ed25519, sr25519};
    let participants = development().participants;
    assert_eq!(participants.len(), 6);
    for Participant { name, account, agent, meter, .. } in &participants[..1] {
        let key =
            |purpose| ed25519::Pair::from_string(&format!("//{name}//{purpose}"), None).unwrap().public().0;
        let pair = sr25519::Pair::from_string(&format!("//{name}"), None).unwrap();
        assert_eq!(*account, pair.public().0.into());
        assert_eq!(*agent, key("agent").into());
        assert_eq!(*meter, key("meter"));
    }
    let nobody = Participant::with_development_keys(
        "",
        market::Role::LoadAggregator,
        Default::default(),
        Default::default(),
        market::Money::ZERO,
        market::Money::ZERO,
    );
    assert_eq!(nobody, None);
}
