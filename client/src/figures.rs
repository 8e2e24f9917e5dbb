//! The paper's figures, as SVG: demand (7, 8), bids (9), and what the market changes for everybody.

use crate::results::Results;
use crate::whole::write_whole;
use anyhow::{Context, Result, anyhow};
use market::bill::BillLine;
use market::{Day, ParticipantId};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::collections::HashMap;
use std::path::Path;

/// What is drawn.
struct Figures<'a>(&'a Results);

const WIDTH: u32 = 1100;
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(225, 225, 225);
/// Colours that stay apart for readers who see few of them.
const COLOURS: [RGBColor; 12] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(120, 94, 240),
    RGBColor(150, 150, 40),
    RGBColor(160, 60, 60),
    RGBColor(60, 110, 60),
    RGBColor(110, 110, 110),
    RGBColor(0, 0, 0),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

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

fn drawing<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> anyhow::Error {
    anyhow!("{error}")
}

fn text(size: u32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&INK)
}

fn colour(index: usize) -> RGBColor {
    COLOURS.get(index.checked_rem(COLOURS.len()).unwrap_or_default()).copied().unwrap_or(INK)
}

/// The least "round" number of one, two or five tens that is not below the value.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let ten = 10f64.powf(value.log10().floor());
    [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0]
        .into_iter()
        .map(|step| step * ten)
        .find(|step| *step >= value)
        .unwrap_or(10.0 * ten)
}

