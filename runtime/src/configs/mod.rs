//! The configuration of every pallet, by domain.

pub mod consensus;
pub mod fees;
pub mod market;
pub mod offices;
pub mod system;
