//! Digests that name configurations, data and records.
//!
//! They hash texts whose form is written down: JSON, and the encoding of a program. What `Debug` writes has no such form.

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

/// Names a program by its encoding, which has of an image's Gram matrix the mean square alone: no more matters to training.
pub(crate) fn of_program(program: &Program) -> String {
    of_texts(&[&program.encoding()])
}

#[cfg(test)]
mod tests {
    use archscale_model::{Architecture, ConvNetwork, InitRule, Lowering};

    use super::*;

    /// Digests stand in kept records, so that they must not change; these were made by another program.
    #[test]
    fn programs_have_the_digests_of_their_written_encodings() {
        let chain = Architecture::parse("chain:1").unwrap().graph().lower(InitRule::Target).unwrap();
        assert_eq!(chain.encoding(), "input 1/2\ndense 2@0\nact relu @1\nreadout gap 2@2\n");
        assert_eq!(of_program(&chain), "ffdcddc5d83e69f0bf90ae5d4004eae3e32ac184cd997159f22a3467b3449342");
        let images = ConvNetwork::parse("conv:kernel=3,size=4,padding=zero,readout=flatten,net=chain:1").unwrap();
        let images = images.lower(&Lowering::new(InitRule::Target)).unwrap();
        assert_eq!(images.encoding(), "image 4 zero many 0.5\nconv 2*3@0\nact relu @1\nreadout flatten 2@2\n");
    }
}
