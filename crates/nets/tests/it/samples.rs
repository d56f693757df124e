//! Layers on many samples at once, by loops in the host's memory and by tensor operations alone.
use std::collections::BTreeMap;
use std::sync::Arc;

use archscale_model::{Activation, ConvNetwork, Grid, InitRule, Lowering, Op, Program};
use archscale_nets::layer::{Conv, Dense, Features, Given, MatrixSpec, OutsideLayers, Place, rule};
use archscale_nets::{DenseMatrix, DeviceChoice, Layers, Machine, Matrix, NetsError, Pass, Precision, StreamKey, TensorId};
use candle_core::{Device, Tensor};

const NETWORKS: usize = 2;
const WIDTH: usize = 5;
const OUTPUTS: usize = 3;
/// Samples side by side, and channels of the data.
const SAMPLES: usize = 4;
const CHANNELS: usize = 2;

/// Every readout and padding, one and two dimensions, skips and pooling.
const PROGRAMS: [&str; 4] = [
    "conv:depth=2,kernel=3,size=5,padding=zero,readout=gap,input=iid",
    "conv:depth=2,kernel=3,dims=2,size=3x4,padding=circular,readout=flatten,input=iid",
    "conv:kernel=3,size=5,padding=zero,readout=single:2,input=iid,net=nas:3_24_440",
    "conv:kernel=3,dims=2,size=4,padding=circular,readout=gap,input=iid,net=nas:2_34_143",
];

type Gradients = BTreeMap<(usize, usize), Tensor>;

/// A program between given data and a readout, as a trainer has it.
struct Net {
    layers: Layers,
    weights: Vec<Vec<Tensor>>,
    positions: usize,
}

fn net(text: &str, activation: Activation) -> Net {
    let how = Lowering::new(InitRule::Target).with_activation(activation);
    let program: Program = ConvNetwork::parse(text).unwrap().lower(&how).unwrap();
    let grid = program.readout_grid().unwrap();
    let spec = |rows: usize, columns: usize| MatrixSpec { rows, columns, std_dev: 1.0 / columns as f64, trained: true };
    let (mut layers, mut at) = (Layers::default(), Vec::new());
    layers.push(Box::new(Given));
    for (op, what) in program.ops().iter().enumerate() {
        at.push(match what {
            Op::Image(_) => {
                layers.push(Box::new(Conv::single(grid, 3, 0, "the stem", |taps| spec(WIDTH, taps * CHANNELS)).unwrap()))
            }
            _ => {
                let (positions, outside) = (grid.positions(), &OutsideLayers::default());
                let place = Place { op, width: WIDTH, layers: Some(&at), images: &[], positions, outside };
                layers.push(rule(what, &place).unwrap())
            }
        });
    }
    let (mut readouts, mut sources) = (Vec::new(), Vec::new());
    for term in program.readout() {
        let features = Features::new(program.positions(), grid.positions(), at[term.source]);
        readouts.push(spec(OUTPUTS, WIDTH * features.patterns()));
        sources.push(layers.push(Box::new(features)));
    }
    layers.push(Box::new(Dense::new(readouts, sources)));
    let key = StreamKey::new("nets samples", text, 1);
    let mut drawn = 0..;
    let mut draw = |spec: &MatrixSpec| {
        let count = NETWORKS * spec.rows * spec.columns;
        let entries = key.normals(0, TensorId::Weight(drawn.next().unwrap()), count, |x| 2.0 * spec.std_dev.sqrt() * x);
        Tensor::from_vec(entries, (NETWORKS, spec.rows, spec.columns), &Device::Cpu).unwrap()
    };
    let mut of_layer = |layer: usize| layers.matrices_of(layer).iter().map(&mut draw).collect();
    let weights = (0..layers.len()).map(&mut of_layer).collect();
    Net { layers, weights, positions: Grid::positions(grid) }
}

impl Net {
    /// The pass of some columns of the data, a sample each.
    fn run(&self, machine: &Machine, data: &Tensor, samples: usize) -> Pass {
        let matrix = |entries: &Tensor| Arc::new(DenseMatrix::new(entries.clone()).unwrap()) as Arc<dyn Matrix>;
        let weights = self.weights.iter().map(|of_layer| of_layer.iter().map(matrix).collect()).collect();
        let mut pass = Pass::new(NETWORKS, samples, machine, weights);
        pass.push(data.clone());
        self.layers.run(&mut pass, true).unwrap();
        pass
    }

    /// Gradients by every matrix that the seed's layer reads, by layer and term.
    fn gradients(&self, pass: &Pass, seed: (usize, Tensor)) -> Gradients {
        let mut found = Gradients::new();
        let mut keep = |layer, term, gradient| -> Result<(), NetsError> {
            found.insert((layer, term), gradient);
            Ok(())
        };
        self.layers.backward(pass, &[seed], &mut keep).unwrap();
        found
    }

