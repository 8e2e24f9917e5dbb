//! The chain's first state: what it is made of, and the presets.
//!
//! [`genesis`] turns a [`Genesis`] into the JSON that a chain specification carries. A node makes one of a
//! scenario's folder; the presets are:
//!
//! | preset | network | market |
//! | --- | --- | --- |
//! | `development` | one validator, Alice, who holds all offices, without notice, and sudo | the paper's, and LA4 for a person to play |
//! | `local_testnet` | Alice, Bob, Charlie and Dave, a block every two seconds; an account for each office, no sudo | the same on a calendar of eight minutes a day |

use crate::{AccountId, Balance, SessionKeys};
use alloc::{string::String, vec, vec::Vec};
use market::calendar::DEFAULT_SLOT;
use market::clearing::Pricing;
use market::participant::{Kinds, Parameters, PartsPerMillion};
use market::tariff::TariffStep;
use market::units::PLANCK_PER_ETH;
use market::{Calendar, Moment, Money, Power, Price, Role};
use pallet_offices::Office;
use pallet_participants::GenesisParticipant;
use pallet_terms::TariffBounds;
use serde_json::{Value, json};
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_core::{DeriveJunction, H256, Pair, ed25519, sr25519};
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// The preset of a chain whose one validator is Alice, on the paper's market.
pub const DEVELOPMENT: &str = sp_genesis_builder::DEV_RUNTIME_PRESET;

/// The preset of a network of four validators on a short calendar.
pub const LOCAL_TESTNET: &str = sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET;

/// What every agent starts with, to advance the fees of its transactions: 4 ETH.
pub const AGENT_FLOAT: Balance = 4 * PLANCK_PER_ETH;

/// What the operator of a preset starts with.
const OPERATOR_FUNDS: Balance = 1_000 * PLANCK_PER_ETH;

/// 1 January 2026, 00:00 UTC, in milliseconds since the epoch.
const NEW_YEAR_2026: u64 = 1_767_225_600_000;

/// The seed of the phrase that all development keys of the SDK are derived from. The phrase itself would give
/// the same after 2,048 rounds of hashing for each key.
const DEVELOPMENT_SEED: [u8; 32] = [
    0xfa, 0xc7, 0x95, 0x9d, 0xbf, 0xe7, 0x2f, 0x05, 0x2e, 0x5a, 0x0c, 0x3c, 0x8d, 0x65, 0x30, 0xf2, 0x02,
    0xb0, 0x2f, 0xd8, 0xf9, 0xf5, 0xca, 0x35, 0x80, 0xec, 0x8d, 0xeb, 0x77, 0x97, 0x47, 0x9e,
];

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// Everything that a chain's first state depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// Days, periods and windows.
    pub calendar: Calendar,
    /// How prices of trades are found.
    pub pricing: Pricing,
    /// The feed-in price.
    pub feed_in: Price,
    /// The tariff's steps, in order of time.
    pub tariff: Vec<TariffStep>,
    /// The operator's bounds for the tariffs to come.
    pub bounds: TariffBounds,
    /// The seed of the lots.
    pub seed: u64,
    /// Days of history behind a forecast (3).
    pub history_days: u16,
    /// The share of an offer's exposure that its seller's money has to cover.
    pub exposure_share: PartsPerMillion,
    /// Length of a consensus slot, in milliseconds.
    pub slot_duration: u64,
    /// The share of a window's slots that need a block for missing it to count; nothing where the clock skips slots.
    pub window_share: PartsPerMillion,
    /// The validators.
    pub authorities: Vec<SessionKeys>,
    /// The participants, in the order of their numbers.
    pub participants: Vec<Participant>,
    /// Who holds each office.
    pub offices: Vec<(Office, AccountId)>,
    /// The notice of offices that have one, in milliseconds.
    pub notices: Vec<(Office, Moment)>,
    /// How long a stage may be paused, in milliseconds; without an end where there is none.
    pub longest_pause: Option<Moment>,
    /// What may be minted in a day; anything where there is none.
    pub mint_bound: Option<Money>,
    /// Whose calls may use any origin, at once. Nobody's, but on a development chain.
    pub sudo: Option<AccountId>,
    /// Other accounts with money.
    pub endowed: Vec<(AccountId, Balance)>,
}

/// A participant of a chain's first state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Its sources.
    pub kinds: Kinds,
    /// Its parameters. Who buys nothing needs no alpha: zero is registered as one.
    pub parameters: Parameters,
    /// What it starts with.
    pub balance: Money,
    /// What it pays in each day.
    pub daily_top_up: Money,
    /// Its account.
    pub account: AccountId,
    /// The account of its agent, which starts with [`AGENT_FLOAT`].
    pub agent: AccountId,
    /// The public ed25519 key of its meter.
    pub meter: [u8; 32],
}

