use super::*;
use crate::Predict;

pub(super) const LAW: Candidate = Candidate {
    id: "paper-side",
    formula: "(Σ_p L_p³)^(−1/2) / k, k the side of a kernel",
    hypotheses: "Equation 9 of Chen et al. 2024 with the kernel's size read as its side; the law `paper` reads it as the taps, k² in two dimensions.",
    parameters: &[],
    predict: Predict::Formula(|features, _| Ok(-0.5 * ln_paper(features) - ln_side(features))),
};
