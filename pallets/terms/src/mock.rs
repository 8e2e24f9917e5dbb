//! A runtime for the tests: an hourly market of LA1 and the retail supplier RES.

use crate::*;
use frame::testing_prelude::*;
use frame::traits::Time;
use market::books::{Books, Retention};
use market::participant::{Member, Parameters, Registry};
use market::tariff::TariffStep;
use market::{Calendar, Day, Moment, ParticipantId, Price, Role};

construct_runtime!(
    pub enum Test {
        System: frame_system,
        Terms: crate,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
}

parameter_types! {
    pub storage Now: Moment = 0;
    /// The first days whose releases are kept, and of which any may be left.
    pub storage Released: (Day, Day) = (0, 0);
    /// The first day that may still be corrected.
    pub storage Correctable: Option<Day> = None;
    /// The first day whose lines are kept.
    pub storage Kept: Option<Day> = None;
}

pub struct Market;

impl Time for Market {
    type Moment = Moment;

    fn now() -> Moment {
        Now::get()
    }
}

impl Books for Market {
    fn first_unsettled() -> Option<Day> {
        None
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

impl Retention for Market {
    fn first_kept() -> Day {
        Released::get().0
    }
    fn first_left() -> Day {
        Released::get().1
    }
}

impl Registry<u64> for Market {
    fn acting(who: &u64) -> Option<ParticipantId> {
        let of = if *who == AGENT { RES } else { *who };
        [LA1, RES].iter().position(|account| *account == of).map(|id| ParticipantId(id as u32))
    }
    fn member(id: ParticipantId) -> Option<Member<u64>> {
        let (account, role) =
            *[(LA1, Role::LoadAggregator), (RES, Role::RetailSupplier)].get(id.0 as usize)?;
        Some(Member { id, account, meter: [0; 32], role, parameters: Parameters::default(), since: 0 })
    }
    fn count() -> u32 {
        2
    }
    fn retail_supplier() -> Option<Member<u64>> {
        Self::member(ParticipantId(1))
    }
}

impl Config for Test {
    type Board = EnsureRoot<u64>;
    type Registrar = EnsureRoot<u64>;
    type Guardian = EnsureRoot<u64>;
    type Time = Market;
    type SlotDuration = ConstU64<SLOT>;
    type Registry = Market;
    type Books = Market;
    type Releases = Market;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Market;
}

#[cfg(feature = "runtime-benchmarks")]
impl BenchmarkHelper<u64> for Market {
    fn set_now(now: Moment) {
        Now::set(&now);
    }
    fn register_supplier() -> u64 {
        RES
    }
}

pub const LA1: u64 = 1;
pub const RES: u64 = 2;
pub const STRANGER: u64 = 3;
/// The supplier's.
pub const AGENT: u64 = 4;

/// The feed-in price, in gwei per kWh.
pub const FEED_IN: u64 = 380_000_000;
/// The tariff, in gwei per kWh.
pub const TARIFF: u64 = 725_000_000;

/// Length of a slot.
pub const SLOT: u64 = 6_000;

const HOUR: u64 = 3_600_000;

pub const fn price(gwei: u64) -> Price {
    Price::from_gwei(gwei)
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
        ..Default::default()
    }
}

pub fn new_test_ext() -> TestState {
    let config = RuntimeGenesisConfig { terms: genesis(), ..Default::default() };
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
        Terms::do_try_state().unwrap();
    });
}
