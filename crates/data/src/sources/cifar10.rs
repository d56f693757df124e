//! The binary version of CIFAR-10.

use std::path::Path;

use super::Source;
use crate::{DataError, Dataset, Shape, file};

pub(crate) const SOURCE: Source = Source {
    keyword: "cifar10",
    grammar: "cifar10:PATH[,PATH…]",
    help: "batches of the binary version of CIFAR-10, plain or gzip, one after the other",
    load: |rest| load(&SOURCE.paths(rest)?),
};

/// Numbers of one image: red, green and blue, each 32×32.
const PIXELS: usize = 3 * 32 * 32;

/// One record: the label and the image.
const RECORD: usize = 1 + PIXELS;

/// Reads the images of some batches of the binary version, in the order given.
///
/// **Format.** Records of 3 073 bytes: the label, 0 to 9, then 1 024 bytes each for red, green and blue, rows from the top.
/// Inputs are the bytes, 0 to 255, channels first. A published batch has 10 000 records; any number is read.
///
/// **Source.** A. Krizhevsky, *Learning Multiple Layers of Features from Tiny Images* (2009), `data_batch_1.bin` and so on.
///
/// # Errors
/// No path, and files that cannot be read, are empty, end within a record, or have a label that is none of ten classes.
pub fn load(paths: &[impl AsRef<Path>]) -> Result<Dataset, DataError> {
    let (mut inputs, mut labels) = (Vec::new(), Vec::new());
    for path in paths.iter().map(AsRef::as_ref) {
        let bytes = file::read(path)?;
        let records = bytes.chunks_exact(RECORD);
        let foreign = |found: String| DataError::Foreign { path: path.into(), expected: "a batch of CIFAR-10", found };
        if bytes.is_empty() {
            return Err(foreign("it is empty".into()));
        }
        if let Some((at, label)) = records.clone().map(|record| record[0]).enumerate().find(|(_, label)| *label > 9) {
            return Err(foreign(format!(
                "record {at} has label {label}, above 9; it may be CIFAR-100, another format, or damaged"
            )));
        }
        if !records.remainder().is_empty() {
            let whole = records.len() as u64 + 1;
            return Err(DataError::Length {
                path: path.into(),
                expected: whole * RECORD as u64,
                found: bytes.len() as u64,
                reason: format!("{whole} records of {RECORD} bytes"),
            });
        }
        for record in records {
            labels.push(record[0]);
            inputs.extend(record[1..].iter().copied().map(f32::from));
        }
    }
    let names: Vec<String> = paths.iter().map(|path| path.as_ref().display().to_string()).collect();
    Dataset::new(format!("cifar10:{}", names.join(",")), inputs, labels, 10, Shape::new(3, [32, 32]))
}