impl Figures<'_> {
    /// Those who buy in the market and have lines on the day, with their lines.
    fn buyers(&self, day: Day) -> Vec<(&str, Vec<&BillLine>)> {
        let mut lines: HashMap<ParticipantId, Vec<&BillLine>> = HashMap::new();
        for line in self.0.report.lines.iter().filter(|line| line.delivery.day == day) {
            lines.entry(line.participant).or_default().push(line);
        }
        self.0
            .members()
            .filter(|(_, _, role)| role.buys())
            .filter_map(|(id, name, _)| Some((name, lines.remove(&id)?)))
            .collect()
    }

    /// Start of a period, in hours of its day.
    fn hour(&self, period: u16) -> f64 {
        f64::from(period) * self.period_hours()
    }

    fn period_hours(&self) -> f64 {
        self.0.calendar.period_length as f64 / market::units::MS_PER_HOUR as f64
    }

    fn day_hours(&self) -> f64 {
        self.hour(self.0.calendar.periods_per_day)
    }

    /// A value held over each of its periods: a stair, with a gap where a period has none.
    fn stairs(&self, values: impl Iterator<Item = (u16, Option<f64>)>) -> Vec<Vec<(f64, f64)>> {
        let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
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

    /// Figures 7 and 8: what each buyer expected to trade and what it really used.
    fn demand(&self, day: Day, svg: &mut String) -> Result<()> {
        let buyers = self.buyers(day);
        let columns = if buyers.len() > 3 { 2 } else { 1 };
        let rows = buyers.len().div_ceil(columns).max(1);
        let height = 110 + 250 * u32::try_from(rows)?;
        let backend = SVGBackend::with_string(svg, (WIDTH, height));
        let root = backend.into_drawing_area();
        root.fill(&WHITE).map_err(drawing)?;
        let title = format!("{}: expected trade and real demand, day {day}", self.0.report.name);
        let body = head(&root, &title, &[("expected trade (3)", COLOURS[0]), ("real demand", COLOURS[1])])?;
        for (panel, (name, lines)) in body.split_evenly((rows, columns)).iter().zip(&buyers) {
            let kwh = |energy: Option<market::NetEnergy>| energy.map(|e| e.watt_hours() as f64 / 1e3);
            let expected = self.stairs(lines.iter().map(|line| (line.delivery.period, kwh(line.expected))));
            let actual = self.stairs(lines.iter().map(|line| (line.delivery.period, kwh(line.actual))));
            let mut chart =
                self.chart(panel, Some(name), bounds(expected.iter().chain(&actual)), "kWh a period")?;
            // Where both are one, the thin line runs within the thick one.
            for (runs, colour, width) in [(actual, COLOURS[1], 4), (expected, COLOURS[0], 2)] {
                stroke(&mut chart, runs, colour.stroke_width(width))?;
            }
        }
        root.present().map_err(drawing)
    }

    /// Figure 9: the bids over the day.
    fn bids(&self, day: Day, svg: &mut String) -> Result<()> {
        let buyers = self.buyers(day);
        let backend = SVGBackend::with_string(svg, (WIDTH, 620));
        let root = backend.into_drawing_area();
        root.fill(&WHITE).map_err(drawing)?;
        let stairs: Vec<_> = buyers
            .iter()
            .enumerate()
            .map(|(index, (name, lines))| {
                let bid =
                    |line: &&BillLine| (line.delivery.period, line.bid.map(|bid| bid.gwei() as f64 / 1e9));
                (*name, colour(index), self.stairs(lines.iter().map(bid)))
            })
            .collect();
        let legend: Vec<_> = stairs.iter().map(|(name, colour, _)| (*name, *colour)).collect();
        let body = head(&root, &format!("{}: bids (5), day {day}", self.0.report.name), &legend)?;
        let bounds = bounds(stairs.iter().flat_map(|(_, _, runs)| runs));
        let mut chart = self.chart(&body, None, bounds, "bid, ETH/kWh")?;
        for (_, colour, runs) in stairs {
            stroke(&mut chart, runs, colour.stroke_width(2))?;
        }
        root.present().map_err(drawing)
    }

    /// A chart over the hours of a day.
    fn chart<'a, 'b>(
        &self,
        area: &'a Area<'b>,
        caption: Option<&str>,
        (low, high): (f64, f64),
        unit: &str,
    ) -> Result<Chart<'a, 'b>> {
        let mut builder = ChartBuilder::on(area);
        builder.margin(8).margin_right(24).x_label_area_size(44).y_label_area_size(72);
        if let Some(caption) = caption {
            builder.caption(caption, text(18));
        }
        let hours = self.day_hours();
        let mut chart = builder.build_cartesian_2d(0.0..hours, low..high).map_err(drawing)?;
        let narrow = area.dim_in_pixel().0 < 700;
        chart
            .configure_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(INK)
            .x_labels(if narrow { 9 } else { 13 })
            .y_labels(6)
            .x_label_formatter(&|hour| clock(*hour))
            .y_label_formatter(&|value| decimal(*value, high - low))
            .x_desc("time of day")
            .y_desc(unit)
            .label_style(text(13))
            .axis_desc_style(text(14))
            .draw()
            .map_err(drawing)?;
        Ok(chart)
    }

    /// What everybody pays or receives over all days, with the market and with the grid alone.
    fn money(&self, svg: &mut String) -> Result<()> {
        let eth = |money: market::NetMoney| money.planck() as f64 / 1e18;
        let bars: Vec<(&str, f64, f64)> = self
            .0
            .members()
            .zip(self.0.report.totals())
            .filter_map(|((_, name, _), totals)| Some((name, totals?)))
            .map(|(name, totals)| (name, eth(totals.total()), eth(totals.grid_only)))
            .collect();
        let backend = SVGBackend::with_string(svg, (WIDTH, 620));
        let root = backend.into_drawing_area();
        root.fill(&WHITE).map_err(drawing)?;
        let title =
            format!("{}: money per participant (paid above, received below zero)", self.0.report.name);
        let body = head(&root, &title, &[("with the market", COLOURS[0]), ("grid only", COLOURS[4])])?;
        let all = bars.iter().flat_map(|(_, with, without)| [*with, *without]);
        let (low, high) = all.fold((0.0f64, 0.0f64), |(low, high), x| (low.min(x), high.max(x)));
        let low = if low < 0.0 { -round_up(-low * 1.08) } else { 0.0 };
        let high = round_up(high * 1.08);
        let mut builder = ChartBuilder::on(&body);
        builder.margin(8).margin_right(24).x_label_area_size(44).y_label_area_size(86);
        let mut chart =
            builder.build_cartesian_2d(0.0..bars.len().max(1) as f64, low..high).map_err(drawing)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_x_axis()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(INK)
            .y_labels(9)
            .y_label_formatter(&|value| decimal(*value, high - low))
            .y_desc("ETH")
            .label_style(text(13))
            .axis_desc_style(text(14))
            .draw()
            .map_err(drawing)?;
        draw_bars(&mut chart, &body, &bars)?;
        root.present().map_err(drawing)
    }
}

