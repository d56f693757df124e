//! A layer's gradient and tangent in the simulator against automatic differentiation, the adjoint identity and differences.

use archscale_model::{Expr, ExprNode, Function, Op, Program, ops};
use archscale_nets::{Draw, Networks, StreamKey, TensorId, Update};
use archscale_testkit::conformance::Layer;
use candle_core::{DType, Tensor, Var};
use num_traits::ToPrimitive;
use rand::Rng;
use rand_distr::StandardNormal;

const WIDTH: usize = 5;
const NETWORKS: usize = 12;
/// Step of the central differences along a direction of norm 1.
const STEP: f64 = 1e-5;

/// Relative distances found; each is the largest over matrices or vertices.
#[derive(Debug)]
struct Distances {
    /// Gradients of f by every matrix, to candle's.
    gradient: f64,
    /// ⟨tangent, u⟩ to ⟨D, gradient of ⟨x, u⟩⟩ for a random u.
    adjoint: f64,
    /// Tangent to the central difference of the value.
    difference: f64,
}

fn entries(update: &Update) -> Tensor {
    update.to_tensor().unwrap()
}

fn norm(x: &Tensor) -> f64 {
    x.sqr().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap().sqrt()
}

fn dot(x: &Tensor, y: &Tensor) -> f64 {
    (x * y).unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap()
}

/// An expression written against candle's differentiable operations; gates are constants 1[z > 0].
fn with_variables(expr: &Expr, arguments: &[Tensor]) -> Tensor {
    let of = |expr: &Expr| with_variables(expr, arguments);
    let gate = |z: &Tensor| z.detach().gt(0.0).unwrap().to_dtype(DType::F64).unwrap();
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

/// ∂f by every matrix from candle, f summed over the networks.
fn automatic(program: &Program, batch: &Networks, readout: &Tensor) -> Vec<Tensor> {
    let (mut variables, mut values): (Vec<Var>, Vec<Tensor>) = (Vec::new(), Vec::new());
    for (op, what) in program.ops().iter().enumerate() {
        values.push(match what {
            Op::Input(_) => batch.value(op).clone(),
            Op::Dense(ops::Dense { terms }) => {
                let own = Var::from_tensor(&batch.weights(op)[0].to_tensor().unwrap()).unwrap();
                let z = own.as_tensor().matmul(&values[terms[0].source]).unwrap();
                variables.push(own);
                z
            }
            Op::Act(ops::Act { activation, source }) => with_variables(&activation.expression(), &[values[*source].clone()]),
            Op::Pointwise(ops::Pointwise { function, sources }) => {
                let arguments: Vec<Tensor> = sources.iter().map(|&source| values[source].clone()).collect();
                with_variables(function.expression(), &arguments)
            }
            Op::Sum(ops::Sum { terms }) => (&values[terms[0].source] * terms[0].gain.to_f64().unwrap()).unwrap(),
            other => panic!("{other:?}"),
        });
    }
    let f = (&values[program.readout()[0].source] * readout).unwrap().sum_all().unwrap();
    let store = f.backward().unwrap();
    variables.iter().map(|variable| store.get(variable).unwrap().clone()).collect()
}

/// Gradient and tangent of `claimed` beside the values of `layer`, in networks with the same weights.
fn distances(layer: &Layer, claimed: &Layer) -> Distances {
    let (program, claimed) = (layer.program().unwrap(), claimed.program().unwrap());
    let key = StreamKey::new("layer derivatives", layer.to_string(), 1);
    let draw = Draw::new(WIDTH, NETWORKS, key.clone());
    let (batch, other) = (Networks::draw(&program, &draw, 0).unwrap(), Networks::draw(&claimed, &draw, 0).unwrap());
    let readout = batch.draw_readout(&key, 0).unwrap().remove(0);
    let seed = [(claimed.readout()[0].source, readout.clone())];
    let flow = other.gradients(&seed).unwrap();
    let tangents = other.tangents(&flow).unwrap();

    let expected = automatic(&program, &batch, &readout);
    let ours: Vec<Tensor> = other.weight_gradients(&flow).unwrap().iter().flatten().map(entries).collect();
    assert_eq!((expected.len(), ours.len()), (program.matrix_count(), program.matrix_count()));
    let mut found = Distances { gradient: 0.0, adjoint: 0.0, difference: 0.0 };
    for (ours, expected) in ours.iter().zip(&expected) {
        found.gradient = found.gradient.max(norm(&(ours - expected).unwrap()) / norm(expected));
    }

    let own = batch.gradients(&[(program.readout()[0].source, readout)]).unwrap();
    let direction = batch.weight_gradients(&own).unwrap();
    let length = direction.iter().flatten().map(|update| norm(&entries(update)).powi(2)).sum::<f64>().sqrt();
    let moved = |step: f64| batch.moved(&[step / length; NETWORKS], &direction).unwrap();
    let (before, after) = (moved(-STEP), moved(STEP));
    let crossed = before.jumps(&after).unwrap();
    assert!(crossed.iter().filter(|kinks| **kinks == 0.0).count() > NETWORKS / 2, "{crossed:?}");
    let mut rng = key.rng(0, TensorId::Label);
    for (node, claimed) in program.nodes().iter().zip(claimed.nodes()) {
        let tangent = tangents.at(claimed.op).unwrap();
        let probe: Vec<f64> = (0..NETWORKS * WIDTH).map(|_| rng.sample(StandardNormal)).collect();
        let probe = Tensor::from_vec(probe, (NETWORKS, WIDTH, 1), tangent.device()).unwrap();
        let gradient = batch.weight_gradients(&batch.gradients(&[(node.op, probe.clone())]).unwrap()).unwrap();
        let pairs = gradient.iter().flatten().zip(&expected);
        let right: f64 = pairs.map(|(gradient, direction)| dot(&entries(gradient), direction)).sum();
        found.adjoint = found.adjoint.max((dot(tangent, &probe) / right - 1.0).abs());

        for r in (0..NETWORKS).filter(|&r| crossed[r] == 0.0) {
            let of = |x: &Tensor| x.get(r).unwrap();
            let quotient = ((of(after.value(node.op)) - of(before.value(node.op))).unwrap() * (0.5 / STEP)).unwrap();
            let tangent = (of(tangent) / length).unwrap();
            let scale = norm(&tangent) + 1e-3 * norm(&of(batch.value(node.op)));
            found.difference = found.difference.max(norm(&(quotient - tangent).unwrap()) / scale);
        }
    }
    found
}

/// Double precision: 1e-10 for sums of a few hundred terms; differences are off by h²/6 times third derivatives of order 1 and by
/// rounding over h. The twin is wrong by two per cent or more in every one of them.
#[test]
fn gradients_and_tangents_belong_to_the_values() {
    for layer in crate::layers::layers() {
        let (right, wrong) = (distances(&layer, &layer), distances(&layer, &layer.twin()));
        println!("{layer}: {right:?}, twin {wrong:?}");
        assert!(right.gradient < 1e-10 && right.adjoint < 1e-10 && right.difference < 1e-6, "{layer}: {right:?}");
        assert!(wrong.gradient > 1e-2 && wrong.adjoint > 1e-2 && wrong.difference > 1e-2, "{layer}: {wrong:?}");
    }
}
