//! Records on disk, one line of JSON each, found by their keys.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
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
    /// Opens a file to write, or makes it. A last line that was cut off when a run was stopped is removed.
    pub(crate) fn create(path: PathBuf) -> Result<Self, MaxlrError> {
        let failed = |problem: std::io::Error| MaxlrError::file(&path, problem);
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let known = parse(&path, &text[..whole])?;
        file.set_len(whole as u64).map_err(failed)?;
        Ok(Self { path, known, file: Some(file) })
    }

    /// Lines to read only, from the text of the file.
    pub(crate) fn of_text(path: PathBuf, text: &str) -> Result<Self, MaxlrError> {
        Ok(Self { known: parse(&path, text)?, path, file: None })
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

fn parse<T: Keyed>(path: &Path, text: &str) -> Result<HashMap<String, T>, MaxlrError> {
    let mut lines = HashMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let failed = |problem: String| MaxlrError::file(path, format!("line {number}: {problem}"));
        let line: T = serde_json::from_str(line).map_err(|error| failed(error.to_string()))?;
        if !line.is_intact() {
            let problem = "the record's digest is not that of its contents; remove the line to measure it again";
            return Err(failed(problem.into()));
        }
        lines.insert(line.key().into(), line);
    }
    Ok(lines)
}

/// SHA-256 of the JSON of a value, in hexadecimal.
pub(crate) fn digest(of: &impl Serialize) -> Result<String, MaxlrError> {
    Ok(Sha256::digest(serde_json::to_string(of)?).iter().map(|byte| format!("{byte:02x}")).collect())
}
