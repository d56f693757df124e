//! Operations from outside: RMS normalisation, which mixes the channels, and one of two arguments with a kink.
use std::sync::Arc;

use crate::common::rms_norm::RmsNorm;
use archscale_model::{Activation, Gain, Grid, InputModel, Padding, Program, ProgramBuilder};
use archscale_nets::layer::{OutsideLayer, OutsideLayers};
use archscale_nets::{Draw, NetsError, Networks, StreamKey};
use candle_core::{Device, Tensor};

/// A difference of two vectors, which has two arguments, and a kink where their first entries are equal.
struct Difference;

impl OutsideLayer for Difference {
    fn name(&self) -> &str {
        "difference"
    }

    fn forward(&self, arguments: &[&Tensor]) -> Result<Tensor, NetsError> {
        Ok((arguments[0] - arguments[1])?)
    }

    fn transpose(&self, _arguments: &[&Tensor], argument: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        Ok(if argument == 0 { gradient.clone() } else { gradient.neg()? })
    }

    fn tangent(&self, arguments: &[&Tensor], argument: usize, tangent: &Tensor) -> Result<Tensor, NetsError> {
        self.transpose(arguments, argument, tangent)
    }

    fn kinks(&self, before: &[&Tensor], after: &[&Tensor]) -> Result<Option<Tensor>, NetsError> {
        let side = |x: &[&Tensor]| -> Result<Tensor, NetsError> {
            Ok((x[0] - x[1])?.narrow(1, 0, 1)?.ge(0.0)?.to_dtype(x[0].dtype())?)
        };
        Ok(Some((side(before)? - side(after)?)?.abs()?))
    }
}

fn outside() -> OutsideLayers {
    OutsideLayers::new([Arc::new(RmsNorm) as Arc<dyn OutsideLayer>, Arc::new(Difference)])
}

fn gain(c: i32) -> Gain {
    Gain::from_integer(c.into())
}

/// Vectors: normalised, merged with a skip by the difference, and once more through a matrix.
fn over_vectors() -> Program {
    let mut builder = ProgramBuilder::new();
    let x = builder.input(gain(1)).unwrap();
    let z = builder.dense(vec![(gain(2), x)]).unwrap();
    let y = builder.outside("rms-norm", vec![z]).unwrap();
    let h = builder.act(Activation::TANH, y).unwrap();
    let w = builder.dense(vec![(gain(1), h)]).unwrap();
    let d = builder.outside("difference", vec![w, y]).unwrap();
    let last = builder.dense(vec![(gain(1), d)]).unwrap();
    (1..).zip([z, y, w, d, last]).for_each(|(id, op)| builder.report_at(id, op, 1).unwrap());
    builder.readout(vec![(gain(1), last)]).unwrap()
}

/// The same over an image, where each position is normalised by itself.
fn over_images() -> Program {
    let grid = Grid::new(vec![4], Padding::Zero).unwrap();
    let mut builder = ProgramBuilder::new();
    let x = builder.image(InputModel::Iid.image(&grid, None).unwrap()).unwrap();
    let z = builder.conv(vec![(gain(2), 3, x)]).unwrap();
    let y = builder.outside("rms-norm", vec![z]).unwrap();
    let h = builder.act(Activation::TANH, y).unwrap();
    let last = builder.conv(vec![(gain(1), 3, h)]).unwrap();
    (1..).zip([z, y, last]).for_each(|(id, op)| builder.report_at(id, op, 1).unwrap());
    builder.readout(vec![(gain(1), last)]).unwrap()
}

const NETWORKS: usize = 4;
const WIDTH: usize = 6;

fn draw(case: &str) -> Draw {
    Draw { outside: outside(), ..Draw::new(WIDTH, NETWORKS, StreamKey::new("nets outside", case, 1)) }
}

fn dot(x: &Tensor, y: &Tensor) -> f64 {
    (x * y).unwrap().sum_all().unwrap().to_scalar().unwrap()
}

fn norm(x: &Tensor) -> f64 {
    dot(x, x).sqrt()
}

fn wave(shape: (usize, usize, usize), step: f64) -> Tensor {
    let entries: Vec<f64> = (0..shape.0 * shape.1 * shape.2).map(|k| (k as f64 * step).sin()).collect();
    Tensor::from_vec(entries, shape, &Device::Cpu).unwrap()
}

#[test]
fn every_position_of_every_network_is_normalised() {
    for (case, program) in [("vectors", over_vectors()), ("images", over_images())] {
        let networks = Networks::draw(&program, &draw(case), 0).unwrap();
        let y = networks.value(program.nodes()[1].op);
        let squares = y.sqr().unwrap().mean(1).unwrap();
        assert!((squares - 1.0).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f64>().unwrap() < 1e-14, "{case}");
    }
}

