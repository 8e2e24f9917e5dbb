//! A runtime for the tests: LA1, LA2, MG1, PRO1, RES, MG2 and DSO, numbered from 0, in an hourly market.

use crate::*;
use frame::deps::sp_core::{H256, Pair, crypto::AccountId32, ed25519};
use frame::deps::sp_runtime::MultiSignature;
use frame::deps::sp_runtime::generic::{self, UncheckedExtrinsic};
use frame::testing_prelude::*;
use frame::traits::Time;
use market::books::Books;
use market::participant::{Kinds, Parameters, PartsPerMillion};
use market::tariff::TariffStep;
use market::{Calendar, Day, Energy, Moment, ParticipantId, Position, Power, Price, Role};
use pallet_participants::GenesisParticipant;
use worker::{Agent, Transactions, sign};

pub type Extrinsic = UncheckedExtrinsic<AccountId32, RuntimeCall, MultiSignature, ()>;
type Block = generic::Block<generic::Header<u64, BlakeTwo256>, Extrinsic>;

construct_runtime!(
    pub enum Test {
        System: frame_system,
        Members: pallet_participants,
        Tasks: crate,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

impl pallet_participants::Config for Test {
    type Operator = EnsureRoot<AccountId32>;
    type MaxParticipants = ConstU32<16>;
    type Books = ();
    type WeightInfo = ();
}

parameter_types! {
    pub storage Now: Moment = 0;
    /// Room for a handful of steps.
    pub storage HookBudget: Weight = <() as WeightInfo>::prune_step().saturating_mul(4);
}

parameter_types! {
    /// The first day that is not settled.
    pub storage Unsettled: Option<Day> = None;
    /// The first day that may still be corrected.
    pub storage Correctable: Option<Day> = None;
    /// The first day whose lines are kept.
    pub storage Kept: Option<Day> = None;
}

/// The books of the tests.
pub struct Ledger;

impl Books for Ledger {
    fn first_unsettled() -> Option<Day> {
        Unsettled::get()
    }
    fn first_correctable() -> Option<Day> {
        Correctable::get()
    }
    fn first_kept() -> Option<Day> {
        Kept::get()
    }
    fn is_settled_up(_: ParticipantId) -> bool {
        true
    }
}

/// The clock of the tests.
pub struct Clock;

impl Time for Clock {
    type Moment = Moment;

    fn now() -> Moment {
        Now::get()
    }
}

impl Config for Test {
    type Operator = EnsureRoot<AccountId32>;
    type Time = Clock;
    type Registry = Members;
    type MaxOffers = ConstU32<2>;
    type RetentionDays = ConstU32<2>;
    type Books = Ledger;
    type HookBudget = HookBudget;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Helper;
}

impl Transactions<Call<Test>> for Test {
    fn transaction(call: Call<Test>, agent: &Agent, nonce: u32, tip: u32) -> Option<Vec<u8>> {
        let call = RuntimeCall::from(call);
        let signature = MultiSignature::Ed25519(sign(&agent.key, &(&call, nonce, tip).encode())?.into());
        Some(Extrinsic::new_signed(call, agent.account.clone(), signature, ()).encode())
    }
}

#[cfg(feature = "runtime-benchmarks")]
pub struct Helper;

#[cfg(feature = "runtime-benchmarks")]
impl BenchmarkHelper<AccountId32> for Helper {
    fn set_now(now: Moment) {
        Now::set(&now);
    }

    fn register(role: Role) -> AccountId32 {
        if role == Role::RetailSupplier {
            pallet_participants::RetailSupplier::<Test>::kill();
        }
        let mut entry = member(&format!("bench{}", pallet_participants::Count::<Test>::get()), role);
        entry.parameters.generation_cost = Price::ZERO;
        entry.parameters.tie_line = Power::from_watts(1_000_000_000_000);
        Members::register(RuntimeOrigin::root(), entry.clone().try_into().unwrap()).unwrap();
        entry.account
    }
}

pub const LA1: ParticipantId = ParticipantId(0);
pub const MG1: ParticipantId = ParticipantId(2);
pub const PRO1: ParticipantId = ParticipantId(3);

/// The feed-in price, in gwei per kWh.
pub const FEED_IN: u64 = 380_000_000;
/// The tariff, in gwei per kWh.
pub const TARIFF: u64 = 725_000_000;
/// MG1's and PRO1's generation cost, in gwei per kWh.
pub const COST: u64 = 400_000_000;
/// What a tie line carries in a period, in watt-hours.
pub const TIE_LINE: u64 = 200_000;

const HOUR: u64 = 3_600_000;

/// A raw seed, as keystores read it: a phrase would cost much time.
pub fn seed(name: &str) -> String {
    format!("{:?}", H256(blake2_256(name.as_bytes())))
}

/// The key that a name stands for.
pub fn key(name: &str) -> ed25519::Public {
    ed25519::Pair::from_string(&seed(name), None).unwrap().public()
}

/// The account of a participant.
pub fn account(name: &str) -> AccountId32 {
    AccountId32::new(key(name).0)
}

/// The account of a participant's agent.
pub fn agent(name: &str) -> AccountId32 {
    account(&format!("{name}//agent"))
}

fn member(name: &str, role: Role) -> GenesisParticipant<AccountId32> {
    GenesisParticipant {
        name: name.into(),
        account: account(name),
        agent: agent(name),
        meter: H256(key(&format!("{name}//meter")).0),
        role,
        kinds: Kinds::default(),
        parameters: Parameters {
            alpha: PartsPerMillion(500_000),
            generation_cost: if role.sells() { price(COST) } else { Price::ZERO },
            tie_line: Power::from_watts(TIE_LINE),
        },
    }
}

pub const fn price(gwei: u64) -> Price {
    Price::from_gwei(gwei)
}

pub const fn energy(watt_hours: u64) -> Energy {
    Energy::from_watt_hours(watt_hours)
}

pub const fn buy(watt_hours: u64) -> Position {
    Position::Buy(energy(watt_hours))
}

pub const fn sell(watt_hours: u64, reserve: u64) -> Position {
    Position::Sell { energy: energy(watt_hours), reserve: price(reserve) }
}

/// The hourly calendar: release from 16:00 to 17:00.
pub const CALENDAR: Calendar = Calendar {
    version: 0,
    effective_from: 0,
    anchor: 1_000 * 24 * HOUR,
    period_length: HOUR,
    periods_per_day: 24,
    release_from: 16 * HOUR,
    release_to: 17 * HOUR,
};

/// One step for the whole day.
pub fn flat(gwei: u64) -> Vec<TariffStep> {
    vec![TariffStep { from: 0, to: 24 * HOUR, price: price(gwei) }]
}

pub fn genesis() -> crate::GenesisConfig<Test> {
    crate::GenesisConfig {
        calendar: Some(CALENDAR),
        tariff: flat(TARIFF),
        feed_in: price(FEED_IN),
        bounds: TariffBounds { lowest: price(FEED_IN), highest: price(2 * TARIFF) },
        seed: 42,
        history_days: 2,
        ..Default::default()
    }
}

pub fn new_test_ext() -> TestState {
    let participants = vec![
        member("LA1", Role::LoadAggregator),
        member("LA2", Role::LoadAggregator),
        member("MG1", Role::Microgrid),
        member("PRO1", Role::Prosumer),
        member("RES", Role::RetailSupplier),
        member("MG2", Role::Microgrid),
        member("DSO", Role::DistributionOperator),
    ];
    let config = RuntimeGenesisConfig {
        members: pallet_participants::GenesisConfig { participants },
        tasks: genesis(),
        ..Default::default()
    };
    let mut state = TestState::new(config.build_storage().unwrap());
    state.execute_with(|| {
        System::set_block_number(1);
        Now::set(&CALENDAR.release(0).from);
    });
    state
}

/// Runs a test in day 0's release window, and then every check of the storage.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        Tasks::do_try_state().unwrap();
    });
}
