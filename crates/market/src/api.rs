//! What the chain answers when it is asked: the types of its runtime API `MarketApi`.

use crate::bill::{BillLine, Correction, LineState};
use crate::calendar::{Calendar, Delivery, Moment, OpenWindows, Stage};
use crate::merkle::{Proof, Tree};
use crate::participant::{Parameters, ParticipantId, Role};
use crate::units::{Money, NetMoney};
use alloc::string::String;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sp_core::H256;

/// The most entries of a list in one answer, whatever count is asked for: who wants more asks for the next page.
pub const MOST_ENTRIES: u32 = 256;

/// The most leaves in one answer: each is made of a whole day's lines and their corrections.
pub const MOST_LEAVES: u32 = 64;

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Page<T> {
    /// Its entries; there may be none in a page that is not the last.
    pub items: Vec<T>,
    /// From which number on the next page is asked for; none behind the last.
    pub next: Option<u32>,
}

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

/// Some leaves of the tree over a day's bills. Whoever has all of them makes the root and every proof itself
/// ([`BillProof::of`]).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Leaves {
    /// The leaves, by number of the participant, from the one that was asked for on.
    pub leaves: Vec<H256>,
    /// How many leaves the day has: one for each number that was given.
    pub of: u32,
    /// The published root; none while the day is not closed, and its leaves may change.
    pub root: Option<H256>,
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

impl BillProof {
    /// The proof of a participant's bill, made of the tree over all of a day's leaves and the published root. `None` where
    /// the day has no such bill.
    pub fn of(tree: &Tree, published: Option<H256>, participant: ParticipantId) -> Option<Self> {
        let proof = tree.proof(participant.0)?;
        Some(Self { root: published.unwrap_or_else(|| tree.root()), closed: published.is_some(), proof })
    }
}
