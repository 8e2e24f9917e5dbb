//! The subcommands, one file or folder each. None of them knows another: what two of them need stands beside this folder.

pub mod archive;
pub mod best_response;
pub mod bill;
pub mod compare;
pub mod exporter;
pub mod gateway;
pub mod import;
pub mod init;
pub mod load;
pub mod release;
pub mod report;
pub mod reveal;
pub mod run;
pub mod seal;
pub mod simulate;
pub mod status;
pub mod watch;
