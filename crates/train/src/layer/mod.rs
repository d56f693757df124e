//! The operations of a network, one file each: value and gradients.
//!
//! A new operation is one file with a [`Layer`] and one line in [`rule`]. Vectors are (G, n, B): networks of the block, neurons,
//! samples of the minibatch; fields over m positions are (G, n, m·B), with column p·B + b for position p of sample b. Numbering is
//! that of the network, where the minibatch itself comes first.

mod conv;
mod data;
mod dense;
mod features;
mod image;
mod pointwise;
mod pool;
mod relu;
mod sum;
mod taps;

use archscale_model::{Activation, ConvTerm, Grid, ModelError, Op, Term, ops};
use candle_core::Tensor;
use num_traits::ToPrimitive;

use crate::TrainError;
use crate::network::ParameterId;

pub(crate) use data::Data;
pub(crate) use dense::Dense;
pub(crate) use features::Features;
pub(crate) use image::Image;

/// One matrix of every network: its place, shape, and how it starts.
#[derive(Debug, Clone)]
pub(crate) struct Matrix {
    pub(crate) id: ParameterId,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Standard deviation of its Gaussian entries at the start.
    pub(crate) std_dev: f64,
    pub(crate) trained: bool,
}

/// What a forward pass leaves behind.
pub(crate) struct Pass {
    /// The minibatch, (G, B, d): each network's samples, which may differ.
    pub(crate) batch: Tensor,
    /// By layer, its value and what its backward pass needs.
    pub(crate) values: Vec<Value>,
}

impl Pass {
    pub(crate) fn value(&self, layer: usize) -> &Tensor {
        &self.values[layer].tensor
    }
}

/// A layer's value, and slopes by argument where the layer has any and a backward pass will follow.
pub(crate) struct Value {
    pub(crate) tensor: Tensor,
    pub(crate) slopes: Vec<Tensor>,
}

impl From<Tensor> for Value {
    fn from(tensor: Tensor) -> Self {
        Self { tensor, slopes: Vec::new() }
    }
}

/// Gradients of the loss on their way back: by layer, added up over its readers.
pub(crate) struct Flow<'a> {
    gradients: Vec<Option<Tensor>>,
    /// By layer, whether its value depends on a trained matrix; gradients go nowhere else.
    wanted: &'a [bool],
}

impl<'a> Flow<'a> {
    pub(crate) fn new(wanted: &'a [bool]) -> Self {
        Self { gradients: vec![None; wanted.len()], wanted }
    }

    /// Adds to the gradient of a layer, if it is wanted there.
    pub(crate) fn add(&mut self, layer: usize, part: impl FnOnce() -> Result<Tensor, TrainError>) -> Result<(), TrainError> {
        if self.wanted[layer] {
            let part = part()?;
            self.gradients[layer] = Some(match self.gradients[layer].take() {
                Some(sum) => (sum + part)?,
                None => part,
            });
        }
        Ok(())
    }

    /// Takes what has reached a layer.
    pub(crate) fn take(&mut self, layer: usize) -> Option<Tensor> {
        self.gradients[layer].take()
    }
}

/// Receives the gradient by one of a layer's own matrices, (G, rows, columns), once the layer has no more use for the matrix.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(usize, Tensor) -> Result<(), TrainError>;

/// An operation's rules.
pub(crate) trait Layer: Send + Sync {
    /// The layers it reads.
    fn sources(&self) -> &[usize];

    /// The matrices it owns.
    fn matrices(&self) -> &[Matrix] {
        &[]
    }

    /// Its value; `weights` are its own matrices, `with_slopes` says whether a backward pass will follow.
    fn forward(&self, pass: &Pass, weights: &[&Tensor], with_slopes: bool) -> Result<Value, TrainError>;

    /// Sends the gradient that reached it on to its sources, then to its own trained matrices.
    fn backward(
        &self,
        pass: &Pass,
        own: &Value,
        weights: &[&Tensor],
        gradient: &Tensor,
        flow: &mut Flow<'_>,
    ) -> Result<(), TrainError>;

    /// The gradients by its own trained matrices.
    fn weight_gradients(&self, _pass: &Pass, _gradient: &Tensor, _sink: Sink<'_>) -> Result<(), TrainError> {
        Ok(())
    }
}

/// What the rules of a program's operations depend on.
pub(crate) struct Place<'a> {
    /// Index of the operation in the program, for messages.
    pub(crate) op: usize,
    /// Width n.
    pub(crate) width: usize,
    /// By operation, the layer that holds its value.
    pub(crate) layers: &'a [usize],
    /// Matrices of the program before this operation.
    pub(crate) matrices: u32,
}

