//! What the off-chain worker does for the participants of this node.
pub(crate) fn run<T: crate::Config>() {}
