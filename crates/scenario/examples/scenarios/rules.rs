//! The rules by which the CSVs of the shipped scenarios are made. Whole numbers only, so that they come
//! out the same everywhere.

use std::fmt::Write;

/// A file's name and text.
pub type File = (&'static str, String);

/// Energies in watt-hours of one participant: a list for each day, an entry for each period.
type Days = Vec<Vec<u64>>;

/// Energy-saving coefficient of the paper's aggregators, in hundredths.
const ALPHA: u64 = 33;

/// What the noise of both scenarios starts from.
const SEED: u64 = 980_429;

/// Days of history in front of the paper's day.
const PAPER_HISTORY: i64 = 7;

/// Columns of Table 4.
struct Table {
    expected: [Vec<u64>; 3],
    actual: [Vec<u64>; 3],
    residual: Vec<u64>,
}

fn table_4(text: &str) -> Table {
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let column = |at: usize| rows.iter().map(|row| watt_hours(row[at])).collect::<Vec<_>>();
    Table {
        expected: [column(6), column(7), column(8)],
        actual: [column(9), column(10), column(11)],
        residual: column(12),
    }
}

fn watt_hours(kwh: &str) -> u64 {
    let (whole, part) = kwh.split_once('.').unwrap_or((kwh, ""));
    let thousandths = format!("{part:0<3}");
    whole.parse::<u64>().expect("a decimal") * 1_000 + thousandths.parse::<u64>().expect("a decimal")
}

/// A whole number from -spread to spread, equally likely: splitmix64 over the seed and the keys.
fn noise(keys: [u64; 3], spread: u64) -> i64 {
    let mut state = SEED;
    for key in keys {
        state = state.wrapping_add(key).wrapping_add(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 31;
    }
    i64::try_from(state % (2 * spread + 1)).expect("small") - i64::try_from(spread).expect("small")
}

/// A value times (1000 + thousandths) / 1000, rounded down.
fn scaled(value: u64, thousandths: i64) -> u64 {
    value * u64::try_from(1_000 + thousandths).expect("above zero") / 1_000
}

/// The CSV of participants' energies, by day, period and participant.
fn csv(first_day: i64, of: &[(&str, &Days)]) -> String {
    let mut text = String::from("day,period,participant,kwh\n");
    let (days, periods) = (of[0].1.len(), of[0].1[0].len());
    for (day, number) in (0..days).zip(first_day..) {
        for period in 0..periods {
            for (name, energies) in of {
                let energy = energies[day][period];
                let (whole, part) = (energy / 1_000, energy % 1_000);
                writeln!(text, "{number},{period},{name},{whole}.{part:03}").expect("a string takes it");
            }
        }
    }
    text
}

fn aggregators(of: &[Days; 3]) -> [(&'static str, &Days); 3] {
    [("LA1", &of[0]), ("LA2", &of[1]), ("LA3", &of[2])]
}

/// The demand from which (3) gives Table 4's volumes: P_EV / alpha, rounded up to the watt-hour, on each day.
fn paper_history(table: &Table) -> String {
    let history = table.expected.each_ref().map(|expected| {
        let day: Vec<u64> = expected.iter().map(|volume| (volume * 100).div_ceil(ALPHA)).collect();
        vec![day; usize::try_from(PAPER_HISTORY).expect("small")]
    });
    csv(-PAPER_HISTORY, &aggregators(&history))
}

/// `scenarios/paper`: one day of Table 4.
pub fn paper(table: &str) -> Vec<File> {
    let table = table_4(table);
    let demand = table.actual.each_ref().map(|actual| vec![actual.clone()]);
    vec![
        ("history.csv", paper_history(&table)),
        ("demand.csv", csv(0, &aggregators(&demand))),
        ("generation.csv", csv(0, &[("MG1", &vec![table.residual.clone()])])),
    ]
}

/// `scenarios/paper-month`: thirty days. Each energy is Table 4's, times one plus a noise of the day and a
/// noise of the period: up to 10 % and 5 % for demand, 40 % and 10 % for wind.
pub fn paper_month(table: &str) -> Vec<File> {
    let table = table_4(table);
    let month = |who: u64, energies: &[u64], by_day: u64, by_period: u64| -> Days {
        let period = |day: u64, (period, energy): (u64, &u64)| {
            let noises = noise([who, day, 0], by_day) + noise([who, day, period + 1], by_period);
            scaled(*energy, noises)
        };
        (0..30).map(|day| (0..).zip(energies).map(|at| period(day, at)).collect()).collect()
    };
    let [la1, la2, la3] = &table.actual;
    let demand = [month(1, la1, 100, 50), month(2, la2, 100, 50), month(3, la3, 100, 50)];
    let wind = month(4, &table.residual, 400, 100);
    vec![
        ("history.csv", paper_history(&table)),
        ("demand.csv", csv(0, &aggregators(&demand))),
        ("generation.csv", csv(0, &[("MG1", &wind)])),
    ]
}

/// A day by the hour, in thousandths of its peak: a value at the start of each hour.
type Shape = [u64; 24];

const HOMES: Shape = [
    350, 300, 270, 260, 270, 330, 500, 700, 640, 520, 480, 500, 560, 520, 480, 500, 600, 780, 940, 1000, 960,
    820, 620, 450,
];
const OFFICES: Shape = [
    220, 210, 200, 200, 210, 240, 340, 560, 820, 950, 1000, 980, 900, 960, 980, 940, 860, 700, 480, 360, 300,
    270, 250, 230,
];
const WORKSHOPS: Shape = [
    400, 390, 380, 380, 400, 520, 760, 900, 960, 1000, 990, 960, 880, 940, 980, 960, 900, 760, 620, 560, 520,
    480, 450, 420,
];
const SHOPS: Shape = [
    240, 230, 220, 220, 230, 260, 340, 480, 640, 780, 860, 900, 920, 910, 900, 910, 940, 1000, 980, 860, 620,
    420, 320, 270,
];
const SUN: Shape =
    [0, 0, 0, 0, 0, 20, 110, 270, 460, 650, 810, 930, 1000, 960, 850, 700, 510, 310, 130, 30, 0, 0, 0, 0];
const WIND: Shape = [
    820, 860, 900, 880, 840, 800, 740, 660, 560, 480, 420, 380, 360, 380, 420, 480, 540, 600, 640, 680, 720,
    760, 780, 800,
];

/// A participant of the district: its name, its shape, its peak in watts and its noise in thousandths.
struct Site {
    name: &'static str,
    shape: &'static Shape,
    peak: u64,
    spread: u64,
}

const fn site(name: &'static str, shape: &'static Shape, peak: u64, spread: u64) -> Site {
    Site { name, shape, peak, spread }
}

const LOADS: [Site; 11] = [
    site("LA1", &HOMES, 60_000, 60),
    site("LA2", &OFFICES, 48_000, 50),
    site("LA3", &WORKSHOPS, 72_000, 40),
    site("LA4", &SHOPS, 55_000, 50),
    site("LA5", &HOMES, 90_000, 60),
    site("LA6", &OFFICES, 110_000, 50),
    site("LA7", &HOMES, 84_000, 60),
    site("LA8", &WORKSHOPS, 130_000, 40),
    site("LA9", &SHOPS, 66_000, 50),
    site("LA10", &HOMES, 40_000, 80),
    site("PRO1", &HOMES, 14_000, 80),
];
const SUN_ON_THE_ROOF: Site = site("PRO1", &SUN, 32_000, 100);
const WIND_PARK: Site = site("WIND1", &WIND, 210_000, 150);
const SUN_FIELD: Site = site("PV1", &SUN, 140_000, 100);

impl Site {
    /// Its energy in a quarter-hour without noise: the shape, straight from hour to hour.
    fn smooth(&self, period: usize) -> u64 {
        let (hour, quarter) = (period / 4, u64::try_from(period % 4).expect("small"));
        let share = self.shape[hour] * (4 - quarter) + self.shape[(hour + 1) % 24] * quarter;
        self.peak * share / 16_000
    }

    fn days(&self, who: u64, days: std::ops::Range<u64>) -> Days {
        let energy = |day: u64, period: usize| {
            let key = u64::try_from(period).expect("small");
            scaled(self.smooth(period), noise([who, day, key], self.spread))
        };
        days.map(|day| (0..96).map(|period| energy(day, period)).collect()).collect()
    }
}

/// `scenarios/district`: five days of history and two of delivery. Each energy is a shape of the day at the
/// site's peak, times one plus a noise; the wind park's forecast is the shape without noise.
pub fn district() -> Vec<File> {
    let loads = |days: std::ops::Range<u64>| -> Vec<Days> {
        (100..).zip(&LOADS).map(|(who, site)| site.days(who, days.clone())).collect()
    };
    let named = |days: &[Days], first_day| {
        let of: Vec<_> = LOADS.iter().map(|site| site.name).zip(days).collect();
        csv(first_day, &of)
    };
    let roof = SUN_ON_THE_ROOF.days(200, 5..7);
    let wind = WIND_PARK.days(201, 5..7);
    let field = SUN_FIELD.days(202, 5..7);
    let calm: Days = vec![(0..96).map(|period| WIND_PARK.smooth(period)).collect(); 2];
    vec![
        ("history.csv", named(&loads(0..5), -5)),
        ("demand.csv", named(&loads(5..7), 0)),
        ("generation.csv", csv(0, &[("PRO1", &roof), ("WIND1", &wind), ("PV1", &field)])),
        ("forecast.csv", csv(0, &[("WIND1", &calm)])),
    ]
}
