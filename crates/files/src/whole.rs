//! Files that appear whole: they are written under another name and renamed.

use std::io::{BufWriter, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::FileError;

/// A file that is written and not yet at its place; it goes with this value unless it is put there.
#[derive(Debug)]
pub(crate) struct Pending {
    file: NamedTempFile,
    pub(crate) digest: String,
}

impl Pending {
    pub(crate) fn write(
        path: &Path,
        contents: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<Self, FileError> {
        let failed = |error: std::io::Error| FileError::unwritable(path, &error);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = builder().tempfile_in(folder).map_err(failed)?;
        let mut out = Hashed { out: BufWriter::new(file), hash: Sha256::new() };
        contents(&mut out).and_then(|()| out.flush()).map_err(failed)?;
        let file = out.out.into_inner().map_err(|error| failed(error.into_error()))?;
        Ok(Self { file, digest: archscale_text::hex(&out.hash.finalize()) })
    }

    /// Puts it to its place, over what is there.
    pub(crate) fn put(self, path: &Path) -> Result<(), FileError> {
        self.file.persist(path).map(|_| ()).map_err(|error| FileError::unwritable(path, &error.error))
    }
}

/// Replaces a file, or makes it; whoever reads it finds the old contents or the new, never a part.
///
/// # Errors
/// When it cannot be written; the old contents stay.
pub fn replace(path: &Path, contents: &[u8]) -> Result<(), FileError> {
    Pending::write(path, |out| out.write_all(contents))?.put(path)
}

/// Readable by whoever may read other new files, which temporary ones are not.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".unfinished-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

/// SHA-256 of a file in hexadecimal; none where there is none.
pub(crate) fn digest_of(path: &Path) -> Result<Option<String>, FileError> {
    let failed = |error: std::io::Error| FileError::new(path, format!("cannot be read: {error}"));
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if crate::is_absent(&error) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut out = Hashed { out: std::io::sink(), hash: Sha256::new() };
    std::io::copy(&mut file, &mut out).map_err(failed)?;
    Ok(Some(archscale_text::hex(&out.hash.finalize())))
}

/// Hashes what is written.
struct Hashed<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
