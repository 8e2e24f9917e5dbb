//! What is printed: money and savings of everybody, and the paper's figures beside a run's.

use crate::failure::{Kind, failure};
use crate::results::Results;
use anyhow::{Context, Result, anyhow};
use comfy_table::{CellAlignment, Table, presets};
use market::bill::{BillLine, Totals};
use market::{Delivery, Energy, NetMoney, ParticipantId, Price, Role};
use scenario::report::percent;
use std::fmt::Write as _;
use std::path::Path;

/// The savings of the paper's text and those recomputed with exact bids, in per cent (docs/paper.md has the sources).
const PAPERS_SAVINGS: [(&str, [&str; 4]); 2] = [
    ("paper, text", ["9.22", "12.96", "20.31", "+20.2"]),
    ("paper, recomputed with (5)", ["9.7995", "13.0176", "19.0405", "+22.2102"]),
];

/// A table with all columns but the first to the right, two spaces apart.
pub fn table(rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding(if index == 0 { (0, 0) } else { (2, 0) });
        column.set_cell_alignment(if index == 0 { CellAlignment::Left } else { CellAlignment::Right });
    }
    format!("{}\n", table.trim_fmt())
}

fn row<T: ToString>(cells: impl IntoIterator<Item = T>) -> Vec<String> {
    cells.into_iter().map(|cell| cell.to_string()).collect()
}

/// Money in ETH with six places, rounded to the nearest.
pub fn eth(money: NetMoney) -> String {
    let micro = money.planck().unsigned_abs().saturating_add(500_000_000_000) / 1_000_000_000_000;
    let sign = if money.planck() < 0 && micro > 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", micro / 1_000_000, micro % 1_000_000)
}

/// A saving or, of one who only sells, a gain with its sign, in per cent.
fn per_cent(saving: Option<i64>, role: Role) -> String {
    let Some(saving) = saving else { return String::new() };
    let sign = if saving > 0 && !role.buys() { "+" } else { "" };
    format!("{sign}{}", percent(saving))
}

/// Energy and money of everybody over all days.
pub fn participants(results: &Results) -> String {
    let mut rows = vec![row([
        "participant",
        "role",
        "used kWh",
        "p2p kWh",
        "p2p ETH",
        "balanced kWh",
        "balanced ETH",
        "total ETH",
        "grid only ETH",
        "saving %",
    ])];
    for ((_, name, role), totals) in results.members().zip(results.report.totals()) {
        let Some(totals) = totals else { continue };
        let metered = |text: String| if role.is_metered() { text } else { String::new() };
        rows.push(vec![
            name.to_owned(),
            role.name().to_owned(),
            metered(totals.actual.to_string()),
            metered(totals.peer_to_peer.to_string()),
            metered(eth(totals.peer_to_peer_money)),
            totals.balanced.to_string(),
            eth(totals.balanced_money),
            eth(totals.total()),
            eth(totals.grid_only),
            metered(per_cent(totals.saving(), role)),
        ]);
    }
    table(&rows)
}

/// Fails where the money of a day does not sum to zero, or energy was sold that nobody bought.
pub fn check_balance(results: &Results) -> Result<()> {
    for day in results.days() {
        let report = &results.report;
        let corrections = report.corrections.iter().filter(|correction| correction.delivery.day == day);
        let totals = Totals::of(report.lines.iter().filter(|line| line.delivery.day == day));
        let totals = totals.corrected(corrections);
        if !totals.total().is_zero() || !totals.peer_to_peer.is_zero() {
            return Err(failure(
                Kind::Differs,
                format!(
                    "day {day} does not balance: {} ETH and {} kWh peer-to-peer are left over",
                    totals.total(),
                    totals.peer_to_peer
                ),
            ));
        }
    }
    Ok(())
}

/// A CSV file of a scenario's folder as rows of cells; `None` where the folder has none.
fn rows_of(folder: &Path, name: &str) -> Result<Option<Vec<Vec<String>>>> {
    let path = folder.join(name);
    if !path.exists() {
        return Ok(None);
    }
    let reader = csv::ReaderBuilder::new().flexible(true).from_path(&path);
    let rows = reader.and_then(|reader| reader.into_deserialize().collect());
    rows.map(Some).with_context(|| format!("cannot read {}", path.display()))
}

fn line_of(results: &Results, id: ParticipantId, period: u16) -> Option<&BillLine> {
    let delivery = Delivery { day: 0, period };
    results.report.lines.iter().find(|line| line.delivery == delivery && line.participant == id)
}

/// The paper's three buyers and its microgrid, where the scenario has exactly them.
fn papers_cast(results: &Results) -> Option<([ParticipantId; 3], ParticipantId)> {
    let of = |name: &str| results.members().find(|(_, other, _)| *other == name).map(|(id, _, _)| id);
    Some(([of("LA1")?, of("LA2")?, of("LA3")?], of("MG1")?))
}

