use std::path::{Path, PathBuf};

use thiserror::Error;

/// What keeps a file from being written, where, and the mend.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {problem}", path.display())]
pub struct FileError {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong, and the mend.
    pub problem: String,
}

impl FileError {
    /// What is wrong with the file at `path`, and the mend.
    pub fn new(path: &Path, problem: impl Into<String>) -> Self {
        Self { path: path.into(), problem: problem.into() }
    }

    pub(crate) fn unwritable(path: &Path, error: &std::io::Error) -> Self {
        Self::new(path, format!("cannot be written: {error}"))
    }
}
