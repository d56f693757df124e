use super::*;
use crate::{Parameter, Predict};

pub(super) const LAW: Candidate = Candidate {
    id: "two-limits",
    formula: "min(√(v/T), ρ √v/κ), each at its worst vertex",
    hypotheses: "Two separate bounds, of which the stricter holds: leaking motion, and lazy training.",
    parameters: &[Parameter { name: "ln ρ", low: -6.0, high: 6.0 }],
    predict: Predict::Formula(|features, theta| {
        // Without leaking motion (T = 0, depth one) only the second bound is left.
        Ok((-0.5 * ln_cross(features)?).min(theta[0] - ln_kernel(features)?))
    }),
};
