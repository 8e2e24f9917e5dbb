//! `scenario.toml`: calendar, market, tariff and participants.

use super::literal::{Field, Minutes, Source};
use super::raw::{Raw, RawCalendar, RawMarket, RawParticipant, RawStep};
use crate::files::{Files, SETTINGS};
use crate::mistake::{Collector, Mistake, Mistakes};
use crate::scenario::{Participant, Scenario};
use crate::series::Series;
use market::calendar::{Calendar, CalendarError, MAX_PERIODS};
use market::clearing::Pricing;
use market::limits::{LimitError, check_offer};
use market::optimise::{ControllableLoad, ControllableSource, Plant, Storage, TieLine};
use market::participant::{Kinds, PartsPerMillion};
use market::tariff::{MAX_STEPS, Tariff, TariffError, TariffStep, check_steps};
use market::{ParticipantId, Role};
use std::collections::HashMap;
use toml::Spanned;

/// Midnight of 1 January 2026 in UTC, in milliseconds since the epoch.
const NEW_YEAR_2026: i64 = 1_767_225_600_000;

/// The most values of a participant's history, so that a gateway's answer stays below 256 KiB.
const MAX_HISTORY_VALUES: u32 = 20_000;

/// The longest id of a participant, in bytes.
const MAX_ID_BYTES: usize = 32;

/// The operator's id on development chains.
const OPERATOR: &str = "Alice";

/// A scenario without its series.
pub(super) fn read(files: &Files) -> Result<Scenario, Mistakes> {
    let text = files.require(SETTINGS)?;
    let mut source = Source { text, mistakes: Collector::new(files.path(SETTINGS)) };
    let raw: Raw = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let line = source.line(at);
            let hint = decimal_comma(text, at).unwrap_or_default();
            let message = format!("{}{hint}", error.message().trim());
            return Err(Mistake { path: files.path(SETTINGS), line: Some(line), message }.into());
        }
    };
    let (calendar, utc_offset_minutes) = calendar(&mut source, &raw.calendar);
    let RawMarket { pricing, feed_in_eth, seed, history_days } = &raw.market;
    let most_days = MAX_HISTORY_VALUES.checked_div(calendar.periods_per_day.into()).unwrap_or(1);
    let mut scenario = Scenario {
        name: files.name(),
        calendar,
        utc_offset_minutes,
        pricing: read_pricing(&mut source, pricing),
        seed: source.integer("seed", seed, 0..=u64::MAX),
        history_days: source.integer(
            "history_days",
            history_days,
            1..=u16::try_from(most_days).unwrap_or(u16::MAX).min(366),
        ),
        tariff: Tariff {
            effective_from: 0,
            feed_in: source.decimal("feed_in_eth", feed_in_eth),
            steps: Vec::new(),
        },
        step_names: raw.tariff.iter().map(|step| step.get_ref().step.clone()).collect(),
        participants: Vec::new(),
        supplier: ParticipantId::default(),
        history: Series::default(),
        demand: Series::default(),
        generation: Series::default(),
        forecast: Series::default(),
    };
    tariff(&mut source, &raw.tariff, &mut scenario);
    participants(&mut source, &raw.participant, &mut scenario);
    source.mistakes.finish(scenario)
}

/// What to write instead, where the mistake at an offset is a comma in a decimal.
fn decimal_comma(text: &str, at: usize) -> Option<String> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |end| end.saturating_add(1));
    let (_, value) = text.get(start..)?.lines().next()?.split_once('=')?;
    let (whole, part) = value.trim().split_once(',')?;
    let part: String = part.chars().take_while(char::is_ascii_digit).collect();
    let is_decimal = !part.is_empty() && whole.parse::<i64>().is_ok();
    is_decimal.then(|| format!(" (a decimal has a point, not a comma: {whole}.{part})"))
}

fn calendar(source: &mut Source<'_>, at: &Spanned<RawCalendar>) -> (Calendar, i16) {
    let raw = at.get_ref();
    let periods_per_day = source.integer("periods_per_day", &raw.periods_per_day, 1..=MAX_PERIODS);
    // From the date line in the west to Kiribati in the east.
    let offset: i16 = source.integer("utc_offset_minutes", &raw.utc_offset_minutes, -720..=840);
    let Minutes(period_length) = source.decimal("period_minutes", &raw.period_minutes);
    let Minutes(release_from) = source.decimal("release_from_minute", &raw.release_from_minute);
    let Minutes(release_to) = source.decimal("release_to_minute", &raw.release_to_minute);
    let anchor = NEW_YEAR_2026 - i64::from(offset) * 60_000;
    let calendar = Calendar {
        version: 0,
        effective_from: 0,
        anchor: anchor.unsigned_abs(),
        period_length,
        periods_per_day,
        release_from,
        release_to,
    };
    if source.mistakes.is_empty()
        && let Err(error) = calendar.validate()
    {
        let field = match error {
            // The last two are of a calendar that follows another: a scenario has one.
            CalendarError::PeriodLength | CalendarError::Day | CalendarError::Jump => &raw.period_minutes,
            CalendarError::PeriodCount | CalendarError::Anchor => &raw.periods_per_day,
            CalendarError::ReleaseWindow => &raw.release_to_minute,
        };
        let (day, quarter) = (in_minutes(calendar.day_length()), in_minutes(calendar.quarter()));
        source.wrong(
            field,
            format!("{error} (a day here has {day} minutes, its first sealing opens {quarter} before it)"),
        );
    }
    (calendar, offset)
}