fn draw_bars(chart: &mut Chart<'_, '_>, body: &Area<'_>, bars: &[(&str, f64, f64)]) -> Result<()> {
    let few = bars.len() <= 8;
    for (index, (name, with, without)) in bars.iter().enumerate() {
        let left = index as f64;
        for (from, to, value, colour) in [(0.12, 0.49, *with, COLOURS[0]), (0.51, 0.88, *without, COLOURS[4])]
        {
            let corners = [(left + from, 0.0), (left + to, value)];
            chart.draw_series([Rectangle::new(corners, colour.filled())]).map_err(drawing)?;
            if few {
                let (x, y) = chart.backend_coord(&(left + (from + to) / 2.0, value));
                let (origin_x, origin_y) = body.get_base_pixel();
                let y = if value < 0.0 { y + 4 } else { y - 16 };
                let style = text(12).pos(centre());
                body.draw(&Text::new(format!("{value:.2}"), (x - origin_x, y - origin_y), style))
                    .map_err(drawing)?;
            }
        }
        let (x, _) = chart.backend_coord(&(left + 0.5, 0.0));
        let (origin_x, _) = body.get_base_pixel();
        let bottom = i32::try_from(body.dim_in_pixel().1)? - 36;
        body.draw(&Text::new(*name, (x - origin_x, bottom), text(15).pos(centre()))).map_err(drawing)?;
    }
    chart.draw_series([PathElement::new([(0.0, 0.0), (bars.len() as f64, 0.0)], INK)]).map_err(drawing)?;
    Ok(())
}

fn centre() -> plotters::style::text_anchor::Pos {
    use plotters::style::text_anchor::{HPos, Pos, VPos};
    Pos::new(HPos::Center, VPos::Top)
}

/// Draws title and legend, and gives the room below them.
fn head<'a>(root: &Area<'a>, title: &str, legend: &[(&str, RGBColor)]) -> Result<Area<'a>> {
    root.draw(&Text::new(title.to_owned(), (16, 14), text(22))).map_err(drawing)?;
    let (mut x, mut y) = (20, 54);
    for (name, colour) in legend {
        // Room for the widest letters of a sans-serif face at this size.
        let width = 48 + 9 * i32::try_from(name.chars().count())?;
        if x + width > i32::try_from(WIDTH)? {
            (x, y) = (20, y + 22);
        }
        root.draw(&Rectangle::new([(x, y), (x + 22, y + 10)], colour.filled())).map_err(drawing)?;
        root.draw(&Text::new((*name).to_owned(), (x + 28, y - 3), text(15))).map_err(drawing)?;
        x += width;
    }
    Ok(root.split_vertically(y + 26).1)
}

fn stroke(chart: &mut Chart<'_, '_>, runs: Vec<Vec<(f64, f64)>>, style: ShapeStyle) -> Result<()> {
    for run in runs {
        chart.draw_series(LineSeries::new(run, style)).map_err(drawing)?;
    }
    Ok(())
}

/// Room for all values: from zero where it is near, with some air above.
fn bounds<'a>(runs: impl Iterator<Item = &'a Vec<(f64, f64)>>) -> (f64, f64) {
    let (low, high) = runs
        .flatten()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, y)| (low.min(*y), high.max(*y)));
    if !low.is_finite() || !high.is_finite() {
        return (0.0, 1.0);
    }
    let low = if low >= 0.0 && low < high * 0.5 { 0.0 } else { low - (high - low).max(0.01) * 0.08 };
    (low, high + (high - low).max(0.01) * 0.08)
}

fn clock(hour: f64) -> String {
    let minutes = (hour * 60.0).round();
    format!("{:02}:{:02}", (minutes / 60.0).floor(), minutes % 60.0)
}

fn decimal(value: f64, span: f64) -> String {
    let value = if value == 0.0 { 0.0 } else { value };
    match span {
        span if span >= 20.0 => format!("{value:.0}"),
        span if span >= 2.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
