//! Tests: one file a call, and one for each piece of what time drives.

mod days;
mod hook;
mod invariants;
mod pay_debt;
mod set_top_up;
mod settling;
mod submit_reading;
mod worker;
