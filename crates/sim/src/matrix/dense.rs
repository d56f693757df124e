use std::sync::Arc;

use candle_core::Tensor;

use super::{Matrix, Update};
use crate::SimError;

/// A matrix held by its entries, (R, rows, cols).
#[derive(Debug, Clone)]
pub struct DenseMatrix(Tensor);

impl DenseMatrix {
    /// The matrix with these entries, (R, rows, cols).
    #[must_use]
    pub fn new(entries: Tensor) -> Self {
        Self(entries)
    }
}

impl Matrix for DenseMatrix {
    fn apply(&self, x: &Tensor) -> Result<Tensor, SimError> {
        Ok(self.0.matmul(x)?)
    }

    fn apply_transpose(&self, u: &Tensor) -> Result<Tensor, SimError> {
        Ok(self.0.t()?.matmul(u)?)
    }

    fn plus(&self, update: &Update, factors: &Tensor) -> Result<Arc<dyn Matrix>, SimError> {
        Ok(Arc::new(Self((&self.0 + update.to_tensor()?.broadcast_mul(factors)?)?)))
    }

    fn to_tensor(&self) -> Result<Tensor, SimError> {
        Ok(self.0.clone())
    }
}
