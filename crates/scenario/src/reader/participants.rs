//! The participants of `scenario.toml`.

use super::literal::{Field, Source};
use super::raw::RawParticipant;
use crate::scenario::{Participant, Scenario};
use market::limits::{LimitError, check_offer};
use market::optimise::{ControllableLoad, ControllableSource, Plant, Storage, TieLine};
use market::participant::{Kinds, MAX_PARTICIPANTS, PartsPerMillion};
use market::position::MAX_OFFERS;
use market::{ParticipantId, Role};
use sp_core::crypto::DeriveJunction;
use std::collections::HashMap;
use toml::Spanned;

/// The longest id of a participant, in bytes.
const MAX_ID_BYTES: usize = 32;

/// The operator's id on development chains.
const OPERATOR: &str = "Alice";

/// What an id's keys on development chains are derived by. Two ids may have one: a number is taken as that, so `1` and
/// `01` are the same.
fn junction(id: &str) -> [u8; 32] {
    DeriveJunction::from(id).unwrap_inner()
}

pub(super) fn participants(
    source: &mut Source<'_>,
    raw: &[Spanned<RawParticipant>],
    scenario: &mut Scenario,
) {
    let mut seen: HashMap<[u8; 32], (&str, u64)> = HashMap::new();
    let mut supplier: Option<&str> = None;
    let mut sellers: u32 = 0;
    for (number, at) in (1u32..).zip(raw) {
        let member = at.get_ref();
        let id = member.id.get_ref();
        if number > MAX_PARTICIPANTS {
            source
                .wrong(at, format!("expected at most {MAX_PARTICIPANTS} participants: a chain has no more"));
            break;
        }
        let line = source.line(member.id.span().start);
        check_id(source, &member.id);
        if let Some((first, first_line)) = seen.insert(junction(id), (id, line)) {
            let message = if first == id {
                format!("duplicate id {id}, first in line {first_line}: expected one participant")
            } else {
                format!("{id} and {first} in line {first_line} make the same keys: expected another id")
            };
            source.wrong(&member.id, message);
        }
        let Some(role) = role(source, &member.role) else { continue };
        if role == Role::RetailSupplier
            && let Some(other) = supplier.replace(id)
        {
            source.wrong(&member.role, format!("expected exactly one RES: {other} is one too"));
        }
        sellers = sellers.saturating_add(u32::from(role.sells()));
        if role.sells() && sellers == MAX_OFFERS.saturating_add(1) {
            source.wrong(
                &member.role,
                format!("expected at most {MAX_OFFERS} that sell: a period has no more offers"),
            );
        }
        if let Some(participant) = participant(source, at, role, scenario.tariff.feed_in) {
            scenario.participants.push(participant);
        }
    }
    for (id, participant) in (0..).map(ParticipantId).zip(&scenario.participants) {
        if participant.role == Role::RetailSupplier {
            scenario.supplier = id;
        }
    }
    if supplier.is_none() {
        let line = raw.last().map_or(1, |at| source.line(at.span().start));
        source.mistakes.note(line, "expected exactly one participant with role = \"RES\", found none");
    }
}

fn check_id(source: &mut Source<'_>, at: &Spanned<String>) {
    let id = at.get_ref();
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if id.is_empty() || id.len() > MAX_ID_BYTES || !id.chars().all(allowed) {
        source.wrong(
            at,
            format!("id must have 1 to {MAX_ID_BYTES} letters, digits, \"-\" or \"_\", found \"{id}\""),
        );
    } else if junction(id) == junction(OPERATOR) {
        source.wrong(at, format!("{OPERATOR} is the market operator: expected another id than {id}"));
    }
}

fn role(source: &mut Source<'_>, at: &Spanned<String>) -> Option<Role> {
    use Role::{DistributionOperator, LoadAggregator, Microgrid, Prosumer, RetailSupplier};
    let roles = [LoadAggregator, Microgrid, Prosumer, RetailSupplier, DistributionOperator];
    let found = roles.into_iter().find(|role| role.name() == at.get_ref());
    if found.is_none() {
        let names = roles.map(|role| format!("\"{}\"", role.name())).join(", ");
        source.wrong(at, format!("role must be one of {names}, found \"{}\"", at.get_ref()));
    }
    found
}

/// Tells the roles that have a key.
type HasKey = fn(Role) -> bool;

