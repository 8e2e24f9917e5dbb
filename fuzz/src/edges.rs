//! Scenarios at the edges of what a market may be, and beyond: what their reader lets through is played by the
//! simulator and on the runtime, and both have to come to the same lines.

use crate::twice::{Figures, play};
use fastrand::Rng;
use market::ParticipantId;
use market::units::MS_PER_HOUR;
use scenario::simulate::{Missing, simulate_without};
use scenario::{Files, Scenario};
use std::fmt::Write as _;

/// Days that are played: the second is released on the first, with what the first left.
const DAYS: u32 = 2;
/// Two slots, in thousandths of a minute.
const TWO_SLOTS: u64 = 200;
/// The highest price, in gwei per kWh.
const HIGHEST: u64 = 1_000_000_000_000_000;
/// The most energy of a period, in watt-hours, and the highest limit of a tie line, in watts.
const MOST: u64 = 1_000_000_000_000;
/// Some of them make the same keys: a number is one however it is written, and this long one spells `a`.
const IDS: [&str; 14] = [
    "LA1",
    "MG1",
    "1",
    "01",
    "10",
    "a",
    "24836",
    "A",
    "-",
    "_",
    "Bob",
    "alice",
    "Z-9",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];
const MONEY: [&str; 6] = ["0", "0.000000000000000001", "2", "40", "1500", "1000000000000"];

/// Plays the scenarios that seeds draw, and tells what came of those that are scenarios.
///
/// # Errors
/// The first scenario of which the simulator and the runtime make different days, with its files.
pub fn run(seeds: impl IntoIterator<Item = u64>) -> Result<Figures, String> {
    let mut figures = Figures::default();
    for seed in seeds {
        let texts = draw(seed);
        figures.drawn += 1;
        match Scenario::from_files(&Files::new("drawn", texts.iter().cloned())) {
            Err(mistakes) => {
                figures.refused.extend(mistakes.iter().next().map(|mistake| mistake.message.clone()))
            }
            Ok(scenario) => {
                let missing = missing(&scenario, seed);
                let played = simulate_without(&scenario, DAYS, missing.clone());
                play(&scenario, DAYS, &missing, &played, &mut figures).map_err(|why| {
                    let texts = texts.iter().map(|(name, text)| format!("\n# {name}\n{text}"));
                    format!("scenario {seed}: {why}{}", texts.collect::<String>())
                })?
            }
        }
    }
    Ok(figures)
}

/// The readings that never come, of a seed: in every other scenario one in four, and all of one participant.
fn missing(scenario: &Scenario, seed: u64) -> Missing {
    let mut rng = Rng::with_seed(!seed);
    if rng.bool() {
        return Missing::new();
    }
    let silent = ParticipantId(rng.u32(0..8));
    let all = (0..DAYS).flat_map(|day| scenario.periods(day));
    all.flat_map(|delivery| scenario.ids().map(move |id| (delivery, id)))
        .filter(|(_, id)| once_in(&mut rng, 4) || *id == silent)
        .collect()
}

/// The files of the scenario that a seed draws.
fn draw(seed: u64) -> Vec<(&'static str, String)> {
    let mut rng = Rng::with_seed(seed);
    let mut drawn = Drawn::calendar(&mut rng);
    drawn.share(seed);
    drawn.tariff(&mut rng);
    let mut ids = IDS;
    rng.shuffle(&mut ids);
    if once_in(&mut rng, 16) {
        ids[0] = "Alice";
    }
    let (supplier, count) = (rng.usize(0..3), rng.usize(3..8));
    for (number, id) in ids.into_iter().take(count).enumerate() {
        drawn.participant(&mut rng, id, number == supplier);
    }
    let mut files = vec![
        ("scenario.toml", drawn.settings),
        ("history.csv", drawn.history),
        ("demand.csv", drawn.demand),
        ("generation.csv", drawn.generation),
    ];
    if rng.u8(0..3) == 0 {
        files.push(("forecast.csv", drawn.forecast));
    }
    files
}

fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(0..from.len())]
}

fn once_in(rng: &mut Rng, number: u8) -> bool {
    rng.u8(0..number) == 0
}

/// A number of thousandths, as minutes, kW and kWh have three decimal places.
fn thousandths(value: u64) -> String {
    format!("{}.{:03}", value / 1_000, value % 1_000)
}

