use super::*;
use crate::Predict;

pub(super) const LAW: Candidate = Candidate {
    id: "weighted-side",
    formula: "(Σ_p w_p L_p³ / Σ_p w_p)^(−1/2) / k, k the side of a kernel",
    hypotheses: "As paper-side with the mean over paths.",
    parameters: &[],
    predict: Predict::Formula(|features, _| Ok(-0.5 * ln_paths(features) - ln_side(features))),
};
