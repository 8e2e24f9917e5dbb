//! Axes, titles and legends of the figures: each label once, with as many places as its axis needs.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::ops::Range;

/// Width of all figures, in pixels.
pub const WIDTH: u32 = 1100;
/// Of text and lines.
pub const INK: RGBColor = RGBColor(40, 40, 40);
const FONT: &str = "sans-serif";
const MESH: RGBColor = RGBColor(225, 225, 225);

/// Steps between labels of a time of day, in minutes.
const TIME_STEPS: [f64; 13] = [0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 360.0, 720.0];

/// A part of a figure.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// A chart with both its axes.
pub type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

/// What goes wrong while drawing.
pub fn drawing<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> anyhow::Error {
    anyhow!("{error}")
}

/// The face of all text.
pub fn text(size: u32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&INK)
}

/// An axis: where it begins and ends, what it says, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    range: Range<f64>,
    ticks: Vec<(f64, String)>,
    name: &'static str,
}

impl Axis {
    /// Hours of a day as its clock shows them.
    pub fn time_of_day(hours: f64, most: f64) -> Self {
        let minutes = hours * 60.0;
        let step = TIME_STEPS.into_iter().find(|step| minutes / step <= most).unwrap_or(1440.0);
        let ticks = multiples(0.0, minutes, step).map(|at| (at / 60.0, clock(at))).collect();
        Self { range: 0.0..hours, ticks, name: "time of day" }
    }

    /// Values from the least to the most, in about so many steps.
    pub fn values(low: f64, high: f64, most: f64, name: &'static str) -> Self {
        let (step, places) = step(high - low, most);
        let ticks = multiples(low, high, step).map(|at| (at, decimal(at, places))).collect();
        Self { range: low..high, ticks, name }
    }

    /// Rows from above, which are named beside it.
    pub fn rows(count: usize) -> Self {
        Self { range: count.max(1) as f64..0.0, ticks: Vec::new(), name: "" }
    }

    /// Columns from the left, without names.
    pub fn columns(count: usize, name: &'static str) -> Self {
        Self { range: 0.0..count.max(1) as f64, ticks: Vec::new(), name }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(self.range.clone()).map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|(at, _)| *at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, at: &f64) -> String {
        let label = self.ticks.iter().find(|(tick, _)| tick == at).map(|(_, label)| label.clone());
        label.unwrap_or_default()
    }
}

/// A chart with a caption above it, and its mesh.
pub fn chart<'a, 'b>(area: &'a Area<'b>, caption: Option<&str>, x: &Axis, y: &Axis) -> Result<Chart<'a, 'b>> {
    let mut builder = ChartBuilder::on(area);
    let below = if x.ticks.is_empty() && x.name.is_empty() { 8 } else { 44 };
    let beside = if y.ticks.is_empty() { 150 } else { 72 };
    builder.margin(8).margin_right(24).x_label_area_size(below).y_label_area_size(beside);
    if let Some(caption) = caption {
        builder.caption(caption, text(17));
    }
    let mut chart = builder.build_cartesian_2d(x.clone(), y.clone()).map_err(drawing)?;
    chart
        .configure_mesh()
        .bold_line_style(MESH)
        .light_line_style(TRANSPARENT)
        .axis_style(INK)
        .x_desc(x.name)
        .y_desc(y.name)
        .label_style(text(13))
        .axis_desc_style(text(14))
        .draw()
        .map_err(drawing)?;
    Ok(chart)
}

/// Draws title and legend, and gives the room below them.
pub fn head<'a>(root: &Area<'a>, title: &str, legend: &[(&str, RGBColor)]) -> Result<Area<'a>> {
    root.fill(&WHITE).map_err(drawing)?;
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

/// The round step of which a span takes at most so many, and how many decimal places it has.
fn step(span: f64, most: f64) -> (f64, usize) {
    let least = (span / most).max(1e-9);
    let mut ten = 10f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * ten >= least * (1.0 - 1e-9));
    let factor = factor.unwrap_or_else(|| {
        ten *= 10.0;
        1.0
    });
    let places = (0..9).find(|places| ten * 10f64.powi(*places) >= 1.0 - 1e-9).unwrap_or(9);
    (factor * ten, usize::try_from(places).unwrap_or_default())
}

/// The multiples of a step from one value to another.
fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (low / step - 1e-9).ceil();
    let count = ((high / step + 1e-9).floor() - first).max(-1.0) + 1.0;
    (0..count as u32).map(move |index| (first + f64::from(index)) * step)
}

/// A decimal with so many places; zero has no sign.
pub fn decimal(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|letter| matches!(letter, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

/// Minutes into a day as a clock shows them.
fn clock(minutes: f64) -> String {
    let seconds = (minutes * 60.0).round() as u64;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if seconds == 0 {
        format!("{hours:02}:{minutes:02}")
    } else {
        format!("{hours:02}:{minutes:02}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn labels_should_be_different_when_an_axis_is_short() {
        assert_eq!(
            labels(&Axis::values(0.0779, 0.1021, 6.0, "")),
            ["0.080", "0.085", "0.090", "0.095", "0.100"]
        );
        assert_eq!(
            labels(&Axis::values(-0.004, 0.021, 6.0, "")),
            ["0.000", "0.005", "0.010", "0.015", "0.020"]
        );
        assert_eq!(labels(&Axis::values(-2.5, 2.5, 6.0, "")), ["-2", "-1", "0", "1", "2"]);
        assert_eq!(labels(&Axis::values(0.0, 1.0, 6.0, "")), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&Axis::values(0.0, 1234.0, 6.0, "")), ["0", "500", "1000"]);
    }

    #[test]
    fn labels_should_be_different_whatever_the_span() {
        for low in [-1000.0, -3.7, -0.01, 0.0, 0.02, 812.0] {
            for span in [1e-6, 0.003, 0.07, 0.9, 1.0, 2.3, 5.0, 20.0, 99.0, 1e6] {
                let axis = Axis::values(low, low + span, 6.0, "");
                let mut all = labels(&axis);
                assert!((2..=7).contains(&all.len()), "{low} {span}: {all:?}");
                all.dedup();
                assert_eq!(all.len(), axis.ticks.len(), "{low} {span}: {all:?}");
                assert!(
                    all.iter().all(|label| !label.starts_with("-0.0")
                        || label.contains(|digit: char| ('1'..='9').contains(&digit))),
                    "{all:?}"
                );
            }
        }
    }

    #[test]
    fn times_should_be_whole_when_a_day_is_short_or_long() {
        assert_eq!(labels(&Axis::time_of_day(24.0, 4.0)), ["00:00", "06:00", "12:00", "18:00", "24:00"]);
        assert_eq!(labels(&Axis::time_of_day(0.05, 6.0)).last(), Some(&"00:03"));
        assert_eq!(
            labels(&Axis::time_of_day(0.02, 6.0)),
            ["00:00", "00:00:15", "00:00:30", "00:00:45", "00:01"]
        );
    }

    #[test]
    fn zero_should_have_no_sign_when_it_was_rounded() {
        assert_eq!((decimal(-0.004, 2), decimal(-0.006, 2)), ("0.00".into(), "-0.01".into()));
    }
}
