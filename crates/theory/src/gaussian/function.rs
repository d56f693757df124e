//! What the Gaussian expectations need to know of an activation.

use archscale_model::Activation;

/// Identifies an activation: its family and the bits of its parameter.
pub(crate) type Key = (&'static str, u64);

pub(crate) fn key(activation: Activation) -> Key {
    (name(activation), parameter(activation).to_bits())
}

pub(crate) fn name(activation: Activation) -> &'static str {
    match activation {
        Activation::Relu => "relu",
        _ => "unknown",
    }
}

pub(crate) fn parameter(_: Activation) -> f64 {
    0.0
}

pub(crate) fn value(_: Activation, z: f64) -> f64 {
    z.max(0.0)
}

pub(crate) fn slope(_: Activation, z: f64) -> f64 {
    if z > 0.0 { 1.0 } else { 0.0 }
}

pub(crate) fn kinks(_: Activation) -> &'static [f64] {
    &[0.0]
}

/// Whether σ(z) = z.
pub(crate) fn is_identity(activation: Activation) -> bool {
    name(activation) == "linear"
}