impl Participant {
    /// A participant with the development keys of its name: account sr25519 `//NAME`, agent ed25519
    /// `//NAME//agent`, meter ed25519 `//NAME//meter`. `None` for a name that makes no key.
    pub fn with_development_keys(
        name: &str,
        role: Role,
        kinds: Kinds,
        parameters: Parameters,
        balance: Money,
        daily_top_up: Money,
    ) -> Option<Self> {
        if name.is_empty() || name.contains('/') {
            return None;
        }
        let path = |purpose: Option<&str>| {
            core::iter::once(name)
                .chain(purpose)
                .map(|part| DeriveJunction::from(part).harden())
                .collect::<Vec<_>>()
        };
        let (account, _) =
            sr25519::Pair::from_seed(&DEVELOPMENT_SEED).derive(path(None).into_iter(), None).ok()?;
        let key = |purpose| {
            let root = ed25519::Pair::from_seed(&DEVELOPMENT_SEED);
            root.derive(path(Some(purpose)).into_iter(), None).ok().map(|(pair, _)| pair.public().0)
        };
        Some(Self {
            name: name.into(),
            role,
            kinds,
            parameters,
            balance,
            daily_top_up,
            account: account.public().0.into(),
            agent: key("agent")?.into(),
            meter: key("meter")?,
        })
    }
}

/// Bounds that leave room around a tariff: from the feed-in price to twice its highest step.
pub fn bounds_around(tariff: &[TariffStep], feed_in: Price) -> TariffBounds {
    let highest = tariff.iter().map(|step| step.price).max().unwrap_or(feed_in);
    TariffBounds { lowest: feed_in, highest: highest.saturating_add(highest).min(Price::MAX_IN_MARKET) }
}

/// The keys of a validator of a preset.
pub fn development_authority(validator: Sr25519Keyring, voter: Ed25519Keyring) -> SessionKeys {
    SessionKeys { aura: AuraId::from(validator.public()), grandpa: GrandpaId::from(voter.public()) }
}

/// Who holds an office of the preset `local_testnet`: the development key `//OFFICE`, as in `//Registrar`.
pub fn development_holder(office: Office) -> Option<AccountId> {
    let path = core::iter::once(DeriveJunction::from(office.name()).harden());
    let (holder, _) = sr25519::Pair::from_seed(&DEVELOPMENT_SEED).derive(path, None).ok()?;
    Some(holder.public().0.into())
}

/// The first state as the patch of a `RuntimeGenesisConfig`.
pub fn genesis(from: &Genesis) -> Value {
    let registered = |participant: &Participant| {
        let mut parameters = participant.parameters;
        if !participant.role.buys() && parameters.alpha == PartsPerMillion(0) {
            parameters.alpha = PartsPerMillion::ONE;
        }
        GenesisParticipant {
            name: participant.name.clone(),
            account: participant.account.clone(),
            agent: participant.agent.clone(),
            meter: H256(participant.meter),
            role: participant.role,
            kinds: participant.kinds,
            parameters,
        }
    };
    let money = |participant: &Participant| {
        [
            (participant.account.clone(), participant.balance.planck()),
            (participant.agent.clone(), AGENT_FLOAT),
        ]
    };
    let balances: Vec<_> = from
        .participants
        .iter()
        .flat_map(money)
        .chain(from.endowed.iter().cloned())
        .filter(|(_, balance)| *balance > 0)
        .collect();
    let top_ups: Vec<_> = (0u32..)
        .zip(&from.participants)
        .filter(|(_, participant)| !participant.daily_top_up.is_zero())
        .map(|(id, participant)| (id, participant.daily_top_up.planck()))
        .collect();
    // A validator's account is that of the key it makes blocks with.
    let validator = |keys: &SessionKeys| {
        let account = AccountId::new(sr25519::Public::from(keys.aura.clone()).0);
        (account.clone(), account, keys.clone())
    };
    let validators: Vec<_> = from.authorities.iter().map(validator).collect();
    let participants: Vec<_> = from.participants.iter().map(registered).collect();
    json!({
        "slots": { "slotDuration": from.slot_duration, "windowShare": from.window_share },
        "session": { "keys": validators },
        "balances": { "balances": balances },
        "sudo": { "key": from.sudo },
        "offices": { "holders": from.offices, "notices": from.notices },
        "participants": { "participants": participants },
        "terms": {
            "calendar": from.calendar,
            "tariff": from.tariff,
            "feedIn": from.feed_in,
            "bounds": from.bounds,
            "seed": from.seed,
            "longestPause": from.longest_pause,
        },
        "energyTasks": { "historyDays": from.history_days, "exposureShare": from.exposure_share },
        "blindAuction": { "pricing": from.pricing },
        "settlement": { "topUps": top_ups, "mintBound": from.mint_bound.map(Money::planck) },
    })
}

