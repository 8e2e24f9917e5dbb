//! What the pallet stores.

// The derived encoding of enums casts the number of a variant.
#![allow(clippy::cast_possible_truncation)]

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::deps::sp_core::H256;
use market::bill::Correction;
use market::blocks::Seen;
use market::merkle::Frontier;
use market::settlement::{Balancing, Outcome};
use market::supplier::Balanced;
use market::tariff::GridPrices;
use market::{Day, Delivery, Energy, Moment, Money, NetEnergy, NetMoney, ParticipantId, Price, Role};
use scale_info::TypeInfo;

/// The most corrections of a line: a late reading, and rulings on disputes.
pub const MAX_CORRECTIONS: u8 = 4;

/// What one participant traded, used and owes in one period, as far as it is known.
///
/// Its first half is written while the period is on its way, `settled` once when it is over. A correction is a line of
/// its own: what a settled line says never changes, only a late reading and the number of its corrections are noted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Line {
    /// The revealed bid.
    pub bid: Option<Price>,
    /// Energy traded peer-to-peer.
    pub energy: NetEnergy,
    /// Money that moved for it.
    pub money: NetMoney,
    /// Income of the period that is on hold until the period is settled.
    pub income: Money,
    /// First and last block of its trades.
    pub traded: Option<(u32, u32)>,
    /// What the meter counted: taken less given; on an estimated line, what came late.
    pub reading: Option<NetEnergy>,
    /// How often it was corrected.
    pub corrections: u8,
    /// The outcome, once the period is settled.
    pub settled: Option<Settled>,
}

/// The outcome of a participant's period.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Settled {
    /// The block in which it was settled.
    pub block: u32,
    /// The role that the participant had then.
    pub role: Role,
    /// What it had released; kept here because releases are pruned earlier.
    pub expected: Option<NetEnergy>,
    /// What it really used or produced; none for the supplier.
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

impl From<Settled> for Balanced {
    fn from(settled: Settled) -> Self {
        let Settled { balanced: energy, balanced_money: money, grid_only, .. } = settled;
        Self { energy, money, grid_only }
    }
}

impl Line {
    /// Adds a trade, made in a block.
    pub fn add_trade(&mut self, energy: NetEnergy, money: NetMoney, block: u32) {
        self.energy = self.energy.saturating_add(energy);
        self.money = self.money.saturating_add(money);
        self.traded = Some((self.traded.map_or(block, |(first, _)| first), block));
    }

    /// What counts of the line with these corrections of it, by number. `None` where it is not settled, or the
    /// supplier's.
    pub fn standing(&self, corrections: impl IntoIterator<Item = Correction>) -> Option<Outcome> {
        let settled = self.settled?;
        let outcome = Outcome {
            actual: settled.actual?,
            balancing: Balancing { energy: settled.balanced, money: settled.balanced_money },
            grid_only: settled.grid_only,
        };
        Some(corrections.into_iter().fold(outcome, |before, correction| Outcome {
            actual: correction.after.unwrap_or(before.actual),
            balancing: Balancing {
                energy: before.balancing.energy.saturating_add(correction.balanced),
                money: before.balancing.money.saturating_add(correction.balanced_money),
            },
            grid_only: before.grid_only.saturating_add(correction.grid_only),
        }))
    }
}

/// An open dispute of a settled line.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Dispute {
    /// Who disputes it.
    pub by: ParticipantId,
    /// Since which block.
    pub block: u32,
    /// What is on hold for it.
    pub deposit: Money,
}

/// What the arbiter rules on a dispute.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Ruling {
    /// The line stands.
    Dismiss,
    /// This was really used, or produced where it is negative: the line is corrected.
    Actual(NetEnergy),
}

/// What is minted on a day, standing orders included.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Minted {
    /// The day; none before the market's first.
    pub day: Option<Day>,
    /// How much.
    pub amount: Money,
}

/// A payment reference that was used.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct UsedReference {
    /// The reference.
    pub reference: H256,
    /// From when on it is forgotten.
    pub until: Moment,
}

/// The used references that are kept, by number in order of time.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Kept {
    /// The oldest one's number.
    pub first: u64,
    /// The number of the next one to come.
    pub next: u64,
}

/// Where the settlement of a period stands.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Settling {
    /// The next participant's number.
    pub next: u32,
    /// The period's prices.
    pub prices: GridPrices,
    /// What was balanced so far.
    pub balanced: Balanced,
}

/// Periods that ended in one block: one, or many where the chain stood still.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Ended {
    /// The last of them.
    pub through: Delivery,
    /// The first block whose time was past their end, or that was behind a pause.
    pub block: u32,
    /// The blocks from that one on.
    pub seen: Seen,
}

/// Where a day's top-ups stand.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct TopUpCursor {
    /// The delivery day whose release window lets them fall due.
    pub day: Day,
    /// The next participant's number.
    pub next: u32,
}

/// Where the closing of a day stands.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct ClosingDay {
    /// The first day that is not closed.
    pub day: Day,
    /// The last of its disputes that lapsed, by period and participant: the next one is behind it.
    pub lapsed: Option<(u16, ParticipantId)>,
    /// The tree over the bills so far; its count is the next participant's number.
    pub frontier: Frontier,
    /// What was measured in of all whose bills are in it, where the day's pot is to be shared by it.
    pub used: Energy,
}

/// Where the sharing of a closed day's pot stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SharingDay {
    /// The day.
    pub day: Day,
    /// The next participant's number.
    pub next: u32,
    /// What is shared.
    pub total: Money,
    /// What was measured in of all who have a share.
    pub used: Energy,
    /// What of it has its share.
    pub before: Energy,
    /// What was paid out.
    pub paid: Money,
}

/// A closed day.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct DayRoot {
    /// The Merkle root of its bills.
    pub root: H256,
    /// The number of its bills: one for each participant, by number.
    pub bills: u32,
}

/// Where pruning stands.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct PruneCursor {
    /// The first period that may have lines.
    pub delivery: Delivery,
    /// The next participant's number.
    pub next: u32,
}

/// A creditor's place among those whom the supplier owes: who is next to it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Claim {
    /// Whom the supplier owes for longer; none for the first.
    pub older: Option<ParticipantId>,
    /// Whom it owes since later; none for the last.
    pub younger: Option<ParticipantId>,
}

/// Both ends of the queue of those whom the supplier owes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct ClaimEnds {
    /// Whom it owes for longest.
    pub oldest: Option<ParticipantId>,
    /// Who came last.
    pub youngest: Option<ParticipantId>,
}

/// When a reading arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Before its period was settled.
    InTime,
    /// Afterwards: it corrected the estimate.
    Late,
}

/// A reading as the event tells it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Metered {
    /// Energy taken from the grid.
    pub energy_in: Energy,
    /// Energy given to the grid.
    pub energy_out: Energy,
}

/// The most corrections of a bill of a day of so many periods.
pub(crate) fn most_corrections(periods: u16) -> u32 {
    u32::from(periods).saturating_mul(u32::from(MAX_CORRECTIONS))
}
