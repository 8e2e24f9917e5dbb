//! Each call: what it does, and every error it can give, with storage unchanged.

use crate::mock::*;
use crate::*;
use frame::deps::sp_runtime::traits::Zero;
use frame::testing_prelude::*;
use market::Power;
use market::participant::Member;

mod reinstate;
mod remove;
mod rotate_account;
mod rotate_agent;
mod rotate_meter;
mod suspend;

const LA1: ParticipantId = ParticipantId(0);
const RES: ParticipantId = ParticipantId(1);
/// Nobody's number.
const NOBODY: ParticipantId = ParticipantId(2);

/// Something that only the operator may do.
fn by_la1() -> RuntimeOrigin {
    RuntimeOrigin::signed(account_of("LA1"))
}

fn register(participant: Participant<AccountId>) -> DispatchResult {
    Members::register(RuntimeOrigin::root(), participant)
}

type AccountId = <Test as frame_system::Config>::AccountId;

#[test]
fn genesis_should_number_participants_when_it_lists_them() {
    build_and_execute(|| {
        assert_eq!(Count::<Test>::get(), 2);
        assert_eq!(Members::name_of(ParticipantId(0)).as_deref(), Some("LA1"));
        assert_eq!(Members::retail_supplier().map(|member| member.id), Some(ParticipantId(1)));
    });
}

#[test]
fn genesis_should_come_back_when_written_as_json_and_read() {
    let config = crate::GenesisConfig::<Test> { participants: vec![genesis("LA1", Role::LoadAggregator)] };
    let json = serde_json::to_value(&config).unwrap();
    assert_eq!(json["participants"][0]["role"], "LoadAggregator");
    assert_eq!(json["participants"][0]["parameters"]["alpha"], 330_000);
    let read: crate::GenesisConfig<Test> = serde_json::from_value(json).unwrap();
    assert_eq!(read.participants, config.participants);
}

#[test]
#[should_panic(expected = "participant LA 1 of the genesis configuration")]
fn genesis_should_stop_the_chain_when_a_participant_is_refused() {
    let participants =
        vec![GenesisParticipant { name: "LA 1".into(), ..genesis("LA1", Role::LoadAggregator) }];
    TestState::default().execute_with(|| crate::GenesisConfig::<Test> { participants }.build());
}

#[test]
fn register_should_give_the_next_number_when_all_is_well() {
    build_and_execute(|| {
        let mg = participant("MG1", Role::Microgrid);
        Now::set(7);
        assert_ok!(register(mg.clone()));
        let id = ParticipantId(2);
        let stored = Registered { participant: mg.clone(), since: 7 };
        assert_eq!(crate::Participants::<Test>::get(id), Some(stored));
        assert_eq!(Members::acting(&mg.account), Some(id));
        assert_eq!(Members::acting(&mg.agent), Some(id));
        assert_eq!(Members::count(), 3);
        assert_eq!(
            Members::member(id),
            Some(Member {
                id,
                account: mg.account.clone(),
                meter: mg.meter,
                role: Role::Microgrid,
                parameters: parameters(),
                since: 7,
            })
        );
        System::assert_last_event(
            Event::Registered { id, account: mg.account.clone(), agent: mg.agent.clone(), role: mg.role }
                .into(),
        );
    });
}

#[test]
fn register_should_give_provider_references_when_accounts_have_no_balance() {
    build_and_execute(|| {
        let mg = participant("MG1", Role::Microgrid);
        assert!(System::providers(&mg.account).is_zero());
        assert_ok!(register(mg.clone()));
        assert_eq!((System::providers(&mg.account), System::providers(&mg.agent)), (1, 1));
    });
}

