use candle_core::Tensor;

use super::Layer;
use crate::tensor::plus;
use crate::{NetsError, Pass};

/// x = Σ_e m_e x_e: skips and merges, nothing trained.
pub(super) struct Sum {
    pub(super) multipliers: Vec<f64>,
    pub(super) sources: Vec<usize>,
}

/// m x, without a copy where m is 1.
fn times(x: &Tensor, multiplier: f64) -> Result<Tensor, NetsError> {
    Ok(if multiplier == 1.0 { x.clone() } else { (x * multiplier)? })
}

impl Layer for Sum {
    fn sources(&self) -> &[usize] {
        &self.sources
    }

    fn forward(&self, pass: &Pass, _at: usize) -> Result<Tensor, NetsError> {
        let mut sum = times(pass.value(self.sources[0]), self.multipliers[0])?;
        for (&multiplier, &source) in self.multipliers.iter().zip(&self.sources).skip(1) {
            sum = (sum + times(pass.value(source), multiplier)?)?;
        }
        Ok(sum)
    }

    fn transpose(&self, _pass: &Pass, _at: usize, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        times(gradient, self.multipliers[term])
    }

    fn tangent(
        &self,
        _pass: &Pass,
        _at: usize,
        _gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        let mut moved = None;
        for (&multiplier, &source) in self.multipliers.iter().zip(&self.sources) {
            if let Some(tangent) = &tangents[source] {
                moved = Some(plus(moved, times(tangent, multiplier)?)?);
            }
        }
        Ok(moved)
    }
}
