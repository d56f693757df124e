//! Digests that name configurations, data and records.
//!
//! They hash texts whose form is written down: JSON, and the encoding of a program. Text that `Debug` writes has no such form.

use archscale_model::{Op, Program, Term};
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

/// Names a program by its encoding.
pub(crate) fn of_program(program: &Program) -> String {
    of_texts(&[&encoding(program)])
}

/// Operations and readout, one a line; of an image's Gram matrix only the mean square, as no more matters to training.
fn encoding(program: &Program) -> String {
    let terms = |terms: &[Term]| -> String { terms.iter().map(|term| format!(" {}@{}", term.gain, term.source)).collect() };
    let line = |op: &Op| match op {
        Op::Input { mean_square } => format!("input {mean_square}\n"),
        Op::Dense(of) => format!("dense{}\n", terms(of)),
        Op::Act(activation, source) => format!("act {activation} @{source}\n"),
        Op::Sum(of) => format!("sum{}\n", terms(of)),
        Op::Pointwise(function, sources) => {
            let (name, arity, expression) = (function.name(), function.arity(), function.expression());
            let sources: String = sources.iter().map(|source| format!(" @{source}")).collect();
            format!("pointwise {} {arity} ({expression}){sources}\n", serde_json::Value::from(name))
        }
        Op::Image(image) => {
            let (grid, mean_square) = (image.grid(), stem::of_image(image));
            let channels = image.channels().map_or_else(|| "many".into(), |channels| channels.to_string());
            format!("image {grid} {} {channels} {mean_square}\n", grid.padding())
        }
        Op::Conv(of) => {
            let terms = of.iter().map(|term| format!(" {}*{}@{}", term.gain, term.kernel, term.source));
            format!("conv{}\n", terms.collect::<String>())
        }
        Op::Pool { kernel, source } => format!("pool {kernel} @{source}\n"),
        // Refused before it is named.
        other => format!("outside {}\n", serde_json::Value::from(other.describe())),
    };
    let ops: String = program.ops().iter().map(line).collect();
    format!("{ops}readout {}{}\n", program.positions(), terms(program.readout()))
}

#[cfg(test)]
mod tests {
    use archscale_model::{Architecture, ConvNetwork, InitRule, Lowering};

    use super::*;

    /// Digests stand in kept records, so that they must not change; these were made by another program.
    #[test]
    fn programs_have_the_digests_of_their_written_encodings() {
        let chain = Architecture::parse("chain:1").unwrap().graph().lower(InitRule::Target).unwrap();
        assert_eq!(encoding(&chain), "input 1/2\ndense 2@0\nact relu @1\nreadout gap 2@2\n");
        assert_eq!(of_program(&chain), "ffdcddc5d83e69f0bf90ae5d4004eae3e32ac184cd997159f22a3467b3449342");
        let images = ConvNetwork::parse("conv:kernel=3,size=4,padding=zero,readout=flatten,net=chain:1").unwrap();
        let images = images.lower(&Lowering::new(InitRule::Target)).unwrap();
        assert_eq!(encoding(&images), "image 4 zero many 0.5\nconv 2*3@0\nact relu @1\nreadout flatten 2@2\n");
    }
}
