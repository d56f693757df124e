use archscale_model::OpId;
use candle_core::Tensor;

use super::{Block, Layer};
use crate::SimError;
use crate::activation::Coordinatewise;

/// x = σ(z), coordinatewise.
pub(super) struct Act {
    pub(super) rule: Box<dyn Coordinatewise>,
    pub(super) source: OpId,
}

impl Act {
    fn slope(&self, block: &Block, op: OpId) -> Result<Tensor, SimError> {
        self.rule.slope(&block.values[self.source], &block.values[op])
    }
}

impl Layer for Act {
    fn sources(&self) -> Vec<OpId> {
        vec![self.source]
    }

    fn forward(&self, block: &Block, _op: OpId) -> Result<Tensor, SimError> {
        self.rule.value(&block.values[self.source])
    }

    fn transpose(&self, block: &Block, op: OpId, _term: usize, gradient: &Tensor) -> Result<Tensor, SimError> {
        Ok(gradient.broadcast_mul(&self.slope(block, op)?)?)
    }

    fn tangent(
        &self,
        block: &Block,
        op: OpId,
        _gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, SimError> {
        let Some(tangent) = &tangents[self.source] else { return Ok(None) };
        Ok(Some(tangent.broadcast_mul(&self.slope(block, op)?)?))
    }

    fn jumps(&self, before: &Block, after: &Block, op: OpId) -> Result<Option<Tensor>, SimError> {
        if !self.rule.has_kink() {
            return Ok(None);
        }
        let jump = (self.slope(before, op)? - self.slope(after, op)?)?;
        Ok(Some(jump.abs()?.sum_keepdim(1)?))
    }
}
