//! What the `gridbid` command is made of; `docs/gridbid.md` describes the command.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`chain`] | asks a node: the market's runtime API, headers, events, the pace of a `--dev` node |
//! | [`devnode`] | starts and stops a `--dev` node |
//! | [`results`] | bill lines of some days, from a simulation or from a chain |
//! | [`output`], [`tables`], [`figures`], [`progress`] | what is printed, written and drawn |
//! | [`run`], [`bill`], [`archive`], [`watch`], [`compare`], [`load`], [`mod@best_response`] | the subcommands that read or measure |
//! | [`member`], [`transactions`], [`acting`] | a member's folder and keys, its transactions, what it does by hand |
//! | [`gateway`], [`exporter`] | what runs beside a node: a site's gateway, metrics |
//! | [`failure`] | how a command fails: exit codes |

pub mod acting;
pub mod archive;
pub mod best_response;
pub mod bill;
pub mod chain;
pub mod compare;
pub mod devnode;
pub mod exporter;
pub mod failure;
pub mod figures;
pub mod gateway;
pub mod load;
pub mod member;
pub mod output;
pub mod progress;
pub mod results;
pub mod run;
pub mod tables;
pub mod transactions;
pub mod watch;
