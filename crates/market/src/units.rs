//! Units: energy in watt-hours, power in watts, price in gwei per kilowatt-hour, money in planck.
//!
//! One ETH is 10^18 planck and one gwei 10^9, so price * energy * 10^6 is a whole number of planck:
//! no amount is ever rounded. Arithmetic is checked; a raw integer enters and leaves by name only.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, iter::Sum};
use scale_info::TypeInfo;

/// Planck in one ETH.
pub const PLANCK_PER_ETH: u128 = 1_000_000_000_000_000_000;

/// Planck that one gwei per kilowatt-hour makes of one watt-hour.
const PLANCK_PER_GWEI_WATT_HOUR: u128 = 1_000_000;

/// Milliseconds in one hour.
pub const MS_PER_HOUR: u64 = 3_600_000;

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident($(#[$form:meta])* $inner:ty), $make:ident, $get:ident, $decimals:literal) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
            Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
        )]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(transparent))]
        pub struct $name(#[codec(compact)] $(#[$form])* $inner);

        unit_methods!($name($inner), $make, $get, $decimals);
    };
}

macro_rules! signed_unit {
    ($(#[$doc:meta])* $name:ident($(#[$form:meta])* $inner:ty), $make:ident, $get:ident, $decimals:literal) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
            Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
        )]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(transparent))]
        pub struct $name($(#[$form])* $inner);

        unit_methods!($name($inner), $make, $get, $decimals);

        impl $name {
            /// The same amount in the other direction; `None` where it has no counterpart.
            pub const fn checked_neg(self) -> Option<Self> {
                match self.0.checked_neg() {
                    Some(value) => Some(Self(value)),
                    None => None,
                }
            }
        }
    };
}

macro_rules! unit_methods {
    ($name:ident($inner:ty), $make:ident, $get:ident, $decimals:literal) => {
        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);
            /// The most that the type holds.
            pub const MAX: Self = Self(<$inner>::MAX);
            /// Decimal places of its plain decimal form.
            pub const DECIMALS: u32 = $decimals;

            /// From the unit that its name says.
            pub const fn $make(value: $inner) -> Self {
                Self(value)
            }

            /// In the unit that its name says.
            pub const fn $get(self) -> $inner {
                self.0
            }

            /// Whether it is nothing.
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// The sum; `None` on overflow.
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(value) => Some(Self(value)),
                    None => None,
                }
            }

            /// The difference; `None` on overflow or below the least value.
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(value) => Some(Self(value)),
                    None => None,
                }
            }

            /// The sum, or the greatest value.
            pub const fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }

            /// The difference, or the least value.
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }

            /// Reads a plain decimal, as in `0.425`; exact or an error.
            pub fn parse_decimal(text: &str) -> Result<Self, DecimalError> {
                let value = parse_decimal(text, $decimals)?;
                <$inner>::try_from(value).map(Self).map_err(|_| DecimalError::OutOfRange)
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Self::saturating_add)
            }
        }
    };
}

