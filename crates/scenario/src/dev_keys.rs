//! The keys of participants on development chains: derived from the scenario's ids, known to everybody.
//!
//! | key | scheme | secret URI |
//! | --- | --- | --- |
//! | account | sr25519 | `//LA1` |
//! | agent | ed25519 | `//LA1//agent` |
//! | meter | ed25519 | `//LA1//meter` |

use sp_core::crypto::{DEV_PHRASE, DeriveJunction, Pair, SecretStringError};
use sp_core::{ed25519, sr25519};
use std::sync::LazyLock;

// What the phrase gives takes thousands of hashes: it is found once.
static ACCOUNTS: LazyLock<Result<sr25519::Pair, SecretStringError>> =
    LazyLock::new(|| sr25519::Pair::from_string(DEV_PHRASE, None));
static OTHERS: LazyLock<Result<ed25519::Pair, SecretStringError>> =
    LazyLock::new(|| ed25519::Pair::from_string(DEV_PHRASE, None));

/// The key that a hard path leads to.
fn derived<P: Pair>(root: &Result<P, SecretStringError>, path: &[&str]) -> Result<P, SecretStringError> {
    if path.iter().any(|part| part.is_empty() || part.contains('/')) {
        return Err(SecretStringError::InvalidPath);
    }
    let path = path.iter().map(|part| DeriveJunction::from(*part).harden());
    let root = root.as_ref().map_err(|_| SecretStringError::InvalidPhrase)?;
    root.derive(path, None).map(|(pair, _)| pair).map_err(|_| SecretStringError::InvalidPath)
}

/// The account of a participant.
///
/// # Errors
/// Where the id is empty or otherwise no part of a secret URI; a scenario's ids never are.
pub fn account(id: &str) -> Result<sr25519::Pair, SecretStringError> {
    derived(&ACCOUNTS, &[id])
}

/// The key that acts for a participant.
///
/// # Errors
/// As [`account`].
pub fn agent(id: &str) -> Result<ed25519::Pair, SecretStringError> {
    derived(&OTHERS, &[id, "agent"])
}

/// The key that signs a participant's readings.
///
/// # Errors
/// As [`account`].
pub fn meter(id: &str) -> Result<ed25519::Pair, SecretStringError> {
    derived(&OTHERS, &[id, "meter"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_should_be_those_of_their_uris() {
        for id in ["LA1", "17", "a-b_c"] {
            let uris = [format!("//{id}//agent"), format!("//{id}//meter")];
            let keys = [agent(id), meter(id)].map(|pair| pair.unwrap().public());
            assert_eq!(keys, uris.map(|uri| ed25519::Pair::from_string(&uri, None).unwrap().public()));
            let account_key = sr25519::Pair::from_string(&format!("//{id}"), None).unwrap().public();
            assert_eq!(account(id).unwrap().public(), account_key);
        }
    }

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
