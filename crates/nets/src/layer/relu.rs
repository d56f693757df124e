use candle_core::Tensor;

use super::Layer;
use crate::fused::{gated, relu};
use crate::{NetsError, Pass};

/// x = max(z, 0), without the detour over an expression that other activations take.
pub(super) struct Relu {
    source: [usize; 1],
}

impl Relu {
    pub(super) fn new(source: usize) -> Self {
        Self { source: [source] }
    }
}

/// The slope 1[z > 0] as the sign of max(z, 0), which is 0 or 1 and cheaper than a comparison and a cast.
fn slope(value: &Tensor) -> Result<Tensor, NetsError> {
    Ok(value.sign()?)
}

impl Layer for Relu {
    fn sources(&self) -> &[usize] {
        &self.source
    }

    fn forward(&self, pass: &Pass, _at: usize) -> Result<Tensor, NetsError> {
        relu(pass.value(self.source[0]), pass.machine().loops())
    }

    fn transpose(&self, pass: &Pass, at: usize, _term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        gated(gradient, pass.value(at), pass.machine().loops())
    }

    fn tangent(
        &self,
        pass: &Pass,
        at: usize,
        _gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        let Some(tangent) = &tangents[self.source[0]] else { return Ok(None) };
        Ok(Some(gated(tangent, pass.value(at), pass.machine().loops())?))
    }

    fn jumps(&self, before: &Pass, after: &Pass, at: usize) -> Result<Option<Tensor>, NetsError> {
        let jump = (slope(before.value(at))? - slope(after.value(at))?)?;
        Ok(Some(jump.abs()?.sum_keepdim((1, 2))?))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn slope_is_one_above_zero_and_zero_elsewhere() {
        let z = Tensor::new(&[[[-2.0, -0.0, 0.0, f64::MIN_POSITIVE, 3.0]]], &Device::Cpu).unwrap();
        let all = |x: &Tensor| x.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        for loops in [true, false] {
            let value = relu(&z, loops).unwrap();
            assert_eq!(all(&value), [0.0, 0.0, 0.0, f64::MIN_POSITIVE, 3.0]);
            assert_eq!(all(&slope(&value).unwrap()), [0.0, 0.0, 0.0, 1.0, 1.0]);
            let gradient = z.ones_like().unwrap();
            assert_eq!(all(&gated(&gradient, &value, loops).unwrap()), [0.0, 0.0, 0.0, 1.0, 1.0]);
        }
    }

    #[test]
    fn an_overflow_stays_visible() {
        let z = Tensor::new(&[f64::NAN, f64::NEG_INFINITY, f64::INFINITY], &Device::Cpu).unwrap();
        for loops in [true, false] {
            assert!(relu(&z, loops).unwrap().to_vec1::<f64>().unwrap().iter().all(|x| !x.is_finite()));
        }
    }
}
