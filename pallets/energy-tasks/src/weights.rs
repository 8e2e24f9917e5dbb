//! Weights of calls and steps.

use frame::weights_prelude::*;

/// Weights of the calls, and of the step that the hook takes.
pub trait WeightInfo {
    /// A release of `p` periods, each with an offer.
    fn release(p: u32) -> Weight;
    /// A corrected offer.
    fn correct_offer() -> Weight;
    /// A tariff of `s` steps.
    fn propose_tariff(s: u32) -> Weight;
    /// The operator's bounds.
    fn set_tariff_bounds() -> Weight;
    /// A feed-in price.
    fn set_feed_in() -> Weight;
    /// A calendar.
    fn set_calendar() -> Weight;
    /// A paused stage.
    fn pause() -> Weight;
    /// A resumed stage.
    fn resume() -> Weight;
    /// Removing one entry of an old day.
    fn prune_step() -> Weight;
}

/// Estimates: the time of the code, and ParityDB's 8 microseconds for a read and 50 for a write.
impl WeightInfo for () {
    fn release(p: u32) -> Weight {
        weight(60, 11, 3).saturating_add(weight(4, 2, 2).saturating_mul(u64::from(p)))
    }
    fn correct_offer() -> Weight {
        weight(60, 12, 5)
    }
    fn propose_tariff(s: u32) -> Weight {
        weight(40, 11, 2).saturating_add(weight(1, 0, 0).saturating_mul(u64::from(s)))
    }
    fn set_tariff_bounds() -> Weight {
        weight(15, 1, 2)
    }
    fn set_feed_in() -> Weight {
        weight(40, 9, 2)
    }
    fn set_calendar() -> Weight {
        weight(40, 10, 2)
    }
    fn pause() -> Weight {
        weight(15, 2, 2)
    }
    fn resume() -> Weight {
        weight(15, 2, 2)
    }
    fn prune_step() -> Weight {
        weight(20, 7, 2)
    }
}

/// Microseconds of code, reads and writes; the proof counts 128 bytes for what is read.
const fn weight(microseconds: u64, reads: u64, writes: u64) -> Weight {
    let code = microseconds.saturating_mul(1_000_000);
    let database = reads.saturating_mul(8_000_000).saturating_add(writes.saturating_mul(50_000_000));
    Weight::from_parts(code.saturating_add(database), reads.saturating_mul(128))
}
