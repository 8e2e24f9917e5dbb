//! The accounts, and the states that a chain starts with.

use market::clearing::Pricing;
use market::participant::{Kinds, Parameters, PartsPerMillion};
use market::tariff::TariffStep;
use market::units::PLANCK_PER_ETH;
use market::{Calendar, Moment, Money, Power, Price, Role};
use pallet_offices::Office;
use runtime::genesis_config_presets::{Genesis, Participant, bounds_around, development, genesis};
use runtime::{AccountId, RuntimeGenesisConfig};
use sp_core::crypto::DEV_PHRASE;
use sp_core::storage::Storage;
use sp_core::{DeriveJunction, Pair, ed25519, sr25519};
use sp_runtime::BuildStorage;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Length of a slot, in milliseconds.
pub const SLOT: u64 = 2_000;
/// Length of a period: 32 slots, so that a window of sealing or reveal has four.
pub const PERIOD: u64 = 32 * SLOT;
/// Periods a day.
pub const PERIODS: u16 = 4;
/// How long a stage may be paused, where there is a bound.
pub const LONGEST_PAUSE: u64 = 8 * SLOT;
/// Start of day 0.
pub const ANCHOR: Moment = 1_767_225_600_000;
/// Everybody's tie line carries 7,111 Wh in a period.
pub const TIE_LINE: Power = Power::from_watts(400_000);

/// Who is registered from the start; the retail supplier may be missing.
pub const MEMBERS: [(&str, Role, u64, u64); 8] = [
    ("LA1", Role::LoadAggregator, 1_500, 40),
    ("LA2", Role::LoadAggregator, 300, 20),
    ("LA3", Role::LoadAggregator, 4, 1),
    ("PRO1", Role::Prosumer, 200, 5),
    ("MG1", Role::Microgrid, 0, 0),
    ("MG2", Role::Microgrid, 10, 0),
    ("DSO", Role::DistributionOperator, 1, 0),
    ("RES", Role::RetailSupplier, 60, 0),
];
/// Whom the operator may register later.
pub const NEWCOMERS: [&str; 5] = ["NEW1", "NEW2", "NEW3", "NEW4", "NEW5"];
/// Who has money and takes no part.
pub const STRANGER: &str = "Eve";
/// Who may use the operator's origin.
pub const OPERATOR: &str = "Alice";

/// A key that signs transactions.
#[derive(Clone)]
pub enum Key {
    /// Of a person's wallet.
    Wallet(Box<sr25519::Pair>),
    /// Of an agent.
    Agent(Box<ed25519::Pair>),
}

/// The keys of one name.
#[derive(Clone)]
pub struct Person {
    /// The name.
    pub name: &'static str,
    /// Its account.
    pub account: AccountId,
    /// The account of its agent.
    pub agent: AccountId,
    /// The key of its meter.
    pub meter: ed25519::Pair,
}

struct Keys {
    people: Vec<Person>,
    signers: BTreeMap<AccountId, Key>,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let wallets = sr25519::Pair::from_phrase(DEV_PHRASE, None).expect("a phrase").0;
    let devices = ed25519::Pair::from_phrase(DEV_PHRASE, None).expect("a phrase").0;
    let device = |name: &str, purpose: &str| {
        let path = [name, purpose].map(|part| DeriveJunction::from(part).harden());
        devices.derive(path.into_iter(), None).expect("hard derivation").0
    };
    let names = MEMBERS.iter().map(|(name, ..)| *name).chain(NEWCOMERS).chain([STRANGER, OPERATOR]);
    let mut keys = Keys { people: Vec::new(), signers: BTreeMap::new() };
    for name in names {
        let path = [DeriveJunction::from(name).harden()];
        let wallet = wallets.derive(path.into_iter(), None).expect("hard derivation").0;
        let agent = device(name, "agent");
        let (account, agent_account): (AccountId, AccountId) =
            (wallet.public().0.into(), agent.public().0.into());
        keys.signers.insert(account.clone(), Key::Wallet(Box::new(wallet)));
        keys.signers.insert(agent_account.clone(), Key::Agent(Box::new(agent)));
        keys.people.push(Person { name, account, agent: agent_account, meter: device(name, "meter") });
    }
    keys
});

/// Everybody: members, newcomers, the stranger, the operator.
pub fn people() -> &'static [Person] {
    &KEYS.people
}

/// The keys of a name.
pub fn person(name: &str) -> &'static Person {
    people().iter().find(|person| person.name == name).expect("a known name")
}

