//! What the `gridbid` command is made of; `docs/gridbid.md` describes the command.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`chain`] | asks a node: the market's runtime API, headers, events, the pace of a `--dev` node |
//! | [`devnode`] | starts and stops a `--dev` node |
//! | [`results`] | bill lines of some days, from a simulation or from a chain |
//! | [`output`], [`tables`], [`figures`], [`progress`] | what is printed, written and drawn |
//! | [`run`], [`bill`], [`watch`], [`compare`], [`mod@best_response`] | the subcommands |
//! | [`failure`] | how a command fails: exit codes |

pub mod best_response;
pub mod bill;
pub mod chain;
pub mod compare;
pub mod devnode;
pub mod failure;
pub mod figures;
pub mod output;
pub mod progress;
pub mod results;
pub mod run;
pub mod tables;
pub mod watch;
