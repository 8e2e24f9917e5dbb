//! Numbers as files have them, and energies of them. Nothing goes through a floating-point number.

use serde::Deserialize;

/// The most places behind the point that count: further ones are far below a milliwatt-hour.
const MAX_PLACES: u32 = 12;
/// The most digits before the point.
const MAX_WHOLE: usize = 15;

/// An energy in milliwatt-hours: registers and quarter-hours of a mean power have parts of a watt-hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FineEnergy(i64);

impl FineEnergy {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Of milliwatt-hours.
    pub const fn from_milliwatt_hours(value: i64) -> Self {
        Self(value)
    }

    /// In milliwatt-hours.
    pub const fn milliwatt_hours(self) -> i64 {
        self.0
    }

    /// The sum, where it is within bounds.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// So many times as much, to the nearest milliwatt-hour, a half up.
    pub fn times(self, factor: Decimal) -> Option<Self> {
        half_up(i128::from(self.0).checked_mul(factor.digits)?, 10_i128.checked_pow(factor.places)?)
    }
}

/// A fraction as a whole number, a half up.
fn half_up(top: i128, bottom: i128) -> Option<FineEnergy> {
    let whole = top.checked_mul(2)?.checked_add(bottom)?.checked_div_euclid(bottom.checked_mul(2)?)?;
    i64::try_from(whole).ok().map(FineEnergy)
}

/// What a file's numbers are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Unit {
    /// Mean power of an interval.
    W,
    /// The same.
    #[serde(rename = "kW")]
    KW,
    /// Energy.
    Wh,
    /// The same.
    #[serde(rename = "kWh")]
    KWh,
    /// The same.
    MWh,
}

impl Unit {
    /// All, with what they are called; case does not matter in a file.
    pub const ALL: [(&str, Self); 5] =
        [("MWh", Self::MWh), ("kWh", Self::KWh), ("Wh", Self::Wh), ("kW", Self::KW), ("W", Self::W)];

    /// The unit that a text names.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, unit)| unit)
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, unit)| *unit == self).map_or("", |(name, _)| name)
    }

    /// Whether it is a power, which needs a length of time to be an energy.
    pub fn is_power(self) -> bool {
        matches!(self, Self::W | Self::KW)
    }

    /// Milliwatts or milliwatt-hours of one.
    fn thousandths(self) -> i128 {
        match self {
            Self::W | Self::Wh => 1_000,
            Self::KW | Self::KWh => 1_000_000,
            Self::MWh => 1_000_000_000,
        }
    }
}

/// A decimal: its digits, and how many of them are behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: i128,
    places: u32,
}

impl Decimal {
    /// One.
    pub const ONE: Self = Self { digits: 1, places: 0 };

