//! The keys of participants on development chains: derived from the scenario's ids, known to everybody.
//!
//! | key | scheme | secret URI |
//! | --- | --- | --- |
//! | account | sr25519 | `//LA1` |
//! | agent | ed25519 | `//LA1//agent` |
//! | meter | ed25519 | `//LA1//meter` |

use sp_core::crypto::{Pair, SecretStringError};
use sp_core::{ed25519, sr25519};

/// The secret URI of a participant's account.
pub fn account_uri(id: &str) -> String {
    format!("//{id}")
}

/// The secret URI of a participant's agent.
pub fn agent_uri(id: &str) -> String {
    format!("//{id}//agent")
}

/// The secret URI of a participant's meter.
pub fn meter_uri(id: &str) -> String {
    format!("//{id}//meter")
}

/// The account of a participant.
///
/// # Errors
/// Where the id is empty or otherwise no part of a secret URI; a scenario's ids never are.
pub fn account(id: &str) -> Result<sr25519::Pair, SecretStringError> {
    sr25519::Pair::from_string(&account_uri(id), None)
}

/// The key that acts for a participant.
///
/// # Errors
/// As [`account`].
pub fn agent(id: &str) -> Result<ed25519::Pair, SecretStringError> {
    ed25519::Pair::from_string(&agent_uri(id), None)
}

/// The key that signs a participant's readings.
///
/// # Errors
/// As [`account`].
pub fn meter(id: &str) -> Result<ed25519::Pair, SecretStringError> {
    ed25519::Pair::from_string(&meter_uri(id), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_should_differ_by_participant_and_purpose() {
        let keys = ["LA1", "LA2"].map(|id| (agent(id).unwrap().public(), meter(id).unwrap().public()));
        assert_ne!(keys[0].0, keys[1].0);
        assert_ne!(keys[0].1, keys[1].1);
        assert_ne!(keys[0].0, keys[0].1);
        assert_ne!(account("LA1").unwrap().public(), account("LA2").unwrap().public());
        assert!(account("").is_err());
    }
}
