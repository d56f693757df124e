use std::f64::consts::PI;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
