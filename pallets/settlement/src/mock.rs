//! A runtime for the tests: a market of four hours a day, whose other pallets are lists that a test fills.

use crate as pallet_settlement;
use frame::deps::frame_support::weights::WeightMeter;
use frame::deps::sp_core::{Pair, ed25519};
use frame::deps::sp_runtime::{AccountId32, traits::IdentityLookup};
use frame::testing_prelude::*;
use frame::token::fungible::{InspectHold, Mutate};
use market::api::{BillProof, Leaves};
use market::calendar::{Calendar, Calendars, Stage};
use market::clearing::{Clearing, Order, QueueKey, Trade};
use market::collateral::Exposure;
use market::debts::Change;
use market::merkle::Tree;
use market::participant::{Member, Parameters, PartsPerMillion, Registry};
use market::position::{Position, Positions};
use market::settlement::{Reading, TradeBook};
use market::tariff::{GridPrices, Prices};
use market::{Day, Delivery, Energy, Moment, Money, NetMoney, ParticipantId, Power, Price, Role};
use std::collections::{BTreeMap, BTreeSet};

pub const HOUR: u64 = 3_600_000;
pub const ETH: u128 = 1_000_000_000_000_000_000;

pub const LA1: ParticipantId = ParticipantId(0);
pub const LA2: ParticipantId = ParticipantId(1);
pub const LA3: ParticipantId = ParticipantId(2);
pub const MG1: ParticipantId = ParticipantId(3);
pub const RES: ParticipantId = ParticipantId(4);
pub const DSO: ParticipantId = ParticipantId(5);

pub const CALENDAR: Calendar = Calendar {
    version: 0,
    effective_from: 0,
    anchor: 1_000 * 24 * HOUR,
    period_length: HOUR,
    periods_per_day: 4,
    release_from: 2 * HOUR + HOUR / 2,
    release_to: 3 * HOUR,
};

/// The genesis hash of a test's chain.
pub const GENESIS: H256 = H256::repeat_byte(69);

/// The first hour of the market.
pub const FIRST: Delivery = Delivery { day: 0, period: 0 };

mock::runtime!(Settlement: pallet_settlement);

parameter_types! {
    pub static DisputeDeposit: u128 = 0;
    pub static Members: Vec<Member<AccountId32>> = members();
    pub static Agents: BTreeMap<AccountId32, ParticipantId> = (0..6).map(|id| (agent(id), ParticipantId(id))).collect();
    pub static Released: BTreeMap<(ParticipantId, Delivery), Position> = BTreeMap::new();
    /// Whose offers' cover was freed, of which period and position, and what it owed then.
    pub static Freed: Vec<(ParticipantId, Delivery, Position, i128)> = Vec::new();
    pub static Uncleared: BTreeSet<Delivery> = BTreeSet::new();
    pub static GridPricesNow: Option<GridPrices> = Some(prices(425_000_000));
    pub static Budget: Weight = Weight::from_parts(400_000_000_000, u64::MAX);
    pub static History: u16 = 2;
    /// Whose meters say nothing; those of all others that a test does not read count nothing.
    pub static Silent: BTreeSet<ParticipantId> = BTreeSet::new();
    pub const PotId: PalletId = PalletId(*b"grid/pot");
    /// Whether metering is paused, and by how much that makes the time for corrections longer.
    pub static MeteringPaused: bool = false;
    pub static PausedFor: u64 = 0;
}

pub fn prices(tariff: u64) -> GridPrices {
    GridPrices { tariff: Price::from_gwei(tariff), feed_in: Price::from_gwei(380_000_000) }
}

impl Calendars for Market {
    fn of(_: Day) -> Calendar {
        CALENDAR
    }
    fn at(_: Moment) -> Calendar {
        CALENDAR
    }
    fn is_paused(stage: Stage) -> bool {
        stage == Stage::Metering && MeteringPaused::get()
    }
    fn end_beside_pauses(_: Stage, from: Moment, length: u64) -> Moment {
        from + length + PausedFor::get()
    }
}

