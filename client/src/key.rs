//! A member's ed25519 keys, each in a file for its owner alone.

use crate::failure::{Kind, failure};
use crate::files::{Existing, read_secret, write_secret};
use anyhow::Result;
use sp_core::crypto::{DEV_PHRASE, DeriveJunction, ExposeSecret, SecretUri};
use sp_core::{Pair, ed25519};
use std::path::Path;
use subxt::SubstrateConfig;
use subxt::tx::Signer;
use subxt::utils::{AccountId32, MultiSignature};

/// Whose keys the SDK's own tools and chains derive from its phrase; each has a `//stash` below it, too.
const WELL_KNOWN: [&str; 6] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];

/// An ed25519 key.
pub struct Key {
    pair: ed25519::Pair,
    is_development: bool,
}

impl Key {
    /// Reads a secret URI: a seed as `0x` and 64 hexadecimal digits, a phrase, or a derivation of either.
    ///
    /// # Errors
    /// Where the file is missing, readable by others, empty, or holds no secret URI. No error shows its content.
    pub fn read(path: &Path) -> Result<Self> {
        let bad = |what: &str| failure(Kind::BadInput, format!("key file {}: {what}", path.display()));
        let text = read_secret(path)?;
        let uri = text.trim();
        if uri.is_empty() {
            // To the SDK it would be its public phrase.
            return Err(bad(
                "it is empty: put the key back from its copy, or delete the file and make another",
            ));
        }
        let pair = ed25519::Pair::from_string(uri, None).map_err(|_| bad("it holds no secret URI"))?;
        Ok(Self { is_development: is_development(uri, &pair), pair })
    }

    /// Makes a key in a file, whole or not at all; one that is there already stays.
    ///
    /// # Errors
    /// As [`Self::read`] for a key that is there, and where the disk does not take a new one.
    pub fn make(path: &Path) -> Result<Self> {
        if !path.exists() {
            let (_, seed) = ed25519::Pair::generate();
            write_secret(path, &format!("0x{}\n", hex::encode(seed)), Existing::Kept)?;
        }
        Self::read(path)
    }

    /// Whether it is one of the SDK's development keys, which everybody knows.
    pub fn is_development(&self) -> bool {
        self.is_development
    }

    /// Refuses a development key.
    ///
    /// # Errors
    /// Where it is one.
    pub fn expect_secret(&self, path: &Path) -> Result<()> {
        if !self.is_development {
            return Ok(());
        }
        Err(failure(
            Kind::BadInput,
            format!(
                "key file {}: everybody knows this key, it is one of the development keys. Make one of your own \
                 (`gridbid init`), or give --dev-keys where nothing is at stake",
                path.display()
            ),
        ))
    }

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        self.pair.public().0
    }

    /// Its deterministic signature over a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.pair.sign(message).0
    }
}

impl Signer<SubstrateConfig> for Key {
    fn account_id(&self) -> AccountId32 {
        AccountId32(self.public())
    }

    fn sign(&self, payload: &[u8]) -> MultiSignature {
        MultiSignature::Ed25519(self.pair.sign(payload).0)
    }
}

/// Whether a secret URI, or the seed in it, leads back to the phrase that the SDK has published.
fn is_development(uri: &str, key: &ed25519::Pair) -> bool {
    let Ok(published) = ed25519::Pair::from_string(DEV_PHRASE, None) else { return false };
    let root = uri.parse::<SecretUri>().ok().and_then(|SecretUri { phrase, password, .. }| {
        let password = password.as_ref().map(|password| password.expose_secret().as_str());
        ed25519::Pair::from_string(phrase.expose_secret(), password).ok()
    });
    // The seed of a derived key names no phrase.
    let derived = |path: &[&str]| {
        let path: Vec<_> = path.iter().map(|part| DeriveJunction::from(*part).harden()).collect();
        published.derive(path.into_iter(), None).is_ok_and(|(derived, _)| derived.public() == key.public())
    };
    root.is_some_and(|root| root.public() == published.public())
        || WELL_KNOWN.iter().any(|name| derived(&[name]) || derived(&[name, "stash"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Key> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.key");
        write_secret(&path, text, Existing::Kept).unwrap();
        Key::read(&path)
    }

    #[test]
    fn key_should_be_refused_when_its_file_holds_none() {
        for text in ["", "\n", "  \n\n", "0x", "0x1234", "//", "a word", "bottom drive\nobey lake"] {
            let refusal = read(text).err().unwrap_or_else(|| panic!("{text:?} is a key")).to_string();
            assert!(refusal.contains("it is empty") || refusal.contains("no secret URI"), "{refusal}");
        }
    }

    #[test]
    fn key_should_count_as_a_development_key_when_it_leads_back_to_the_public_phrase() {
        let seed = |uri: &str| {
            let seed = ed25519::Pair::from_string_with_seed(uri, None).unwrap().1.unwrap();
            format!("0x{}", hex::encode(seed))
        };
        let of_phrase = seed(DEV_PHRASE);
        let public = [
            DEV_PHRASE.to_owned(),
            "//LA4//agent".to_owned(),
            "//Alice///".to_owned(),
            format!("{DEV_PHRASE}//Alice"),
            of_phrase.clone(),
            format!("{of_phrase}//LA4//meter"),
            seed("//Alice"),
            seed("//Ferdie//stash"),
        ];
        for uri in public {
            assert!(read(&uri).unwrap().is_development(), "{uri}");
        }
        for uri in [format!("0x{}", hex::encode([5; 32])), format!("{DEV_PHRASE}///of my own")] {
            assert!(!read(&uri).unwrap().is_development(), "{uri}");
        }
    }

    #[test]
    fn key_should_be_kept_when_it_is_there_already() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.key");
        let made = Key::make(&path).unwrap();
        assert_eq!(Key::make(&path).unwrap().public(), made.public());
        assert!(!made.is_development());
        made.expect_secret(&path).unwrap();
    }
}
