//! Tests: one file a call, and one for each piece of what time drives.

mod books;
mod claims;
mod days;
mod dispute;
mod hook;
mod invariants;
mod late_reading;
mod mint;
mod offchain;
mod pause;
mod pay_debt;
mod redeem;
mod resolve_dispute;
mod set_top_up;
mod settling;
mod submit_reading;
