//! Gradients against candle's automatic differentiation and finite differences, tangents against gradients.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use archscale_model::{Activation, Architecture, InitRule, Op, Program};
use archscale_sim::{Batch, Flow, Settings, StreamKey, gradient_step};
use candle_core::{DType, Tensor, Var};
use common::random_program;
use num_traits::ToPrimitive;
use rand::Rng;
use rand_distr::StandardNormal;

/// Random programs tried by each test.
const PROGRAMS: u64 = 40;

fn settings(width: usize, samples: u64, seed: u64) -> Settings {
    Settings::new(width, samples, StreamKey::new("sim derivatives", "random program", seed))
}

fn norm(x: &Tensor) -> f64 {
    x.sqr().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap().sqrt()
}

fn dot(x: &Tensor, y: &Tensor) -> f64 {
    (x * y).unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap()
}

/// The same program written against candle's differentiable operations; gates are constants 1[z > 0], since candle's own ReLU
/// takes the slope 1 at z = 0.
fn forward_with_variables(program: &Program, batch: &Batch) -> (Vec<Vec<Var>>, Vec<Tensor>) {
    let (mut variables, mut values): (Vec<Vec<Var>>, Vec<Tensor>) = (Vec::new(), Vec::new());
    for (op, what) in program.ops().iter().enumerate() {
        let own: Vec<Var> = batch.weights(op).iter().map(|matrix| Var::from_tensor(matrix).unwrap()).collect();
        values.push(match what {
            Op::Input { mean_square } => {
                let entry = mean_square.to_f64().unwrap().sqrt();
                Tensor::full(entry, (batch.networks(), batch.width(), 1), batch.value(0).device()).unwrap()
            }
            Op::Dense(terms) => terms
                .iter()
                .zip(&own)
                .map(|(term, matrix)| matrix.as_tensor().matmul(&values[term.source]).unwrap())
                .reduce(|a, b| (a + b).unwrap())
                .unwrap(),
            Op::Act(activation, source) if *activation == Activation::RELU => {
                let gate = values[*source].detach().gt(0.0).unwrap().to_dtype(DType::F64).unwrap();
                (&values[*source] * gate).unwrap()
            }
            Op::Sum(terms) => terms
                .iter()
                .map(|term| (&values[term.source] * term.gain.to_f64().unwrap()).unwrap())
                .reduce(|a, b| (a + b).unwrap())
                .unwrap(),
            other => panic!("{other:?}"),
        });
        variables.push(own);
    }
    (variables, values)
}

fn output_gradient(program: &Program, batch: &Batch, settings: &Settings) -> (Vec<Tensor>, Flow) {
    let readout = batch.draw_readout(settings, 0).unwrap();
    let seeds: Vec<_> = program.readout().iter().map(|term| term.source).zip(readout.iter().cloned()).collect();
    let flow = batch.gradients(&seeds).unwrap();
    (readout, flow)
}

/// Every matrix's gradient of f agrees with candle's to 1e-10 of its norm (double precision, sums of at most a few hundred
/// terms); values agree to the same.
#[test]
fn gradients_are_those_of_automatic_differentiation() {
    let (mut matrices, mut with_sum) = (0, 0);
    for seed in 0..PROGRAMS {
        let program = random_program(seed, 9);
        with_sum += u32::from(program.ops().iter().any(|op| matches!(op, Op::Sum(_))));
        let settings = settings(5, 6, seed);
        let batch = Batch::draw(&program, &settings, 0).unwrap();
        let (readout, flow) = output_gradient(&program, &batch, &settings);
        let ours = batch.weight_gradients(&flow).unwrap();

        let (variables, values) = forward_with_variables(&program, &batch);
        for (op, value) in values.iter().enumerate() {
            assert!(
                norm(&(value - batch.value(op)).unwrap()) <= 1e-12 * norm(value),
                "value of operation {op}, seed {seed}"
            );
        }
        let f = program
            .readout()
            .iter()
            .zip(&readout)
            .map(|(term, vector)| (&values[term.source] * vector).unwrap().sum_all().unwrap())
            .reduce(|a, b| (a + b).unwrap())
            .unwrap();
        let outputs: f64 = batch.output(&readout).unwrap().iter().sum();
        assert!((f.to_scalar::<f64>().unwrap() - outputs).abs() <= 1e-12 * (1.0 + outputs.abs()));
        let store = f.backward().unwrap();
        for (op, own) in variables.iter().enumerate() {
            for (term, variable) in own.iter().enumerate() {
                let Some(candle) = store.get(variable) else {
                    assert!(ours[op].is_empty(), "candle finds no path from operation {op} to f, seed {seed}");
                    continue;
                };
                let scale = norm(candle);
                assert!(
                    norm(&(&ours[op][term] - candle).unwrap()) <= 1e-10 * scale,
                    "operation {op} term {term} seed {seed}"
                );
                matrices += u32::from(scale > 0.0);
            }
        }
    }
    assert!(matrices > 150 && with_sum > 25, "{matrices} matrices with a gradient, {with_sum} programs with a sum");
}

