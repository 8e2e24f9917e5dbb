//! What the `gridbid` command is made of; `docs/gridbid.md` describes the command.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`commands`] | the subcommands, one file or folder each |
//! | [`chain`] | asks a node: the market's runtime API, headers, the pace of a `--dev` node |
//! | [`events`] | a chain's events, block by block |
//! | [`devnode`] | starts and stops a `--dev` node |
//! | [`member`], [`key`], [`bids`] | a member's folder: configuration, keys, and what its sealed bids open with |
//! | [`files`] | files for their owner alone |
//! | [`session`] | a member's place on its chain |
//! | [`calls`], [`transactions`] | calls as the chain reads them; checks, signs and sends one |
//! | [`results`], [`proven`] | bill lines of some days, from a simulation or from a chain; bills with their proofs |
//! | [`output`], [`tables`], [`figures`], [`progress`] | what is printed and drawn |
//! | [`whole`] | files that are written whole or not at all |
//! | [`words`], [`differences`] | windows and moments in words; what differs between bill lines |
//! | [`failure`] | how a command fails: exit codes |

pub mod bids;
pub mod calls;
pub mod chain;
pub mod commands;
pub mod devnode;
pub mod differences;
pub mod events;
pub mod failure;
pub mod figures;
pub mod files;
pub mod key;
pub mod member;
pub mod output;
pub mod progress;
pub mod proven;
pub mod results;
pub mod session;
pub mod tables;
pub mod transactions;
pub mod whole;
pub mod words;
