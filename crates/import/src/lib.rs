//! Values of real meters, from the files that network operators and portals hand out, into scenario folders.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`text`], [`decimal`], [`time`] | what a file's bytes, numbers and times say |
//! | [`profile`] | how a file is laid out; those of known sources by name |
//! | [`guess`] | the profile that a file seems to need |
//! | [`value`] | what a file says of a meter: energies of intervals, and what a register showed |
//! | [`read`]: [`table`], [`cr_msg`], [`green_button`] | read CSVs, Austria's CR_MSG and Green Button |
//! | [`registers`] | what a register showed, made energies: resets, rollover, outliers |
//! | [`grid`], [`spread`] | a community's days and periods, and energies brought into them |
//! | [`plan`] | which files and meters are whose |
//! | [`meter`] | a meter's values, made energies of periods; which are left out and why |
//! | [`job`], [`placed`] | all of it: from a plan to a folder's files, or to the mistakes |
//! | [`completeness`] | member by day: what is there, estimated, missing |
//!
//! `docs/import.md` is the page for those who use it. Nothing here is of a scenario alone: what a meter's values are is
//! known before [`job`] puts them into a folder.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::cast_possible_truncation))]

pub mod completeness;
pub mod cr_msg;
pub mod decimal;
pub mod green_button;
pub mod grid;
pub mod guess;
pub mod job;
pub mod meter;
pub mod placed;
pub mod plan;
pub mod profile;
pub mod read;
pub mod registers;
pub mod spread;
pub mod table;
pub mod text;
pub mod time;
pub mod value;
mod xml;

pub use job::Job;
pub use placed::Placed;
pub use profile::Profile;
