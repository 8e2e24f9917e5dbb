//! From a plan and its files to what they say of a community's periods, or to the mistakes.

use crate::grid::Grid;
use crate::meter::{Note, metered};
use crate::placed::{Community, Counts, Placed};
use crate::plan::{Meter, Plan};
use crate::profile::{NAMED, Profile};
use crate::read::read;
use crate::registers;
use crate::spread::{Cell, spread};
use crate::value::{File, Found, Place, Register, Series, Value};
use jiff::tz::{Offset, TimeZone};
use scenario::files::SETTINGS;
use scenario::{Files, Mistake, Mistakes, Scenario};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The plan's name in a folder.
const PLAN: &str = "import.toml";
/// The largest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// What is to be imported: a plan, the settings beside it, and its files with their layouts.
pub struct Job {
    community: Community,
    files: Vec<(PathBuf, Profile)>,
}

fn mistake(path: &Path, line: Option<u64>, message: impl Into<String>) -> Mistake {
    Mistake { path: path.display().to_string(), line, message: message.into() }
}

fn text_of(path: &Path) -> Result<String, Mistake> {
    std::fs::read_to_string(path).map_err(|error| mistake(path, None, error.to_string()))
}

impl Job {
    /// Reads a plan, and the `scenario.toml` beside it. Its files are below a folder, or below the plan's.
    ///
    /// # Errors
    /// All mistakes in them.
    pub fn read(plan_path: &Path, data: Option<&Path>) -> Result<Self, Mistakes> {
        let folder = plan_path.parent().unwrap_or(Path::new(""));
        let plan_text = text_of(plan_path)?;
        let in_plan = |line: u64, message: String| mistake(plan_path, Some(line), message);
        let plan = Plan::read(&plan_text).map_err(|found| {
            mistakes(found.into_iter().map(|(line, message)| in_plan(line, message)).collect())
        })?;
        let settings_path = folder.join(SETTINGS);
        let settings = text_of(&settings_path)?;
        let shown = folder.display().to_string();
        let scenario = Scenario::settings(&Files::new(shown, [(SETTINGS, settings.clone())]))?;
        let grid = grid(&scenario, &plan).map_err(|message| mistake(&settings_path, None, message))?;
        let mut texts = vec![(SETTINGS.to_owned(), settings), (PLAN.to_owned(), plan_text)];
        let (mut files, mut found) = (Vec::new(), Vec::new());
        for of in &plan.files {
            let profile = match Profile::named(&of.profile) {
                Some(profile) => profile.map_err(|(line, message)| in_plan(line, message)),
                None => own_profile(folder, &of.profile, &mut texts)
                    .unwrap_or_else(|| Err(in_plan(of.line, unknown_profile(&of.profile)))),
            };
            let profile = match profile {
                Ok(profile) => profile,
                Err(mistake) => {
                    found.push(mistake);
                    continue;
                }
            };
            for (path, line) in &of.paths {
                match listed(&data.unwrap_or(folder).join(path)) {
                    Ok(paths) => files.extend(paths.into_iter().map(|path| (path, profile.clone()))),
                    Err(message) => found.push(in_plan(*line, message)),
                }
            }
        }
        for meter in &plan.meters {
            let member = scenario.participants.iter().find(|member| member.name == meter.member);
            if !member.is_some_and(|member| member.role.is_metered()) {
                let message = format!("expected an LA, MG or prosumer of {SETTINGS}, found {}", meter.member);
                found.push(in_plan(meter.line, message));
            }
        }
        if !found.is_empty() {
            return Err(mistakes(found));
        }
        let plan_path = plan_path.to_path_buf();
        Ok(Self { community: Community { plan, texts, plan_path, settings_path, scenario, grid }, files })
    }

