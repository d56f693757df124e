use std::sync::Arc;

use candle_core::Tensor;

use super::{Matrix, Update};
use crate::NetsError;

/// A matrix held by its entries, (R, rows, cols).
#[derive(Debug, Clone)]
pub struct DenseMatrix {
    shape: (usize, usize, usize),
    entries: Tensor,
}

impl DenseMatrix {
    /// The matrix with these entries, (R, rows, cols).
    ///
    /// # Errors
    /// [`NetsError::Shape`] unless there are three dimensions.
    pub fn new(entries: Tensor) -> Result<Self, NetsError> {
        match *entries.dims() {
            [networks, rows, cols] => Ok(Self { shape: (networks, rows, cols), entries }),
            _ => Err(NetsError::Shape {
                place: "a dense matrix",
                found: format!("{:?}", entries.dims()),
                wanted: "(R, rows, cols)".into(),
            }),
        }
    }
}

impl Matrix for DenseMatrix {
    fn shape(&self) -> (usize, usize, usize) {
        self.shape
    }

    fn apply(&self, x: &Tensor) -> Result<Tensor, NetsError> {
        Ok(self.entries.matmul(x)?)
    }

    fn apply_transpose(&self, u: &Tensor) -> Result<Tensor, NetsError> {
        Ok(self.entries.t()?.matmul(u)?)
    }

    fn plus(&self, update: &Update, factors: &Tensor) -> Result<Arc<dyn Matrix>, NetsError> {
        let entries = (&self.entries + update.to_tensor()?.broadcast_mul(factors)?)?;
        Ok(Arc::new(Self { shape: self.shape, entries }))
    }

    fn to_tensor(&self) -> Result<Tensor, NetsError> {
        Ok(self.entries.clone())
    }

    fn entries(&self) -> Option<&Tensor> {
        Some(&self.entries)
    }
}
