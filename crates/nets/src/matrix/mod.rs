//! What a trained weight is: a matrix known by its products.
//!
//! A gradient step needs from a weight only W x, Wᵀ u and W + c·update. [`DenseMatrix`] holds the entries; [`LazyGaussian`]
//! draws the answers to the products asked for, in their exact joint law, and never holds the entries.

mod basis;
mod dense;
mod direction;
mod lazy;
mod on_rows;
mod update;

use std::sync::Arc;

use candle_core::Tensor;

use crate::NetsError;

pub use dense::DenseMatrix;
pub use lazy::LazyGaussian;
pub use update::Update;

/// One trained matrix W of R networks, by its products.
///
/// Shapes: W is (R, rows, cols), row index = target neuron; J columns are multiplied at once.
pub trait Matrix: Send + Sync {
    /// (R, rows, cols).
    fn shape(&self) -> (usize, usize, usize);

    /// W x, (R, rows, J), for x (R, cols, J).
    ///
    /// # Errors
    /// Shapes that do not match, or a failed tensor operation.
    fn apply(&self, x: &Tensor) -> Result<Tensor, NetsError>;

    /// Wᵀ u, (R, cols, J), for u (R, rows, J).
    ///
    /// # Errors
    /// Shapes that do not match, or a failed tensor operation.
    fn apply_transpose(&self, u: &Tensor) -> Result<Tensor, NetsError>;

    /// W + c_r D for a low-rank D and factors c, (R, 1, 1).
    ///
    /// # Errors
    /// Shapes that do not match, or a failed tensor operation.
    fn plus(&self, update: &Update, factors: &Tensor) -> Result<Arc<dyn Matrix>, NetsError>;

    /// The entries, (R, rows, cols). A lazy matrix draws all of them for this, rows × cols numbers per network.
    ///
    /// # Errors
    /// A failed tensor operation.
    fn to_tensor(&self) -> Result<Tensor, NetsError>;

    /// The entries, where they are held: (R, rows, cols).
    fn entries(&self) -> Option<&Tensor> {
        None
    }
}