/// A time in minutes, as it would be written in the file.
fn in_minutes(milliseconds: u64) -> String {
    let (whole, thousandths) = (milliseconds / 60_000, milliseconds % 60_000 / 60);
    if thousandths == 0 { whole.to_string() } else { format!("{whole}.{thousandths:03}") }
}

fn read_pricing(source: &mut Source<'_>, pricing: &Spanned<String>) -> Pricing {
    match pricing.get_ref().as_str() {
        "pay-as-bid" => Pricing::PayAsBid,
        "uniform" => Pricing::Uniform,
        other => {
            source
                .wrong(pricing, format!("pricing must be \"pay-as-bid\" or \"uniform\", found \"{other}\""));
            Pricing::default()
        }
    }
}

fn tariff(source: &mut Source<'_>, raw: &[Spanned<RawStep>], scenario: &mut Scenario) {
    let calendar = scenario.calendar;
    let count = u32::try_from(raw.len()).unwrap_or(u32::MAX);
    let Some((last, most)) = raw.last().zip(usize::try_from(MAX_STEPS).ok()) else {
        source.mistakes.note(1, "expected [[tariff]] steps that cover the day, found none");
        return;
    };
    if count > MAX_STEPS {
        source.wrong(last, format!("expected at most {most} [[tariff]] steps, found {count}"));
        return;
    }
    let readable = source.mistakes.is_empty();
    for at in raw {
        let step = at.get_ref();
        let Minutes(from) = source.decimal("from_minute", &step.from_minute);
        let Minutes(to) = source.decimal("to_minute", &step.to_minute);
        let price = source.decimal("eth_per_kwh", &step.eth_per_kwh);
        if calendar.period_length > 0 && !from.is_multiple_of(calendar.period_length) {
            source.wrong(
                &step.from_minute,
                "a tariff step must begin with a period: each period has one price",
            );
        }
        scenario.tariff.steps.push(TariffStep { from, to, price });
    }
    if !readable || !source.mistakes.is_empty() {
        return;
    }
    let day = calendar.day_length();
    let Err((index, error)) = check_steps(&scenario.tariff.steps, scenario.tariff.feed_in, day) else {
        return;
    };
    let Some(step) = raw.get(index).map(Spanned::get_ref) else { return };
    let before = index.checked_sub(1).and_then(|before| scenario.tariff.steps.get(before));
    let covered_ms = before.map_or(0, |step| step.to);
    let (covered, minutes) = (in_minutes(covered_ms), in_minutes(day));
    let starts_late = scenario.tariff.steps.get(index).is_some_and(|step| step.from > covered_ms);
    let ends_late = scenario.tariff.steps.get(index).is_some_and(|step| step.to > day);
    let (field, expected) = match error {
        TariffError::Gap if starts_late => {
            (&step.from_minute, format!("expected a step from minute {covered}"))
        }
        TariffError::Overlap if !ends_late => {
            (&step.from_minute, format!("expected a step from minute {covered}"))
        }
        TariffError::Gap | TariffError::Overlap => {
            (&step.to_minute, format!("expected the last step to end with the day, at minute {minutes}"))
        }
        TariffError::EmptyStep => (&step.to_minute, "expected to_minute after from_minute".into()),
        TariffError::PriceOutOfRange => {
            (&step.eth_per_kwh, format!("expected at least feed_in_eth, {}", scenario.tariff.feed_in))
        }
    };
    source.wrong(field, format!("{error}: {expected}"));
}

fn participants(source: &mut Source<'_>, raw: &[Spanned<RawParticipant>], scenario: &mut Scenario) {
    let mut seen: HashMap<&str, u64> = HashMap::new();
    let mut supplier: Option<&str> = None;
    for at in raw {
        let member = at.get_ref();
        let id = member.id.get_ref();
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > MAX_ID_BYTES || !id.chars().all(allowed) {
            source.wrong(
                &member.id,
                format!("id must have 1 to {MAX_ID_BYTES} letters, digits, \"-\" or \"_\", found \"{id}\""),
            );
        }
        if id == OPERATOR {
            source.wrong(&member.id, format!("{OPERATOR} is the market operator: expected another id"));
        }
        let line = source.line(member.id.span().start);
        if let Some(first) = seen.insert(id, line) {
            source.wrong(
                &member.id,
                format!("duplicate id {id}, first in line {first}: expected one participant"),
            );
        }
        let Some(role) = role(source, &member.role) else { continue };
        if role == Role::RetailSupplier
            && let Some(other) = supplier.replace(id)
        {
            source.wrong(&member.role, format!("expected exactly one RES: {other} is one too"));
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
