use archscale_model::Pointwise as Function;
use candle_core::Tensor;

use super::Layer;
use crate::tape::{Tape, Value};
use crate::tensor::plus;
use crate::{NetsError, Pass};

/// y = f(x_1, …, x_k), coordinatewise: any activation (k = 1) and any operation of several vectors.
pub(super) struct Pointwise {
    sources: Vec<usize>,
    value: Tape,
    slopes: Tape,
    /// The value, then the slope by each argument: they share most of their work.
    value_and_slopes: Tape,
    gates: Tape,
}

impl Pointwise {
    pub(super) fn new(function: &Function, sources: Vec<usize>) -> Self {
        let expression = function.expression();
        Self {
            sources,
            value: Tape::new([expression]),
            slopes: Tape::new(function.slopes()),
            value_and_slopes: Tape::new(std::iter::once(expression).chain(function.slopes())),
            gates: Tape::gates([expression]),
        }
    }

    fn evaluate(&self, tape: &Tape, pass: &Pass) -> Result<Vec<Value>, NetsError> {
        let arguments: Vec<&Tensor> = self.sources.iter().map(|&source| pass.value(source)).collect();
        tape.evaluate(&arguments, pass.machine().loops())
    }

    /// ∂f/∂x_j for each argument, computed once per pass: gradients and tangents ask for it for every part of the columns.
    fn slopes<'a>(&self, pass: &'a Pass, at: usize) -> Result<&'a [Value], NetsError> {
        pass.slopes(at, || self.evaluate(&self.slopes, pass))
    }
}

impl Layer for Pointwise {
    fn sources(&self) -> &[usize] {
        &self.sources
    }

    fn forward(&self, pass: &Pass, at: usize) -> Result<Tensor, NetsError> {
        let like = pass.value(self.sources[0]);
        let awaited = pass.is_awaited(at);
        let mut results = self.evaluate(if awaited { &self.value_and_slopes } else { &self.value }, pass)?.into_iter();
        let value = results.next().map_or_else(|| Ok(like.clone()), |value| value.field(like));
        if awaited {
            pass.slopes(at, || Ok(results.collect()))?;
        }
        value
    }

    fn transpose(&self, pass: &Pass, at: usize, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        self.slopes(pass, at)?[term].scale(gradient)
    }

    fn tangent(
        &self,
        pass: &Pass,
        at: usize,
        _gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        let mut moved = None;
        for (term, &source) in self.sources.iter().enumerate() {
            if let Some(tangent) = &tangents[source] {
                moved = Some(plus(moved, self.slopes(pass, at)?[term].scale(tangent)?)?);
            }
        }
        Ok(moved)
    }

    fn jumps(&self, before: &Pass, after: &Pass, _at: usize) -> Result<Option<Tensor>, NetsError> {
        let mut count = None;
        if self.gates.is_empty() {
            return Ok(count);
        }
        let like = before.value(self.sources[0]);
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
