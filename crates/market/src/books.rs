//! What is open in the books and what was released: what has to be kept, and who can't leave yet.

use crate::calendar::Day;
use crate::participant::ParticipantId;

/// Delivery days whose lines are kept behind the day that is being settled: what a day needs until it is closed. No
/// history of readings is longer.
pub const RETENTION_DAYS: u32 = 8;

/// What the settlement has in its books.
pub trait Books {
    /// The first day with a period that is not settled: its releases are needed. `None` before the first block.
    fn first_unsettled() -> Option<Day>;
    /// The first day that may still be corrected: its prices are needed. `None` before the first block.
    fn first_correctable() -> Option<Day>;
    /// The first day whose lines are kept: its calendar is needed. `None` before the first block.
    fn first_kept() -> Option<Day>;
    /// Whether nothing of a participant's is open: each period that it released or was metered in is settled, no line
    /// is disputed, nobody owes anything, and there is no standing order.
    fn is_settled_up(participant: ParticipantId) -> bool;
}

/// Which days' releases are kept.
pub trait Retention {
    /// The first day whose releases are kept: its prices are needed.
    fn first_kept() -> Day;
    /// The first day of which any may be left, where old ones are still being pruned: its calendar is needed.
    fn first_left() -> Day;
}
