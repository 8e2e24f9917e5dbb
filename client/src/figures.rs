//! The paper's figures, as SVG: demand (7, 8), bids (9), and what the market changes for everybody. Up to a handful of
//! members each has its own line or panel; of more the figures show sums and how they are spread.

mod axes;

use crate::results::Results;
use crate::whole::write_whole;
use anyhow::{Context, Result};
use axes::{Area, Axis, Chart, INK, WIDTH, chart, decimal, drawing, head, text};
use market::bill::{BillLine, Totals};
use market::{Day, NetEnergy, NetMoney, ParticipantId, Role};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::collections::HashMap;
use std::path::Path;

/// What is drawn.
struct Figures<'a>(&'a Results);

/// The most members with a panel of their own, with a line of their own in one chart, and with a row of their own.
const MOST_PANELS: usize = 24;
const MOST_LINES: usize = 8;
const MOST_ROWS: usize = 60;

/// Colours that stay apart for readers who see few of them.
const COLOURS: [RGBColor; MOST_LINES] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(120, 94, 240),
    RGBColor(150, 150, 40),
];
/// From all but a tenth at either end, and from the middle half, of what is spread.
const SPREAD: [RGBColor; 2] = [RGBColor(204, 227, 240), RGBColor(134, 187, 218)];
const BANDS: [(&str, RGBColor); 3] =
    [("median", COLOURS[0]), ("middle half", SPREAD[1]), ("all but a tenth at either end", SPREAD[0])];

/// A value held over each of its periods: stairs, with a gap where a period has none.
type Stairs = Vec<Vec<(f64, f64)>>;

/// What each of some members has in each of its periods.
type Series<'a> = Vec<(&'a str, Vec<(u16, Option<f64>)>)>;

/// Writes the figures of a day, and of the money of all days, into a folder; gives their names.
pub fn write(results: &Results, day: Day, folder: &Path) -> Result<Vec<&'static str>> {
    let figures = Figures(results);
    let draw = |name: &'static str, figure: &dyn Fn(&mut String) -> Result<()>| -> Result<&'static str> {
        let mut svg = String::new();
        figure(&mut svg).with_context(|| format!("cannot draw {name}"))?;
        write_whole(&folder.join(name), |file| file.write_all(svg.as_bytes()))?;
        Ok(name)
    };
    Ok(vec![
        draw("demand.svg", &|svg| figures.demand(day, svg))?,
        draw("bids.svg", &|svg| figures.bids(day, svg))?,
        draw("money.svg", &|svg| figures.money(svg))?,
    ])
}

