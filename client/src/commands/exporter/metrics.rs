//! What is measured, and how blocks and events change it.

use crate::events::Event;
use market::api::Clock;
use market::bill::Reason;
use market::{Calendar, Delivery, Energy, Moment, Money, NetMoney, ParticipantId, Stage};
use prometheus::{
    Counter, Gauge, GaugeVec, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry, TextEncoder,
};
use std::collections::BTreeMap;
use std::time::Duration;
use subxt::ext::scale_value::{At, ValueDef};

/// The most debtors that are told by name: the greatest debts.
const DEBTORS: usize = 100;
/// Why a member's line is corrected, and what metrics call it.
const REASONS: [(Reason, &str); 2] = [(Reason::LateReading, "late_reading"), (Reason::Dispute, "dispute")];

/// What is measured. All names begin with `gridbid_`.
pub(super) struct Metrics {
    registry: Registry,
    pub(super) up: IntGauge,
    pub(super) block: IntGauge,
    block_time: Gauge,
    clock_behind: Gauge,
    stage_open: IntGaugeVec,
    stage_paused: IntGaugeVec,
    stage_day: IntGaugeVec,
    stage_period: IntGaugeVec,
    settlement_behind: Gauge,
    sealed: IntCounter,
    revealed: IntCounter,
    missed: IntCounter,
    trades: IntCounter,
    cleared_kwh: Counter,
    cleared_eth: Counter,
    settled_lines: IntCounter,
    late_readings: IntCounter,
    corrected_lines: IntCounterVec,
    debt: GaugeVec,
    debts: Gauge,
    debtors: IntGauge,
    gate_to_paid: Histogram,
}

