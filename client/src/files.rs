//! Files for their owner alone: read only where nobody else can.

use crate::failure::{Kind, failure};
pub use crate::whole::Existing;
use crate::whole::put;
use anyhow::{Context, Result};
use std::fs::{DirBuilder, File};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// Makes a folder for its owner alone, and those above it; one that is there already stays.
///
/// # Errors
/// Where it cannot be made.
pub fn make_folder(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}

/// Writes a file for its owner alone.
///
/// # Errors
/// As [`put`]: then nothing has changed.
pub fn write_secret(path: &Path, text: &str, existing: Existing) -> Result<()> {
    put(path, 0o600, existing, |file| file.write_all(text.as_bytes()))
}

/// Reads a file with a secret in it.
///
/// # Errors
/// Where it is missing, is no text, or others may read it. No error shows its content.
pub fn read_secret(path: &Path) -> Result<String> {
    let bad = |what: String| failure(Kind::BadInput, format!("{}: {what}", path.display()));
    let mut file = File::open(path).map_err(|error| bad(error.to_string()))?;
    let mode = file.metadata().map_err(|error| bad(error.to_string()))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(bad(format!(
            "others may read it (mode {:03o}): chmod 600 it, and replace a secret that was read",
            mode & 0o777
        )));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|error| bad(error.to_string()))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_should_be_refused_when_others_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("meter.key");
        write_secret(&path, "//LA4//meter", Existing::Kept).unwrap();
        assert_eq!(read_secret(&path).unwrap(), "//LA4//meter");
        for mode in [0o640, 0o604, 0o644] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let refusal = read_secret(&path).unwrap_err().to_string();
            assert!(refusal.contains("others may read it"), "{refusal}");
            assert!(!refusal.contains("LA4//meter"), "{refusal}");
        }
    }

    #[test]
    fn file_should_stay_when_it_is_to_be_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.key");
        write_secret(&path, "one", Existing::Kept).unwrap();
        assert!(write_secret(&path, "two", Existing::Kept).is_err());
        assert_eq!(read_secret(&path).unwrap(), "one");
        write_secret(&path, "two", Existing::Replaced).unwrap();
        assert_eq!(read_secret(&path).unwrap(), "two");
        // Nothing is left beside it.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
