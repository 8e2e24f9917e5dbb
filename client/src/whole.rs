//! Files, and new folders, that are written whole or not at all, whatever becomes of the disk.

use anyhow::{Context, Result};
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays as it is, and nothing is written.
    Kept,
    /// The new one takes its place at once.
    Replaced,
}

/// Writes what a function writes into a file, down to the disk. A file that was there before is replaced then, or stays
/// as it was.
///
/// # Errors
/// Where the file cannot be written whole, as on a full disk.
pub fn write_whole(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    // Who may read it is what the user's mask says.
    put(path, 0o666, Existing::Replaced, write)
}

/// The same for a file of a mode, of which the user's mask takes away.
///
/// # Errors
/// As [`write_whole`], and where there is a file that is to be kept: then nothing has changed.
pub fn put(
    path: &Path,
    mode: u32,
    existing: Existing,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let whole = || -> io::Result<()> {
        // It has another name until it is whole, and goes away with an error.
        let mut new =
            tempfile::Builder::new().permissions(Permissions::from_mode(mode)).tempfile_in(folder)?;
        let mut buffered = BufWriter::new(&mut new);
        write(&mut buffered)?;
        buffered.flush()?;
        drop(buffered);
        new.as_file().sync_all()?;
        match existing {
            Existing::Kept => new.persist_noclobber(path)?,
            Existing::Replaced => new.persist(path)?,
        };
        File::open(folder)?.sync_all()
    };
    whole().with_context(|| format!("cannot write {}", path.display()))
}

/// Writes files into a new folder, down to the disk.
///
/// # Errors
/// Where there is something of this name, or not all can be written: then there is no folder.
pub fn write_folder(path: &Path, files: &[(String, String)]) -> Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let parent = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // It has another name until it is whole, and goes away with an error.
    let new = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o777))
        .tempdir_in(parent)
        .with_context(cannot)?;
    for (name, text) in files {
        write_whole(&new.path().join(name), |file| file.write_all(text.as_bytes())).with_context(cannot)?;
    }
    // An empty folder would be replaced by a new one.
    if path.symlink_metadata().is_ok() {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists)).with_context(cannot);
    }
    std::fs::rename(new.path(), path).with_context(cannot)?;
    // It has another name now: nothing is left to take away.
    let _ = new.keep();
    File::open(parent).and_then(|folder| folder.sync_all()).with_context(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_should_stay_as_it_was_when_the_new_one_is_not_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write_whole(&path, |file| file.write_all(b"one")).unwrap();
        let torn = |file: &mut dyn Write| {
            file.write_all(b"tw")?;
            Err(io::ErrorKind::StorageFull.into())
        };
        let refusal = format!("{:#}", write_whole(&path, torn).unwrap_err());
        assert!(refusal.contains("cannot write") && refusal.contains("report.json"), "{refusal}");
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn folder_should_be_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("households");
        let files = |names: &[&str]| {
            names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect::<Vec<_>>()
        };
        assert!(write_folder(&path, &files(&["one", "no/such/folder"])).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
        write_folder(&path, &files(&["one", "two"])).unwrap();
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 2);
        assert!(write_folder(&path, &files(&["three"])).is_err(), "what is there stays");
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 2);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn file_should_be_readable_by_whom_the_mask_lets() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, plain) = (folder.path().join("whole"), folder.path().join("plain"));
        write_whole(&whole, |file| file.write_all(b"x")).unwrap();
        std::fs::write(&plain, "x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&whole), mode(&plain));
    }
}
