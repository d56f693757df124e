use std::path::{Path, PathBuf};

use archscale_train::Record;
use serde::{Deserialize, Serialize};

use crate::lines::{Keyed, Lines};
use crate::{Job, MaxlrError, Suite};

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
    lines: Lines<Line>,
}

impl Folder {
    /// Opens a folder to write, or makes it; the suite in it is replaced. A last line that was cut off when a run was stopped is
    /// removed, and its job will run again to the same digits.
    ///
    /// # Errors
    /// A folder that cannot be written or that another run is writing, and records that cannot be read.
    pub fn create(path: &Path, suite: Suite) -> Result<Self, MaxlrError> {
        make(path)?;
        let lines = Lines::create(path.join(RECORDS))?;
        let place = path.join(SUITE);
        let suite_text = serde_json::to_string_pretty(&suite)? + "\n";
        std::fs::write(&place, suite_text).map_err(|error| MaxlrError::file(&place, error))?;
        Ok(Self { path: path.into(), jobs: suite.jobs()?, suite, lines })
    }

    /// Opens a folder to read.
    ///
    /// # Errors
    /// No such folder, or files in it that cannot be read.
    pub fn open(path: &Path) -> Result<Self, MaxlrError> {
        let place = path.join(SUITE);
        let text =
            String::from_utf8(read(&place)?).map_err(|_| MaxlrError::file(&place, "it is not text, hence no suite"))?;
        let suite = Suite::parse(&place.display().to_string(), &text)?;
        let records = path.join(RECORDS);
        let bytes = read(&records)?;
        let lines = Lines::of_bytes(records, &bytes)?;
        Ok(Self { path: path.into(), jobs: suite.jobs()?, suite, lines })
    }

    /// Takes the records of another folder that this one's suite asks for and does not have; returns how many.
    ///
    /// # Errors
    /// When this folder cannot be written.
    pub fn take(&mut self, other: &Self) -> Result<usize, MaxlrError> {
        let wanted: Vec<String> = self.missing().map(|job| job.key.clone()).collect();
        let found: Vec<&Line> = wanted.iter().filter_map(|key| other.lines.get(key)).collect();
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
        self.lines.get(&job.key).map(|line| &line.record)
    }

    /// Jobs without a record.
    pub fn missing(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| self.record(job).is_none())
    }

    /// Adds a record and writes it down.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn append(&mut self, line: Line) -> Result<(), MaxlrError> {
        self.lines.append(line)
    }
}

/// Makes a folder to write into, unless it is there.
pub(crate) fn make(path: &Path) -> Result<(), MaxlrError> {
    std::fs::create_dir_all(path).map_err(|error| {
        MaxlrError::file(
            path,
            format!("no folder can be made there ({error}); give another place, or move what stands in the way"),
        )
    })
}

fn read(path: &Path) -> Result<Vec<u8>, MaxlrError> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    std::fs::read(path).map_err(|error| {
        let missing = matches!(error.kind(), NotFound | NotADirectory);
        let mend = if missing { "; `maxlr run SUITE --out FOLDER` makes it" } else { "" };
        MaxlrError::file(path, format!("{error}{mend}"))
    })
}
