//! What the Gaussian expectations need to know of an activation.

use archscale_model::{Activation, Expr};

/// Identifies an activation: its family and the bits of its parameter.
pub(crate) type Key = (&'static str, u64);

pub(crate) fn key(activation: Activation) -> Key {
    (activation.keyword(), parameter(activation).to_bits())
}

pub(crate) fn parameter(activation: Activation) -> f64 {
    activation.parameter().unwrap_or(0.0)
}

/// An activation made ready for many evaluations: its expression and that of its slope are built once.
#[derive(Debug, Clone)]
pub(crate) struct Evaluator {
    value: Expr,
    slope: Expr,
    kinks: Vec<f64>,
}

impl Evaluator {
    pub(crate) fn new(activation: Activation) -> Self {
        let value = activation.expression();
        Self { slope: value.derivative(0), value, kinks: activation.kinks() }
    }

    pub(crate) fn value(&self, z: f64) -> f64 {
        self.value.eval(&[z])
    }

    pub(crate) fn slope(&self, z: f64) -> f64 {
        self.slope.eval(&[z])
    }

    /// Where the function or one of its derivatives jumps.
    pub(crate) fn kinks(&self) -> &[f64] {
        &self.kinks
    }
}
