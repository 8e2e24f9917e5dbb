//! Migrations of the state from one version of the runtime to the next.

use crate::Runtime;

/// Migrations that run in the first block of a new runtime, in this order.
pub type SingleBlock = (pallet_settlement::migrations::v1::Migration<Runtime>,);
