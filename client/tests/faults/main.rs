//! Faults of hands, disks, pipes and nodes, put before the command: nothing is lost, nothing is mistaken, and each is told
//! with what to do. What needs a node's executable finds it in `GRIDBID_NODE`, and tests nothing without it.

#[path = "../common/mod.rs"]
mod common;

mod output;
