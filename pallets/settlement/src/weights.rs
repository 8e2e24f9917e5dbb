//! Weights of calls and steps.

use frame::weights_prelude::*;

/// Weights of the calls, and of the steps that the hook takes.
pub trait WeightInfo {
    /// A meter reading.
    fn submit_reading() -> Weight;
    /// Paying a debt.
    fn pay_debt() -> Weight;
    /// A standing order.
    fn set_top_up() -> Weight;
    /// Finding out what is due, and keeping the cursor.
    fn look() -> Weight;
    /// Settling one participant, with an estimate over `h` days.
    fn settle_line(h: u32) -> Weight;
    /// The supplier's line, and going on to the next period.
    fn finish_period() -> Weight;
    /// One top-up.
    fn top_up() -> Weight;
    /// One bill of a day of `p` periods.
    fn close_bill(p: u32) -> Weight;
    /// A day's root.
    fn close_day() -> Weight;
    /// Removing one line.
    fn prune_line() -> Weight;
}

/// Estimates: the time of the code, and ParityDB's 8 microseconds for a read and 50 for a write. The proof counts
/// 128 bytes for what is read.
impl WeightInfo for () {
    fn submit_reading() -> Weight {
        weight(90, 10, 3)
    }
    fn pay_debt() -> Weight {
        weight(60, 8, 5)
    }
    fn set_top_up() -> Weight {
        weight(15, 2, 3)
    }
    fn look() -> Weight {
        weight(20, 18, 3)
    }
    fn settle_line(h: u32) -> Weight {
        weight(80, 12, 8).saturating_add(weight(4, 1, 0).saturating_mul(u64::from(h)))
    }
    fn finish_period() -> Weight {
        weight(20, 4, 7)
    }
    fn top_up() -> Weight {
        weight(30, 4, 4)
    }
    fn close_bill(p: u32) -> Weight {
        weight(20, 1, 0).saturating_add(weight(5, 1, 0).saturating_mul(u64::from(p)))
    }
    fn close_day() -> Weight {
        weight(30, 3, 6)
    }
    fn prune_line() -> Weight {
        weight(5, 0, 1)
    }
}

/// The weight of code that runs for some microseconds, with reads and writes.
fn weight(microseconds: u64, reads: u64, writes: u64) -> Weight {
    Weight::from_parts(microseconds.saturating_mul(1_000_000), reads.saturating_mul(128))
        .saturating_add(ParityDbWeight::get().reads_writes(reads, writes))
}
