//! Bill lines: what one participant traded, used and paid in one period, and their corrections.

use crate::calendar::{Day, Delivery};
use crate::participant::{ParticipantId, Role};
use crate::units::{Energy, NetEnergy, NetMoney, Price};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::U256;

/// One line of a bill. Buying, consuming and paying are positive; selling, producing and receiving
/// are negative; what does not exist is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BillLine {
    /// The period.
    pub delivery: Delivery,
    /// Whose line it is.
    pub participant: ParticipantId,
    /// Its role in the market.
    pub role: Role,
    /// The released volume, or the offer.
    pub expected: Option<NetEnergy>,
    /// The revealed bid.
    pub bid: Option<Price>,
    /// Energy traded peer-to-peer; none for the supplier.
    pub peer_to_peer: Option<NetEnergy>,
    /// Money that moved for it; none for the supplier.
    pub peer_to_peer_money: Option<NetMoney>,
    /// What was really used or produced; none for the supplier.
    pub actual: Option<NetEnergy>,
    /// Whether `actual` is an estimate, for want of a reading.
    pub estimated: bool,
    /// Energy balanced by the supplier; the supplier's own line has what it balanced for all.
    pub balanced: NetEnergy,
    /// Money due for it.
    pub balanced_money: NetMoney,
    /// What the line would have cost had there been no market.
    pub grid_only: NetMoney,
}

impl BillLine {
    /// What the line costs: peer-to-peer and balanced together.
    pub fn total(&self) -> NetMoney {
        self.peer_to_peer_money.unwrap_or_default().saturating_add(self.balanced_money)
    }
}

/// How far a line is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LineState {
    /// The period is not settled: figures may still come.
    Provisional,
    /// The period is settled: the line stays as it is, and may be corrected.
    Settled,
    /// The day is closed: nothing of it changes any more.
    Final,
}

/// Why a line was corrected.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Reason {
    /// The true reading came in place of an estimate.
    LateReading,
    /// The operator ruled on a dispute.
    Dispute,
    /// It is the supplier's: the other side of all corrections of the period together.
    Counterpart,
}

impl Reason {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LateReading => "late reading",
            Self::Dispute => "dispute",
            Self::Counterpart => "counterpart",
        }
    }
}

/// A correction of a settled line, which itself never changes. What is due and what is due already are told apart by
/// differences: positive is to be paid on top, negative is paid back. The members' corrections of a period sum to zero
/// with the supplier's.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Correction {
    /// The period of the line that it corrects.
    pub delivery: Delivery,
    /// Whose line it corrects.
    pub participant: ParticipantId,
    /// Its number among the corrections of that line, from 0.
    pub number: u8,
    /// Why.
    pub reason: Reason,
    /// The block in which it was made; the last one of the supplier's.
    pub block: u32,
    /// What counted as used or produced before; none for the supplier.
    pub before: Option<NetEnergy>,
    /// What counts as used or produced from then on; none for the supplier.
    pub after: Option<NetEnergy>,
    /// The difference in energy balanced by the supplier.
    pub balanced: NetEnergy,
    /// The difference in money due for it.
    pub balanced_money: NetMoney,
    /// The difference in what the line would have cost had there been no market.
    pub grid_only: NetMoney,
}

/// A participant's bill of one day: its lines in the order of periods, and their corrections.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bill {
    /// The delivery day.
    pub day: Day,
    /// Whose bill it is.
    pub participant: ParticipantId,
    /// Its lines.
    pub lines: Vec<BillLine>,
    /// Their corrections, by period and number.
    pub corrections: Vec<Correction>,
}

impl Bill {
    /// The sums over lines and corrections.
    pub fn totals(&self) -> Totals {
        Totals::of(&self.lines).corrected(&self.corrections)
    }

    /// Energy in that the meter counted in time: estimates and what corrected them do not count.
    pub fn measured_in(&self) -> Energy {
        let measured = self.lines.iter().filter(|line| !line.estimated).filter_map(|line| line.actual);
        measured.map(NetEnergy::inward).sum()
    }
}