/// A price in gwei, as ETH has nine places more.
fn price(gwei: u64) -> String {
    format!("{}.{:09}", gwei / 1_000_000_000, gwei % 1_000_000_000)
}

/// A scenario on its way.
struct Drawn {
    settings: String,
    history: String,
    demand: String,
    generation: String,
    forecast: String,
    /// Length of a period, in thousandths of a minute.
    period: u64,
    periods: u64,
    history_days: i64,
    demand_days: i64,
    feed_in: u64,
}

impl Drawn {
    fn calendar(rng: &mut Rng) -> Self {
        let lengths = [1_600, 2_000, 4_000, 15_000, 60_000];
        let period = if once_in(rng, 16) { 1_000 } else { pick(rng, &lengths) };
        let periods = rng.u64(1..=3);
        let latest = period * periods - period / 4;
        // An eighth of a period before its end is a gate closure.
        let closure = period / 8 * 7;
        let from = pick(rng, &[0, period / 3, closure, closure - TWO_SLOTS, latest - TWO_SLOTS]);
        let from = if once_in(rng, 16) { closure - TWO_SLOTS + 1 } else { from.min(latest - TWO_SLOTS) };
        let to = pick(rng, &[latest, from + TWO_SLOTS]);
        let to = if once_in(rng, 16) { pick(rng, &[latest + 1, from + TWO_SLOTS - 1]) } else { to };
        let history_days = rng.i64(1..=2);
        let feed_in = pick(rng, &[0, 1, 100_000_000, 380_000_000, HIGHEST]);
        let settings = format!(
            "[calendar]\nperiod_minutes = {}\nperiods_per_day = {periods}\nutc_offset_minutes = {}\n\
             release_from_minute = {}\nrelease_to_minute = {}\n\n\
             [market]\npricing = \"{}\"\nfeed_in_eth = {}\nseed = \"{}\"\nhistory_days = {history_days}\n",
            thousandths(period),
            pick(rng, &[-720, 0, 840]),
            thousandths(from),
            thousandths(to),
            pick(rng, &["pay-as-bid", "uniform"]),
            price(feed_in),
            pick(rng, &[0, 1, u64::MAX]),
        );
        let header = || "day,period,participant,kwh\n".to_owned();
        Self {
            settings,
            history: header(),
            demand: header(),
            generation: header(),
            forecast: header(),
            period,
            periods,
            history_days,
            demand_days: rng.i64(1..=2),
            feed_in,
        }
    }

    /// What sellers cover of their offers' exposure: mostly nothing.
    fn share(&mut self, seed: u64) {
        // Drawn apart, so that the rest of a scenario is the same without it.
        let mut rng = Rng::with_seed(seed ^ u64::MAX);
        if once_in(&mut rng, 4) {
            let share = pick(&mut rng, &["0.000001", "0.1", "0.5", "1"]);
            let _ = writeln!(self.settings, "exposure_share = {share}");
        }
    }

    /// A step for each period, or one for the day.
    fn tariff(&mut self, rng: &mut Rng) {
        let steps = pick(rng, &[1, self.periods]);
        let length = self.period * self.periods / steps;
        for step in 0..steps {
            let tariff = self.feed_in + pick(rng, &[0, 1, 100_000_000, 100_000_000, 725_000_000]);
            let _ = write!(
                self.settings,
                "\n[[tariff]]\nfrom_minute = {}\nto_minute = {}\nstep = \"{step}\"\neth_per_kwh = {}\n",
                thousandths(length * step),
                thousandths(length * (step + 1)),
                price(tariff.min(HIGHEST)),
            );
        }
    }

    fn participant(&mut self, rng: &mut Rng, id: &str, supplies: bool) {
        let role =
            if supplies { "RES" } else { pick(rng, &["LA", "LA", "LA", "MG", "MG", "prosumer", "DSO"]) };
        let _ = write!(
            self.settings,
            "\n[[participant]]\nid = \"{id}\"\nrole = \"{role}\"\nbalance_eth = {}\n",
            pick(rng, &MONEY),
        );
        if once_in(rng, 3) {
            let _ = writeln!(self.settings, "daily_top_up_eth = {}", pick(rng, &MONEY));
        }
        if matches!(role, "LA" | "MG" | "prosumer") {
            self.site(rng, id, role);
        }
    }