/// The paper's market on a chain of one validator, and LA4.
pub fn development() -> Genesis {
    let feed_in = Price::from_gwei(380_000_000);
    let tariff = paper_tariff();
    Genesis {
        calendar: Calendar {
            version: 0,
            effective_from: 0,
            // The paper's network lies eight hours east of Greenwich.
            anchor: NEW_YEAR_2026 - 8 * HOUR,
            period_length: HOUR,
            periods_per_day: 24,
            release_from: 16 * HOUR,
            release_to: 17 * HOUR,
        },
        pricing: Pricing::PayAsBid,
        feed_in,
        bounds: bounds_around(&tariff, feed_in),
        tariff,
        seed: 980_429,
        history_days: 7,
        exposure_share: PartsPerMillion(0),
        slot_duration: DEFAULT_SLOT,
        window_share: PartsPerMillion(0),
        authorities: vec![development_authority(Sr25519Keyring::Alice, Ed25519Keyring::Alice)],
        participants: paper_participants(),
        offices: Office::ALL.map(|office| (office, Sr25519Keyring::Alice.to_account_id())).into(),
        notices: Vec::new(),
        longest_pause: None,
        mint_bound: None,
        sudo: Some(Sr25519Keyring::Alice.to_account_id()),
        endowed: vec![(Sr25519Keyring::Alice.to_account_id(), OPERATOR_FUNDS)],
    }
}

/// The same market on four validators, with four periods of two minutes a day.
pub fn local_testnet() -> Genesis {
    let authorities = [
        (Sr25519Keyring::Alice, Ed25519Keyring::Alice),
        (Sr25519Keyring::Bob, Ed25519Keyring::Bob),
        (Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
        (Sr25519Keyring::Dave, Ed25519Keyring::Dave),
    ];
    let offices: Vec<_> =
        Office::ALL.into_iter().filter_map(|office| Some((office, development_holder(office)?))).collect();
    const PERIOD: u64 = 2 * MINUTE;
    let step = |period: u64, price| TariffStep {
        from: PERIOD.saturating_mul(period),
        to: PERIOD.saturating_mul(period.saturating_add(1)),
        price: Price::from_gwei(price),
    };
    Genesis {
        calendar: Calendar {
            version: 0,
            effective_from: 0,
            anchor: NEW_YEAR_2026,
            period_length: PERIOD,
            periods_per_day: 4,
            release_from: 2 * MINUTE,
            release_to: 5 * MINUTE,
        },
        tariff: vec![
            step(0, 425_000_000),
            step(1, 725_000_000),
            step(2, 1_025_000_000),
            step(3, 725_000_000),
        ],
        slot_duration: 2_000,
        window_share: PartsPerMillion(500_000),
        authorities: authorities.map(|(aura, grandpa)| development_authority(aura, grandpa)).into(),
        // As short against its day of eight minutes as an hour and two against a day.
        notices: vec![(Office::Board, 20_000), (Office::Root, 40_000)],
        longest_pause: Some(8 * MINUTE),
        mint_bound: Some(Money::from_planck(10_000 * PLANCK_PER_ETH)),
        sudo: None,
        endowed: offices
            .iter()
            .map(|(_, holder)| holder.clone())
            .chain([Sr25519Keyring::Alice.to_account_id()])
            .map(|account| (account, OPERATOR_FUNDS))
            .collect(),
        offices,
        ..development()
    }
}

/// Valley, normal and peak of the paper's Table 4.
fn paper_tariff() -> Vec<TariffStep> {
    [
        (0, 7, 425_000_000),
        (7, 8, 725_000_000),
        (8, 11, 1_025_000_000),
        (11, 18, 725_000_000),
        (18, 23, 1_025_000_000),
        (23, 24, 425_000_000),
    ]
    .map(|(from, to, price)| TariffStep {
        from: HOUR.saturating_mul(from),
        to: HOUR.saturating_mul(to),
        price: Price::from_gwei(price),
    })
    .into()
}

/// The paper's participants, and LA4.
fn paper_participants() -> Vec<Participant> {
    let eth = |eth: u128| Money::from_planck(PLANCK_PER_ETH.saturating_mul(eth));
    let tie_line = Power::from_watts(400_000);
    let buyer = Parameters { alpha: PartsPerMillion(330_000), generation_cost: Price::ZERO, tie_line };
    let seller =
        Parameters { alpha: PartsPerMillion(0), generation_cost: Price::from_gwei(200_000_000), tie_line };
    let wind = Kinds { wind: true, ..Kinds::default() };
    let none = Kinds::default();
    [
        ("LA1", Role::LoadAggregator, none, buyer, eth(1_500)),
        ("LA2", Role::LoadAggregator, none, buyer, eth(1_500)),
        ("LA3", Role::LoadAggregator, none, buyer, eth(1_500)),
        ("MG1", Role::Microgrid, wind, seller, eth(0)),
        ("RES", Role::RetailSupplier, none, Parameters::default(), eth(1_000)),
        ("LA4", Role::LoadAggregator, none, buyer, eth(1_500)),
    ]
    .into_iter()
    .filter_map(|(name, role, kinds, parameters, balance)| {
        Participant::with_development_keys(name, role, kinds, parameters, balance, Money::ZERO)
    })
    .collect()
}

/// The JSON of a preset; none where there is no such preset.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
    let preset = match id.as_ref() {
        DEVELOPMENT => development(),
        LOCAL_TESTNET => local_testnet(),
        _ => return None,
    };
    serde_json::to_vec(&genesis(&preset)).ok()
}

/// The names of the presets.
pub fn preset_names() -> Vec<PresetId> {
    vec![PresetId::from(DEVELOPMENT), PresetId::from(LOCAL_TESTNET)]
}