impl Metrics {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new_custom(Some("gridbid".into()), None)?;
        macro_rules! metric {
            ($kind:ty, $name:literal, $help:literal, $labels:expr) => {{
                let metric = <$kind>::new(Opts::new($name, $help), $labels)?;
                registry.register(Box::new(metric.clone()))?;
                metric
            }};
        }
        macro_rules! plain {
            ($kind:ty, $name:literal, $help:literal) => {{
                let metric = <$kind>::with_opts(Opts::new($name, $help))?;
                registry.register(Box::new(metric.clone()))?;
                metric
            }};
        }
        let buckets = vec![30.0, 60.0, 120.0, 300.0, 450.0, 600.0, 900.0, 1_200.0, 1_800.0, 3_600.0];
        let options = HistogramOpts::new(
            "gate_to_paid_seconds",
            "Market's time from gate closure until the period's last trade is paid",
        );
        let gate_to_paid = Histogram::with_opts(options.buckets(buckets))?;
        registry.register(Box::new(gate_to_paid.clone()))?;
        let corrected_lines = metric!(
            IntCounterVec,
            "lines_corrected_total",
            "Settled bill lines corrected, by why",
            &["reason"]
        );
        // What has not happened yet is told, too.
        for (_, reason) in REASONS {
            corrected_lines.with_label_values(&[reason]);
        }
        Ok(Self {
            up: plain!(IntGauge, "up", "Whether the node answers"),
            block: plain!(IntGauge, "block", "Number of the best block"),
            block_time: plain!(Gauge, "block_time_seconds", "Timestamp of the best block, since the epoch"),
            clock_behind: plain!(Gauge, "clock_behind_seconds", "Wall clock less the best block's timestamp"),
            stage_open: metric!(IntGaugeVec, "stage_open", "Whether a stage's window is open", &["stage"]),
            stage_paused: metric!(
                IntGaugeVec,
                "stage_paused",
                "Whether the operator has paused a stage",
                &["stage"]
            ),
            stage_day: metric!(IntGaugeVec, "stage_day", "Delivery day of a stage's open window", &["stage"]),
            stage_period: metric!(IntGaugeVec, "stage_period", "Period of a stage's open window", &["stage"]),
            settlement_behind: plain!(
                Gauge,
                "settlement_behind_seconds",
                "Market's time since the metering window of the first unsettled period closed; 0 if it has not"
            ),
            sealed: plain!(IntCounter, "bids_sealed_total", "Bids sealed, replacements not counted"),
            revealed: plain!(IntCounter, "bids_revealed_total", "Bids revealed"),
            missed: plain!(IntCounter, "bids_missed_total", "Sealed bids that were not revealed"),
            trades: plain!(IntCounter, "trades_total", "Trades"),
            cleared_kwh: plain!(Counter, "cleared_kwh_total", "Energy traded peer-to-peer, in kWh"),
            cleared_eth: plain!(Counter, "cleared_eth_total", "Money paid for it, in ETH"),
            settled_lines: plain!(IntCounter, "lines_settled_total", "Bill lines settled"),
            late_readings: plain!(
                IntCounter,
                "late_readings_total",
                "Bill lines settled by an estimate, for want of a reading in time"
            ),
            debt: metric!(GaugeVec, "debt_eth", "What a debtor owes the supplier, in ETH", &["participant"]),
            debts: plain!(Gauge, "debts_eth", "What all debtors owe the supplier, in ETH"),
            debtors: plain!(IntGauge, "debtors", "Participants that owe the supplier"),
            corrected_lines,
            gate_to_paid,
            registry,
        })
    }

    pub(super) fn text(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }

    pub(super) fn show_clock(&self, clock: &Clock, wall: Moment) {
        self.block_time.set(seconds(clock.now));
        self.clock_behind.set(seconds(wall) - seconds(clock.now));
        let release = clock.open.release.map(|day| Delivery { day, period: 0 });
        for (stage, open) in [
            (Stage::Release, release),
            (Stage::Sealing, clock.open.sealing),
            (Stage::Reveal, clock.open.reveal),
            (Stage::Execution, clock.open.execution),
            (Stage::Metering, clock.open.metering),
        ] {
            let paused = clock.paused.contains(&stage);
            let stage = format!("{stage:?}").to_lowercase();
            let stage = stage.as_str();
            self.stage_paused.with_label_values(&[stage]).set(paused.into());
            self.stage_open.with_label_values(&[stage]).set(open.is_some().into());
            if let Some(delivery) = open {
                self.stage_day.with_label_values(&[stage]).set(delivery.day.into());
                self.stage_period.with_label_values(&[stage]).set(delivery.period.into());
            }
        }
        let due = clock.next_to_settle.map_or(clock.now, |next| clock.calendar.metering(next).to);
        self.settlement_behind.set(seconds(clock.now.saturating_sub(due)));
    }

    /// Counts an event of a block with this timestamp.
    pub(super) fn count(&self, event: &Event, calendar: &Calendar, at: Moment) {
        match event.name.as_str() {
            "Sealed" if event.number("replacements") == Some(0) => self.sealed.inc(),
            "Revealed" => self.revealed.inc(),
            "DepositForfeited" | "DepositReturned" => self.missed.inc(),
            "Traded" => {
                self.trades.inc();
                let energy = event.number("energy").and_then(|energy| u64::try_from(energy).ok());
                let energy = energy.map(Energy::from_watt_hours).unwrap_or_default();
                let paid = event.number("amount").map(|planck| Money::from_planck(planck.unsigned_abs()));
                self.cleared_kwh.inc_by(float(energy));
                self.cleared_eth.inc_by(float(paid.unwrap_or_default()));
            }
            "Cleared" if event.number("trades").is_some_and(|trades| trades > 0) => {
                let Some(delivery) = event.delivery() else { return };
                let gate = calendar.sealing(delivery).to;
                self.gate_to_paid.observe(seconds(at.saturating_sub(gate)));
            }
            "LineSettled" => {
                self.settled_lines.inc();
                if event.field("estimated").and_then(|estimated| estimated.as_bool()) == Some(true) {
                    self.late_readings.inc();
                }
            }
            "LineCorrected" => {
                if let Some(reason) = reason_of(event) {
                    self.corrected_lines.with_label_values(&[reason]).inc();
                }
            }
            _ => {}
        }
    }

    pub(super) fn show_debts(&self, debts: &BTreeMap<ParticipantId, Debt>) {
        let mut owing: Vec<&Debt> = debts.values().filter(|debt| debt.owed > NetMoney::ZERO).collect();
        owing.sort_by_key(|debt| std::cmp::Reverse(debt.owed));
        self.debtors.set(i64::try_from(owing.len()).unwrap_or(i64::MAX));
        self.debts.set(float(owing.iter().map(|debt| debt.owed).sum::<NetMoney>()));
        self.debt.reset();
        for debt in owing.into_iter().take(DEBTORS) {
            self.debt.with_label_values(&[&debt.name]).set(float(debt.owed));
        }
    }
}

