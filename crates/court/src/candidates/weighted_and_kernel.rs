use super::*;
use crate::{Parameter, Predict};

pub(super) const LAW: Candidate = Candidate {
    id: "weighted-and-kernel",
    formula: "weighted-paths^a · kernel^b",
    hypotheses: "An exponent for the mean over paths and one for the limit of lazy training.",
    parameters: &[Parameter { name: "a", low: -2.0, high: 2.0 }, Parameter { name: "b", low: -2.0, high: 2.0 }],
    predict: Predict::Formula(|features, theta| {
        Ok(-0.5 * theta[0] * ln_weighted(features) - theta[1] * ln_kernel(features)?)
    }),
};
