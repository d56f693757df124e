//! Records on disk, one line of JSON each, found by their keys.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::MaxlrError;

/// What stands in a line.
pub(crate) trait Keyed: Clone + Serialize + DeserializeOwned {
    /// Names all that the contents depend on.
    fn key(&self) -> &str;
    /// Whether the contents are those that were written.
    fn is_intact(&self) -> bool;
}

/// A file of lines.
#[derive(Debug)]
pub(crate) struct Lines<T> {
    path: PathBuf,
    known: HashMap<String, T>,
    file: Option<File>,
}

impl<T: Keyed> Lines<T> {
    /// Opens a file to write, or makes it, and keeps other runs from writing it. A last line that was cut off when a run was
    /// stopped is removed.
    pub(crate) fn create(path: PathBuf) -> Result<Self, MaxlrError> {
        let failed = |problem: std::io::Error| MaxlrError::file(&path, problem);
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path).map_err(failed)?;
        // A file system without locks is no reason not to run.
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(MaxlrError::file(&path, "another run is writing it; wait for its end, or give another folder"));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let whole = whole(&bytes);
        let known = parse(&path, &bytes[..whole])?;
        file.set_len(whole as u64).map_err(failed)?;
        Ok(Self { path, known, file: Some(file) })
    }

    /// Lines to read only, from the contents of the file. A last line that was cut off, or is just being written, is left out.
    pub(crate) fn of_bytes(path: PathBuf, bytes: &[u8]) -> Result<Self, MaxlrError> {
        Ok(Self { known: parse(&path, &bytes[..whole(bytes)])?, path, file: None })
    }

    /// The line of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        self.known.get(key)
    }

    /// Adds a line and writes it down.
    pub(crate) fn append(&mut self, line: T) -> Result<(), MaxlrError> {
        // One call, so that a run that is stopped leaves at most one line that is cut off.
        let text = serde_json::to_string(&line)? + "\n";
        let file = self.file.as_mut().ok_or_else(|| MaxlrError::file(&self.path, "it was opened to read only"))?;
        file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(|error| MaxlrError::file(&self.path, error))?;
        self.known.insert(line.key().into(), line);
        Ok(())
    }
}

/// Where the last whole line ends.
fn whole(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1)
}

fn parse<T: Keyed>(path: &Path, whole: &[u8]) -> Result<HashMap<String, T>, MaxlrError> {
    let mut lines = HashMap::new();
    for (number, line) in (1..).zip(whole.split(|&byte| byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let failed =
            |problem: &str| MaxlrError::file(path, format!("line {number}: {problem}; remove the line to measure it again"));
        let line: T = serde_json::from_slice(line).map_err(|error| failed(&format!("it is no record ({error})")))?;
        if !line.is_intact() {
            return Err(failed("the record's digest is not that of its contents"));
        }
        lines.insert(line.key().into(), line);
    }
    Ok(lines)
}

/// SHA-256 of the JSON of a value, in hexadecimal.
pub(crate) fn digest(of: &impl Serialize) -> Result<String, MaxlrError> {
    Ok(Sha256::digest(serde_json::to_string(of)?).iter().map(|byte| format!("{byte:02x}")).collect())
}
