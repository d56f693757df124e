//! R + N is the tangent kernel of the output: gradients of random networks, by a backward pass written out here.
//!
//! On linear-ReLU DAGs, and for one hidden layer of any activation, E|∇f|²/n is R + N at every width, so nothing is allowed for a bias.
//! Each of 20 decisions (R and N of ten cases) must end `Supported`: margin 2 %, false alarm 1e-10, power 0.99. Beside each stands the
//! same prediction made 2 % too large, which must be refuted (a miss of that is no false alarm: seeds are fixed).
//!
//! False alarm of this file: at most 2e-9 (20 decisions at 1e-10).

use archscale_model::{Activation, Architecture, Gain, InitRule, Lowering, Op, Program, ProgramBuilder, ops};
use archscale_nets::{StreamKey, TensorId};
use archscale_stats::{Moments, Outcome, Plan, decide};
use archscale_theory::{output_kernel, wide_moments_at};
use num_traits::ToPrimitive;
use rand::Rng;
use rand_distr::StandardNormal;
use rayon::prelude::*;

const SEED: u64 = 20_240_611;

/// A network of vectors: its matrices, row by row, in the order of the dense operations' terms, and its readouts.
struct Net<'a> {
    program: &'a Program,
    width: usize,
    matrices: Vec<Vec<f64>>,
    readouts: Vec<Vec<f64>>,
}

fn value(gain: &Gain) -> f64 {
    gain.to_f64().unwrap()
}

impl<'a> Net<'a> {
    /// Hidden weights N(0, C/n), readout entries of these standard deviations.
    fn draw(program: &'a Program, width: usize, deviations: &[f64], key: &StreamKey, replicate: u64) -> Self {
        let mut rng = key.rng(replicate, TensorId::Weight(0));
        let mut normals = |count: usize, deviation: f64| -> Vec<f64> {
            (0..count).map(|_| deviation * rng.sample::<f64, _>(StandardNormal)).collect()
        };
        let mut matrices = Vec::new();
        for operation in program.ops() {
            if let Op::Dense(ops::Dense { terms }) = operation {
                matrices.extend(terms.iter().map(|term| normals(width * width, (value(&term.gain) / width as f64).sqrt())));
            }
        }
        let readouts = deviations.iter().map(|&deviation| normals(width, deviation)).collect();
        Self { program, width, matrices, readouts }
    }

    /// The vector of every operation.
    fn forward(&self) -> Vec<Vec<f64>> {
        let n = self.width;
        let mut values: Vec<Vec<f64>> = Vec::new();
        let mut matrices = self.matrices.iter();
        for operation in self.program.ops() {
            let vector: Vec<f64> = match operation {
                // Entries of three sizes, of the mean square that is asked for.
                Op::Input(ops::Input { mean_square }) => {
                    let raw: Vec<f64> = (0..n).map(|i| (1 + i % 3) as f64).collect();
                    let scale = (value(mean_square) * n as f64 / raw.iter().map(|x| x * x).sum::<f64>()).sqrt();
                    raw.iter().map(|x| scale * x).collect()
                }
                Op::Dense(ops::Dense { terms }) => {
                    let mut sum = vec![0.0; n];
                    for term in terms {
                        let matrix = matrices.next().unwrap();
                        for (entry, row) in sum.iter_mut().zip(matrix.chunks_exact(n)) {
                            *entry += row.iter().zip(&values[term.source]).map(|(w, x)| w * x).sum::<f64>();
                        }
                    }
                    sum
                }
                Op::Act(ops::Act { activation, source }) => values[*source].iter().map(|&z| activation.value(z)).collect(),
                other => panic!("{other:?}"),
            };
            values.push(vector);
        }
        values
    }

    fn output(&self) -> f64 {
        let values = self.forward();
        let terms = self.program.readout().iter().zip(&self.readouts);
        terms.map(|(term, w)| w.iter().zip(&values[term.source]).map(|(w, x)| w * x).sum::<f64>()).sum()
    }

    /// ∂f/∂W of every matrix and ∂f/∂w of every readout, by the chain rule.
    fn gradients(&self) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let n = self.width;
        let values = self.forward();
        let mut adjoints = vec![vec![0.0; n]; values.len()];
        let mut readouts = Vec::new();
        for (term, w) in self.program.readout().iter().zip(&self.readouts) {
            adjoints[term.source].iter_mut().zip(w).for_each(|(sum, w)| *sum += w);
            readouts.push(values[term.source].clone());
        }
        let mut matrices: Vec<Vec<f64>> = Vec::new();
        let mut next = self.matrices.len();
        for (op, operation) in self.program.ops().iter().enumerate().rev() {
            let adjoint = adjoints[op].clone();
            match operation {
                Op::Dense(ops::Dense { terms }) => {
                    for term in terms.iter().rev() {
                        next -= 1;
                        matrices.push(adjoint.iter().flat_map(|a| values[term.source].iter().map(move |x| a * x)).collect());
                        for (a, row) in adjoint.iter().zip(self.matrices[next].chunks_exact(n)) {
                            adjoints[term.source].iter_mut().zip(row).for_each(|(sum, w)| *sum += a * w);
                        }
                    }
                }
                Op::Act(ops::Act { activation, source }) => {
                    for ((sum, a), &z) in adjoints[*source].iter_mut().zip(&adjoint).zip(&values[*source]) {
                        *sum += a * activation.slope(z);
                    }
                }
                _ => {}
            }
        }
        matrices.reverse();
        (matrices, readouts)
    }
}

fn square(gradients: &[Vec<f64>]) -> f64 {
    gradients.iter().flatten().map(|x| x * x).sum()
}

