//! Random programs with every operation, and small sets of samples.
#![allow(dead_code)]

use std::sync::Arc;

use archscale_model::{
    Activation, Architecture, ConvNetwork, Convention, Expr, Gain, Grid, InitRule, InputModel, Lowering, OpId, Padding,
    Pointwise, PositionReadout, Program, ProgramBuilder,
};
use archscale_train::Samples;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(crate) const ACTIVATIONS: [&str; 7] = ["relu", "leaky:0.1", "linear", "erf", "gelu", "silu", "tanh"];

pub(crate) fn activation(index: u64) -> Activation {
    Activation::parse(ACTIVATIONS[index as usize % ACTIVATIONS.len()]).unwrap()
}

/// x0 + s(x1)·tanh(x0) / (1 + x1²) + relu(x1)/2: two vectors, a quotient, powers, a kink.
fn gated() -> Arc<Pointwise> {
    let (x, y) = (|| Expr::argument(0), || Expr::argument(1));
    let gate = y().sigmoid() * x().tanh() / (1.0 + y().powi(2));
    Arc::new(Pointwise::new("gated", 2, x() + gate + 0.5 * y().relu()).unwrap())
}

/// Two inputs, then `steps` operations of every kind that mostly read the last one, and a readout of one or two terms.
pub(crate) fn random_program(seed: u64, steps: usize) -> Program {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut builder = ProgramBuilder::new();
    let fraction = |rng: &mut ChaCha8Rng| Gain::new(rng.random_range(2..=8).into(), 4.into());
    // Below 1, so that a stem of a bounded activation can have it.
    let mut ops: Vec<OpId> = [1, 3].map(|quarters: i32| builder.input(Gain::new(quarters.into(), 4.into())).unwrap()).into();
    for step in 0..steps {
        let last = *ops.last().unwrap();
        let source = |rng: &mut ChaCha8Rng| if rng.random_bool(0.6) { last } else { ops[rng.random_range(0..ops.len())] };
        let kind = if step == 0 { 0 } else { rng.random_range(0..5) };
        let op = match kind {
            0 | 1 => {
                let terms = (0..rng.random_range(1..=3)).map(|_| (fraction(&mut rng), source(&mut rng))).collect();
                builder.dense(terms).unwrap()
            }
            2 => builder.act(activation(rng.random()), source(&mut rng)).unwrap(),
            3 => {
                let minus = -fraction(&mut rng);
                builder.sum(vec![(minus, source(&mut rng)), (Gain::from_integer(1.into()), source(&mut rng))]).unwrap()
            }
            _ => builder.pointwise(gated(), vec![source(&mut rng), source(&mut rng)]).unwrap(),
        };
        ops.push(op);
    }
    let mut readout = vec![(fraction(&mut rng), *ops.last().unwrap())];
    if rng.random_bool(0.5) {
        readout.push((fraction(&mut rng), ops[rng.random_range(0..ops.len())]));
    }
    builder.readout(readout).unwrap()
}

/// A line or a plane of either padding, then `steps` operations of every kind over it, and each readout of the positions in turn.
pub(crate) fn random_program_over_images(seed: u64, steps: usize) -> Program {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let sides = [vec![4], vec![3, 4], vec![5], vec![3, 3]][seed as usize % 4].clone();
    let padding = [Padding::Circular, Padding::Zero][seed as usize / 4 % 2];
    let grid = Grid::new(sides, padding).unwrap();
    let mut builder = ProgramBuilder::new();
    let fraction = |rng: &mut ChaCha8Rng| Gain::new(rng.random_range(2..=8).into(), 4.into());
    let mut ops: Vec<OpId> = vec![builder.image(InputModel::Iid.image(&grid, None).unwrap()).unwrap()];
    for step in 0..steps {
        let last = *ops.last().unwrap();
        let source = |rng: &mut ChaCha8Rng| if rng.random_bool(0.6) { last } else { ops[rng.random_range(0..ops.len())] };
        let kernel = |rng: &mut ChaCha8Rng| [1, 3, 3][rng.random_range(0..3)];
        let kind = if step == 0 { 0 } else { rng.random_range(0..6) };
        let op = match kind {
            0 | 1 => {
                let term = |rng: &mut ChaCha8Rng| (fraction(rng), kernel(rng), source(rng));
                let terms = (0..rng.random_range(1..=3)).map(|_| term(&mut rng)).collect();
                builder.conv(terms).unwrap()
            }
            2 => builder.act(activation(rng.random()), source(&mut rng)).unwrap(),
            3 => {
                let minus = -fraction(&mut rng);
                builder.sum(vec![(minus, source(&mut rng)), (Gain::from_integer(1.into()), source(&mut rng))]).unwrap()
            }
            4 => builder.pool(3, source(&mut rng)).unwrap(),
            _ => builder.pointwise(gated(), vec![source(&mut rng), source(&mut rng)]).unwrap(),
        };
        ops.push(op);
    }
    let mut readout = vec![(fraction(&mut rng), *ops.last().unwrap())];
    if rng.random_bool(0.5) {
        readout.push((fraction(&mut rng), ops[rng.random_range(0..ops.len())]));
    }
    let single = PositionReadout::Single(rng.random_range(0..grid.positions()));
    let positions = [PositionReadout::Average, PositionReadout::Flatten, single][seed as usize % 3];
    builder.readout_over(readout, positions).unwrap()
}

/// A network of convolutions.
pub(crate) fn over_images(text: &str) -> Program {
    ConvNetwork::parse(text).unwrap().lower(&Lowering::new(InitRule::Target)).unwrap()
}

/// A program of an architecture under a rule, convention and activation that the seed picks.
pub(crate) fn lowered(graph: &archscale_model::Graph, init: InitRule, seed: u64) -> Program {
    let how = Lowering::new(init).with_convention(Convention::ALL[seed as usize % 3]).with_activation(activation(seed / 3));
    graph.lower_with(&how).unwrap()
}

pub(crate) fn program(text: &str) -> Program {
    Architecture::parse(text).unwrap().graph().lower(InitRule::Target).unwrap()
}

/// Uniform inputs in (−2, 2) and random labels.
pub(crate) fn labelled(seed: u64, count: usize, features: usize, classes: u32) -> Arc<Samples> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let inputs = (0..count * features).map(|_| rng.random_range(-2.0..2.0)).collect();
    let labels = (0..count).map(|_| rng.random_range(0..classes)).collect();
    Arc::new(Samples::classified(inputs, features, labels, classes as usize).unwrap())
}

/// The same with real targets.
pub(crate) fn valued(seed: u64, count: usize, features: usize, outputs: usize) -> Arc<Samples> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let inputs = (0..count * features).map(|_| rng.random_range(-2.0..2.0)).collect();
    let values = (0..count * outputs).map(|_| rng.random_range(-1.0..1.0)).collect();
    Arc::new(Samples::valued(inputs, features, values, outputs).unwrap())
}