impl Prices for Market {
    fn prices(_: Delivery) -> Option<GridPrices> {
        GridPricesNow::get()
    }
    fn tariff_at(_: Day, _: u64) -> Option<Price> {
        GridPricesNow::get().map(|prices| prices.tariff)
    }
}

impl Clearing for Market {
    fn is_cleared(delivery: Delivery) -> bool {
        !Uncleared::get().contains(&delivery)
    }
}

impl Positions for Market {
    fn position(participant: ParticipantId, delivery: Delivery) -> Option<Position> {
        Released::get().get(&(participant, delivery)).copied()
    }
    fn total_volume(_: Delivery) -> Energy {
        Energy::ZERO
    }
    fn lowest_cost(_: Delivery) -> Option<Price> {
        None
    }
    fn next_offer(_: Delivery, _: Option<QueueKey>) -> Option<Order> {
        None
    }
    fn count_offer(_: Delivery, _: QueueKey, _: Energy) {}
}

impl Registry<AccountId32> for Market {
    fn acting(who: &AccountId32) -> Option<ParticipantId> {
        let own = Members::get().iter().find(|member| member.account == *who).map(|member| member.id);
        own.or_else(|| Agents::get().get(who).copied())
    }
    fn member(id: ParticipantId) -> Option<Member<AccountId32>> {
        Members::get().get(id.0 as usize).cloned()
    }
    fn name_of(id: ParticipantId) -> Option<String> {
        Self::member(id).map(|member| format!("{}-{}", member.role.name(), id.0))
    }
    fn count() -> u32 {
        Members::get().len() as u32
    }
    fn retail_supplier() -> Option<Member<AccountId32>> {
        Members::get().into_iter().rev().find(|member| member.role == Role::RetailSupplier)
    }
}

impl Exposure<AccountId32> for Market {
    fn free(member: &Member<AccountId32>, delivery: Delivery, position: Position) {
        Freed::mutate(|freed| freed.push((member.id, delivery, position, debt(member.id))));
    }
}

