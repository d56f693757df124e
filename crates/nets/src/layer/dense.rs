use archscale_model::OpId;
use candle_core::Tensor;

use super::{Block, Layer};
use crate::fused::{multiple, plus_multiple};
use crate::tensor::plus;
use crate::{NetsError, Update};

/// z = Σ_e W_e x_e with trained W_e.
///
/// The gradient by W_e is δ x_eᵀ, where δ is the gradient that reaches z; moving every W_e along it moves z by
/// Σ_e δ (x_e·x_e) + W_e ẋ_e, so the matrix δ x_eᵀ is not formed for the tangent.
pub(super) struct Dense {
    pub(super) gains: Vec<f64>,
    pub(super) sources: Vec<OpId>,
}

impl Layer for Dense {
    fn gains(&self) -> &[f64] {
        &self.gains
    }

    fn sources(&self) -> Vec<OpId> {
        self.sources.clone()
    }

    fn forward(&self, block: &Block, op: OpId) -> Result<Tensor, NetsError> {
        let mut z = block.weights[op][0].apply(&block.values[self.sources[0]])?;
        for (matrix, &source) in block.weights[op].iter().zip(&self.sources).skip(1) {
            z = (z + matrix.apply(&block.values[source])?)?;
        }
        Ok(z)
    }

    fn transpose(&self, block: &Block, op: OpId, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        block.weights[op][term].apply_transpose(gradient)
    }

    fn tangent(
        &self,
        block: &Block,
        op: OpId,
        gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        let mut own = None;
        if let Some(gradient) = gradient {
            let mut square_norm = block.square_norm(self.sources[0])?;
            for &source in &self.sources[1..] {
                square_norm = (square_norm + block.square_norm(source)?)?;
            }
            own = Some((square_norm, gradient));
        }
        let mut moved = None;
        for (matrix, &source) in block.weights[op].iter().zip(&self.sources) {
            let Some(tangent) = &tangents[source] else { continue };
            let product = matrix.apply(tangent)?;
            moved = Some(match own.take() {
                Some((square_norm, gradient)) => plus_multiple(&product, &square_norm, gradient)?,
                None => plus(moved, product)?,
            });
        }
        if let Some((square_norm, gradient)) = own {
            moved = Some(multiple(&square_norm, gradient)?);
        }
        Ok(moved)
    }

    fn weight_gradients(&self, block: &Block, gradient: &Tensor) -> Result<Vec<Update>, NetsError> {
        self.sources.iter().map(|&source| Update::new(gradient.clone(), block.values[source].clone())).collect()
    }
}
