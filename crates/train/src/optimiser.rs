use std::f64::consts::PI;

use candle_core::{CpuStorage, InplaceOp2, Layout, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::TrainError;
use crate::kernel::Real;

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

/// The course of the learning rate over a run of T steps, as a factor of the network's own rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Schedule {
    /// 1 throughout.
    #[default]
    Constant,
    /// (1 + cos(π t/T))/2 at step t = 0, …, T − 1.
    Cosine,
}

impl Schedule {
    /// The factor at step `step`, counted from 0, of `steps`.
    ///
    /// ```
    /// use archscale_train::Schedule;
    /// assert_eq!(Schedule::Constant.factor(7, 10), 1.0);
    /// assert_eq!(Schedule::Cosine.factor(0, 10), 1.0);
    /// assert!((Schedule::Cosine.factor(5, 10) - 0.5).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn factor(self, step: u64, steps: u64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine => 0.5 * (1.0 + (PI * step as f64 / steps as f64).cos()),
        }
    }
}

impl Sgd {
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        let refuse = |name, found: f64, mend| Err(TrainError::Setting { name, found: found.to_string(), mend });
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

    pub(crate) fn has_velocity(&self) -> bool {
        self.momentum > 0.0
    }

    /// Moves the matrices of G networks, (G, rows, columns), in place by their gradients, each at its own rate.
    pub(crate) fn step(&self, parameter: &mut Parameter, gradient: Tensor, rates: &[f64]) -> Result<(), TrainError> {
        let mut direction = gradient;
        if self.weight_decay > 0.0 {
            direction = (direction + (&parameter.weights * self.weight_decay)?)?;
        }
        if let Some(velocity) = &mut parameter.velocity {
            *velocity = ((&*velocity * self.momentum)? + &direction)?;
            direction = if self.nesterov { (direction + (&*velocity * self.momentum)?)? } else { velocity.clone() };
        }
        Ok(parameter.weights.inplace_op2(&direction, &Descend { rates })?)
    }
}

/// The same matrix of G networks, (G, rows, columns), and what the optimiser remembers of it.
pub(crate) struct Parameter {
    pub(crate) weights: Tensor,
    /// Only with momentum.
    pub(crate) velocity: Option<Tensor>,
}

/// w ← w − η d with one rate for each network.
struct Descend<'a> {
    rates: &'a [f64],
}

impl Descend<'_> {
    fn run<T: Real>(&self, weights: &mut [T], direction: &[T]) {
        let size = weights.len() / self.rates.len();
        let networks = weights.chunks_exact_mut(size).zip(direction.chunks_exact(size)).zip(self.rates);
        for ((weights, direction), &rate) in networks {
            let rate = T::from_f64(rate);
            for (w, &d) in weights.iter_mut().zip(direction) {
                *w -= rate * d;
            }
        }
    }
}

impl InplaceOp2 for Descend<'_> {
    fn name(&self) -> &'static str {
        "descend"
    }

    fn cpu_fwd(
        &self,
        weights: &mut CpuStorage,
        weights_layout: &Layout,
        direction: &CpuStorage,
        direction_layout: &Layout,
    ) -> candle_core::Result<()> {
        let range = |layout: &Layout| {
            let whole = layout.contiguous_offsets().map(|(start, end)| start..end);
            whole.ok_or_else(|| candle_core::Error::Msg("the optimiser's tensors must be contiguous".into()))
        };
        let (to, from) = (range(weights_layout)?, range(direction_layout)?);
        match (weights, direction) {
            (CpuStorage::F32(w), CpuStorage::F32(d)) => self.run(&mut w[to], &d[from]),
            (CpuStorage::F64(w), CpuStorage::F64(d)) => self.run(&mut w[to], &d[from]),
            _ => return Err(candle_core::Error::Msg("the optimiser's tensors must be all f32 or all f64".into())),
        }
        Ok(())
    }
}
