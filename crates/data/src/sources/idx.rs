//! IDX files, the format of MNIST and its kin.

use std::path::Path;

use super::Source;
use crate::{DataError, Dataset, Shape, file};

pub(crate) const SOURCE: Source = Source {
    keyword: "idx",
    grammar: "idx:IMAGES,LABELS",
    help: "a pair of IDX files of bytes, plain or gzip, as MNIST, Fashion-MNIST and EMNIST are published",
    load: |rest| match SOURCE.paths(rest)?[..] {
        [images, labels] => load(images, labels),
        ref other => Err(SOURCE.malformed(rest, format!("{} paths were given and two are needed", other.len()))),
    },
};

/// Reads images and labels from two IDX files of unsigned bytes, plain or gzip.
///
/// **Format.** Bytes 0, 0, 8 (unsigned byte), the number of dimensions, each dimension as four bytes (big-endian), then the
/// data in row-major order; images have three dimensions (number, height, width), labels one. Inputs are the bytes, 0 to 255;
/// there are as many classes as the largest label says, counted from 0.
///
/// # Errors
/// Files that cannot be read, are no IDX files of bytes, have the wrong number of dimensions or length, or differ in number.
pub fn load(images: &Path, labels: &Path) -> Result<Dataset, DataError> {
    let pixels = read(images, 3, "an IDX file of images (bytes, three dimensions)")?;
    let classes = read(labels, 1, "an IDX file of labels (bytes, one dimension)")?;
    let (count, sides) = (pixels.sides[0], pixels.sides[1..].to_vec());
    if count != classes.data.len() {
        let place = format!("{} and {}", images.display(), labels.display());
        return Err(DataError::Count { inputs: count, labels: classes.data.len(), place });
    }
    let inputs = pixels.data.into_iter().map(f32::from).collect();
    let largest = classes.data.iter().max().map_or(0, |label| usize::from(*label) + 1);
    Dataset::new(
        format!("idx:{},{}", images.display(), labels.display()),
        inputs,
        classes.data,
        largest,
        Shape::new(1, sides),
    )
}

struct Idx {
    sides: Vec<usize>,
    data: Vec<u8>,
}

fn read(path: &Path, dimensions: u8, expected: &'static str) -> Result<Idx, DataError> {
    let bytes = file::read(path)?;
    let foreign = |found: String| DataError::Foreign { path: path.into(), expected, found };
    let length = |wanted: u64, reason: String| DataError::Length {
        path: path.into(),
        expected: wanted,
        found: bytes.len() as u64,
        reason,
    };
    let header = 4 + 4 * usize::from(dimensions);
    if bytes.len() < 4 {
        return Err(length(header as u64, "its header".into()));
    }
    match bytes[..] {
        [0, 0, 8, found, ..] if found == dimensions => {}
        [0, 0, 8, found, ..] => return Err(foreign(format!("it has {found} dimensions; are the two files swapped?"))),
        [0, 0, other, ..] => return Err(foreign(format!("its numbers are of type {other:#04x}, not bytes (0x08)"))),
        _ => {
            let found = format!("it begins with the bytes {:02x?}, and should with [00, 00, 08]", &bytes[..3]);
            return Err(foreign(found));
        }
    }
    if bytes.len() < header {
        return Err(length(header as u64, "its header".into()));
    }
    let sides: Vec<u32> =
        bytes[4..header].chunks_exact(4).map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]])).collect();
    let text = sides.iter().map(ToString::to_string).collect::<Vec<_>>().join("×");
    if sides.contains(&0) {
        return Err(foreign(format!("its header says {text}: nothing is in it")));
    }
    let size = sides.iter().try_fold(1_u64, |size, side| size.checked_mul(u64::from(*side)));
    let wanted = size.and_then(|size| size.checked_add(header as u64)).unwrap_or(u64::MAX);
    if bytes.len() as u64 != wanted {
        return Err(length(wanted, format!("its header says {text}")));
    }
    Ok(Idx { sides: sides.into_iter().map(|side| side as usize).collect(), data: bytes[header..].to_vec() })
}
