//! Weights of the calls and steps, measured: scripts/weights.sh writes this file.
//!
//! 2026-11-24, AMD EPYC; 30 steps, 15 repeats, proofs for maps of 1000000 entries; reads and
//! writes are the database's, which the runtime names. By hand, until it writes it again: `set_mint_bound`, and two reads
//! and a write of the day's bound in `mint` and `top_up`, and what moves a deposit in the calls on disputes.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_imports)]

use frame::weights_prelude::*;

/// The weight of each call and of each step of the hook.
pub trait WeightInfo {
    /// Of `submit_reading`.
    fn submit_reading() -> Weight;
    /// Of `submit_late_reading`.
    fn submit_late_reading() -> Weight;
    /// Of `dispute`.
    fn dispute() -> Weight;
    /// Of `resolve_dispute`.
    fn resolve_dispute() -> Weight;
    /// Of `mint`.
    fn mint() -> Weight;
    /// Of `redeem`.
    fn redeem() -> Weight;
    /// Of `pay_debt`.
    fn pay_debt() -> Weight;
    /// Of `set_top_up`.
    fn set_top_up() -> Weight;
    /// Of `set_mint_bound`.
    fn set_mint_bound() -> Weight;
    /// Of `look`.
    fn look() -> Weight;
    /// Of `settle_line`, `h` from 0 to 30.
    fn settle_line(h: u32) -> Weight;
    /// Of `finish_period`.
    fn finish_period() -> Weight;
    /// Of `top_up`.
    fn top_up() -> Weight;
    /// Of `pay_claim`.
    fn pay_claim() -> Weight;
    /// Of `lapse_dispute`.
    fn lapse_dispute() -> Weight;
    /// Of `close_bill`, `p` from 1 to 288, `c` from 0 to 1152.
    fn close_bill(p: u32, c: u32) -> Weight;
    /// Of `close_day`.
    fn close_day() -> Weight;
    /// Of `share_forfeit`.
    fn share_forfeit() -> Weight;
    /// Of `prune_line`, `c` from 0 to 4.
    fn prune_line(c: u32) -> Weight;
    /// Of `forget_reference`.
    fn forget_reference() -> Weight;
}

