use candle_core::Tensor;

use super::taps::{Taps, Way};
use super::{Flow, Layer, Matrix, Pass, Sink, Value};
use crate::TrainError;

/// z(p) = Σ_e Σ_k W_{e,k} x_e(p + k): hidden convolutions (n × q·n) and stems over images (n × q·c).
///
/// With δ the gradient that reaches z, position r of x_e receives Σ_k W_{e,k}ᵀ δ(r − k), and the gradient by W_{e,k} is
/// Σ_p δ(p) x_e(p + k)ᵀ, summed over the minibatch.
pub(crate) struct Conv {
    matrices: Vec<Matrix>,
    sources: Vec<usize>,
    taps: Vec<Taps>,
}

impl Conv {
    /// A matrix, a source and the taps for each term.
    pub(super) fn new(terms: impl IntoIterator<Item = (Matrix, usize, Taps)>) -> Self {
        let mut own = Self { matrices: Vec::new(), sources: Vec::new(), taps: Vec::new() };
        for (matrix, source, taps) in terms {
            own.matrices.push(matrix);
            own.sources.push(source);
            own.taps.push(taps);
        }
        own
    }
}

/// From (G, n, q·c) with column tap·c + channel to (G, c, q·n) with column tap·n + channel: W_kᵀ side by side.
fn tap_by_tap_transpose(matrix: &Tensor, taps: usize) -> Result<Tensor, TrainError> {
    let (networks, rows, columns) = matrix.dims3()?;
    let channels = columns / taps;
    let by_tap = matrix.reshape((networks, rows, taps, channels))?.permute((0, 3, 2, 1))?.contiguous()?;
    Ok(by_tap.reshape((networks, channels, taps * rows))?)
}

impl Layer for Conv {
    fn sources(&self) -> &[usize] {
        &self.sources
    }

    fn matrices(&self) -> &[Matrix] {
        &self.matrices
    }

    fn forward(&self, pass: &Pass, weights: &[&Tensor], _with_slopes: bool) -> Result<Value, TrainError> {
        let mut z = self.taps[0].product(weights[0], pass.value(self.sources[0]), Way::Read)?;
        for ((matrix, taps), &source) in weights.iter().zip(&self.taps).zip(&self.sources).skip(1) {
            z = (z + taps.product(matrix, pass.value(source), Way::Read)?)?;
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
        for ((matrix, taps), &source) in weights.iter().zip(&self.taps).zip(&self.sources) {
            flow.add(source, || taps.product(&tap_by_tap_transpose(matrix, taps.count)?, gradient, Way::Readers))?;
        }
        Ok(())
    }

    fn weight_gradients(&self, pass: &Pass, gradient: &Tensor, sink: Sink<'_>) -> Result<(), TrainError> {
        for (index, ((matrix, taps), &source)) in self.matrices.iter().zip(&self.taps).zip(&self.sources).enumerate() {
            if matrix.trained {
                sink(index, taps.gradient(gradient, pass.value(source))?)?;
            }
        }
        Ok(())
    }
}
