use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::whole::{Pending, digest_of, replace};
use crate::{FileError, Place};

/// Name of the list of what was written.
pub const LIST: &str = "written.json";

/// Which command wrote what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    /// The command.
    command: String,
    /// What it was about.
    subject: String,
    /// By name, SHA-256 of what was written last, and of what that replaced: while files are put to their places either may
    /// stand there.
    files: BTreeMap<String, Vec<String>>,
}

/// The files of one command on one subject in one folder.
///
/// They are written beside their places, from any number of threads, and put there together by [`Outputs::finish`]. Dropped
/// before that, they leave the folder as it was.
#[derive(Debug)]
pub struct Outputs {
    list: List,
    /// Before the place, which goes only when it is empty.
    pending: Mutex<BTreeMap<String, Pending>>,
    place: Place,
}

impl Outputs {
    /// Opens a folder, or makes it, for a command on a subject; `names` are files that are sure to be written.
    ///
    /// # Errors
    /// A folder that cannot be written, that holds what another command or subject left there, or a file of these names that
    /// no run of this command left as it is.
    pub fn open(folder: &Path, command: &str, subject: &str, names: &[impl AsRef<str>]) -> Result<Self, FileError> {
        let path = folder.join(LIST);
        let own = List { command: command.into(), subject: subject.into(), files: BTreeMap::new() };
        let list = match std::fs::read(&path) {
            Ok(bytes) => {
                let found: List = serde_json::from_slice(&bytes).map_err(|_| {
                    let problem =
                        "it is not the list that this program keeps of files it wrote; move it, or give another folder";
                    FileError::new(&path, problem)
                })?;
                if (&found.command, &found.subject) != (&own.command, &own.subject) {
                    let problem = format!(
                        "the folder holds what `{}` wrote about {}, and this is `{command}` about {subject}; give \
                            another folder",
                        found.command, found.subject
                    );
                    return Err(FileError::new(&path, problem));
                }
                found
            }
            // What else is wrong with the place is told when it is made.
            Err(_) => own,
        };
        for name in names {
            check(&list, folder, name.as_ref(), None)?;
        }
        Ok(Self { place: Place::make(folder)?, list, pending: Mutex::default() })
    }

    /// Writes a file, still beside its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, contents: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), FileError> {
        let pending = Pending::write(&self.at(name), contents)?;
        // A poisoned lock only means that another thread stopped while it wrote another file.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).insert(name.into(), pending);
        Ok(())
    }

    /// Puts all files to their places; returns how many. Files of earlier runs that were not written anew stay.
    ///
    /// # Errors
    /// A file of one of these names that no run of this command left as it is, and places that cannot be written.
    pub fn finish(self) -> Result<usize, FileError> {
        let mut list = self.list.clone();
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        for (name, new) in &pending {
            let old = check(&self.list, self.place.path(), name, Some(&new.digest))?;
            let digests = std::iter::once(new.digest.clone()).chain(old.filter(|old| *old != new.digest));
            list.files.insert(name.clone(), digests.collect());
        }
        let path = self.at(LIST);
        let text = serde_json::to_string_pretty(&list).map_err(|error| FileError::new(&path, error.to_string()))? + "\n";
        replace(&path, text.as_bytes())?;
        let count = pending.len();
        for (name, new) in pending {
            new.put(&self.at(&name))?;
        }
        Ok(count)
    }

    /// Where the folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.place.path()
    }

    fn at(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }
}

/// SHA-256 of the file of this name, if there is one; an error where it is neither listed nor what is to be written.
fn check(list: &List, folder: &Path, name: &str, new: Option<&str>) -> Result<Option<String>, FileError> {
    let path = folder.join(name);
    let Some(found) = digest_of(&path)? else { return Ok(None) };
    let listed = list.files.get(name);
    if listed.is_some_and(|own| own.contains(&found)) || new == Some(found.as_str()) {
        return Ok(Some(found));
    }
    let problem = match listed {
        Some(_) => "it was changed since it was written",
        None => "it is there already and was not written by this command",
    };
    Err(FileError::new(&path, format!("{problem}; move it, or give another folder")))
}