impl Figures<'_> {
    /// What those who buy in the market have in the lines of a day.
    fn buyers(&self, day: Day, of: impl Fn(&BillLine) -> Option<f64>) -> Series<'_> {
        let mut lines: HashMap<ParticipantId, Vec<(u16, Option<f64>)>> = HashMap::new();
        for line in self.0.report.lines.iter().filter(|line| line.delivery.day == day) {
            lines.entry(line.participant).or_default().push((line.delivery.period, of(line)));
        }
        let buyers = self.0.members().filter(|(_, _, role)| role.buys());
        buyers.filter_map(|(id, name, _)| Some((name, lines.remove(&id)?))).collect()
    }

    /// Start of a period, in hours of its day.
    fn hour(&self, period: u16) -> f64 {
        f64::from(period) * self.period_hours()
    }

    fn period_hours(&self) -> f64 {
        self.0.calendar.period_length as f64 / market::units::MS_PER_HOUR as f64
    }

    fn times(&self, most: f64) -> Axis {
        Axis::time_of_day(self.hour(self.0.calendar.periods_per_day), most)
    }

    fn stairs(&self, values: impl IntoIterator<Item = (u16, Option<f64>)>) -> Stairs {
        let mut runs: Stairs = Vec::new();
        let mut open = false;
        for (period, value) in values {
            let Some(value) = value else {
                open = false;
                continue;
            };
            if !open {
                runs.push(Vec::new());
            }
            open = true;
            if let Some(run) = runs.last_mut() {
                run.push((self.hour(period), value));
                run.push((self.hour(period) + self.period_hours(), value));
            }
        }
        runs
    }

    /// Figures 7 and 8: what each buyer expected to trade and what it really used; of many, all together, and how the
    /// real demand is spread among them.
    fn demand(&self, day: Day, svg: &mut String) -> Result<()> {
        let kwh = |energy: Option<NetEnergy>| energy.map(|energy| energy.watt_hours() as f64 / 1e3);
        let expected = self.buyers(day, |line| kwh(line.expected));
        let real = self.buyers(day, |line| kwh(line.actual));
        let is_many = real.len() > MOST_PANELS;
        let (columns, panel) = match real.len() {
            0..=3 => (1, 250),
            4..=MOST_LINES => (2, 230),
            9..=MOST_PANELS => (4, 180),
            _ => (1, 320),
        };
        let rows = if is_many { 2 } else { real.len().div_ceil(columns).max(1) };
        let root =
            SVGBackend::with_string(svg, (WIDTH, 110 + panel * u32::try_from(rows)?)).into_drawing_area();
        let title = format!("{}: expected trade and real demand, day {day}", self.0.report.name);
        let mut legend = vec![("expected trade (3)", COLOURS[0]), ("real demand", COLOURS[1])];
        if is_many {
            legend.extend(BANDS);
        }
        let body = head(&root, &title, &legend)?;
        let panels = body.split_evenly((rows, columns));
        let both = |panel: &Area<'_>, name: &str, expected: Stairs, real: Stairs| {
            let (low, high) = bounds(expected.iter().chain(&real).flatten().map(|(_, value)| *value));
            let (hours, values) = if columns > 2 { (4.0, 4.0) } else { (12.0, 5.0) };
            let y = Axis::values(low, high, values, "kWh a period");
            let mut chart = chart(panel, Some(name), &self.times(hours), &y)?;
            // Where both are one, the thin line runs within the thick one.
            for (runs, colour, width) in [(real, COLOURS[1], 4), (expected, COLOURS[0], 2)] {
                stroke(&mut chart, runs, colour.stroke_width(width))?;
            }
            Ok::<_, anyhow::Error>(())
        };
        if let ([sums, spread], true) = (&panels[..], is_many) {
            let name = format!("all {} buyers together", real.len());
            both(sums, &name, self.stairs(summed(&expected)), self.stairs(summed(&real)))?;
            self.spread(spread, Some("real demand of one of them"), &real, "kWh a period")?;
        } else {
            for ((panel, (name, expected)), (_, real)) in panels.iter().zip(expected).zip(real) {
                both(panel, name, self.stairs(expected), self.stairs(real))?;
            }
        }
        root.present().map_err(drawing)
    }

    /// Figure 9: the bids over the day; of many buyers, how they are spread.
    fn bids(&self, day: Day, svg: &mut String) -> Result<()> {
        let buyers = self.buyers(day, |line| line.bid.map(|bid| bid.gwei() as f64 / 1e9));
        let root = SVGBackend::with_string(svg, (WIDTH, 620)).into_drawing_area();
        let title = format!("{}: bids (5), day {day}", self.0.report.name);
        let unit = "bid, ETH/kWh";
        if buyers.len() > MOST_LINES {
            let body = head(&root, &format!("{title}, {} buyers", buyers.len()), &BANDS)?;
            self.spread(&body, None, &buyers, unit)?;
        } else {
            let legend: Vec<_> =
                buyers.iter().zip(COLOURS).map(|((name, _), colour)| (*name, colour)).collect();
            let body = head(&root, &title, &legend)?;
            let (low, high) =
                bounds(buyers.iter().flat_map(|(_, values)| values).filter_map(|(_, bid)| *bid));
            let y = Axis::values(low, high, 6.0, unit);
            let mut chart = chart(&body, None, &self.times(12.0), &y)?;
            for ((_, values), colour) in buyers.into_iter().zip(COLOURS) {
                stroke(&mut chart, self.stairs(values), colour.stroke_width(2))?;
            }
        }
        root.present().map_err(drawing)
    }

    /// How the values of many members are spread in each period.
    fn spread(
        &self,
        area: &Area<'_>,
        caption: Option<&str>,
        series: &Series<'_>,
        unit: &'static str,
    ) -> Result<()> {
        let mut periods: Vec<(u16, Vec<f64>)> =
            (0..self.0.calendar.periods_per_day).map(|period| (period, Vec::new())).collect();
        for (period, value) in series.iter().flat_map(|(_, values)| values) {
            if let (Some((_, all)), Some(value)) = (periods.get_mut(usize::from(*period)), value) {
                all.push(*value);
            }
        }
        periods.retain(|(_, all)| !all.is_empty());
        periods.iter_mut().for_each(|(_, all)| all.sort_by(f64::total_cmp));
        let drawn = periods.iter().flat_map(|(_, all)| [quantile(all, 0.1), quantile(all, 0.9)]);
        let (low, high) = bounds(drawn);
        let mut chart = chart(area, caption, &self.times(12.0), &Axis::values(low, high, 6.0, unit))?;
        for (colour, from, to) in [(SPREAD[0], 0.1, 0.9), (SPREAD[1], 0.25, 0.75)] {
            let bands = periods.iter().map(|(period, all)| {
                let left = self.hour(*period);
                let corners = [(left, quantile(all, from)), (left + self.period_hours(), quantile(all, to))];
                Rectangle::new(corners, colour.filled())
            });
            chart.draw_series(bands).map_err(drawing)?;
        }
        let median = self.stairs(periods.iter().map(|(period, all)| (*period, Some(quantile(all, 0.5)))));
        stroke(&mut chart, median, COLOURS[0].stroke_width(2))
    }

    /// What members pay or receive over all days, with the market and with the grid alone, and what they save.
    fn money(&self, svg: &mut String) -> Result<()> {
        let members: Vec<(&str, Role, Totals)> = self
            .0
            .members()
            .zip(self.0.report.totals())
            .filter(|((_, _, role), _)| role.is_metered())
            .filter_map(|((_, name, role), totals)| Some((name, role, totals?)))
            .collect();
        if members.len() > MOST_ROWS {
            return self.savings_of_many(&members, svg);
        }
        let height = 150 + 30 * u32::try_from(members.len())?;
        let root = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
        let title = format!("{}: what members pay (received: below zero), and save", self.0.report.name);
        let legend = [("with the market", COLOURS[0]), ("grid only", COLOURS[4]), ("saved", COLOURS[2])];
        let body = head(&root, &title, &legend)?;
        let (left, right) = body.split_horizontally(i32::try_from(WIDTH)? * 11 / 20);
        let rows = Axis::rows(members.len());
        let x = across(members.iter().flat_map(|(_, _, t)| [eth(t.total()), eth(t.grid_only)]), "ETH");
        let mut paid = chart(&left, None, &x, &rows)?;
        let x = across(members.iter().map(|(_, _, totals)| saved(totals)), "saved, ETH");
        let mut gained = chart(&right, None, &x, &rows)?;
        for (index, (name, role, totals)) in members.iter().enumerate() {
            let row = index as f64;
            bar(&mut paid, row + 0.12, row + 0.48, eth(totals.total()), COLOURS[0])?;
            bar(&mut paid, row + 0.52, row + 0.88, eth(totals.grid_only), COLOURS[4])?;
            beside(&left, &paid, row, name)?;
            bar(&mut gained, row + 0.2, row + 0.8, saved(totals), COLOURS[2])?;
            beside(&right, &gained, row, &saving(totals, *role))?;
        }
        for chart in [&mut paid, &mut gained] {
            let zero = [(0.0, 0.0), (0.0, members.len() as f64)];
            chart.draw_series([PathElement::new(zero, INK)]).map_err(drawing)?;
        }
        root.present().map_err(drawing)
    }

    /// The savings of all members, from the least to the most.
    fn savings_of_many(&self, members: &[(&str, Role, Totals)], svg: &mut String) -> Result<()> {
        let mut all: Vec<f64> = members.iter().map(|(_, _, totals)| saved(totals)).collect();
        all.sort_by(f64::total_cmp);
        let root = SVGBackend::with_string(svg, (WIDTH, 620)).into_drawing_area();
        let title = format!("{}: what each of {} members saves", self.0.report.name, all.len());
        let body = head(&root, &title, &[("saved, by member, from the least to the most", COLOURS[2])])?;
        let (low, high) = bounds(all.iter().copied().chain([0.0]));
        let y = Axis::values(low, high, 6.0, "saved, ETH");
        let mut chart = chart(&body, None, &Axis::columns(all.len(), "members"), &y)?;
        let bars = all.iter().enumerate().map(|(index, value)| {
            Rectangle::new([(index as f64, 0.0), (index as f64 + 1.0, *value)], COLOURS[2].filled())
        });
        chart.draw_series(bars).map_err(drawing)?;
        root.present().map_err(drawing)
    }
}

