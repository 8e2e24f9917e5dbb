//! The files of a scenario: a folder's, or those shipped in the program.

use crate::mistake::Mistake;
use std::collections::BTreeMap;
use std::path::Path;
use std::string::FromUtf8Error;

/// The largest file that is read, in bytes: a year of quarter-hours of fifty participants has less.
const MAX_FILE_BYTES: u64 = 128 * 1024 * 1024;

/// How many characters before a mistake are shown.
const SHOWN: usize = 20;

/// The settings of a scenario.
pub const SETTINGS: &str = "scenario.toml";
/// Demand before the first day.
pub const HISTORY: &str = "history.csv";
/// Demand from the first day.
pub const DEMAND: &str = "demand.csv";
/// Generation from the first day.
pub const GENERATION: &str = "generation.csv";
/// Generation as its owner expects it the day before; a scenario may go without.
pub const FORECAST: &str = "forecast.csv";

/// Names and texts of a scenario's files, and where they come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    folder: String,
    texts: BTreeMap<String, String>,
}

impl Files {
    /// Files by name. The folder is what mistakes are reported in.
    pub fn new<N: Into<String>, T: Into<String>>(
        folder: impl Into<String>,
        texts: impl IntoIterator<Item = (N, T)>,
    ) -> Self {
        let texts = texts.into_iter().map(|(name, text)| (name.into(), text.into())).collect();
        Self { folder: folder.into(), texts }
    }

    /// Reads a scenario's files from a folder; others in it are left alone.
    ///
    /// # Errors
    /// Where a file cannot be read, is larger than 128 MiB or is no UTF-8 text. A file that is missing
    /// is found out when it is needed.
    pub fn read(folder: &Path) -> Result<Self, Mistake> {
        let mut files = Self { folder: folder.display().to_string(), texts: BTreeMap::new() };
        if !folder.is_dir() {
            let message = "there is no such folder: expected a scenario folder with a scenario.toml";
            return Err(Mistake { path: files.folder, line: None, message: message.into() });
        }
        for name in [SETTINGS, HISTORY, DEMAND, GENERATION, FORECAST] {
            let path = folder.join(name);
            if !path.exists() {
                continue;
            }
            let fail = |message: String| Mistake { path: path.display().to_string(), line: None, message };
            let size = std::fs::metadata(&path).map_err(|error| fail(error.to_string()))?.len();
            if size > MAX_FILE_BYTES {
                return Err(fail(format!("expected at most {MAX_FILE_BYTES} bytes, found {size}")));
            }
            let bytes = std::fs::read(&path).map_err(|error| fail(error.to_string()))?;
            let text = String::from_utf8(bytes).map_err(|error| no_text(&path, &error))?;
            files.texts.insert(name.into(), text);
        }
        Ok(files)
    }

    /// The last part of the folder's path: the scenario's name.
    pub fn name(&self) -> String {
        let path = Path::new(&self.folder);
        let resolved = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        resolved.file_name().map_or_else(|| "scenario".into(), |name| name.to_string_lossy().into_owned())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        Path::new(&self.folder).join(name).display().to_string()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(|text| text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, Mistake> {
        self.get(name).ok_or_else(|| Mistake {
            path: self.path(name),
            line: None,
            message: "the file is missing".into(),
        })
    }
}

/// Where a file is no UTF-8 text, and what it may be instead.
fn no_text(path: &Path, error: &FromUtf8Error) -> Mistake {
    let bytes = error.as_bytes();
    let (before, rest) = bytes.split_at(error.utf8_error().valid_up_to());
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    let found = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        "UTF-16".to_owned()
    } else {
        let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let from = line.char_indices().rev().nth(SHOWN).map_or(0, |(at, _)| at);
        let byte = rest.first().copied().unwrap_or_default();
        // A byte of Latin-1 is the character of its number.
        format!(
            "the byte 0x{byte:02x} behind `{}`, which is `{}` in Latin-1",
            line.get(from..).unwrap_or_default(),
            char::from(byte)
        )
    };
    Mistake {
        path: path.display().to_string(),
        line: u64::try_from(breaks).ok().and_then(|breaks| breaks.checked_add(1)),
        message: format!("expected UTF-8 text, found {found}: save the file as UTF-8"),
    }
}
