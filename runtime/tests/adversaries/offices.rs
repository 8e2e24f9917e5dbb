//! An office's key is stolen: what its holder can do, and what ends it.

use super::*;
use crate::common::offices::{as_multi, multisig, name_of, newcomer, office_of, privileged};
use codec::Encode;
use market::Stage;
use pallet_offices::Office;
use runtime::genesis_config_presets::{Genesis, local_testnet};
use sp_runtime::DispatchError;

type Error = pallet_offices::Error<Runtime>;

/// The notices of the preset.
const BOARDS: u64 = 20_000;
const ROOTS: u64 = 40_000;

/// Plays on the preset without sudo, from a moment on.
fn on_network(test: impl FnOnce(&mut Chain, u64)) {
    on_chain(&local_testnet(), |chain| {
        let now = Terms::of(0).release(0).from;
        chain.block_of(now, Vec::new());
        test(chain, now);
    });
}

fn announce(office: Office, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
    let call = pallet_offices::Call::announce { office, call: Box::new(call.into()) };
    by_account(office.name(), call)
}

fn enact(who: &str, office: Office, number: u32, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
    by_account(who, pallet_offices::Call::enact { office, number, call: Box::new(call.into()) })
}

#[test]
fn office_should_do_nothing_of_anothers_when_its_key_is_stolen() {
    on_network(|chain, now| {
        let mut now = now;
        for call in privileged() {
            let named = office_of(&call);
            let others: Vec<_> = Office::ALL.into_iter().filter(|office| *office != named).collect();
            now += 2_000;
            let calls = others.iter().map(|office| by_account(office.name(), call.clone())).collect();
            for (office, result) in others.iter().zip(chain.block(now, calls)) {
                let refused = matches!(result, Ok(Err(DispatchError::BadOrigin)));
                assert!(refused, "{} by {office:?}: {result:?}", name_of(&call));
            }
        }
    });
}

#[test]
fn board_and_root_should_not_act_at_once_when_they_have_a_notice() {
    on_network(|chain, now| {
        let share = pallet_blind_auction::Call::set_deposit_share { share: Default::default() };
        let upgrade = frame_system::Call::authorize_upgrade { code_hash: Default::default() };
        let direct = vec![by_account("Board", share.clone()), by_account("Root", upgrade.clone())];
        for result in chain.block(now + 2_000, direct) {
            assert_refused(&result, DispatchError::BadOrigin);
        }
        let announced = vec![announce(Office::Board, share.clone()), announce(Office::Root, upgrade.clone())];
        chain.block_of(now + 4_000, announced);
        let early = vec![enact("Board", Office::Board, 0, share.clone())];
        assert_refused(&chain.block(now + BOARDS + 2_000, early)[0], Error::TooEarly);
        let made =
            vec![enact("LA1", Office::Board, 0, share), enact("LA2", Office::Root, 1, upgrade.clone())];
        let made = chain.block(now + BOARDS + 4_000, made);
        assert_eq!(made[0], Ok(Ok(())));
        assert_refused(&made[1], Error::TooEarly);
        assert_eq!(Runtime::settings().deposit_share, Default::default());
        assert!(System::authorized_upgrade().is_none());
        chain.block_of(now + ROOTS + 4_000, vec![enact("LA2", Office::Root, 1, upgrade)]);
        assert!(System::authorized_upgrade().is_some());
    });
}

