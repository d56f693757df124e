//! Digests that name configurations, data and records.

use archscale_model::{Op, Program};
use sha2::{Digest, Sha256};

use crate::stem;

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
    let (grid, positions) = (program.grid(), program.positions());
    let mut text = format!("{:?} {:?} {grid:?} {positions:?}", program.ops(), program.readout());
    for op in program.ops() {
        if let Op::Image(image) = op {
            text += &format!(" {:?}", stem::of_image(image));
        }
    }
    of_texts(&[&text])
}