unit!(
    /// Energy in watt-hours, shown in kWh.
    Energy(u64), from_watt_hours, watt_hours, 3
);
unit!(
    /// Power in watts, shown in kW.
    Power(u64), from_watts, watts, 3
);
unit!(
    /// Price in gwei per kilowatt-hour, shown in ETH/kWh. One gwei is the market's tick.
    Price(u64), from_gwei, gwei, 9
);
unit!(
    /// Money in planck, shown in ETH.
    Money(#[cfg_attr(feature = "serde", serde(with = "digits"))] u128), from_planck, planck, 18
);
signed_unit!(
    /// Energy with a direction, in watt-hours: positive is bought or consumed, negative sold or produced.
    NetEnergy(i64), from_watt_hours, watt_hours, 3
);
signed_unit!(
    /// Money with a direction, in planck: positive is paid, negative received.
    NetMoney(#[cfg_attr(feature = "serde", serde(with = "digits"))] i128), from_planck, planck, 18
);

/// Money in JSON: its digits as a text. As a number it is more than most readers of JSON hold exactly.
#[cfg(feature = "serde")]
mod digits {
    use alloc::string::String;
    use core::fmt::Display;
    use core::str::FromStr;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<T: Display, S: Serializer>(planck: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(planck)
    }

    pub fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let digits = String::deserialize(deserializer)?;
        digits.parse().map_err(|_| D::Error::custom("expected a whole number of planck as a text"))
    }
}

impl Energy {
    /// The most energy the market handles in one period: 1 TWh. Within it no sum of a region overflows.
    pub const MAX_PER_PERIOD: Self = Self(1_000_000_000_000);

    /// What passes in one span of time where this much passes in another, rounded up. At most what fits.
    pub fn in_proportion(self, length: u64, of: u64) -> Self {
        let all = u128::from(self.watt_hours()).saturating_mul(u128::from(length));
        let part = all.div_ceil(u128::from(of.max(1)));
        Self::from_watt_hours(u64::try_from(part).unwrap_or(u64::MAX))
    }

    /// This energy as bought or consumed; `None` above `i64::MAX` watt-hours.
    pub fn bought(self) -> Option<NetEnergy> {
        i64::try_from(self.0).ok().map(NetEnergy)
    }

    /// This energy as sold or produced; `None` above `i64::MAX` watt-hours.
    pub fn sold(self) -> Option<NetEnergy> {
        self.bought().and_then(NetEnergy::checked_neg)
    }
}

impl Power {
    /// The energy of this power held for a time; rounds down. `None` on overflow.
    pub fn over(self, milliseconds: u64) -> Option<Energy> {
        let watt_hours =
            u128::from(self.0).checked_mul(u128::from(milliseconds))?.checked_div(u128::from(MS_PER_HOUR))?;
        u64::try_from(watt_hours).ok().map(Energy)
    }

    /// The most energy that a limit of this power lets through in a period: never above [`Energy::MAX_PER_PERIOD`].
    pub fn most_energy(self, period_length: u64) -> Energy {
        self.over(period_length).unwrap_or(Energy::MAX).min(Energy::MAX_PER_PERIOD)
    }
}

impl Price {
    /// The highest price the market handles: 1,000,000 ETH/kWh. Within it no amount overflows.
    pub const MAX_IN_MARKET: Self = Self(1_000_000_000_000_000);

    /// What this energy costs at this price, exactly; `None` on overflow.
    pub fn amount(self, energy: Energy) -> Option<Money> {
        u128::from(self.0)
            .checked_mul(u128::from(energy.0))?
            .checked_mul(PLANCK_PER_GWEI_WATT_HOUR)
            .map(Money)
    }
}

impl Money {
    /// This money as paid; `None` above `i128::MAX` planck.
    pub fn paid(self) -> Option<NetMoney> {
        i128::try_from(self.0).ok().map(NetMoney)
    }

    /// This money as received; `None` above `i128::MAX` planck.
    pub fn received(self) -> Option<NetMoney> {
        self.paid().and_then(NetMoney::checked_neg)
    }
}

impl NetEnergy {
    /// What is bought or consumed, without its direction; nothing where it is sold.
    pub const fn inward(self) -> Energy {
        if self.0 > 0 { Energy(self.0.unsigned_abs()) } else { Energy::ZERO }
    }

    /// What is sold or produced, without its direction; nothing where it is bought.
    pub const fn outward(self) -> Energy {
        if self.0 < 0 { Energy(self.0.unsigned_abs()) } else { Energy::ZERO }
    }
}

impl NetMoney {
    /// What is paid, without its direction; nothing where it is received.
    pub const fn paid(self) -> Money {
        if self.0 > 0 { Money(self.0.unsigned_abs()) } else { Money::ZERO }
    }

    /// What is received, without its direction; nothing where it is paid.
    pub const fn received(self) -> Money {
        if self.0 < 0 { Money(self.0.unsigned_abs()) } else { Money::ZERO }
    }

    /// As a plain decimal in ETH with twelve places: the market's amounts have no more.
    pub fn to_market_decimal(self) -> Decimal {
        Decimal { value: self.0 / 1_000_000, places: 12 }
    }
}

/// A plain decimal: an integer and the number of its digits behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    value: i128,
    places: u32,
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.value < 0 { "-" } else { "" };
        write_decimal(f, sign, self.value.unsigned_abs(), self.places)
    }
}

fn write_decimal(f: &mut fmt::Formatter<'_>, sign: &str, value: u128, places: u32) -> fmt::Result {
    let one = 10u128.saturating_pow(places);
    let width = usize::try_from(places).unwrap_or(usize::MAX);
    match (value.checked_div(one), value.checked_rem(one)) {
        (Some(whole), Some(_)) if places == 0 => write!(f, "{sign}{whole}"),
        (Some(whole), Some(part)) => write!(f, "{sign}{whole}.{part:0width$}"),
        _ => Err(fmt::Error),
    }
}

macro_rules! display_unsigned {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_decimal(f, "", u128::from(self.0), Self::DECIMALS)
            }
        }
    )*};
}
display_unsigned!(Energy, Power, Price, Money);

macro_rules! display_signed {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&Decimal { value: i128::from(self.0), places: Self::DECIMALS }, f)
            }
        }
    )*};
}
display_signed!(NetEnergy, NetMoney);

/// Why a text is no decimal of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// It is empty, or has a character other than digits, one point and a leading minus.
    NotADecimal,
    /// It has more places behind the point than the unit.
    TooPrecise,
    /// The unit cannot hold it: it is too large, or negative where nothing negative makes sense.
    OutOfRange,
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotADecimal => "not a plain decimal such as 0.425",
            Self::TooPrecise => "more decimal places than the unit has",
            Self::OutOfRange => "out of range: too large, or negative",
        })
    }
}

