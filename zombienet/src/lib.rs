//! Nothing but the network's tests, in `tests/network.rs`.