/// ⟨tangent along D, u⟩ = ⟨D, gradient of ⟨x_op, u⟩⟩ where D is the weight gradient of f: the tangent pass is the transpose of
/// the gradient pass, at every operation.
#[test]
fn tangent_is_the_adjoint_of_the_gradient() {
    let mut nonzero = 0;
    for seed in 0..PROGRAMS {
        let program = random_program(seed, 9);
        let settings = settings(5, 6, seed);
        let batch = Batch::draw(&program, &settings, 0).unwrap();
        let (_, flow) = output_gradient(&program, &batch, &settings);
        let direction = batch.weight_gradients(&flow).unwrap();
        let tangents = batch.tangents(&flow).unwrap();
        let mut rng = StreamKey::new("sim derivatives", "probe", seed).rng(0, archscale_sim::TensorId::Label);
        for op in 0..program.ops().len() {
            let probe: Vec<f64> = (0..6 * 5).map(|_| rng.sample(StandardNormal)).collect();
            let probe = Tensor::from_vec(probe, (6, 5, 1), batch.value(0).device()).unwrap();
            let gradient = batch.weight_gradients(&batch.gradients(&[(op, probe.clone())]).unwrap()).unwrap();
            let (mut right, mut scale) = (0.0, 0.0);
            for (direction, gradient) in direction.iter().zip(&gradient) {
                for (direction, gradient) in direction.iter().zip(gradient) {
                    right += dot(direction, gradient);
                    scale += norm(direction) * norm(gradient);
                }
            }
            let left = tangents.at(op).map_or(0.0, |tangent| dot(tangent, &probe));
            assert!((left - right).abs() <= 1e-12 * scale, "{left} {right} at operation {op}, seed {seed}");
            nonzero += u32::from(left != 0.0);
        }
    }
    assert!(nonzero > 150, "{nonzero}");
}

/// Central differences of every operation's value along the gradient of f. While no gate opens or closes a value is a
/// polynomial in the step; a central difference at h is off by O(h²) and by rounding over h, 1e-6 and 1e-10 of the scale.
#[test]
fn tangents_are_limits_of_central_differences() {
    let h = 1e-5;
    let (mut compared, mut smooth) = (0, 0);
    for seed in 0..PROGRAMS {
        let program = random_program(seed, 9);
        let settings = settings(4, 3, seed);
        let batch = Batch::draw(&program, &settings, 0).unwrap();
        let (_, flow) = output_gradient(&program, &batch, &settings);
        let direction = batch.weight_gradients(&flow).unwrap();
        let tangents = batch.tangents(&flow).unwrap();
        let after = batch.moved(&[h; 3], &direction).unwrap();
        let before = batch.moved(&[-h; 3], &direction).unwrap();
        if before.jumps(&after).unwrap().iter().any(|jumps| *jumps > 0.0) {
            continue;
        }
        smooth += 1;
        for op in 0..program.ops().len() {
            let Some(tangent) = tangents.at(op) else { continue };
            let quotient = ((after.value(op) - before.value(op)).unwrap() * (0.5 / h)).unwrap();
            let scale = norm(tangent) + 1e-3 * norm(batch.value(op));
            assert!(norm(&(quotient - tangent).unwrap()) <= 1e-6 * scale, "operation {op}, seed {seed}");
            compared += u32::from(norm(tangent) > 0.0);
        }
    }
    assert!(compared > 150 && smooth > PROGRAMS / 2, "{compared} values over {smooth} programs");
}

/// The distance between the difference quotient of a true step and the tangent falls in proportion to η: halving η halves it, to
/// a relative 1e-3. Steps are so small (1e-5 and below; 300 networks of 4 × 6 gates with slopes of order 1) that no gate is
/// crossed, which is asserted; see the next test for steps that cross some.
#[test]
fn a_true_step_tends_to_its_tangent_at_rate_eta() {
    for text in ["chain:4", "complete:3"] {
        let program = Architecture::parse(text).unwrap().graph().lower(InitRule::Target).unwrap();
        let settings = Settings::new(6, 300, StreamKey::new("sim step", text, 1));
        let step = |eta: f64| gradient_step(&program, &settings, eta, &|_| ()).unwrap();
        let steps: Vec<_> = [1e-5, 5e-6, 2.5e-6].map(step).into();
        assert!(steps.iter().all(|step| step.jumps.mean() == 0.0));
        // The first vertex is linear in the weights that move it, so its quotient is the tangent itself.
        for node in 1..program.nodes().len() {
            let distance: Vec<f64> = steps.iter().map(|step| step.nodes[node].relative_distance()).collect();
            assert!(distance[0] > 1e-7 && distance[0] < 1e-3, "{distance:?}");
            for pair in distance.windows(2) {
                assert!((pair[0] / pair[1] - 2.0).abs() < 2e-3, "{text} {distance:?}");
            }
        }
        assert!(steps[0].nodes[0].relative_distance() < 1e-9);
    }
}

/// At η = 0.1 gates do open and close; the run counts them.
#[test]
fn large_steps_report_the_gates_they_cross() {
    let program = Architecture::parse("chain:4").unwrap().graph().lower(InitRule::Target).unwrap();
    let settings = Settings::new(6, 300, StreamKey::new("sim step", "large", 1));
    let step = gradient_step(&program, &settings, 0.1, &|_| ()).unwrap();
    assert!(step.jumps.mean() > 0.01, "{:?}", step.jumps);
    assert!(gradient_step(&program, &settings, 0.0, &|_| ()).is_err());
    assert!(gradient_step(&program, &settings, f64::NAN, &|_| ()).is_err());
}

/// The step's tangent is the squared change that `simulate` reports for the same networks.
#[test]
fn step_and_simulation_see_the_same_networks() {
    let program = random_program(3, 9);
    let settings = settings(4, 2000, 3);
    let simulation = archscale_sim::simulate(&program, &settings, &|_| ()).unwrap();
    let step = gradient_step(&program, &settings, 1e-6, &|_| ()).unwrap();
    for (node, step) in simulation.nodes.iter().zip(&step.nodes) {
        let (left, right) = (node.squared_change.mean(), step.squared_tangent.mean());
        assert!((left - right).abs() <= 1e-12 * left.abs(), "{left} {right}");
    }
}
