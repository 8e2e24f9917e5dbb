//! Scenario folders and what is made of them: a simulation, a gateway, bill lines and reports.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`scenario`], [`series`] | a scenario: calendar, tariff, participants, demand and generation |
//! | [`files`], [`mistake`] | read it from a folder, or say in which line what is wrong |
//! | [`site`] | what a participant releases and what its meter counts |
//! | [`mod@simulate`] | plays its market days by the rules of the crate `market` |
//! | [`best_response`] | what a buyer gains by answering the others' bids (5) best |
//! | [`report`] | `bill_lines.csv` and `report.json`, the same from the chain and from a simulation |
//! | [`gateway`] | serves its plant data to off-chain workers over HTTP |
//! | [`load`] | a market of any size, for measurements |
//! | [`dev_keys`] | the keys of its participants on development chains |
//!
//! The folder's format is in `docs/scenario.md`, the gateway's messages are in `docs/gateway.md`.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::cast_possible_truncation))]

pub mod best_response;
pub mod dev_keys;
pub mod files;
pub mod gateway;
pub mod load;
pub mod mistake;
mod reader;
pub mod report;
pub mod scenario;
pub mod series;
pub mod simulate;
pub mod site;

pub use files::Files;
pub use load::Load;
pub use mistake::{Mistake, Mistakes};
pub use report::Report;
pub use scenario::{Participant, Scenario};
pub use simulate::{Simulation, simulate};