impl pallet_settlement::Config for Test {
    type WeightInfo = ();
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Treasurer = EnsureRoot<AccountId32>;
    type Board = EnsureRoot<AccountId32>;
    type Arbiter = EnsureRoot<AccountId32>;
    type Time = Market;
    type Registry = Market;
    type Calendars = Market;
    type Prices = Market;
    type Positions = Market;
    type Exposure = Market;
    type Clearing = Market;
    type HookBudget = Budget;
    type Blocks = Market;
    type CorrectionDays = ConstU32<2>;
    type DisputeDays = ConstU32<1>;
    type RetentionDays = ConstU32<4>;
    type RootRetentionDays = ConstU32<5>;
    type ReferenceDays = ConstU32<3>;
    type MaxReferences = ConstU32<3>;
    type HistoryDays = History;
    type DisputeDeposit = DisputeDeposit;
    type PalletId = PotId;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Market;
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper<AccountId32> for Market {
    fn set_time(now: Moment) {
        Now::set(now);
    }
    fn register(role: Role, meter: [u8; 32]) -> Member<AccountId32> {
        let member = Member { meter, ..member(Members::get().len() as u32, role) };
        Members::mutate(|members| members.push(member.clone()));
        System::inc_providers(&member.account);
        member
    }
    fn cover_offer(member: &Member<AccountId32>, delivery: Delivery) {
        release(member.id, delivery, offer(1_000));
    }
}

pub fn account(id: ParticipantId) -> AccountId32 {
    AccountId32::new([id.0 as u8 + 1; 32])
}

/// The account of a participant's agent.
pub fn agent(id: u32) -> AccountId32 {
    AccountId32::new(agent_pair(id).public().0)
}

pub fn agent_pair(id: u32) -> ed25519::Pair {
    ed25519::Pair::from_string(&agent_seed(id), None).unwrap()
}

pub fn agent_seed(id: u32) -> String {
    format!("//{id}//agent")
}

pub fn meter(id: ParticipantId) -> ed25519::Pair {
    ed25519::Pair::from_seed(&[id.0 as u8 + 1; 32])
}

pub fn member(id: u32, role: Role) -> Member<AccountId32> {
    let id = ParticipantId(id);
    Member {
        id,
        account: account(id),
        meter: meter(id).public().0,
        role,
        parameters: Parameters {
            alpha: PartsPerMillion(330_000),
            generation_cost: Price::ZERO,
            tie_line: Power::from_watts(200_000),
        },
        since: 0,
    }
}

pub fn members() -> Vec<Member<AccountId32>> {
    use Role::*;
    let roles =
        [LoadAggregator, LoadAggregator, LoadAggregator, Microgrid, RetailSupplier, DistributionOperator];
    (0..).zip(roles).map(|(id, role)| member(id, role)).collect()
}

/// The paper's balances, at the moment at which the first release opens.
pub fn new_test_ext() -> TestState {
    let balances = [(LA1, 1_500), (LA2, 1_500), (LA3, 1_500), (RES, 1_000)];
    let balances = balances.map(|(id, amount)| (account(id), amount * ETH)).to_vec();
    let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
    pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() }
        .assimilate_storage(&mut storage)
        .unwrap();
    pallet_settlement::GenesisConfig::<Test> { top_ups: vec![(2, 7 * ETH), (3, 0)], ..Default::default() }
        .assimilate_storage(&mut storage)
        .unwrap();
    let mut state = TestState::from(storage);
    let keystore = sp_keystore::testing::MemoryKeystore::new();
    state.register_extension(sp_keystore::KeystoreExt::new(keystore));
    state.execute_with(|| {
        Members::get().iter().for_each(|member| {
            System::inc_providers(&member.account);
        });
        block_at(CALENDAR.release(0).from);
    });
    state
}

/// Runs a test and the checks of the state behind it.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        Settlement::do_try_state().unwrap();
    });
}

/// Ends the block that runs, and begins one at a moment.
pub fn block_at(now: Moment) {
    Settlement::on_finalize(System::block_number());
    System::set_block_number(System::block_number() + 1);
    Now::set(now);
    let mut meter = WeightMeter::with_limit(Weight::MAX);
    Settlement::on_poll(System::block_number(), &mut meter);
    assert!(meter.consumed().all_lte(Budget::get()));
}

/// Begins a block in which readings of the period may be sent.
pub fn open_metering(delivery: Delivery) {
    block_at(CALENDAR.metering(delivery).from);
}

/// Lets the metering window of a period pass, so that it is settled.
pub fn close_metering(delivery: Delivery) {
    let window = CALENDAR.metering(delivery);
    block_at(window.from.max(Now::get()));
    read_others(delivery);
    block_at(window.to - 1);
    block_at(window.to);
}

/// The meters that are not read yet and are not silent have counted nothing.
fn read_others(delivery: Delivery) {
    if Settlement::next_to_settle().is_none_or(|next| next > delivery) {
        return;
    }
    let metered = Members::get().into_iter().filter(|member| member.has_line_from(CALENDAR.start(delivery)));
    for id in metered.map(|member| member.id).filter(|id| !Silent::get().contains(id)) {
        crate::Lines::<Test>::mutate(delivery, id, |line| {
            line.get_or_insert_default().reading.get_or_insert_default();
        });
    }
}

/// Lets only these meters say nothing.
pub fn silence(participants: impl IntoIterator<Item = ParticipantId>) {
    Silent::set(participants.into_iter().collect());
}

/// Sets what a participant's tie line carries in a period.
pub fn set_tie_line(participant: ParticipantId, watts: u64) {
    Members::mutate(|members| {
        members[participant.0 as usize].parameters.tie_line = Power::from_watts(watts);
    });
}