/// The weights on the database of a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Participants::Acting` (r:1 w:0)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Terms::Pauses` (r:1 w:0)
    // Proof: `Terms::Pauses` (`max_values`: None, `max_size`: Some(282), added: 2757, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Lines` (r:1 w:1)
    // Proof: `Settlement::Lines` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Next` (r:1 w:0)
    // Proof: `Settlement::Next` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Cursor` (r:1 w:0)
    // Proof: `Settlement::Cursor` (`max_values`: Some(1), `max_size`: Some(60), added: 555, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    fn submit_reading() -> Weight {
        // At least 66_650_000 picoseconds.
        Weight::from_parts(70_184_000, 3747)
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `Participants::Acting` (r:1 w:0)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:2 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Terms::Pauses` (r:1 w:0)
    // Proof: `Terms::Pauses` (`max_values`: None, `max_size`: Some(282), added: 2757, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Lines` (r:2 w:2)
    // Proof: `Settlement::Lines` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Next` (r:1 w:0)
    // Proof: `Settlement::Next` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Closing` (r:1 w:0)
    // Proof: `Settlement::Closing` (`max_values`: Some(1), `max_size`: Some(1064), added: 1559, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Completed` (r:1 w:0)
    // Proof: `Settlement::Completed` (`max_values`: None, `max_size`: Some(12), added: 2487, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Participants::RetailSupplier` (r:1 w:0)
    // Proof: `Participants::RetailSupplier` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Terms::TariffVersions` (r:1 w:0)
    // Proof: `Terms::TariffVersions` (`max_values`: Some(1), `max_size`: Some(110753), added: 111248, mode: `MaxEncodedLen`)
    // Storage: `Terms::FeedInVersions` (r:1 w:0)
    // Proof: `Terms::FeedInVersions` (`max_values`: Some(1), `max_size`: Some(193), added: 688, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Corrections` (r:1 w:2)
    // Proof: `Settlement::Corrections` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Debts` (r:1 w:1)
    // Proof: `Settlement::Debts` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn submit_late_reading() -> Weight {
        // At least 153_619_000 picoseconds.
        Weight::from_parts(160_209_000, 112238)
            .saturating_add(T::DbWeight::get().reads(19))
            .saturating_add(T::DbWeight::get().writes(7))
    }
    // Storage: `Participants::Acting` (r:1 w:0)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Lines` (r:1 w:0)
    // Proof: `Settlement::Lines` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Next` (r:1 w:0)
    // Proof: `Settlement::Next` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Closing` (r:1 w:0)
    // Proof: `Settlement::Closing` (`max_values`: Some(1), `max_size`: Some(1064), added: 1559, mode: `MaxEncodedLen`)
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Completed` (r:1 w:0)
    // Proof: `Settlement::Completed` (`max_values`: None, `max_size`: Some(12), added: 2487, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Disputes` (r:1 w:1)
    // Proof: `Settlement::Disputes` (`max_values`: None, `max_size`: Some(18), added: 2493, mode: `MaxEncodedLen`)
    // Storage: `Settlement::OpenDisputes` (r:1 w:1)
    // Proof: `Settlement::OpenDisputes` (`max_values`: None, `max_size`: Some(8), added: 2483, mode: `MaxEncodedLen`)
    fn dispute() -> Weight {
        // Estimated: the participant's count of disputed lines.
        // At least 39_879_000 picoseconds.
        Weight::from_parts(82_364_000, 3631)
            .saturating_add(T::DbWeight::get().reads(13))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Storage: `Settlement::Disputes` (r:1 w:1)
    // Proof: `Settlement::Disputes` (`max_values`: None, `max_size`: Some(18), added: 2493, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:2 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Lines` (r:2 w:2)
    // Proof: `Settlement::Lines` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
    // Storage: `Participants::RetailSupplier` (r:1 w:0)
    // Proof: `Participants::RetailSupplier` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Corrections` (r:4 w:2)
    // Proof: `Settlement::Corrections` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
    // Storage: `Terms::TariffVersions` (r:1 w:0)
    // Proof: `Terms::TariffVersions` (`max_values`: Some(1), `max_size`: Some(110753), added: 111248, mode: `MaxEncodedLen`)
    // Storage: `Terms::FeedInVersions` (r:1 w:0)
    // Proof: `Terms::FeedInVersions` (`max_values`: Some(1), `max_size`: Some(193), added: 688, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Debts` (r:1 w:1)
    // Proof: `Settlement::Debts` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Settlement::OpenDisputes` (r:1 w:1)
    // Proof: `Settlement::OpenDisputes` (`max_values`: None, `max_size`: Some(8), added: 2483, mode: `MaxEncodedLen`)
    fn resolve_dispute() -> Weight {
        // Estimated: the participant's count of disputed lines.
        // At least 117_856_000 picoseconds.
        Weight::from_parts(161_891_000, 112238)
            .saturating_add(T::DbWeight::get().reads(22))
            .saturating_add(T::DbWeight::get().writes(14))
    }
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Settlement::References` (r:1 w:1)
    // Proof: `Settlement::References` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    // Storage: `Settlement::KeptReferences` (r:1 w:1)
    // Proof: `Settlement::KeptReferences` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Settlement::ReferenceLog` (r:0 w:1)
    // Proof: `Settlement::ReferenceLog` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    fn mint() -> Weight {
        // At least 41_401_000 picoseconds.
        Weight::from_parts(43_335_000, 3631)
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Storage: `Participants::Participants` (r:2 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Settlement::References` (r:1 w:1)
    // Proof: `Settlement::References` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    // Storage: `Settlement::KeptReferences` (r:1 w:1)
    // Proof: `Settlement::KeptReferences` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Participants::RetailSupplier` (r:1 w:0)
    // Proof: `Participants::RetailSupplier` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Debts` (r:1 w:0)
    // Proof: `Settlement::Debts` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Settlement::ReferenceLog` (r:0 w:1)
    // Proof: `Settlement::ReferenceLog` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    fn redeem() -> Weight {
        // At least 53_860_000 picoseconds.
        Weight::from_parts(56_514_000, 6272)
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Storage: `Participants::Acting` (r:1 w:0)
    // Proof: `Participants::Acting` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:2 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Debts` (r:1 w:1)
    // Proof: `Settlement::Debts` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    // Storage: `Participants::RetailSupplier` (r:1 w:0)
    // Proof: `Participants::RetailSupplier` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn pay_debt() -> Weight {
        // At least 65_568_000 picoseconds.
        Weight::from_parts(68_082_000, 6272)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `Settlement::TopUps` (r:0 w:1)
    // Proof: `Settlement::TopUps` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    fn set_top_up() -> Weight {
        // At least 11_217_000 picoseconds.
        Weight::from_parts(11_968_000, 3631)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    fn set_mint_bound() -> Weight {
        Weight::from_parts(10_000_000, 1_000)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Next` (r:1 w:0)
    // Proof: `Settlement::Next` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Waiting` (r:1 w:1)
    // Proof: `Settlement::Waiting` (`max_values`: Some(1), `max_size`: Some(81), added: 576, mode: `MaxEncodedLen`)
    // Storage: `Terms::Pauses` (r:1 w:0)
    // Proof: `Terms::Pauses` (`max_values`: None, `max_size`: Some(282), added: 2757, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Cursor` (r:1 w:0)
    // Proof: `Settlement::Cursor` (`max_values`: Some(1), `max_size`: Some(60), added: 555, mode: `MaxEncodedLen`)
    // Storage: `BlindAuction::Next` (r:1 w:0)
    // Proof: `BlindAuction::Next` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    // Storage: `Settlement::NextTopUp` (r:1 w:0)
    // Proof: `Settlement::NextTopUp` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Claims` (r:2 w:0)
    // Proof: `Settlement::Claims` (`max_values`: None, `max_size`: Some(12), added: 2487, mode: `MaxEncodedLen`)
    // Storage: `Participants::RetailSupplier` (r:1 w:0)
    // Proof: `Participants::RetailSupplier` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:0)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Settlement::KeptReferences` (r:1 w:0)
    // Proof: `Settlement::KeptReferences` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Settlement::ReferenceLog` (r:1 w:0)
    // Proof: `Settlement::ReferenceLog` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    fn look() -> Weight {
        // Estimated: the queue's ends instead of its first two keys, and whether a migration goes on.
        // At least 36_284_000 picoseconds.
        Weight::from_parts(38_408_000, 5964)
            .saturating_add(T::DbWeight::get().reads(15))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `EnergyTasks::Releases` (r:1 w:0)
    // Proof: `EnergyTasks::Releases` (`max_values`: None, `max_size`: Some(4926), added: 7401, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Lines` (r:30 w:1)
    // Proof: `Settlement::Lines` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Debts` (r:1 w:1)
    // Proof: `Settlement::Debts` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    fn settle_line(h: u32) -> Weight {
        // At least 102_002_000 picoseconds.
        Weight::from_parts(106_359_175, 8391)
            .saturating_add(Weight::from_parts(1_926_471, 0).saturating_mul(h.into()))
            // With a hand estimate of an offer's cover, until it is measured.
            .saturating_add(Weight::from_parts(25_000_000, 2_521))
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(h.into())))
            .saturating_add(T::DbWeight::get().writes(6))
            .saturating_add(Weight::from_parts(0, 2618).saturating_mul(h.into()))
    }
    // Storage: `Terms::CalendarVersions` (r:1 w:0)
    // Proof: `Terms::CalendarVersions` (`max_values`: Some(1), `max_size`: Some(673), added: 1168, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Waiting` (r:1 w:1)
    // Proof: `Settlement::Waiting` (`max_values`: Some(1), `max_size`: Some(81), added: 576, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Lines` (r:0 w:1)
    // Proof: `Settlement::Lines` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Completed` (r:0 w:1)
    // Proof: `Settlement::Completed` (`max_values`: None, `max_size`: Some(12), added: 2487, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Cursor` (r:0 w:1)
    // Proof: `Settlement::Cursor` (`max_values`: Some(1), `max_size`: Some(60), added: 555, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Next` (r:0 w:1)
    // Proof: `Settlement::Next` (`max_values`: Some(1), `max_size`: Some(6), added: 501, mode: `MaxEncodedLen`)
    fn finish_period() -> Weight {
        // At least 9_845_000 picoseconds.
        Weight::from_parts(10_586_000, 2158)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Storage: `Settlement::TopUps` (r:1 w:0)
    // Proof: `Settlement::TopUps` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:1 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn top_up() -> Weight {
        // At least 30_055_000 picoseconds.
        Weight::from_parts(31_577_000, 3631)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Storage: `Settlement::Claims` (r:2 w:1)
    // Proof: `Settlement::Claims` (`max_values`: None, `max_size`: Some(12), added: 2487, mode: `MaxEncodedLen`)
    // Storage: `Participants::RetailSupplier` (r:1 w:0)
    // Proof: `Participants::RetailSupplier` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Participants::Participants` (r:2 w:0)
    // Proof: `Participants::Participants` (`max_values`: None, `max_size`: Some(166), added: 2641, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Debts` (r:1 w:1)
    // Proof: `Settlement::Debts` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    // Storage: `Settlement::ClaimAges` (r:1 w:1)
    // Proof: `Settlement::ClaimAges` (`max_values`: None, `max_size`: Some(12), added: 2487, mode: `MaxEncodedLen`)
    fn pay_claim() -> Weight {
        // Estimated: the queue's ends and the next creditor.
        // At least 72_599_000 picoseconds.
        Weight::from_parts(75_593_000, 6272)
            .saturating_add(T::DbWeight::get().reads(10))
            .saturating_add(T::DbWeight::get().writes(6))
    }
    // Storage: `Settlement::Disputes` (r:1 w:1)
    // Proof: `Settlement::Disputes` (`max_values`: None, `max_size`: Some(18), added: 2493, mode: `MaxEncodedLen`)
    // Storage: `Settlement::OpenDisputes` (r:1 w:1)
    // Proof: `Settlement::OpenDisputes` (`max_values`: None, `max_size`: Some(8), added: 2483, mode: `MaxEncodedLen`)
    fn lapse_dispute() -> Weight {
        // Estimated: the participant's count of disputed lines.
        // At least 9_113_000 picoseconds.
        Weight::from_parts(49_624_000, 3483)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(6))
    }
    // Storage: `Settlement::Lines` (r:288 w:0)
    // Proof: `Settlement::Lines` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Corrections` (r:1152 w:0)
    // Proof: `Settlement::Corrections` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
    fn close_bill(p: u32, c: u32) -> Weight {
        // At least 42_103_000 picoseconds.
        Weight::from_parts(43_646_000, 11230)
            .saturating_add(Weight::from_parts(9_119_685, 0).saturating_mul(p.into()))
            .saturating_add(Weight::from_parts(1_748_150, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 873).saturating_mul(c.into()))
            .saturating_add(Weight::from_parts(0, 3861).saturating_mul(p.into()))
    }
    // Storage: `Settlement::Completed` (r:0 w:1)
    // Proof: `Settlement::Completed` (`max_values`: None, `max_size`: Some(12), added: 2487, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Roots` (r:0 w:1)
    // Proof: `Settlement::Roots` (`max_values`: None, `max_size`: Some(40), added: 2515, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Closing` (r:0 w:1)
    // Proof: `Settlement::Closing` (`max_values`: Some(1), `max_size`: Some(1064), added: 1559, mode: `MaxEncodedLen`)
    fn close_day() -> Weight {
        // At least 4_396_000 picoseconds.
        Weight::from_parts(4_717_000, 0)
            .saturating_add(T::DbWeight::get().writes(3))
    }
    fn share_forfeit() -> Weight {
        Weight::from_parts(80_000_000, 6196)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Storage: `Settlement::Lines` (r:1 w:1)
    // Proof: `Settlement::Lines` (`max_values`: None, `max_size`: Some(143), added: 2618, mode: `MaxEncodedLen`)
    // Storage: `Settlement::Corrections` (r:0 w:4)
    // Proof: `Settlement::Corrections` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
    fn prune_line(c: u32) -> Weight {
        // At least 4_396_000 picoseconds.
        Weight::from_parts(4_813_272, 3608)
            .saturating_add(Weight::from_parts(2_506_782, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
            .saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(c.into())))
    }
    // Storage: `Settlement::KeptReferences` (r:1 w:1)
    // Proof: `Settlement::KeptReferences` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Settlement::ReferenceLog` (r:1 w:1)
    // Proof: `Settlement::ReferenceLog` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    // Storage: `Settlement::References` (r:0 w:1)
    // Proof: `Settlement::References` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    fn forget_reference() -> Weight {
        // At least 7_561_000 picoseconds.
        Weight::from_parts(8_052_000, 3513)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(3))
    }
}

