//! A runtime for the tests: an hourly market of four periods a day, whose other pallets are lists that a
//! test fills.

use crate as pallet_blind_auction;
use crate::{Event, Phase};
use frame::deps::frame_support::weights::WeightMeter;
use frame::deps::sp_core::{H256, Pair, ed25519};
use frame::deps::sp_runtime::{AccountId32, traits::IdentityLookup};
use frame::testing_prelude::*;
use frame::token::fungible::{Inspect, InspectHold, Mutate};
use market::calendar::{Calendar, Calendars, Stage, Window};
use market::clearing::{Order, Pricing, QueueKey, Seed, Trade, lot};
use market::collateral::Pot;
use market::commitment::{Salt, commitment};
use market::debts::DebtBook;
use market::participant::{Member, Parameters, PartsPerMillion, Registry};
use market::position::{Position, Positions};
use market::settlement::TradeBook;
use market::tariff::{GridPrices, Prices};
use market::{Day, Delivery, Energy, Moment, Money, ParticipantId, Power, Price, Role};
use std::collections::{BTreeMap, BTreeSet};

pub const HOUR: u64 = 3_600_000;
pub const ETH: u128 = 1_000_000_000_000_000_000;

pub const LA1: ParticipantId = ParticipantId(0);
pub const LA2: ParticipantId = ParticipantId(1);
pub const LA3: ParticipantId = ParticipantId(2);
pub const MG1: ParticipantId = ParticipantId(3);
pub const MG2: ParticipantId = ParticipantId(4);
pub const RES: ParticipantId = ParticipantId(5);
pub const PROSUMER: ParticipantId = ParticipantId(6);

/// What each participant that buys has at the start.
pub const PURSE: u128 = 1_500 * ETH;

/// Gwei per kWh: what the grid asks and pays, and the lowest generation cost.
pub const TARIFF: u64 = 1_000;
pub const FEED_IN: u64 = 300;
pub const COST: u64 = 200;

/// A hook's budget: a fifth of two seconds.
pub const PLENTY: Weight = Weight::from_parts(400_000_000_000, u64::MAX);

pub const SEED: u64 = 42;
pub const SALT: Salt = [9; 32];

/// Where forfeited deposits go.
pub const POT: AccountId32 = AccountId32::new([0x90; 32]);

pub const CALENDAR: Calendar = Calendar {
    version: 0,
    effective_from: 0,
    anchor: 1_000 * 24 * HOUR,
    period_length: HOUR,
    periods_per_day: 4,
    release_from: HOUR,
    release_to: 2 * HOUR,
};

/// The first period of the market.
pub const FIRST: Delivery = Delivery { day: 0, period: 0 };
/// The one behind it.
pub const SECOND: Delivery = Delivery { day: 0, period: 1 };

mock::runtime!(Auction: pallet_blind_auction);

parameter_types! {
    pub static Members: Vec<Member<AccountId32>> = members();
    pub static Released: BTreeMap<(Delivery, ParticipantId), Position> = BTreeMap::new();
    pub static GridPricesNow: Option<GridPrices> = Some(grid_prices());
    pub static Debtors: BTreeSet<ParticipantId> = BTreeSet::new();
    /// What meters counted outwards at the time of a period on the days before.
    pub static Delivered: BTreeMap<(Delivery, ParticipantId), Vec<Energy>> = BTreeMap::new();
    /// What counts of offers that were cut.
    pub static Counted: BTreeMap<(Delivery, ParticipantId), Energy> = BTreeMap::new();
    pub static Trades: Vec<(Delivery, Trade, Money)> = Vec::new();
    pub static Left: Vec<(Delivery, ParticipantId, Price)> = Vec::new();
    pub static Forfeited: Vec<(Delivery, ParticipantId, Money)> = Vec::new();
    pub static Budget: Weight = PLENTY;
    /// What a block leaves at its end: enough to count it.
    pub static Idle: Weight = <() as crate::WeightInfo>::poll();
    pub static SuspendedOnes: BTreeSet<ParticipantId> = BTreeSet::new();
    /// An agent that acts instead of the participant's first one.
    pub static RotatedAgent: Option<(AccountId32, ParticipantId)> = None;
    /// Stages that are paused, and windows of which some part was.
    pub static PausedStages: Vec<Stage> = Vec::new();
    pub static PausedWindows: Vec<(Stage, Window)> = Vec::new();
}

pub fn grid_prices() -> GridPrices {
    GridPrices { tariff: Price::from_gwei(TARIFF), feed_in: Price::from_gwei(FEED_IN) }
}