/// The key that signs for an account.
pub fn key_of(account: &AccountId) -> Option<&'static Key> {
    KEYS.signers.get(account)
}

/// The meter of a public key.
pub fn meter_of(public: &[u8; 32]) -> Option<&'static ed25519::Pair> {
    people().iter().map(|person| &person.meter).find(|meter| meter.public().0 == *public)
}

/// What a chain starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// How prices are found.
    pub pricing: Pricing,
    /// Whether the retail supplier is registered.
    pub has_supplier: bool,
}

impl Start {
    /// What a byte names: half of the chains have a uniform price, one in eight lacks the supplier.
    pub const fn of(byte: u8) -> Self {
        let pricing = if byte & 1 == 0 { Pricing::PayAsBid } else { Pricing::Uniform };
        Self { pricing, has_supplier: byte & 0b1110 != 0b1110 }
    }

    /// The first state.
    pub fn storage(self) -> Storage {
        static STATES: LazyLock<[Storage; 4]> =
            LazyLock::new(|| [0, 1, 0b1110, 0b1111].map(|byte| storage(&Start::of(byte).genesis())));
        STATES[usize::from(self.pricing == Pricing::Uniform) + if self.has_supplier { 0 } else { 2 }].clone()
    }

    fn genesis(self) -> Genesis {
        let eth = |eth: u64| Money::from_planck(u128::from(eth) * PLANCK_PER_ETH);
        let participants = MEMBERS
            .iter()
            .filter(|(_, role, ..)| self.has_supplier || *role != Role::RetailSupplier)
            .filter_map(|(name, role, balance, top_up)| {
                let parameters = parameters(*role);
                let kinds = Kinds::default();
                Participant::with_development_keys(
                    name,
                    *role,
                    kinds,
                    parameters,
                    eth(*balance),
                    eth(*top_up),
                )
            });
        let (feed_in, tariff) = (Price::from_gwei(380_000_000), tariff(0));
        Genesis {
            calendar: Calendar {
                version: 0,
                effective_from: 0,
                anchor: ANCHOR,
                period_length: PERIOD,
                periods_per_day: PERIODS,
                release_from: PERIOD,
                release_to: PERIOD * 2,
            },
            pricing: self.pricing,
            feed_in,
            bounds: bounds_around(&tariff, feed_in),
            tariff,
            history_days: 3,
            slot_duration: SLOT,
            participants: participants.collect(),
            offices: Office::ALL.map(|office| (office, holder(office))).into(),
            notices: vec![(Office::Board, PERIOD), (Office::Root, 2 * PERIOD)],
            // On the others a pause may last for days.
            longest_pause: (self.pricing == Pricing::Uniform).then_some(LONGEST_PAUSE),
            mint_bound: Some(eth(5_000)),
            sudo: Some(person(OPERATOR).account.clone()),
            endowed: [STRANGER, OPERATOR]
                .map(|name| (person(name).account.clone(), 1_000 * PLANCK_PER_ETH))
                .into(),
            ..development()
        }
    }
}

/// Who holds an office: root is not who may stop it.
fn holder(office: Office) -> AccountId {
    let name = if office == Office::Root { STRANGER } else { OPERATOR };
    person(name).account.clone()
}

/// The parameters of a role.
pub fn parameters(role: Role) -> Parameters {
    let cost = if role.sells() { Price::from_gwei(390_000_000) } else { Price::ZERO };
    Parameters { alpha: PartsPerMillion(330_000), generation_cost: cost, tie_line: TIE_LINE }
}

/// A step a period, some gwei above the paper's.
pub fn tariff(above: u64) -> Vec<TariffStep> {
    let prices = [425_000_000, 725_000_000, 1_025_000_000, 725_000_000];
    let step = |(period, price): (u64, u64)| TariffStep {
        from: period * PERIOD,
        to: (period + 1) * PERIOD,
        price: Price::from_gwei(price + above),
    };
    (0..).zip(prices).map(step).collect()
}

/// The first state of a chain.
pub fn storage(from: &Genesis) -> Storage {
    let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("a value");
    for (pallet, fields) in genesis(from).as_object().expect("an object") {
        for (field, value) in fields.as_object().expect("an object") {
            config[pallet][field] = value.clone();
        }
    }
    let config: RuntimeGenesisConfig = serde_json::from_value(config).expect("a genesis configuration");
    config.build_storage().expect("a state")
}
