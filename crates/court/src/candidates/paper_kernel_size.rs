use super::*;
use crate::Predict;

pub(super) const LAW: Candidate = Candidate {
    id: "paper-kernel-size",
    formula: "(q Σ_p L_p³)^(−1/2), q the taps of a kernel",
    hypotheses: "Chen et al. 2024 with the kernel's size inside the root, as if its entries only multiplied the paths; equation 9 divides by q.",
    parameters: &[],
    predict: Predict::Formula(|features, _| Ok(-0.5 * (ln_paper(features) + ln_taps(features)))),
};
