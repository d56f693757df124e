use archscale_model::OpId;
use candle_core::Tensor;

use super::{Block, Layer};
use crate::NetsError;
use crate::fused::{gated, relu};

/// x = max(z, 0), without the detour over an expression that other activations take.
pub(super) struct Relu {
    pub(super) source: OpId,
}

/// The slope 1[z > 0] as the sign of max(z, 0), which is 0 or 1 and cheaper than a comparison and a cast.
fn slope(value: &Tensor) -> Result<Tensor, NetsError> {
    Ok(value.sign()?)
}

impl Layer for Relu {
    fn sources(&self) -> Vec<OpId> {
        vec![self.source]
    }

    fn forward(&self, block: &Block, _op: OpId) -> Result<Tensor, NetsError> {
        relu(&block.values[self.source])
    }

    fn transpose(&self, block: &Block, op: OpId, _term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        gated(gradient, &block.values[op])
    }

    fn tangent(
        &self,
        block: &Block,
        op: OpId,
        _gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        let Some(tangent) = &tangents[self.source] else { return Ok(None) };
        Ok(Some(gated(tangent, &block.values[op])?))
    }

    fn jumps(&self, before: &Block, after: &Block, op: OpId) -> Result<Option<Tensor>, NetsError> {
        let jump = (slope(&before.values[op])? - slope(&after.values[op])?)?;
        Ok(Some(jump.abs()?.sum_keepdim((1, 2))?))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn slope_is_one_above_zero_and_zero_elsewhere() {
        let z = Tensor::new(&[-2.0, -0.0, 0.0, f64::MIN_POSITIVE, 3.0], &Device::Cpu).unwrap();
        let value = relu(&z).unwrap();
        assert_eq!(value.to_vec1::<f64>().unwrap(), [0.0, 0.0, 0.0, f64::MIN_POSITIVE, 3.0]);
        assert_eq!(slope(&value).unwrap().to_vec1::<f64>().unwrap(), [0.0, 0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn an_overflow_stays_visible() {
        let z = Tensor::new(&[f64::NAN, f64::NEG_INFINITY, f64::INFINITY], &Device::Cpu).unwrap();
        assert!(relu(&z).unwrap().to_vec1::<f64>().unwrap().iter().all(|x| !x.is_finite()));
    }
}
