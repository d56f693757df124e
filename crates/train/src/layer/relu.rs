use candle_core::{Device, Tensor};

use super::{Flow, Layer, Pass, Value};
use crate::TrainError;
use crate::kernel::{Real, by_format, with_slices};

/// x = max(z, 0), without the detour over an expression that other activations take.
pub(super) struct Relu {
    pub(super) source: [usize; 1],
}

/// max(z, 0), where NaN stays NaN, so that an overflow is not turned into a dead neuron.
fn positive_part<T: Real>(z: &[T]) -> Vec<T> {
    let zero = T::from_f64(0.0);
    z.iter().map(|&z| if z <= zero { zero } else { z }).collect()
}

/// The gradient where the value is positive and zero elsewhere: the slope at the kink is 0.
fn gated<T: Real>(gradient: &[T], value: &[T]) -> Vec<T> {
    let zero = T::from_f64(0.0);
    gradient.iter().zip(value).map(|(&gradient, &value)| if value > zero { gradient } else { zero }).collect()
}

impl Layer for Relu {
    fn sources(&self) -> &[usize] {
        &self.source
    }

    fn forward(&self, pass: &Pass, _weights: &[&Tensor], _with_slopes: bool) -> Result<Value, TrainError> {
        let z = pass.value(self.source[0]);
        Ok(by_format!(z, T => {
            let value = with_slices::<T, _>(&[z], |slices| positive_part(slices[0]))?;
            Tensor::from_vec(value, z.shape(), &Device::Cpu)?.into()
        }))
    }

    fn backward(
        &self,
        _pass: &Pass,
        own: &Value,
        _weights: &[&Tensor],
        gradient: &Tensor,
        flow: &mut Flow<'_>,
    ) -> Result<(), TrainError> {
        flow.add(self.source[0], || {
            Ok(by_format!(gradient, T => {
                let gated = with_slices::<T, _>(&[gradient, &own.tensor], |slices| gated(slices[0], slices[1]))?;
                Tensor::from_vec(gated, gradient.shape(), &Device::Cpu)?
            }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overflow_stays_visible_and_the_kink_has_slope_zero() {
        let z = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -2.0, -0.0, 0.0, 3.0];
        let value = positive_part(&z);
        assert!(value[0].is_nan() && value[1].is_infinite());
        assert_eq!(value[2..], [0.0, 0.0, 0.0, 0.0, 3.0]);
        assert_eq!(gated(&[1.0; 7], &value)[1..], [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    }
}
