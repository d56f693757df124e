use candle_core::Tensor;

use super::{Flow, Layer, Pass, Value};
use crate::TrainError;

/// The minibatch as a field over the positions of an image, (G, c, m·B): feature channel·m + position of a sample is what its
/// channel has at that position.
pub(crate) struct Image {
    /// The data.
    pub(crate) source: [usize; 1],
    pub(crate) channels: usize,
}

impl Layer for Image {
    fn sources(&self) -> &[usize] {
        &self.source
    }

    fn forward(&self, pass: &Pass, _weights: &[&Tensor], _with_slopes: bool) -> Result<Value, TrainError> {
        let data = pass.value(self.source[0]);
        Ok(data.contiguous()?.reshape((data.dim(0)?, self.channels, ()))?.into())
    }

    /// Data take no gradient.
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
