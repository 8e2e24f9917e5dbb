//! A member of a market: its folder with its configuration and keys.
//!
//! | file | content |
//! | --- | --- |
//! | `member.toml` | the member's name and its node's WebSocket |
//! | `agent.key` | the secret URI of the ed25519 key that acts for it |
//! | `meter.key` | the secret URI of the ed25519 key that signs its readings |
//! | `bids/` | what bids that were sealed by hand can be opened with, until they are over |

use crate::bids::Bids;
use crate::failure::{Kind, failure};
use crate::files::{Existing, make_folder, write_secret};
use crate::key::Key;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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
    /// Takes development keys, which everybody knows: a --dev chain takes them anyway
    #[arg(long)]
    pub dev_keys: bool,
}

impl Folder {
    /// The file of the key that acts for the member.
    pub fn agent(&self) -> PathBuf {
        self.member.join(AGENT)
    }
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
    /// What its own bids can be opened with.
    pub bids: Bids,
}

impl Member {
    /// Reads a member's folder.
    ///
    /// # Errors
    /// Where there is none, where a file is not as expected, and where others may read a key.
    pub fn read(folder: &Folder) -> Result<Self> {
        let path = folder.member.join(CONFIG);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            failure(
                Kind::BadInput,
                format!("cannot read {}: {error}; `gridbid init` makes it", path.display()),
            )
        })?;
        let Config { name, url } = toml::from_str(&text)
            .map_err(|error| failure(Kind::BadInput, format!("{}: {error}", path.display())))?;
        Ok(Self { name, url, agent: Key::read(&folder.agent())?, bids: Bids::new(folder.member.join(BIDS)) })
    }

    /// Makes a member's folder, and gives the key of its meter beside it. Each file is written whole or not at all, the
    /// configuration last: what a full disk cut short is gone on with.
    ///
    /// # Errors
    /// Where there is a member's folder already, nothing can be written, or a key that is there is none, or one that
    /// everybody knows. Keys that are there already stay.
    pub fn make(folder: &Folder, name: &str, url: &str) -> Result<(Self, Key)> {
        let Folder { member: folder, dev_keys } = folder;
        let config = folder.join(CONFIG);
        if config.exists() {
            return Err(failure(
                Kind::BadInput,
                format!("{} exists already: choose another --member", config.display()),
            ));
        }
        let [agent, meter] = [AGENT, METER].map(|name| folder.join(name));
        for path in [&agent, &meter] {
            if path.exists() {
                let key = Key::read(path)?;
                if !dev_keys {
                    key.expect_secret(path)?;
                }
            }
        }
        make_folder(folder)?;
        let (agent, meter) = (Key::make(&agent)?, Key::make(&meter)?);
        let told = Config { name: name.into(), url: url.into() };
        write_secret(&config, &toml::to_string(&told)?, Existing::Kept)?;
        let Config { name, url } = told;
        Ok((Self { name, url, agent, bids: Bids::new(folder.join(BIDS)) }, meter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_core::Pair;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    const URL: &str = "ws://127.0.0.1:9944";

    fn member(folder: &Path) -> Folder {
        Folder { member: folder.join("member"), dev_keys: false }
    }

    #[test]
    fn init_should_make_files_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = member(folder.path());
        Member::make(&at, "LA4", URL).unwrap();
        for name in [CONFIG, AGENT, METER] {
            let mode = std::fs::metadata(at.member.join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        let read = Member::read(&at).unwrap();
        assert_eq!((read.name.as_str(), read.url.as_str()), ("LA4", URL));
        assert_ne!(read.agent.public(), Key::read(&at.member.join(METER)).unwrap().public());
        assert!(Member::make(&at, "LA4", URL).is_err());
    }

    #[test]
    fn development_key_should_be_kept_when_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = member(folder.path());
        make_folder(&at.member).unwrap();
        write_secret(&at.member.join(AGENT), "//LA4//agent", Existing::Kept).unwrap();
        let refusal = Member::make(&at, "LA4", URL).err().unwrap().to_string();
        assert!(refusal.contains("everybody knows this key"), "{refusal}");
        assert!(!at.member.join(METER).exists());
        Member::make(&Folder { dev_keys: true, ..at.clone() }, "LA4", URL).unwrap();
        let expected = scenario::dev_keys::agent("LA4").unwrap().public().0;
        assert_eq!(Member::read(&at).unwrap().agent.public(), expected);
    }
}