impl core::error::Error for DecimalError {}

fn parse_decimal(text: &str, places: u32) -> Result<i128, DecimalError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(part) || digits.ends_with('.') {
        return Err(DecimalError::NotADecimal);
    }
    let places = usize::try_from(places).map_err(|_| DecimalError::OutOfRange)?;
    if part.trim_end_matches('0').len() > places {
        return Err(DecimalError::TooPrecise);
    }
    let padding = core::iter::repeat_n(b'0', places);
    let mut value: i128 = 0;
    for digit in whole.bytes().chain(part.bytes().chain(padding).take(places)) {
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(i128::from(digit.saturating_sub(b'0'))))
            .ok_or(DecimalError::OutOfRange)?;
    }
    // The value is at most i128::MAX.
    Ok(if negative { value.saturating_neg() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn amount_should_be_exact_when_price_and_energy_are_the_papers() {
        let price = Price::parse_decimal("0.425").unwrap();
        let energy = Energy::parse_decimal("18.15").unwrap();
        assert_eq!(price.amount(energy).unwrap().to_string(), "7.713750000000000000");
    }

    #[test]
    fn amount_should_be_none_when_it_overflows() {
        assert_eq!(Price::MAX.amount(Energy::MAX), None);
        assert!(Price::MAX_IN_MARKET.amount(Energy::MAX_PER_PERIOD).is_some());
    }

    #[test]
    fn decimals_should_be_refused_when_malformed() {
        for text in ["", "-", ".5", "1.", "1e3", "+1", "1,5", " 1", "0x1", "1.2.3"] {
            assert_eq!(Energy::parse_decimal(text), Err(DecimalError::NotADecimal), "{text}");
        }
        assert_eq!(Energy::parse_decimal("-1"), Err(DecimalError::OutOfRange));
        assert_eq!(Energy::parse_decimal("0.0001"), Err(DecimalError::TooPrecise));
        assert_eq!(Energy::parse_decimal("0.0010000"), Ok(Energy::from_watt_hours(1)));
        assert_eq!(NetEnergy::parse_decimal("-1.5"), Ok(NetEnergy::from_watt_hours(-1500)));
        assert_eq!(Price::parse_decimal("99999999999999999999"), Err(DecimalError::OutOfRange));
    }

    #[test]
    fn energy_should_round_down_when_power_is_held_for_a_time() {
        assert_eq!(Power::from_watts(10).over(900_000), Some(Energy::from_watt_hours(2)));
        assert_eq!(Power::MAX.over(u64::MAX), None);
    }

    #[test]
    fn most_energy_should_stay_within_a_period_when_the_limit_is_huge_or_overflows() {
        assert_eq!(Power::from_watts(10).most_energy(900_000), Energy::from_watt_hours(2));
        let huge = Power::from_watts(Energy::MAX_PER_PERIOD.watt_hours());
        assert_eq!(huge.most_energy(2 * MS_PER_HOUR), Energy::MAX_PER_PERIOD);
        assert_eq!(Power::MAX.most_energy(u64::MAX), Energy::MAX_PER_PERIOD);
    }

    #[test]
    fn energy_should_round_up_when_it_is_a_share_of_a_longer_time() {
        let energy = Energy::from_watt_hours(10);
        assert_eq!(energy.in_proportion(1, 4), Energy::from_watt_hours(3));
        assert_eq!(energy.in_proportion(4, 1), Energy::from_watt_hours(40));
        assert_eq!(energy.in_proportion(7, 7), energy);
        assert_eq!(Energy::MAX.in_proportion(u64::MAX, 0), Energy::MAX);
    }

    proptest! {
        #[test]
        fn decimals_should_come_back_when_printed_and_read(value in any::<i64>(), price in any::<u64>()) {
            let energy = NetEnergy::from_watt_hours(value);
            prop_assert_eq!(NetEnergy::parse_decimal(&energy.to_string()), Ok(energy));
            let price = Price::from_gwei(price);
            prop_assert_eq!(Price::parse_decimal(&price.to_string()), Ok(price));
        }

        #[test]
        fn amount_should_be_additive_in_energy(price in 0u64..1_000_000_000_000, a in 0u64..1_000_000_000, b in 0u64..1_000_000_000) {
            let price = Price::from_gwei(price);
            let both = price.amount(Energy::from_watt_hours(a + b)).unwrap();
            let apart = price.amount(Energy::from_watt_hours(a)).unwrap()
                .checked_add(price.amount(Energy::from_watt_hours(b)).unwrap()).unwrap();
            prop_assert_eq!(both, apart);
        }
    }
}
