//! `scenario.toml`: calendar, market, tariff and participants.

use super::literal::{Minutes, Source};
use super::participants::participants;
use super::raw::{Raw, RawCalendar, RawMarket, RawStep};
use crate::files::{Files, SETTINGS};
use crate::mistake::{Mistake, Mistakes};
use crate::scenario::Scenario;
use crate::series::Series;
use market::calendar::{Calendar, CalendarError, DEFAULT_SLOT, MAX_PERIODS, MIN_WINDOW_SLOTS, Stage};
use market::clearing::Pricing;
use market::participant::PartsPerMillion;
use market::tariff::{MAX_STEPS, Tariff, TariffError, TariffStep, check_steps};
use market::{Money, ParticipantId, Price};
use toml::Spanned;

/// Midnight of 1 January 2026 in UTC, in milliseconds since the epoch.
const NEW_YEAR_2026: i64 = 1_767_225_600_000;

/// The most values of a participant's history, so that a gateway's answer stays below 256 KiB: each has up to thirteen
/// digits and a comma, and a worker reads no longer one.
const MAX_HISTORY_VALUES: u32 = 18_000;

/// A scenario without its series.
pub(super) fn read(files: &Files) -> Result<Scenario, Mistakes> {
    let text = files.require(SETTINGS)?;
    let mut source = Source::new(text, files.path(SETTINGS));
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
    let RawMarket { pricing, feed_in_eth, seed, history_days, exposure_share } = &raw.market;
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
        exposure_share: source.decimal_or_least("exposure_share", exposure_share.as_ref()),
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
    top_ups(&mut source, &raw.calendar, &scenario);
    covers(&mut source, &raw.calendar, &scenario);
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
        && let Err(error) = calendar.validate().and_then(|()| calendar.check_windows(DEFAULT_SLOT))
    {
        let field = match error {
            CalendarError::ReleaseWindow | CalendarError::Window(Stage::Release) => &raw.release_to_minute,
            // The last two are of a calendar that follows another: a scenario has one.
            CalendarError::PeriodLength
            | CalendarError::Window(_)
            | CalendarError::Day
            | CalendarError::Jump => &raw.period_minutes,
            CalendarError::PeriodCount | CalendarError::Anchor => &raw.periods_per_day,
        };
        let (day, quarter) = (in_minutes(calendar.day_length()), in_minutes(calendar.quarter()));
        let hint = match error {
            CalendarError::Window(_) => format!("a slot of the chain lasts {} s", DEFAULT_SLOT / 1_000),
            _ => format!("a day here has {day} minutes, its first sealing opens {quarter} before it"),
        };
        source.wrong(field, format!("{error} ({hint})"));
    }
    (calendar, offset)
}

/// Who pays in when the release opens may bid with it until gate closure. The chain needs two slots for that: one in
/// which the money has come, and one that takes the bid.
fn top_ups(source: &mut Source<'_>, at: &Spanned<RawCalendar>, scenario: &Scenario) {
    let calendar = scenario.calendar;
    let before_closure = calendar.period_length.saturating_sub(calendar.quarter() / 2);
    let into_period = calendar.release_from.checked_rem(calendar.period_length).unwrap_or_default();
    let left = before_closure.checked_sub(into_period).filter(|left| *left > 0);
    let is_late = left.is_some_and(|left| left < DEFAULT_SLOT.saturating_mul(MIN_WINDOW_SLOTS));
    let pays_in = scenario.participants.iter().any(|member| member.daily_top_up > Money::ZERO);
    if source.mistakes.is_empty() && is_late && pays_in {
        let closure = calendar.release_from.saturating_add(left.unwrap_or_default());
        source.wrong(
            &at.get_ref().release_from_minute,
            format!(
                "the release opens less than two slots before the gate closure at minute {}: who pays in with \
                 daily_top_up_eth then could not bid with it in time, so expected an earlier or a later minute",
                in_minutes(closure)
            ),
        );
    }
}

/// Offers are covered as they are released: with what is free when the release opens. The chain needs two slots for that,
/// in which no period may be settled, since that frees money, and in which no bid is on its way, since that needs it.
fn covers(source: &mut Source<'_>, at: &Spanned<RawCalendar>, scenario: &Scenario) {
    let Calendar { release_from, period_length, .. } = scenario.calendar;
    let quarter = scenario.calendar.quarter();
    let into_period = release_from.checked_rem(period_length).unwrap_or_default();
    let slots = DEFAULT_SLOT.saturating_mul(MIN_WINDOW_SLOTS);
    let settling = quarter.saturating_sub(slots)..quarter;
    let bidding = period_length.saturating_sub(quarter).saturating_sub(slots)..period_length;
    let is_amid = settling.contains(&into_period) || bidding.contains(&into_period);
    if source.mistakes.is_empty() && scenario.exposure_share > PartsPerMillion(0) && is_amid {
        source.wrong(
            &at.get_ref().release_from_minute,
            format!(
                "the release opens in the two slots before a period is settled, or from two slots before a sealing until \
                 the reveal closes: what covers offers by exposure_share would be taken from bids or come too late, so \
                 expected minutes into a period from {} to {}",
                in_minutes(quarter),
                in_minutes(period_length.saturating_sub(quarter).saturating_sub(slots))
            ),
        );
    }
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
        TariffError::BelowFeedIn => {
            (&step.eth_per_kwh, format!("expected at least feed_in_eth, {}", scenario.tariff.feed_in))
        }
        TariffError::PriceOutOfRange => {
            (&step.eth_per_kwh, format!("expected at most {}", Price::MAX_IN_MARKET))
        }
    };
    source.wrong(field, format!("{error}: {expected}"));
}