fn cell<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Table 4 beside day 0 of a run; `None` where the scenario has none.
pub fn table_4(results: &Results, folder: &Path) -> Result<Option<String>> {
    let (Some(printed), Some((buyers, seller))) = (rows_of(folder, "table4.csv")?, papers_cast(results))
    else {
        return Ok(None);
    };
    let mut rows = vec![
        row(["", "bid ETH/kWh", "", "", "", "", "", "p2p kWh", "", "", "unsold", ""]),
        row([
            "period",
            "LA1 paper",
            "ours",
            "LA2 paper",
            "ours",
            "LA3 paper",
            "ours",
            "LA1",
            "LA2",
            "LA3",
            "MG1 kWh",
        ]),
    ];
    for line in printed {
        let (Some(period), Some(start), Some(end)) =
            (line.first().and_then(|period| period.parse().ok()), line.get(1), line.get(2))
        else {
            return Err(anyhow!("{}: a line is incomplete", folder.join("table4.csv").display()));
        };
        let mut cells = vec![format!("{start}-{end}")];
        for (id, bid) in buyers.iter().zip(line.iter().skip(3)) {
            cells.push(bid.clone());
            cells.push(cell(line_of(results, *id, period).and_then(|line| line.bid)));
        }
        for id in buyers {
            cells.push(cell(line_of(results, id, period).and_then(|line| line.peer_to_peer)));
        }
        cells.push(cell(line_of(results, seller, period).map(|line| line.balanced.outward())));
        rows.push(cells);
    }
    let mut text = String::from("Table 4 of the paper, and this run's own figures:\n\n");
    text.push_str(&table(&rows));
    text.push_str("\nSaving against the grid alone (MG1: gain), per cent:\n\n");
    text.push_str(&savings(results, buyers, seller));
    Ok(Some(text))
}

fn savings(results: &Results, buyers: [ParticipantId; 3], seller: ParticipantId) -> String {
    let mut rows = vec![row(["", "LA1", "LA2", "LA3", "MG1"])];
    for (name, figures) in PAPERS_SAVINGS {
        rows.push(row(std::iter::once(name).chain(figures)));
    }
    let own = buyers.into_iter().chain([seller]).map(|id| {
        let lines = results.lines_of(id).filter(|line| line.delivery.day == 0);
        let role = if id == seller { Role::Microgrid } else { Role::LoadAggregator };
        per_cent(Totals::of(lines).saving(), role)
    });
    rows.push(std::iter::once("this run, day 0".to_owned()).chain(own).collect());
    table(&rows)
}

/// Compares day 0 with the scenario's `expected_day.csv`: bids to the sixth place, energy exactly.
/// Gives the number of periods compared; `None` where the scenario has no such file.
pub fn check_expected_day(results: &Results, folder: &Path) -> Result<Option<usize>> {
    let (Some(expected), Some((buyers, seller))) =
        (rows_of(folder, "expected_day.csv")?, papers_cast(results))
    else {
        return Ok(None);
    };
    let mut wrong = String::new();
    for cells in &expected {
        let bad =
            || anyhow!("{}: `{}` is no line", folder.join("expected_day.csv").display(), cells.join(","));
        let [period, la1_bid, la2_bid, la3_bid, la1_kwh, la2_kwh, la3_kwh, unsold] = cells.as_slice() else {
            return Err(bad());
        };
        let period = period.parse().map_err(|_| bad())?;
        let mut differs = |what: &str, expected: &str, found: String| {
            let _ = write!(wrong, "\n  period {period}: {what} is {found}, expected {expected}");
        };
        for (id, (bid, kwh)) in
            buyers.iter().zip([(la1_bid, la1_kwh), (la2_bid, la2_kwh), (la3_bid, la3_kwh)])
        {
            let line = line_of(results, *id, period);
            let name = format!("the bid of LA{}", id.0 + 1);
            let found = line.and_then(|line| line.bid);
            let wanted = Price::parse_decimal(bid).map_err(|_| bad())?;
            if found.is_none_or(|found| found.gwei().abs_diff(wanted.gwei()) > 500) {
                differs(&name, bid, cell(found));
            }
            let found = line.and_then(|line| line.peer_to_peer).map(|energy| energy.inward());
            if found != Some(Energy::parse_decimal(kwh).map_err(|_| bad())?) {
                differs(&format!("what LA{} bought", id.0 + 1), kwh, cell(found));
            }
        }
        let found = line_of(results, seller, period).map(|line| line.balanced.outward());
        if found != Some(Energy::parse_decimal(unsold).map_err(|_| bad())?) {
            differs("what MG1 did not sell", unsold, cell(found));
        }
    }
    if wrong.is_empty() {
        return Ok(Some(expected.len()));
    }
    let path = folder.join("expected_day.csv");
    Err(failure(Kind::Differs, format!("day 0 is not the day of {}:{wrong}", path.display())))
}
