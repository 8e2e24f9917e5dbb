//! Bill lines: what one participant traded, used and paid in one period.

use crate::calendar::{Day, Delivery};
use crate::participant::{ParticipantId, Role};
use crate::units::{NetEnergy, NetMoney, Price};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
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

/// A participant's bill of one day: its lines in the order of periods.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bill {
    /// The delivery day.
    pub day: Day,
    /// Whose bill it is.
    pub participant: ParticipantId,
    /// Its lines.
    pub lines: Vec<BillLine>,
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
        lines.into_iter().fold(Self::default(), |sum, line| Self {
            peer_to_peer: sum.peer_to_peer.saturating_add(line.peer_to_peer.unwrap_or_default()),
            peer_to_peer_money: sum
                .peer_to_peer_money
                .saturating_add(line.peer_to_peer_money.unwrap_or_default()),
            actual: sum.actual.saturating_add(line.actual.unwrap_or_default()),
            balanced: sum.balanced.saturating_add(line.balanced),
            balanced_money: sum.balanced_money.saturating_add(line.balanced_money),
            grid_only: sum.grid_only.saturating_add(line.grid_only),
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
