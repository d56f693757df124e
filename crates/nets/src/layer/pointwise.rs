use archscale_model::{OpId, Pointwise as Function};
use candle_core::Tensor;

use super::{Block, Layer};
use crate::NetsError;
use crate::tape::{Tape, Value};
use crate::tensor::plus;

/// y = f(x_1, …, x_k), coordinatewise: any activation (k = 1) and any operation of several vectors.
pub(super) struct Pointwise {
    sources: Vec<OpId>,
    value: Tape,
    slopes: Tape,
    gates: Tape,
}

impl Pointwise {
    pub(super) fn new(function: &Function, sources: Vec<OpId>) -> Self {
        let value = Tape::new([function.expression()]);
        let (slopes, gates) = (Tape::new(function.slopes()), Tape::gates([function.expression()]));
        Self { sources, value, slopes, gates }
    }

    fn evaluate(&self, tape: &Tape, block: &Block) -> Result<Vec<Value>, NetsError> {
        let arguments: Vec<&Tensor> = self.sources.iter().map(|&source| &block.values[source]).collect();
        tape.evaluate(&arguments)
    }

    /// ∂f/∂x_j for each argument, computed once per block: gradients and tangents ask for it for every part of the columns.
    fn slopes<'a>(&self, block: &'a Block, op: OpId) -> Result<&'a [Value], NetsError> {
        if let Some(slopes) = block.slopes[op].get() {
            return Ok(slopes);
        }
        let slopes = self.evaluate(&self.slopes, block)?;
        Ok(block.slopes[op].get_or_init(|| slopes))
    }
}

impl Layer for Pointwise {
    fn sources(&self) -> Vec<OpId> {
        self.sources.clone()
    }

    fn forward(&self, block: &Block, _op: OpId) -> Result<Tensor, NetsError> {
        let like = &block.values[self.sources[0]];
        let mut value = self.evaluate(&self.value, block)?;
        value.pop().map_or_else(|| Ok(like.clone()), |value| value.field(like))
    }

    fn transpose(&self, block: &Block, op: OpId, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        self.slopes(block, op)?[term].scale(gradient)
    }

    fn tangent(
        &self,
        block: &Block,
        op: OpId,
        _gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        let mut moved = None;
        for (term, &source) in self.sources.iter().enumerate() {
            if let Some(tangent) = &tangents[source] {
                moved = Some(plus(moved, self.slopes(block, op)?[term].scale(tangent)?)?);
            }
        }
        Ok(moved)
    }

    fn jumps(&self, before: &Block, after: &Block, _op: OpId) -> Result<Option<Tensor>, NetsError> {
        let mut count = None;
        if self.gates.is_empty() {
            return Ok(count);
        }
        let like = &before.values[self.sources[0]];
        for (before, after) in self.evaluate(&self.gates, before)?.into_iter().zip(self.evaluate(&self.gates, after)?) {
            let jump = (before.field(like)? - after.field(like)?)?;
            count = Some(plus(count, jump.abs()?.sum_keepdim((1, 2))?)?);
        }
        Ok(count)
    }

    fn temporaries(&self) -> usize {
        self.value.len().max(self.gates.len()).max(self.slopes.len()) + self.sources.len()
    }
}