    fn site(&mut self, rng: &mut Rng, id: &str, role: &str) {
        let limit = pick(rng, &[5_000, 30_000, 400_000]);
        let limit = if once_in(rng, 6) { pick(rng, &[1, 1_000, MOST]) } else { limit };
        let carried = u128::from(limit) * u128::from(self.period) * 60 / u128::from(MS_PER_HOUR);
        let carried = u64::try_from(carried).unwrap_or(MOST).min(MOST);
        let _ = writeln!(self.settings, "tie_line_kw = {}", thousandths(limit));
        if role != "MG" {
            let alpha = if once_in(rng, 12) { "0.000001" } else { pick(rng, &["0.33", "1"]) };
            let alpha = if once_in(rng, 64) { "0" } else { alpha };
            let _ = writeln!(self.settings, "alpha = {alpha}");
        }
        let has_plant = once_in(rng, 3);
        if has_plant {
            self.plant(rng, carried);
        }
        if role != "LA" {
            self.offer(rng, has_plant);
        }
        let (buys, yields) = (role != "MG", role == "MG" || once_in(rng, 3));
        // One load aggregator in sixteen needs more than its line carries, and so does everybody who has a source.
        let beyond = once_in(rng, 16) || yields;
        if buys {
            let history = self.series(rng, id, -self.history_days..0, carried, true);
            let demand = self.series(rng, id, 0..self.demand_days, carried, beyond);
            self.history += &history;
            self.demand += &demand;
        }
        if yields {
            let generation = self.series(rng, id, 0..1, carried, true);
            let forecast = self.series(rng, id, 0..1, carried, true);
            self.generation += &generation;
            if once_in(rng, 2) {
                self.forecast += &forecast;
            }
        }
    }

    fn plant(&mut self, rng: &mut Rng, carried: u64) {
        let energy = thousandths(pick(rng, &[0, 1, carried / 2, carried]).min(MOST));
        let power = thousandths(pick(rng, &[0, 1, 1_000, 5_000, MOST]));
        let _ = write!(
            self.settings,
            "tie_line_loss = {}\ntie_line_cost_eth = {}\n\
             source_min_kw = 0\nsource_max_kw = {power}\nsource_cost_eth = {}\n\
             load_min_kw = 0\nload_max_kw = {power}\nload_value_eth = {}\n\
             storage_kwh = {energy}\nstorage_kw = {power}\nstorage_efficiency = {}\n",
            pick(rng, &["0", "0.1", "0.999999"]),
            pick(rng, &["0", "0.01", "1000000"]),
            pick(rng, &["0", "0.2", "1000000"]),
            pick(rng, &["0", "0.2", "1000000"]),
            pick(rng, &["0.000001", "0.9", "1"]),
        );
    }

    fn offer(&mut self, rng: &mut Rng, has_storage: bool) {
        let kinds = if has_storage { "\"wind\", \"storage\"" } else { "\"wind\"" };
        let some = [0, self.feed_in / 2, self.feed_in, self.feed_in + 20_000_000, HIGHEST];
        let low = |rng: &mut Rng| if once_in(rng, 12) { pick(rng, &some) } else { pick(rng, &some[..3]) };
        let (cost, reserve) = (low(rng).min(HIGHEST), low(rng));
        let reserve = if once_in(rng, 32) { reserve } else { reserve.max(cost).max(self.feed_in) };
        let _ = write!(
            self.settings,
            "kinds = [{kinds}]\ngeneration_cost_eth = {}\nreserve_price_eth = {}\n",
            price(cost),
            price(reserve.min(HIGHEST)),
        );
    }

    /// Lines of some days, of what the tie line carries or of more.
    fn series(
        &self,
        rng: &mut Rng,
        id: &str,
        days: std::ops::Range<i64>,
        carried: u64,
        beyond: bool,
    ) -> String {
        let mut text = String::new();
        for (day, period) in days.flat_map(|day| (0..self.periods).map(move |period| (day, period))) {
            let within = pick(rng, &[0, 1, carried / 3, carried / 2, carried / 4 * 3, carried]).min(carried);
            let more = pick(rng, &[carried + 1, carried * 2, MOST]).min(MOST);
            let energy = if beyond && rng.bool() { more } else { within };
            let _ = writeln!(text, "{day},{period},{id},{}", thousandths(energy));
        }
        text
    }
}
