//! The operations on tensors, one file each: forward, transpose (gradient), weight gradient, tangent and kinks.
//!
//! Shapes are those of [`Pass`]: values (N, n, m·B), gradients and tangents (N, n, J·m·B).

mod conv;
mod dense;
mod features;
mod given;
mod image;
mod input;
mod outside;
mod pointwise;
mod pool;
mod relu;
mod rule;
mod sum;

use candle_core::Tensor;

use crate::{NetsError, Pass, Update};

pub use conv::Conv;
pub use dense::Dense;
pub use features::Features;
pub use given::Given;
pub use outside::{OutsideLayer, OutsideLayers};
pub use rule::{Place, activation, number, rule, split};

/// A matrix that a layer owns: its shape, and how it starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatrixSpec {
    /// Number of rows: the target's neurons.
    pub rows: usize,
    /// Number of columns: the source's neurons, at every tap of a kernel.
    pub columns: usize,
    /// Standard deviation of its Gaussian entries at the start.
    pub std_dev: f64,
    /// Whether it is trained.
    pub trained: bool,
}

/// An operation's rules. `at` is the layer's own number, under which a pass holds its value and its weights.
pub trait Layer: Send + Sync {
    /// The matrices that it owns: one per term, or none.
    fn matrices(&self) -> &[MatrixSpec] {
        &[]
    }

    /// The layers that it reads, one per term.
    fn sources(&self) -> &[usize];

    /// Its value, (N, n, m·B).
    ///
    /// # Errors
    /// A failed tensor operation.
    fn forward(&self, pass: &Pass, at: usize) -> Result<Tensor, NetsError>;

    /// The gradient that reaches the source of term `term` when `gradient`, (N, n, J·m·B), reaches the layer.
    ///
    /// # Errors
    /// A failed tensor operation.
    fn transpose(&self, pass: &Pass, at: usize, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError>;

    /// The derivative of its value, (N, n, J·m·B), when its own weights move along the weight gradient that belongs to
    /// `gradient` and its sources move by `tangents`, by layer; `None` is zero.
    ///
    /// # Errors
    /// A failed tensor operation.
    fn tangent(
        &self,
        pass: &Pass,
        at: usize,
        gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError>;

    /// The gradient by the matrix of a term as a change of low rank, for a single function (J = 1).
    ///
    /// # Errors
    /// A layer without matrices, or a failed tensor operation.
    fn update(&self, _pass: &Pass, _term: usize, _gradient: &Tensor) -> Result<Update, NetsError> {
        Err(candle_core::Error::Msg("a layer without matrices has no gradient by them".into()).into())
    }

    /// The gradient by the matrix of a term, (N, rows, columns), for a single function (J = 1).
    ///
    /// # Errors
    /// As [`Layer::update`].
    fn weight_gradient(&self, pass: &Pass, _at: usize, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        self.update(pass, term, gradient)?.to_tensor()
    }

    /// How many of its kinks were crossed between two passes that differ in their weights, (N, 1, 1); `None` if it has none.
    ///
    /// # Errors
    /// A failed tensor operation.
    fn jumps(&self, _before: &Pass, _after: &Pass, _at: usize) -> Result<Option<Tensor>, NetsError> {
        Ok(None)
    }

    /// Vectors that it holds at most beside its value, gradients and tangents.
    fn temporaries(&self) -> usize {
        0
    }
}

/// What belongs to a term that a layer without sources does not have.
fn no_term() -> NetsError {
    candle_core::Error::Msg("a layer without sources passes no gradient on".into()).into()
}