    /// Reads a number with a mark before its decimals, and perhaps one between its thousands. Exponents are read, since
    /// programs write them; `NaN` and the like are not.
    ///
    /// # Errors
    /// What was expected, where the text is none.
    pub fn parse(text: &str, decimal: char, thousands: Option<char>) -> Result<Self, String> {
        let fail =
            |why: &str| format!("expected a number with decimals behind `{decimal}`, found `{text}`{why}");
        let trimmed = text.trim();
        let (number, exponent) = match trimmed.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().map_err(|_| fail(""))?),
            None => (trimmed, 0),
        };
        let unsigned = number.strip_prefix(['-', '+']).unwrap_or(number);
        let sign = if number.starts_with('-') { -1 } else { 1 };
        let (whole, part) = unsigned.split_once(decimal).unwrap_or((unsigned, ""));
        let whole = match thousands {
            Some(mark) if whole.contains(mark) => grouped(whole, mark).ok_or_else(|| fail(""))?,
            _ => whole.to_owned(),
        };
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(&whole) || !is_digits(part) {
            let other = if decimal == ',' { '.' } else { ',' };
            let hint =
                if unsigned.contains(other) { format!(" (it has a `{other}`)") } else { String::new() };
            return Err(fail(&hint));
        }
        if whole.is_empty() && part.is_empty() {
            return Err(fail(""));
        }
        let significant = whole.trim_start_matches('0');
        if significant.len() > MAX_WHOLE || part.len() > 40 || exponent.abs() > 15 {
            return Err(fail(": out of range"));
        }
        let part = part.get(..part.len().min(15)).unwrap_or_default();
        let mut digits = format!("0{significant}{part}").parse::<i128>().map_err(|_| fail(""))?;
        let mut places = i64::try_from(part.len()).unwrap_or_default() - i64::from(exponent);
        while places < 0 {
            digits = digits.checked_mul(10).ok_or_else(|| fail(": out of range"))?;
            places += 1;
        }
        while places > i64::from(MAX_PLACES) {
            digits /= 10;
            places -= 1;
        }
        Ok(Self { digits: sign * digits, places: u32::try_from(places).unwrap_or_default() })
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.digits < 0
    }

    /// Whether it is above zero.
    pub fn is_positive(self) -> bool {
        self.digits > 0
    }

    /// The energy of so many of a unit; of a power, over a time in milliseconds. Rounded to the nearest milliwatt-hour, a
    /// half up.
    pub fn energy(self, unit: Unit, milliseconds: i64) -> Option<FineEnergy> {
        let (over, of) = if unit.is_power() { (i128::from(milliseconds), 3_600_000) } else { (1, 1) };
        let top = self.digits.checked_mul(unit.thousandths())?.checked_mul(over)?;
        let bottom = 10_i128.checked_pow(self.places)?.checked_mul(of)?;
        half_up(top, bottom)
    }
}

/// A number without the marks between its thousands, where they stand in their places.
fn grouped(whole: &str, mark: char) -> Option<String> {
    let mut groups = whole.split(mark);
    let first = groups.next()?;
    let fits = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    fits.then(|| whole.replace(mark, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn energy(text: &str, decimal: char, unit: Unit, milliseconds: i64) -> i64 {
        let read = Decimal::parse(text, decimal, None).unwrap();
        read.energy(unit, milliseconds).unwrap().milliwatt_hours()
    }

    #[test]
    fn number_should_be_exact_when_it_is_a_decimal() {
        assert_eq!(energy("13423,7", ',', Unit::KWh, 0), 13_423_700_000);
        assert_eq!(energy("-0.001", '.', Unit::Wh, 0), -1);
        assert_eq!(energy("7.5e-05", '.', Unit::MWh, 0), 75_000);
        assert_eq!(energy("159", '.', Unit::W, 900_000), 39_750);
        assert_eq!(energy("0.1973856209150327", '.', Unit::KW, 900_000), 49_346);
        let grouped = Decimal::parse("1.234.567,5", ',', Some('.')).unwrap();
        assert_eq!(grouped, Decimal { digits: 12_345_675, places: 1 });
    }

    #[test]
    fn number_should_be_refused_with_what_was_expected_when_it_is_none() {
        for text in ["", "-", "1,5", "1.2.3", "NaN", "inf", "0x1", "1e99", "12 kWh", "9999999999999999"] {
            let mistake = Decimal::parse(text, '.', None).unwrap_err();
            assert!(mistake.starts_with("expected a number with decimals behind `.`"), "{mistake}");
        }
        assert!(Decimal::parse("1.5", ',', None).unwrap_err().ends_with("(it has a `.`)"));
        assert!(Decimal::parse("12.34", ',', Some('.')).is_err(), "no thousands");
    }

    #[test]
    fn energy_should_be_none_when_it_is_out_of_range() {
        let most = Decimal::parse("999999999999999", '.', None).unwrap();
        assert_eq!(most.energy(Unit::MWh, 0), None);
        assert_eq!(most.energy(Unit::KW, i64::MAX), None);
    }
}
