//! Migrations of the state from one version of the runtime to the next.

/// Migrations that run in the first block of a new runtime, in this order. None yet.
pub type SingleBlock = ();
