use std::sync::Arc;

use archscale_model::{Image as Field, OpId};
use candle_core::Tensor;

use super::{Block, Layer};
use crate::NetsError;

/// The fixed field of an image of N channels, by as many channels as its Gram matrix G has rank: √N U with UᵀU = G.
///
/// Only convolutions and the readout read it. Their Gaussian weights and the gradients by them turn with the channels, so the law of
/// everything behind them is that of any N channels of this Gram matrix.
pub(super) struct Image {
    pub(super) field: Arc<Field>,
}

/// The rows of √N U; an image that is zero has one, which is zero.
pub(super) fn rows(field: &Field) -> usize {
    // A field without a factor is refused when the layer is made.
    field.factor().map_or(1, |factor| factor.len().max(1))
}

/// N, the number of channels.
pub(super) fn channels(field: &Field, width: usize) -> f64 {
    field.channels().unwrap_or(width) as f64
}

impl Layer for Image {
    fn sources(&self) -> Vec<OpId> {
        Vec::new()
    }

    /// (R, rank, m), the same for every network.
    fn forward(&self, block: &Block, op: OpId) -> Result<Tensor, NetsError> {
        let scale = channels(&self.field, block.width).sqrt();
        let shape = (rows(&self.field), self.field.grid().positions());
        let factor = self.field.factor().map_err(|problem| NetsError::Spatial { op, problem })?;
        let mut entries: Vec<f64> = factor.iter().flatten().map(|entry| scale * entry).collect();
        entries.resize(shape.0 * shape.1, 0.0);
        let one = Tensor::from_vec(entries, shape, &block.device)?.to_dtype(block.precision.dtype())?;
        Ok(one.broadcast_as((block.networks, shape.0, shape.1))?)
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
