use candle_core::Tensor;

use super::Coordinatewise;
use crate::SimError;

/// σ(z) = max(z, 0), σ′(z) = 1[z > 0].
pub(crate) struct Relu;

impl Coordinatewise for Relu {
    /// (z + |z|)/2: unlike candle's `relu` it keeps NaN, so that an overflow is not turned into a dead neuron.
    fn value(&self, z: &Tensor) -> Result<Tensor, SimError> {
        Ok(((z + z.abs()?)? * 0.5)?)
    }

    /// The sign of σ(z), which is 0 or 1 and cheaper than a comparison and a cast.
    fn slope(&self, _z: &Tensor, value: &Tensor) -> Result<Tensor, SimError> {
        Ok(value.sign()?)
    }

    fn has_kink(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn slope_is_one_above_zero_and_zero_elsewhere() {
        let z = Tensor::new(&[-2.0, -0.0, 0.0, f64::MIN_POSITIVE, 3.0], &Device::Cpu).unwrap();
        let value = Relu.value(&z).unwrap();
        assert_eq!(value.to_vec1::<f64>().unwrap(), [0.0, 0.0, 0.0, f64::MIN_POSITIVE, 3.0]);
        assert_eq!(Relu.slope(&z, &value).unwrap().to_vec1::<f64>().unwrap(), [0.0, 0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn an_overflow_stays_visible() {
        let z = Tensor::new(&[f64::NAN, f64::NEG_INFINITY, f64::INFINITY], &Device::Cpu).unwrap();
        assert!(Relu.value(&z).unwrap().to_vec1::<f64>().unwrap().iter().all(|x| !x.is_finite()));
    }
}
