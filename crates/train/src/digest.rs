//! Digests that name configurations, data and records.

use archscale_model::Program;
use sha2::{Digest, Sha256};

/// Bytes as hexadecimal text.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 over texts, each preceded by its length, as hexadecimal text.
pub(crate) fn of_texts(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hexadecimal(&hash.finalize())
}

/// Names a program by its operations and readout.
pub(crate) fn of_program(program: &Program) -> String {
    let (grid, positions) = (program.grid(), program.positions());
    of_texts(&[&format!("{:?} {:?} {grid:?} {positions:?}", program.ops(), program.readout())])
}
