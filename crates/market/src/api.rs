//! What the chain answers when it is asked: the types of its runtime API `MarketApi`.

use crate::bill::{BillLine, Correction, LineState};
use crate::calendar::{Calendar, Delivery, Moment, OpenWindows, Stage};
use crate::merkle::Proof;
use crate::participant::{Parameters, ParticipantId, Role};
use crate::units::{Money, NetMoney};
use alloc::string::String;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sp_core::H256;

/// Where the market stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Clock {
    /// The block's own timestamp.
    pub now: Moment,
    /// The calendar in force.
    pub calendar: Calendar,
    /// What is open now.
    pub open: OpenWindows,
    /// The stages that the operator has paused.
    pub paused: Vec<Stage>,
    /// The next moment at which a window opens or closes.
    pub next_boundary: Moment,
    /// When the release of the first delivery day that can still be released opens, or opened.
    pub first_release: Moment,
    /// Whether clearing or settling that is due has steps left.
    pub backlog: bool,
    /// The first period that is not settled; `None` before the first block.
    pub next_to_settle: Option<Delivery>,
}

/// Something a participant's agent should do now, and has not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Due {
    /// Who.
    pub participant: ParticipantId,
    /// What.
    pub stage: Stage,
    /// For which period; for a release, the first of its day.
    pub delivery: Delivery,
}

/// A participant and its money.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ParticipantInfo {
    /// Its number.
    pub id: ParticipantId,
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Its account; all zeros once it was removed, as its agent's.
    pub account: [u8; 32],
    /// The account of its agent.
    pub agent: [u8; 32],
    /// Its parameters.
    pub parameters: Parameters,
    /// Whether the operator keeps it from releasing, bidding and offering more.
    pub suspended: bool,
    /// What it can spend.
    pub free: Money,
    /// What is held for deposits, covers and income.
    pub held: Money,
    /// What it owes the retail supplier; negative where the supplier owes it.
    pub debt: NetMoney,
}

/// A bill line, the blocks in which its money moved, and its corrections.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordedLine {
    /// The line, as it was settled.
    pub line: BillLine,
    /// How far it is on its way.
    pub state: LineState,
    /// First and last block of its trades.
    pub traded: Option<(u32, u32)>,
    /// Block in which it was settled.
    pub settled: Option<u32>,
    /// What was corrected since, by number.
    pub corrections: Vec<Correction>,
    /// Who disputes it, while nobody has ruled.
    pub disputed_by: Option<ParticipantId>,
}

/// A proof of a participant's bill, and the published root once the day is closed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BillProof {
    /// The root over the day's bills as they stand.
    pub root: H256,
    /// Whether the day is closed, so that the root is published and final.
    pub closed: bool,
    /// The way from the bill to the root.
    pub proof: Proof,
}
