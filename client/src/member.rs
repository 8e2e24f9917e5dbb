//! A member of a market: its folder with its configuration and keys.
//!
//! | file | content |
//! | --- | --- |
//! | `member.toml` | the member's name and its node's WebSocket |
//! | `agent.key` | the secret URI of the ed25519 key that acts for it |
//! | `meter.key` | the secret URI of the ed25519 key that signs its readings |
//! | `bids/` | the prices of sealed bids, until they are revealed |

use crate::failure::{Kind, failure};
use anyhow::{Context, Result};
use market::{Delivery, Price};
use serde::{Deserialize, Serialize};
use sp_core::{Pair, ed25519};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use subxt::SubstrateConfig;
use subxt::tx::Signer;
use subxt::utils::{AccountId32, MultiSignature};

const CONFIG: &str = "member.toml";
/// The file of the key that acts for it.
pub const AGENT: &str = "agent.key";
/// The file of the key that signs its readings.
pub const METER: &str = "meter.key";
const BIDS: &str = "bids";

/// Where a member's folder is.
#[derive(Clone, Debug, clap::Args)]
pub struct Folder {
    /// The member's folder, which `gridbid init` makes
    #[arg(long, value_name = "DIR", default_value = "gridbid-member")]
    pub member: PathBuf,
}

/// What `member.toml` holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    name: String,
    url: String,
}

/// A member of a market.
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its node's WebSocket.
    pub url: String,
    /// The key that acts for it.
    pub agent: Key,
    folder: PathBuf,
}

impl Member {
    /// Reads a member's folder.
    ///
    /// # Errors
    /// Where there is none, where a file is not as expected, and where others may read a key.
    pub fn read(folder: &Folder) -> Result<Self> {
        let folder = &folder.member;
        let path = folder.join(CONFIG);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            failure(
                Kind::BadInput,
                format!("cannot read {}: {error}; `gridbid init` makes it", path.display()),
            )
        })?;
        let Config { name, url } = toml::from_str(&text)
            .map_err(|error| failure(Kind::BadInput, format!("{}: {error}", path.display())))?;
        Ok(Self { name, url, agent: Key::read(&folder.join(AGENT))?, folder: folder.clone() })
    }

    /// Makes a member's folder, and gives the key of its meter beside it.
    ///
    /// # Errors
    /// Where there is a member's folder already, or nothing can be written. Keys that are there already stay.
    pub fn make(folder: &Folder, name: &str, url: &str) -> Result<(Self, Key)> {
        let folder = &folder.member;
        let config = folder.join(CONFIG);
        if config.exists() {
            return Err(failure(
                Kind::BadInput,
                format!("{} exists already: choose another --member", config.display()),
            ));
        }
        make_folder(folder)?;
        let (agent, meter) = (Key::make(&folder.join(AGENT))?, Key::make(&folder.join(METER))?);
        let told = Config { name: name.into(), url: url.into() };
        write_secret(&config, &toml::to_string(&told)?, Existing::Kept)?;
        let Config { name, url } = told;
        Ok((Self { name, url, agent, folder: folder.clone() }, meter))
    }

    /// Keeps the price of a bid, before its commitment is sent: without it nothing could be revealed.
    pub fn keep_bid(&self, delivery: Delivery, price: Price) -> Result<()> {
        let path = self.bid(delivery);
        let parent = path.parent().unwrap_or(&self.folder);
        make_folder(parent)?;
        let written = path.with_extension("new");
        write_secret(&written, &format!("{}\n", price.gwei()), Existing::Replaced)?;
        std::fs::rename(&written, &path).with_context(|| format!("cannot write {}", path.display()))?;
        File::open(parent)?.sync_all()?;
        Ok(())
    }

    /// The price of a bid that was sealed from this folder.
    pub fn kept_bid(&self, delivery: Delivery) -> Result<Option<Price>> {
        let path = self.bid(delivery);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let gwei = text.trim().parse().with_context(|| format!("{} holds no price", path.display()))?;
        Ok(Some(Price::from_gwei(gwei)))
    }

    fn bid(&self, delivery: Delivery) -> PathBuf {
        self.folder.join(BIDS).join(format!("{}-{}", delivery.day, delivery.period))
    }
}

/// An ed25519 key from a file that nobody else may read.
pub struct Key(ed25519::Pair);

