use archscale_model::OpId;
use candle_core::Tensor;

use super::{Block, Layer};
use crate::NetsError;
use crate::tensor::plus;

/// x = Σ_e m_e x_e: skips and merges, nothing trained.
pub(super) struct Sum {
    pub(super) multipliers: Vec<f64>,
    pub(super) sources: Vec<OpId>,
}

impl Layer for Sum {
    fn sources(&self) -> Vec<OpId> {
        self.sources.clone()
    }

    fn forward(&self, block: &Block, _op: OpId) -> Result<Tensor, NetsError> {
        let mut sum = (&block.values[self.sources[0]] * self.multipliers[0])?;
        for (&multiplier, &source) in self.multipliers.iter().zip(&self.sources).skip(1) {
            sum = (sum + (&block.values[source] * multiplier)?)?;
        }
        Ok(sum)
    }

    fn transpose(&self, _block: &Block, _op: OpId, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        Ok((gradient * self.multipliers[term])?)
    }

    fn tangent(
        &self,
        _block: &Block,
        _op: OpId,
        _gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        let mut moved = None;
        for (&multiplier, &source) in self.multipliers.iter().zip(&self.sources) {
            if let Some(tangent) = &tangents[source] {
                moved = Some(plus(moved, (tangent * multiplier)?)?);
            }
        }
        Ok(moved)
    }
}
