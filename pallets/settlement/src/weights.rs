//! Weights of calls and steps.

use frame::weights_prelude::*;

/// Weights of the calls, and of the steps that the hook takes.
pub trait WeightInfo {
    /// A meter reading before its period is settled.
    fn submit_reading() -> Weight;
    /// A meter reading that corrects an estimate.
    fn submit_late_reading() -> Weight;
    /// Paying a debt.
    fn pay_debt() -> Weight;
    /// A standing order.
    fn set_top_up() -> Weight;
    /// A dispute.
    fn dispute() -> Weight;
    /// A ruling on a dispute that corrects the line.
    fn resolve_dispute() -> Weight;
    /// Paying in.
    fn mint() -> Weight;
    /// Paying out.
    fn redeem() -> Weight;
    /// Finding out what is due, and keeping the cursor.
    fn look() -> Weight;
    /// Settling one participant, with an estimate over `h` days.
    fn settle_line(h: u32) -> Weight;
    /// The supplier's line, and going on to the next period.
    fn finish_period() -> Weight;
    /// One top-up.
    fn top_up() -> Weight;
    /// Paying one creditor of the supplier.
    fn pay_claim() -> Weight;
    /// The lapse of one dispute.
    fn lapse_dispute() -> Weight;
    /// One bill of a day of `p` periods, with `c` corrections.
    fn close_bill(p: u32, c: u32) -> Weight;
    /// A day's root.
    fn close_day() -> Weight;
    /// Removing one line with `c` corrections.
    fn prune_line(c: u32) -> Weight;
    /// Forgetting one payment reference.
    fn forget_reference() -> Weight;
}

/// Estimates: the time of the code, and ParityDB's 8 microseconds for a read and 50 for a write. The proof counts
/// 128 bytes for what is read.
impl WeightInfo for () {
    fn submit_reading() -> Weight {
        weight(90, 10, 3)
    }
    fn submit_late_reading() -> Weight {
        weight(150, 24, 13)
    }
    fn pay_debt() -> Weight {
        weight(60, 8, 5)
    }
    fn set_top_up() -> Weight {
        weight(15, 2, 3)
    }
    fn dispute() -> Weight {
        weight(20, 8, 3)
    }
    fn resolve_dispute() -> Weight {
        weight(80, 22, 14)
    }
    fn mint() -> Weight {
        weight(40, 7, 6)
    }
    fn redeem() -> Weight {
        weight(45, 10, 6)
    }
    fn look() -> Weight {
        weight(25, 23, 3)
    }
    fn settle_line(h: u32) -> Weight {
        weight(85, 15, 11).saturating_add(weight(4, 1, 0).saturating_mul(u64::from(h)))
    }
    fn finish_period() -> Weight {
        weight(20, 4, 7)
    }
    fn top_up() -> Weight {
        weight(30, 4, 4)
    }
    fn pay_claim() -> Weight {
        weight(45, 8, 7)
    }
    fn lapse_dispute() -> Weight {
        weight(10, 3, 3)
    }
    fn close_bill(p: u32, c: u32) -> Weight {
        weight(20, 1, 0)
            .saturating_add(weight(5, 1, 0).saturating_mul(u64::from(p)))
            .saturating_add(weight(3, 1, 0).saturating_mul(u64::from(c)))
    }
    fn close_day() -> Weight {
        weight(30, 3, 6)
    }
    fn prune_line(c: u32) -> Weight {
        weight(5, 1, 1).saturating_add(weight(2, 0, 1).saturating_mul(u64::from(c)))
    }
    fn forget_reference() -> Weight {
        weight(10, 2, 3)
    }
}

/// The weight of code that runs for some microseconds, with reads and writes.
fn weight(microseconds: u64, reads: u64, writes: u64) -> Weight {
    Weight::from_parts(microseconds.saturating_mul(1_000_000), reads.saturating_mul(128))
        .saturating_add(ParityDbWeight::get().reads_writes(reads, writes))
}
