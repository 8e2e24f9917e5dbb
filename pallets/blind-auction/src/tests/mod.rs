//! Tests of the pallet: one file a call, and one for each of clearing, worker and checks.

mod clearing;
mod cover;
mod holds;
mod offchain;
mod reveal;
mod seal;
mod set_deposit_share;
mod try_state;
