//! Expected volumes (3): P_EV = alpha * mean of the demand in the same period of the last n days.

use crate::calendar::Day;
use crate::participant::PartsPerMillion;
use crate::units::Energy;

/// The expected trade of one period (3), from the demand in that period of the last n days.
/// Rounds down to the watt-hour; nothing where there is no history.
pub fn expected_volume(alpha: PartsPerMillion, history: &[Energy]) -> Energy {
    let sum: u128 = history.iter().map(|energy| u128::from(energy.watt_hours())).sum();
    let days = history.len() as u128;
    sum.checked_mul(u128::from(alpha.0))
        .and_then(|product| product.checked_div(days.checked_mul(u128::from(PartsPerMillion::ONE.0))?))
        .and_then(|volume| u64::try_from(volume).ok())
        .map_or(Energy::ZERO, Energy::from_watt_hours)
}

/// The days whose demand a forecast for `day` rests on, oldest first; negative days lie before the
/// market's first. They are the last n days delivered when the day's release opens, on the day before
/// it; before any was delivered, the n days before the first.
pub fn history_days(day: Day, n: u16) -> core::ops::Range<i64> {
    let end = i64::from(day).saturating_sub(1).max(0);
    end.saturating_sub(i64::from(n))..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALPHA: PartsPerMillion = PartsPerMillion(330_000);

    #[test]
    fn volume_should_be_table_4s_when_the_history_was_made_of_it() {
        // 18.21 kWh / 0.33, rounded up to the watt-hour.
        assert_eq!(
            expected_volume(ALPHA, &[Energy::from_watt_hours(55_182); 7]),
            Energy::from_watt_hours(18_210)
        );
    }

    #[test]
    fn volume_should_be_nothing_when_there_is_no_history() {
        assert_eq!(expected_volume(ALPHA, &[]), Energy::ZERO);
    }

    #[test]
    fn history_should_end_with_the_last_day_delivered_when_the_release_opens() {
        assert_eq!(history_days(0, 7), -7..0);
        assert_eq!(history_days(1, 7), -7..0);
        assert_eq!(history_days(2, 7), -6..1);
        assert_eq!(history_days(9, 7), 1..8);
    }

    proptest! {
        #[test]
        fn volume_should_not_depend_on_the_order_of_days(mut history in prop::collection::vec(0u64..1_000_000, 1..20)) {
            let as_energy = |h: &[u64]| h.iter().map(|v| Energy::from_watt_hours(*v)).collect::<Vec<_>>();
            let volume = expected_volume(ALPHA, &as_energy(&history));
            history.reverse();
            prop_assert_eq!(volume, expected_volume(ALPHA, &as_energy(&history)));
        }

        #[test]
        fn volume_should_stay_within_the_history(history in prop::collection::vec(0u64..1_000_000, 1..20), alpha in 1u32..=1_000_000) {
            let energies: Vec<_> = history.iter().map(|v| Energy::from_watt_hours(*v)).collect();
            let volume = expected_volume(PartsPerMillion(alpha), &energies);
            prop_assert!(volume <= energies.iter().copied().max().unwrap());
        }
    }
}