/// Sums over bill lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Totals {
    /// Energy traded peer-to-peer.
    pub peer_to_peer: NetEnergy,
    /// Money that moved for it.
    pub peer_to_peer_money: NetMoney,
    /// What was really used or produced.
    pub actual: NetEnergy,
    /// Energy balanced by the supplier.
    pub balanced: NetEnergy,
    /// Money due for it.
    pub balanced_money: NetMoney,
    /// What all would have cost had there been no market.
    pub grid_only: NetMoney,
}

impl Totals {
    /// The sums over these lines.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a BillLine>) -> Self {
        lines.into_iter().fold(Self::default(), Self::plus)
    }

    /// These sums with one more line.
    #[must_use]
    pub fn plus(self, line: &BillLine) -> Self {
        Self {
            peer_to_peer: self.peer_to_peer.saturating_add(line.peer_to_peer.unwrap_or_default()),
            peer_to_peer_money: self
                .peer_to_peer_money
                .saturating_add(line.peer_to_peer_money.unwrap_or_default()),
            actual: self.actual.saturating_add(line.actual.unwrap_or_default()),
            balanced: self.balanced.saturating_add(line.balanced),
            balanced_money: self.balanced_money.saturating_add(line.balanced_money),
            grid_only: self.grid_only.saturating_add(line.grid_only),
        }
    }

    /// These sums with corrections.
    pub fn corrected<'a>(self, corrections: impl IntoIterator<Item = &'a Correction>) -> Self {
        corrections.into_iter().fold(self, |sum, correction| Self {
            actual: sum
                .actual
                .saturating_sub(correction.before.unwrap_or_default())
                .saturating_add(correction.after.unwrap_or_default()),
            balanced: sum.balanced.saturating_add(correction.balanced),
            balanced_money: sum.balanced_money.saturating_add(correction.balanced_money),
            grid_only: sum.grid_only.saturating_add(correction.grid_only),
            ..sum
        })
    }

    /// What all costs: peer-to-peer and balanced together.
    pub fn total(&self) -> NetMoney {
        self.peer_to_peer_money.saturating_add(self.balanced_money)
    }

    /// What the market saves against the grid alone, as a share of the grid-only figure in millionths of
    /// a per cent, rounded towards zero: a buyer's saving, a seller's gain. `None` where there is nothing
    /// to compare with.
    pub fn saving(&self) -> Option<i64> {
        let grid = self.grid_only.planck();
        let saved = grid.checked_sub(self.total().planck())?;
        let share = U256::from(saved.unsigned_abs())
            .checked_mul(U256::from(100_000_000u64))?
            .checked_div(U256::from(grid.unsigned_abs()))?;
        let share = i64::try_from(u64::try_from(share).ok()?).ok()?;
        if saved < 0 { share.checked_neg() } else { Some(share) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(paid: i128, grid_only: i128) -> Totals {
        Totals {
            balanced_money: NetMoney::from_planck(paid),
            grid_only: NetMoney::from_planck(grid_only),
            ..Totals::default()
        }
    }

    #[test]
    fn saving_should_be_a_buyers_saving_and_a_sellers_gain() {
        assert_eq!(totals(90, 100).saving(), Some(10_000_000));
        assert_eq!(totals(110, 100).saving(), Some(-10_000_000));
        assert_eq!(totals(-110, -100).saving(), Some(10_000_000));
        assert_eq!(totals(-90, -100).saving(), Some(-10_000_000));
        assert_eq!(totals(2, 3).saving(), Some(33_333_333));
        assert_eq!(totals(4, 3).saving(), Some(-33_333_333));
    }

    #[test]
    fn saving_should_be_exact_when_the_figures_are_small_or_huge() {
        assert_eq!(totals(999, 1_000).saving(), Some(100_000));
        assert_eq!(totals(i128::MAX / 2, i128::MAX - 1).saving(), Some(50_000_000));
    }

    #[test]
    fn saving_should_be_none_when_there_is_nothing_to_compare_with() {
        assert_eq!(totals(5, 0).saving(), None);
        assert_eq!(totals(i128::MAX, 1).saving(), None);
    }
}
