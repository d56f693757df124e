//! Coordinatewise nonlinearities, one file each: value and slope on tensors.

mod relu;

use archscale_model::Activation;
use candle_core::Tensor;

use crate::SimError;

/// A coordinatewise nonlinearity σ on tensors of any shape.
pub(crate) trait Coordinatewise: Send + Sync {
    /// σ(z).
    fn value(&self, z: &Tensor) -> Result<Tensor, SimError>;

    /// σ′(z), given also σ(z).
    fn slope(&self, z: &Tensor, value: &Tensor) -> Result<Tensor, SimError>;

    /// Whether σ′ jumps somewhere, so that a difference quotient across the jump says nothing about the slope.
    fn has_kink(&self) -> bool;
}

/// The rule of an activation at operation `op`.
pub(crate) fn rule(activation: Activation, op: usize) -> Result<Box<dyn Coordinatewise>, SimError> {
    if activation == Activation::RELU {
        return Ok(Box::new(relu::Relu));
    }
    Err(SimError::Unsupported { op, found: format!("the activation {activation}") })
}