    /// Reads all files, and brings what they say into the days' periods.
    ///
    /// # Errors
    /// All that could not be read or placed, by file and line.
    pub fn place(self) -> Result<Placed, Mistakes> {
        let (mut all, mut found): (BTreeMap<Series, Vec<Value>>, _) = (BTreeMap::new(), Vec::new());
        let mut counts = Counts::default();
        for (number, (path, profile)) in self.files.iter().enumerate() {
            let mut of = Found::default();
            match bytes_of(path) {
                Ok(bytes) => {
                    let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
                    read(profile, File { number, stem: &stem }, &bytes, &mut of);
                }
                Err(message) => found.push(mistake(path, None, message)),
            }
            counts.left_alone += of.left_alone;
            for (series, values) in of.values {
                all.entry(series).or_default().extend(values);
            }
            found.extend(
                of.mistakes
                    .into_iter()
                    .map(|(place, message)| mistake(path, place.map(|place| place.line), message)),
            );
        }
        // A file that could not be read may have what seems to be missing.
        if found.is_empty() {
            found = self.unplaced(&all);
        }
        let mut members = BTreeMap::new();
        let mut notes = Vec::new();
        for meter in &self.community.plan.meters {
            for register in [Register::In, Register::Out] {
                let values = all.get(&(meter.id.clone(), register));
                let (Some(values), true) = (values, meter.register.is_none_or(|only| only == register))
                else {
                    continue;
                };
                let Some(cells) = self.cells(meter, values, &mut counts, &mut notes, &mut found) else {
                    continue;
                };
                members
                    .entry((self.number_of(&meter.member), register))
                    .and_modify(|sum: &mut Vec<Cell>| add(sum, &cells))
                    .or_insert(cells);
            }
        }
        if !found.is_empty() {
            return Err(mistakes(found));
        }
        Ok(Placed::new(self.community, members, notes, counts))
    }

    fn number_of(&self, member: &str) -> usize {
        self.community
            .scenario
            .participants
            .iter()
            .position(|other| other.name == member)
            .unwrap_or(usize::MAX)
    }

    fn path_of(&self, place: Place) -> String {
        self.files.get(place.file).map(|(path, _)| path.display().to_string()).unwrap_or_default()
    }

    fn told(&self, note: Note) -> Mistake {
        let other = note.other.map(|other| {
            if other.file == note.place.file {
                format!(" (line {})", other.line)
            } else {
                format!(" ({}:{})", self.path_of(other), other.line)
            }
        });
        let message = note.message + &other.unwrap_or_default();
        Mistake { path: self.path_of(note.place), line: Some(note.place.line), message }
    }

    /// Meters that the plan does not know, and those that it has and no file knows.
    fn unplaced(&self, all: &BTreeMap<Series, Vec<Value>>) -> Vec<Mistake> {
        let known: BTreeSet<&str> =
            self.community.plan.meters.iter().map(|meter| meter.id.as_str()).collect();
        let mut found = Vec::new();
        for meter in &self.community.plan.meters {
            let has = |register: Register| {
                meter.register.is_none_or(|only| only == register)
                    && all.contains_key(&(meter.id.clone(), register))
            };
            if !has(Register::In) && !has(Register::Out) {
                let which =
                    meter.register.map_or(String::new(), |only| format!(" with a register {}", only.name()));
                let message = format!("no file has a meter {}{which}", meter.id);
                found.push(mistake(&self.community.plan_path, Some(meter.line), message));
            }
        }
        let mut told = BTreeSet::new();
        for ((id, _), values) in all {
            let is_nobodys = !known.contains(id.as_str()) && !self.community.plan.leave_out.contains(id);
            if let (Some(value), true) = (values.first(), is_nobodys && told.insert(id)) {
                let plan = self.community.plan_path.display();
                let message = format!(
                    "{plan} has no meter {id}: add a [[meter]] with this id, or put it into leave_out"
                );
                found.push(Mistake {
                    path: self.path_of(value.place),
                    line: Some(value.place.line),
                    message,
                });
            }
        }
        found
    }

