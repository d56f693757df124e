use candle_core::Tensor;

use crate::NetsError;

/// A change of low rank of one trained matrix: A Bᵀ with A (R, rows, K) and B (R, cols, K).
///
/// The gradient by a weight that multiplies K columns x is δ xᵀ, where δ is the gradient that reaches the product.
///
/// ```
/// use archscale_nets::Update;
/// use candle_core::{Device, Tensor};
/// let (a, b) = (Tensor::new(&[[[2.0], [3.0]]], &Device::Cpu)?, Tensor::new(&[[[5.0], [7.0], [1.0]]], &Device::Cpu)?);
/// assert_eq!(Update::new(a, b)?.to_tensor()?.to_vec3::<f64>()?, [[[10.0, 14.0, 2.0], [15.0, 21.0, 3.0]]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Update {
    left: Tensor,
    right: Tensor,
}

impl Update {
    /// A Bᵀ.
    ///
    /// # Errors
    /// [`NetsError::Shape`] unless A is (R, rows, K) and B is (R, cols, K).
    pub fn new(left: Tensor, right: Tensor) -> Result<Self, NetsError> {
        match (left.dims(), right.dims()) {
            ([r, _, k], [networks, _, columns]) if r == networks && k == columns => Ok(Self { left, right }),
            (a, b) => Err(NetsError::Shape {
                place: "an update A Bᵀ",
                found: format!("A {a:?} and B {b:?}"),
                wanted: "A (R, rows, K) and B (R, cols, K)".into(),
            }),
        }
    }

    /// A, (R, rows, K).
    #[must_use]
    pub fn left(&self) -> &Tensor {
        &self.left
    }

    /// B, (R, cols, K).
    #[must_use]
    pub fn right(&self) -> &Tensor {
        &self.right
    }

    /// A Bᵀ as entries, (R, rows, cols).
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn to_tensor(&self) -> Result<Tensor, NetsError> {
        // For one column this is as a product of matrices, with less ado.
        if self.left.dim(2)? == 1 {
            return Ok(self.left.broadcast_mul(&self.right.t()?)?);
        }
        Ok(self.left.matmul(&self.right.t()?)?)
    }
}
