//! Random programs with every operation.

use archscale_model::{Activation, Gain, OpId, Program, ProgramBuilder};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A random program of `steps` operations after its inputs: dense operations of one to three terms, activations, signed sums,
/// two inputs and a readout of one or two terms. Every operation is reported.
pub(crate) fn random_program(seed: u64, steps: usize) -> Program {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut builder = ProgramBuilder::new();
    let fraction = |rng: &mut ChaCha8Rng| Gain::new(rng.random_range(1..=8).into(), 4.into());
    let mut ops: Vec<OpId> = Vec::new();
    for _ in 0..2 {
        let mean_square = fraction(&mut rng);
        ops.push(builder.input(mean_square).unwrap());
    }
    for step in 0..steps {
        let kind = if step == 0 { 0 } else { rng.random_range(0..4) };
        // Mostly the last operation, so that paths are long.
        let source = |rng: &mut ChaCha8Rng| {
            if rng.random_bool(0.5) { *ops.last().unwrap() } else { ops[rng.random_range(0..ops.len())] }
        };
        let op = match kind {
            0 | 1 => {
                let terms = (0..rng.random_range(1..=3)).map(|_| (fraction(&mut rng), source(&mut rng))).collect();
                builder.dense(terms).unwrap()
            }
            2 => builder.act(Activation::RELU, source(&mut rng)).unwrap(),
            _ => {
                let sign = if rng.random_bool(0.5) { 1 } else { -1 };
                let first = (fraction(&mut rng) * Gain::from_integer(sign.into()), source(&mut rng));
                let second = (fraction(&mut rng), source(&mut rng));
                builder.sum(vec![first, second]).unwrap()
            }
        };
        builder.node(op, op, 1).unwrap();
        ops.push(op);
    }
    let mut readout = vec![(fraction(&mut rng), *ops.last().unwrap())];
    if rng.random_bool(0.5) {
        readout.push((fraction(&mut rng), ops[rng.random_range(0..ops.len())]));
    }
    builder.readout(readout).unwrap()
}
