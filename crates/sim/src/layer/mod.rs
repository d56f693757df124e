//! The operations of a program on tensors, one file each: forward, transpose (gradient) and tangent.
//!
//! Shapes: R networks of width n. Values are (R, n, 1); gradients and tangents are (R, n, J) for J functions at once.

mod dense;
mod input;
mod pointwise;
mod relu;
mod sum;

use std::sync::{Arc, OnceLock};

use archscale_model::{Activation, Op, OpId, Term};
use candle_core::{Device, Tensor};
use num_traits::ToPrimitive;

use crate::tape::Value;
use crate::{Matrix, Precision, SimError, Update};

pub(crate) use relu::relu;

/// A block of networks as its operations see it.
pub(crate) struct Block {
    /// R.
    pub(crate) networks: usize,
    /// n.
    pub(crate) width: usize,
    pub(crate) precision: Precision,
    pub(crate) device: Device,
    /// By operation, then term.
    pub(crate) weights: Vec<Vec<Arc<dyn Matrix>>>,
    /// By operation: (R, n, 1). During the forward pass only the earlier ones.
    pub(crate) values: Vec<Tensor>,
    /// |x|² by operation, (R, 1, 1), computed when first asked for.
    square_norms: Vec<OnceLock<Tensor>>,
    /// By operation, then argument: the slopes of a coordinatewise function, computed when first asked for.
    slopes: Vec<OnceLock<Vec<Value>>>,
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
        Self { networks, width, precision, device, weights, values: Vec::new(), square_norms, slopes }
    }

    /// |x|² of each network at an operation, (R, 1, 1).
    pub(crate) fn square_norm(&self, op: OpId) -> Result<Tensor, SimError> {
        if let Some(norm) = self.square_norms[op].get() {
            return Ok(norm.clone());
        }
        // Summing the last of two dimensions is candle's fast path.
        let flat = self.values[op].reshape((self.networks, self.width))?;
        let norm = flat.sqr()?.sum_keepdim(1)?.reshape((self.networks, 1, 1))?;
        Ok(self.square_norms[op].get_or_init(|| norm).clone())
    }
}

/// An operation's rules.
pub(crate) trait Layer: Send + Sync {
    /// The gains C of the trained matrices it owns; entries are N(0, C/n).
    fn gains(&self) -> &[f64] {
        &[]
    }

    /// The operations it reads, one per term.
    fn sources(&self) -> Vec<OpId>;

    /// Its value, (R, n, 1).
    fn forward(&self, block: &Block, op: OpId) -> Result<Tensor, SimError>;

    /// The gradient that reaches the source of term `term` when `gradient`, (R, n, J), reaches the operation.
    fn transpose(&self, block: &Block, op: OpId, term: usize, gradient: &Tensor) -> Result<Tensor, SimError>;

    /// The derivative of its value, (R, n, J), when its own weights move along the weight gradient that belongs to `gradient`
    /// and its sources move by `tangents`; `None` is zero.
    fn tangent(
        &self,
        block: &Block,
        op: OpId,
        gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, SimError>;

    /// The gradient by each of its own matrices, for a single function (J = 1).
    fn weight_gradients(&self, _block: &Block, _gradient: &Tensor) -> Result<Vec<Update>, SimError> {
        Ok(Vec::new())
    }

    /// How many of its kinks were crossed between two blocks that differ in their weights, (R, 1, 1); `None` if it has none.
    fn jumps(&self, _before: &Block, _after: &Block, _op: OpId) -> Result<Option<Tensor>, SimError> {
        Ok(None)
    }

    /// Vectors that it holds at most beside its value, gradients and tangents.
    fn temporaries(&self) -> usize {
        0
    }
}

/// The rules of operation `op`.
pub(crate) fn rule(op: OpId, what: &Op) -> Result<Box<dyn Layer>, SimError> {
    Ok(match what {
        Op::Input { mean_square } => Box::new(input::Input { mean_square: number(mean_square, &op)? }),
        Op::Dense(terms) => {
            let (gains, sources) = split(terms, &op)?;
            Box::new(dense::Dense { gains, sources })
        }
        Op::Act(activation, source) if *activation == Activation::RELU => Box::new(relu::Relu { source: *source }),
        Op::Act(activation, source) => {
            let function = activation.pointwise().map_err(|problem| SimError::Activation { op, problem })?;
            Box::new(pointwise::Pointwise::new(&function, vec![*source]))
        }
        Op::Pointwise(function, sources) => Box::new(pointwise::Pointwise::new(function, sources.clone())),
        Op::Sum(terms) => {
            let (multipliers, sources) = split(terms, &op)?;
            Box::new(sum::Sum { multipliers, sources })
        }
        other => return Err(SimError::Unsupported { op, found: format!("{other:?}") }),
    })
}

/// Gains and sources of terms; `place` names their operation in errors.
pub(crate) fn split(terms: &[Term], place: &dyn std::fmt::Display) -> Result<(Vec<f64>, Vec<OpId>), SimError> {
    let gains = terms.iter().map(|term| number(&term.gain, place)).collect::<Result<_, _>>()?;
    Ok((gains, terms.iter().map(|term| term.source).collect()))
}

fn number(gain: &archscale_model::Gain, place: &dyn std::fmt::Display) -> Result<f64, SimError> {
    match gain.to_f64() {
        Some(value) if value.is_finite() => Ok(value),
        _ => Err(SimError::Gain { gain: gain.to_string(), place: place.to_string() }),
    }
}

/// a + b, where `None` is zero.
pub(crate) fn plus(a: Option<Tensor>, b: Tensor) -> Result<Tensor, SimError> {
    Ok(match a {
        Some(a) => (a + b)?,
        None => b,
    })
}
