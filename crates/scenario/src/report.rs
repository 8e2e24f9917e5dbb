//! Bill lines and totals as files: `bill_lines.csv` and `report.json`, the same from the chain and from a
//! simulation. `docs/report.schema.json` is the schema of the latter.

use crate::scenario::Scenario;
use crate::simulate::{Balance, Played};
use market::bill::{BillLine, Correction, Totals};
use market::{Energy, NetEnergy, NetMoney, ParticipantId, Role};
use serde::{Serialize, Serializer};
use std::fmt::Display;
use std::io;

/// Name of the CSV of bill lines.
pub const BILL_LINES: &str = "bill_lines.csv";

/// Name of the report.
pub const REPORT: &str = "report.json";

/// The last column of the CSV of bill lines. Files of before had those in front of it alone.
pub const ESTIMATED: &str = "estimated";

/// Header of the CSV of bill lines.
pub const HEADER: [&str; 13] = [
    "day",
    "period",
    "participant",
    "role",
    "expected_kwh",
    "bid_eth_per_kwh",
    "p2p_kwh",
    "p2p_eth",
    "actual_kwh",
    "balanced_kwh",
    "balanced_eth",
    "grid_only_eth",
    ESTIMATED,
];

/// Somebody in a report; its number is its place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
}

/// What a report is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The scenario's or the chain's name.
    pub name: String,
    /// Everybody, in the order of numbers.
    pub parties: Vec<Party>,
    /// Bill lines, by day, period and participant.
    pub lines: Vec<BillLine>,
    /// Their corrections, by day, period, participant and number.
    pub corrections: Vec<Correction>,
    /// What everybody has, in the order of numbers; empty where it is not known.
    pub balances: Vec<Balance>,
}

/// A bill line in its written form: plain decimals, exact; what does not exist is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The delivery day.
    pub day: u32,
    /// The period of the day.
    pub period: u16,
    /// The participant's name.
    pub participant: String,
    /// The participant's role.
    pub role: &'static str,
    /// Released volume, or minus the offer.
    pub expected_kwh: Option<String>,
    /// The revealed bid.
    pub bid_eth_per_kwh: Option<String>,
    /// Bought peer-to-peer; minus what was sold.
    pub p2p_kwh: Option<String>,
    /// Paid for it; minus what was received.
    pub p2p_eth: Option<String>,
    /// Used; minus what was produced.
    pub actual_kwh: Option<String>,
    /// Bought of the supplier; minus what was sold to it.
    pub balanced_kwh: String,
    /// Paid for it; minus what was received.
    pub balanced_eth: String,
    /// What the line would have cost had there been no market.
    pub grid_only_eth: String,
    /// Whether `actual_kwh` is an estimate, for want of a reading in time; 0 or 1 in the CSV.
    pub estimated: bool,
}

impl Written {
    /// The fields in the order of [`HEADER`].
    pub fn fields(&self) -> [String; 13] {
        let optional = |field: &Option<String>| field.clone().unwrap_or_default();
        [
            self.day.to_string(),
            self.period.to_string(),
            self.participant.clone(),
            self.role.into(),
            optional(&self.expected_kwh),
            optional(&self.bid_eth_per_kwh),
            optional(&self.p2p_kwh),
            optional(&self.p2p_eth),
            optional(&self.actual_kwh),
            self.balanced_kwh.clone(),
            self.balanced_eth.clone(),
            self.grid_only_eth.clone(),
            u8::from(self.estimated).to_string(),
        ]
    }
}

#[derive(Serialize)]
struct Json<'a> {
    name: String,
    days: u32,
    totals: Sums,
    participants: Vec<JsonParty>,
    lines: JsonLines<'a>,
    corrections: Vec<JsonCorrection>,
}

/// The lines of a report, each written down when its turn comes: all at once would take gigabytes.
struct JsonLines<'a>(&'a Report);

impl Serialize for JsonLines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.written())
    }
}

/// Sums over everybody but the supplier.
#[derive(Serialize)]
struct Sums {
    p2p_kwh: String,
    p2p_eth: String,
    used_kwh: String,
    produced_kwh: String,
    total_eth: String,
    grid_only_eth: String,
    saving_percent: Option<String>,
    /// Of all lines and corrections, the supplier's included: zero, or the books do not close.
    sum_eth: String,
}

#[derive(Serialize)]
struct JsonParty {
    participant: String,
    role: &'static str,
    p2p_kwh: String,
    p2p_eth: String,
    actual_kwh: String,
    balanced_kwh: String,
    balanced_eth: String,
    total_eth: String,
    grid_only_eth: String,
    saving_percent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<JsonBalance>,
}