    /// A meter's periods; `None` where its values contradict one another.
    fn cells(
        &self,
        meter: &Meter,
        values: &[Value],
        counts: &mut Counts,
        notes: &mut Vec<Mistake>,
        found: &mut Vec<Mistake>,
    ) -> Option<Vec<Cell>> {
        let member = self.community.scenario.participants.get(self.number_of(&meter.member))?;
        let scaled = |value: &Value| value.energy.times(meter.scale).map(|energy| Value { energy, ..*value });
        let Some(values) = values.iter().map(scaled).collect::<Option<Vec<Value>>>() else {
            found.push(mistake(
                &self.community.plan_path,
                Some(meter.line),
                "a value times scale is out of range",
            ));
            return None;
        };
        let modulus = meter.modulus.and_then(|modulus| modulus.times(meter.scale));
        let of = metered(&values, &registers::Meter { limit: member.plant.tie_line.limit, modulus });
        counts.repeated += of.repeated;
        counts.replaced += of.replaced;
        let grid = &self.community.grid;
        let periods = i64::try_from(grid.periods()).unwrap_or(i64::MAX);
        let start = grid.starts(0);
        let is_outside =
            |value: &&Value| grid.place(value.from) >= periods || value.to.as_millisecond() <= start;
        counts.values += values.iter().fold(0, |sum, _| sum + 1);
        counts.outside += values.iter().filter(is_outside).fold(0, |sum, _| sum + 1);
        notes.extend(of.notes.into_iter().map(|note| self.told(note)));
        if !of.mistakes.is_empty() {
            found.extend(of.mistakes.into_iter().map(|note| self.told(note)));
            return None;
        }
        Some(spread(&of.spans, &self.community.grid))
    }
}

/// The days of a plan, in the periods and by the clock of a scenario.
fn grid(scenario: &Scenario, plan: &Plan) -> Result<Grid, String> {
    let calendar = scenario.calendar;
    if calendar.day_length() != 86_400_000 {
        return Err("expected a day of 24 hours: the values are of real days".into());
    }
    let offset = Offset::from_seconds(i32::from(scenario.utc_offset_minutes) * 60)
        .map_err(|error| error.to_string())?;
    let history = i32::from(scenario.history_days);
    let first =
        plan.first_day.checked_sub(jiff::Span::new().days(history)).map_err(|error| error.to_string())?;
    let length = i64::try_from(calendar.period_length).map_err(|error| error.to_string())?;
    Grid::new(&TimeZone::fixed(offset), first, plan.days + u32::from(scenario.history_days), length)
}

/// A profile of the user's own; `None` where there is no such file.
fn own_profile(
    folder: &Path,
    name: &str,
    texts: &mut Vec<(String, String)>,
) -> Option<Result<Profile, Mistake>> {
    let path = folder.join(name);
    if !path.is_file() {
        return None;
    }
    Some(text_of(&path).and_then(|text| {
        let profile = Profile::read(&text).map_err(|(line, message)| mistake(&path, Some(line), message))?;
        // Profiles from elsewhere stay there: a folder has what its plan names within it.
        if Path::new(name).components().count() == 1 && !texts.iter().any(|(other, _)| other == name) {
            texts.push((name.to_owned(), text));
        }
        Ok(profile)
    }))
}

fn unknown_profile(name: &str) -> String {
    let known: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
    format!(
        "expected a profile's file, or one of {}, found {name}: `gridbid import --guess FILE` shows what a file seems \
         to need",
        known.join(", ")
    )
}

/// A file, or a folder's files by their names.
fn listed(path: &Path) -> Result<Vec<PathBuf>, String> {
    let fail = |error: std::io::Error| format!("{}: {error}", path.display());
    if !path.is_dir() {
        return if path.exists() {
            Ok(vec![path.to_path_buf()])
        } else {
            Err(format!("there is no file {}", path.display()))
        };
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(path).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        if entry.path().is_file() && !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    if paths.is_empty() { Err(format!("{} has no files", path.display())) } else { Ok(paths) }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MAX_FILE_BYTES {
        return Err(format!("expected at most {MAX_FILE_BYTES} bytes, found {size}"));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

/// Mistakes, of which there is at least one.
fn mistakes(found: Vec<Mistake>) -> Mistakes {
    Mistakes::new(found)
}

/// Adds another meter of the same register: a period is known where both are.
fn add(sum: &mut [Cell], more: &[Cell]) {
    for (cell, more) in sum.iter_mut().zip(more) {
        *cell = match (*cell, more) {
            (Some((one, quality)), Some((other, second))) => {
                one.checked_add(*other).map(|energy| (energy, quality.min(*second)))
            }
            _ => None,
        };
    }
}