fn eth(money: NetMoney) -> f64 {
    money.planck() as f64 / 1e18
}

fn saved(totals: &Totals) -> f64 {
    eth(totals.grid_only) - eth(totals.total())
}

/// A saving as people read it: money, and where there is something to compare with its share.
fn saving(totals: &Totals, role: Role) -> String {
    let share = totals.saving().map(|millionths| decimal(millionths as f64 / 1e6, 1));
    let sign = if role.buys() { "" } else { "+" };
    let share = share.map_or_else(String::new, |share| format!(" ({sign}{share} %)"));
    format!("{}{share}", decimal(saved(totals), 2))
}

/// The sum of all members in each period; none where nobody has a value.
fn summed(series: &Series<'_>) -> Vec<(u16, Option<f64>)> {
    let mut sums = std::collections::BTreeMap::new();
    for (period, value) in series.iter().flat_map(|(_, values)| values) {
        let sum: &mut Option<f64> = sums.entry(*period).or_default();
        *sum = sum.zip(*value).map(|(sum, value)| sum + value).or(*sum).or(*value);
    }
    sums.into_iter().collect()
}

/// A quantile of sorted values, between the two nearest; zero of none.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * sorted.len().saturating_sub(1) as f64;
    let near = |index: f64| sorted.get(index as usize).copied().unwrap_or_default();
    let (low, high) = (near(at.floor()), near(at.ceil()));
    low + (high - low) * at.fract()
}

