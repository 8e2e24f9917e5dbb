//! The retail supplier's side: what it balances for all members of a period together.
//!
//! The supplier has one line a period, without a trade and without a reading. It is the other side of what is balanced
//! for the members (4), so the lines of a period sum to zero, in energy, in money, and in what they would have cost
//! had there been no market. The same holds of its correction and the members'.

use crate::bill::{BillLine, Correction, Reason};
use crate::calendar::Delivery;
use crate::participant::{ParticipantId, Role};
use crate::settlement::Outcome;
use crate::units::{NetEnergy, NetMoney};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::iter::Sum;
use scale_info::TypeInfo;

/// What is balanced: of one line, or of many together. Within the bounds of energy, price and a region's members no
/// sum overflows; what does not fit is cut.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Balanced {
    /// Energy bought of the supplier, in watt-hours; negative where it is sold to it.
    pub energy: NetEnergy,
    /// Money due to the supplier for it, in planck; negative where it is due from it.
    pub money: NetMoney,
    /// What all would have cost had there been no market, in planck.
    pub grid_only: NetMoney,
}

impl Balanced {
    /// Both together, in any order.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            energy: self.energy.saturating_add(other.energy),
            money: self.money.saturating_add(other.money),
            grid_only: self.grid_only.saturating_add(other.grid_only),
        }
    }

    /// The supplier's side of it.
    #[must_use]
    pub const fn counterpart(self) -> Self {
        Self {
            energy: NetEnergy::ZERO.saturating_sub(self.energy),
            money: NetMoney::ZERO.saturating_sub(self.money),
            grid_only: NetMoney::ZERO.saturating_sub(self.grid_only),
        }
    }

    /// The supplier's line of a period in which this was balanced for its members.
    pub const fn line(self, delivery: Delivery, supplier: ParticipantId) -> BillLine {
        let Self { energy, money, grid_only } = self.counterpart();
        BillLine {
            delivery,
            participant: supplier,
            role: Role::RetailSupplier,
            expected: None,
            bid: None,
            peer_to_peer: None,
            peer_to_peer_money: None,
            actual: None,
            estimated: false,
            balanced: energy,
            balanced_money: money,
            grid_only,
        }
    }
}

impl From<Outcome> for Balanced {
    fn from(outcome: Outcome) -> Self {
        let Outcome { balancing, grid_only, .. } = outcome;
        Self { energy: balancing.energy, money: balancing.money, grid_only }
    }
}

impl From<&Correction> for Balanced {
    fn from(correction: &Correction) -> Self {
        Self {
            energy: correction.balanced,
            money: correction.balanced_money,
            grid_only: correction.grid_only,
        }
    }
}

impl Sum for Balanced {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), Self::plus)
    }
}

/// The supplier's correction of a period, once a member's joins those that it stands against: one for all, with number
/// 0, of the block of the last.
pub fn counterpart(
    before: Option<&Correction>,
    supplier: ParticipantId,
    correction: &Correction,
) -> Correction {
    let sum = before.map(Balanced::from).unwrap_or_default();
    let sum = sum.plus(Balanced::from(correction).counterpart());
    Correction {
        delivery: correction.delivery,
        participant: supplier,
        number: 0,
        reason: Reason::Counterpart,
        block: correction.block,
        before: None,
        after: None,
        balanced: sum.energy,
        balanced_money: sum.money,
        grid_only: sum.grid_only,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bill::Totals;
    use proptest::prelude::*;

    const SUPPLIER: ParticipantId = ParticipantId(9);

    fn any_balanced() -> impl Strategy<Value = Balanced> {
        let energy = -1_000_000_000_000i64..1_000_000_000_000;
        let money =
            -1_000_000_000_000_000_000_000_000_000_000_000i128..1_000_000_000_000_000_000_000_000_000_000_000;
        (energy, money.clone(), money).prop_map(|(energy, money, grid_only)| Balanced {
            energy: NetEnergy::from_watt_hours(energy),
            money: NetMoney::from_planck(money),
            grid_only: NetMoney::from_planck(grid_only),
        })
    }

    fn correction(number: u8, of: Balanced) -> Correction {
        Correction {
            delivery: Delivery { day: 1, period: 2 },
            participant: ParticipantId(number.into()),
            number,
            reason: Reason::Dispute,
            block: number.into(),
            before: Some(NetEnergy::ZERO),
            after: Some(of.energy),
            balanced: of.energy,
            balanced_money: of.money,
            grid_only: of.grid_only,
        }
    }

    fn is_zero(totals: &Totals) -> bool {
        totals.balanced.is_zero() && totals.balanced_money.is_zero() && totals.grid_only.is_zero()
    }

    proptest! {
        #[test]
        fn period_should_sum_to_zero_with_the_suppliers_line(members in prop::collection::vec(any_balanced(), 0..20)) {
            let delivery = Delivery { day: 1, period: 2 };
            let line = |of: &Balanced| BillLine { participant: ParticipantId(1), role: Role::LoadAggregator, ..of.counterpart().line(delivery, SUPPLIER) };
            let mut lines: Vec<_> = members.iter().map(line).collect();
            let suppliers = members.iter().copied().sum::<Balanced>().line(delivery, SUPPLIER);
            lines.push(suppliers);
            prop_assert!(is_zero(&Totals::of(&lines)));
            prop_assert_eq!((suppliers.participant, suppliers.role), (SUPPLIER, Role::RetailSupplier));
            prop_assert_eq!((suppliers.peer_to_peer, suppliers.actual), (None, None));
        }

        #[test]
        fn line_should_not_depend_on_the_order_of_members(mut members in prop::collection::vec(any_balanced(), 0..20), by in 0usize..20) {
            let sum: Balanced = members.iter().copied().sum();
            let by = by.min(members.len());
            members.rotate_left(by);
            prop_assert_eq!(members.iter().copied().sum::<Balanced>(), sum);
            members.reverse();
            prop_assert_eq!(members.into_iter().sum::<Balanced>(), sum);
        }

        #[test]
        fn corrections_should_sum_to_zero_with_the_suppliers(changes in prop::collection::vec(any_balanced(), 1..8)) {
            let mut suppliers = None;
            let mut all: Vec<_> = (0u8..).zip(changes).map(|(number, of)| correction(number, of)).collect();
            for correction in &all {
                suppliers = Some(counterpart(suppliers.as_ref(), SUPPLIER, correction));
            }
            let suppliers = suppliers.unwrap();
            prop_assert_eq!((suppliers.number, suppliers.reason), (0, Reason::Counterpart));
            prop_assert_eq!(Some(suppliers.block), all.last().map(|last| last.block));
            all.push(suppliers);
            prop_assert!(is_zero(&Totals::default().corrected(&all)));
        }
    }
}
