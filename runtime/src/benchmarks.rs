//! What is measured, and the state that the market's benchmarks need.

use crate::*;
use alloc::{format, string::String, vec::Vec};
use codec::Encode;
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList, baseline::Pallet as BaselineBench};
use frame_support::BoundedVec;
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys, fungible::Mutate};
use frame_system_benchmarking::{Pallet as SystemBench, extensions::Pallet as SystemExtensionsBench};
use market::calendar::{Calendars, MAX_PERIODS, Stage};
use market::clearing::{QueueKey, lot};
use market::participant::{Kinds, Member, Parameters, PartsPerMillion, Registry};
use market::tariff::{MAX_STEPS, Prices, TariffStep};
use market::units::PLANCK_PER_ETH;
use market::{
    Calendar, Delivery, Energy, Moment, Money, NetEnergy, NetMoney, ParticipantId, Position, Power, Price,
    Role,
};

frame_benchmarking::define_benchmarks!(
    [frame_benchmarking, BaselineBench::<Runtime>]
    [frame_system, SystemBench::<Runtime>]
    [frame_system_extensions, SystemExtensionsBench::<Runtime>]
    [pallet_timestamp, Timestamp]
    [pallet_balances, Balances]
    [pallet_transaction_payment, TransactionPayment]
    [pallet_sudo, Sudo]
    [pallet_utility, Utility]
    [pallet_multisig, Multisig]
    [pallet_offices, Offices]
    [pallet_participants, Participants]
    [pallet_terms, Terms]
    [pallet_energy_tasks, EnergyTasks]
    [pallet_blind_auction, BlindAuction]
    [pallet_settlement, Settlement]
    [validators, Validators]
);

impl frame_system_benchmarking::Config for Runtime {}
impl frame_benchmarking::baseline::Config for Runtime {}
impl pallet_transaction_payment::BenchmarkConfig for Runtime {}

/// What can be measured.
pub fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
    let mut list = Vec::new();
    list_benchmarks!(list, extra);
    (list, AllPalletsWithSystem::storage_info())
}

/// Measures.
pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
    let whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
    let mut batches = Vec::new();
    let params = (&config, &whitelist);
    add_benchmarks!(params, batches);
    Ok(batches)
}

/// Makes the state of other pallets. Measuring needs a chain of the preset `development`.
pub struct Helper;

impl Helper {
    /// Registers a participant with the widest tie line and a meter key.
    fn enrol(role: Role, meter: [u8; 32]) -> Member<AccountId> {
        if role == Role::RetailSupplier
            && let Some(id) = pallet_participants::RetailSupplier::<Runtime>::take()
        {
            pallet_participants::Participants::<Runtime>::mutate(id, |supplier| {
                if let Some(supplier) = supplier {
                    supplier.participant.role = Role::DistributionOperator;
                }
            });
        }
        let number = pallet_participants::Count::<Runtime>::get();
        let key = |purpose: u8| AccountId::from(sp_io::hashing::blake2_256(&(purpose, number).encode()));
        let name = format!("bench{number}").into_bytes();
        let participant = pallet_participants::Participant {
            name: name.try_into().unwrap_or_default(),
            account: key(0),
            agent: key(1),
            meter,
            role,
            kinds: Kinds::default(),
            parameters: Parameters {
                alpha: PartsPerMillion::ONE,
                generation_cost: Price::ZERO,
                tie_line: Power::from_watts(1_000_000_000_000),
            },
        };
        let registered = Participants::register(RuntimeOrigin::root(), participant);
        assert!(registered.is_ok(), "{registered:?}");
        // It has lines from the first period on.
        pallet_participants::Participants::<Runtime>::mutate(ParticipantId(number), |registered| {
            registered.iter_mut().for_each(|registered| registered.since = 0);
        });
        Participants::member(ParticipantId(number)).expect("it was registered; qed")
    }
}

impl Helper {
    /// Makes it this moment, and this slot.
    fn set_clock(now: Moment) {
        pallet_timestamp::Now::<Runtime>::put(now);
        let slot = now.checked_div(Aura::slot_duration()).unwrap_or_default();
        pallet_aura::CurrentSlot::<Runtime>::put(sp_consensus_aura::Slot::from(slot));
    }
}

