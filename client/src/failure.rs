//! How the command fails: every failure has an exit code.

use std::fmt;

/// Why the command ends without success. The numbers are its exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Anything that is none of the others.
    Failed = 1,
    /// The command line or the scenario is wrong.
    BadInput = 2,
    /// The node can't be reached, or can't be started.
    Unreachable = 3,
    /// Results differ, do not balance or do not prove.
    Differs = 4,
    /// The chain refuses a call.
    Refused = 5,
    /// Whoever read the output has closed it: 128 and the number of the signal that ends other commands then.
    Unread = 141,
}

/// A failure with its kind; it goes to the top through `anyhow`.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// A failure of a kind.
pub fn failure(kind: Kind, message: impl fmt::Display) -> anyhow::Error {
    anyhow::Error::new(Failure { kind, message: message.to_string() })
}

/// What kind of failure an error is.
pub fn kind(error: &anyhow::Error) -> Kind {
    error.downcast_ref::<Failure>().map_or(Kind::Failed, |failure| failure.kind)
}
