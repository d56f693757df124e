use archscale_model::{Grid, ModelError, OpId};
use candle_core::Tensor;

use super::{Block, Layer};
use crate::NetsError;

/// y(p) = the mean of x over the positions of a kernel around p that lie inside the image.
pub(super) struct Pool {
    source: OpId,
    /// Π, row by row.
    matrix: Vec<f64>,
    positions: usize,
}

impl Pool {
    pub(super) fn new(grid: &Grid, kernel: usize, source: OpId) -> Result<Self, ModelError> {
        let (m, taps) = (grid.positions(), grid.taps(kernel)?);
        let mut matrix = vec![0.0; m * m];
        for (p, row) in matrix.chunks_exact_mut(m).enumerate() {
            let inside: Vec<usize> = taps.iter().filter_map(|targets| targets[p]).collect();
            inside.iter().for_each(|&target| row[target] = 1.0 / inside.len() as f64);
        }
        Ok(Self { source, matrix, positions: m })
    }

    /// Every field of `fields`, (R, n, J·m), times Πᵀ or Π on the side of the positions.
    fn along_positions(&self, fields: &Tensor, transposed: bool) -> Result<Tensor, NetsError> {
        let m = self.positions;
        let matrix = Tensor::from_slice(&self.matrix, (m, m), fields.device())?.to_dtype(fields.dtype())?;
        let matrix = if transposed { matrix.t()? } else { matrix };
        Ok(fields.contiguous()?.reshape(((), m))?.matmul(&matrix)?.reshape(fields.dims())?)
    }
}

impl Layer for Pool {
    fn sources(&self) -> Vec<OpId> {
        vec![self.source]
    }

    fn forward(&self, block: &Block, _op: OpId) -> Result<Tensor, NetsError> {
        self.along_positions(&block.values[self.source], true)
    }

    fn transpose(&self, _block: &Block, _op: OpId, _term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        self.along_positions(gradient, false)
    }

    fn tangent(
        &self,
        _block: &Block,
        _op: OpId,
        _gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        tangents[self.source].as_ref().map(|tangent| self.along_positions(tangent, true)).transpose()
    }
}
