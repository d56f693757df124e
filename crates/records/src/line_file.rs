use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use archscale_files::{FileError, is_absent};

/// A file of lines that is open for more, kept from other runs while it is.
#[derive(Debug)]
pub struct LineFile {
    path: PathBuf,
    file: File,
    /// Bytes of the whole lines that were found, until what follows them is removed.
    whole: Option<u64>,
}

/// What a file held when it was opened.
#[derive(Debug)]
pub struct Contents(Vec<u8>);

impl LineFile {
    /// Opens a file and reads it; `None` where there is none. Nothing in it is changed yet.
    ///
    /// # Errors
    /// A file that cannot be read or written, or that another run is writing.
    pub fn open(path: &Path) -> Result<Option<(Self, Contents)>, FileError> {
        match OpenOptions::new().read(true).append(true).open(path) {
            Ok(file) => Self::of_file(path, file).map(Some),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(unwritable(path, &error)),
        }
    }

    /// Opens a file and reads it, or makes it.
    ///
    /// # Errors
    /// As [`LineFile::open`].
    pub fn create(path: &Path) -> Result<(Self, Contents), FileError> {
        let file = OpenOptions::new().create(true).read(true).append(true).open(path);
        Self::of_file(path, file.map_err(|error| unwritable(path, &error))?)
    }

    fn of_file(path: &Path, mut file: File) -> Result<(Self, Contents), FileError> {
        // A file system without locks is no reason not to run.
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            let problem = "another run is writing it; wait for its end, or give another place";
            return Err(FileError::new(path, problem));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| FileError::new(path, error.to_string()))?;
        let contents = Contents(bytes);
        Ok((Self { path: path.into(), file, whole: Some(contents.lines().len() as u64) }, contents))
    }

    /// Removes a last line that was cut off when a run was stopped.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn repair(&mut self) -> Result<(), FileError> {
        let Some(whole) = self.whole.take() else { return Ok(()) };
        self.file.set_len(whole).map_err(|error| unwritable(&self.path, &error))
    }

    /// Empties it and writes the first line.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(&mut self, line: &str) -> Result<(), FileError> {
        self.whole = Some(0);
        self.append(line)
    }

    /// Adds a line, whose text holds no line break.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&mut self, line: &str) -> Result<(), FileError> {
        self.repair()?;
        // One call, so that a run that is stopped leaves at most one line that is cut off.
        let written = self.file.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.file.flush());
        written.map_err(|error| unwritable(&self.path, &error))
    }

    /// Removes it from disk; a file that cannot be removed stays.
    pub fn remove(&self) {
        let _ = std::fs::remove_file(&self.path);
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// An error in this file.
    #[must_use]
    pub fn problem(&self, problem: impl Into<String>) -> FileError {
        FileError::new(&self.path, problem)
    }
}

impl Contents {
    /// Contents that were read elsewhere, to look at only.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The lines that are whole.
    #[must_use]
    pub fn lines(&self) -> &[u8] {
        self.0.split_at(self.whole()).0
    }

    /// What follows the last of them: a line that was cut off, or is just being written.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        self.0.split_at(self.whole()).1
    }

    /// Whether they are nothing, or the beginning of this line.
    #[must_use]
    pub fn is_start_of(&self, line: &str) -> bool {
        line.as_bytes().starts_with(&self.0)
    }

    fn whole(&self) -> usize {
        self.0.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1)
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> FileError {
    FileError::new(path, format!("cannot be written: {error}"))
}