#[test]
fn nobody_should_get_sudo_when_the_chain_has_none() {
    on_network(|chain, now| {
        assert_eq!(pallet_sudo::Key::<Runtime>::get(), None);
        let set_key = SudoCall::set_key { new: account("Root").into() };
        let mut now = now;
        for name in ["Root", "Board", "Alice", "LA1"] {
            now += 2_000;
            assert!(matches!(
                chain.block(now, vec![by_account(name, set_key.clone())])[..],
                [Ok(Err(_)) | Err(_)]
            ));
        }
        // Nor does root give it away, by whatever call: each would act without notice from then on.
        let set_key: RuntimeCall = set_key.into();
        let key = pallet_sudo::Key::<Runtime>::hashed_key().to_vec();
        let items = vec![(key, account("Root").encode())];
        let as_origin = Box::new(OriginCaller::system(frame_system::RawOrigin::Root));
        let ways: [RuntimeCall; 6] = [
            set_key.clone(),
            frame_system::Call::set_storage { items }.into(),
            frame_system::Call::set_code { code: vec![0] }.into(),
            pallet_utility::Call::batch_all { calls: vec![set_key.clone()] }.into(),
            pallet_utility::Call::dispatch_as { as_origin, call: Box::new(set_key.clone()) }.into(),
            BalancesCall::force_set_balance { who: account("Root").into(), new_free: 1 }.into(),
        ];
        for way in ways {
            now += 2_000;
            let results = chain.block(now, vec![announce(Office::Root, way)]);
            assert_refused(&results[0], Error::NotAnnounceable);
        }
        // What was announced is what is made.
        let announced = frame_system::Call::authorize_upgrade { code_hash: Default::default() };
        chain.block_of(now + 2_000, vec![announce(Office::Root, announced)]);
        let other = chain.block(now + 2_000 + ROOTS, vec![enact("Root", Office::Root, 0, set_key)]);
        assert_refused(&other[0], Error::OtherCall);
        assert_eq!(pallet_sudo::Key::<Runtime>::get(), None);
    });
}

#[test]
fn stolen_guardian_should_be_replaced_when_root_appoints_another() {
    on_network(|chain, now| {
        let appoint = pallet_offices::Call::appoint { office: Office::Guardian, account: account("Bob") };
        chain.block_of(now + 2_000, vec![announce(Office::Root, appoint.clone())]);
        let withdraw = |number| pallet_offices::Call::withdraw { office: Office::Root, number };
        let kept = chain.block(now + 4_000, vec![by_account("Guardian", withdraw(0))]);
        assert_refused(&kept[0], Error::NotTheGuardians);
        chain.block_of(now + 4_000 + ROOTS, vec![enact("LA1", Office::Root, 0, appoint)]);
        let pause = pallet_terms::Call::pause { stage: Stage::Reveal };
        let refused = chain.block(now + 6_000 + ROOTS, vec![by_account("Guardian", pause)]);
        assert_refused(&refused[0], DispatchError::BadOrigin);
    });
}

#[test]
fn upgrade_should_be_stopped_when_the_guardian_sees_it_in_time() {
    on_network(|chain, now| {
        let upgrade = frame_system::Call::authorize_upgrade { code_hash: Default::default() };
        chain.block_of(now + 2_000, vec![announce(Office::Root, upgrade.clone())]);
        let withdraw = |number| pallet_offices::Call::withdraw { office: Office::Root, number };
        let stranger = chain.block(now + 4_000, vec![by_account("LA1", withdraw(0))]);
        assert_refused(&stranger[0], Error::NotInOffice);
        chain.block_of(now + 6_000, vec![by_account("Guardian", withdraw(0))]);
        let gone = chain.block(now + 6_000 + ROOTS, vec![enact("LA1", Office::Root, 0, upgrade)]);
        assert_refused(&gone[0], Error::NotAnnounced);
    });
}

#[test]
fn treasurer_should_make_no_more_than_the_days_bound_when_its_key_is_stolen() {
    on_network(|chain, now| {
        let issuance = Balances::total_issuance();
        let participant = id("LA1");
        let mut now = now;
        let mut mint = |eth: u128, reference: u8| {
            now += 2_000;
            let amount = eth * market::units::PLANCK_PER_ETH;
            let reference = sp_core::H256::repeat_byte(reference);
            let mint = pallet_settlement::Call::mint { participant, amount, reference };
            chain.block(now, vec![by_account("Treasurer", mint)]).remove(0)
        };
        assert_eq!(mint(9_999, 1), Ok(Ok(())));
        assert_refused(&mint(2, 2), pallet_settlement::Error::<Runtime>::OverMintBound);
        // Standing orders count as well.
        let order = pallet_settlement::Call::set_top_up { participant, amount: u128::from(u64::MAX) };
        chain.block_of(now + 2_000, vec![by_account("Treasurer", order)]);
        let next = Terms::of(1).release(1).from;
        chain.block_of(next, Vec::new());
        let most = 2 * 10_000 * market::units::PLANCK_PER_ETH;
        assert!(Balances::total_issuance() <= issuance + most);
    });
}

