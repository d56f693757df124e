use std::ops::Range;

use archscale_model::{Activation, Grid, Op, Program};
use archscale_nets::layer::{self, Conv, Dense, Features, Given, Layer, MatrixSpec, OutsideLayers, Place, rule, split};
use archscale_nets::{Layers, NetsError, StreamKey, TensorId};
use archscale_text::Refusal;
use candle_core::Tensor;
use rand::Rng;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use crate::{Protocol, Samples, StemKernel, TrainError, stem};

/// Which matrix of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ParameterId {
    /// The stem of the k-th input of the program, n × d; over images n × q·c with column tap·c + channel.
    Stem(u32),
    /// The k-th matrix of the program, counted over the terms of its dense operations and convolutions, n × n; of a
    /// convolution n × q·n with column tap·n + channel.
    Matrix(u32),
    /// The matrix of the k-th readout term, K × n; where it flattens m positions K × n·m with column channel·m + position,
    /// which multiplies x(position)/√m.
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

/// A matrix of every network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix {
    pub(crate) id: ParameterId,
    pub(crate) spec: MatrixSpec,
}

/// A program between data and outputs, with the rules of its operations.
pub(crate) struct Network {
    /// The data first, the output last.
    pub(crate) layers: Layers,
    /// All matrices, in the order of the layers.
    pub(crate) matrices: Vec<Matrix>,
    /// By layer, the index of its first matrix in [`Network::matrices`].
    pub(crate) first: Vec<usize>,
    /// m, the number of positions of a program over images.
    pub(crate) positions: Option<usize>,
    /// Channels of the data of a program over images.
    channels: usize,
}

impl Network {
    pub(crate) fn new(
        program: &Program,
        samples: &Samples,
        protocol: &Protocol,
        outside: &OutsideLayers,
    ) -> Result<Self, TrainError> {
        let mut layers = Layers::default();
        layers.push(Box::new(Given));
        let (mut at, mut ids) = (Vec::with_capacity(program.ops().len()), Vec::new());
        let (mut stems, mut matrices) = (0, 0);
        let grid = program.shared_grid().map_err(NetsError::Program)?;
        let images = grid.map(|grid| Images::of(program, protocol, grid));
        for (op, what) in program.ops().iter().enumerate() {
            if let Some(mean_square) = stem::mean_square_of(what, op)? {
                push_stem(&mut layers, protocol, samples, mean_square, images.as_ref())?;
                ids.push(ParameterId::Stem(stems));
                stems += 1;
            } else {
                let positions = program.grid_of(op).map_or(1, Grid::positions);
                let width = protocol.width;
                let layer = rule(what, &Place { op, width, layers: Some(&at), images: &[], positions, outside })?;
                let own = layer.matrices().len() as u32;
                ids.extend((matrices..matrices + own).map(ParameterId::Matrix));
                matrices += own;
                layers.push(layer);
            }
            at.push(layers.len() - 1);
        }
        let (gains, sources) = split(program.readout(), &"the readout")?;
        let mut sources: Vec<usize> = sources.into_iter().map(|op| at[op]).collect();
        let mut patterns = 1;
        if let Some(grid) = grid {
            for source in &mut sources {
                let features = Features::new(program.positions(), grid.positions(), *source);
                patterns = features.patterns();
                *source = layers.push(Box::new(features));
            }
        }
        let readout = |gain: f64| MatrixSpec {
            rows: samples.outputs(),
            columns: protocol.width * patterns,
            std_dev: gain.sqrt() / protocol.width as f64,
            trained: protocol.train_readout,
        };
        ids.extend((0..sources.len() as u32).map(ParameterId::Readout));
        layers.push(Box::new(Dense::new(gains.into_iter().map(readout).collect(), sources)));
        Self::of_layers(layers, ids, grid.map(Grid::positions), protocol.stem.channels)
    }