/// Why a line was corrected.
fn reason_of(event: &Event) -> Option<&'static str> {
    let ValueDef::Variant(told) = &event.field("correction")?.at("reason")?.value else { return None };
    REASONS.into_iter().find(|(reason, _)| format!("{reason:?}") == told.name).map(|(_, name)| name)
}

/// A decimal as Prometheus has numbers; metrics may round, bills may not.
fn float(decimal: impl std::fmt::Display) -> f64 {
    decimal.to_string().parse().unwrap_or(f64::NAN)
}

fn seconds(moment: Moment) -> f64 {
    Duration::from_millis(moment).as_secs_f64()
}

/// What a participant owes; negative where the supplier owes it.
pub(super) struct Debt {
    pub(super) name: String,
    pub(super) owed: NetMoney,
}

#[cfg(test)]
mod tests {
    use super::*;
    use subxt::dynamic::Value;
    use subxt::ext::scale_value::Composite;

    fn event(name: &str, fields: Vec<(&str, Value<()>)>) -> Event {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Event { pallet: "BlindAuction".into(), name: name.into(), fields: Composite::Named(fields) }
    }

    fn calendar() -> Calendar {
        Calendar { anchor: 86_400_000, period_length: 3_600_000, periods_per_day: 24, ..Calendar::default() }
    }

    fn shown(metrics: &Metrics, name: &str) -> f64 {
        let text = metrics.text().unwrap();
        let line = text.lines().find(|line| line.split(' ').next() == Some(name));
        line.and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or_else(|| panic!("{name}: {text}"))
    }

    #[test]
    fn trades_should_be_counted_in_kwh_and_eth() {
        let metrics = Metrics::new().unwrap();
        let traded = event(
            "Traded",
            vec![
                ("energy", Value::unnamed_composite([Value::u128(18_210)])),
                ("amount", Value::unnamed_composite([Value::u128(7_104_921_093_630_000_000)])),
            ],
        );
        metrics.count(&traded, &calendar(), 0);
        assert_eq!(shown(&metrics, "gridbid_trades_total"), 1.0);
        assert_eq!(shown(&metrics, "gridbid_cleared_kwh_total"), 18.21);
        assert!((shown(&metrics, "gridbid_cleared_eth_total") - 7.104_921_093_63).abs() < 1e-9);
    }

    #[test]
    fn bids_should_be_counted_once_when_they_are_replaced() {
        let metrics = Metrics::new().unwrap();
        for replacements in 0..3 {
            let sealed = event("Sealed", vec![("replacements", Value::u128(replacements))]);
            metrics.count(&sealed, &calendar(), 0);
        }
        metrics.count(&event("DepositForfeited", Vec::new()), &calendar(), 0);
        assert_eq!(shown(&metrics, "gridbid_bids_sealed_total"), 1.0);
        assert_eq!(shown(&metrics, "gridbid_bids_missed_total"), 1.0);
    }

