//! Scenario folders of communities of any size, for the tests.

use std::fmt::Write;
use std::path::Path;

const HEADER: &str = "day,period,participant,kwh\n";
const HISTORY_DAYS: u32 = 2;

/// Writes a market of so many members in quarter-hours: one in four sells, the others buy. Whatever is drawn is the same
/// in every run.
pub fn write(folder: &Path, members: u32) -> std::io::Result<()> {
    let sellers = members / 4;
    let buyers: Vec<String> = (1..=members - sellers).map(|number| format!("LA{number}")).collect();
    let sellers: Vec<String> = (1..=sellers).map(|number| format!("MG{number}")).collect();
    let mut toml = SETTINGS.to_owned();
    let mut participant = |id: &str, lines: &str| {
        let _ = write!(toml, "\n[[participant]]\nid = \"{id}\"\n{lines}");
    };
    for (index, id) in buyers.iter().enumerate() {
        let alpha = 30 + index % 30;
        participant(
            id,
            &format!("role = \"LA\"\nbalance_eth = 4000\nalpha = 0.{alpha}\ntie_line_kw = 100\n"),
        );
    }
    for (index, id) in sellers.iter().enumerate() {
        let reserve = 380 + index % 5;
        let money = "balance_eth = 100\ngeneration_cost_eth = 0.2\ntie_line_kw = 100";
        participant(
            id,
            &format!("role = \"MG\"\nkinds = [\"wind\"]\n{money}\nreserve_price_eth = 0.{reserve}\n"),
        );
    }
    participant("RES", "role = \"RES\"\nbalance_eth = 100000\n");
    let series = |ids: &[String], days: std::ops::Range<i64>, base: u64| {
        let mut text = HEADER.to_owned();
        for day in days {
            for period in 0..96 {
                for (index, id) in ids.iter().enumerate() {
                    let drawn = scattered(day.unsigned_abs() * 96 + period, index as u64);
                    let _ = writeln!(text, "{day},{period},{id},{}.{:03}", base + drawn % 3, drawn % 1_000);
                }
            }
        }
        text
    };
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("scenario.toml"), toml)?;
    std::fs::write(folder.join("history.csv"), series(&buyers, -i64::from(HISTORY_DAYS)..0, 1))?;
    std::fs::write(folder.join("demand.csv"), series(&buyers, 0..1, 1))?;
    std::fs::write(folder.join("generation.csv"), series(&sellers, 0..1, 2))
}

/// A number that looks drawn.
fn scattered(a: u64, b: u64) -> u64 {
    (a.wrapping_mul(1_000_003).wrapping_add(b)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
}

const SETTINGS: &str = r#"[calendar]
period_minutes = 15
periods_per_day = 96
utc_offset_minutes = 60
release_from_minute = 960
release_to_minute = 1020

[market]
pricing = "pay-as-bid"
feed_in_eth = 0.38
seed = 7
history_days = 2

[[tariff]]
from_minute = 0
to_minute = 480
step = "valley"
eth_per_kwh = 0.425

[[tariff]]
from_minute = 480
to_minute = 1440
step = "peak"
eth_per_kwh = 1.025
"#;
