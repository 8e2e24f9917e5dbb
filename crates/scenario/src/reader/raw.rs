//! The keys of `scenario.toml`, as they are written.

use super::literal::Field;
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) calendar: Spanned<RawCalendar>,
    pub(super) market: RawMarket,
    #[serde(default)]
    pub(super) tariff: Vec<Spanned<RawStep>>,
    #[serde(default)]
    pub(super) participant: Vec<Spanned<RawParticipant>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCalendar {
    pub(super) period_minutes: Field,
    pub(super) periods_per_day: Field,
    pub(super) utc_offset_minutes: Field,
    pub(super) release_from_minute: Field,
    pub(super) release_to_minute: Field,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMarket {
    pub(super) pricing: Spanned<String>,
    pub(super) feed_in_eth: Field,
    pub(super) seed: Field,
    pub(super) history_days: Field,
    pub(super) exposure_share: Option<Field>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    pub(super) from_minute: Field,
    pub(super) to_minute: Field,
    pub(super) step: String,
    pub(super) eth_per_kwh: Field,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawParticipant {
    pub(super) id: Spanned<String>,
    pub(super) role: Spanned<String>,
    pub(super) kinds: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) balance_eth: Option<Field>,
    pub(super) daily_top_up_eth: Option<Field>,
    pub(super) alpha: Option<Field>,
    pub(super) generation_cost_eth: Option<Field>,
    pub(super) reserve_price_eth: Option<Field>,
    pub(super) tie_line_kw: Option<Field>,
    pub(super) tie_line_loss: Option<Field>,
    pub(super) tie_line_cost_eth: Option<Field>,
    pub(super) source_min_kw: Option<Field>,
    pub(super) source_max_kw: Option<Field>,
    pub(super) source_cost_eth: Option<Field>,
    pub(super) load_min_kw: Option<Field>,
    pub(super) load_max_kw: Option<Field>,
    pub(super) load_value_eth: Option<Field>,
    pub(super) storage_kwh: Option<Field>,
    pub(super) storage_kw: Option<Field>,
    pub(super) storage_efficiency: Option<Field>,
}
