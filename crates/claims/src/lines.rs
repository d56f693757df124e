//! Files that a run adds lines to: one writer at a time, and a line that was cut off is written again.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::ClaimError;

/// A file of lines that is open for more.
#[derive(Debug)]
pub(crate) struct LineFile {
    path: PathBuf,
    file: File,
    /// What was there when it was opened.
    old: Vec<u8>,
}

impl LineFile {
    /// Opens a file, or makes it, and returns the lines in it that are whole. Nothing in it is changed yet.
    pub(crate) fn open(path: &Path) -> Result<(Self, String), ClaimError> {
        let problem = |problem: String| ClaimError::File { path: path.display().to_string(), problem };
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .map_err(|error| problem(format!("cannot be written: {error}")))?;
        // A file system without locks is no reason not to run.
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(problem("another run is writing it; wait for its end, or give another file".into()));
        }
        let mut old = Vec::new();
        file.read_to_end(&mut old).map_err(|error| problem(error.to_string()))?;
        let opened = Self { path: path.into(), file, old };
        let text = String::from_utf8(opened.old[..opened.whole()].to_vec())
            .map_err(|_| opened.problem("it is not text: give another file".into()))?;
        Ok((opened, text))
    }

    /// Bytes of the whole lines that it was opened with.
    fn whole(&self) -> usize {
        self.old.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1)
    }

    /// Whether what it was opened with is nothing, or the beginning of this line.
    pub(crate) fn is_start_of(&self, line: &str) -> bool {
        line.as_bytes().starts_with(&self.old)
    }

    /// Removes a last line that was cut off.
    pub(crate) fn keep_whole_lines(&mut self) -> Result<(), ClaimError> {
        self.file.set_len(self.whole() as u64).map_err(|error| self.problem(error.to_string()))
    }

    /// Empties it and writes the first line.
    pub(crate) fn begin(&mut self, line: &str) -> Result<(), ClaimError> {
        self.file.set_len(0).map_err(|error| self.problem(error.to_string()))?;
        self.append(line)
    }

    /// Adds a line, in one call, so that a run that is stopped leaves at most one line that is cut off.
    pub(crate) fn append(&mut self, line: &str) -> Result<(), ClaimError> {
        let written = self.file.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.file.flush());
        written.map_err(|error| self.problem(format!("cannot be written: {error}")))
    }

    /// Removes it from disk; a file that cannot be removed stays.
    pub(crate) fn remove(&self) {
        let _ = std::fs::remove_file(&self.path);
    }

    /// An error in this file.
    pub(crate) fn problem(&self, problem: String) -> ClaimError {
        ClaimError::File { path: self.path.display().to_string(), problem }
    }
}

/// Puts a text in the place of a file, whole or not at all.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), ClaimError> {
    archscale_files::replace(path, text.as_bytes())
        .map_err(|error| ClaimError::File { path: path.display().to_string(), problem: error.problem })
}
