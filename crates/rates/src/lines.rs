//! Records on disk, one line of JSON each, found by their keys.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use archscale_files::{in_line, is_absent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::RatesError;

/// What stands in a line.
pub(crate) trait Keyed: Clone + Serialize + DeserializeOwned {
    /// Names all that the contents depend on.
    fn key(&self) -> &str;
    /// Whether the contents are those that were written.
    fn is_intact(&self) -> bool;
}

/// How every record begins, as its first field is its key.
const BEGINNING: &[u8] = br#"{"key":""#;

/// A file of lines.
#[derive(Debug)]
pub(crate) struct Lines<T> {
    path: PathBuf,
    known: HashMap<String, T>,
    /// Bytes of whole lines, until what follows them is removed.
    whole: Option<u64>,
    /// The file, kept from other runs; none where it is not there yet, or is only read.
    file: Option<File>,
}

impl<T: Keyed> Lines<T> {
    /// Reads a file to go on with, and keeps other runs from writing it. Nothing is written before [`Lines::begin`].
    pub(crate) fn open(path: PathBuf) -> Result<Self, RatesError> {
        match OpenOptions::new().read(true).append(true).open(&path) {
            Ok(file) => Self::of_file(path, file),
            Err(error) if is_absent(&error) => Ok(Self { path, known: HashMap::new(), whole: None, file: None }),
            Err(error) => Err(RatesError::file(&path, error)),
        }
    }

    /// Makes the file where there is none, and removes a last line that was cut off when a run was stopped.
    pub(crate) fn begin(&mut self) -> Result<(), RatesError> {
        let failed = |path: &Path, problem: std::io::Error| RatesError::file(path, problem);
        if self.file.is_none() {
            let file = OpenOptions::new().create(true).read(true).append(true).open(&self.path);
            *self = Self::of_file(self.path.clone(), file.map_err(|error| failed(&self.path, error))?)?;
        }
        if let (Some(file), Some(whole)) = (&self.file, self.whole.take()) {
            file.set_len(whole).map_err(|error| failed(&self.path, error))?;
        }
        Ok(())
    }

    fn of_file(path: PathBuf, mut file: File) -> Result<Self, RatesError> {
        // A file system without locks is no reason not to run.
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(RatesError::file(&path, "another run is writing it; wait for its end, or give another folder"));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| RatesError::file(&path, error))?;
        let (whole, rest) = bytes.split_at(whole(&bytes));
        if !(rest.starts_with(BEGINNING) || BEGINNING.starts_with(rest)) {
            let problem =
                "what follows its last whole line is no record that was cut off; remove it, or give another folder";
            return Err(RatesError::file(&path, problem));
        }
        Ok(Self { known: parse(&path, whole)?, whole: Some(whole.len() as u64), path, file: Some(file) })
    }

    /// Lines to read only, from the contents of the file. A last line that was cut off, or is just being written, is left out.
    pub(crate) fn of_bytes(path: PathBuf, bytes: &[u8]) -> Result<Self, RatesError> {
        Ok(Self { known: parse(&path, &bytes[..whole(bytes)])?, whole: None, path, file: None })
    }

    /// The line of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        self.known.get(key)
    }

    /// Adds a line and writes it down.
    pub(crate) fn append(&mut self, line: T) -> Result<(), RatesError> {
        // One call, so that a run that is stopped leaves at most one line that is cut off.
        let text = serde_json::to_string(&line)? + "\n";
        let unopened = || RatesError::file(&self.path, "it was not opened to be written");
        let file = self.file.as_mut().ok_or_else(unopened)?;
        file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(|error| RatesError::file(&self.path, error))?;
        self.known.insert(line.key().into(), line);
        Ok(())
    }
}

/// Where the last whole line ends.
fn whole(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1)
}

fn parse<T: Keyed>(path: &Path, whole: &[u8]) -> Result<HashMap<String, T>, RatesError> {
    let mut lines = HashMap::new();
    for (number, line) in (1..).zip(whole.split(|&byte| byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let failed =
            |problem: &str| RatesError::file(path, format!("line {number}: {problem}; remove the line to measure it again"));
        let line: T = serde_json::from_slice(line).map_err(|error| {
            failed(&format!(
                "it is no record ({}); give another folder if the file is none of this program",
                in_line(&error)
            ))
        })?;
        if !line.is_intact() {
            return Err(failed("the record's digest is not that of its contents"));
        }
        lines.insert(line.key().into(), line);
    }
    Ok(lines)
}

/// SHA-256 of the JSON of a value, in hexadecimal.
pub(crate) fn digest(of: &impl Serialize) -> Result<String, RatesError> {
    Ok(archscale_text::hex(&Sha256::digest(serde_json::to_string(of)?)))
}