impl Calendars for Market {
    fn of(_: Day) -> Calendar {
        CALENDAR
    }
    fn at(_: Moment) -> Calendar {
        CALENDAR
    }
    fn is_paused(stage: Stage) -> bool {
        PausedStages::get().contains(&stage)
    }
    fn was_paused(stage: Stage, window: Window) -> bool {
        PausedWindows::get().contains(&(stage, window))
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

impl Seed for Market {
    fn seed() -> u64 {
        SEED
    }
}

/// The offers of a period, in their order.
pub fn offers(delivery: Delivery) -> Vec<Order> {
    let mut offers: Vec<_> = Released::get()
        .into_iter()
        .filter_map(|((of, seller), position)| match position {
            Position::Sell { energy, reserve } if of == delivery => Some(Order {
                key: QueueKey::of_offer(reserve, lot(SEED, delivery, seller), seller),
                open: Counted::get().get(&(delivery, seller)).copied().unwrap_or(energy),
            }),
            _ => None,
        })
        .collect();
    offers.sort_by_key(|offer| offer.key);
    offers
}

impl Positions for Market {
    fn position(participant: ParticipantId, delivery: Delivery) -> Option<Position> {
        Released::get().get(&(delivery, participant)).copied()
    }
    fn total_volume(delivery: Delivery) -> Energy {
        let of_period = |((of, _), position): ((Delivery, _), Position)| {
            if of == delivery { position.shortage() } else { Energy::ZERO }
        };
        Released::get().into_iter().map(of_period).sum()
    }
    fn lowest_cost(delivery: Delivery) -> Option<Price> {
        offers(delivery).iter().any(|offer| !offer.open.is_zero()).then_some(Price::from_gwei(COST))
    }
    fn next_offer(delivery: Delivery, after: Option<QueueKey>) -> Option<Order> {
        offers(delivery).into_iter().find(|offer| after.is_none_or(|after| after < offer.key))
    }
    fn count_offer(delivery: Delivery, offer: QueueKey, energy: Energy) {
        Counted::mutate(|counted| counted.insert((delivery, offer.participant()), energy));
    }
}

impl TradeBook for Market {
    fn traded(delivery: Delivery, trade: &Trade, amount: Money) {
        Trades::mutate(|trades| trades.push((delivery, *trade, amount)));
    }
    fn bid_left(delivery: Delivery, bidder: ParticipantId, bid: Price) {
        Left::mutate(|left| left.push((delivery, bidder, bid)));
    }
}

impl Pot<AccountId32> for Market {
    fn account() -> AccountId32 {
        POT
    }
    fn forfeited(delivery: Delivery, bidder: ParticipantId, amount: Money) {
        Forfeited::mutate(|all| all.push((delivery, bidder, amount)));
    }
}

impl DebtBook for Market {
    fn is_debtor(participant: ParticipantId) -> bool {
        Debtors::get().contains(&participant)
    }
    fn delivered(participant: ParticipantId, delivery: Delivery) -> impl Iterator<Item = Energy> {
        Delivered::get().remove(&(delivery, participant)).unwrap_or_default().into_iter()
    }
}

impl Registry<AccountId32> for Market {
    fn acting(who: &AccountId32) -> Option<ParticipantId> {
        let members = Members::get();
        let own = members.iter().find(|member| member.account == *who);
        if let Some((rotated, id)) = RotatedAgent::get()
            && (*who == rotated || *who == agent(id))
        {
            return (*who == rotated).then_some(id);
        }
        let found = own.or_else(|| members.iter().find(|member| agent(member.id) == *who));
        found.map(|member| member.id)
    }
    fn member(id: ParticipantId) -> Option<Member<AccountId32>> {
        Members::get().get(id.0 as usize).cloned()
    }
    fn count() -> u32 {
        Members::get().len() as u32
    }
    fn retail_supplier() -> Option<Member<AccountId32>> {
        Self::member(RES)
    }
    fn is_suspended(id: ParticipantId) -> bool {
        SuspendedOnes::get().contains(&id)
    }
}

impl pallet_blind_auction::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Time = Market;
    type Registry = Market;
    type Calendars = Market;
    type Prices = Market;
    type Positions = Market;
    type TradeBook = Market;
    type DebtBook = Market;
    type Seed = Market;
    type Board = EnsureRoot<AccountId32>;
    type Blocks = Market;
    type HookBudget = Budget;
    type Pot = Market;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Market;
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper<AccountId32> for Market {
    fn delivery() -> Delivery {
        FIRST
    }
    fn set_now(now: Moment) {
        Now::set(now);
    }
    fn buyer(delivery: Delivery, volume: Energy) -> (ParticipantId, AccountId32) {
        let id = register(Role::LoadAggregator);
        Balances::mint_into(&account(id), PURSE).unwrap();
        put(delivery, id, Position::Buy(volume));
        (id, account(id))
    }
    fn seller(delivery: Delivery, energy: Energy, reserve: Price) -> (ParticipantId, AccountId32) {
        let id = register(Role::Microgrid);
        put(delivery, id, Position::Sell { energy, reserve });
        (id, account(id))
    }
    fn indebt(seller: ParticipantId, delivery: Delivery) {
        Debtors::mutate(|debtors| debtors.insert(seller));
        delivered(delivery, seller, &[1]);
    }
}

pub fn account(id: ParticipantId) -> AccountId32 {
    let mut bytes = [1; 32];
    bytes[..4].copy_from_slice(&id.0.to_be_bytes());
    AccountId32::new(bytes)
}

/// A raw seed: deriving one from the development phrase takes long.
pub fn agent_seed(id: ParticipantId) -> String {
    format!("0x{:064x}", id.0 + 1)
}

/// The account of a participant's agent.
pub fn agent(id: ParticipantId) -> AccountId32 {
    AccountId32::new(ed25519::Pair::from_string(&agent_seed(id), None).unwrap().public().0)
}

fn member(id: ParticipantId, role: Role) -> Member<AccountId32> {
    let parameters = Parameters {
        alpha: PartsPerMillion(330_000),
        generation_cost: Price::from_gwei(COST),
        tie_line: Power::from_watts(200_000),
    };
    Member { id, account: account(id), meter: [0; 32], role, parameters, since: 0 }
}

fn members() -> Vec<Member<AccountId32>> {
    use Role::*;
    let roles =
        [LoadAggregator, LoadAggregator, LoadAggregator, Microgrid, Microgrid, RetailSupplier, Prosumer];
    (0..).zip(roles).map(|(id, role)| member(ParticipantId(id), role)).collect()
}

/// Adds a participant, without money.
pub fn register(role: Role) -> ParticipantId {
    let id = ParticipantId(Members::get().len() as u32);
    Members::mutate(|members| members.push(member(id, role)));
    System::inc_providers(&account(id));
    id
}

/// A market before its first sealing, in a block.
pub fn new_test_ext() -> TestState {
    with_pricing(Pricing::PayAsBid)
}

pub fn with_pricing(pricing: Pricing) -> TestState {
    Budget::set(PLENTY);
    Author::set(Some(0));
    Validators::set(1);
    Members::set(members());
    Released::take();
    Debtors::take();
    Delivered::take();
    Counted::take();
    SuspendedOnes::take();
    PausedStages::take();
    PausedWindows::take();
    Trades::take();
    Left::take();
    Forfeited::take();
    let balances = [LA1, LA2, LA3, PROSUMER].map(|id| (account(id), PURSE)).to_vec();
    let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
    pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() }
        .assimilate_storage(&mut storage)
        .unwrap();
    pallet_blind_auction::GenesisConfig::<Test> { pricing, ..Default::default() }
        .assimilate_storage(&mut storage)
        .unwrap();
    let mut state = TestState::from(storage);
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
    execute(Pricing::PayAsBid, test);
}

/// Runs a test with a way to find prices, and the checks of the state behind it.
pub fn execute(pricing: Pricing, test: impl FnOnce()) {
    with_pricing(pricing).execute_with(|| {
        let issued = Balances::total_issuance();
        test();
        Auction::do_try_state().unwrap();
        assert_eq!(Balances::total_issuance(), issued, "money was made or lost");
    });
}

/// Begins a block at a moment; it counts as one with room for reveals.
pub fn block_at(now: Moment) {
    System::set_block_number(System::block_number() + 1);
    Now::set(now);
    let mut meter = WeightMeter::with_limit(Weight::MAX);
    Auction::on_poll(System::block_number(), &mut meter);
    assert!(meter.consumed().all_lte(Budget::get()), "the hook went over its budget");
    Auction::on_idle(System::block_number(), Idle::get());
}

pub fn open_sealing(delivery: Delivery) {
    block_at(CALENDAR.sealing(delivery).from);
}

/// Lets the reveal window open, with as many blocks as are needed for deposits to be forfeited.
pub fn open_reveal(delivery: Delivery) {
    let from = CALENDAR.reveal(delivery).from;
    (0..u64::from(MinBlocks::get())).for_each(|block| block_at(from + block));
}

/// Lets the period begin, in one block.
pub fn close_reveal(delivery: Delivery) {
    block_at(CALENDAR.reveal(delivery).to);
}

pub fn wh(watt_hours: u64) -> Energy {
    Energy::from_watt_hours(watt_hours)
}

pub fn gwei(gwei: u64) -> Price {
    Price::from_gwei(gwei)
}

/// What an energy in watt-hours costs at a price in gwei per kWh.
pub fn cost(watt_hours: u64, price: u64) -> u128 {
    gwei(price).amount(wh(watt_hours)).unwrap().planck()
}

/// The deposit of a volume in watt-hours.
pub fn deposit(watt_hours: u64) -> u128 {
    cost(watt_hours, TARIFF) / 10
}

pub fn put(delivery: Delivery, id: ParticipantId, position: Position) {
    Released::mutate(|released| released.insert((delivery, id), position));
}

pub fn release(delivery: Delivery, id: ParticipantId, watt_hours: u64) {
    put(delivery, id, Position::Buy(wh(watt_hours)));
}

pub fn offer(delivery: Delivery, id: ParticipantId, watt_hours: u64, reserve: u64) {
    put(delivery, id, Position::Sell { energy: wh(watt_hours), reserve: gwei(reserve) });
}

/// Lets a meter have counted this much outwards at the time of a period on the days before.
pub fn delivered(delivery: Delivery, id: ParticipantId, watt_hours: &[u64]) {
    Delivered::mutate(|all| all.insert((delivery, id), watt_hours.iter().copied().map(wh).collect()));
}

pub fn commitment_of(id: ParticipantId, delivery: Delivery, price: u64) -> H256 {
    commitment(Auction::genesis(), id, delivery, gwei(price), &SALT)
}

pub fn seal(id: ParticipantId, delivery: Delivery, price: u64) -> DispatchResultWithPostInfo {
    let origin = RuntimeOrigin::signed(account(id));
    Auction::seal(origin, delivery, commitment_of(id, delivery, price), gwei(TARIFF))
}

pub fn reveal(id: ParticipantId, delivery: Delivery, price: u64) -> DispatchResultWithPostInfo {
    Auction::reveal(RuntimeOrigin::signed(account(id)), delivery, gwei(price), SALT)
}

pub fn must_seal(id: ParticipantId, delivery: Delivery, price: u64) {
    assert_ok!(seal(id, delivery, price));
}

pub fn must_reveal(id: ParticipantId, delivery: Delivery, price: u64) {
    assert_ok!(reveal(id, delivery, price));
}

/// Seals and reveals bids of a period in which their volumes are released, and leaves its window open.
pub fn bid(delivery: Delivery, bids: &[(ParticipantId, u64)]) {
    open_sealing(delivery);
    bids.iter().for_each(|(id, price)| must_seal(*id, delivery, *price));
    open_reveal(delivery);
    bids.iter().for_each(|(id, price)| must_reveal(*id, delivery, *price));
}

pub fn free(id: ParticipantId) -> u128 {
    Balances::balance(&account(id))
}

pub fn held(id: ParticipantId) -> u128 {
    Balances::total_balance_on_hold(&account(id))
}

/// Takes all but this much from a participant, and keeps it for somebody else.
pub fn leave(id: ParticipantId, planck: u128) {
    let away = AccountId32::new([0xee; 32]);
    Balances::transfer(&account(id), &away, free(id) - planck, Preservation::Expendable).unwrap();
}

/// The trades so far: buyer, seller, watt-hours, gwei per kWh.
pub fn trades() -> Vec<(ParticipantId, ParticipantId, u64, u64)> {
    let of = |(_, trade, _): (Delivery, Trade, Money)| {
        (trade.buyer, trade.seller, trade.energy.watt_hours(), trade.price.gwei())
    };
    Trades::get().into_iter().map(of).collect()
}

/// The events of this pallet since the last call.
pub fn events() -> Vec<Event<Test>> {
    let events = System::events().into_iter().filter_map(|record| match record.event {
        RuntimeEvent::Auction(event) => Some(event),
        _ => None,
    });
    let events = events.collect();
    System::reset_events();
    events
}

pub fn phase() -> Phase<AccountId32> {
    crate::Progress::<Test>::get().phase
}