#[test]
fn register_should_be_refused_when_the_origin_is_not_the_operator() {
    build_and_execute(|| {
        let origin = RuntimeOrigin::signed(account_of("LA1"));
        assert_noop!(
            Members::register(origin, participant("MG1", Role::Microgrid)),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn register_should_be_refused_when_the_name_is_no_name() {
    build_and_execute(|| {
        for name in ["", "MG 1", "MG/1", "MGé"] {
            let mut mg = participant("MG1", Role::Microgrid);
            mg.name = name.as_bytes().to_vec().try_into().unwrap();
            assert_noop!(register(mg), Error::<Test>::BadName);
        }
    });
}

#[test]
fn register_should_be_refused_when_the_name_is_taken() {
    build_and_execute(|| {
        let mg = Participant {
            name: participant("LA1", Role::Microgrid).name,
            ..participant("MG1", Role::Microgrid)
        };
        assert_noop!(register(mg), Error::<Test>::NameTaken);
    });
}

#[test]
fn register_should_be_refused_when_an_account_acts_already() {
    build_and_execute(|| {
        let la = participant("LA1", Role::LoadAggregator);
        let mg = participant("MG1", Role::Microgrid);
        for taken in [&la.account, &la.agent] {
            let as_account = Participant { account: taken.clone(), ..mg.clone() };
            assert_noop!(register(as_account), Error::<Test>::AlreadyRegistered);
            let as_agent = Participant { agent: taken.clone(), ..mg.clone() };
            assert_noop!(register(as_agent), Error::<Test>::AlreadyRegistered);
        }
    });
}

#[test]
fn register_should_be_refused_when_the_agent_is_the_account() {
    build_and_execute(|| {
        let mut mg = participant("MG1", Role::Microgrid);
        mg.agent = mg.account.clone();
        assert_noop!(register(mg), Error::<Test>::AgentIsAccount);
    });
}

#[test]
fn register_should_be_refused_when_there_is_a_supplier() {
    build_and_execute(|| {
        assert_noop!(register(participant("RES2", Role::RetailSupplier)), Error::<Test>::SupplierExists);
    });
}

#[test]
fn register_should_be_refused_when_no_more_participants_fit() {
    build_and_execute(|| {
        assert_ok!(register(participant("MG1", Role::Microgrid)));
        assert_ok!(register(participant("MG2", Role::Microgrid)));
        assert_noop!(register(participant("MG3", Role::Microgrid)), Error::<Test>::TooManyParticipants);
    });
}

fn bad_parameters() -> [Parameters; 5] {
    [
        Parameters { alpha: PartsPerMillion(0), ..parameters() },
        Parameters { alpha: PartsPerMillion(1_000_001), ..parameters() },
        Parameters { generation_cost: Price::from_gwei(Price::MAX_IN_MARKET.gwei() + 1), ..parameters() },
        Parameters { tie_line: Power::from_watts(1_000_000_000_001), ..parameters() },
        Parameters { tie_line: Power::MAX, ..parameters() },
    ]
}

#[test]
fn register_should_be_refused_when_parameters_are_out_of_range() {
    build_and_execute(|| {
        for parameters in bad_parameters() {
            let mg = Participant { parameters, ..participant("MG1", Role::Microgrid) };
            assert_noop!(register(mg), Error::<Test>::BadParameters);
        }
    });
}

#[test]
fn parameters_should_change_when_the_operator_sets_them() {
    build_and_execute(|| {
        let id = ParticipantId(0);
        let parameters = Parameters { alpha: PartsPerMillion::ONE, ..parameters() };
        assert_ok!(Members::set_parameters(RuntimeOrigin::root(), id, parameters));
        assert_eq!(Members::member(id).map(|member| member.parameters), Some(parameters));
        System::assert_last_event(Event::ParametersSet { id, parameters }.into());
    });
}

#[test]
fn parameters_should_stay_when_they_are_refused() {
    build_and_execute(|| {
        let id = ParticipantId(0);
        let set = |origin, id, parameters| Members::set_parameters(origin, id, parameters);
        assert_noop!(
            set(RuntimeOrigin::signed(account_of("LA1")), id, parameters()),
            DispatchError::BadOrigin
        );
        assert_noop!(
            set(RuntimeOrigin::root(), ParticipantId(2), parameters()),
            Error::<Test>::NotRegistered
        );
        for parameters in bad_parameters() {
            assert_noop!(set(RuntimeOrigin::root(), id, parameters), Error::<Test>::BadParameters);
        }
    });
}

/// Corrupts the storage and gives what the checks say.
fn complaint(corrupt: impl FnOnce()) -> String {
    new_test_ext().execute_with(|| {
        corrupt();
        match Members::do_try_state() {
            Err(DispatchError::Other(message)) => message.into(),
            other => panic!("the corrupted storage passes: {other:?}"),
        }
    })
}

fn corrupt_first(change: impl FnOnce(&mut Participant<AccountId>)) {
    crate::Participants::<Test>::mutate(ParticipantId(0), |entry| {
        change(&mut entry.as_mut().unwrap().participant)
    });
}

#[test]
fn checks_should_fail_when_numbers_are_not_dense() {
    assert_eq!(complaint(|| Count::<Test>::put(5)), "more participants than fit");
    let message = "a number below the count is nobody's, or of two";
    assert_eq!(complaint(|| Count::<Test>::put(3)), message);
    assert_eq!(complaint(|| Removed::<Test>::insert(LA1, Role::Microgrid)), message);
    let message = "a participant has a number that was not given";
    assert_eq!(complaint(|| Count::<Test>::put(1)), message);
    assert_eq!(complaint(|| Removed::<Test>::insert(NOBODY, Role::Microgrid)), message);
}

#[test]
fn checks_should_fail_when_the_wrong_ones_are_suspended() {
    let suspend = |who: &str, id| Acting::<Test>::insert(account_of(who), Actor::new(id).suspended(true));
    assert_eq!(complaint(|| suspend("LA1//agent", LA1)), "an account does not know whether it is suspended");
    let supplier = || ["RES", "RES//agent"].into_iter().for_each(|who| suspend(who, RES));
    assert_eq!(complaint(supplier), "the retail supplier is suspended");
}

#[test]
fn checks_should_fail_when_accounts_do_not_act() {
    assert_eq!(
        complaint(|| Acting::<Test>::remove(account_of("LA1//agent"))),
        "an account or agent does not act for its participant"
    );
    assert_eq!(
        complaint(|| Acting::<Test>::insert(account_of("X"), Actor::new(ParticipantId(0)))),
        "an account acts for a participant that does not know it"
    );
}

#[test]
fn checks_should_fail_when_names_are_wrong() {
    let x = participant("X", Role::Microgrid).name;
    assert_eq!(complaint(|| corrupt_first(|la| la.name = x)), "a participant is not found by its name");
    let x = participant("X", Role::Microgrid).name;
    assert_eq!(complaint(|| Names::<Test>::insert(x, ParticipantId(0))), "a name has no participant");
}

#[test]
fn checks_should_fail_when_the_supplier_is_another() {
    let message = "the retail supplier is another, or there are several";
    assert_eq!(complaint(|| RetailSupplier::<Test>::put(ParticipantId(0))), message);
    assert_eq!(complaint(|| corrupt_first(|la| la.role = Role::RetailSupplier)), message);
}

#[test]
fn checks_should_fail_when_parameters_are_out_of_range() {
    assert_eq!(
        complaint(|| corrupt_first(|la| la.parameters.alpha = PartsPerMillion(0))),
        "a parameter is out of range"
    );
}

#[test]
fn checks_should_fail_when_an_account_has_no_provider() {
    assert_eq!(
        complaint(|| {
            System::dec_providers(&account_of("LA1")).unwrap();
        }),
        "an account has no provider reference"
    );
}
