//! Gradients against candle's automatic differentiation and finite differences, tangents against gradients.
use crate::common::{activations, random_cell, random_program, random_program_of};
use archscale_model::{Expr, ExprNode, Function, Op, Program, ops};
use archscale_nets::{Draw, Flow, Networks, StreamKey, TensorId};
use candle_core::{DType, Tensor, Var};
use num_traits::ToPrimitive;
use rand::Rng;
use rand_distr::StandardNormal;

/// Random programs tried by each test: [`PROGRAMS`] with ReLU, as many with all activations and operations of two vectors,
/// and [`CELLS`] cells with skips, three in every convention with every activation.
fn programs() -> impl Iterator<Item = (u64, Program)> {
    let relu = (0..PROGRAMS).map(|seed| (seed, random_program(seed, 9)));
    let any = (0..PROGRAMS).map(|seed| (1_000 + seed, random_program_of(seed, 9, &activations(), true)));
    let cells = (0..CELLS).map(|seed| (2_000 + seed, random_cell(seed)));
    relu.chain(any).chain(cells)
}

const PROGRAMS: u64 = 40;
const CELLS: u64 = 63;

/// How many programs hold an operation that `wanted` picks.
fn count(wanted: impl Fn(&Op) -> bool) -> usize {
    programs().filter(|(_, program)| program.ops().iter().any(&wanted)).count()
}

/// The random programs do cover what the tests claim to cover.
#[test]
fn programs_hold_every_operation_and_activation() {
    assert!(count(|op| matches!(op, Op::Pointwise(..))) > 20);
    assert!(count(|op| matches!(op, Op::Sum(_))) > 80);
    for activation in activations() {
        assert!(
            count(|op| matches!(op, Op::Act(ops::Act { activation: found, .. }) if *found == activation)) > 12,
            "{activation}"
        );
    }
    // In the post-activation convention vertices sit on activations and sums.
    let on = |wanted: fn(&Op) -> bool| {
        programs().filter(|(_, program)| program.nodes().iter().any(|node| wanted(&program.ops()[node.op]))).count()
    };
    assert!(on(|op| matches!(op, Op::Act(..))) > 40 && on(|op| matches!(op, Op::Sum(_))) > 40);
}

fn settings(width: usize, networks: usize, seed: u64) -> Draw {
    Draw::new(width, networks, StreamKey::new("sim derivatives", "random program", seed))
}

fn norm(x: &Tensor) -> f64 {
    x.sqr().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap().sqrt()
}

fn dot(x: &Tensor, y: &Tensor) -> f64 {
    (x * y).unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap()
}

/// An expression written against candle's differentiable operations; gates are constants 1[z > 0], since candle's own ReLU
/// takes the slope 1 at z = 0.
fn with_variables(expr: &Expr, arguments: &[Tensor]) -> Tensor {
    let of = |expr: &Expr| with_variables(expr, arguments);
    match expr.node() {
        ExprNode::Constant(value) => Tensor::full(*value, arguments[0].dims(), arguments[0].device()).unwrap(),
        ExprNode::Argument(index) => arguments[*index].clone(),
        ExprNode::Add(a, b) => (of(a) + of(b)).unwrap(),
        ExprNode::Mul(a, b) => (of(a) * of(b)).unwrap(),
        ExprNode::Neg(a) => of(a).neg().unwrap(),
        ExprNode::Recip(a) => of(a).recip().unwrap(),
        ExprNode::Powi(a, n) => of(a).powf(f64::from(*n)).unwrap(),
        ExprNode::Apply(Function::Exp, a) => of(a).exp().unwrap(),
        ExprNode::Apply(Function::Tanh, a) => of(a).tanh().unwrap(),
        ExprNode::Apply(Function::Erf, a) => of(a).erf().unwrap(),
        ExprNode::Apply(Function::Sigmoid, a) => ((of(a).neg().unwrap().exp().unwrap() + 1.0).unwrap()).recip().unwrap(),
        ExprNode::Apply(Function::Relu, a) => (gate(&of(a)) * of(a)).unwrap(),
        ExprNode::Apply(Function::Step, a) => gate(&of(a)),
    }
}

fn gate(z: &Tensor) -> Tensor {
    z.detach().gt(0.0).unwrap().to_dtype(DType::F64).unwrap()
}