    fn of_layers(
        layers: Layers,
        ids: Vec<ParameterId>,
        positions: Option<usize>,
        channels: usize,
    ) -> Result<Self, TrainError> {
        if !layers.is_trained(layers.len() - 1) {
            let mend = "train the stem or the readout, or take a program with a dense operation or a convolution";
            return Err(Refusal::new("trained matrices", "none that the output depends on", mend).into());
        }
        let mut first = Vec::with_capacity(layers.len());
        let mut count = 0;
        for layer in 0..layers.len() {
            first.push(count);
            count += layers.matrices_of(layer).len();
        }
        let matrices = ids.into_iter().zip(layers.matrices()).map(|(id, spec)| Matrix { id, spec: *spec }).collect();
        Ok(Self { layers, matrices, first, positions, channels })
    }

    /// The initial entries of every matrix of the network of a seed, row-major.
    pub(crate) fn draw(&self, case: &str, seed: u64) -> Vec<Vec<f64>> {
        let key = StreamKey::new("training weights", case, seed);
        let draw = |matrix: &Matrix| {
            let mut rng = matrix.id.rng(&key);
            let count = matrix.spec.rows * matrix.spec.columns;
            (0..count).map(|_| matrix.spec.std_dev * rng.sample::<f64, _>(StandardNormal)).collect()
        };
        self.matrices.iter().map(draw).collect()
    }

    /// The matrices of a layer among those of the network.
    pub(crate) fn own(&self, layer: usize) -> Range<usize> {
        self.first[layer]..self.first[layer] + self.layers.matrices_of(layer).len()
    }

    /// The value of the data, from samples row by row, (G, B, d): vectors (G, d, B), or fields (G, c, m·B) where feature
    /// channel·m + position of a sample is what its channel has at that position.
    pub(crate) fn data(&self, batch: &Tensor) -> Result<Tensor, TrainError> {
        let by_feature = batch.t()?;
        Ok(match self.positions {
            None => by_feature,
            Some(_) => by_feature.contiguous()?.reshape((batch.dim(0)?, self.channels, ()))?,
        })
    }

    /// The output's number among the layers.
    pub(crate) fn output(&self) -> usize {
        self.layers.len() - 1
    }
}

/// What stems of a program over images share.
struct Images<'a> {
    grid: &'a Grid,
    /// Side of the stem's kernel.
    kernel: usize,
}

impl<'a> Images<'a> {
    fn of(program: &Program, protocol: &Protocol, grid: &'a Grid) -> Self {
        let sides = program.ops().iter().flat_map(|op| match op {
            Op::Conv(conv) => conv.terms.as_slice(),
            _ => &[],
        });
        let kernel = match protocol.stem.kernel {
            StemKernel::Network => sides.map(|term| term.kernel).max().unwrap_or(1),
            StemKernel::Pointwise => 1,
        };
        Self { grid, kernel }
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

/// Adds the layers that stand for an input or image of the program.
fn push_stem(
    layers: &mut Layers,
    protocol: &Protocol,
    samples: &Samples,
    mean_square: f64,
    images: Option<&Images<'_>>,
) -> Result<(), TrainError> {
    let activation = protocol.stem.activation;
    let square = samples.mean_square();
    if square == 0.0 {
        return Err(TrainError::Samples { problem: "every input number is 0, so no stem can scale them".into() });
    }
    let scale = stem::scale(activation, mean_square)?;
    let matrix = |columns: usize| MatrixSpec {
        rows: protocol.width,
        columns,
        std_dev: scale / (square * columns as f64).sqrt(),
        trained: protocol.stem.trained,
    };
    let linear: Box<dyn Layer> = match images {
        None => Box::new(Dense::new(vec![matrix(samples.features())], vec![0])),
        Some(images) => {
            images.check(protocol, samples)?;
            let of_taps = |taps: usize| matrix(taps * protocol.stem.channels);
            Box::new(Conv::single(images.grid, images.kernel, 0, "the stem", of_taps)?)
        }
    };
    let source = layers.push(linear);
    if activation != Activation::LINEAR {
        layers.push(layer::activation(activation, source, "the stem")?);
    }
    Ok(())
}