/// Terms as large as they may be.
impl Helper {
    /// Lets the most versions of a calendar, of a tariff with the most steps and of a feed-in price apply, each from a day of
    /// its own on, behind the most pauses of all stages.
    fn fill_terms(calendar: Calendar, tariff: Price, feed_in: Price) {
        use pallet_terms::{
            CalendarVersions, FeedInVersion, FeedInVersions, MAX_PAUSES, MAX_VERSIONS, Pause, Pauses, Steps,
            TariffSteps, TariffVersion, TariffVersions,
        };
        let days = 0..MAX_VERSIONS;
        let calendars = days.clone().map(|day| Calendar { version: day, effective_from: day, ..calendar });
        CalendarVersions::<Runtime>::put(BoundedVec::truncate_from(calendars.collect()));
        let length = calendar.day_length().checked_div(MAX_STEPS.into()).unwrap_or_default();
        let starts = (0..u64::from(MAX_STEPS)).map(|step| step.saturating_mul(length));
        let steps = starts.map(|from| TariffStep { from, to: from.saturating_add(length), price: tariff });
        let steps = Steps::truncate_from(steps.collect());
        let tariffs = days.clone().map(|day| {
            TariffSteps::<Runtime>::insert(day, &steps);
            TariffVersion { effective_from: day, replacements: 0 }
        });
        TariffVersions::<Runtime>::put(BoundedVec::truncate_from(tariffs.collect()));
        let feed_ins = days.map(|day| FeedInVersion { effective_from: day, price: feed_in });
        FeedInVersions::<Runtime>::put(BoundedVec::truncate_from(feed_ins.collect()));
        let pauses: Vec<_> = (0..MAX_PAUSES.into()).map(|at| Pause { from: at, to: Some(at) }).collect();
        for stage in Stage::ALL {
            Pauses::<Runtime>::insert(stage, BoundedVec::truncate_from(pauses.clone()));
        }
    }

    /// The same in a day of the genesis' length, of the most periods.
    fn fill_days() {
        let calendar = Terms::of(0);
        let period_length = calendar.day_length().checked_div(MAX_PERIODS.into()).unwrap_or_default();
        let calendar = Calendar { period_length, periods_per_day: MAX_PERIODS, ..calendar };
        Self::fill_terms(calendar, Price::from_gwei(725_000_000), Terms::feed_in(0));
    }
}

/// The books of releases, as a participant's release would write them.
impl Helper {
    /// Writes one position for all periods of a day, its volume and offers included.
    fn write_release(id: ParticipantId, delivery: Delivery, position: Position) {
        let periods = Terms::of(delivery.day).periods_per_day;
        let length = usize::from(periods);
        let release = pallet_energy_tasks::Release {
            positions: alloc::vec![position; length].try_into().unwrap_or_default(),
            replacements: 0,
        };
        pallet_energy_tasks::Releases::<Runtime>::insert(delivery.day, id, release);
        pallet_energy_tasks::Sums::<Runtime>::mutate(delivery.day, |sums| {
            let mut all = core::mem::take(sums).into_inner();
            all.resize(length, Default::default());
            for sum in &mut all {
                sum.volume = sum.volume.saturating_add(position.shortage());
                if matches!(position, Position::Sell { .. }) {
                    sum.lowest_cost = Some(Price::ZERO);
                    sum.offers = sum.offers.saturating_add(1);
                }
            }
            *sums = all.try_into().unwrap_or_default();
        });
        let Position::Sell { energy, reserve } = position else { return };
        let seed = pallet_terms::MarketSeed::<Runtime>::get();
        for period in 0..periods {
            let delivery = Delivery { period, ..delivery };
            let key = QueueKey::of_offer(reserve, lot(seed, delivery, id), id);
            let offer = pallet_energy_tasks::Offer { energy, ..Default::default() };
            pallet_energy_tasks::Offers::<Runtime>::insert(delivery, key, offer);
        }
    }

    /// A funded participant with a position.
    fn trader(role: Role, delivery: Delivery, position: Position) -> (ParticipantId, AccountId) {
        let member = Self::enrol(role, [0; 32]);
        let funded = Balances::mint_into(&member.account, 1_000_000 * PLANCK_PER_ETH);
        assert!(funded.is_ok(), "{funded:?}");
        Self::write_release(member.id, delivery, position);
        (member.id, member.account)
    }
}

impl pallet_terms::BenchmarkHelper<AccountId> for Helper {
    fn set_now(now: Moment) {
        Self::set_clock(now);
    }

    fn register_supplier() -> AccountId {
        Self::enrol(Role::RetailSupplier, [0; 32]).account
    }
}

impl pallet_energy_tasks::BenchmarkHelper<AccountId> for Helper {
    fn set_now(now: Moment) {
        Self::set_clock(now);
    }

    fn set_terms(calendar: Calendar, feed_in: Price) {
        Self::fill_terms(calendar, Price::MAX_IN_MARKET, feed_in);
    }

