//! Tests: one file a call, and one for each domain and for what time drives.

mod books;
mod closing;
mod debts;
mod deliveries;
mod dispute;
mod forfeits;
mod late_reading;
mod mint;
mod offchain;
mod pause;
mod pay_debt;
mod redeem;
mod resolve_dispute;
mod scans;
mod set_top_up;
mod settling;
mod submit_reading;
mod ticks;
mod try_state;
