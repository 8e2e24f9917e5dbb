//! A runtime for the tests.

use crate::*;
use frame::deps::sp_core::{Pair, crypto::AccountId32, ed25519};
use frame::testing_prelude::*;
use market::Power;

type Block = MockBlock<Test>;

construct_runtime!(
    pub enum Test {
        System: frame_system,
        Members: crate,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

impl Config for Test {
    type Registrar = EnsureRoot<AccountId32>;
    type Guardian = EnsureRoot<AccountId32>;
    type MaxParticipants = ConstU32<4>;
    type Time = Ledger;
    type Books = Ledger;
    type Offers = Ledger;
    type Holds = Ledger;
    type WeightInfo = ();
}

parameter_types! {
    pub static Now: Moment = 0;
    /// Those of whom something is open.
    pub static Open: Vec<ParticipantId> = Vec::new();
    /// Those whose standing offers were voided.
    pub static Voided: Vec<ParticipantId> = Vec::new();
}

/// The books of the tests.
pub struct Ledger;

impl Time for Ledger {
    type Moment = Moment;
    fn now() -> Moment {
        Now::get()
    }
}

impl Holds<AccountId32> for Ledger {
    fn follow(id: ParticipantId, _: &AccountId32, to: &AccountId32) -> Option<Money> {
        // The new account has to be able to hold.
        assert!(System::providers(to) > 0);
        (!Open::get().contains(&id)).then_some(Money::from_planck(7))
    }
}

impl Books for Ledger {
    fn first_unsettled() -> Option<market::Day> {
        None
    }
    fn first_correctable() -> Option<market::Day> {
        None
    }
    fn first_kept() -> Option<market::Day> {
        None
    }
    fn is_settled_up(participant: ParticipantId) -> bool {
        !Open::get().contains(&participant)
    }
}

impl StandingOffers for Ledger {
    fn void(participant: ParticipantId) {
        Voided::mutate(|voided| voided.push(participant));
    }
}

/// A raw seed, as keystores read it: a phrase would cost much time.
fn seed(name: &str) -> String {
    format!("{:?}", H256(blake2_256(name.as_bytes())))
}

/// The key that a name stands for.
pub fn key(name: &str) -> ed25519::Public {
    ed25519::Pair::from_string(&seed(name), None).unwrap().public()
}

/// The account of a name's key.
pub fn account_of(name: &str) -> AccountId32 {
    AccountId32::new(key(name).0)
}

pub fn parameters() -> Parameters {
    Parameters {
        alpha: PartsPerMillion(330_000),
        generation_cost: Price::from_gwei(300_000_000),
        tie_line: Power::from_watts(200_000),
    }
}

/// A participant with accounts made of its name.
pub fn participant(name: &str, role: Role) -> Participant<AccountId32> {
    Participant {
        name: name.as_bytes().to_vec().try_into().unwrap(),
        account: account_of(name),
        agent: account_of(&format!("{name}//agent")),
        meter: key(&format!("{name}//meter")).0,
        role,
        kinds: Kinds::default(),
        parameters: parameters(),
    }
}

/// The same in the form of the genesis configuration.
pub fn genesis(name: &str, role: Role) -> GenesisParticipant<AccountId32> {
    let Participant { account, agent, meter, kinds, parameters, .. } = participant(name, role);
    GenesisParticipant { name: name.into(), account, agent, meter: H256(meter), role, kinds, parameters }
}

pub fn new_test_ext() -> TestState {
    let participants = vec![genesis("LA1", Role::LoadAggregator), genesis("RES", Role::RetailSupplier)];
    let config = RuntimeGenesisConfig { members: GenesisConfig { participants }, ..Default::default() };
    let mut state = TestState::new(config.build_storage().unwrap());
    state.execute_with(|| System::set_block_number(1));
    state
}

/// Runs a test, and then every check of the storage.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        Members::do_try_state().unwrap();
    });
}
