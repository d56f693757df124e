use archscale_model::{Activation, Op, Program};
use archscale_sim::{StreamKey, TensorId};
use rand::Rng;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use crate::layer::{Data, Dense, Layer, Matrix, Place, activate, number, rule, split};
use crate::{Protocol, Samples, TrainError, stem};

/// Which matrix of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ParameterId {
    /// The stem of the k-th input of the program, n × d.
    Stem(u32),
    /// The k-th matrix of the program, counted over the terms of its dense operations, n × n.
    Matrix(u32),
    /// The matrix of the k-th readout term, K × n.
    Readout(u32),
}

impl ParameterId {
    /// The stream of the matrix: matrices and readouts as the simulator names them, stems as those of a second replicate.
    fn rng(self, key: &StreamKey) -> impl Rng + use<> {
        match self {
            Self::Matrix(k) => key.rng(0, TensorId::Weight(k)),
            Self::Readout(k) => key.rng(0, TensorId::Readout(k)),
            Self::Stem(k) => key.rng(1, TensorId::Weight(k)),
        }
    }
}

/// A program between data and outputs, with the rules of its operations.
pub(crate) struct Network {
    /// Sources before readers; the data first, the output last.
    pub(crate) layers: Vec<Box<dyn Layer>>,
    /// By layer, whether its value depends on a trained matrix.
    pub(crate) wanted: Vec<bool>,
    /// By layer, the index of its first matrix in [`Network::matrices`].
    pub(crate) first: Vec<usize>,
    /// All matrices, in the order of the layers.
    pub(crate) matrices: Vec<Matrix>,
}

impl Network {
    pub(crate) fn new(program: &Program, samples: &Samples, protocol: &Protocol) -> Result<Self, TrainError> {
        let width = protocol.width;
        let mut layers: Vec<Box<dyn Layer>> = vec![Box::new(Data)];
        let mut at = Vec::with_capacity(program.ops().len());
        let (mut stems, mut matrices) = (0, 0);
        for (op, what) in program.ops().iter().enumerate() {
            if let Op::Input { mean_square } = what {
                let mean_square = number(mean_square, &format!("operation {op}"))?;
                for layer in stem_layers(protocol, samples, stems, mean_square, layers.len())? {
                    layers.push(layer);
                }
                stems += 1;
            } else {
                let layer = rule(what, &Place { op, width, layers: &at, matrices })?;
                matrices += layer.matrices().len() as u32;
                layers.push(layer);
            }
            at.push(layers.len() - 1);
        }
        let (gains, sources) = split(program.readout(), &at, "the readout")?;
        let readouts = (0..).zip(gains).map(|(term, gain)| Matrix {
            id: ParameterId::Readout(term),
            rows: samples.outputs(),
            columns: width,
            std_dev: gain.sqrt() / width as f64,
            trained: protocol.train_readout,
        });
        layers.push(Box::new(Dense { matrices: readouts.collect(), sources }));
        Self::of_layers(layers)
    }

    fn of_layers(layers: Vec<Box<dyn Layer>>) -> Result<Self, TrainError> {
        let (mut wanted, mut first, mut matrices): (Vec<bool>, Vec<usize>, Vec<Matrix>) = Default::default();
        for layer in &layers {
            let own = layer.matrices().iter().any(|matrix| matrix.trained);
            wanted.push(own || layer.sources().iter().any(|&source| wanted[source]));
            first.push(matrices.len());
            matrices.extend_from_slice(layer.matrices());
        }
        if wanted.last() != Some(&true) {
            return Err(TrainError::Setting {
                name: "trained matrices",
                found: "none that the output depends on".into(),
                mend: "train the stem or the readout, or take a program with a dense operation",
            });
        }
        Ok(Self { layers, wanted, first, matrices })
    }

    /// The initial entries of every matrix of the network of a seed, row-major.
    pub(crate) fn draw(&self, case: &str, seed: u64) -> Vec<Vec<f64>> {
        let key = StreamKey::new("training weights", case, seed);
        let draw = |matrix: &Matrix| {
            let mut rng = matrix.id.rng(&key);
            let count = matrix.rows * matrix.columns;
            (0..count).map(|_| matrix.std_dev * rng.sample::<f64, _>(StandardNormal)).collect()
        };
        self.matrices.iter().map(draw).collect()
    }

    /// The matrices of a layer among those of the network.
    pub(crate) fn own(&self, layer: usize) -> std::ops::Range<usize> {
        self.first[layer]..self.first[layer] + self.layers[layer].matrices().len()
    }
}

/// The layers that stand for an input of the program, the first of which has index `next`.
fn stem_layers(
    protocol: &Protocol,
    samples: &Samples,
    index: u32,
    mean_square: f64,
    next: usize,
) -> Result<Vec<Box<dyn Layer>>, TrainError> {
    let activation = protocol.stem.activation;
    let data = samples.mean_square() * samples.features() as f64;
    if data == 0.0 {
        return Err(TrainError::Samples { problem: "every input number is 0, so no stem can scale them".into() });
    }
    let matrix = Matrix {
        id: ParameterId::Stem(index),
        rows: protocol.width,
        columns: samples.features(),
        std_dev: stem::scale(activation, mean_square)? / data.sqrt(),
        trained: protocol.stem.trained,
    };
    let mut layers: Vec<Box<dyn Layer>> = vec![Box::new(Dense { matrices: vec![matrix], sources: vec![0] })];
    if activation != Activation::LINEAR {
        layers.push(activate(activation, next, "the stem")?);
    }
    Ok(layers)
}
