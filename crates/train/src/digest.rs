//! Digests that name configurations, data and records.

use archscale_model::Program;
use sha2::{Digest, Sha256};

/// SHA-256 over texts, each preceded by its length, as hexadecimal text.
pub(crate) fn of_texts(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    archscale_text::hex(&hash.finalize())
}

/// Names a program by its operations and readout; of an image's Gram matrix only the mean square matters to training.
pub(crate) fn of_program(program: &Program) -> String {
    of_texts(&[&program.encoding()])
}
