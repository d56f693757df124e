use super::*;
use crate::{Parameter, Predict};

pub(super) const LAW: Candidate = Candidate {
    id: "geometric",
    formula: "exact-T^w · weighted-paths^(1 − w)",
    hypotheses: "A compromise in log space of leaking motion and the mean over paths.",
    parameters: &[Parameter { name: "w", low: 0.0, high: 1.0 }],
    predict: Predict::Formula(|features, theta| {
        Ok(-0.5 * (theta[0] * ln_cross(features)? + (1.0 - theta[0]) * ln_weighted(features)))
    }),
};
