//! Mistakes in a scenario: where, and what was expected.

use std::fmt;

/// The most mistakes that are reported at once.
pub const MAX_REPORTED: usize = 20;

/// One mistake in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Path of the file.
    pub path: String,
    /// Line in it, from 1; `None` where the whole file is at fault.
    pub line: Option<u64>,
    /// What was expected, and what was found.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

impl std::error::Error for Mistake {}

/// All that is wrong with a scenario: at least one mistake, shown one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    found: Vec<Mistake>,
}

impl Mistakes {
    /// Mistakes that were found, of which there is at least one.
    pub fn new(found: Vec<Mistake>) -> Self {
        Self { found }
    }

    /// The mistakes, in the order of files and lines in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.found.iter()
    }
}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self { found: vec![mistake] }
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.found.iter().take(MAX_REPORTED).enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{mistake}")?;
        }
        match self.found.len().saturating_sub(MAX_REPORTED) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for Mistakes {}

/// The line of a CSV's record, from 1, by where the reader stood before it: that may be within the end of the line
/// before, as Windows has it, or before empty lines.
pub fn line_of(text: &str, position: Option<&csv::Position>) -> u64 {
    let Some(position) = position else { return 1 };
    let rest =
        usize::try_from(position.byte()).ok().and_then(|at| text.as_bytes().get(at..)).unwrap_or_default();
    let ends =
        rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
    position.line().saturating_add(u64::try_from(ends).unwrap_or_default())
}

/// Collects the mistakes of one file.
pub(crate) struct Collector {
    path: String,
    found: Vec<Mistake>,
    /// Paths of files that were not read to their end.
    given_up: Vec<String>,
}

impl Collector {
    pub(crate) fn new(path: String) -> Self {
        Self { path, found: Vec::new(), given_up: Vec::new() }
    }

    pub(crate) fn note(&mut self, line: u64, message: impl Into<String>) {
        self.found.push(Mistake { path: self.path.clone(), line: Some(line), message: message.into() });
    }

    /// Notes a mistake that keeps the rest of the file from being read: what seems to be missing in it is not told.
    pub(crate) fn give_up(&mut self, line: u64, message: impl Into<String>) {
        self.note(line, message);
        self.given_up.push(self.path.clone());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Adds the mistakes of another file behind these, or more of this one.
    pub(crate) fn append(&mut self, other: Self) {
        let is_news = |mistake: &Mistake| !self.given_up.contains(&mistake.path);
        self.found.extend(other.found.into_iter().filter(is_news));
        self.given_up.extend(other.given_up);
    }

    /// The value, where no mistake was found.
    pub(crate) fn finish<T>(mut self, value: T) -> Result<T, Mistakes> {
        if self.found.is_empty() {
            return Ok(value);
        }
        // Stable: the files stay in the order in which they were read. They are few, and mistakes may be millions.
        let mut order: Vec<String> = Vec::new();
        for mistake in &self.found {
            if !order.contains(&mistake.path) {
                order.push(mistake.path.clone());
            }
        }
        let place = |mistake: &Mistake| order.iter().position(|path| *path == mistake.path);
        self.found.sort_by_key(|mistake| (place(mistake), mistake.line));
        Err(Mistakes { found: self.found })
    }
}