/// The same program written against candle's differentiable operations.
fn forward_with_variables(program: &Program, batch: &Networks) -> (Vec<Vec<Var>>, Vec<Tensor>) {
    let (mut variables, mut values): (Vec<Vec<Var>>, Vec<Tensor>) = (Vec::new(), Vec::new());
    for (op, what) in program.ops().iter().enumerate() {
        let own: Vec<Var> =
            batch.weights(op).iter().map(|matrix| Var::from_tensor(&matrix.to_tensor().unwrap()).unwrap()).collect();
        values.push(match what {
            Op::Input(ops::Input { mean_square }) => {
                let entry = mean_square.to_f64().unwrap().sqrt();
                Tensor::full(entry, (batch.networks(), batch.width(), 1), batch.value(0).device()).unwrap()
            }
            Op::Dense(ops::Dense { terms }) => terms
                .iter()
                .zip(&own)
                .map(|(term, matrix)| matrix.as_tensor().matmul(&values[term.source]).unwrap())
                .reduce(|a, b| (a + b).unwrap())
                .unwrap(),
            Op::Act(ops::Act { activation, source }) => with_variables(&activation.expression(), &[values[*source].clone()]),
            Op::Pointwise(ops::Pointwise { function, sources }) => {
                let arguments: Vec<Tensor> = sources.iter().map(|&source| values[source].clone()).collect();
                with_variables(function.expression(), &arguments)
            }
            Op::Sum(ops::Sum { terms }) => terms
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

fn output_gradient(program: &Program, batch: &Networks, settings: &Draw) -> (Vec<Tensor>, Flow) {
    let readout = batch.draw_readout(&settings.key, 0).unwrap();
    let seeds: Vec<_> = program.readout().iter().map(|term| term.source).zip(readout.iter().cloned()).collect();
    let flow = batch.gradients(&seeds).unwrap();
    (readout, flow)
}

/// Every matrix's gradient of f agrees with candle's to 1e-10 of its norm (double precision, sums of at most a few hundred
/// terms); values agree to the same.
#[test]
fn gradients_are_those_of_automatic_differentiation() {
    let (mut matrices, mut with_sum) = (0, 0);
    for (seed, program) in programs() {
        with_sum += u32::from(program.ops().iter().any(|op| matches!(op, Op::Sum(_))));
        let settings = settings(5, 6, seed);
        let batch = Networks::draw(&program, &settings, 0).unwrap();
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
                    norm(&(ours[op][term].to_tensor().unwrap() - candle).unwrap()) <= 1e-10 * scale,
                    "operation {op} term {term} seed {seed}"
                );
                matrices += u32::from(scale > 0.0);
            }
        }
    }
    assert!(matrices > 500 && with_sum > 80, "{matrices} matrices with a gradient, {with_sum} programs with a sum");
}

/// ⟨tangent along D, u⟩ = ⟨D, gradient of ⟨x_op, u⟩⟩ where D is the weight gradient of f: the tangent pass is the transpose
/// of the gradient pass, at every operation up to the last reported one.
#[test]
fn tangent_is_the_adjoint_of_the_gradient() {
    let mut nonzero = 0;
    for (seed, program) in programs() {
        let settings = settings(5, 6, seed);
        let batch = Networks::draw(&program, &settings, 0).unwrap();
        let (_, flow) = output_gradient(&program, &batch, &settings);
        let direction = batch.weight_gradients(&flow).unwrap();
        let tangents = batch.tangents(&flow).unwrap();
        let mut rng = StreamKey::new("sim derivatives", "probe", seed).rng(0, TensorId::Label);
        // Tangents end at the last reported vertex.
        for op in 0..=program.nodes().iter().map(|node| node.op).max().unwrap() {
            let probe: Vec<f64> = (0..6 * 5).map(|_| rng.sample(StandardNormal)).collect();
            let probe = Tensor::from_vec(probe, (6, 5, 1), batch.value(0).device()).unwrap();
            let gradient = batch.weight_gradients(&batch.gradients(&[(op, probe.clone())]).unwrap()).unwrap();
            let (mut right, mut scale) = (0.0, 0.0);
            for (direction, gradient) in direction.iter().zip(&gradient) {
                for (direction, gradient) in direction.iter().zip(gradient) {
                    let (direction, gradient) = (direction.to_tensor().unwrap(), gradient.to_tensor().unwrap());
                    right += dot(&direction, &gradient);
                    scale += norm(&direction) * norm(&gradient);
                }
            }
            let left = tangents.at(op).map_or(0.0, |tangent| dot(tangent, &probe));
            assert!((left - right).abs() <= 1e-12 * scale, "{left} {right} at operation {op}, seed {seed}");
            nonzero += u32::from(left != 0.0);
        }
    }
    assert!(nonzero > 800, "{nonzero}");
}

/// Central differences of every operation's value along the gradient of f, scaled to norm 1 in each network. While no kink
/// is crossed a value is smooth in the step; a central difference at h is off by h²/6 times the third derivative and by
/// rounding over h. With h = 1e-5 both are below 1e-6 of the scale unless derivatives exceed 1e4, and steps of this size at
/// widths and gains of order 1 have none so large.
#[test]
fn tangents_are_limits_of_central_differences() {
    let h = 1e-5;
    let (mut compared, mut smooth) = (0, 0);
    for (seed, program) in programs() {
        let settings = settings(4, 3, seed);
        let batch = Networks::draw(&program, &settings, 0).unwrap();
        let (_, flow) = output_gradient(&program, &batch, &settings);
        let direction = batch.weight_gradients(&flow).unwrap();
        let lengths: Vec<f64> = (0..3)
            .map(|r| {
                let parts =
                    direction.iter().flatten().map(|matrix| norm(&matrix.to_tensor().unwrap().get(r).unwrap()).powi(2));
                parts.sum::<f64>().sqrt().max(f64::MIN_POSITIVE)
            })
            .collect();
        if lengths.iter().any(|length| *length < 1e-6) {
            continue;
        }
        let steps = |sign: f64| lengths.iter().map(|length| sign * h / length).collect::<Vec<f64>>();
        let tangents = batch.tangents(&flow).unwrap();
        let after = batch.moved(&steps(1.0), &direction).unwrap();
        let before = batch.moved(&steps(-1.0), &direction).unwrap();
        if before.jumps(&after).unwrap().iter().any(|jumps| *jumps > 0.0) {
            continue;
        }
        smooth += 1;
        for op in 0..program.ops().len() {
            let Some(tangent) = tangents.at(op) else { continue };
            for (r, length) in lengths.iter().enumerate() {
                let of = |x: &Tensor| x.get(r).unwrap();
                let tangent = (of(tangent) / *length).unwrap();
                let quotient = ((of(after.value(op)) - of(before.value(op))).unwrap() * (0.5 / h)).unwrap();
                let scale = norm(&tangent) + 1e-3 * norm(&of(batch.value(op)));
                assert!(norm(&(quotient - &tangent).unwrap()) <= 1e-6 * scale, "operation {op}, seed {seed}");
                compared += u32::from(norm(&tangent) > 0.0);
            }
        }
    }
    assert!(compared > 2_000 && smooth > 100, "{compared} values over {smooth} programs");
}