    fn register(role: Role) -> AccountId {
        Self::enrol(role, [0; 32]).account
    }
}

impl pallet_blind_auction::BenchmarkHelper<AccountId> for Helper {
    fn delivery() -> Delivery {
        Self::fill_days();
        Delivery { day: market::settlement::MOST_HISTORY_DAYS, period: MAX_PERIODS.saturating_sub(1) }
    }

    fn set_now(now: Moment) {
        Self::set_clock(now);
    }

    fn buyer(delivery: Delivery, volume: Energy) -> (ParticipantId, AccountId) {
        Self::trader(Role::LoadAggregator, delivery, Position::Buy(volume))
    }

    fn seller(delivery: Delivery, energy: Energy, reserve: Price) -> (ParticipantId, AccountId) {
        let reserve = reserve.max(Terms::feed_in(delivery.day));
        Self::trader(Role::Microgrid, delivery, Position::Sell { energy, reserve })
    }

    fn indebt(seller: ParticipantId, delivery: Delivery) {
        use pallet_settlement::types::{Line, Settled};
        pallet_settlement::Debts::<Runtime>::insert(seller, NetMoney::from_planck(1));
        pallet_energy_tasks::HistoryDays::<Runtime>::put(u16::MAX);
        let reading = NetEnergy::from_watt_hours(-1);
        let settled = Settled {
            block: 1,
            role: Role::Microgrid,
            expected: None,
            actual: Some(reading),
            estimated: false,
            balanced: reading,
            balanced_money: NetMoney::ZERO,
            grid_only: NetMoney::ZERO,
        };
        let line = Line { reading: Some(reading), settled: Some(settled), ..Default::default() };
        for day in delivery.day.saturating_sub(market::settlement::MOST_HISTORY_DAYS)..delivery.day {
            pallet_settlement::Lines::<Runtime>::insert(Delivery { day, ..delivery }, seller, line);
        }
    }

    fn leave_out_shared(delivery: Delivery) {
        use pallet_energy_tasks::Sums;
        use pallet_terms::{
            CalendarVersions, FeedInVersions, MarketSeed, Pauses, TariffSteps, TariffVersions,
        };
        let shared = [
            pallet_timestamp::Now::<Runtime>::hashed_key().to_vec(),
            CalendarVersions::<Runtime>::hashed_key().to_vec(),
            Pauses::<Runtime>::hashed_key_for(Stage::Sealing),
            Pauses::<Runtime>::hashed_key_for(Stage::Reveal),
            Pauses::<Runtime>::hashed_key_for(Stage::Execution),
            TariffVersions::<Runtime>::hashed_key().to_vec(),
            TariffSteps::<Runtime>::hashed_key_for(delivery.day),
            FeedInVersions::<Runtime>::hashed_key().to_vec(),
            Sums::<Runtime>::hashed_key_for(delivery.day),
            MarketSeed::<Runtime>::hashed_key().to_vec(),
            pallet_blind_auction::Pricing::<Runtime>::hashed_key().to_vec(),
            pallet_blind_auction::DepositShare::<Runtime>::hashed_key().to_vec(),
            pallet_blind_auction::Next::<Runtime>::hashed_key().to_vec(),
        ];
        // What is left out here is what the hook's weight bears.
        assert_eq!(u64::try_from(shared.len()), Ok(pallet_blind_auction::SHARED_READS));
        for key in shared {
            frame_benchmarking::benchmarking::add_to_whitelist(key.into());
        }
    }
}

impl pallet_settlement::BenchmarkHelper<AccountId> for Helper {
    fn set_time(now: Moment) {
        Self::set_clock(now);
    }

    fn register(role: Role, meter: [u8; 32]) -> Member<AccountId> {
        Self::fill_days();
        Self::enrol(role, meter)
    }

    fn cover_offer(member: &Member<AccountId>, delivery: Delivery) {
        use frame_support::traits::fungible::MutateHold;
        let position = Position::Sell { energy: Energy::from_watt_hours(1_000), reserve: Price::ZERO };
        Self::write_release(member.id, delivery, position);
        let seed = pallet_terms::MarketSeed::<Runtime>::get();
        let key = QueueKey::of_offer(Price::ZERO, lot(seed, delivery, member.id), member.id);
        pallet_energy_tasks::Offers::<Runtime>::mutate(delivery, key, |offer| {
            if let Some(offer) = offer {
                offer.held = Money::from_planck(1);
            }
        });
        let reason = pallet_energy_tasks::HoldReason::Exposure.into();
        let held = Balances::hold(&reason, &member.account, 1);
        assert!(held.is_ok(), "{held:?}");
    }
}