/// The keys that some roles have, others not.
fn keys_by_role(raw: &RawParticipant) -> [(&'static str, Option<&Field>, HasKey); 15] {
    let (buys, sells, metered): (HasKey, HasKey, HasKey) = (Role::buys, Role::sells, Role::is_metered);
    [
        ("alpha", raw.alpha.as_ref(), buys),
        ("generation_cost_eth", raw.generation_cost_eth.as_ref(), sells),
        ("reserve_price_eth", raw.reserve_price_eth.as_ref(), sells),
        ("tie_line_kw", raw.tie_line_kw.as_ref(), metered),
        ("tie_line_loss", raw.tie_line_loss.as_ref(), metered),
        ("tie_line_cost_eth", raw.tie_line_cost_eth.as_ref(), metered),
        ("source_min_kw", raw.source_min_kw.as_ref(), metered),
        ("source_max_kw", raw.source_max_kw.as_ref(), metered),
        ("source_cost_eth", raw.source_cost_eth.as_ref(), metered),
        ("load_min_kw", raw.load_min_kw.as_ref(), metered),
        ("load_max_kw", raw.load_max_kw.as_ref(), metered),
        ("load_value_eth", raw.load_value_eth.as_ref(), metered),
        ("storage_kwh", raw.storage_kwh.as_ref(), metered),
        ("storage_kw", raw.storage_kw.as_ref(), metered),
        ("storage_efficiency", raw.storage_efficiency.as_ref(), metered),
    ]
}

/// The keys that a role must have: the first three where they fit, and the tie line.
const REQUIRED: [&str; 4] = ["alpha", "generation_cost_eth", "reserve_price_eth", "tie_line_kw"];

fn participant(
    source: &mut Source<'_>,
    at: &Spanned<RawParticipant>,
    role: Role,
    feed_in: market::Price,
) -> Option<Participant> {
    let raw = at.get_ref();
    let header = source.line(at.span().start);
    let name = raw.id.get_ref().clone();
    let mut complete = true;
    for (key, field, fits) in keys_by_role(raw) {
        match field {
            Some(field) if !fits(role) => {
                source
                    .wrong(field, format!("{key} is no key of a participant with role \"{}\"", role.name()));
                complete = false;
            }
            None if fits(role) && REQUIRED.contains(&key) => {
                source.mistakes.note(header, format!("{name}: expected {key} for role \"{}\"", role.name()));
                complete = false;
            }
            _ => {}
        }
    }
    let kinds = kinds(source, raw, role, header);
    if !complete {
        return None;
    }
    let participant = Participant {
        role,
        kinds,
        balance: source.decimal_or_least("balance_eth", raw.balance_eth.as_ref()),
        daily_top_up: source.decimal_or_least("daily_top_up_eth", raw.daily_top_up_eth.as_ref()),
        alpha: source.decimal_or_least("alpha", raw.alpha.as_ref()),
        generation_cost: source.decimal_or_least("generation_cost_eth", raw.generation_cost_eth.as_ref()),
        reserve_price: source.decimal_or_least("reserve_price_eth", raw.reserve_price_eth.as_ref()),
        plant: plant(source, raw, header),
        name,
    };
    if let Some(field) = raw.alpha.as_ref().filter(|_| participant.alpha == PartsPerMillion(0)) {
        source.wrong(field, "alpha must be above 0 and at most 1");
    }
    if let Some(field) = raw.reserve_price_eth.as_ref()
        && let Err(error) = check_offer(participant.reserve_price, participant.generation_cost, feed_in)
    {
        let (cost, reserve) = (participant.generation_cost, participant.reserve_price);
        let least = match error {
            LimitError::BelowFeedIn => format!("feed_in_eth, {feed_in} (8)"),
            _ => format!("generation_cost_eth, {cost} (6)"),
        };
        source.wrong(field, format!("reserve_price_eth must be at least {least}, found {reserve}"));
    }
    Some(participant)
}

fn kinds(source: &mut Source<'_>, raw: &RawParticipant, role: Role, header: u64) -> Kinds {
    let mut kinds = Kinds::default();
    let Some(listed) = &raw.kinds else {
        if role.sells() {
            let name = raw.id.get_ref();
            source.mistakes.note(header, format!("{name}: expected kinds, such as [\"wind\"]"));
        }
        return kinds;
    };
    if !role.sells() {
        source.wrong(listed, format!("kinds is no key of a participant with role \"{}\"", role.name()));
        return kinds;
    }
    for kind in listed.get_ref() {
        match kind.get_ref().as_str() {
            "wind" => kinds.wind = true,
            "photovoltaic" => kinds.photovoltaic = true,
            "hydropower" => kinds.hydropower = true,
            "storage" => kinds.storage = true,
            other => source.wrong(
                kind,
                format!(
                    "kinds has \"wind\", \"photovoltaic\", \"hydropower\" and \"storage\", found \"{other}\""
                ),
            ),
        }
    }
    if kinds == Kinds::default() && listed.get_ref().is_empty() {
        source.wrong(listed, "kinds must name at least one kind of source");
    }
    if kinds.storage != raw.storage_kwh.is_some() {
        source.wrong(listed, "kinds must have \"storage\" where storage_kwh is given, and only there");
    }
    kinds
}

fn plant(source: &mut Source<'_>, raw: &RawParticipant, header: u64) -> Plant {
    let name = raw.id.get_ref();
    let group = |source: &mut Source<'_>, keys: [(&str, Option<&Field>); 3]| {
        let given = keys.iter().filter(|(_, field)| field.is_some()).count();
        if given > 0 && given < keys.len() {
            let names = keys.map(|(key, _)| key).join(", ");
            source.mistakes.note(header, format!("{name}: expected all of {names}, or none"));
        }
        given == keys.len()
    };
    let source_keys = [
        ("source_min_kw", raw.source_min_kw.as_ref()),
        ("source_max_kw", raw.source_max_kw.as_ref()),
        ("source_cost_eth", raw.source_cost_eth.as_ref()),
    ];
    let load_keys = [
        ("load_min_kw", raw.load_min_kw.as_ref()),
        ("load_max_kw", raw.load_max_kw.as_ref()),
        ("load_value_eth", raw.load_value_eth.as_ref()),
    ];
    let storage_keys = [
        ("storage_kwh", raw.storage_kwh.as_ref()),
        ("storage_kw", raw.storage_kw.as_ref()),
        ("storage_efficiency", raw.storage_efficiency.as_ref()),
    ];
    let plant = Plant {
        source: group(source, source_keys).then(|| ControllableSource {
            minimum: source.decimal_or_least("source_min_kw", raw.source_min_kw.as_ref()),
            maximum: source.decimal_or_least("source_max_kw", raw.source_max_kw.as_ref()),
            cost: source.decimal_or_least("source_cost_eth", raw.source_cost_eth.as_ref()),
        }),
        load: group(source, load_keys).then(|| ControllableLoad {
            minimum: source.decimal_or_least("load_min_kw", raw.load_min_kw.as_ref()),
            maximum: source.decimal_or_least("load_max_kw", raw.load_max_kw.as_ref()),
            value: source.decimal_or_least("load_value_eth", raw.load_value_eth.as_ref()),
        }),
        tie_line: TieLine {
            limit: source.decimal_or_least("tie_line_kw", raw.tie_line_kw.as_ref()),
            loss: source.decimal_or_least("tie_line_loss", raw.tie_line_loss.as_ref()),
            cost: source.decimal_or_least("tie_line_cost_eth", raw.tie_line_cost_eth.as_ref()),
        },
        storage: group(source, storage_keys).then(|| Storage {
            capacity: source.decimal_or_least("storage_kwh", raw.storage_kwh.as_ref()),
            power: source.decimal_or_least("storage_kw", raw.storage_kw.as_ref()),
            efficiency: source.decimal_or_least("storage_efficiency", raw.storage_efficiency.as_ref()),
        }),
    };
    check_plant(source, raw, &plant);
    plant
}

fn check_plant(source: &mut Source<'_>, raw: &RawParticipant, plant: &Plant) {
    let mut require = |holds: bool, field: Option<&Field>, message: &str| {
        if let Some(field) = field.filter(|_| !holds) {
            source.wrong(field, message);
        }
    };
    let TieLine { limit, loss, .. } = plant.tie_line;
    require(!limit.is_zero(), raw.tie_line_kw.as_ref(), "tie_line_kw must be above 0");
    require(loss < PartsPerMillion::ONE, raw.tie_line_loss.as_ref(), "tie_line_loss must be below 1");
    if let Some(ControllableSource { minimum, maximum, .. }) = plant.source {
        let field = raw.source_max_kw.as_ref();
        require(minimum <= maximum, field, "source_max_kw must be at least source_min_kw");
    }
    if let Some(ControllableLoad { minimum, maximum, .. }) = plant.load {
        require(minimum <= maximum, raw.load_max_kw.as_ref(), "load_max_kw must be at least load_min_kw");
    }
    if let Some(Storage { efficiency, .. }) = plant.storage {
        let field = raw.storage_efficiency.as_ref();
        require(efficiency > PartsPerMillion(0), field, "storage_efficiency must be above 0 and at most 1");
    }
}