#[derive(Serialize)]
struct JsonBalance {
    free_eth: String,
    held_eth: String,
    debt_eth: String,
}

#[derive(Serialize)]
struct JsonCorrection {
    day: u32,
    period: u16,
    participant: String,
    number: u8,
    reason: &'static str,
    block: u32,
    before_kwh: Option<String>,
    after_kwh: Option<String>,
    balanced_kwh: String,
    balanced_eth: String,
    grid_only_eth: String,
}

fn eth(money: NetMoney) -> String {
    money.to_market_decimal().to_string()
}

fn text(value: Option<impl Display>) -> Option<String> {
    value.map(|value| value.to_string())
}

/// A share in millionths of a per cent as per cent with four places, rounded to the nearest, halves away
/// from zero.
pub fn percent(millionths: i64) -> String {
    let rounded = millionths.unsigned_abs().saturating_add(50) / 100;
    let sign = if millionths < 0 && rounded > 0 { "-" } else { "" };
    format!("{sign}{}.{:04}", rounded / 10_000, rounded % 10_000)
}

fn place(all: &mut [Option<Totals>], id: ParticipantId) -> Option<&mut Option<Totals>> {
    all.get_mut(usize::try_from(id.0).ok()?)
}

fn saving(party: &Party, totals: &Totals) -> Option<i64> {
    if party.role.is_metered() { totals.saving() } else { None }
}

impl Report {
    /// The report of a simulation.
    pub fn of_simulation(scenario: &Scenario, played: Played) -> Self {
        let party = |member: &crate::Participant| Party { name: member.name.clone(), role: member.role };
        Self {
            name: scenario.name.clone(),
            parties: scenario.participants.iter().map(party).collect(),
            lines: played.lines,
            corrections: Vec::new(),
            balances: played.balances,
        }
    }

    fn name_of(&self, id: ParticipantId) -> String {
        let party = usize::try_from(id.0).ok().and_then(|index| self.parties.get(index));
        party.map_or_else(|| id.0.to_string(), |party| party.name.clone())
    }

    /// All lines in order, in their written form.
    pub fn written(&self) -> impl Iterator<Item = Written> {
        self.sorted().into_iter().map(|line| self.write(line))
    }

    fn sorted(&self) -> Vec<&BillLine> {
        let mut lines: Vec<_> = self.lines.iter().collect();
        lines.sort_by_key(|line| (line.delivery, line.participant));
        lines
    }

    fn sorted_corrections(&self) -> Vec<&Correction> {
        let mut corrections: Vec<_> = self.corrections.iter().collect();
        corrections
            .sort_by_key(|correction| (correction.delivery, correction.participant, correction.number));
        corrections
    }

    fn write_correction(&self, correction: &Correction) -> JsonCorrection {
        JsonCorrection {
            day: correction.delivery.day,
            period: correction.delivery.period,
            participant: self.name_of(correction.participant),
            number: correction.number,
            reason: correction.reason.name(),
            block: correction.block,
            before_kwh: text(correction.before),
            after_kwh: text(correction.after),
            balanced_kwh: correction.balanced.to_string(),
            balanced_eth: eth(correction.balanced_money),
            grid_only_eth: eth(correction.grid_only),
        }
    }

    fn write(&self, line: &BillLine) -> Written {
        Written {
            day: line.delivery.day,
            period: line.delivery.period,
            participant: self.name_of(line.participant),
            role: line.role.name(),
            expected_kwh: text(line.expected),
            bid_eth_per_kwh: text(line.bid),
            p2p_kwh: text(line.peer_to_peer),
            p2p_eth: line.peer_to_peer_money.map(eth),
            actual_kwh: text(line.actual),
            balanced_kwh: line.balanced.to_string(),
            balanced_eth: eth(line.balanced_money),
            grid_only_eth: eth(line.grid_only),
            estimated: line.estimated,
        }
    }

    /// Sums over a participant's lines and corrections.
    pub fn totals_of(&self, id: ParticipantId) -> Totals {
        let corrections = self.corrections.iter().filter(|correction| correction.participant == id);
        Totals::of(self.lines.iter().filter(|line| line.participant == id)).corrected(corrections)
    }

    /// Sums over everybody's lines and corrections, in the order of numbers; `None` for one that has no line. It takes
    /// one look at each line, however many there are to be summed for.
    pub fn totals(&self) -> Vec<Option<Totals>> {
        let mut all = vec![None; self.parties.len()];
        for line in &self.lines {
            if let Some(sum) = place(&mut all, line.participant) {
                *sum = Some(sum.unwrap_or_default().plus(line));
            }
        }
        for correction in &self.corrections {
            if let Some(sum) = place(&mut all, correction.participant) {
                *sum = Some(sum.unwrap_or_default().corrected([correction]));
            }
        }
        all
    }

