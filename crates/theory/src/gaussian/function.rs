//! What the Gaussian expectations need to know of an activation.

use archscale_model::Activation;

/// Identifies an activation: its family and the bits of its parameter.
pub(crate) type Key = (&'static str, u64);

pub(crate) fn key(activation: Activation) -> Key {
    (name(activation), parameter(activation).to_bits())
}

pub(crate) fn name(activation: Activation) -> &'static str {
    activation.keyword()
}

pub(crate) fn parameter(activation: Activation) -> f64 {
    activation.parameter().unwrap_or(0.0)
}

pub(crate) fn value(activation: Activation, z: f64) -> f64 {
    activation.value(z)
}

pub(crate) fn slope(activation: Activation, z: f64) -> f64 {
    activation.slope(z)
}

pub(crate) fn kinks(activation: Activation) -> Vec<f64> {
    activation.kinks()
}

/// Whether σ(z) = z.
pub(crate) fn is_identity(activation: Activation) -> bool {
    name(activation) == "linear"
}