/// The same on ParityDB, for tests.
impl WeightInfo for () {
    fn submit_reading() -> Weight {
        // At least 66_650_000 picoseconds.
        Weight::from_parts(70_184_000, 3747)
            .saturating_add(ParityDbWeight::get().reads(9))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn submit_late_reading() -> Weight {
        // At least 153_619_000 picoseconds.
        Weight::from_parts(160_209_000, 112238)
            .saturating_add(ParityDbWeight::get().reads(19))
            .saturating_add(ParityDbWeight::get().writes(7))
    }
    fn dispute() -> Weight {
        // Estimated: the participant's count of disputed lines.
        // At least 39_879_000 picoseconds.
        Weight::from_parts(82_364_000, 3631)
            .saturating_add(ParityDbWeight::get().reads(13))
            .saturating_add(ParityDbWeight::get().writes(5))
    }
    fn resolve_dispute() -> Weight {
        // Estimated: the participant's count of disputed lines.
        // At least 117_856_000 picoseconds.
        Weight::from_parts(161_891_000, 112238)
            .saturating_add(ParityDbWeight::get().reads(22))
            .saturating_add(ParityDbWeight::get().writes(14))
    }
    fn mint() -> Weight {
        // At least 41_401_000 picoseconds.
        Weight::from_parts(43_335_000, 3631)
            .saturating_add(ParityDbWeight::get().reads(9))
            .saturating_add(ParityDbWeight::get().writes(5))
    }
    fn redeem() -> Weight {
        // At least 53_860_000 picoseconds.
        Weight::from_parts(56_514_000, 6272)
            .saturating_add(ParityDbWeight::get().reads(9))
            .saturating_add(ParityDbWeight::get().writes(4))
    }
    fn pay_debt() -> Weight {
        // At least 65_568_000 picoseconds.
        Weight::from_parts(68_082_000, 6272)
            .saturating_add(ParityDbWeight::get().reads(7))
            .saturating_add(ParityDbWeight::get().writes(3))
    }
    fn set_top_up() -> Weight {
        // At least 11_217_000 picoseconds.
        Weight::from_parts(11_968_000, 3631)
            .saturating_add(ParityDbWeight::get().reads(1))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn set_mint_bound() -> Weight {
        Weight::from_parts(10_000_000, 1_000)
            .saturating_add(ParityDbWeight::get().reads(2))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn look() -> Weight {
        // Estimated: the queue's ends instead of its first two keys, and whether a migration goes on.
        // At least 36_284_000 picoseconds.
        Weight::from_parts(38_408_000, 5964)
            .saturating_add(ParityDbWeight::get().reads(15))
            .saturating_add(ParityDbWeight::get().writes(1))
    }
    fn settle_line(h: u32) -> Weight {
        // At least 102_002_000 picoseconds.
        Weight::from_parts(106_359_175, 8391)
            .saturating_add(Weight::from_parts(1_926_471, 0).saturating_mul(h.into()))
            // With a hand estimate of an offer's cover, until it is measured.
            .saturating_add(Weight::from_parts(25_000_000, 2_521))
            .saturating_add(ParityDbWeight::get().reads(9))
            .saturating_add(ParityDbWeight::get().reads(1_u64.saturating_mul(h.into())))
            .saturating_add(ParityDbWeight::get().writes(6))
            .saturating_add(Weight::from_parts(0, 2618).saturating_mul(h.into()))
    }
    fn finish_period() -> Weight {
        // At least 9_845_000 picoseconds.
        Weight::from_parts(10_586_000, 2158)
            .saturating_add(ParityDbWeight::get().reads(2))
            .saturating_add(ParityDbWeight::get().writes(5))
    }
    fn top_up() -> Weight {
        // At least 30_055_000 picoseconds.
        Weight::from_parts(31_577_000, 3631)
            .saturating_add(ParityDbWeight::get().reads(6))
            .saturating_add(ParityDbWeight::get().writes(2))
    }
    fn pay_claim() -> Weight {
        // Estimated: the queue's ends and the next creditor.
        // At least 72_599_000 picoseconds.
        Weight::from_parts(75_593_000, 6272)
            .saturating_add(ParityDbWeight::get().reads(10))
            .saturating_add(ParityDbWeight::get().writes(6))
    }
    fn lapse_dispute() -> Weight {
        // Estimated: the participant's count of disputed lines.
        // At least 9_113_000 picoseconds.
        Weight::from_parts(49_624_000, 3483)
            .saturating_add(ParityDbWeight::get().reads(7))
            .saturating_add(ParityDbWeight::get().writes(6))
    }
    fn close_bill(p: u32, c: u32) -> Weight {
        // At least 42_103_000 picoseconds.
        Weight::from_parts(43_646_000, 11230)
            .saturating_add(Weight::from_parts(9_119_685, 0).saturating_mul(p.into()))
            .saturating_add(Weight::from_parts(1_748_150, 0).saturating_mul(c.into()))
            .saturating_add(ParityDbWeight::get().reads(5))
            .saturating_add(ParityDbWeight::get().reads(2_u64.saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 873).saturating_mul(c.into()))
            .saturating_add(Weight::from_parts(0, 3861).saturating_mul(p.into()))
    }
    fn close_day() -> Weight {
        // At least 4_396_000 picoseconds.
        Weight::from_parts(4_717_000, 0)
            .saturating_add(ParityDbWeight::get().writes(3))
    }
    fn share_forfeit() -> Weight {
        Weight::from_parts(80_000_000, 6196)
            .saturating_add(ParityDbWeight::get().reads(5))
            .saturating_add(ParityDbWeight::get().writes(4))
    }
    fn prune_line(c: u32) -> Weight {
        // At least 4_396_000 picoseconds.
        Weight::from_parts(4_813_272, 3608)
            .saturating_add(Weight::from_parts(2_506_782, 0).saturating_mul(c.into()))
            .saturating_add(ParityDbWeight::get().reads(1))
            .saturating_add(ParityDbWeight::get().writes(1))
            .saturating_add(ParityDbWeight::get().writes(1_u64.saturating_mul(c.into())))
    }
    fn forget_reference() -> Weight {
        // At least 7_561_000 picoseconds.
        Weight::from_parts(8_052_000, 3513)
            .saturating_add(ParityDbWeight::get().reads(2))
            .saturating_add(ParityDbWeight::get().writes(3))
    }
}
