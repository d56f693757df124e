use archscale_text::Refusal;
use candle_core::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Optimiser, Step};
use crate::{ParameterId, TrainError};

/// Stochastic gradient descent.
///
/// **Statement.** With g the gradient of the minibatch loss, weight decay λ and momentum μ,
///
/// - g ← g + λ w;
/// - v ← μ v + g, starting from v = 0;
/// - w ← w − η v, or with Nesterov's form w ← w − η (g + μ v).
///
/// Plain SGD is μ = λ = 0. These are PyTorch's conventions (no dampening).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(
    description = "Stochastic gradient descent as PyTorch writes it, without dampening; plain unless said otherwise."
)]
pub struct Sgd {
    /// μ in [0, 1).
    #[schemars(range(min = 0))]
    pub momentum: f64,
    /// Nesterov's form of momentum.
    pub nesterov: bool,
    /// λ ≥ 0, applied to every trained matrix.
    #[schemars(range(min = 0))]
    pub weight_decay: f64,
}

impl Optimiser for Sgd {
    fn identity(&self) -> String {
        format!("sgd momentum={} nesterov={} weight_decay={}", self.momentum, self.nesterov, self.weight_decay)
    }

    fn check(&self) -> Result<(), TrainError> {
        let refuse = |name, found: f64, mend| Err(Refusal::new(name, found, mend).into());
        if !(0.0..1.0).contains(&self.momentum) {
            return refuse("momentum", self.momentum, "it is at least 0 and below 1");
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay.is_finite()) {
            return refuse("weight decay", self.weight_decay, "it is at least 0 and finite");
        }
        if self.nesterov && self.momentum == 0.0 {
            return refuse("momentum", 0.0, "Nesterov's form needs a momentum above 0");
        }
        Ok(())
    }

    /// v, only with momentum.
    fn slots(&self, _: ParameterId) -> usize {
        usize::from(self.momentum > 0.0)
    }

    fn step(&self, at: &Step<'_>, weights: &mut Tensor, gradient: Tensor, slots: &mut [Tensor]) -> Result<(), TrainError> {
        let mut direction = gradient;
        if self.weight_decay > 0.0 {
            direction = (direction + (&*weights * self.weight_decay)?)?;
        }
        if let [velocity] = slots {
            *velocity = ((&*velocity * self.momentum)? + &direction)?;
            direction = if self.nesterov { (direction + (&*velocity * self.momentum)?)? } else { velocity.clone() };
        }
        at.descend(weights, &direction)
    }

    fn covariates(&self) -> Vec<(&'static str, f64)> {
        vec![("momentum", self.momentum)]
    }
}
