//! The operations of a program on tensors, one file each: forward, transpose (gradient) and tangent.
//!
//! Shapes: R networks of width n. Values are (R, n, m), n channels at m positions, where m = 1 in a program over vectors; gradients and
//! tangents are (R, n, J·m) for J functions at once, the positions of a function side by side.

mod conv;
mod dense;
mod image;
mod input;
mod pointwise;
mod pool;
mod relu;
mod sum;
mod taps;

use std::sync::{Arc, OnceLock};

use archscale_model::{Activation, Fixed, Image, Op, OpId, Program, Term, ops};
use candle_core::{Device, Tensor};
use num_traits::ToPrimitive;

use crate::tape::Value;
use crate::{Matrix, NetsError, Precision, Update};

/// A block of networks as its operations see it.
pub(crate) struct Block {
    /// R.
    pub(crate) networks: usize,
    /// n.
    pub(crate) width: usize,
    pub(crate) precision: Precision,
    pub(crate) device: Device,
    /// By operation, then term: (R, n, n), row index = target neuron; of a convolution (R, n, q·c).
    pub(crate) weights: Vec<Vec<Arc<dyn Matrix>>>,
    /// By operation: (R, n, m), of an image (R, rank, m). During the forward pass only the earlier ones.
    pub(crate) values: Vec<Tensor>,
    /// |x|² by operation, (R, 1, 1), computed when first asked for.
    square_norms: Vec<OnceLock<Tensor>>,
    /// By operation, then argument: the slopes of a coordinatewise function, computed when first asked for.
    slopes: Vec<OnceLock<Vec<Value>>>,
    /// By operation: products of what the positions of a convolution read, (R, m, m), computed when first asked for.
    grams: Vec<OnceLock<Tensor>>,
}

impl Block {
    /// A block with weights and no values yet.
    pub(crate) fn new(
        networks: usize,
        width: usize,
        precision: Precision,
        device: Device,
        weights: Vec<Vec<Arc<dyn Matrix>>>,
    ) -> Self {
        let square_norms = weights.iter().map(|_| OnceLock::new()).collect();
        let slopes = weights.iter().map(|_| OnceLock::new()).collect();
        let grams = weights.iter().map(|_| OnceLock::new()).collect();
        Self { networks, width, precision, device, weights, values: Vec::new(), square_norms, slopes, grams }
    }

    /// |x|² of each network at an operation, over all positions, (R, 1, 1).
    pub(crate) fn square_norm(&self, op: OpId) -> Result<Tensor, NetsError> {
        if let Some(norm) = self.square_norms[op].get() {
            return Ok(norm.clone());
        }
        // Summing the last of two dimensions is candle's fast path.
        let flat = self.values[op].flatten_from(1)?;
        let norm = flat.sqr()?.sum_keepdim(1)?.reshape((self.networks, 1, 1))?;
        Ok(self.square_norms[op].get_or_init(|| norm).clone())
    }
}

/// An operation's rules.
pub(crate) trait Layer: Send + Sync {
    /// The gains C of the trained matrices it owns; entries are N(0, C/fan-in).
    fn gains(&self) -> &[f64] {
        &[]
    }

    /// Columns and fan-in of the trained matrix of a term: two numbers that differ where rows of a fixed field stand for its channels.
    fn fan_in(&self, _term: usize, width: usize) -> (usize, f64) {
        (width, width as f64)
    }

    /// The operations it reads, one per term.
    fn sources(&self) -> Vec<OpId>;

    /// Its value, (R, n, m).
    fn forward(&self, block: &Block, op: OpId) -> Result<Tensor, NetsError>;

    /// The gradient that reaches the source of term `term` when `gradient`, (R, n, J·m), reaches the operation.
    fn transpose(&self, block: &Block, op: OpId, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError>;

    /// The derivative of its value, (R, n, J·m), when its own weights move along the weight gradient that belongs to `gradient`
    /// and its sources move by `tangents`; `None` is zero.
    fn tangent(
        &self,
        block: &Block,
        op: OpId,
        gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError>;

    /// The gradient by each of its own matrices, for a single function (J = 1).
    fn weight_gradients(&self, _block: &Block, _gradient: &Tensor) -> Result<Vec<Update>, NetsError> {
        Ok(Vec::new())
    }

    /// How many of its kinks were crossed between two blocks that differ in their weights, (R, 1, 1); `None` if it has none.
    fn jumps(&self, _before: &Block, _after: &Block, _op: OpId) -> Result<Option<Tensor>, NetsError> {
        Ok(None)
    }

    /// Vectors that it holds at most beside its value, gradients and tangents.
    fn temporaries(&self) -> usize {
        0
    }
}

/// The rules of operation `op` of a program.
pub(crate) fn rule(op: OpId, what: &Op, program: &Program) -> Result<Box<dyn Layer>, NetsError> {
    let spatial = |problem| NetsError::Spatial { op, problem };
    Ok(match what {
        Op::Input(ops::Input { mean_square }) => Box::new(input::Input { mean_square: number(mean_square, &op)? }),
        Op::Dense(dense) => {
            let (gains, sources) = split(&dense.terms, &op)?;
            Box::new(dense::Dense { gains, sources })
        }
        Op::Act(ops::Act { activation, source }) if *activation == Activation::RELU => {
            Box::new(relu::Relu { source: *source })
        }
        Op::Act(ops::Act { activation, source }) => {
            let function = activation.pointwise().map_err(|problem| NetsError::Activation { op, problem })?;
            Box::new(pointwise::Pointwise::new(&function, vec![*source]))
        }
        Op::Pointwise(ops::Pointwise { function, sources }) => {
            Box::new(pointwise::Pointwise::new(function, sources.clone()))
        }
        Op::Sum(sum) => {
            let (multipliers, sources) = split(&sum.terms, &op)?;
            Box::new(sum::Sum { multipliers, sources })
        }
        Op::Image(ops::Image { field }) => {
            field.factor().map_err(spatial)?;
            Box::new(image::Image { field: Arc::clone(field) })
        }
        Op::Conv(ops::Conv { terms, grid }) => {
            let images = terms.iter().map(|term| image_at(program, term.source)).collect();
            Box::new(conv::Conv::new(op, grid, terms, images)?)
        }
        Op::Pool(ops::Pool { kernel, source, grid }) => Box::new(pool::Pool::new(grid, *kernel, *source).map_err(spatial)?),
        Op::Outside(_) => return Err(NetsError::Unsupported { op, found: what.describe() }),
    })
}

/// The image that an operation holds, if it does.
pub(crate) fn image_at(program: &Program, op: OpId) -> Option<Arc<Image>> {
    match program.ops()[op].fixed() {
        Some(Fixed::Field(field)) => Some(Arc::clone(field)),
        _ => None,
    }
}

/// Gains and sources of terms; `place` names their operation in errors.
pub(crate) fn split(terms: &[Term], place: &dyn std::fmt::Display) -> Result<(Vec<f64>, Vec<OpId>), NetsError> {
    let gains = terms.iter().map(|term| number(&term.gain, place)).collect::<Result<_, _>>()?;
    Ok((gains, terms.iter().map(|term| term.source).collect()))
}

fn number(gain: &archscale_model::Gain, place: &dyn std::fmt::Display) -> Result<f64, NetsError> {
    match gain.to_f64() {
        Some(value) if value.is_finite() => Ok(value),
        _ => Err(NetsError::Gain { gain: gain.to_string(), place: place.to_string() }),
    }
}
