use super::*;
use crate::{Parameter, Predict};

pub(super) const LAW: Candidate = Candidate {
    id: "weighted-power",
    formula: "weighted-paths^a",
    hypotheses: "The exponent −1/2 left open: a = 1 is weighted-paths.",
    parameters: &[Parameter { name: "a", low: 0.0, high: 2.0 }],
    predict: Predict::Formula(|features, theta| Ok(-0.5 * theta[0] * ln_weighted(features))),
};
