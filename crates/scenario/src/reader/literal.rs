//! Values of `scenario.toml` as they are written, so that decimals stay exact.

use crate::mistake::Collector;
use market::units::DecimalError;
use market::{Energy, Money, Power, Price, participant::PartsPerMillion};
use serde::de::{Deserialize, Deserializer, Visitor};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use toml::Spanned;

/// A number or a text. A number's digits are taken from the file by its span: TOML would make a float of it.
#[derive(Clone, Debug)]
pub(super) enum Literal {
    Number,
    Text(String),
}

/// A value and where it stands.
pub(super) type Field = Spanned<Literal>;

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Literal;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a plain decimal such as 0.425")
            }
            fn visit_i64<E>(self, _: i64) -> Result<Literal, E> {
                Ok(Literal::Number)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Literal, E> {
                Ok(Literal::Number)
            }
            fn visit_i128<E>(self, _: i128) -> Result<Literal, E> {
                Ok(Literal::Number)
            }
            fn visit_u128<E>(self, _: u128) -> Result<Literal, E> {
                Ok(Literal::Number)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Literal, E> {
                Ok(Literal::Number)
            }
            fn visit_str<E>(self, text: &str) -> Result<Literal, E> {
                Ok(Literal::Text(text.into()))
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}

/// Units of which a scenario has decimals.
pub(super) trait Unit: Sized + Default + Copy {
    const NAME: &'static str;
    fn parse(text: &str) -> Result<Self, DecimalError>;
    fn is_sane(&self) -> bool;
}

/// The most money that anybody starts with or pays in: 10^12 ETH. Within it no sum overflows.
const MAX_MONEY: Money = Money::from_planck(1_000_000_000_000 * market::units::PLANCK_PER_ETH);

impl Unit for Money {
    const NAME: &'static str = "ETH, at least 0, at most 10^12, with at most 18 decimal places";
    fn parse(text: &str) -> Result<Self, DecimalError> {
        Self::parse_decimal(text)
    }
    fn is_sane(&self) -> bool {
        *self <= MAX_MONEY
    }
}

impl Unit for Price {
    const NAME: &'static str = "ETH/kWh, at least 0, at most 1000000, with at most 9 decimal places";
    fn parse(text: &str) -> Result<Self, DecimalError> {
        Self::parse_decimal(text)
    }
    fn is_sane(&self) -> bool {
        *self <= Self::MAX_IN_MARKET
    }
}

impl Unit for Power {
    const NAME: &'static str = "kW, at least 0, at most 10^9, with at most 3 decimal places";
    fn parse(text: &str) -> Result<Self, DecimalError> {
        Self::parse_decimal(text)
    }
    fn is_sane(&self) -> bool {
        self.watts() <= 1_000_000_000_000
    }
}

impl Unit for Energy {
    const NAME: &'static str = "kWh, at least 0, at most 10^9, with at most 3 decimal places";
    fn parse(text: &str) -> Result<Self, DecimalError> {
        Self::parse_decimal(text)
    }
    fn is_sane(&self) -> bool {
        *self <= Self::MAX_PER_PERIOD
    }
}

impl Unit for PartsPerMillion {
    const NAME: &'static str = "a share from 0 to 1, with at most 6 decimal places";
    fn parse(text: &str) -> Result<Self, DecimalError> {
        const SCALE: u128 = market::units::PLANCK_PER_ETH / 1_000_000;
        let scaled = Money::parse_decimal(text)?.planck();
        if !scaled.is_multiple_of(SCALE) {
            return Err(DecimalError::TooPrecise);
        }
        u32::try_from(scaled / SCALE).map(Self).map_err(|_| DecimalError::OutOfRange)
    }
    fn is_sane(&self) -> bool {
        *self <= Self::ONE
    }
}

/// A time of day or a length, in milliseconds, from minutes with at most three decimal places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Minutes(pub(super) u64);

impl Unit for Minutes {
    const NAME: &'static str = "minutes, at least 0, at most 44640, with at most 3 decimal places";
    fn parse(text: &str) -> Result<Self, DecimalError> {
        // A thousandth of a minute is 60 ms; power has three places too.
        let thousandths = Power::parse_decimal(text)?.watts();
        thousandths.checked_mul(60).map(Self).ok_or(DecimalError::OutOfRange)
    }
    fn is_sane(&self) -> bool {
        self.0 <= 44_640 * 60_000
    }
}

/// The text of `scenario.toml` and what was found wrong with it.
pub(super) struct Source<'a> {
    text: &'a str,
    /// Where its lines end, found once: every participant asks for its line.
    ends: Vec<usize>,
    pub(super) mistakes: Collector,
}

impl<'a> Source<'a> {
    /// A text without a mistake as yet, of the file with this path.
    pub(super) fn new(text: &'a str, path: String) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset);
        Self { text, ends: ends.collect(), mistakes: Collector::new(path) }
    }

    /// The line of an offset into the text, from 1.
    pub(super) fn line(&self, offset: usize) -> u64 {
        let breaks = self.ends.partition_point(|end| *end < offset);
        u64::try_from(breaks).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// Notes a mistake at a value.
    pub(super) fn wrong<T>(&mut self, at: &Spanned<T>, message: impl Into<String>) {
        let line = self.line(at.span().start);
        self.mistakes.note(line, message);
    }

    fn literal(&self, field: &Field) -> String {
        match field.get_ref() {
            Literal::Text(text) => text.clone(),
            Literal::Number => {
                let written = self.text.get(field.span()).unwrap_or_default();
                written.trim_start_matches('+').replace('_', "")
            }
        }
    }

    /// A decimal, exactly as it is written; its least value where it is none.
    pub(super) fn decimal<U: Unit>(&mut self, key: &str, field: &Field) -> U {
        let text = self.literal(field);
        match U::parse(&text) {
            Ok(value) if value.is_sane() => return value,
            Ok(_) => self.wrong(field, format!("{key} must be {}, found {text}", U::NAME)),
            Err(error) => {
                let hint = if text.contains(',') { ", with a point and not a comma" } else { "" };
                self.wrong(field, format!("{key} must be {}, found {text}: {error}{hint}", U::NAME));
            }
        }
        U::default()
    }

    /// A decimal, or its least value where it is not given.
    pub(super) fn decimal_or_least<U: Unit>(&mut self, key: &str, field: Option<&Field>) -> U {
        field.map(|field| self.decimal(key, field)).unwrap_or_default()
    }

    /// A whole number within a range; the range's first where it is none.
    pub(super) fn integer<I>(&mut self, key: &str, field: &Field, range: RangeInclusive<I>) -> I
    where
        I: FromStr + PartialOrd + Copy + fmt::Display,
    {
        let text = self.literal(field);
        match text.parse::<I>() {
            Ok(value) if range.contains(&value) => value,
            _ => {
                let (least, most) = (range.start(), range.end());
                self.wrong(
                    field,
                    format!("{key} must be a whole number from {least} to {most}, found {text}"),
                );
                *least
            }
        }
    }
}
