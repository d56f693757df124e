use candle_core::Tensor;

use super::{Flow, Layer, Pass, Value};
use crate::TrainError;

/// The minibatch itself, (G, d, B), as a view of what was gathered sample by sample.
pub(crate) struct Data;

impl Layer for Data {
    fn sources(&self) -> &[usize] {
        &[]
    }

    fn forward(&self, pass: &Pass, _weights: &[&Tensor], _with_slopes: bool) -> Result<Value, TrainError> {
        Ok(pass.batch.t()?.into())
    }

    fn backward(
        &self,
        _pass: &Pass,
        _own: &Value,
        _weights: &[&Tensor],
        _gradient: &Tensor,
        _flow: &mut Flow<'_>,
    ) -> Result<(), TrainError> {
        Ok(())
    }
}
