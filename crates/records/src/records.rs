use std::collections::HashMap;
use std::path::{Path, PathBuf};

use archscale_files::FileError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Contents, LineFile, typed};

/// What stands in a line of [`Records`]. Its first field is its key.
pub trait Keyed: Clone + Serialize + DeserializeOwned {
    /// Names all that the contents depend on.
    fn key(&self) -> &str;
    /// Whether the contents are those that were written.
    fn is_intact(&self) -> bool;
}

/// How every record begins, as its first field is its key.
const BEGINNING: &[u8] = br#"{"key":""#;

/// Records by their keys, in a file or in memory alone. Of two records of one key the later counts.
#[derive(Debug)]
pub struct Records<T> {
    known: HashMap<String, T>,
    place: Place,
}

/// Where records are kept.
#[derive(Debug)]
enum Place {
    Memory,
    /// In a file that is only read.
    Read(PathBuf),
    /// In a file that is not there yet.
    Absent(PathBuf),
    Open(LineFile),
}

impl<T: Keyed> Records<T> {
    /// No records, to be kept in memory alone.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { known: HashMap::new(), place: Place::Memory }
    }

    /// Reads a file to go on with, and keeps other runs from writing it. Nothing is written before [`Records::begin`].
    ///
    /// # Errors
    /// A file that cannot be read or written, that another run is writing, or that holds something else than records.
    pub fn open(path: PathBuf) -> Result<Self, FileError> {
        match LineFile::open(&path)? {
            Some((file, contents)) => Self::of_file(file, &contents),
            None => Ok(Self { known: HashMap::new(), place: Place::Absent(path) }),
        }
    }

    /// Makes the file where there is none, and removes a last line that was cut off when a run was stopped.
    ///
    /// # Errors
    /// As [`Records::open`], and a file that is only read.
    pub fn begin(&mut self) -> Result<(), FileError> {
        if let Place::Absent(path) = &self.place {
            let (file, contents) = LineFile::create(path)?;
            *self = Self::of_file(file, &contents)?;
        }
        match &mut self.place {
            Place::Open(file) => file.repair(),
            Place::Read(path) => Err(FileError { path: path.clone(), problem: "it was opened to be read only".into() }),
            Place::Memory | Place::Absent(_) => Ok(()),
        }
    }

    /// The records of a file's contents, to read only. A last line that was cut off, or is just being written, is left out.
    ///
    /// # Errors
    /// Contents that hold something else than records.
    pub fn of_bytes(path: PathBuf, bytes: Vec<u8>) -> Result<Self, FileError> {
        Ok(Self { known: parse(&path, Contents::new(bytes).lines())?, place: Place::Read(path) })
    }

    fn of_file(file: LineFile, contents: &Contents) -> Result<Self, FileError> {
        let rest = contents.rest();
        if !(rest.starts_with(BEGINNING) || BEGINNING.starts_with(rest)) {
            let problem =
                "what follows its last whole line is no record that was cut off; remove it, or give another folder";
            return Err(file.problem(problem));
        }
        Ok(Self { known: parse(file.path(), contents.lines())?, place: Place::Open(file) })
    }

    /// The record of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&T> {
        self.known.get(key)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Adds a record and writes it down.
    ///
    /// # Errors
    /// A file that cannot be written, that is only read, or that was not begun.
    pub fn append(&mut self, record: T) -> Result<(), FileError> {
        match &mut self.place {
            Place::Memory => {}
            Place::Open(file) => {
                let line = serde_json::to_string(&record).map_err(|error| file.problem(error.to_string()))?;
                file.append(&line)?;
            }
            Place::Read(path) | Place::Absent(path) => {
                return Err(FileError::new(path, "it was not opened to be written"));
            }
        }
        self.known.insert(record.key().into(), record);
        Ok(())
    }
}

fn parse<T: Keyed>(path: &Path, bytes: &[u8]) -> Result<HashMap<String, T>, FileError> {
    let mend = "remove the line to measure it again, or give another folder if the file is none of this program";
    let mut known = HashMap::new();
    for line in typed::<T>(path, bytes, "record", mend)? {
        if !line.value.is_intact() {
            let problem = format!(
                "line {}: the record's digest is not that of its contents; remove the line to measure it again",
                line.number
            );
            return Err(FileError::new(path, problem));
        }
        known.insert(line.value.key().into(), line.value);
    }
    Ok(known)
}
