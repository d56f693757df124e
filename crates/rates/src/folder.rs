use std::path::{Path, PathBuf};

use archscale_files::{Place, in_words, is_absent, replace};
use archscale_records::{Keyed, Records};
use archscale_train::Record;
use serde::{Deserialize, Serialize};

use crate::{Choice, Job, RatesError, Suite};

/// The suite as it was last run, and a line of JSON for each finished job.
const SUITE: &str = "suite.json";
const RECORDS: &str = "records.jsonl";

/// A finished job as it stands on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// [`Job::key`].
    pub key: String,
    /// What was measured.
    pub record: Record,
}

impl Keyed for Line {
    fn key(&self) -> &str {
        &self.key
    }

    fn is_intact(&self) -> bool {
        self.record.is_intact().is_ok_and(|intact| intact)
    }
}

/// A folder with a suite and the records of its finished jobs.
///
/// Records are found by the job's key, which covers all that a record depends on: after a change of the suite, jobs that are
/// unchanged keep their records, and records of jobs that the suite no longer names stay on disk.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    suite: Suite,
    jobs: Vec<Job>,
    records: Records<Line>,
}

impl Folder {
    /// Opens a folder to go on with, also where there is none yet. Nothing is written before [`run`](crate::run) or
    /// [`Folder::take`], which then keep the suite in place of an earlier one of its name and remove a last line that was
    /// cut off when a run was stopped; its job runs again to the same digits.
    ///
    /// # Errors
    /// A folder that holds another suite or that another run is writing, and records that cannot be read.
    pub fn create(path: &Path, suite: Suite) -> Result<Self, RatesError> {
        earlier(path, &suite)?;
        let records = Records::open(path.join(RECORDS))?;
        Ok(Self { path: path.into(), jobs: suite.jobs()?, suite, records })
    }

    /// What [`Folder::create`] would find, to look at only, also while a run is writing there.
    ///
    /// # Errors
    /// As [`Folder::create`].
    pub fn look(path: &Path, suite: Suite) -> Result<Self, RatesError> {
        earlier(path, &suite)?;
        let file = path.join(RECORDS);
        let bytes = match std::fs::read(&file) {
            Err(error) if !is_absent(&error) => return Err(RatesError::file(&file, error)),
            read => read.unwrap_or_default(),
        };
        let records = Records::of_bytes(file, bytes)?;
        Ok(Self { path: path.into(), jobs: suite.jobs()?, suite, records })
    }

    /// Makes the folder and what is in it ready to be written.
    pub(crate) fn begin(&mut self) -> Result<(), RatesError> {
        let _place = Place::make(&self.path)?;
        self.records.begin()?;
        // What is the same suite stays as it was written.
        if earlier(&self.path, &self.suite)?.as_ref() != Some(&self.suite) {
            replace(&self.path.join(SUITE), (serde_json::to_string_pretty(&self.suite)? + "\n").as_bytes())?;
        }
        Ok(())
    }

    /// Opens a folder to read.
    ///
    /// # Errors
    /// No such folder, or files in it that cannot be read.
    pub fn open(path: &Path) -> Result<Self, RatesError> {
        let place = path.join(SUITE);
        let text =
            String::from_utf8(read(&place)?).map_err(|_| RatesError::file(&place, "it is not text, hence no suite"))?;
        let suite = Suite::parse(&place.display().to_string(), &text)?;
        let file = path.join(RECORDS);
        let bytes = read(&file)?;
        let records = Records::of_bytes(file, bytes)?;
        Ok(Self { path: path.into(), jobs: suite.jobs()?, suite, records })
    }

    /// Takes the records of another folder that this one's suite asks for and does not have; returns how many.
    ///
    /// # Errors
    /// When this folder cannot be written.
    pub fn take(&mut self, other: &Self) -> Result<usize, RatesError> {
        self.begin()?;
        let wanted = self.left(&Choice::ALL);
        let found: Vec<&Line> = wanted.iter().filter_map(|(_, job)| other.records.get(&job.key)).collect();
        found.iter().try_for_each(|line| self.append((*line).clone()))?;
        Ok(found.len())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its suite.
    #[must_use]
    pub fn suite(&self) -> &Suite {
        &self.suite
    }

    /// The suite's jobs.
    #[must_use]
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// The record of a job, once it is finished.
    #[must_use]
    pub fn record(&self, job: &Job) -> Option<&Record> {
        self.records.get(&job.key).map(|line| &line.record)
    }

    /// Jobs without a record.
    pub fn missing(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| self.record(job).is_none())
    }

    /// Adds a record and writes it down.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn append(&mut self, line: Line) -> Result<(), RatesError> {
        Ok(self.records.append(line)?)
    }
}

/// The suite that a folder holds; an error where it is another one than is to be run there.
fn earlier(folder: &Path, suite: &Suite) -> Result<Option<Suite>, RatesError> {
    let path = folder.join(SUITE);
    let bytes = match std::fs::read(&path) {
        Err(error) if is_absent(&error) => return Ok(None),
        read => read.map_err(|error| RatesError::file(&path, error))?,
    };
    let found: Suite = serde_json::from_slice(&bytes).map_err(|error| {
        RatesError::file(
            &path,
            format!("it is no suite ({}) and stays as it is; move it, or give another folder", in_words(&error)),
        )
    })?;
    if found.name != suite.name {
        let problem =
            format!("the folder holds suite '{}', and this is suite '{}'; give another folder", found.name, suite.name);
        return Err(RatesError::file(&path, problem));
    }
    Ok(Some(found))
}

fn read(path: &Path) -> Result<Vec<u8>, RatesError> {
    std::fs::read(path).map_err(|error| {
        let mend = if is_absent(&error) { "; `maxlr run SUITE --out FOLDER` makes it" } else { "" };
        RatesError::file(path, format!("{error}{mend}"))
    })
}
