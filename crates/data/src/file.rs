//! Bytes of files, unpacked where they are gzip.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::DataError;

/// Largest file that is read, unpacked: more than any set of 60 000 images of 3×64×64.
const LIMIT: u64 = 1 << 30;

/// The content of a file, unpacked if its first bytes say that it is gzip.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let failed = |error: std::io::Error| DataError::File {
        path: path.into(),
        problem: format!("it cannot be read ({error}); give the path of the file, seen from the current folder"),
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut magic = Vec::new();
    file.by_ref().take(2).read_to_end(&mut magic).map_err(failed)?;
    file.rewind().map_err(failed)?;
    let packed = magic == [0x1f, 0x8b];
    let mut bytes = Vec::new();
    if packed {
        MultiGzDecoder::new(file).take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| DataError::File {
            path: path.into(),
            problem: format!("the gzip stream breaks off or is damaged ({error}); fetch the file again"),
        })?;
    } else {
        file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > LIMIT {
        let problem = format!("it holds more than {LIMIT} bytes; give a part of it");
        return Err(DataError::File { path: path.into(), problem });
    }
    Ok(bytes)
}
