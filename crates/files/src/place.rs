use std::path::{Path, PathBuf};

use crate::FileError;

/// A folder to write into, made where it was not there. Folders that were made and are still empty go with this value: a
/// command that is refused leaves nothing behind.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    /// Folders that were made, the innermost first.
    made: Vec<PathBuf>,
}

impl Place {
    /// Makes a folder with those around it, unless it is there, and tries whether a file can be written there.
    ///
    /// # Errors
    /// A place where no folder can be made or no file written.
    pub fn make(path: &Path) -> Result<Self, FileError> {
        let made = path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let place = Self { path: path.into(), made: made.map(Path::to_path_buf).collect() };
        std::fs::create_dir_all(path).map_err(|error| {
            FileError::new(
                path,
                format!(
                    "no folder can be made there ({error}), so nothing can be written; give another place, or \
                         move what stands in the way"
                ),
            )
        })?;
        // It goes again at once.
        tempfile::tempfile_in(path).map_err(|error| FileError::unwritable(path, &error))?;
        Ok(place)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What holds something is not removed, and so are those around it.
        let _ = self.made.iter().try_for_each(std::fs::remove_dir);
    }
}
