//! A runtime for the tests: LA1, LA2, MG1, PRO1, RES, MG2 and DSO, numbered from 0, in an hourly market, whose other
//! pallets are lists that a test fills.

use crate::*;
use frame::deps::sp_core::{H256, Pair, crypto::AccountId32, ed25519};
use frame::deps::sp_runtime::MultiSignature;
use frame::deps::sp_runtime::generic::{self, UncheckedExtrinsic};
use frame::testing_prelude::*;
use frame::traits::Time;
use market::books::Books;
use market::calendar::Calendars;
use market::clearing::Seed;
use market::participant::{Member, Parameters, PartsPerMillion, Registry};
use market::tariff::{GridPrices, Prices};
use market::{Calendar, Day, Delivery, Energy, Moment, ParticipantId, Position, Power, Price, Role, Stage};
use worker::{Agent, Transactions, sign};

pub type Extrinsic = UncheckedExtrinsic<AccountId32, RuntimeCall, MultiSignature, ()>;
type Block = generic::Block<generic::Header<u64, BlakeTwo256>, Extrinsic>;

construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Tasks: crate,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<u128>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = u128;
    type ExistentialDeposit = ConstU128<1>;
    type AccountStore = System;
    type RuntimeHoldReason = RuntimeHoldReason;
}

parameter_types! {
    pub storage Now: Moment = 0;
    /// Room for a handful of steps.
    pub storage HookBudget: Weight = <() as WeightInfo>::prune_step().saturating_mul(4);
    /// The first day that is not settled.
    pub storage Unsettled: Option<Day> = None;
    /// The calendars, in order of the day they apply from.
    pub storage CalendarsOfDays: Vec<Calendar> = vec![CALENDAR];
    /// The stages that are paused.
    pub storage PausedStages: Vec<Stage> = Vec::new();
    /// What the main grid asks and pays.
    pub storage PricesNow: GridPrices = GridPrices { tariff: price(TARIFF), feed_in: price(FEED_IN) };
    /// Those who may release and offer nothing new.
    pub storage SuspendedOnes: Vec<ParticipantId> = Vec::new();
    /// The roles of those who came after DSO.
    pub storage Newcomers: Vec<Role> = Vec::new();
}

pub struct Market;

impl Time for Market {
    type Moment = Moment;

    fn now() -> Moment {
        Now::get()
    }
}

impl Calendars for Market {
    fn of(day: Day) -> Calendar {
        *CalendarsOfDays::get().iter().rfind(|calendar| calendar.effective_from <= day).unwrap()
    }
    fn at(now: Moment) -> Calendar {
        let all = CalendarsOfDays::get();
        *all.iter().rfind(|calendar| calendar.day_start(calendar.effective_from) <= now).unwrap_or(&all[0])
    }
    fn is_paused(stage: Stage) -> bool {
        PausedStages::get().contains(&stage)
    }
}

impl Prices for Market {
    fn prices(_: Delivery) -> Option<GridPrices> {
        Some(PricesNow::get())
    }
    fn tariff_at(_: Day, _: u64) -> Option<Price> {
        Some(PricesNow::get().tariff)
    }
}

impl Seed for Market {
    fn seed() -> u64 {
        42
    }
}

impl Books for Market {
    fn first_unsettled() -> Option<Day> {
        Unsettled::get()
    }
    fn first_correctable() -> Option<Day> {
        None
    }
    fn first_kept() -> Option<Day> {
        None
    }
    fn is_settled_up(_: ParticipantId) -> bool {
        true
    }
}

impl Registry<AccountId32> for Market {
    fn acting(who: &AccountId32) -> Option<ParticipantId> {
        (0..Self::count()).map(ParticipantId).find(|id| {
            let name = name(*id);
            *who == account(&name) || *who == agent(&name)
        })
    }
    fn member(id: ParticipantId) -> Option<Member<AccountId32>> {
        let first = MEMBERS.get(id.0 as usize).map(|(_, role)| (*role, COST, TIE_LINE));
        let newcomer = || {
            let role = Newcomers::get().get(id.0 as usize - MEMBERS.len()).copied();
            role.map(|role| (role, 0, 1_000_000_000_000))
        };
        let (role, cost, tie_line) = first.or_else(newcomer)?;
        let parameters = Parameters {
            alpha: PartsPerMillion(500_000),
            generation_cost: price(if role.sells() { cost } else { 0 }),
            tie_line: Power::from_watts(tie_line),
        };
        Some(Member { id, account: account(&name(id)), meter: [0; 32], role, parameters, since: 0 })
    }
    fn name_of(id: ParticipantId) -> Option<String> {
        Some(name(id))
    }
    fn is_suspended(id: ParticipantId) -> bool {
        SuspendedOnes::get().contains(&id)
    }
    fn count() -> u32 {
        (MEMBERS.len() + Newcomers::get().len()) as u32
    }
    fn retail_supplier() -> Option<Member<AccountId32>> {
        Self::member(ParticipantId(4))
    }
}

impl Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Guardian = EnsureRoot<AccountId32>;
    type Board = EnsureRoot<AccountId32>;
    type Time = Market;
    type Registry = Market;
    type Calendars = Market;
    type Prices = Market;
    type Seed = Market;
    type MaxOffers = ConstU32<2>;
    type RetentionDays = ConstU32<2>;
    type Books = Market;
    type HookBudget = HookBudget;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Market;
}

impl Transactions<Call<Test>> for Test {
    fn transaction(call: Call<Test>, agent: &Agent, nonce: u32, tip: u32) -> Option<Vec<u8>> {
        let call = RuntimeCall::from(call);
        let signature = MultiSignature::Ed25519(sign(&agent.key, &(&call, nonce, tip).encode())?.into());
        Some(Extrinsic::new_signed(call, agent.account.clone(), signature, ()).encode())
    }
}

#[cfg(feature = "runtime-benchmarks")]
impl BenchmarkHelper<AccountId32> for Market {
    fn set_now(now: Moment) {
        Now::set(&now);
    }
    fn set_terms(calendar: Calendar, feed_in: Price) {
        CalendarsOfDays::set(&vec![calendar]);
        PricesNow::set(&GridPrices { tariff: Price::MAX_IN_MARKET, feed_in });
    }
    fn register(role: Role) -> AccountId32 {
        let id = ParticipantId(Market::count());
        Newcomers::set(&[Newcomers::get(), vec![role]].concat());
        account(&name(id))
    }
}

const MEMBERS: [(&str, Role); 7] = [
    ("LA1", Role::LoadAggregator),
    ("LA2", Role::LoadAggregator),
    ("MG1", Role::Microgrid),
    ("PRO1", Role::Prosumer),
    ("RES", Role::RetailSupplier),
    ("MG2", Role::Microgrid),
    ("DSO", Role::DistributionOperator),
];

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

fn name(id: ParticipantId) -> String {
    MEMBERS.get(id.0 as usize).map_or_else(|| format!("newcomer{}", id.0), |(name, _)| (*name).into())
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

pub fn new_test_ext() -> TestState {
    let tasks = crate::GenesisConfig { history_days: 2, ..Default::default() };
    let config = RuntimeGenesisConfig { tasks, ..Default::default() };
    let mut state = TestState::new(config.build_storage().unwrap());
    state.execute_with(|| {
        System::set_block_number(1);
        Now::set(&CALENDAR.release(0).from);
        // As the registry does, so that who has nothing free keeps its account.
        MEMBERS.iter().for_each(|(name, _)| {
            System::inc_providers(&account(name));
        });
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