#[test]
fn guardian_should_stop_the_market_no_longer_than_a_pause_when_its_key_is_stolen() {
    on_network(|chain, now| {
        let pause = pallet_terms::Call::pause { stage: Stage::Sealing };
        chain.block_of(now + 2_000, vec![by_account("Guardian", pause.clone())]);
        assert!(Runtime::clock().paused.contains(&Stage::Sealing));
        let over = now + 2_000 + 480_000;
        let again = chain.block(over, vec![by_account("Guardian", pause.clone())]);
        assert_refused(&again[0], pallet_terms::Error::<Runtime>::PausedTooLong);
        assert!(!Runtime::clock().paused.contains(&Stage::Sealing));
        // As long as it was paused it goes on.
        let again = chain.block(over + 478_000, vec![by_account("Guardian", pause)]);
        assert_refused(&again[0], pallet_terms::Error::<Runtime>::PausedTooLong);
    });
}

/// A network whose registrar is three people, two of whom have to sign.
fn of_three() -> Genesis {
    let three = multisig(&["Alice", "Bob", "Charlie"]);
    let mut genesis = local_testnet();
    for (office, holder) in &mut genesis.offices {
        if *office == Office::Registrar {
            *holder = three.clone();
        }
    }
    for name in ["Bob", "Charlie"] {
        genesis.endowed.push((account(name), market::units::PLANCK_PER_ETH));
    }
    genesis
}

#[test]
fn office_of_three_should_act_when_two_of_them_sign() {
    on_chain(&of_three(), |chain| {
        let now = Terms::of(0).release(0).from;
        chain.block_of(now, Vec::new());
        let register = pallet_participants::Call::register { participant: newcomer() };
        let register = RuntimeCall::from(register);
        let alone = chain.block(now + 2_000, vec![by_account("Alice", register.clone())]);
        assert_refused(&alone[0], DispatchError::BadOrigin);
        let first = as_multi("Alice", &["Bob", "Charlie"], None, register.clone());
        chain.block_of(now + 4_000, vec![first]);
        assert_eq!(Participants::acting(&account("LA9")), None);
        let waiting = pallet_multisig::Multisigs::<Runtime>::iter_values().next().unwrap();
        assert_eq!(Balances::reserved_balance(account("Alice")), waiting.deposit);
        #[cfg(feature = "try-runtime")]
        chain.try_state();
        let again = as_multi("Alice", &["Bob", "Charlie"], Some(waiting.when), register.clone());
        assert!(matches!(chain.block(now + 6_000, vec![again])[..], [Ok(Err(_))]));
        let second = as_multi("Charlie", &["Alice", "Bob"], Some(waiting.when), register);
        chain.block_of(now + 8_000, vec![second]);
        assert_eq!(Participants::acting(&account("LA9")), Some(ParticipantId(6)));
        assert_eq!(Balances::reserved_balance(account("Alice")), 0);
    });
}

#[test]
fn call_should_keep_its_rules_when_it_comes_through_a_multisig() {
    on_chain(&of_three(), |chain| {
        let now = Terms::of(0).release(0).from;
        let positions = vec![Position::NONE; Terms::of(0).periods_per_day.into()].try_into().unwrap();
        let release = RuntimeCall::from(pallet_energy_tasks::Call::release { day: 0, positions });
        let call = pallet_multisig::Call::as_multi_threshold_1 {
            other_signatories: vec![account("Bob")],
            call: Box::new(release.clone()),
        };
        // It acts for the account of both, which is nobody's, and the fee is kept.
        let before = total(&account("Alice"));
        let refused = chain.block(now, vec![by_account("Alice", call)]);
        assert_refused(&refused[0], pallet_energy_tasks::Error::<Runtime>::NotRegistered);
        assert!(total(&account("Alice")) < before);
        // A call that is free by itself is not when it is wrapped: its fee is the wrapper's.
        let before = total(&agent_account("LA1"));
        let wrapped = pallet_utility::Call::batch_all { calls: vec![release] };
        chain.block_of(now + 2_000, vec![by_agent("LA1", 0, wrapped)]);
        assert!(total(&agent_account("LA1")) < before);
    });
}