/// Settles all periods up to and with this one.
pub fn settle_through(last: Delivery) {
    while let Some(next) = Settlement::next_to_settle().filter(|next| *next <= last) {
        close_metering(next);
    }
}

pub fn wh(watt_hours: u64) -> Energy {
    Energy::from_watt_hours(watt_hours)
}

pub fn release(participant: ParticipantId, delivery: Delivery, position: Position) {
    Released::mutate(|released| released.insert((participant, delivery), position));
}

pub fn offer(energy: u64) -> Position {
    Position::Sell { energy: wh(energy), reserve: Price::from_gwei(380_000_000) }
}

/// What the auction does with a trade: the money goes to the seller, then the settlement hears of it.
pub fn trade(delivery: Delivery, buyer: ParticipantId, seller: ParticipantId, energy: u64, gwei: u64) {
    let trade = Trade { buyer, seller, energy: wh(energy), price: Price::from_gwei(gwei) };
    let amount = trade.price.amount(trade.energy).unwrap();
    Balances::transfer(&account(buyer), &account(seller), amount.planck(), Preservation::Expendable).unwrap();
    Settlement::traded(delivery, &trade, amount);
    Settlement::bid_left(delivery, buyer, trade.price);
}

pub fn reading(delivery: Delivery, net: i64) -> Reading {
    let energy = wh(net.unsigned_abs());
    let (energy_in, energy_out) = if net < 0 { (Energy::ZERO, energy) } else { (energy, Energy::ZERO) };
    Reading { delivery, energy_in, energy_out }
}

pub fn sign(reading: &Reading, participant: ParticipantId) -> ed25519::Signature {
    meter(participant).sign(&reading.signed_payload(GENESIS, participant))
}

pub fn read(participant: ParticipantId, delivery: Delivery, net: i64) -> DispatchResultWithPostInfo {
    let reading = reading(delivery, net);
    let signature = sign(&reading, participant);
    Settlement::submit_reading(RuntimeOrigin::signed(account(participant)), reading, signature)
}

/// Lets one dispute a line.
pub fn dispute(by: ParticipantId, delivery: Delivery, participant: ParticipantId) -> DispatchResult {
    Settlement::dispute(RuntimeOrigin::signed(account(by)), delivery, participant)
}

/// The proof of a participant's bill, as a client makes it.
pub fn proof(day: Day, participant: ParticipantId) -> Option<BillProof> {
    let Leaves { leaves, root, .. } = Settlement::leaves(day, 0, u32::MAX)?;
    BillProof::of(&Tree::new(leaves), root, participant)
}

pub fn free(participant: ParticipantId) -> u128 {
    Settlement::free(&account(participant)).planck()
}

pub fn held(participant: ParticipantId) -> u128 {
    Balances::total_balance_on_hold(&account(participant))
}

pub fn debt(participant: ParticipantId) -> i128 {
    Settlement::debt(participant).planck()
}

/// Makes a participant owe the supplier, or be owed where it is negative.
pub fn owes(participant: ParticipantId, planck: i128) {
    let (before, debt) = (Settlement::debt(participant), NetMoney::from_planck(planck));
    Settlement::write_debt(Change { member: participant, before, debt });
}

/// Takes all but this much from a participant.
pub fn leave(participant: ParticipantId, planck: u128) {
    let rest = free(participant) - planck;
    Balances::burn_from(
        &account(participant),
        rest,
        Preservation::Expendable,
        Precision::Exact,
        Fortitude::Polite,
    )
    .unwrap();
}

pub fn give(participant: ParticipantId, planck: u128) {
    Balances::mint_into(&account(participant), planck).unwrap();
}

/// The events of this pallet since the last call.
pub fn events() -> Vec<crate::Event<Test>> {
    let events = System::events().into_iter().filter_map(|record| match record.event {
        RuntimeEvent::Settlement(event) => Some(event),
        _ => None,
    });
    let events = events.collect();
    System::reset_events();
    events
}

pub fn eth(decimal: &str) -> Money {
    Money::parse_decimal(decimal).unwrap()
}