fn stroke(chart: &mut Chart<'_, '_>, runs: Stairs, style: ShapeStyle) -> Result<()> {
    for run in runs {
        chart.draw_series(LineSeries::new(run, style)).map_err(drawing)?;
    }
    Ok(())
}

/// A bar from zero to a value, between two heights.
fn bar(chart: &mut Chart<'_, '_>, from: f64, to: f64, value: f64, colour: RGBColor) -> Result<()> {
    let corners = [(value.min(0.0), from), (value.max(0.0), to)];
    chart.draw_series([Rectangle::new(corners, colour.filled())]).map_err(drawing)?;
    Ok(())
}

/// Writes a row's name to the left of a chart.
fn beside(area: &Area<'_>, chart: &Chart<'_, '_>, row: f64, name: &str) -> Result<()> {
    let (_, y) = chart.backend_coord(&(0.0, row + 0.5));
    let (plane_x, _) = chart.plotting_area().get_base_pixel();
    let (origin_x, origin_y) = area.get_base_pixel();
    let style = text(14).pos(Pos::new(HPos::Right, VPos::Center));
    let at = (plane_x - origin_x - 10, y - origin_y);
    area.draw(&Text::new(name.to_owned(), at, style)).map_err(drawing)
}

/// An axis for bars from zero.
fn across(values: impl Iterator<Item = f64>, name: &'static str) -> Axis {
    let (low, high) = bounds(values.chain([0.0]));
    Axis::values(low.min(0.0), high, 5.0, name)
}

/// Room for all values: from zero where it is near, with some air above.
fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if !low.is_finite() || !high.is_finite() {
        return (0.0, 1.0);
    }
    let air = (high - low).max(1e-6).max(high.abs() * 1e-3) * 0.08;
    (if low >= 0.0 && low < high * 0.5 || low == 0.0 { 0.0 } else { low - air }, high + air)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_should_lie_between_its_neighbours() {
        let all = [1.0, 2.0, 3.0, 10.0];
        assert_eq!([0.0, 0.5, 1.0].map(|share| quantile(&all, share)), [1.0, 2.5, 10.0]);
        assert_eq!((quantile(&[7.0], 0.9), quantile(&[], 0.5)), (7.0, 0.0));
    }

    #[test]
    fn sum_should_leave_a_gap_where_nobody_has_a_value() {
        let series = vec![("a", vec![(0, Some(1.0)), (1, None)]), ("b", vec![(0, Some(2.0)), (1, None)])];
        assert_eq!(summed(&series), [(0, Some(3.0)), (1, None)]);
    }
}