/// √(r_e/n)/R for every edge into the output.
fn grown(program: &Program, width: usize) -> Vec<f64> {
    let sources: Vec<usize> = program.readout().iter().map(|term| term.source).collect();
    let moments: Vec<f64> = wide_moments_at(program, &sources).unwrap().nodes.iter().map(|at| at.second_moment).collect();
    let total: f64 = moments.iter().sum();
    moments.iter().map(|moment| (moment / width as f64).sqrt() / total).collect()
}

fn lowered(text: &str, how: &Lowering) -> Program {
    Architecture::parse(text).unwrap().graph().lower_with(how).unwrap()
}

/// Readouts of the input, of a pre-activation, of two activations and twice of one of them; a linear layer in between.
fn anything() -> Program {
    let gain = |numerator: i64, denominator: i64| Gain::new(numerator.into(), denominator.into());
    let mut builder = ProgramBuilder::new();
    let input = builder.input(gain(1, 2)).unwrap();
    let first = builder.dense(vec![(gain(2, 1), input)]).unwrap();
    let open = builder.act(Activation::RELU, first).unwrap();
    let second = builder.dense(vec![(gain(3, 2), open), (gain(1, 2), input)]).unwrap();
    let last = builder.act(Activation::RELU, second).unwrap();
    builder.report_at(1, first, 1).unwrap();
    let terms = [last, input, second, open, last].map(|source| (gain(1, 1), source));
    builder.readout(terms.to_vec()).unwrap()
}

/// A program with the width and the number of networks: a third more than what a pilot of 20,000 on another stream asked for.
struct Case {
    name: String,
    program: Program,
    width: usize,
    samples: u64,
}

fn cases() -> Vec<Case> {
    let mut list = vec![Case { name: "anything".into(), program: anything(), width: 16, samples: 60_000 }];
    for (text, init, width, samples) in [
        ("chain:4", InitRule::Target, 24, 300_000),
        ("complete:3", InitRule::Target, 16, 65_000),
        ("complete:3", InitRule::Source, 16, 90_000),
        ("complete:2", InitRule::He, 16, 90_000),
        ("edges:0-1,0-2,1-3,2-3,3-4,0-4", InitRule::Source, 16, 115_000),
        ("edges:0-1,1-6,0-2,2-3,3-6,0-4,4-5,5-6", InitRule::Target, 16, 52_000),
    ] {
        let program = lowered(text, &Lowering::new(init));
        list.push(Case { name: format!("{text} {init}"), program, width, samples });
    }
    for (text, activation, samples) in [
        ("chain:1", Activation::GELU, 100_000),
        ("chain:1", Activation::TANH, 65_000),
        ("edges:0-1,0-2,1-3,2-3,0-3", Activation::GELU, 45_000),
    ] {
        let how = Lowering::new(InitRule::Target).with_activation(activation);
        list.push(Case { name: format!("{text} {activation}"), program: lowered(text, &how), width: 16, samples });
    }
    list
}

#[test]
fn gradients_of_random_networks() {
    let plan = Plan::new(1e-10, 0.99, 0.02).unwrap();
    let judge = |Case { name, program, width, samples }: Case| {
        let expected = output_kernel(&program).unwrap();
        let deviations = grown(&program, width);
        let key = StreamKey::new("output kernel", format!("{name} n={width}"), SEED);
        let (mut readout, mut hidden) = (Moments::new(), Moments::new());
        for replicate in 0..samples {
            let (matrices, readouts) = Net::draw(&program, width, &deviations, &key, replicate).gradients();
            hidden.push(square(&matrices) / width as f64);
            readout.push(square(&readouts) / width as f64);
        }
        let parts = [("R", &readout, expected.readout), ("N", &hidden, expected.hidden)];
        for (part, sample, prediction) in parts {
            let decision = decide(sample, prediction, &plan);
            println!("{name} {part}: {} ± {} for {prediction}", decision.estimate, decision.standard_error);
            assert_eq!(decision.outcome, Outcome::Supported, "{name} {part}: {decision:?}");
            let wrong = decide(sample, 1.02 * prediction, &plan);
            assert_eq!(wrong.outcome, Outcome::Refuted, "{name} {part}: {wrong:?}");
        }
        parts.len()
    };
    // Cases side by side, each with streams of its own and in its own order.
    let decisions: usize = cases().into_par_iter().map(judge).sum();
    assert_eq!(decisions, 20);
}

/// The backward pass above, entry by entry, against central differences; f is linear in every readout.
#[test]
fn gradients_are_those_of_the_output() {
    let step = 1e-5;
    let mut entries = 0;
    for Case { name, program, .. } in cases() {
        let key = StreamKey::new("output kernel, differences", name.clone(), SEED);
        let mut net = Net::draw(&program, 3, &grown(&program, 3), &key, 0);
        let (matrices, readouts) = net.gradients();
        for (list, gradients) in [(0, &matrices), (1, &readouts)] {
            for (index, gradient) in gradients.iter().enumerate() {
                for (entry, expected) in gradient.iter().enumerate() {
                    let mut moved = |by: f64| {
                        let weights = if list == 0 { &mut net.matrices } else { &mut net.readouts };
                        weights[index][entry] += by;
                        net.output()
                    };
                    let difference = moved(step) - moved(-2.0 * step);
                    moved(step);
                    let found = difference / (2.0 * step);
                    assert!((found - expected).abs() <= 1e-8, "{name}: {found}, not {expected}");
                    entries += 1;
                }
            }
        }
    }
    assert!(entries > 300, "{entries}");
}
