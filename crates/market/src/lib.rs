//! The rules of Gridbid's electricity market as pure functions.
//!
//! The chain, `gridbid simulate` and the tests run this crate and nothing else, so a what-if, a
//! replay and consensus agree to the watt-hour and to the planck. It knows no FRAME, does no
//! input or output, needs no `std` and holds no floating-point number.
//!
//! The numbers in brackets, as in "bid (5)", are the equations of Wang W., Shi Y., "Smart contract
//! transaction model of blockchain for multi-source and heterogeneous distribution network",
//! Proc. SPIE 12506, 1250623.
//!
//! | module | rules |
//! | --- | --- |
//! | [`units`] | watt-hours, watts, gwei per kWh, planck, and their checked arithmetic |
//! | [`calendar`] | delivery days and periods, and the windows around them |
//! | [`tariff`] | the retail supplier's stepped tariff and the feed-in price |
//! | [`participant`] | who trades, and with which parameters |
//! | [`position`] | what a participant wants to trade in a period |
//! | [`forecast`] | expected volumes (3) |
//! | [`optimise`] | regional economic optimisation (1)(2) |
//! | [`release`] | what a participant publishes the day before |
//! | [`bidding`] | bids (5) |
//! | [`limits`] | generation cost (6), and the limits of bids (7) and offers (8) |
//! | [`commitment`] | sealed bids |
//! | [`clearing`] | the queue, its lots, pay-as-bid and uniform prices |
//! | [`collateral`] | deposits, covers and forfeits |
//! | [`settlement`] | balancing (4), estimates and corrections |
//! | [`debts`] | what members and the supplier owe each other, the order of creditors, top-ups |
//! | [`supplier`] | the supplier's line: the other side of what it balances |
//! | [`books`] | what is still open in the books, and what has to be kept |
//! | [`bill`] | bill lines and a day's bills |
//! | [`api`] | the types of the chain's runtime API |
//! | [`merkle`] | the root of a day's bills, and proofs against it |

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::cast_possible_truncation,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

pub mod api;
pub mod bidding;
pub mod bill;
pub mod blocks;
pub mod books;
pub mod calendar;
pub mod clearing;
pub mod collateral;
pub mod commitment;
pub mod debts;
pub mod forecast;
#[cfg(feature = "serde")]
pub mod gateway;
pub mod limits;
pub mod merkle;
pub mod optimise;
pub mod participant;
pub mod position;
pub mod release;
pub mod settlement;
pub mod supplier;
pub mod tariff;
pub mod units;

pub use calendar::{Calendar, Day, Delivery, Moment, Stage, Window};
pub use participant::{ParticipantId, Role};
pub use position::Position;
pub use units::{Energy, Money, NetEnergy, NetMoney, Power, Price};