/// ⟨tangent along D, u⟩ = ⟨D, gradient of ⟨x_op, u⟩⟩ for the weight gradient D of f, and central differences of values along
/// D. At h = 1e-5 a difference is off by h² times the third derivative and by rounding over h: below 1e-7 of the scale.
#[test]
fn tangents_are_adjoint_to_gradients_and_limits_of_differences() {
    for (case, program) in [("vectors", over_vectors()), ("images", over_images())] {
        let draw = draw(case);
        let networks = Networks::draw(&program, &draw, 0).unwrap();
        let readout = networks.draw_readout(&draw.key, 0).unwrap();
        let source = program.readout()[0].source;
        let flow = networks.gradients(&[(source, readout[0].clone())]).unwrap();
        let direction = networks.weight_gradients(&flow).unwrap();
        let tangents = networks.tangents(&flow).unwrap();
        let h = 1e-5;
        let (after, before) = (networks.moved(&[h; NETWORKS], &direction), networks.moved(&[-h; NETWORKS], &direction));
        let (after, before) = (after.unwrap(), before.unwrap());
        assert!(before.jumps(&after).unwrap().iter().all(|jumps| *jumps == 0.0), "{case}");
        for node in program.nodes() {
            let tangent = tangents.at(node.op).unwrap();
            let probe = wave((NETWORKS, WIDTH, networks.positions()), 0.7);
            let gradient = networks.weight_gradients(&networks.gradients(&[(node.op, probe.clone())]).unwrap()).unwrap();
            let (mut right, mut scale) = (0.0, 0.0);
            for (one, other) in direction.iter().zip(&gradient).flat_map(|(one, other)| one.iter().zip(other)) {
                let (one, other) = (one.to_tensor().unwrap(), other.to_tensor().unwrap());
                right += dot(&one, &other);
                scale += norm(&one) * norm(&other);
            }
            let left = dot(tangent, &probe);
            assert!((left - right).abs() <= 1e-12 * scale && left != 0.0, "{case} {}: {left} {right}", node.id);
            let quotient = ((after.value(node.op) - before.value(node.op)).unwrap() * (0.5 / h)).unwrap();
            let distance = norm(&(quotient - tangent).unwrap());
            assert!(distance <= 1e-7 * norm(tangent), "{case} {}: {distance} of {}", node.id, norm(tangent));
        }
    }
}

/// Several functions at once are each of them alone.
#[test]
fn functions_side_by_side_are_each_of_them_alone() {
    for (case, program) in [("vectors", over_vectors()), ("images", over_images())] {
        let networks = Networks::draw(&program, &draw(case), 0).unwrap();
        let (m, source) = (networks.positions(), program.readout()[0].source);
        let probes = wave((NETWORKS, WIDTH, 3 * m), 1.3);
        let together = networks.gradients(&[(source, probes.clone())]).unwrap();
        for function in 0..3 {
            let part = |x: &Tensor| x.narrow(2, function * m, m).unwrap().contiguous().unwrap();
            let alone = networks.gradients(&[(source, part(&probes))]).unwrap();
            for node in program.nodes() {
                let (both, alone) = (part(together.at(node.op).unwrap()), alone.at(node.op).unwrap());
                assert!(norm(&(both - alone).unwrap()) <= 1e-13 * norm(alone), "{case} {}", node.id);
            }
        }
    }
}

/// A step so large that first entries change places is told as kinks crossed.
#[test]
fn kinks_of_an_outside_operation_are_counted() {
    let (program, draw) = (over_vectors(), draw("kinks"));
    let networks = Networks::draw(&program, &draw, 0).unwrap();
    let readout = networks.draw_readout(&draw.key, 0).unwrap();
    let flow = networks.gradients(&[(program.readout()[0].source, readout[0].clone())]).unwrap();
    let direction = networks.weight_gradients(&flow).unwrap();
    let jumps = |eta: f64| networks.jumps(&networks.moved(&[eta; NETWORKS], &direction).unwrap()).unwrap();
    assert!(jumps(1e-9).iter().all(|jumps| *jumps == 0.0));
    let crossed: f64 = [1e3, -1e3].into_iter().flat_map(jumps).sum();
    assert!(crossed >= 1.0, "{crossed}");
}

#[test]
fn an_operation_without_its_layer_is_refused_by_name() {
    let alone = Draw { outside: OutsideLayers::new([Arc::new(Difference) as Arc<dyn OutsideLayer>]), ..draw("alone") };
    let message = Networks::draw(&over_vectors(), &alone, 0).err().unwrap().to_string();
    assert!(message.starts_with("operation 2 is the outside operation rms-norm"), "{message}");
    assert!(message.contains("OutsideLayers"), "{message}");
}
