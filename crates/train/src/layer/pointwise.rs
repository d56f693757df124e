use archscale_model::Pointwise as Function;
use candle_core::Tensor;

use super::{Flow, Layer, Pass, Value};
use crate::TrainError;
use crate::expression::Tape;

/// y = f(x_1, …, x_k), coordinatewise: any activation (k = 1) and any operation of several vectors.
pub(super) struct Pointwise {
    sources: Vec<usize>,
    value: Tape,
    /// The value, then the slope by each argument: they share most of their work.
    value_and_slopes: Tape,
}

impl Pointwise {
    pub(super) fn new(function: &Function, sources: Vec<usize>) -> Self {
        let value = Tape::new([function.expression()]);
        let value_and_slopes = Tape::new(std::iter::once(function.expression()).chain(function.slopes()));
        Self { sources, value, value_and_slopes }
    }
}

impl Layer for Pointwise {
    fn sources(&self) -> &[usize] {
        &self.sources
    }

    fn forward(&self, pass: &Pass, _weights: &[&Tensor], with_slopes: bool) -> Result<Value, TrainError> {
        let arguments: Vec<&Tensor> = self.sources.iter().map(|&source| pass.value(source)).collect();
        let tape = if with_slopes { &self.value_and_slopes } else { &self.value };
        let mut results = tape.evaluate(&arguments)?;
        let slopes = results.split_off(1);
        Ok(Value { tensor: results.swap_remove(0), slopes })
    }

    fn backward(
        &self,
        _pass: &Pass,
        own: &Value,
        _weights: &[&Tensor],
        gradient: &Tensor,
        flow: &mut Flow<'_>,
    ) -> Result<(), TrainError> {
        for (slope, &source) in own.slopes.iter().zip(&self.sources) {
            flow.add(source, || Ok((gradient * slope)?))?;
        }
        Ok(())
    }
}