    /// One sample of fields, (N, c, m·B).
    fn sample(&self, fields: &Tensor, sample: usize) -> Tensor {
        let (networks, channels, all) = fields.dims3().unwrap();
        let positions = all / SAMPLES;
        let by_sample = fields.contiguous().unwrap().reshape((networks, channels, positions, SAMPLES)).unwrap();
        by_sample.narrow(3, sample, 1).unwrap().contiguous().unwrap().reshape((networks, channels, positions)).unwrap()
    }
}

fn normal(shape: (usize, usize, usize), case: &str) -> Tensor {
    let key = StreamKey::new("nets samples", case, 2);
    let entries = key.normals(0, TensorId::Label, shape.0 * shape.1 * shape.2, |x| x);
    Tensor::from_vec(entries, shape, &Device::Cpu).unwrap()
}

fn dot(x: &Tensor, y: &Tensor) -> f64 {
    (x * y).unwrap().sum_all().unwrap().to_scalar().unwrap()
}

fn norm(x: &Tensor) -> f64 {
    dot(x, x).sqrt()
}

fn machines() -> [Machine; 2] {
    let host = Machine::open(DeviceChoice::Cpu, Precision::F64).unwrap();
    [host.clone(), host.without_loops()]
}

fn cases() -> impl Iterator<Item = (&'static str, Net)> {
    let of_text = |text| [Activation::RELU, Activation::GELU].map(|activation| (text, net(text, activation)));
    PROGRAMS.into_iter().flat_map(of_text)
}

/// Values of many samples are those of each alone, and gradients by matrices are their sums, on both ways.
#[test]
fn samples_side_by_side_are_each_of_them_alone() {
    for (text, net) in cases() {
        let data = normal((NETWORKS, CHANNELS, net.positions * SAMPLES), text);
        let seed = normal((NETWORKS, OUTPUTS, SAMPLES), text);
        let output = net.layers.len() - 1;
        let [host, general] = machines();
        let alone: Vec<Pass> = (0..SAMPLES).map(|sample| net.run(&host, &net.sample(&data, sample), 1)).collect();
        let parts: Vec<Gradients> =
            (0..SAMPLES).map(|sample| net.gradients(&alone[sample], (output, net.sample(&seed, sample)))).collect();
        for machine in [host, general] {
            let pass = net.run(&machine, &data, SAMPLES);
            for layer in 0..net.layers.len() {
                for (sample, alone) in alone.iter().enumerate() {
                    let (found, expected) = (net.sample(pass.value(layer), sample), alone.value(layer));
                    let distance = norm(&(found - expected).unwrap());
                    assert!(distance <= 1e-12 * norm(expected), "{text}, layer {layer}: {distance}");
                }
            }
            let found = net.gradients(&pass, (output, seed.clone()));
            assert!(found.len() >= 4 && found.len() == parts[0].len(), "{text}: {}", found.len());
            for (at, found) in &found {
                let expected = parts.iter().map(|part| part[at].clone()).reduce(|a, b| (a + b).unwrap()).unwrap();
                let distance = norm(&(found - &expected).unwrap());
                assert!(distance <= 1e-12 * norm(&expected) && norm(&expected) > 0.0, "{text}, matrix {at:?}: {distance}");
            }
        }
    }
}

/// ⟨tangent along D, u⟩ = ⟨D, gradient of ⟨x, u⟩⟩ over all samples, where D is the weight gradient of a function of the
/// outputs.
#[test]
fn tangents_of_many_samples_are_adjoint_to_their_gradients() {
    for (text, net) in cases() {
        let data = normal((NETWORKS, CHANNELS, net.positions * SAMPLES), text);
        let output = net.layers.len() - 1;
        let seed = (output, normal((NETWORKS, OUTPUTS, SAMPLES), text));
        for machine in machines() {
            let pass = net.run(&machine, &data, SAMPLES);
            let direction = net.gradients(&pass, seed.clone());
            let flow = net.layers.gradients(&pass, std::slice::from_ref(&seed)).unwrap();
            let tangents = net.layers.tangents(&pass, &flow, output + 1).unwrap();
            for layer in 1..=output {
                let probe = normal(pass.value(layer).dims3().unwrap(), &format!("{text} {layer}"));
                let gradient = net.gradients(&pass, (layer, probe.clone()));
                let (mut right, mut scale) = (0.0, 0.0);
                // Along a matrix that the outputs do not read nothing moves.
                for (direction, gradient) in
                    gradient.iter().filter_map(|(at, gradient)| Some((direction.get(at)?, gradient)))
                {
                    right += dot(direction, gradient);
                    scale += norm(direction) * norm(gradient);
                }
                let left = tangents.at(layer).map_or(0.0, |tangent| dot(tangent, &probe));
                assert!((left - right).abs() <= 1e-11 * scale && left != 0.0, "{text}, layer {layer}: {left} {right}");
            }
        }
    }
}
