use candle_core::Tensor;

use super::{Flow, Layer, Pass, Value};
use crate::TrainError;

/// x = Σ_e m_e x_e: skips and merges, nothing trained.
pub(super) struct Sum {
    pub(super) multipliers: Vec<f64>,
    pub(super) sources: Vec<usize>,
}

/// m x, without a copy where m is 1.
fn times(x: &Tensor, multiplier: f64) -> Result<Tensor, TrainError> {
    Ok(if multiplier == 1.0 { x.clone() } else { (x * multiplier)? })
}

impl Layer for Sum {
    fn sources(&self) -> &[usize] {
        &self.sources
    }

    fn forward(&self, pass: &Pass, _weights: &[&Tensor], _with_slopes: bool) -> Result<Value, TrainError> {
        let mut sum = times(pass.value(self.sources[0]), self.multipliers[0])?;
        for (&multiplier, &source) in self.multipliers.iter().zip(&self.sources).skip(1) {
            sum = (sum + times(pass.value(source), multiplier)?)?;
        }
        Ok(sum.into())
    }

    fn backward(
        &self,
        _pass: &Pass,
        _own: &Value,
        _weights: &[&Tensor],
        gradient: &Tensor,
        flow: &mut Flow<'_>,
    ) -> Result<(), TrainError> {
        for (&multiplier, &source) in self.multipliers.iter().zip(&self.sources) {
            flow.add(source, || times(gradient, multiplier))?;
        }
        Ok(())
    }
}
