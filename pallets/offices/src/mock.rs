//! A runtime for the tests.

use crate::*;
use frame::testing_prelude::*;
use frame::traits::Time;
use market::Moment;

construct_runtime!(
    pub enum Test {
        System: frame_system,
        Offices: crate,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
}

parameter_types! {
    pub static Now: Moment = 0;
    pub const OfBoard: Office = Office::Board;
    pub const OfGuardian: Office = Office::Guardian;
}

pub struct Clock;

impl Time for Clock {
    type Moment = Moment;

    fn now() -> Moment {
        Now::get()
    }
}

/// All but remarks without an event.
pub struct Announceable;

impl Contains<RuntimeCall> for Announceable {
    fn contains(call: &RuntimeCall) -> bool {
        !matches!(call, RuntimeCall::System(frame_system::Call::remark { .. }))
    }
}

impl Config for Test {
    type RuntimeCall = RuntimeCall;
    type Announceable = Announceable;
    type Time = Clock;
    type WeightInfo = ();
}

pub const GUARDIAN: u64 = 1;
pub const BOARD: u64 = 2;
pub const ROOT: u64 = 3;
pub const STRANGER: u64 = 4;
/// The notice of the board; root's is twice as long.
pub const NOTICE: Moment = 1_000;

pub fn genesis() -> crate::GenesisConfig<Test> {
    crate::GenesisConfig {
        holders: vec![(Office::Guardian, GUARDIAN), (Office::Board, BOARD), (Office::Root, ROOT)],
        notices: vec![(Office::Board, NOTICE), (Office::Root, 2 * NOTICE)],
    }
}

pub fn new_test_ext() -> TestState {
    let config = RuntimeGenesisConfig { offices: genesis(), ..Default::default() };
    let mut state = TestState::new(config.build_storage().unwrap());
    state.execute_with(|| System::set_block_number(1));
    state
}

/// Runs a test, and then every check of the storage.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        Offices::do_try_state().unwrap();
    });
}
