use archscale_model::{Activation, Grid, Op, Program};
use archscale_nets::{StreamKey, TensorId};
use rand::Rng;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use crate::layer::{Data, Dense, Features, Image, Layer, Matrix, Place, activate, rule, split, stem_convolution};
use crate::{Protocol, Samples, StemKernel, TrainError, stem};

/// Which matrix of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ParameterId {
    /// The stem of the k-th input of the program, n × d; over images n × q·c with column tap·c + channel.
    Stem(u32),
    /// The k-th matrix of the program, counted over the terms of its dense operations and convolutions, n × n; of a convolution
    /// n × q·n with column tap·n + channel.
    Matrix(u32),
    /// The matrix of the k-th readout term, K × n; where it flattens m positions K × n·m with column channel·m + position, which
    /// multiplies x(position)/√m.
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
    /// m, the number of positions of a program over images.
    pub(crate) positions: Option<usize>,
}

impl Network {
    pub(crate) fn new(program: &Program, samples: &Samples, protocol: &Protocol) -> Result<Self, TrainError> {
        let width = protocol.width;
        let mut layers: Vec<Box<dyn Layer>> = vec![Box::new(Data)];
        let mut at = Vec::with_capacity(program.ops().len());
        let (mut stems, mut matrices) = (0, 0);
        program.shared_grid().map_err(|problem| TrainError::Spatial { place: "the program".into(), problem })?;
        let images = Images::of(program, protocol);
        for (op, what) in program.ops().iter().enumerate() {
            if let Some(mean_square) = stem::mean_square_of(what, op)? {
                layers.extend(stem_layers(protocol, samples, stems, mean_square, images.as_ref(), layers.len())?);
                stems += 1;
            } else {
                let layer = rule(what, &Place { op, width, layers: &at, matrices })?;
                matrices += layer.matrices().len() as u32;
                layers.push(layer);
            }
            at.push(layers.len() - 1);
        }
        let (gains, mut sources) = split(program.readout(), &at, "the readout")?;
        let mut patterns = 1;
        if let Some(grid) = program.readout_grid() {
            for source in &mut sources {
                let features = Features::new(program.positions(), grid.positions(), *source);
                patterns = features.patterns();
                *source = layers.len();
                layers.push(Box::new(features));
            }
        }
        let readouts = (0..).zip(gains).map(|(term, gain)| Matrix {
            id: ParameterId::Readout(term),
            rows: samples.outputs(),
            columns: width * patterns,
            std_dev: gain.sqrt() / width as f64,
            trained: protocol.train_readout,
        });
        layers.push(Box::new(Dense { matrices: readouts.collect(), sources }));
        Self::of_layers(layers, program.readout_grid().map(Grid::positions))
    }

    fn of_layers(layers: Vec<Box<dyn Layer>>, positions: Option<usize>) -> Result<Self, TrainError> {
        let (mut wanted, mut first, mut matrices): (Vec<bool>, Vec<usize>, Vec<Matrix>) = Default::default();
        for layer in &layers {
            let own = layer.matrices().iter().any(|matrix| matrix.trained);
            wanted.push(own || layer.sources().iter().any(|&source| wanted[source]));
            first.push(matrices.len());
            matrices.extend_from_slice(layer.matrices());
        }
        if wanted.last() != Some(&true) {
            let mend = "train the stem or the readout, or take a program with a dense operation or a convolution";
            return Err(archscale_text::Refusal::new("trained matrices", "none that the output depends on", mend).into());
        }
        Ok(Self { layers, wanted, first, matrices, positions })
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

/// What stems of a program over images share.
struct Images<'a> {
    grid: &'a Grid,
    /// Side of the stem's kernel.
    kernel: usize,
}

impl<'a> Images<'a> {
    fn of(program: &'a Program, protocol: &Protocol) -> Option<Self> {
        let grid = program.readout_grid()?;
        let sides = program.ops().iter().flat_map(|op| match op {
            Op::Conv(conv) => conv.terms.as_slice(),
            _ => &[],
        });
        let kernel = match protocol.stem.kernel {
            StemKernel::Network => sides.map(|term| term.kernel).max().unwrap_or(1),
            StemKernel::Pointwise => 1,
        };
        Some(Self { grid, kernel })
    }

    /// Whether samples are fields over the grid.
    fn check(&self, protocol: &Protocol, samples: &Samples) -> Result<(), TrainError> {
        let (m, channels, found) = (self.grid.positions(), protocol.stem.channels, samples.features());
        if channels > 0 && m.checked_mul(channels) == Some(found) {
            return Ok(());
        }
        let problem = format!(
            "they have {found} features, and the program's image of {} has {m} positions, of {channels} channels by the \
             protocol's stem; give the program an image of as many positions as the data, and the stem the data's channels",
            self.grid
        );
        Err(TrainError::Samples { problem })
    }
}

/// The layers that stand for an input or image of the program, the first of which has index `next`.
fn stem_layers(
    protocol: &Protocol,
    samples: &Samples,
    index: u32,
    mean_square: f64,
    images: Option<&Images<'_>>,
    next: usize,
) -> Result<Vec<Box<dyn Layer>>, TrainError> {
    let activation = protocol.stem.activation;
    let square = samples.mean_square();
    if square == 0.0 {
        return Err(TrainError::Samples { problem: "every input number is 0, so no stem can scale them".into() });
    }
    let scale = stem::scale(activation, mean_square)?;
    let matrix = |columns: usize| Matrix {
        id: ParameterId::Stem(index),
        rows: protocol.width,
        columns,
        std_dev: scale / (square * columns as f64).sqrt(),
        trained: protocol.stem.trained,
    };
    let mut layers: Vec<Box<dyn Layer>> = Vec::new();
    match images {
        None => layers.push(Box::new(Dense { matrices: vec![matrix(samples.features())], sources: vec![0] })),
        Some(images) => {
            images.check(protocol, samples)?;
            let channels = protocol.stem.channels;
            layers.push(Box::new(Image { source: [0], channels }));
            layers.push(stem_convolution(images.grid, images.kernel, next, |taps| matrix(taps * channels))?);
        }
    }
    if activation != Activation::LINEAR {
        layers.push(activate(activation, next + layers.len() - 1, "the stem")?);
    }
    Ok(layers)
}
