use archscale_model::OpId;
use candle_core::Tensor;

use super::{Block, Layer};
use crate::NetsError;

/// The fixed vector whose entries all equal √mean_square.
pub(super) struct Input {
    pub(super) mean_square: f64,
}

impl Layer for Input {
    fn sources(&self) -> Vec<OpId> {
        Vec::new()
    }

    fn forward(&self, block: &Block, _op: OpId) -> Result<Tensor, NetsError> {
        let ones = Tensor::ones((block.networks, block.width, 1), block.precision.dtype(), &block.device)?;
        Ok((ones * self.mean_square.sqrt())?)
    }

    /// Never called: there is no term.
    fn transpose(&self, _block: &Block, _op: OpId, _term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        Ok(gradient.clone())
    }

    fn tangent(
        &self,
        _block: &Block,
        _op: OpId,
        _gradient: Option<&Tensor>,
        _tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        Ok(None)
    }
}