    /// A participant's saving against the grid alone, or its gain, in millionths of a per cent; `None` for
    /// the supplier and where there is nothing to compare with.
    pub fn saving_of(&self, id: ParticipantId) -> Option<i64> {
        let party = self.parties.get(usize::try_from(id.0).ok()?)?;
        saving(party, &self.totals_of(id))
    }

    /// Writes `bill_lines.csv`.
    ///
    /// # Errors
    /// Where the writer fails.
    pub fn write_csv(&self, writer: impl io::Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(writer);
        csv.write_record(HEADER)?;
        for line in self.written() {
            csv.write_record(line.fields())?;
        }
        csv.flush()
    }

    /// Writes `report.json`.
    ///
    /// # Errors
    /// Where the writer fails.
    pub fn write_json(&self, mut writer: impl io::Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut writer, &self.json())?;
        writeln!(writer)?;
        writer.flush()
    }

    fn json(&self) -> Json<'_> {
        let mut days: Vec<_> = self.lines.iter().map(|line| line.delivery.day).collect();
        days.sort_unstable();
        days.dedup();
        let totals = self.totals().into_iter().map(Option::unwrap_or_default);
        let parties = (0..).map(ParticipantId).zip(&self.parties).zip(totals);
        Json {
            name: self.name.clone(),
            days: u32::try_from(days.len()).unwrap_or(u32::MAX),
            totals: self.sums(),
            participants: parties.map(|((id, party), totals)| self.json_party(id, party, &totals)).collect(),
            lines: JsonLines(self),
            corrections: self.sorted_corrections().into_iter().map(|c| self.write_correction(c)).collect(),
        }
    }

    fn sums(&self) -> Sums {
        let (mut all, mut totals) = (Totals::default(), Totals::default());
        let (mut used, mut produced, mut bought, mut paid) =
            (Energy::ZERO, Energy::ZERO, Energy::ZERO, NetMoney::ZERO);
        // One look at each line: there are millions of them, and they are wide.
        for line in &self.lines {
            all = all.plus(line);
            if !line.role.is_metered() {
                continue;
            }
            totals = totals.plus(line);
            let actual = line.actual.unwrap_or_default();
            (used, produced) =
                (used.saturating_add(actual.inward()), produced.saturating_add(actual.outward()));
            bought = bought.saturating_add(line.peer_to_peer.unwrap_or_default().inward());
            paid = paid.saturating_add(line.peer_to_peer_money.unwrap_or_default().max(NetMoney::ZERO));
        }
        let corrections = || self.corrections.iter().filter(|correction| correction.after.is_some());
        let totals = totals.corrected(corrections());
        // A correction takes what counted before out of the sum, and puts in what counts now.
        let counted = |settled: Energy, side: fn(NetEnergy) -> Energy| -> String {
            let after: Energy = corrections().filter_map(|correction| correction.after).map(side).sum();
            let before: Energy = corrections().filter_map(|correction| correction.before).map(side).sum();
            settled.saturating_add(after).saturating_sub(before).to_string()
        };
        Sums {
            p2p_kwh: bought.to_string(),
            p2p_eth: eth(paid),
            used_kwh: counted(used, NetEnergy::inward),
            produced_kwh: counted(produced, NetEnergy::outward),
            total_eth: eth(totals.total()),
            grid_only_eth: eth(totals.grid_only),
            saving_percent: totals.saving().map(percent),
            sum_eth: eth(all.corrected(&self.corrections).total()),
        }
    }

    fn json_party(&self, id: ParticipantId, party: &Party, totals: &Totals) -> JsonParty {
        let balance = usize::try_from(id.0).ok().and_then(|index| self.balances.get(index));
        JsonParty {
            participant: party.name.clone(),
            role: party.role.name(),
            p2p_kwh: totals.peer_to_peer.to_string(),
            p2p_eth: eth(totals.peer_to_peer_money),
            actual_kwh: totals.actual.to_string(),
            balanced_kwh: totals.balanced.to_string(),
            balanced_eth: eth(totals.balanced_money),
            total_eth: eth(totals.total()),
            grid_only_eth: eth(totals.grid_only),
            saving_percent: saving(party, totals).map(percent),
            balance: balance.map(|balance| JsonBalance {
                free_eth: balance.free.to_string(),
                held_eth: balance.held.to_string(),
                debt_eth: balance.debt.to_string(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_should_round_to_the_nearest_when_it_has_more_places() {
        assert_eq!(percent(19_040_472), "19.0405");
        assert_eq!(percent(22_210_190), "22.2102");
        assert_eq!(percent(-50), "-0.0001");
        assert_eq!(percent(-49), "0.0000");
    }
}