    #[test]
    fn gate_to_paid_should_be_the_time_since_gate_closure() {
        let metrics = Metrics::new().unwrap();
        let delivery = Value::named_composite([("day", Value::u128(0)), ("period", Value::u128(2))]);
        let cleared = event("Cleared", vec![("delivery", delivery), ("trades", Value::u128(1))]);
        let gate = calendar().sealing(Delivery { day: 0, period: 2 }).to;
        metrics.count(&cleared, &calendar(), gate + 456_000);
        assert_eq!(shown(&metrics, "gridbid_gate_to_paid_seconds_sum"), 456.0);
        assert_eq!(shown(&metrics, "gridbid_gate_to_paid_seconds_count"), 1.0);
    }

    #[test]
    fn late_readings_should_be_the_estimated_lines() {
        let metrics = Metrics::new().unwrap();
        for estimated in [true, false, true] {
            metrics.count(&event("LineSettled", vec![("estimated", Value::bool(estimated))]), &calendar(), 0);
        }
        assert_eq!(shown(&metrics, "gridbid_late_readings_total"), 2.0);
        assert_eq!(shown(&metrics, "gridbid_lines_settled_total"), 3.0);
    }

    #[test]
    fn corrected_lines_should_be_counted_by_why() {
        let metrics = Metrics::new().unwrap();
        let of =
            |reason: &str| shown(&metrics, &format!("gridbid_lines_corrected_total{{reason=\"{reason}\"}}"));
        assert_eq!((of("late_reading"), of("dispute")), (0.0, 0.0));
        for reason in ["LateReading", "Dispute", "LateReading"] {
            let correction = Value::named_composite([("reason", Value::unnamed_variant(reason, []))]);
            metrics.count(&event("LineCorrected", vec![("correction", correction)]), &calendar(), 0);
        }
        assert_eq!((of("late_reading"), of("dispute")), (2.0, 1.0));
    }

    #[test]
    fn debts_should_be_told_when_the_supplier_is_owed() {
        let metrics = Metrics::new().unwrap();
        let debt = |name: &str, owed| Debt { name: name.into(), owed: NetMoney::from_planck(owed) };
        let debts = [
            (ParticipantId(0), debt("LA1", 2_500_000_000_000_000_000)),
            (ParticipantId(1), debt("LA2", -9)),
            (ParticipantId(2), debt("LA3", 0)),
        ];
        metrics.show_debts(&debts.into());
        assert_eq!(shown(&metrics, "gridbid_debt_eth{participant=\"LA1\"}"), 2.5);
        assert_eq!(shown(&metrics, "gridbid_debtors"), 1.0);
        assert_eq!(shown(&metrics, "gridbid_debts_eth"), 2.5);
    }

    #[test]
    fn settlement_should_be_behind_when_a_metering_window_has_closed() {
        let metrics = Metrics::new().unwrap();
        let next = Delivery { day: 0, period: 0 };
        let due = calendar().metering(next).to;
        let clock = |now| Clock {
            now,
            calendar: calendar(),
            open: calendar().open_at(now),
            paused: vec![Stage::Reveal],
            next_boundary: now,
            first_release: now,
            backlog: true,
            next_to_settle: Some(next),
        };
        metrics.show_clock(&clock(due - 1), due);
        assert_eq!(shown(&metrics, "gridbid_settlement_behind_seconds"), 0.0);
        metrics.show_clock(&clock(due + 60_000), due + 61_000);
        assert_eq!(shown(&metrics, "gridbid_settlement_behind_seconds"), 60.0);
        assert_eq!(shown(&metrics, "gridbid_clock_behind_seconds"), 1.0);
        assert_eq!(shown(&metrics, "gridbid_stage_paused{stage=\"reveal\"}"), 1.0);
        assert_eq!(shown(&metrics, "gridbid_stage_paused{stage=\"sealing\"}"), 0.0);
    }
}