impl Key {
    /// Reads a secret URI: a seed as `0x` and 64 hexadecimal digits, a phrase, or a derivation of either.
    ///
    /// # Errors
    /// Where the file is missing, readable by others, or holds no secret URI. No error shows its content.
    pub fn read(path: &Path) -> Result<Self> {
        let bad = |what: String| failure(Kind::BadInput, format!("key file {}: {what}", path.display()));
        let mode = std::fs::metadata(path).map_err(|error| bad(error.to_string()))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(bad(format!(
                "others may read it (mode {:03o}): chmod 600 it, and replace a key that was read",
                mode & 0o777
            )));
        }
        let text = std::fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
        let pair = ed25519::Pair::from_string(text.trim(), None)
            .map_err(|_| bad("it holds no secret URI".into()))?;
        Ok(Self(pair))
    }

    /// Makes a key in a file; one that is there already stays.
    fn make(path: &Path) -> Result<Self> {
        if !path.exists() {
            let (_, seed) = ed25519::Pair::generate();
            write_secret(path, &format!("0x{}\n", hex::encode(seed)), Existing::Kept)?;
        }
        Self::read(path)
    }

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        self.0.public().0
    }

    /// Its deterministic signature over a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).0
    }
}

impl Signer<SubstrateConfig> for Key {
    fn account_id(&self) -> AccountId32 {
        AccountId32(self.public())
    }

    fn sign(&self, payload: &[u8]) -> MultiSignature {
        MultiSignature::Ed25519(self.0.sign(payload).0)
    }
}

/// What becomes of a file that is there already.
enum Existing {
    Kept,
    Replaced,
}

fn make_folder(path: &Path) -> Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}

/// Writes a file that its owner alone may read, down to the disk.
fn write_secret(path: &Path, text: &str, existing: Existing) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    match existing {
        Existing::Kept => options.create_new(true),
        Existing::Replaced => options.create(true).truncate(true),
    };
    let write = || -> std::io::Result<()> {
        let mut file = options.open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(folder: &Path) -> Folder {
        Folder { member: folder.join("member") }
    }

    #[test]
    fn init_should_make_files_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = member(folder.path());
        Member::make(&at, "LA4", "ws://127.0.0.1:9944").unwrap();
        for name in [CONFIG, AGENT, METER] {
            let mode = std::fs::metadata(at.member.join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        let read = Member::read(&at).unwrap();
        assert_eq!((read.name.as_str(), read.url.as_str()), ("LA4", "ws://127.0.0.1:9944"));
        assert_ne!(read.agent.public(), Key::read(&at.member.join(METER)).unwrap().public());
        assert!(Member::make(&at, "LA4", "ws://127.0.0.1:9944").is_err());
    }

    #[test]
    fn key_should_be_kept_when_it_is_there_already() {
        let folder = tempfile::tempdir().unwrap();
        let at = member(folder.path());
        make_folder(&at.member).unwrap();
        write_secret(&at.member.join(AGENT), "//LA4//agent", Existing::Kept).unwrap();
        Member::make(&at, "LA4", "ws://127.0.0.1:9944").unwrap();
        let expected = scenario::dev_keys::agent("LA4").unwrap().public().0;
        assert_eq!(Member::read(&at).unwrap().agent.public(), expected);
    }

    #[test]
    fn key_should_be_refused_when_others_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("meter.key");
        write_secret(&path, "//LA4//meter", Existing::Kept).unwrap();
        assert!(Key::read(&path).is_ok());
        for mode in [0o640, 0o604, 0o644] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let refusal = Key::read(&path).err().unwrap().to_string();
            assert!(refusal.contains("others may read it"), "{refusal}");
            assert!(!refusal.contains("LA4//meter"), "{refusal}");
        }
    }

    #[test]
    fn bid_should_be_found_when_it_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let at = member(folder.path());
        Member::make(&at, "LA4", "ws://127.0.0.1:9944").unwrap();
        let member = Member::read(&at).unwrap();
        let delivery = Delivery { day: 3, period: 7 };
        assert_eq!(member.kept_bid(delivery).unwrap(), None);
        for gwei in [1, 420_000_000] {
            member.keep_bid(delivery, Price::from_gwei(gwei)).unwrap();
            assert_eq!(member.kept_bid(delivery).unwrap(), Some(Price::from_gwei(gwei)));
        }
    }
}
