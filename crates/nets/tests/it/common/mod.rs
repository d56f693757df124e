//! Random programs with every operation and activation.

pub(crate) mod rms_norm;

use std::sync::Arc;

use archscale_model::{
    Activation, Architecture, Convention, Expr, Gain, InitRule, Lowering, OpId, Pointwise, Program, ProgramBuilder,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A random program of `steps` operations after its inputs: dense operations of one to three terms, ReLU, signed sums,
/// two inputs and a readout of one or two terms. Every operation is reported.
pub(crate) fn random_program(seed: u64, steps: usize) -> Program {
    random_program_of(seed, steps, &[Activation::RELU], false)
}

/// As [`random_program`], with activations drawn from `activations` and, if wanted, operations of two vectors.
pub(crate) fn random_program_of(seed: u64, steps: usize, activations: &[Activation], pairs: bool) -> Program {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut builder = ProgramBuilder::new();
    let fraction = |rng: &mut ChaCha8Rng| Gain::new(rng.random_range(1..=8).into(), 4.into());
    let mut ops: Vec<OpId> = Vec::new();
    for _ in 0..2 {
        let mean_square = fraction(&mut rng);
        ops.push(builder.input(mean_square).unwrap());
    }
    for step in 0..steps {
        let kind = if step == 0 { 0 } else { rng.random_range(0..if pairs { 5 } else { 4 }) };
        // Mostly the last operation, so that paths are long.
        let source = |rng: &mut ChaCha8Rng| {
            if rng.random_bool(0.5) { *ops.last().unwrap() } else { ops[rng.random_range(0..ops.len())] }
        };
        let op = match kind {
            0 | 1 => {
                let terms = (0..rng.random_range(1..=3)).map(|_| (fraction(&mut rng), source(&mut rng))).collect();
                builder.dense(terms).unwrap()
            }
            2 => {
                let which = if activations.len() > 1 { rng.random_range(0..activations.len()) } else { 0 };
                builder.act(activations[which], source(&mut rng)).unwrap()
            }
            3 => {
                let sign = if rng.random_bool(0.5) { 1 } else { -1 };
                let first = (fraction(&mut rng) * Gain::from_integer(sign.into()), source(&mut rng));
                let second = (fraction(&mut rng), source(&mut rng));
                builder.sum(vec![first, second]).unwrap()
            }
            _ => builder.pointwise(gated(), vec![source(&mut rng), source(&mut rng)]).unwrap(),
        };
        builder.report_at(op, op, 1).unwrap();
        ops.push(op);
    }
    let mut readout = vec![(fraction(&mut rng), *ops.last().unwrap())];
    if rng.random_bool(0.5) {
        readout.push((fraction(&mut rng), ops[rng.random_range(0..ops.len())]));
    }
    builder.readout(readout).unwrap()
}

/// x0 + s(x1)·tanh(x0) / (1 + x1²) + relu(x1)/2: two vectors, a quotient, powers, a kink.
pub(crate) fn gated() -> Arc<Pointwise> {
    let (x, y) = (|| Expr::argument(0), || Expr::argument(1));
    let gate = y().sigmoid() * x().tanh() / (1.0 + y().powi(2));
    Arc::new(Pointwise::new("gated", 2, x() + gate + 0.5 * y().relu()).unwrap())
}

/// The built-in activations.
pub(crate) fn activations() -> Vec<Activation> {
    ["relu", "leaky:0.1", "linear", "erf", "gelu", "silu", "tanh"].map(|name| Activation::parse(name).unwrap()).into()
}

/// A cell of three or four nodes with random skips and linear edges, in the convention and with the activation that the
/// seed's remainders pick, so that consecutive seeds go through all pairs.
pub(crate) fn random_cell(seed: u64) -> Program {
    let mut rng = ChaCha8Rng::seed_from_u64(0xce11 + seed);
    let convention = Convention::ALL[seed as usize % 3];
    let activations = activations();
    let activation = activations[seed as usize / 3 % activations.len()];
    loop {
        let steps = rng.random_range(2..=3);
        let nodes: Vec<String> =
            (1..=steps).map(|v| (0..v).map(|_| ["0", "1", "2", "2"][rng.random_range(0..4)]).collect()).collect();
        // A code whose last node nothing reaches is no architecture: draw again.
        let Ok(cell) = Architecture::parse(&format!("cell:{}", nodes.join("_"))) else { continue };
        let init = InitRule::BY_IN_DEGREE[rng.random_range(0..InitRule::BY_IN_DEGREE.len())];
        let how = Lowering::new(init).with_convention(convention).with_activation(activation);
        if let Ok(program) = cell.graph().lower_with(&how) {
            return program;
        }
    }
}
