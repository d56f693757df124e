use candle_core::Tensor;

use super::{Flow, Layer, Matrix, Pass, Sink, Value};
use crate::TrainError;

/// z = Σ_e W_e x_e: hidden maps (n × n), stems (n × d) and readouts (K × n).
///
/// With δ the gradient that reaches z, W_eᵀ δ reaches x_e, and the gradient by W_e is δ x_eᵀ, a sum over the minibatch.
pub(crate) struct Dense {
    pub(crate) matrices: Vec<Matrix>,
    /// One for each matrix.
    pub(crate) sources: Vec<usize>,
}

impl Layer for Dense {
    fn sources(&self) -> &[usize] {
        &self.sources
    }

    fn matrices(&self) -> &[Matrix] {
        &self.matrices
    }

    fn forward(&self, pass: &Pass, weights: &[&Tensor], _with_slopes: bool) -> Result<Value, TrainError> {
        let mut z = weights[0].matmul(pass.value(self.sources[0]))?;
        for (matrix, &source) in weights.iter().zip(&self.sources).skip(1) {
            z = (z + matrix.matmul(pass.value(source))?)?;
        }
        Ok(z.into())
    }

    fn backward(
        &self,
        _pass: &Pass,
        _own: &Value,
        weights: &[&Tensor],
        gradient: &Tensor,
        flow: &mut Flow<'_>,
    ) -> Result<(), TrainError> {
        for (matrix, &source) in weights.iter().zip(&self.sources) {
            flow.add(source, || Ok(matrix.t()?.matmul(gradient)?))?;
        }
        Ok(())
    }

    fn weight_gradients(&self, pass: &Pass, gradient: &Tensor, sink: Sink<'_>) -> Result<(), TrainError> {
        for (index, (matrix, &source)) in self.matrices.iter().zip(&self.sources).enumerate() {
            if matrix.trained {
                sink(index, gradient.matmul(&pass.value(source).t()?)?)?;
            }
        }
        Ok(())
    }
}