/// The rules of an operation other than an input.
pub(crate) fn rule(what: &Op, place: &Place<'_>) -> Result<Box<dyn Layer>, TrainError> {
    let at = |source: &usize| place.layers[*source];
    let name = || format!("operation {}", place.op);
    let unsupported = || TrainError::Unsupported { op: place.op, found: what.describe() };
    Ok(match what {
        Op::Dense(dense) => {
            let (gains, sources) = split(&dense.terms, place.layers, &name())?;
            let matrices = (place.matrices..).zip(gains).map(|(index, gain)| Matrix {
                id: ParameterId::Matrix(index),
                rows: place.width,
                columns: place.width,
                std_dev: (gain / place.width as f64).sqrt(),
                trained: true,
            });
            Box::new(Dense { matrices: matrices.collect(), sources })
        }
        Op::Act(ops::Act { activation, source }) => activate(*activation, at(source), &name())?,
        Op::Pointwise(ops::Pointwise { function, sources }) => {
            Box::new(pointwise::Pointwise::new(function, sources.iter().map(at).collect()))
        }
        Op::Sum(sum) => {
            let (multipliers, sources) = split(&sum.terms, place.layers, &name())?;
            Box::new(sum::Sum { multipliers, sources })
        }
        Op::Conv(ops::Conv { terms, grid }) => Box::new(convolution(terms, place, grid)?),
        Op::Pool(ops::Pool { kernel, source, grid }) => {
            let pool = pool::Pool::new(grid, *kernel, at(source));
            Box::new(pool.map_err(|problem| spatial(name(), problem))?)
        }
        Op::Input(_) | Op::Image(_) | Op::Outside(_) => return Err(unsupported()),
    })
}

fn spatial(place: String, problem: ModelError) -> TrainError {
    TrainError::Spatial { place, problem }
}

fn convolution(terms: &[ConvTerm], place: &Place<'_>, grid: &Grid) -> Result<conv::Conv, TrainError> {
    let name = || format!("operation {}", place.op);
    let mut parts = Vec::with_capacity(terms.len());
    for (index, term) in (place.matrices..).zip(terms) {
        let taps = taps::Taps::new(grid, term.kernel).map_err(|problem| spatial(name(), problem))?;
        let fan_in = taps.count * place.width;
        let matrix = Matrix {
            id: ParameterId::Matrix(index),
            rows: place.width,
            columns: fan_in,
            std_dev: (number(&term.gain, &name())? / fan_in as f64).sqrt(),
            trained: true,
        };
        parts.push((matrix, place.layers[term.source], taps));
    }
    Ok(conv::Conv::new(parts))
}

/// A convolution of side `kernel` from one layer by one matrix, whose number of columns is that of taps and channels.
pub(crate) fn stem_convolution(
    grid: &Grid,
    kernel: usize,
    source: usize,
    matrix: impl FnOnce(usize) -> Matrix,
) -> Result<Box<dyn Layer>, TrainError> {
    let taps = taps::Taps::new(grid, kernel).map_err(|problem| spatial("the stem".into(), problem))?;
    Ok(Box::new(conv::Conv::new([(matrix(taps.count), source, taps)])))
}

/// σ of one layer.
pub(crate) fn activate(activation: Activation, source: usize, place: &str) -> Result<Box<dyn Layer>, TrainError> {
    if activation == Activation::RELU {
        return Ok(Box::new(relu::Relu { source: [source] }));
    }
    let function = activation
        .pointwise()
        .map_err(|problem| TrainError::Activation { place: place.into(), problem: problem.to_string() })?;
    Ok(Box::new(pointwise::Pointwise::new(&function, vec![source])))
}

/// Gains and source layers of terms; `place` names their operation in errors.
pub(crate) fn split(terms: &[Term], layers: &[usize], place: &str) -> Result<(Vec<f64>, Vec<usize>), TrainError> {
    let gains = terms.iter().map(|term| number(&term.gain, place)).collect::<Result<_, _>>()?;
    Ok((gains, terms.iter().map(|term| layers[term.source]).collect()))
}

pub(crate) fn number(gain: &archscale_model::Gain, place: &str) -> Result<f64, TrainError> {
    match gain.to_f64() {
        Some(value) if value.is_finite() => Ok(value),
        _ => Err(TrainError::Gain { gain: gain.to_string(), place: place.into() }),
    }
}
